/**
 * What a person may choose when a run is held: only what is safe there, by what the runbook says of the step and by how far
 * the run has come.
 */
import { assertNever, type HoldOffer } from './model.ts';
import type { Json, PlanBody, PlannedStep } from './plan.ts';
import type { RunEvent } from './run.ts';
import { foldStep, type StepFold } from './step-fold.ts';

export interface Offers {
  readonly offers: readonly HoldOffer[];
  /** Earlier steps from which it may be tried again, nearest first. */
  readonly retryFrom: readonly string[];
  /** There is no way back any more: the ways forward of the runbook are offered instead. */
  readonly pastNoReturn: boolean;
}

/** A list to choose from at night stays short. */
const MOST_RETRY_FROM = 5;

/** Values that a later step takes from this one: late expressions name them, a block by its local id. */
function namesLater(value: Json, step: string): boolean {
  if (Array.isArray(value)) return value.some((item: Json) => namesLater(item, step));
  if (typeof value !== 'object' || value === null) return false;
  const { cel, with: values } = value as { readonly cel?: Json; readonly with?: Json };
  if (typeof cel === 'string' && typeof values === 'object' && values !== null) {
    if (cel.includes(`captured.${step}.`)) return true;
    return Object.entries(values).some(([path, at]) => path.startsWith('captured.') && at === step);
  }
  return Object.values(value).some((inner: Json) => namesLater(inner, step));
}

export function neededLater(plan: PlanBody, step: string): boolean {
  const at = plan.steps.findIndex(({ id }) => id === step);
  return plan.steps.slice(at + 1).some((later) => namesLater(later as unknown as Json, step));
}

/** Nothing of it is lost by doing it once more: it reads, asks, or the runbook says so. */
function repeatable(step: PlannedStep): boolean {
  return step.retry !== 'never' || step.reversal.kind === 'unchanging';
}

function retryFrom(plan: PlanBody, index: number, step: PlannedStep, fold: StepFold): readonly string[] {
  if (fold.stage.kind !== 'untouched' && !repeatable(step)) return [];
  const before = plan.steps.slice(0, index).toReversed();
  const end = before.findIndex((earlier) => !repeatable(earlier));
  return (end < 0 ? before : before.slice(0, end)).slice(0, MOST_RETRY_FROM).map(({ id }) => id);
}

/** What the failure itself allows. */
function again({ stage }: StepFold, step: PlannedStep): readonly HoldOffer[] {
  switch (stage.kind) {
    case 'applying':
    case 'undoing':
      // Whether it still runs is not known: it is looked at, never started anew.
      return ['look_again'];
    case 'failed':
      break;
    default:
      return ['retry'];
  }
  switch (stage.during) {
    case 'answer':
      return ['retry'];
    case 'undo':
      return step.reversal.kind === 'undo' && step.reversal.undo.verify.length > 0
        ? ['look_again', 'retry']
        : ['retry'];
    case 'verify':
      return step.retry === 'never' ? ['look_again'] : ['look_again', 'retry'];
    case 'apply':
      return step.retry === 'never' ? [] : ['retry'];
    default:
      return assertNever(stage.during);
  }
}

function touched({ stage }: StepFold): boolean {
  return stage.kind !== 'untouched';
}

export function holdOffers(plan: PlanBody, events: readonly RunEvent[], stepId: string): Offers {
  const index = plan.steps.findIndex(({ id }) => id === stepId);
  const step = plan.steps[index];
  if (step === undefined) return { offers: ['stop'], retryFrom: [], pastNoReturn: false };
  const folds = plan.steps.map((one) => ({ one, fold: foldStep(one, events) }));
  const fold = foldStep(step, events);
  const unsure = fold.stage.kind === 'applying' || fold.stage.kind === 'undoing';
  const pastNoReturn = folds.some(({ one, fold: at }) => one.reversal.kind === 'no_return' && touched(at));
  if (fold.rollingBack)
    return {
      offers: [...again(fold, step), ...(unsure ? [] : (['skip'] as const)), 'stop'],
      retryFrom: [],
      pastNoReturn,
    };
  const needed = neededLater(plan, stepId);
  const decision = step.action.kind === 'gate';
  const byHand =
    !decision &&
    !unsure &&
    fold.attempt !== null &&
    step.verify.length > 0 &&
    (!needed || Object.keys(fold.captured).length > 0);
  const skip = !decision && !unsure && !needed && step.reversal.kind !== 'no_return';
  const back =
    !pastNoReturn &&
    !unsure &&
    folds.some(({ one, fold: at }) => one.reversal.kind === 'undo' && touched(at));
  const offers: readonly HoldOffer[] = [
    ...again(fold, step),
    ...(byHand ? (['done_by_hand'] as const) : []),
    ...(skip ? (['skip'] as const) : []),
    ...(back ? (['roll_back'] as const) : []),
    'stop',
  ];
  return { offers, retryFrom: unsure ? [] : retryFrom(plan, index, step, fold), pastNoReturn };
}
