/** The plan in the thread: what will run, where, how long it takes, from where there is no way back, what to confirm. */
import type { KnownBlock } from '@slack/types';
import type { Target } from '../core/inventory.ts';
import { isBlocked, type Plan, type PlanBody, shortDigest } from '../core/plan.ts';
import type { UpgradeView } from '../core/view.ts';
import { formatDuration } from '../core/window.ts';
import { context, escaped, type Message, message, section, sections } from './block-kit.ts';
import { inPieces } from './cut.ts';
import { findingLines } from './findings.ts';
import { planText } from './plan-text.ts';
import { duration, grouped, noReturn, noReturnLine } from './plan-words.ts';
import {
  label,
  mentionId,
  missingPlaces,
  quoted,
  REHEARSAL,
  slackTime,
  slackWindow,
  typedFlow,
} from './words.ts';

/** Slack refuses long messages (`msg_blocks_too_long`) and does not say from where: five sections are well below what has been seen. */
const STEP_SECTIONS = 3;
const CONFIRM_SECTIONS = 1;
/** Private: there is no thread and no file yet. */
const PREVIEW_REST = '… (cut here; the plan file that comes with /upgrade start has it in full)';
const FOUND_SECTIONS = 2;
const REST = '… (the whole plan is in the file)';
/** A screen reader gets a text of at most 3,500 characters: what is longer comes as messages of its own. */
const TEXT_FOR_ALL = 3300;
/** Slack takes five answers to one command: the first says that we look, the second has all but the steps. */
const STEP_MESSAGES = 3;

function steps(body: PlanBody): string {
  return grouped(body)
    .flatMap(({ where, steps: list }) => [
      where === 'people' ? '*People*' : `*On ${escaped(where)}*`,
      ...list.map(
        ({ number, step }) =>
          `${number}. ${escaped(step.title)} (${formatDuration(step.expectedS)})${step.id === body.pointOfNoReturn ? ' 🟥 no way back after this' : ''}`,
      ),
    ])
    .join('\n');
}

function summary(plan: Plan): string {
  const { body, digest } = plan;
  return `${escaped(body.flow.title)}: ${body.steps.length} steps on ${Object.keys(body.hosts).map(escaped).join(', ') || 'no host'}, ${duration(body)}. Digest \`${shortDigest(digest)}\`.`;
}

function confirms(body: PlanBody): string {
  if (body.acknowledgements.length === 0) return '';
  return `*Approvers confirm*\n${body.acknowledgements.map(({ say }) => `☐ ${escaped(say)}`).join('\n')}`;
}

function parts(plan: Plan, found: string): readonly KnownBlock[] {
  return [
    ...sections(steps(plan.body), STEP_SECTIONS, REST),
    ...sections(noReturnLine(plan.body), 1),
    ...sections(confirms(plan.body), CONFIRM_SECTIONS, REST),
    ...sections(found, 1, REST),
  ];
}

/** Steps come last: whatever is cut, what must be acted on has been said. */
function spoken(parts: readonly string[]): string {
  return parts
    .filter((text) => text !== '')
    .join('\n')
    .replaceAll(/[*`]/g, '');
}

export function planReply(view: UpgradeView): Message {
  const { upgrade, plan } = view;
  if (plan === null)
    return message(`${label(upgrade)} has no plan yet.`, [section(`*${label(upgrade)}* has no plan yet.`)]);
  const first = `📋 *${label(upgrade)} · Plan v${upgrade.planRevision}*\n${summary(plan)}\nWindow ${slackWindow(upgrade.window)}.`;
  const found = findingLines(plan.evidence.findings);
  const last = 'The file has every command, check and way back in full.';
  const asked = approvers(view);
  const { body } = plan;
  return message(
    spoken([first, asked, escaped(noReturn(body)), found, last, confirms(body), steps(body)]),
    [section(first), ...sections(asked, 1), ...parts(plan, found), context(last)],
    REST,
  );
}

/** The card is edited in place, which tells nobody: here approvers are called, each group once. */
function approvers({ upgrade, places }: UpgradeView): string {
  if (upgrade.phase.kind !== 'awaiting-approval') return '';
  const ids = new Set(missingPlaces(places).flatMap(({ from }) => from));
  ids.delete(upgrade.requester.user);
  if (ids.size === 0) return '';
  const { approveBy } = upgrade.phase;
  return `🙋 ${[...ids].map(mentionId).join(', ')}: please press “Review and approve” on the card at the top of this thread, at the latest ${slackTime(approveBy, upgrade.window.zone)}.`;
}

/** A piece that begins in the middle of a group says again where its steps run. */
function withPlaces(pieces: readonly string[]): readonly string[] {
  let place = '';
  return pieces.map((piece) => {
    const lines = piece.split('\n');
    const told = place === '' || lines[0]?.startsWith('*') === true ? piece : `${place}\n${piece}`;
    place = lines.findLast((line) => line.startsWith('*')) ?? place;
    return told;
  });
}

/**
 * Answer to `/upgrade plan`: the plan as it would be made now; nothing is stored or asked. Every step is in it, in messages of
 * their own when there are many; commands are not, as in the thread's reply.
 */
export function previewMessages(
  target: Pick<Target, 'name' | 'title' | 'rehearsal'>,
  plan: Plan,
): readonly Message[] {
  const { body } = plan;
  const mark = target.rehearsal ? `${REHEARSAL} · ` : '';
  const name = `${mark}Plan of ${quoted(target.title)}`;
  const first = `📋 *${name}, made just now*\n${summary(plan)}`;
  const found = findingLines(plan.evidence.findings);
  const last = escaped(
    isBlocked(plan.evidence)
      ? 'It is blocked: mend the blockers, then look again. Nothing was stored.'
      : `Nothing was stored or asked. To ask for it: /upgrade start ${target.name} ${typedFlow(body.flow.id)}. Every command is then in the file that comes into the thread, before anybody approves.`,
  );
  const head = spoken([first, last, escaped(noReturn(body)), found, confirms(body)]);
  const list = steps(body);
  const together = [...head].length + [...list].length <= TEXT_FOR_ALL;
  const shown = [
    section(first),
    ...sections(last, 1),
    ...sections(noReturnLine(body), 1),
    ...sections(found, FOUND_SECTIONS, PREVIEW_REST),
    ...sections(confirms(body), CONFIRM_SECTIONS, PREVIEW_REST),
  ];
  if (together)
    return [message(spoken([head, list]), [...shown, ...sections(list, STEP_SECTIONS)], PREVIEW_REST)];
  const pieces = withPlaces(inPieces(list, TEXT_FOR_ALL, STEP_MESSAGES, PREVIEW_REST));
  return [
    message(head, shown, PREVIEW_REST),
    ...pieces.map((piece, index) => {
      const which = `${name}: steps, part ${index + 1} of ${pieces.length}`;
      return message(spoken([which, piece]), [section(`*${which}*`), ...sections(piece, 2)], PREVIEW_REST);
    }),
  ];
}

export function planFile(plan: Plan): { readonly name: string; readonly content: string } {
  return { name: `plan-${shortDigest(plan.digest)}.txt`, content: planText(plan) };
}
