/** What the executor does next. It decides nothing else: the plan and the journal decide. */
import { assertNever, type ChangeWindow, type OnClose, type Outcome, type Upgrade } from './model.ts';
import type { PlanBody, PlannedStep, PlannedUndo, PlannedVerify } from './plan.ts';
import type { AttemptId, RunEvent } from './run.ts';
import { foldStep, type StepFold, verifiesOf } from './step-fold.ts';
import { mayStartStep } from './window.ts';

export type Move =
  /** Write the intent, then act. */
  | { readonly kind: 'begin'; readonly step: PlannedStep; readonly attempt: AttemptId }
  /** The intent is written: start it unless the host has it, follow it, read its outcome. */
  | {
      readonly kind: 'drive';
      readonly step: PlannedStep;
      readonly attempt: AttemptId;
      readonly since: number;
      /** A person wants its processes ended. */
      readonly cancel: boolean;
    }
  | {
      readonly kind: 'look';
      readonly step: PlannedStep;
      readonly attempt: AttemptId;
      readonly verify: PlannedVerify;
      readonly index: number;
      readonly since: number;
      readonly boots: { readonly [host: string]: string };
    }
  | { readonly kind: 'ask'; readonly step: PlannedStep; readonly attempt: AttemptId }
  /** An undo, for a retry or while rolling back: first its verify, already gone = done. */
  | {
      readonly kind: 'look-undone';
      readonly step: PlannedStep;
      readonly undo: PlannedUndo;
      readonly attempt: AttemptId;
      readonly since: number;
      readonly applied: boolean;
    }
  | {
      readonly kind: 'drive-undo';
      readonly step: PlannedStep;
      readonly undo: PlannedUndo;
      readonly attempt: AttemptId;
      readonly since: number;
    }
  | {
      readonly kind: 'hold';
      readonly step: PlannedStep;
      readonly attempt: AttemptId | null;
      readonly reason: string;
    }
  | { readonly kind: 'wait' }
  | { readonly kind: 'finish'; readonly outcome: Outcome };

export interface RunInput {
  readonly upgrade: Upgrade['id'];
  readonly revision: number;
  readonly plan: PlanBody;
  /** Of the current run (run.ts, currentRun). */
  readonly events: readonly RunEvent[];
  readonly window: ChangeWindow;
  readonly onClose: OnClose;
  readonly now: number;
}

/** Safe in a directory name, unique by plan revision and the step's place in the plan, never used again. */
function attemptId(
  input: Pick<RunInput, 'upgrade' | 'revision'>,
  index: number,
  step: string,
  n: number,
  undo: boolean,
): AttemptId {
  const number = String(index + 1).padStart(2, '0');
  const revision = input.revision > 1 ? `.v${input.revision}` : '';
  const name = step.replace(/[^A-Za-z0-9_]/g, '-');
  return `${input.upgrade}${revision}.${number}.${name}.${undo ? 'undo' : ''}${n}`;
}

function begin(input: RunInput, step: PlannedStep, index: number, fold: StepFold): Move {
  const may = mayStartStep(input.window, input.onClose, step.expectedS, input.now);
  if (!may.ok) return { kind: 'hold', step, attempt: fold.attempt, reason: may.refusal.say };
  const attempt = attemptId(input, index, step.id, fold.attempts + 1, false);
  const asks = step.action.kind === 'gate' || step.action.kind === 'manual';
  return { kind: asks ? 'ask' : 'begin', step, attempt };
}

function undoMove(input: RunInput, step: PlannedStep, index: number, fold: StepFold): Move | null {
  const { stage } = fold;
  const undo = step.reversal.kind === 'undo' ? step.reversal.undo : null;
  if (undo === null) return null;
  switch (stage.kind) {
    case 'undo-wanted': {
      const attempt = attemptId(input, index, step.id, fold.undos + 1, true);
      return { kind: 'look-undone', step, undo, attempt, since: stage.since, applied: false };
    }
    case 'undoing':
      return { kind: 'drive-undo', step, undo, attempt: stage.attempt, since: stage.since };
    case 'undo-verifying':
      return { kind: 'look-undone', step, undo, attempt: stage.attempt, since: stage.since, applied: true };
    case 'failed':
      // A failing undo holds and nothing before it is touched: what it left is what the others stand on.
      return stage.during === 'undo'
        ? { kind: 'hold', step, attempt: fold.undoAttempt, reason: stage.why }
        : null;
    default:
      return null;
  }
}

function forwardMove(input: RunInput, step: PlannedStep, index: number, fold: StepFold): Move {
  const { stage } = fold;
  const attempt = fold.attempt ?? attemptId(input, index, step.id, 1, false);
  switch (stage.kind) {
    case 'untouched':
    case 'retry-wanted':
    // A step without an undo has nothing to take back before it is tried again.
    case 'undo-wanted':
    case 'undoing':
    case 'undo-verifying':
      return begin(input, step, index, fold);
    case 'applying':
      return { kind: 'drive', step, attempt, since: stage.since, cancel: fold.cancelAsked };
    case 'verifying': {
      const verify = verifiesOf(step)[stage.index];
      if (verify === undefined)
        return { kind: 'hold', step, attempt, reason: 'The plan has no such verify.' };
      const { index: at, since } = stage;
      return { kind: 'look', step, attempt, verify, index: at, since, boots: fold.boots };
    }
    case 'waiting':
      return { kind: 'wait' };
    case 'failed':
      return { kind: 'hold', step, attempt, reason: stage.why };
    case 'succeeded':
    case 'skipped':
    case 'undone':
      return { kind: 'finish', outcome: 'succeeded' };
    default:
      return assertNever(stage);
  }
}

/** Undos come first and from the end, whether for a retry or for a roll back; then the first step that is not through. */
export function nextMove(input: RunInput): Move {
  const folded = input.plan.steps.map((step, index) => ({
    step,
    index,
    fold: foldStep(step, input.events),
  }));
  for (const { step, index, fold } of folded.toReversed()) {
    const move = undoMove(input, step, index, fold);
    if (move !== null) return move;
  }
  if (input.events.some(({ kind }) => kind === 'rollback-started'))
    return { kind: 'finish', outcome: 'rolled-back' };
  const open = folded.find(({ fold: { stage } }) => stage.kind !== 'succeeded' && stage.kind !== 'skipped');
  if (open === undefined) return { kind: 'finish', outcome: 'succeeded' };
  return forwardMove(input, open.step, open.index, open.fold);
}
