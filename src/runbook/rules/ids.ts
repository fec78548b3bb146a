/** Ids: there, used once, and not hiding another name. */
import { isCelWord } from '../cel-names.ts';
import type { Path } from '../problem.ts';
import type { StepSource } from '../schema.ts';
import { localId } from '../step-kind.ts';
import type { Checking } from './checking.ts';

const ROOTS = [
  'flow',
  'input',
  'target',
  'host',
  'fact',
  'upgrade',
  'captured',
  'output',
  'exit_code',
  'vault',
];

function checkList(
  { report }: Checking,
  path: Path,
  steps: readonly StepSource[],
  outside: readonly string[],
): void {
  const seen = new Set<string>();
  for (const [index, step] of steps.entries()) {
    const id = localId(step);
    const at: Path = [...path, index, ...(step.id === undefined ? [] : ['id'])];
    if (id === '')
      report(at, {
        rule: 'missing_id',
        message: 'the step has no id',
        mend: 'Give it an id: id: create_snapshot',
      });
    else if (seen.has(id))
      report(at, {
        rule: 'duplicate_id',
        message: `the id ${id} is used twice`,
        mend: 'Give each its own id; a block that is used twice needs an id at each use.',
      });
    else if (outside.includes(id))
      report(at, {
        rule: 'duplicate_id',
        message: `the id ${id} is used outside the block too, so captured.${id} would mean two steps`,
        mend: 'Give it another id.',
      });
    seen.add(id);
  }
}

function checkShadow({ runbook, report }: Checking, path: Path, name: string): void {
  if (!ROOTS.includes(name) && !isCelWord(name) && runbook.hosts[name] === undefined) return;
  report(path, {
    rule: 'shadowed_name',
    message: `${name} is another name already`,
    mend: 'Choose a name that is neither a role nor a name of the language.',
  });
}

export function ids(checking: Checking): void {
  const { runbook, placed } = checking;
  checkList(checking, ['steps'], runbook.steps, []);
  const outside = runbook.steps.map(localId);
  for (const [block, { steps, with: parameters }] of Object.entries(runbook.blocks)) {
    checkList(checking, ['blocks', block, 'steps'], steps, outside);
    for (const [index, name] of parameters.entries())
      checkShadow(checking, ['blocks', block, 'with', index], name);
  }
  for (const { step, path } of placed)
    if (step.as !== undefined) checkShadow(checking, [...path, 'as'], step.as);
  for (const role of Object.keys(runbook.hosts))
    if (ROOTS.includes(role))
      checking.report(['hosts', role], {
        rule: 'shadowed_name',
        message: `${role} is a name of the language`,
        mend: 'Call the role something else.',
      });
}
