/** Private answers to `/upgrade status`, `why`, `list`, `targets`, `audit` and `help`: what is so, and what can be done next. */
import { type AuditEvent, auditSentence } from '../core/audit.ts';
import type { Target } from '../core/inventory.ts';
import { assertNever, isLive, type Upgrade } from '../core/model.ts';
import { OUTCOME_WORDS, phaseWords } from '../core/phase-words.ts';
import type { UpgradeView } from '../core/view.ts';
import { formatTime } from '../core/window.ts';
import { ACTIONS, COMMAND } from './actions.ts';
import { buttons, context, escaped, type Message, message, section, sections } from './block-kit.ts';
import { about } from './card.ts';
import { cut } from './cut.ts';
import { status } from './status.ts';
import { stepLines } from './step-list.ts';
import { label, mention, placeLine, slackTime, title } from './words.ts';

/** A list that is longer is not read; the rest is counted. */
const LIST_SECTIONS = 6;
const AUDIT_EVENTS = 20;
const AUDIT_LINE_MAX = 500;
const HEAD_DIGITS = 16;

export function say(markdown: string): Message {
  return message(markdown, sections(markdown, LIST_SECTIONS, '…'));
}

function waits({ upgrade, target }: UpgradeView, { say: what, next }: { say: string; next: string }): string {
  const then = next === '' ? '' : `\n➡️ ${next}`;
  return `*${escaped(title(upgrade, target?.title))}*\n${what}${then}`;
}

/** Why is it waiting, and for whom? */
export function whyMessage(view: UpgradeView): Message {
  return say(waits(view, status(view)));
}

export function statusMessage(view: UpgradeView): Message {
  const { upgrade, places, progress, now } = view;
  const first = waits(view, status(view));
  const awaits = upgrade.phase.kind === 'awaiting-approval';
  const approval = awaits ? `*Approval*\n${places.map((place) => `• ${placeLine(place)}`).join('\n')}` : '';
  const steps = progress.length === 0 ? '' : stepLines(view);
  const last = `The thread is in <#${upgrade.channel}>. ${COMMAND} audit ${upgrade.id} tells who did what. As of ${slackTime(now, upgrade.window.zone)}.`;
  return message([first, about(view), approval, steps, last].filter((part) => part !== '').join('\n'), [
    ...sections(first, 2),
    ...sections(about(view), 2),
    ...sections(approval, 1),
    ...sections(steps, 1),
    context(last),
  ]);
}

function stands({ phase, window, requester }: Upgrade): string {
  const at = (when: number) => slackTime(when, window.zone);
  switch (phase.kind) {
    case 'preparing':
      return phaseWords(phase);
    case 'blocked':
      return `blocked ${at(phase.at)}`;
    case 'awaiting-approval':
      return `waiting for approval until ${at(phase.approveBy)}, asked by ${mention(requester)}`;
    case 'scheduled':
      return `approved, window opens ${at(window.opensAt)}`;
    case 'running':
      return phase.waitingFor === null
        ? `running since ${at(phase.since)}`
        : `running, waiting for a person since ${at(phase.waitingFor.since)}`;
    case 'held':
      return `held since ${at(phase.hold.since)}, somebody must choose in the thread`;
    case 'rolling-back':
      return `rolling back since ${at(phase.since)}`;
    case 'finished':
      return `${OUTCOME_WORDS[phase.outcome]} ${at(phase.at)}`;
    case 'declined':
    case 'expired':
    case 'withdrawn':
      return `${phase.kind} ${at(phase.at)}`;
    default:
      return assertNever(phase);
  }
}

function line(upgrade: Upgrade): string {
  return `• *${escaped(title(upgrade, undefined))}*: ${stands(upgrade)}`;
}

export function listMessage(upgrades: readonly Upgrade[]): Message {
  if (upgrades.length === 0)
    return say(
      `No upgrade yet. Ask for one with ${COMMAND} start, or look at a plan first with ${COMMAND} plan.`,
    );
  const live = upgrades.filter(isLive);
  const over = upgrades.filter((upgrade) => !isLive(upgrade));
  return say(
    [
      `*Live*${live.length === 0 ? ': none' : ''}`,
      ...live.map(line),
      ...(over.length === 0 ? [] : ['*Over*', ...over.map(line)]),
      `${COMMAND} status U-42 shows one of them.`,
    ].join('\n'),
  );
}

function targetLine({ name, title: called, rehearsal, runbook, hosts, approvers, channel }: Target): string {
  const machines = [...new Set(Object.values(hosts).flatMap((all) => all.map((host) => host.name)))];
  const places = approvers
    .map(({ need, title: place }) => (need === 1 ? place : `${place} (${need} people)`))
    .join(', ');
  return `• *${escaped(name)}*${rehearsal ? ' (REHEARSAL)' : ''} ${escaped(called)}: runbook ${escaped(runbook)}; hosts ${escaped(machines.join(', '))}; approval by ${escaped(places === '' ? 'nobody' : places)}; thread in <#${channel}>`;
}

export function targetsMessage(targets: readonly Target[]): Message {
  const first = targets[0];
  if (first === undefined)
    return say('No target is configured yet: targets.yaml is empty. Ask the bot operator.');
  return say(
    [
      ...targets.map(targetLine),
      `Next: ${COMMAND} plan ${first.name} shows what would run, ${COMMAND} start ${first.name} asks for it.`,
    ].join('\n'),
  );
}

/** `T1/U2` is a person; everything else is the bot or the local command. */
function actor(name: string): string {
  const user = /^[^/]+\/([A-Z0-9]+)$/.exec(name)?.[1];
  return user === undefined ? escaped(name) : `<@${user}>`;
}

export function auditMessage(
  upgrade: Pick<Upgrade, 'id' | 'rehearsal' | 'window'>,
  trail: readonly AuditEvent[],
): Message {
  const shown = trail.slice(-AUDIT_EVENTS);
  const { zone } = upgrade.window;
  const told = shown.map((event) => {
    const did = cut(auditSentence(event, () => '').trim(), AUDIT_LINE_MAX);
    return `${event.seq}. ${slackTime(event.at, zone)} ${actor(event.actor)} ${escaped(did)}`;
  });
  const head = trail.at(-1);
  const earlier = trail.length - shown.length;
  const proof =
    head === undefined
      ? 'Nothing is recorded yet.'
      : `Last event ${head.seq}, hash ${head.hash.slice(0, HEAD_DIGITS)}, ${formatTime(head.at, zone)}. The bot operator checks the chain with “cutover audit verify”.`;
  const first = `*${label(upgrade)} · audit trail*${earlier > 0 ? ` (${earlier} earlier events are not shown)` : ''}`;
  return message([first, ...told, proof].join('\n'), [
    section(first),
    ...sections(told.join('\n'), LIST_SECTIONS, '…'),
    context(proof),
  ]);
}

const HELP = [
  '*Cutover carries an upgrade from “can we?” to “done, here is the proof”.*',
  `• ${COMMAND} plan <target> [flow] [to=4.3.1]: look at the hosts and show what would run. Nothing is stored.`,
  `• ${COMMAND} start [target] [flow] [to=4.3.1]: ask for an upgrade, in a form`,
  `• ${COMMAND} status [U-42]: where it is and what happens next`,
  `• ${COMMAND} why [U-42]: what it waits for, and for whom`,
  `• ${COMMAND} list: live and recent upgrades`,
  `• ${COMMAND} audit U-42: who did what, and when`,
  `• ${COMMAND} withdraw U-42: take back what you asked for, before it starts`,
  `• ${COMMAND} stop U-42: end a held run and leave the target as it is`,
  `• ${COMMAND} targets: what can be upgraded`,
  'Approving, starting and answering are buttons on the card and in its thread.',
];

const HELP_TEXT = HELP.map((text) => (text.startsWith('•') ? escaped(text) : text)).join('\n');

/** Also the answer to a bare `/upgrade`: whoever knows nothing yet begins with the button. */
export const helpMessage: Message = message(HELP_TEXT, [
  ...sections(HELP_TEXT, LIST_SECTIONS),
  buttons([
    {
      action: ACTIONS.start,
      label: 'Start an upgrade…',
      spoken: 'Start an upgrade: opens the form',
      value: '-',
      style: 'primary',
    },
  ]),
]);
