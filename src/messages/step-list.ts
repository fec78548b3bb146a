/** Where each step is: as lines for every client, or as Slack's own live task list. */
import type { KnownBlock } from '@slack/types';
import type { StepProgress, StepState } from '../core/run.ts';
import type { UpgradeView } from '../core/view.ts';
import { escaped } from './block-kit.ts';
import { cut } from './cut.ts';
import { reached } from './tally.ts';
import { STATE, took } from './words.ts';

/** More lines than this are scrolled past on a phone: finished and far steps are counted instead. */
const MOST_STEPS = 24;
/** So many of the shown steps are behind the current one: what just happened is worth seeing. */
const STEPS_BEHIND = 4;
/** 24 lines and two counts stay within one section of 3,000 characters, escapes and marks included. */
const LINE_TITLE_MAX = 70;
/** Slack has been seen to refuse a message of about 10.6 kB with a plan; 26 tasks with this much text stay below it. */
const TASK_TITLE_MAX = 100;

interface Shown {
  readonly before: readonly StepProgress[];
  readonly steps: readonly StepProgress[];
  readonly after: readonly StepProgress[];
}

/** The steps around the current one. */
function around(progress: readonly StepProgress[]): Shown {
  if (progress.length <= MOST_STEPS) return { before: [], steps: progress, after: [] };
  const current = reached(progress);
  const before = Math.max(0, Math.min(current - STEPS_BEHIND, progress.length - MOST_STEPS));
  return {
    before: progress.slice(0, before),
    steps: progress.slice(before, before + MOST_STEPS),
    after: progress.slice(before + MOST_STEPS),
  };
}

/** `done` when all are; else `9 done, 1 skipped`. */
function states(steps: readonly StepProgress[], over: boolean): string {
  const words = steps.map(({ state }) => wordOf(state, over));
  const different = [...new Set(words)];
  if (different.length === 1) return different.join('');
  return different.map((word) => `${words.filter((one) => one === word).length} ${word}`).join(', ');
}

/** Of a run that is over, nothing is to do any more. */
function wordOf(state: StepState, over: boolean): string {
  return over && state === 'pending' ? 'not run' : STATE[state].word;
}

function more(steps: readonly StepProgress[], which: string): string {
  return `${steps.length} ${which} ${steps.length === 1 ? 'step' : 'steps'}`;
}

function isOver({ upgrade }: UpgradeView): boolean {
  return upgrade.phase.kind === 'finished';
}

function stepLine(step: StepProgress, noReturn: boolean, view: UpgradeView): string {
  const { mark } = STATE[step.state];
  const word = wordOf(step.state, isOver(view));
  const going = step.state === 'applying' || step.state === 'verifying' || step.state === 'waiting';
  const end = step.endedAt ?? (going ? view.now : null);
  const time = step.startedAt === null || end === null ? '' : `, ${took(step.startedAt, end)}`;
  const again = step.attempts > 1 ? `, attempt ${step.attempts}` : '';
  return `${mark} ${escaped(cut(step.title, LINE_TITLE_MAX))} · ${word}${time}${again}${noReturn ? ' · 🟥 no way back after this' : ''}`;
}

export function stepLines(view: UpgradeView): string {
  const point = view.plan?.body.pointOfNoReturn ?? null;
  const { before, steps, after } = around(view.progress);
  const over = isOver(view);
  return [
    ...(before.length > 0 ? [`✅ ${more(before, 'earlier')} · ${states(before, over)}`] : []),
    ...steps.map((step) => stepLine(step, step.step === point, view)),
    ...(after.length > 0 ? [`▫️ ${more(after, 'more')} · ${states(after, over)}`] : []),
  ].join('\n');
}

const TASK: { readonly [state in StepState]: 'pending' | 'in_progress' | 'complete' | 'error' } = {
  pending: 'pending',
  applying: 'in_progress',
  verifying: 'in_progress',
  waiting: 'in_progress',
  succeeded: 'complete',
  held: 'error',
  skipped: 'complete',
  undoing: 'in_progress',
  undone: 'pending',
};

/** Slack's tasks do not know these: the title says it. */
const SAID: ReadonlySet<StepState> = new Set(['held', 'waiting', 'skipped', 'undoing', 'undone']);

function taskTitle(step: StepProgress, point: string | null): string {
  const state = SAID.has(step.state) ? ` (${STATE[step.state].word})` : '';
  const again = step.attempts > 1 ? ` (attempt ${step.attempts})` : '';
  const end = step.step === point ? ' (no way back after this)' : '';
  return `${cut(step.title, TASK_TITLE_MAX)}${state}${again}${end}`;
}

export function stepTasks(view: UpgradeView): KnownBlock {
  const point = view.plan?.body.pointOfNoReturn ?? null;
  const { before, steps, after } = around(view.progress);
  const over = isOver(view);
  const counted = (id: string, title: string, status: 'complete' | 'pending') => ({
    type: 'task_card' as const,
    task_id: id,
    title,
    status,
  });
  return {
    type: 'plan',
    title: `Steps of ${view.upgrade.id}`,
    tasks: [
      ...(before.length > 0
        ? [counted('earlier', `${more(before, 'earlier')} (${states(before, over)})`, 'complete')]
        : []),
      ...steps.map((step) => ({
        type: 'task_card' as const,
        // Ids of a runbook have no length limit; Slack's have.
        task_id: `step-${view.progress.indexOf(step) + 1}`,
        title: taskTitle(step, point),
        status: TASK[step.state],
      })),
      ...(after.length > 0
        ? [counted('later', `${more(after, 'more')} (${states(after, over)})`, 'pending')]
        : []),
    ],
  };
}
