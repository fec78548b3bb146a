/** Where each step is: as lines for every client, or as Slack's own live task list. */
import type { KnownBlock } from '@slack/types';
import type { StepProgress, StepState } from '../core/run.ts';
import type { UpgradeView } from '../core/view.ts';
import { escaped } from './block-kit.ts';
import { cut } from './cut.ts';
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
  readonly before: number;
  readonly steps: readonly StepProgress[];
  readonly after: number;
}

/** The steps around the current one. */
function around(progress: readonly StepProgress[]): Shown {
  if (progress.length <= MOST_STEPS) return { before: 0, steps: progress, after: 0 };
  const open = progress.findIndex(({ state }) => state !== 'succeeded');
  const current = open < 0 ? progress.length : open;
  const before = Math.max(0, Math.min(current - STEPS_BEHIND, progress.length - MOST_STEPS));
  return {
    before,
    steps: progress.slice(before, before + MOST_STEPS),
    after: progress.length - before - MOST_STEPS,
  };
}

function stepLine(step: StepProgress, noReturn: boolean, now: number): string {
  const { mark, word } = STATE[step.state];
  const going = step.state === 'applying' || step.state === 'verifying' || step.state === 'waiting';
  const end = step.endedAt ?? (going ? now : null);
  const time = step.startedAt === null || end === null ? '' : `, ${took(step.startedAt, end)}`;
  const again = step.attempts > 1 ? `, attempt ${step.attempts}` : '';
  return `${mark} ${escaped(cut(step.title, LINE_TITLE_MAX))} · ${word}${time}${again}${noReturn ? ' · 🟥 no way back after this' : ''}`;
}

export function stepLines(view: UpgradeView): string {
  const point = view.plan?.body.pointOfNoReturn ?? null;
  const { before, steps, after } = around(view.progress);
  return [
    ...(before > 0 ? [`✅ ${before} earlier steps · done`] : []),
    ...steps.map((step) => stepLine(step, step.step === point, view.now)),
    ...(after > 0 ? [`▫️ ${after} more steps · to do`] : []),
  ].join('\n');
}

const TASK: { readonly [state in StepState]: 'pending' | 'in_progress' | 'complete' | 'error' } = {
  pending: 'pending',
  applying: 'in_progress',
  verifying: 'in_progress',
  waiting: 'in_progress',
  succeeded: 'complete',
  held: 'error',
  skipped: 'pending',
  undoing: 'in_progress',
  undone: 'pending',
};

/** Slack's tasks know no waiting and no holding: the title says it. */
function taskTitle(step: StepProgress, point: string | null): string {
  const state = step.state === 'held' || step.state === 'waiting' ? ` (${STATE[step.state].word})` : '';
  const again = step.attempts > 1 ? ` (attempt ${step.attempts})` : '';
  const end = step.step === point ? ' (no way back after this)' : '';
  return `${cut(step.title, TASK_TITLE_MAX)}${state}${again}${end}`;
}

export function stepTasks(view: UpgradeView): KnownBlock {
  const point = view.plan?.body.pointOfNoReturn ?? null;
  const { before, steps, after } = around(view.progress);
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
      ...(before > 0 ? [counted('earlier', `${before} earlier steps`, 'complete')] : []),
      ...steps.map((step) => ({
        type: 'task_card' as const,
        // Ids of a runbook have no length limit; Slack's have.
        task_id: `step-${view.progress.indexOf(step) + 1}`,
        title: taskTitle(step, point),
        status: TASK[step.state],
      })),
      ...(after > 0 ? [counted('later', `${after} more steps`, 'pending')] : []),
    ],
  };
}
