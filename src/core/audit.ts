/** The closed list of what the audit trail can say, and each as an English sentence. */
import type { ChangeWindow, UpgradeId } from './model.ts';
import { type Json, shortDigest } from './plan.ts';
import { formatDuration, formatWindow } from './window.ts';

/**
 * What `data` holds, by kind. Window = `{ opensAt, closesAt, zone }`, epoch ms. Digests are whole. Readers are liberal:
 * a field that is missing is left out of the sentence, one that is unknown is ignored, so old events stay readable.
 *
 * | kind             | data                                                                   |
 * |------------------|------------------------------------------------------------------------|
 * | requested        | target, runbook, flow, inputs, reason, window                          |
 * | planned          | revision, digest, steps, expected_s                                    |
 * | blocked          | findings: [{ id, say }], at: `start` when found at the start           |
 * | approved         | place, digest, evidence (its digest), window, acknowledged: [id]       |
 * | declined         | digest, reason                                                         |
 * | scheduled        | window                                                                 |
 * | expired          | which: `approve-by` or `start-by`; changes: [text] of a plan too late  |
 * | withdrawn        | none                                                                   |
 * | replanned        | revision, digest, before (the earlier digest), changes: [text]         |
 * | start-given      | none                                                                   |
 * | run-started      | digest, facts (how many were collected again)                          |
 * | apply-started    | step, attempt, title, undo: true for an undo                           |
 * | apply-ended      | step, attempt, outcome: { kind, code or why }, ok, captured, why, undo |
 * |                  | output: { out, err } with bytes and SHA-256 on the host, when too long |
 * | verified         | step, attempt, index, undo                                             |
 * | verify-failed    | step, attempt, index, why                                              |
 * | gate-opened      | step, attempt, evidence: [text]                                        |
 * | gate-answered    | step, attempt, go, note                                                |
 * | manual-asked     | step, attempt, evidence: []                                            |
 * | manual-answered  | step, attempt, done, note                                              |
 * | held             | step, attempt, number, reason                                          |
 * | retried          | step, how: `as_is`, `undo_first` or `look_again`, hold, from           |
 * | step-succeeded   | step, attempt                                                          |
 * | done-by-hand     | step, attempt, note, second (who said the same, for a critical step)   |
 * | skipped          | step, note, second                                                     |
 * | proposed         | step, what: `skip` or `done_by_hand`, note                             |
 * | cancel-asked     | step, attempt                                                          |
 * | rollback-started | step, note                                                             |
 * | step-undone      | step, attempt                                                          |
 * | forward-asked    | step, flow, note                                                       |
 * | silent           | step, attempt, for_s                                                   |
 * | stopped          | step, note                                                             |
 * | finished         | outcome                                                                |
 * | swept            | hosts: [name]                                                          |
 * | refused          | verb, rule                                                             |
 * | host-unreachable | host, why                                                              |
 * | inventory-loaded | targets: [name], digest                                                |
 * | bot-started      | version, node                                                          |
 * | bot-stopped      | why                                                                    |
 */
export type AuditKind =
  | 'requested'
  | 'planned'
  | 'blocked'
  | 'approved'
  | 'declined'
  | 'scheduled'
  | 'expired'
  | 'withdrawn'
  | 'replanned'
  | 'start-given'
  | 'run-started'
  | 'apply-started'
  | 'apply-ended'
  | 'verified'
  | 'verify-failed'
  | 'gate-opened'
  | 'gate-answered'
  | 'manual-asked'
  | 'manual-answered'
  | 'held'
  | 'retried'
  | 'step-succeeded'
  | 'done-by-hand'
  | 'skipped'
  | 'proposed'
  | 'cancel-asked'
  | 'rollback-started'
  | 'step-undone'
  | 'forward-asked'
  | 'silent'
  | 'stopped'
  | 'finished'
  | 'swept'
  | 'refused'
  | 'host-unreachable'
  | 'inventory-loaded'
  | 'bot-started'
  | 'bot-stopped';

export interface NewAuditEvent {
  /** Epoch ms. */
  readonly at: number;
  /** null for events of the bot itself. */
  readonly upgrade: UpgradeId | null;
  /** `T1/U2` for a person, `cutover` for the bot, `cli:<user>` for the local command. */
  readonly actor: string;
  readonly kind: AuditKind;
  readonly data: { readonly [name: string]: Json };
}

export interface AuditEvent extends NewAuditEvent {
  readonly seq: number;
  /** Hex SHA-256 of the event before; 64 zeros for the first. */
  readonly prev: string;
  /** Hex SHA-256 over the canonical encoding of this event and `prev`. */
  readonly hash: string;
}

/**
 * What is hashed: a JSON array in fixed order with its own version number first, so that the encoding can change later
 * without making old rows unverifiable.
 */
export function auditEncoding(event: Omit<AuditEvent, 'hash'>, canonical: (value: Json) => string): string {
  return canonical([1, event.seq, event.at, event.upgrade, event.actor, event.kind, event.data, event.prev]);
}

export const FIRST_PREV = '0'.repeat(64);

type Data = NewAuditEvent['data'];

function word(value: Json | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** The field between the two texts, or nothing when the event does not have it. */
function between(before: string, value: Json | undefined, after = ''): string {
  const text = word(value);
  return text === '' ? '' : `${before}${text}${after}`;
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function field(value: Json | undefined, name: string): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as { readonly [name: string]: Json })[name]
    : undefined;
}

function digest(value: Json | undefined): string {
  return shortDigest(word(value));
}

function inWindow(value: Json | undefined): string {
  const [opensAt, closesAt, zone] = ['opensAt', 'closesAt', 'zone'].map((name) => field(value, name));
  if (typeof opensAt !== 'number' || typeof closesAt !== 'number' || typeof zone !== 'string') return '';
  const window: ChangeWindow = { opensAt, closesAt, zone };
  try {
    return `, window ${formatWindow(window)}`;
  } catch {
    // A zone that this computer does not know, in an event of another one.
    return `, window ${formatWindow({ ...window, zone: 'UTC' })}`;
  }
}

function inputs(value: Json | undefined): string {
  if (typeof value !== 'object' || value === null) return '';
  const shown = Object.entries(value).map(([name, one]) => `${name}=${word(one) || JSON.stringify(one)}`);
  return shown.length === 0 ? '' : `, ${shown.join(', ')}`;
}

function said(value: Json | undefined): string {
  const parts = list(value).map((one) => (typeof one === 'string' ? one : word(field(one, 'say'))));
  return parts.filter((text) => text !== '').join(' ');
}

function ended(data: Data): string {
  const { outcome, why } = data;
  const kind = word(field(outcome, 'kind'));
  const code = field(outcome, 'code');
  const how =
    kind === 'exited' && typeof code === 'number'
      ? `exited with code ${code}`
      : kind.replaceAll('-', ' ') || 'ended';
  return `${undo(data)}${word(data.step)} ${how}${data.ok === true ? ', as it should' : between(': ', why)}`;
}

function undo(data: Data): string {
  return data.undo === true ? 'undo of ' : '';
}

function second(data: Data): string {
  return between(', and so did ', data.second);
}

function attempt(data: Data): string {
  return between(' (attempt ', data.attempt, ')');
}

const RETRIED: { readonly [how: string]: string } = {
  undo_first: ', undoing the failed attempt first',
  look_again: ' only by looking again',
};

/** Each says what happened; who did it stands before. */
const SENTENCES: { readonly [kind in AuditKind]: (data: Data) => string } = {
  requested: (d) =>
    `asked for an upgrade${between(' of ', d.target)}${between(' by ', d.runbook)}${between(' (', d.flow, ')')}${inputs(d.inputs)}${inWindow(d.window)}${between(': ', d.reason)}`,
  planned: (d) =>
    `made plan v${word(d.revision) || '1'}${between(' with ', d.steps, ' steps')}${typeof d.expected_s === 'number' ? `, about ${formatDuration(d.expected_s)}` : ''}, digest ${digest(d.digest)}`,
  blocked: (d) =>
    `${d.at === 'start' ? 'did not start it' : 'found it blocked'}: ${said(d.findings) || 'no finding was recorded'}`,
  approved: (d) =>
    `approved plan ${digest(d.digest)}${between(' for place ', d.place)}${inWindow(d.window)}${list(d.acknowledged).length === 0 ? '' : `, confirmed ${list(d.acknowledged).map(word).join(', ')}`}`,
  declined: (d) => `declined plan ${digest(d.digest)}${between(': ', d.reason)}`,
  scheduled: (d) => `noted that every place is filled${inWindow(d.window)}`,
  expired: (d) =>
    said(d.changes) !== ''
      ? `let it expire: the plan would be another one now, and no time was left to approve it: ${said(d.changes)}`
      : d.which === 'start-by'
        ? 'let it expire: what was left of the window was shorter than the plan'
        : 'let it expire: not every place was filled in time',
  withdrawn: () => 'withdrew it; nothing was changed',
  replanned: (d) =>
    `made plan v${word(d.revision)}, digest ${digest(d.digest)}, and voided the approvals of ${digest(d.before) || 'the earlier one'}: ${said(d.changes)}`,
  'start-given': () => 'said go',
  'run-started': (d) =>
    `started the run of plan ${digest(d.digest)}${between(' after collecting ', d.facts, ' facts again')}`,
  'apply-started': (d) => `started ${undo(d)}${word(d.step)}${attempt(d)}`,
  'apply-ended': (d) => `saw that ${ended(d)}${attempt(d)}`,
  verified: (d) => `verified ${undo(d)}${word(d.step)}: in place${attempt(d)}`,
  'verify-failed': (d) => `found ${word(d.step)} not in place${between(': ', d.why)}${attempt(d)}`,
  'gate-opened': (d) => `asked for go or no-go at ${word(d.step)}`,
  'gate-answered': (d) => `said ${d.go === true ? 'go' : 'no-go'} at ${word(d.step)}${between(': ', d.note)}`,
  'manual-asked': (d) => `asked people to do ${word(d.step)}`,
  'manual-answered': (d) =>
    `${d.done === true ? 'reported done' : 'cannot do'} ${word(d.step)}${between(': ', d.note)}`,
  held: (d) =>
    `held the run at ${word(d.step)}${between(' (hold ', d.number, ')')}${between(': ', d.reason)}`,
  retried: (d) =>
    `had ${word(d.step)} tried again${RETRIED[word(d.how)] ?? ''}${between(', from ', d.from, ' on')}`,
  'step-succeeded': (d) => `recorded that ${word(d.step)} succeeded${attempt(d)}`,
  'done-by-hand': (d) => `said that ${word(d.step)} was done by hand${between(': ', d.note)}${second(d)}`,
  skipped: (d) => `had ${word(d.step)} skipped${between(': ', d.note)}${second(d)}`,
  proposed: (d) =>
    `proposed ${d.what === 'skip' ? 'to skip' : 'to take as done by hand'} ${word(d.step)}, which needs a second person${between(': ', d.note)}`,
  'cancel-asked': (d) => `asked to end the processes of ${word(d.step)}${attempt(d)}`,
  'rollback-started': (d) => `had the run rolled back from ${word(d.step)}${between(': ', d.note)}`,
  'step-undone': (d) => `recorded that ${word(d.step)} is undone${attempt(d)}`,
  'forward-asked': (d) =>
    `asked for the way forward ${word(d.flow)}${between(' after the hold at ', d.step)}${between(': ', d.note)}`,
  silent: (d) => `noticed that ${word(d.step)} has printed nothing for ${word(d.for_s)} s${attempt(d)}`,
  stopped: (d) =>
    `stopped the run${between(' at ', d.step)} and left the target as it is${between(': ', d.note)}`,
  finished: (d) => `finished the run${between(': ', word(d.outcome).replaceAll('-', ' '))}`,
  swept: (d) =>
    `removed its run directories${between(' on ', list(d.hosts).map(word).join(', '))}; their output is stored`,
  refused: (d) => `was refused${between(' ', d.verb)}${between(' by the rule ', d.rule)}`,
  'host-unreachable': (d) => `could not reach ${word(d.host) || 'a host'}${between(': ', d.why)}`,
  'inventory-loaded': (d) =>
    `read targets.yaml${between(', digest ', digest(d.digest))}: ${list(d.targets).map(word).join(', ') || 'no targets'}`,
  'bot-started': (d) => `started${between(', version ', d.version)}${between(' on Node ', d.node)}`,
  'bot-stopped': (d) => `stopped${between(': ', d.why)}`,
};

/**
 * One event as an English sentence, without its time.
 * @param name how an actor is shown, for instance as a Slack mention
 */
export function auditSentence(
  event: NewAuditEvent,
  name: (actor: string) => string = (actor) => actor,
): string {
  const known: { readonly [kind: string]: ((data: Data) => string) | undefined } = SENTENCES;
  // A newer program may have written kinds that this one does not know.
  const did = known[event.kind]?.(event.data) ?? `${event.kind} ${JSON.stringify(event.data)}`;
  const text = `${name(event.actor)} ${did}`.trim();
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
