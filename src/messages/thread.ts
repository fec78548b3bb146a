/** Replies in the thread of an upgrade: one for each step, hold, question and decision, in order. */
import type { KnownBlock } from '@slack/types';
import type { Hold } from '../core/model.ts';
import type { PlannedStep, PlannedUndo } from '../core/plan.ts';
import type { UpgradeView } from '../core/view.ts';
import { formatDuration } from '../core/window.ts';
import { context, escaped, type Message, message, preformatted, section, sections } from './block-kit.ts';
import { neverPings } from './clean.ts';
import { cutAtWord } from './cut.ts';
import { choiceBlocks, choiceLines } from './hold-choices.ts';
import { ending } from './outcome.ts';
import { tally } from './tally.ts';
import {
  label,
  mention,
  operators,
  quoted,
  rehearsalMark,
  sentence,
  stepName,
  stepTitle,
  title,
  took,
} from './words.ts';

/** A step that went well needs no more than a glimpse; its whole output is in the store. */
const GLIMPSE_LINES = 5;
/** Some three lines on a phone. */
const GLIMPSE_CHARS = 160;
/** A note is a few lines; the changes of a whole plan are the longest. */
const NOTE_SECTIONS = 10;
/** Of the hash that stands in the thread: enough that nobody makes another chain with the same beginning. */
const HEAD_DIGITS = 16;

/** @param markdown what came from people or hosts is escaped by the caller */
export function noteReply(markdown: string): Message {
  const safe = neverPings(markdown);
  return message(safe, sections(safe, NOTE_SECTIONS));
}

export interface StepEnd {
  readonly kind: 'succeeded' | 'undone';
  readonly attempt: string;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly exitCode: number | null;
  /** Last lines of output, cleaned and redacted, newest last. */
  readonly tail: readonly string[];
  readonly why: string | null;
}

/** Only a shell command has an exit code that means something, and only one that is not 0 is news. */
function exit(step: PlannedStep, code: number | null): string {
  return code === null || code === 0 || step.action.kind !== 'run' ? '' : `exit code ${code}`;
}

/** An undo has a time and attempts of its own. */
function undoOf(step: PlannedStep): PlannedUndo | null {
  return step.reversal.kind === 'undo' ? step.reversal.undo : null;
}

function againOf(attempt: string): string {
  const number = Number(/[0-9]+$/.exec(attempt)?.[0] ?? 1);
  return number < 2 ? '' : `attempt ${number}`;
}

/** Data, as in one line of JSON: nobody reads it in a thread. */
function isData(line: string): boolean {
  return [...line].length > GLIMPSE_CHARS && /^\s*[[{]|"\s*:/.test(line);
}

function glimpse(tail: readonly string[]): readonly string[] {
  const last = tail.slice(-GLIMPSE_LINES);
  return last.some(isData) ? [] : last.map((line) => cutAtWord(line, GLIMPSE_CHARS));
}

function attempts(view: UpgradeView, step: PlannedStep): string {
  const made = view.progress.find((one) => one.step === step.id)?.attempts ?? 0;
  return made < 2 ? '' : `attempt ${made}`;
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
  const undone = end.kind === 'undone';
  const expectedS = (undone ? undoOf(step)?.expectedS : undefined) ?? step.expectedS;
  const time = `${took(end.startedAt, end.endedAt)} (expected about ${formatDuration(expectedS)})`;
  const again = undone ? againOf(end.attempt) : attempts(view, step);
  const facts = listed([time, again, exit(step, end.exitCode)]);
  const say = end.why === null ? '' : ` ${escaped(sentence(end.why))}`;
  const shown = lastLines(glimpse(end.tail), 'Last lines:');
  const verified = undone ? 'undone and verified' : step.verify.length > 0 ? 'done and verified' : 'done';
  const mark = undone ? '↩️' : '✅';
  return message(
    `${mark} ${label(view.upgrade)}. ${stepName(view, step)}: ${verified}. ${facts}.${say}${shown.text}`,
    [
      section(
        `${mark} *${stepName(view, step)}* · ${verified}\n${rehearsalMark(view.upgrade)}${facts}.${say}`,
      ),
      ...shown.blocks,
    ],
  );
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

/** Of an undo only the step's own beginning is known, which says nothing about it. */
function elapsed(view: UpgradeView, hold: Hold, step: PlannedStep): string {
  if (hold.rollingBack) return '';
  const started = view.progress.find((one) => one.step === step.id)?.startedAt ?? null;
  if (started === null || hold.attempt === null) return 'not started';
  return `${took(started, hold.since)} (expected about ${formatDuration(step.expectedS)})`;
}

type Bold = (text: string) => string;
const strong: Bold = (text) => `*${text}*`;
/** For the ear: an asterisk of our own would be read out, one of a host must stay. */
const unmarked: Bold = (text) => text;

function holdStory(view: UpgradeView, hold: Hold, step: PlannedStep, open: boolean, bold: Bold): string {
  const told = hold.reason.includes(`exit code ${hold.exitCode}`);
  const again = hold.rollingBack ? againOf(hold.attempt ?? '') : attempts(view, step);
  const facts = listed([elapsed(view, hold, step), again, told ? '' : exit(step, hold.exitCode)]);
  // Shown in the channel too, where nothing else says which upgrade this is.
  const name = escaped(title(view.upgrade, view.target?.title));
  return [
    `⏸️ ${bold(`${name} ${open ? 'is' : 'was'} held`)}`,
    `${stepName(view, step)}: ${escaped(sentence(hold.reason))}`,
    facts === '' ? '' : `${facts}.`,
    hold.hint === null ? '' : `💡 ${bold('Hint:')} ${escaped(sentence(hold.hint))}`,
    open
      ? `${tally(view)}; ${hold.rollingBack ? 'the steps before this one are not undone yet' : 'nothing after this one has run'}.`
      : '',
    noReturnLine(view, step),
  ]
    .filter((line) => line !== '')
    .join('\n');
}

function holdQuestion(view: UpgradeView, hold: Hold, step: PlannedStep, bold: Bold): string {
  return [
    `🙋 ${operators(view)}, please choose. The run waits for as long as it takes.`,
    ...choiceLines(hold, step, bold),
  ].join('\n');
}

function tailHeading({ tail, tailOf }: Hold): string {
  if (tailOf === 'verify') return 'What its verify saw:';
  return tail.length === 1 ? 'Last line:' : `Last ${tail.length} lines:`;
}

/** @param answered what was chosen, escaped: it takes the place of the buttons, and the story of the hold stays */
export function holdReply(view: UpgradeView, hold: Hold, step: PlannedStep, answered?: string): Message {
  const open = answered === undefined;
  const shown = lastLines(hold.tail, tailHeading(hold));
  const ending = (bold: Bold) => (open ? holdQuestion(view, hold, step, bold) : neverPings(answered));
  const spoken = `${holdStory(view, hold, step, open, unmarked)}\n${ending(unmarked)}`;
  return message(`${spoken}${shown.text}`, [
    ...sections(holdStory(view, hold, step, open, strong), 2, '… (cut; the audit trail has it in full)'),
    ...shown.blocks,
    ...sections(ending(strong), 2),
    ...(open ? choiceBlocks(view, hold, step) : []),
  ]);
}

interface AuditHead {
  readonly auditHead: { readonly seq: number; readonly hash: string };
}

function proofOf({ auditHead }: AuditHead): string {
  return `Audit trail up to event ${auditHead.seq}, hash ${auditHead.hash.slice(0, HEAD_DIGITS)}. “cutover audit verify” must still find both.`;
}

/** @param markdown what came from people is escaped by the caller */
export function stoppedReply(markdown: string, head: AuditHead): Message {
  const safe = neverPings(markdown);
  const proof = proofOf(head);
  return message(`${safe} ${proof}`, [...sections(safe, NOTE_SECTIONS), context(proof)]);
}

/** @param head last event of the audit chain before this message: who cuts or rewrites the chain later is found out */
export function finishedReply(view: UpgradeView, head: AuditHead): Message {
  const { upgrade, plan, progress } = view;
  const outcome = upgrade.phase.kind === 'finished' ? upgrade.phase.outcome : 'stopped';
  const started = progress.flatMap(({ startedAt }) => (startedAt === null ? [] : [startedAt]));
  const again = progress.filter((step) => step.attempts > 1).length;
  const ended = upgrade.phase.kind === 'finished' ? upgrade.phase.at : view.now;
  const time =
    started.length === 0
      ? ''
      : ` It took ${took(Math.min(...started), ended)}${plan === null ? '' : ` (expected about ${formatDuration(plan.body.expectedS)})`}.`;
  const { mark, word, state, next } = ending(view, outcome);
  const tries =
    again === 0 ? '' : ` ${again === 1 ? '1 step took' : `${again} steps took`} more than one attempt.`;
  const proof = proofOf(head);
  const rest = `${state}${time}${tries}\n➡️ ${mention(upgrade.requester)}, ${next}`;
  const name = escaped(title(upgrade, view.target?.title));
  return message(`${name}. ${mark} ${word}. ${rest}\n${proof}`, [
    section(`*${name}*\n${mark} *${word}.* ${rest}`),
    context(proof),
  ]);
}
