/** How a run ended: in which state that leaves the target, and what to do next. */
import { assertNever, type Outcome } from '../core/model.ts';
import type { UpgradeView } from '../core/view.ts';
import { COMMAND } from './actions.ts';
import { count, overridesTold, tally } from './tally.ts';

export interface Ending {
  readonly mark: string;
  readonly word: string;
  /** Escaped. */
  readonly state: string;
  readonly next: string;
}

function sentences(parts: readonly string[]): string {
  return parts.filter((text) => text !== '').join(' ');
}

function steps(count: number, verb: string): string {
  return count === 1 ? `1 step ${verb === 'are' ? 'is' : verb}` : `${count} steps ${verb}`;
}

function succeeded(view: UpgradeView): Ending {
  const skipped = count(view.progress, 'skipped');
  return {
    mark: '✅',
    word: 'Succeeded',
    state: sentences([
      skipped === 0 ? `All ${view.progress.length} steps are done and verified.` : `${tally(view)}.`,
      overridesTold(view),
    ]),
    next:
      skipped === 0
        ? 'have a look; nothing else is needed.'
        : 'make up for what was skipped, then have a look: nothing has checked it.',
  };
}

function rolledBack(view: UpgradeView): Ending {
  const { progress } = view;
  const undone = count(progress, 'undone');
  const kept = progress.filter(
    ({ state, override }) => state === 'skipped' && override?.how === 'undo-skipped',
  );
  const stayed = count(progress, 'succeeded');
  const complete = kept.length === 0;
  return {
    mark: '↩️',
    word: 'Rolled back',
    state: sentences([
      undone === 0
        ? 'There was nothing to undo.'
        : `What the run had changed is taken back: ${steps(undone, 'are')} undone, and each undo was verified.`,
      stayed === 0 ? '' : `${steps(stayed, 'had')} run that ${stayed === 1 ? 'needs' : 'need'} no undo.`,
      overridesTold(view),
    ]),
    next: complete
      ? `have a look that all is as it was. When the reason is mended, ask again with ${COMMAND} start.`
      : `take back by hand what was not undone, before anybody asks again with ${COMMAND} start.`,
  };
}

function stopped(view: UpgradeView): Ending {
  return {
    mark: '⏹️',
    word: 'Stopped',
    state: sentences([
      `The target stays as it is now, and may be neither old nor new: ${tally(view)}. Its lock is released.`,
      overridesTold(view),
    ]),
    next: `look at the target and settle by hand what is half done, before anybody asks again with ${COMMAND} start.`,
  };
}

export function ending(view: UpgradeView, outcome: Outcome): Ending {
  switch (outcome) {
    case 'succeeded':
      return succeeded(view);
    case 'rolled-back':
      return rolledBack(view);
    case 'stopped':
      return stopped(view);
    default:
      return assertNever(outcome);
  }
}
