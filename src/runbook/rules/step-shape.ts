/** A step is of one kind and has only the keys of that kind. */
import type { StepSource } from '../schema.ts';
import { kindOf, kindsOf, STEP_KINDS, type StepKind } from '../step-kind.ts';
import type { PlacedStep } from '../units.ts';
import { type Checking, isWritten } from './checking.ts';

type Key = keyof StepSource;

const EVERY: readonly Key[] = ['id', 'when', 'for_each', 'as', 'ref'];
const NAMED: readonly Key[] = [...EVERY, 'title', 'expected', 'critical'];
const REVERSIBLE: readonly Key[] = [
  'verify',
  'retry',
  'undo',
  'no_undo_needed',
  'no_return',
  'changes',
  'hints',
  'timeout',
  'secrets',
];
const FILE: readonly Key[] = [...NAMED, ...REVERSIBLE, 'sudo', 'mode', 'owner'];

const KEYS: { readonly [kind in StepKind]: readonly Key[] } = {
  run: [
    ...NAMED,
    ...REVERSIBLE,
    'run',
    'on',
    'sudo',
    'secret_in_arguments',
    'ok_when',
    'capture',
    'reboots',
    'silence',
  ],
  copy: [...FILE, 'copy'],
  write: [...FILE, 'write'],
  reboot: [...NAMED, ...REVERSIBLE, 'reboot'],
  gate: [...NAMED, 'gate', 'say', 'evidence', 'need'],
  manual: [...NAMED, ...REVERSIBLE, 'manual', 'on', 'sudo'],
  use: [...EVERY, 'use', 'with'],
};

function checkKind({ report }: Checking, { step, path }: PlacedStep): boolean {
  const kinds = kindsOf(step);
  if (kinds.length === 1) return true;
  const message = kinds.length === 0 ? 'the step does nothing' : `the step is ${kinds.join(' and ')} at once`;
  report(path, { rule: 'step_kind', message, mend: `Give it exactly one of ${STEP_KINDS.join(', ')}.` });
  return false;
}

function checkKeys({ raw, report }: Checking, { step, path }: PlacedStep): void {
  const kind = kindOf(step);
  for (const key of Object.keys(step) as Key[]) {
    if (KEYS[kind].includes(key) || !isWritten(raw, [...path, key])) continue;
    report([...path, key], {
      rule: 'foreign_key',
      message: `${key} means nothing for a step of kind ${kind}`,
      mend: `Remove it. A ${kind} step has ${KEYS[kind].join(', ')}.`,
    });
  }
}

function checkParts({ report }: Checking, { step, path }: PlacedStep): void {
  if (step.write !== undefined && (step.write.yaml === undefined) === (step.write.text === undefined))
    report([...path, 'write'], {
      rule: 'step_kind',
      message: 'write needs a content',
      mend: 'Give it exactly one of yaml and text.',
    });
  if (step.as !== undefined && step.for_each === undefined)
    report([...path, 'as'], {
      rule: 'foreign_key',
      message: 'as names the item of a for_each, and there is none',
      mend: 'Add for_each, or remove as.',
    });
  for (const [name, from] of Object.entries(step.capture)) {
    if (typeof from === 'string') continue;
    const at = [...path, 'capture', name, 'match'];
    try {
      new RegExp(from.match, 'mu');
      if (!from.match.includes('(?<value>'))
        report(at, {
          rule: 'bad_regex',
          message: 'the part to capture is not named',
          mend: 'Put it into (?<value>…).',
        });
    } catch (error) {
      report(at, {
        rule: 'bad_regex',
        message: error instanceof Error ? error.message : String(error),
        mend: 'Mend the regular expression.',
      });
    }
  }
}

export function stepShape(checking: Checking): void {
  for (const placed of checking.placed) {
    if (!checkKind(checking, placed)) continue;
    checkKeys(checking, placed);
    checkParts(checking, placed);
  }
}
