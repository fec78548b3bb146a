/** Declarations that contradict themselves: flows, inputs, probes, and the name of the file. */
import { factValue } from '../facts.ts';
import { parseInputs } from '../inputs.ts';
import { own } from '../own.ts';
import { dryExpression, factsNeeded } from '../probe.ts';
import type { RunbookSource } from '../schema.ts';
import type { Checking } from './checking.ts';

function checkName({ runbook, source, report }: Checking): void {
  const name = /([^/\\]+)\.ya?ml$/.exec(source.file)?.[1];
  if (name !== undefined && name !== runbook.runbook)
    report(['runbook'], {
      rule: 'file_name',
      message: `the file is called ${name}, the runbook ${runbook.runbook}`,
      mend: 'Give both the same name.',
    });
}

function checkFlows({ runbook, report }: Checking): void {
  if (Object.values(runbook.flows).some(({ offered }) => offered === undefined)) return;
  report(['flows'], {
    rule: 'no_flow',
    message: 'there is no flow that a requester can choose',
    mend: 'Add a flow without offered.',
  });
}

function fieldOf(id: string, input: RunbookSource['inputs'][string]) {
  return {
    id,
    title: id,
    hint: '',
    type: input.type,
    required: false,
    pattern: input.pattern ?? null,
    options: input.options,
    default: null,
  };
}

function checkInputs({ runbook, report }: Checking): void {
  for (const [id, input] of Object.entries(runbook.inputs)) {
    const path = ['inputs', id];
    const fault = (key: string, message: string, mend: string): void =>
      report([...path, key], { rule: 'input', message, mend });
    if ((input.type === 'choice') !== input.options.length > 0)
      fault(
        'options',
        input.type === 'choice' ? 'a choice needs options' : 'only a choice has options',
        'Add options: […], or use type: choice.',
      );
    if (input.pattern !== undefined && input.type !== 'text')
      fault('pattern', 'only a text has a pattern', 'Remove it, or use type: text.');
    try {
      if (input.pattern !== undefined) new RegExp(`^(?:${input.pattern})$`, 'u');
    } catch (error) {
      fault(
        'pattern',
        error instanceof Error ? error.message : String(error),
        'Mend the regular expression.',
      );
      continue;
    }
    if (input.default === undefined) continue;
    const [error] = parseInputs([fieldOf(id, input)], { [id]: input.default }).errors;
    if (error !== undefined) fault('default', error.say, `Give a default of type ${input.type}.`);
  }
}

function isInCircle(runbook: RunbookSource, id: string): boolean {
  const seen = new Set<string>();
  const reach = (from: string): boolean => {
    const probe = own(runbook.probes, from);
    return (probe === undefined ? [] : factsNeeded(probe)).some((next) => {
      if (next === id) return true;
      if (seen.has(next)) return false;
      seen.add(next);
      return reach(next);
    });
  };
  return reach(id);
}

function checkProbes({ runbook, report }: Checking): void {
  for (const [id, probe] of Object.entries(runbook.probes)) {
    if (isInCircle(runbook, id))
      report(['probes', id], {
        rule: 'probe_circle',
        message: `the probe ${id} needs its own fact`,
        mend: 'Let one of the probes in the circle do without the others.',
      });
    if (probe.dry === undefined || dryExpression(probe) !== undefined) continue;
    const dry = factValue(probe.dry, probe.as);
    if (!dry.ok)
      report(['probes', id, 'dry'], {
        rule: 'dry_value',
        message: `dry: ${dry.why}`,
        mend: `Give a value of type ${probe.as}.`,
      });
  }
}

export function declarations(checking: Checking): void {
  checkName(checking);
  checkFlows(checking);
  checkInputs(checking);
  checkProbes(checking);
}
