/** A step that changes something says how it is verified and how it is taken back. */
import { and, condition, not, satisfiable } from '../condition.ts';
import { parseDuration } from '../duration.ts';
import type { Path } from '../problem.ts';
import type { StepSource, VerifySource } from '../schema.ts';
import { isChanging, kindOf } from '../step-kind.ts';
import type { PlacedStep } from '../units.ts';
import { type Checking, isWritten } from './checking.ts';

const WAYS = ['undo', 'no_undo_needed', 'no_return'] as const;

function waysOf(step: StepSource): readonly string[] {
  return WAYS.filter((way) => step[way] !== undefined);
}

function checkReversal({ report }: Checking, { step, path }: PlacedStep): void {
  const ways = waysOf(step);
  if (isChanging(step)) {
    if (ways.length === 1) return;
    const message =
      ways.length === 0
        ? 'a changing step does not say how it is taken back'
        : `a changing step has ${ways.join(' and ')}`;
    report(path, {
      rule: 'reversal',
      message,
      mend: 'Give it exactly one of undo: {…}, no_undo_needed: reason, no_return: true; or changes: false if it only reads or downloads.',
    });
    return;
  }
  const allowed = kindOf(step) === 'manual' ? 1 : 0;
  if (ways.length > allowed)
    report(path, {
      rule: 'reversal',
      message: `a step that changes nothing has ${ways.join(' and ')}`,
      mend: `Remove ${ways.join(' and ')}, or what says that it changes nothing.`,
    });
}

/** Conditions of one step's verifies, which share its loop. */
function mayLackVerify(checking: Checking, { step }: PlacedStep): boolean {
  const whole = (): string => '';
  return Object.keys(checking.runbook.flows).some((flow) =>
    satisfiable([
      condition(step.when ?? 'true', flow, whole),
      and(step.verify.map((verify) => not(condition(verify.when ?? 'true', flow, whole)))),
    ]),
  );
}

function checkVerified(checking: Checking, placed: PlacedStep): void {
  const { step, path } = placed;
  const kind = kindOf(step);
  // A copy or a written file is compared by its digest.
  if (!isChanging(step) || (kind !== 'run' && kind !== 'reboot') || !mayLackVerify(checking, placed)) return;
  const never = step.verify.length === 0;
  checking.report(path, {
    rule: 'no_verify',
    message: never
      ? 'a changing step has no verify'
      : 'a changing step has no verify in some plans: each has a when',
    mend: 'Say how to see, read-only, that it is done: verify: { run: …, expect: … }.',
  });
}

function verifyFault(
  verify: VerifySource,
): { readonly rule: string; readonly message: string; readonly mend: string } | null {
  if (verify.run === undefined && !verify.rebooted)
    return {
      rule: 'empty_verify',
      message: 'this verify looks at nothing',
      mend: 'Give it run: …, or rebooted: true.',
    };
  if (verify.say !== undefined && verify.fail === undefined)
    return {
      rule: 'empty_verify',
      message: 'say is told when fail holds, and there is no fail',
      mend: 'Add fail: …, or remove say.',
    };
  const every = verify.every ?? 0;
  const within = verify.within ?? Number.POSITIVE_INFINITY;
  if (verify.after + (verify.stable - 1) * every >= within)
    return {
      rule: 'hopeless_verify',
      message: 'it can never be in place: within is over before the last look',
      mend: 'Make within longer than after + (stable - 1) × every.',
    };
  return null;
}

function checkVerifies({ report, raw }: Checking, path: Path, verifies: readonly VerifySource[]): void {
  for (const [index, verify] of verifies.entries()) {
    const fault = verifyFault(verify);
    if (fault !== null) report([...path, index], fault);
    const at = isWritten(raw, [...path, index]) ? [...path, index] : path;
    if (verify.run === undefined && isWritten(raw, [...at, 'expect']))
      report([...at, 'expect'], {
        rule: 'empty_verify',
        message: 'expect judges a command, and there is none',
        mend: 'Add run: …, or remove expect.',
      });
  }
}

function checkTimes({ report }: Checking, { step, path }: PlacedStep): void {
  const expectedS = step.expected === undefined ? undefined : parseDuration(step.expected);
  if (step.timeout !== undefined && expectedS !== undefined && step.timeout < expectedS)
    report([...path, 'timeout'], {
      rule: 'short_timeout',
      message: 'the step is ended before it is expected to be done',
      mend: 'Make timeout longer than expected.',
    });
  if (step.retry === 'undo_first' && step.undo === undefined)
    report([...path, 'retry'], {
      rule: 'retry',
      message: 'undo_first needs an undo',
      mend: 'Add undo: {…}, or use as_is or never.',
    });
}

export function stepSafety(checking: Checking): void {
  for (const placed of checking.placed) {
    const { step, path } = placed;
    if (kindOf(step) === 'use') continue;
    checkReversal(checking, placed);
    checkVerified(checking, placed);
    checkVerifies(checking, [...path, 'verify'], step.verify);
    checkVerifies(checking, [...path, 'undo', 'verify'], step.undo?.verify ?? []);
    checkTimes(checking, placed);
  }
}
