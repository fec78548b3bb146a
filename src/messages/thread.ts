/** Replies in the thread of an upgrade: one for each step, hold, question and decision, in order. */
import type { KnownBlock } from '@slack/types';
import { assertNever, type Hold, type HoldOffer } from '../core/model.ts';
import type { PlannedStep } from '../core/plan.ts';
import type { UpgradeView } from '../core/view.ts';
import { formatDuration } from '../core/window.ts';
import { ACTIONS, buttonValue } from './actions.ts';
import {
  type Button,
  buttons,
  context,
  escaped,
  type Message,
  message,
  preformatted,
  section,
  sections,
} from './block-kit.ts';
import { neverPings } from './clean.ts';
import {
  label,
  mention,
  mentionId,
  oneOf,
  operators,
  quoted,
  sentence,
  stepName,
  stepTitle,
  took,
} from './words.ts';

/** A step that went well needs no more than a glimpse; its whole output is in the store. */
const GLIMPSE_LINES = 5;
/** Instructions of a runbook are shown whole as far as Slack's 50 blocks allow with room for the rest. */
const SAY_SECTIONS = 40;
/** Of the hash that stands in the thread: enough that nobody makes another chain with the same beginning. */
const HEAD_DIGITS = 16;

/** @param markdown what came from people or hosts is escaped by the caller */
export function noteReply(markdown: string): Message {
  const safe = neverPings(markdown);
  return message(safe, sections(safe, SAY_SECTIONS));
}

export interface StepEnd {
  readonly kind: 'succeeded';
  readonly attempt: string;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly exitCode: number | null;
  /** Last lines of output, cleaned and redacted, newest last. */
  readonly tail: readonly string[];
  readonly why: string | null;
}

/** Only a shell command has an exit code that means something: copies and reboots report 0 by themselves. */
function exit(step: PlannedStep, code: number | null): string {
  return code === null || step.action.kind !== 'run' ? '' : `exit code ${code}`;
}

function attempts(view: UpgradeView, step: PlannedStep): string {
  const made = view.progress.find((one) => one.step === step.id)?.attempts ?? 0;
  return made === 0 ? '' : `attempt ${made}`;
}

function listed(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(', ');
}

function lastLines(
  tail: readonly string[],
  heading: string,
): { blocks: readonly KnownBlock[]; text: string } {
  if (tail.length === 0) return { blocks: [], text: '' };
  const joined = tail.join('\n');
  return { blocks: [context(heading), preformatted(joined)], text: `\n${heading}\n${escaped(joined)}` };
}

export function stepReply(view: UpgradeView, step: PlannedStep, end: StepEnd): Message {
  const time = `${took(end.startedAt, end.endedAt)} (expected about ${formatDuration(step.expectedS)})`;
  const facts = listed([time, attempts(view, step), exit(step, end.exitCode)]);
  const say = end.why === null ? '' : ` ${escaped(sentence(end.why))}`;
  const shown = lastLines(end.tail.slice(-GLIMPSE_LINES), 'Last lines:');
  const verified = step.verify.length > 0 ? 'done and verified' : 'done';
  return message(
    `✅ ${label(view.upgrade)}. ${stepName(view, step)}: ${verified}. ${facts}.${say}${shown.text}`,
    [
      section(`✅ *${stepName(view, step)}* · ${verified}\n${rehearsal(view)}${facts}.${say}`),
      ...shown.blocks,
    ],
  );
}

function rehearsal({ upgrade }: UpgradeView): string {
  return upgrade.rehearsal ? '*REHEARSAL* · ' : '';
}

const OFFER: { readonly [offer in HoldOffer]: { readonly action: string; readonly label: string } } = {
  look_again: { action: ACTIONS.lookAgain, label: 'Look again' },
  retry: { action: ACTIONS.retry, label: 'Retry' },
  stop: { action: ACTIONS.stop, label: 'Stop' },
};

/** What a button does, so that nobody has to guess at night. */
function does(offer: HoldOffer, hold: Hold, step: PlannedStep): string {
  switch (offer) {
    case 'look_again':
      return 'only looks whether it is in place by now. Nothing is started.';
    case 'retry':
      if (step.action.kind === 'gate' || step.action.kind === 'manual')
        return 'asks the same question again.';
      if (hold.attempt === null) return 'starts the step, if the window allows it by now.';
      return step.retry === 'undo_first'
        ? 'first undoes what the failed attempt left, then runs the step again.'
        : 'runs the step once more, as it is.';
    case 'stop':
      return 'ends the run here for good. The target stays as it is, and its lock is released.';
    default:
      return assertNever(offer);
  }
}

function offerButton(view: UpgradeView, hold: Hold, step: PlannedStep, offer: HoldOffer): Button {
  const { action, label: text } = OFFER[offer];
  const { id } = view.upgrade;
  const base = {
    action,
    label: text,
    spoken: `${text} ${id} hold ${hold.number}`,
    value: buttonValue({ upgrade: id, subject: String(hold.number) }),
  };
  if (offer === 'stop') return { ...base, style: 'danger' };
  if (offer === 'look_again') return { ...base, style: 'primary' };
  const explained = does(offer, hold, step);
  return {
    ...base,
    confirm: { title: `Retry in ${id}?`, text: `Retry ${explained}`, yes: 'Retry' },
  };
}

/** Which side of the point of no return the run is on: what it decides is whether stopping leaves a way back. */
function noReturnLine(view: UpgradeView, step: PlannedStep): string {
  const point = view.plan?.body.pointOfNoReturn ?? null;
  if (point === null) return '';
  const done = view.progress.find((one) => one.step === point);
  if (point === step.id && (done?.attempts ?? 0) > 0)
    return '🟥 This step is the point of no return, and it has been tried.';
  if ((done?.attempts ?? 0) > 0)
    return `🟥 The point of no return, ${quoted(stepTitle(view, point))}, has been passed.`;
  return `The point of no return, ${quoted(stepTitle(view, point))}, has not been reached.`;
}

function elapsed(view: UpgradeView, hold: Hold, step: PlannedStep): string {
  const started = view.progress.find((one) => one.step === step.id)?.startedAt ?? null;
  if (started === null || hold.attempt === null) return 'not started';
  return `${took(started, hold.since)} (expected about ${formatDuration(step.expectedS)})`;
}

/** @param answered what was chosen, escaped: it takes the place of the buttons, and the story of the hold stays */
export function holdReply(view: UpgradeView, hold: Hold, step: PlannedStep, answered?: string): Message {
  const facts = listed([elapsed(view, hold, step), attempts(view, step), exit(step, hold.exitCode)]);
  const why = escaped(sentence(hold.reason));
  const hint = hold.hint === null ? '' : `💡 *Hint:* ${escaped(sentence(hold.hint))}`;
  const done = view.progress.filter(({ state }) => state === 'succeeded').length;
  const where = [`${done} of ${view.progress.length} steps are done; nothing after this one has run.`];
  const asked = `🙋 ${operators(view)}, please choose. The run waits for as long as it takes.`;
  const choices = hold.offers.map((offer) => `• *${OFFER[offer].label}* ${does(offer, hold, step)}`);
  const shown = lastLines(
    hold.tail,
    hold.tail.length === 1 ? 'Last line:' : `Last ${hold.tail.length} lines:`,
  );
  const open = answered === undefined;
  const lines = [
    `⏸️ *${stepName(view, step)}* · held`,
    `${rehearsal(view)}${why}`,
    `${facts}.`,
    hint,
    ...(open ? where : []),
    noReturnLine(view, step),
  ].filter((line) => line !== '');
  const spoken = [`⏸️ ${label(view.upgrade)} is held.`, ...lines.slice(0, 1), ...lines.slice(1)].join('\n');
  const ending = open ? [asked, ...choices].join('\n') : neverPings(answered);
  return message(`${spoken}\n${ending}${shown.text}`.replaceAll('*', ''), [
    ...sections(lines.join('\n'), 2, '… (the reason is cut)'),
    ...shown.blocks,
    ...sections(ending, 2),
    ...(open ? [buttons(hold.offers.map((offer) => offerButton(view, hold, step, offer)))] : []),
  ]);
}

function answerButton(
  view: UpgradeView,
  step: PlannedStep,
  action: string,
  text: string,
  style?: 'primary' | 'danger',
): Button {
  const { id } = view.upgrade;
  return {
    action,
    label: text,
    spoken: `${text}: ${step.title}, ${id}`,
    value: buttonValue({ upgrade: id, subject: step.id }),
    ...(style && { style }),
  };
}

/** Places whose people may answer a gate: the one that the step names, or any of the policy. */
function gatePeople(view: UpgradeView, step: PlannedStep): { who: string; titles: string; count: number } {
  const need = step.action.kind === 'gate' ? step.action.need : { from: null, count: 1 };
  const places = view.places
    .map(({ place }) => place)
    .filter(({ id }) => need.from === null || id === need.from);
  return {
    who: oneOf([...new Set(places.flatMap(({ from }) => from.map(mentionId)))]),
    titles: oneOf(places.map((place) => escaped(place.title))),
    count: need.count,
  };
}

/**
 * @param lines the question, then its evidence, as filled in during the run; not escaped
 * @param answered who said what, escaped: it takes the place of the buttons, and what they were shown stays
 */
export function gateReply(
  view: UpgradeView,
  step: PlannedStep,
  lines: readonly string[],
  answered?: string,
): Message {
  const { who, titles, count } = gatePeople(view, step);
  const [question, ...evidence] = lines.map((line) => escaped(line.trim()));
  const people = count === 1 ? 'One person' : `${count} different people`;
  const open = `🙋 ${who === '' ? 'Approvers' : who}: go or no-go? ${people} of ${titles === '' ? 'the approvers' : titles} must say go; ${mention(view.upgrade.requester)} asked for the upgrade and does not count. A no-go holds the run. Nothing goes on until somebody answers.`;
  const asked = answered === undefined ? open : neverPings(answered);
  const seen =
    evidence.length === 0 ? '' : `*What we know*\n${evidence.map((line) => `• ${line}`).join('\n')}`;
  const body = `🚦 *${stepName(view, step)}* · go or no-go\n${rehearsal(view)}${question ?? ''}`;
  return message(
    `🚦 ${label(view.upgrade)}. ${stepName(view, step)}: go or no-go? ${question ?? ''}\n${seen.replaceAll('*', '')}\n${asked}`,
    [
      ...sections(body, SAY_SECTIONS / 2),
      ...sections(seen, SAY_SECTIONS / 2),
      section(asked),
      ...(answered === undefined
        ? [
            buttons([
              answerButton(view, step, ACTIONS.gateGo, 'Go', 'primary'),
              answerButton(view, step, ACTIONS.gateNo, 'No-go', 'danger'),
            ]),
          ]
        : []),
    ],
  );
}

/**
 * @param said what is to be done by hand, as filled in during the run; not escaped
 * @param answered who reported what, escaped: it takes the place of the buttons
 */
export function manualReply(view: UpgradeView, step: PlannedStep, said: string, answered?: string): Message {
  const open = `🙋 ${operators(view)}: do this by hand, then press Done. If it can't be done, press Can't: the run is held, and nothing is lost.${step.verify.length > 0 ? ' After Done the bot looks for itself whether it is so.' : ''} Expected about ${formatDuration(step.expectedS)}.`;
  const asked = answered === undefined ? open : neverPings(answered);
  const body = `✋ *${stepName(view, step)}* · by hand\n${rehearsal(view)}${escaped(said.trim())}`;
  return message(
    `✋ ${label(view.upgrade)}. ${stepName(view, step)}: to be done by hand.\n${escaped(said.trim())}\n${asked}`,
    [
      ...sections(body, SAY_SECTIONS),
      section(asked),
      ...(answered === undefined
        ? [
            buttons([
              answerButton(view, step, ACTIONS.manualDone, 'Done', 'primary'),
              answerButton(view, step, ACTIONS.manualCant, "Can't"),
            ]),
          ]
        : []),
    ],
  );
}

/** @param auditHead last event of the audit chain before this message: who cuts or rewrites the chain later is found out */
export function finishedReply(
  view: UpgradeView,
  { auditHead }: { readonly auditHead: { readonly seq: number; readonly hash: string } },
): Message {
  const { upgrade, plan, progress } = view;
  const outcome = upgrade.phase.kind === 'finished' ? upgrade.phase.outcome : 'stopped';
  const started = progress.flatMap(({ startedAt }) => (startedAt === null ? [] : [startedAt]));
  const done = progress.filter(({ state }) => state === 'succeeded').length;
  const again = progress.filter((step) => step.attempts > 1).length;
  const ended = upgrade.phase.kind === 'finished' ? upgrade.phase.at : view.now;
  const time =
    started.length === 0
      ? ''
      : ` It took ${took(Math.min(...started), ended)}${plan === null ? '' : ` (expected about ${formatDuration(plan.body.expectedS)})`}.`;
  const steps = `${done} of ${progress.length} steps are done and verified${again === 0 ? '' : `, ${again} of them after more than one attempt`}.`;
  const how =
    outcome === 'succeeded' ? '✅ *Succeeded.*' : `⏹️ *Finished: ${outcome}.* The target stays as it is.`;
  const proof = `Audit trail up to event ${auditHead.seq}, hash \`${auditHead.hash.slice(0, HEAD_DIGITS)}\`. \`cutover audit verify\` must still find both.`;
  const say = `${rehearsal(view)}${how}${time} ${steps} ${mention(upgrade.requester)}, have a look.`;
  return message(`${label(upgrade)}. ${say} ${proof}`.replaceAll(/[*`]/g, ''), [
    section(`*${label(upgrade)}* · ${escaped(view.target?.title ?? upgrade.target)}\n${say}`),
    context(proof),
  ]);
}
