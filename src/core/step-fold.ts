/** Folds the journal of a run into where each step stands. Pure: the same journal, the same answer, before and after a crash. */
import type { Person } from './model.ts';
import { assertNever } from './model.ts';
import type { Json, PlanBody, PlannedStep, PlannedVerify } from './plan.ts';
import type { AttemptId, Override, RunEvent, StepProgress, StepState } from './run.ts';

type Stage =
  | { readonly kind: 'untouched' }
  /** Intent is written; whether the launcher has it is asked of the launcher. */
  | { readonly kind: 'applying'; readonly since: number }
  /** `index` = the verify that is looked at next, `since` = when its clock began. */
  | { readonly kind: 'verifying'; readonly index: number; readonly since: number }
  | { readonly kind: 'waiting'; readonly since: number; readonly go: readonly Person[] }
  | { readonly kind: 'failed'; readonly why: string; readonly during: 'apply' | 'verify' | 'answer' | 'undo' }
  /** A retry that undoes first. */
  | { readonly kind: 'undo-wanted'; readonly since: number }
  | { readonly kind: 'undoing'; readonly since: number; readonly attempt: AttemptId }
  | { readonly kind: 'undo-verifying'; readonly since: number; readonly attempt: AttemptId }
  | { readonly kind: 'retry-wanted' }
  | { readonly kind: 'succeeded'; readonly at: number }
  | { readonly kind: 'skipped'; readonly at: number }
  | { readonly kind: 'undone'; readonly at: number };

export interface StepFold {
  readonly stage: Stage;
  readonly attempt: AttemptId | null;
  /** How many attempts were made, undo attempts not counted. */
  readonly attempts: number;
  readonly undos: number;
  /** The latest undo attempt. */
  readonly undoAttempt: AttemptId | null;
  readonly rollingBack: boolean;
  readonly cancelAsked: boolean;
  readonly startedAt: number | null;
  readonly boots: { readonly [host: string]: string };
  readonly captured: { readonly [name: string]: Json };
  readonly held: boolean;
  readonly override: Override | null;
}

const UNTOUCHED: StepFold = {
  stage: { kind: 'untouched' },
  attempt: null,
  attempts: 0,
  undos: 0,
  undoAttempt: null,
  rollingBack: false,
  cancelAsked: false,
  startedAt: null,
  boots: {},
  captured: {},
  held: false,
  override: null,
};

/** Hosts that reboot by themselves are looked at first: their boot id must change before anything else counts. */
export function verifiesOf(step: PlannedStep): readonly PlannedVerify[] {
  const { action } = step;
  const reboots = action.kind === 'run' ? action.reboots : [];
  const asked = new Set(step.verify.map((verify) => verify.rebooted));
  const added = reboots
    .filter((host) => !asked.has(host))
    .map(
      (host): PlannedVerify => ({
        command: null,
        expect: { cel: 'true', with: {}, shown: 'rebooted' },
        fail: null,
        stable: 1,
        afterS: 0,
        everyS: 15,
        withinS: Math.max(step.timeoutS, 20 * 60),
        rebooted: host,
      }),
    );
  return [...added, ...step.verify];
}

function begun(fold: StepFold, event: { at: number; attempt: AttemptId }, stage: Stage): StepFold {
  return {
    ...fold,
    attempt: event.attempt,
    attempts: fold.attempts + 1,
    startedAt: event.at,
    captured: {},
    held: false,
    cancelAsked: false,
    override: null,
    stage,
  };
}

function afterVerify(step: PlannedStep, index: number, at: number): Stage {
  return index < verifiesOf(step).length
    ? { kind: 'verifying', index, since: at }
    : { kind: 'succeeded', at };
}

function ended(
  step: PlannedStep,
  fold: StepFold,
  event: Extract<RunEvent, { kind: 'apply-ended' }>,
): StepFold {
  if (event.undo) {
    if (!event.ok)
      return {
        ...fold,
        stage: { kind: 'failed', why: event.why ?? 'the undo did not end well', during: 'undo' },
      };
    return { ...fold, stage: { kind: 'undo-verifying', since: event.at, attempt: event.attempt } };
  }
  if (!event.ok)
    return { ...fold, stage: { kind: 'failed', why: event.why ?? 'it did not end well', during: 'apply' } };
  return { ...fold, captured: event.captured, stage: afterVerify(step, 0, event.at) };
}

function answered(
  step: PlannedStep,
  fold: StepFold,
  event: Extract<RunEvent, { kind: 'gate-answered' }>,
): StepFold {
  if (fold.stage.kind !== 'waiting' || step.action.kind !== 'gate') return fold;
  if (!event.go) return { ...fold, stage: { kind: 'failed', why: `no-go: ${event.note}`, during: 'answer' } };
  const go = [...fold.stage.go, event.by];
  if (go.length < step.action.need.count) return { ...fold, stage: { ...fold.stage, go } };
  return { ...fold, stage: afterVerify(step, 0, event.at) };
}

function retried(step: PlannedStep, fold: StepFold, event: Extract<RunEvent, { kind: 'retried' }>): StepFold {
  const open = { ...fold, held: false, override: null };
  switch (event.how) {
    case 'as_is':
      return { ...open, stage: { kind: 'retry-wanted' } };
    case 'undo_first':
      return { ...open, stage: { kind: 'undo-wanted', since: event.at } };
    case 'look_again':
      // A host that was away: the attempt may still be there, so its clock begins again; nothing is started anew.
      if (fold.stage.kind === 'applying' || fold.stage.kind === 'undoing')
        return { ...open, stage: { ...fold.stage, since: event.at } };
      if (fold.stage.kind === 'failed' && fold.stage.during === 'undo' && fold.undoAttempt !== null)
        return { ...open, stage: { kind: 'undo-verifying', since: event.at, attempt: fold.undoAttempt } };
      return { ...open, stage: afterVerify(step, 0, event.at) };
    default:
      return assertNever(event.how);
  }
}

/** Finished and maybe-run steps are undone alike: an undo asks first whether there is anything to take back. */
function rollback(step: PlannedStep, fold: StepFold, at: number): StepFold {
  const open = { ...fold, held: false, rollingBack: true };
  if (fold.stage.kind === 'untouched' || step.reversal.kind !== 'undo' || fold.attempt === null) return open;
  return { ...open, stage: { kind: 'undo-wanted', since: at } };
}

function overridden(
  fold: StepFold,
  { by, second }: { readonly by: Person; readonly second: Person | null },
  how: Override['how'],
): StepFold {
  return { ...fold, held: false, override: { how, by, second } };
}

function next(step: PlannedStep, fold: StepFold, event: RunEvent): StepFold {
  switch (event.kind) {
    case 'apply-started':
      if (!event.undo)
        return { ...begun(fold, event, { kind: 'applying', since: event.at }), boots: event.boots };
      return {
        ...fold,
        undos: fold.undos + 1,
        undoAttempt: event.attempt,
        stage: { kind: 'undoing', since: event.at, attempt: event.attempt },
      };
    case 'apply-ended':
      return ended(step, fold, event);
    case 'verified':
      if (event.attempt !== fold.attempt)
        return {
          ...fold,
          stage: fold.rollingBack ? { kind: 'undone', at: event.at } : { kind: 'retry-wanted' },
        };
      return { ...fold, stage: afterVerify(step, event.index + 1, event.at) };
    case 'verify-failed':
      return {
        ...fold,
        stage: { kind: 'failed', why: event.why, during: event.attempt === fold.attempt ? 'verify' : 'undo' },
      };
    case 'gate-opened':
    case 'manual-asked':
      return begun(fold, event, { kind: 'waiting', since: event.at, go: [] });
    case 'gate-answered':
      return answered(step, fold, event);
    case 'manual-answered':
      if (event.done) return { ...fold, stage: afterVerify(step, 0, event.at) };
      return { ...fold, stage: { kind: 'failed', why: `can't: ${event.note}`, during: 'answer' } };
    case 'held':
      return { ...fold, held: true };
    case 'retried':
      return retried(step, fold, event);
    case 'done-by-hand':
      return { ...overridden(fold, event, 'by-hand'), stage: afterVerify(step, 0, event.at) };
    case 'skipped':
      return {
        ...overridden(fold, event, fold.rollingBack ? 'undo-skipped' : 'skipped'),
        stage: { kind: 'skipped', at: event.at },
      };
    case 'cancel-asked':
      return { ...fold, cancelAsked: true };
    case 'rollback-started':
      return rollback(step, fold, event.at);
    case 'run-started':
    case 'stopped':
    case 'finished':
      return fold;
    default:
      return assertNever(event);
  }
}

export function foldStep(step: PlannedStep, events: readonly RunEvent[]): StepFold {
  return events
    .filter((event) => event.kind === 'rollback-started' || ('step' in event && event.step === step.id))
    .reduce((fold, event) => next(step, fold, event), UNTOUCHED);
}

/** What earlier steps captured: `captured.<step>.<name>`. */
export function capturedBy(events: readonly RunEvent[]): {
  readonly [step: string]: { readonly [name: string]: Json };
} {
  const captured: Record<string, { readonly [name: string]: Json }> = {};
  for (const event of events)
    if (event.kind === 'apply-ended' && event.ok && !event.undo) captured[event.step] = event.captured;
  return captured;
}

const STATE: { readonly [kind in Stage['kind']]: StepState } = {
  untouched: 'pending',
  applying: 'applying',
  verifying: 'verifying',
  waiting: 'waiting',
  failed: 'held',
  'undo-wanted': 'undoing',
  undoing: 'undoing',
  'undo-verifying': 'undoing',
  'retry-wanted': 'applying',
  succeeded: 'succeeded',
  skipped: 'skipped',
  undone: 'undone',
};

export function progress(plan: PlanBody, events: readonly RunEvent[]): readonly StepProgress[] {
  return plan.steps.map((step) => {
    const fold = foldStep(step, events);
    return {
      step: step.id,
      title: step.title,
      state: fold.held ? 'held' : STATE[fold.stage.kind],
      attempt: fold.attempt,
      attempts: fold.attempts,
      startedAt: fold.startedAt,
      endedAt: 'at' in fold.stage ? fold.stage.at : null,
      override: fold.override,
    };
  });
}
