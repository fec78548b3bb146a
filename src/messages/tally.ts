/** How far a run has come, in numbers and in the names of who left the plan's path. */
import type { Override, StepProgress } from '../core/run.ts';
import type { UpgradeView } from '../core/view.ts';
import { mention, quoted } from './words.ts';

/** Skipped counts as passed: the run has gone on without it. */
function isPassed({ state }: StepProgress): boolean {
  return state === 'succeeded' || state === 'skipped';
}

/** Index of the step that the run is at; the number of steps when it is past all of them. */
export function reached(progress: readonly StepProgress[]): number {
  const back = progress.findLastIndex(({ state }) => state === 'undoing' || state === 'held');
  if (back >= 0) return back;
  const open = progress.findIndex((step) => !isPassed(step));
  return open < 0 ? progress.length : open;
}

export function count(progress: readonly StepProgress[], state: StepProgress['state']): number {
  return progress.filter((step) => step.state === state).length;
}

/** `6 of 8 steps are done, 1 skipped`. */
export function tally({ progress }: Pick<UpgradeView, 'progress'>): string {
  const others = [
    [count(progress, 'skipped'), 'skipped'] as const,
    [count(progress, 'undone'), 'undone'] as const,
  ].flatMap(([number, word]) => (number === 0 ? [] : [`, ${number} ${word}`]));
  return `${count(progress, 'succeeded')} of ${progress.length} steps are done${others.join('')}`;
}

function by({ by: first, second }: Override): string {
  return second === null ? mention(first) : `${mention(first)} and ${mention(second)}`;
}

const TOLD: {
  readonly [how in Override['how']]: { readonly state: StepProgress['state']; readonly said: string };
} = {
  skipped: { state: 'skipped', said: 'Skipped' },
  'by-hand': { state: 'succeeded', said: 'Done by hand' },
  'undo-skipped': { state: 'skipped', said: 'Not undone, because its undo was skipped' },
};

/** Which steps somebody skipped or took over, and who; '' when nobody did. Escaped. */
export function overridesTold({ progress }: Pick<UpgradeView, 'progress'>): string {
  const kinds = (['skipped', 'by-hand', 'undo-skipped'] as const).map((how) => {
    const { state, said } = TOLD[how];
    const steps = progress.flatMap((step) =>
      step.override?.how === how && step.state === state
        ? [`${quoted(step.title)} ${how === 'by-hand' ? 'says' : 'by'} ${by(step.override)}`]
        : [],
    );
    return steps.length === 0 ? '' : `${said}: ${steps.join(', ')}.`;
  });
  return kinds.filter((text) => text !== '').join(' ');
}
