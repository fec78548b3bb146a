/** What the executor does next. It decides nothing else: the plan and the journal decide. */
import { assertNever, type ChangeWindow, type HoldOffer, type OnClose, type Upgrade } from './model.ts';
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
  /** The undo of a retry: first its verify, already gone = done. */
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
      readonly offers: readonly HoldOffer[];
    }
  | { readonly kind: 'wait' }
  | { readonly kind: 'finish' };

export interface RunInput {
  readonly upgrade: Upgrade['id'];
  readonly plan: PlanBody;
  readonly events: readonly RunEvent[];
  readonly window: ChangeWindow;
  readonly onClose: OnClose;
  readonly now: number;
}

/** Safe in a directory name, unique by the step's place in the plan, never used again. */
export function attemptId(upgrade: string, index: number, step: string, n: number, undo: boolean): AttemptId {
  const number = String(index + 1).padStart(2, '0');
  return `${upgrade}.${number}.${step.replace(/[^A-Za-z0-9_]/g, '-')}.${undo ? 'undo' : ''}${n}`;
}

/** What a person may choose after a failure, by what the runbook says is safe. */
export function offersAfter(step: PlannedStep, fold: StepFold): readonly HoldOffer[] {
  const { stage } = fold;
  if (stage.kind !== 'failed') return ['retry', 'stop'];
  switch (stage.during) {
    case 'answer':
    case 'undo':
      return ['retry', 'stop'];
    case 'verify':
      return step.retry === 'never' ? ['look_again', 'stop'] : ['look_again', 'retry', 'stop'];
    case 'apply':
      return step.retry === 'never' ? ['stop'] : ['retry', 'stop'];
    default:
      return assertNever(stage.during);
  }
}

function begin(input: RunInput, step: PlannedStep, index: number, fold: StepFold): Move {
  const may = mayStartStep(input.window, input.onClose, step.expectedS, input.now);
  if (!may.ok)
    return { kind: 'hold', step, attempt: fold.attempt, reason: may.refusal.say, offers: ['retry', 'stop'] };
  const attempt = attemptId(input.upgrade, index, step.id, fold.attempts + 1, false);
  const asks = step.action.kind === 'gate' || step.action.kind === 'manual';
  return { kind: asks ? 'ask' : 'begin', step, attempt };
}

function undoOf(step: PlannedStep): PlannedUndo | null {
  return step.reversal.kind === 'undo' ? step.reversal.undo : null;
}

function moveOf(input: RunInput, step: PlannedStep, index: number): Move {
  const fold = foldStep(step, input.events);
  const { stage } = fold;
  const attempt = fold.attempt ?? attemptId(input.upgrade, index, step.id, 1, false);
  const undo = undoOf(step);
  switch (stage.kind) {
    case 'untouched':
    case 'retry-wanted':
      return begin(input, step, index, fold);
    case 'applying':
      return { kind: 'drive', step, attempt, since: stage.since };
    case 'verifying': {
      const verify = verifiesOf(step)[stage.index];
      if (verify === undefined)
        return { kind: 'hold', step, attempt, reason: 'The plan has no such verify.', offers: ['stop'] };
      return {
        kind: 'look',
        step,
        attempt,
        verify,
        index: stage.index,
        since: stage.since,
        boots: fold.boots,
      };
    }
    case 'waiting':
      return { kind: 'wait' };
    case 'failed':
      return { kind: 'hold', step, attempt, reason: stage.why, offers: offersAfter(step, fold) };
    case 'undo-wanted': {
      if (undo === null) return begin(input, step, index, fold);
      const next = attemptId(input.upgrade, index, step.id, fold.undos + 1, true);
      return { kind: 'look-undone', step, undo, attempt: next, since: stage.since, applied: false };
    }
    case 'undoing':
      if (undo === null)
        return {
          kind: 'hold',
          step,
          attempt,
          reason: 'The plan has no undo for this step.',
          offers: ['stop'],
        };
      return { kind: 'drive-undo', step, undo, attempt: stage.attempt, since: stage.since };
    case 'undo-verifying':
      if (undo === null)
        return {
          kind: 'hold',
          step,
          attempt,
          reason: 'The plan has no undo for this step.',
          offers: ['stop'],
        };
      return { kind: 'look-undone', step, undo, attempt: stage.attempt, since: stage.since, applied: true };
    case 'succeeded':
      return { kind: 'finish' };
    default:
      return assertNever(stage);
  }
}

export function nextMove(input: RunInput): Move {
  for (const [index, step] of input.plan.steps.entries()) {
    if (foldStep(step, input.events).stage.kind === 'succeeded') continue;
    return moveOf(input, step, index);
  }
  return { kind: 'finish' };
}
