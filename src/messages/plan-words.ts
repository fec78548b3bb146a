/** What a step does, where, and whether it can be taken back, in words for people who decide. */
import { assertNever } from '../core/model.ts';
import { type Action, type PlanBody, type PlannedStep, shownText } from '../core/plan.ts';
import { formatDuration } from '../core/window.ts';
import { escaped } from './block-kit.ts';

/** Name of the place: a host, or people. */
export function whereOf(action: Action): string {
  switch (action.kind) {
    case 'run':
      return action.command.host;
    case 'reboot':
      return action.host;
    case 'write':
      return action.to.at;
    case 'copy':
      return `${action.from.at} → ${action.to.at}`;
    case 'gate':
    case 'manual':
      return 'people';
    default:
      return assertNever(action);
  }
}

/** One line, not escaped: `sh (as root): cfy snapshots create …`. */
export function whatRuns(action: Action): string {
  switch (action.kind) {
    case 'run':
      return `${action.command.sudo ? 'as root: ' : ''}${shownText(action.command.run).trim()}`;
    case 'copy':
      return `copy ${action.from.at}:${shownText(action.from.path)} to ${action.to.at}:${shownText(action.to.path)}`;
    case 'write':
      return `write ${action.to.at}:${shownText(action.to.path)}, mode ${action.mode}`;
    case 'reboot':
      return `reboot ${action.host}`;
    case 'gate':
      return `asks ${action.need.count === 1 ? 'one person' : `${action.need.count} people`} for go or no-go: ${shownText(action.say).trim()}`;
    case 'manual':
      return `a person does: ${shownText(action.say).trim()}`;
    default:
      return assertNever(action);
  }
}

export function wayBack({ reversal }: PlannedStep): string {
  switch (reversal.kind) {
    case 'undo':
      return `can be undone: ${reversal.undo.title}`;
    case 'no_undo_needed':
      return `needs no undo: ${reversal.reason}`;
    case 'no_return':
      return 'NO WAY BACK after this step';
    case 'unchanging':
      return 'changes nothing';
    default:
      return assertNever(reversal);
  }
}

/** Plain words about the point of no return, with what is before and after it. Not escaped. */
export function noReturn(body: PlanBody): string {
  const { pointOfNoReturn, steps } = body;
  if (pointOfNoReturn === null) return 'Every step can be taken back.';
  const index = steps.findIndex(({ id }) => id === pointOfNoReturn);
  const title = steps[index]?.title ?? pointOfNoReturn;
  const before =
    index <= 0
      ? 'It is the first step.'
      : `The ${index === 1 ? 'step' : `${index} steps`} before it can be taken back.`;
  return `No way back after step ${index + 1}, “${title}”. ${before} From there on the only way is forward, or a restore.`;
}

/** The same with a mark, escaped; the mark is never all that says it. */
export function noReturnLine(body: PlanBody): string {
  return body.pointOfNoReturn === null ? `↩️ ${noReturn(body)}` : `🟥 *${escaped(noReturn(body))}*`;
}

/** How long it takes, and what is kept free at the end of the window for going back. */
export function duration({ expectedS, rollbackReserveS }: PlanBody): string {
  return `about ${formatDuration(expectedS)}${rollbackReserveS > 0 ? `, plus ${formatDuration(rollbackReserveS)} kept free to go back` : ''}`;
}

/** Steps in a row that run in the same place. */
export interface StepGroup {
  readonly where: string;
  readonly steps: readonly { readonly number: number; readonly step: PlannedStep }[];
}

export function grouped(body: PlanBody): readonly StepGroup[] {
  const groups: { where: string; steps: { number: number; step: PlannedStep }[] }[] = [];
  for (const [index, step] of body.steps.entries()) {
    const where = whereOf(step.action);
    const numbered = { number: index + 1, step };
    const last = groups.at(-1);
    if (last?.where === where) last.steps.push(numbered);
    else groups.push({ where, steps: [numbered] });
  }
  return groups;
}
