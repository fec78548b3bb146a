/** The plan in the thread: what will run, where, how long it takes, from where there is no way back, what to confirm. */
import type { KnownBlock } from '@slack/types';
import type { Target } from '../core/inventory.ts';
import { isBlocked, type Plan, type PlanBody, shortDigest } from '../core/plan.ts';
import type { UpgradeView } from '../core/view.ts';
import { formatDuration } from '../core/window.ts';
import { context, escaped, type Message, message, section, sections } from './block-kit.ts';
import { findingLines } from './findings.ts';
import { planText } from './plan-text.ts';
import { duration, grouped, noReturn, noReturnLine } from './plan-words.ts';
import { label, mentionId, missingPlaces, quoted, REHEARSAL, slackTime, slackWindow } from './words.ts';

/** Slack refuses long messages (`msg_blocks_too_long`) and does not say from where: five sections are well below what has been seen. */
const STEP_SECTIONS = 3;
const CONFIRM_SECTIONS = 1;
const REST = '… (the whole plan is in the file)';

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

function spoken(first: string, plan: Plan, found: string, last: string): string {
  return [first, escaped(noReturn(plan.body)), confirms(plan.body), found, steps(plan.body), last]
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
  return message(spoken(first, plan, found, `${last} ${asked}`.trim()), [
    section(first),
    ...parts(plan, found),
    context(last),
    ...sections(asked, 1),
  ]);
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

/** Answer to `/upgrade plan`: the plan as it would be made now; nothing is stored or asked. */
export function previewMessage(target: Pick<Target, 'name' | 'title' | 'rehearsal'>, plan: Plan): Message {
  const mark = target.rehearsal ? `${REHEARSAL} · ` : '';
  const first = `📋 *${mark}Plan of ${quoted(target.title)}, made just now*\n${summary(plan)}`;
  const found = findingLines(plan.evidence.findings);
  const last = isBlocked(plan.evidence)
    ? 'It is blocked: mend the blockers, then look again. Nothing was stored.'
    : `Nothing was stored or asked. To ask for it: /upgrade start ${target.name} ${plan.body.flow.id.replaceAll('_', '-')}`;
  return message(spoken(first, plan, found, last), [
    section(first),
    ...parts(plan, found),
    context(escaped(last)),
  ]);
}

export function planFile(plan: Plan): { readonly name: string; readonly content: string } {
  return { name: `plan-${shortDigest(plan.digest)}.txt`, content: planText(plan) };
}
