/** The ports: what the engine needs from the world, named for the need. Implementations decide nothing. */
import type { AuditEvent, NewAuditEvent } from '../core/audit.ts';
import type { ChannelState } from '../core/channel.ts';
import type { Inventory, Recurring, RunbookFile } from '../core/inventory.ts';
import type { ChangeWindow, Decision, Person, Profile, Upgrade, UpgradeId } from '../core/model.ts';
import type { Plan, PlanHost } from '../core/plan.ts';
import type { AttemptId, RunEvent } from '../core/run.ts';

// ── time ───────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Clock {
  /** Epoch milliseconds on the (possibly scaled) clock. */
  now(): number;
  /** Calls `wake` once at `when` (at once when it is past). @returns cancel */
  at(when: number, wake: () => void): () => void;
  /** Resolves after `ms` on the scaled clock, or at once when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** What wakes the kernel. A lost, doubled or early wake-up is harmless. */
export interface Wakeups {
  /** Ask for `advance(run)` at `at` (epoch ms); the earliest ask wins. */
  wake(run: UpgradeId, at: number): void;
  serve(advance: (run: UpgradeId) => Promise<void>): void;
  /** Takes no new runs and waits for the moves under way. */
  stop(): Promise<void>;
}

// ── hosts ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A finished shell command: quoted, no late values left. Secrets are values here and never leave through arguments. */
export interface HostCommand {
  readonly host: PlanHost;
  readonly text: string;
  readonly sudo: boolean;
  readonly secrets: { readonly [name: string]: string };
}

export type LookResult =
  | { readonly kind: 'exited'; readonly code: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: 'timed-out'; readonly stdout: string; readonly stderr: string }
  /** `changed-key` is never retried by itself: somebody must look. */
  | { readonly kind: 'unreachable'; readonly why: string; readonly changedKey: boolean };

export interface HostFacts {
  readonly user: string;
  readonly bootId: string;
  readonly setsid: boolean;
  readonly writable: boolean;
  readonly freeMb: number;
}

/** States of an attempt on its host, told apart (docs/launcher.md). */
export type AttemptState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'claimed' }
  | { readonly kind: 'running' }
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'vanished' }
  | { readonly kind: 'rebooted' };

export interface AttemptReport {
  readonly state: AttemptState;
  readonly outBytes: number;
  readonly errBytes: number;
  readonly bootId: string;
}

export type StartAnswer =
  | { readonly kind: 'started'; readonly report: AttemptReport }
  /** The attempt is there already with the same text: follow it. */
  | { readonly kind: 'known'; readonly report: AttemptReport }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'stale'; readonly epoch: number }
  | { readonly kind: 'busy'; readonly attempt: AttemptId }
  | { readonly kind: 'impossible'; readonly why: string };

export interface AttemptRef {
  readonly host: PlanHost;
  readonly sudo: boolean;
  readonly upgrade: string;
  readonly attempt: AttemptId;
}

/** Thrown by every call below when the host cannot be reached in time; LookResult says it as a value instead. */
export class UnreachableError extends Error {
  override name = 'UnreachableError';
  readonly host: string;
  readonly why: string;
  readonly changedKey: boolean;
  constructor(host: string, why: string, changedKey = false) {
    super(`reaching ${host}: ${why}`);
    this.host = host;
    this.why = why;
    this.changedKey = changedKey;
  }
}

export interface FileStat {
  readonly kind: 'absent' | 'file' | 'dir';
  readonly bytes: number;
  /** Of the file, or of the deterministic tar of the directory; '' when absent. */
  readonly sha256: string;
}

export interface Hosts {
  hello(host: PlanHost, sudo: boolean): Promise<HostFacts>;
  /** Read-only command in the foreground. `timeoutMs` is virtual time. */
  look(command: HostCommand, timeoutMs: number): Promise<LookResult>;
  start(
    ref: AttemptRef,
    command: HostCommand,
    limits: { readonly epoch: number; readonly timeoutS: number; readonly graceS: number },
  ): Promise<StartAnswer>;
  status(ref: AttemptRef): Promise<AttemptReport>;
  /** Streams from the offsets until the attempt ends or `maxS` (virtual seconds) passed. @returns the state afterwards */
  follow(
    ref: AttemptRef,
    from: { readonly out: number; readonly err: number },
    maxS: number,
    onBytes: (stream: 'out' | 'err', bytes: Uint8Array) => void,
  ): Promise<AttemptReport>;
  /** Bytes and SHA-256 of what an attempt printed, as it lies on the host. */
  printed(ref: AttemptRef): Promise<{ readonly out: FileStat; readonly err: FileStat }>;
  cancel(ref: AttemptRef, graceS: number): Promise<AttemptReport & { readonly gone: 'yes' | 'unsure' }>;
  /** Asks once for a reboot; asking again answers the same. */
  reboot(ref: AttemptRef, epoch: number): Promise<'rebooting' | 'rebooted' | { readonly refused: string }>;
  stat(host: PlanHost, sudo: boolean, path: string): Promise<FileStat>;
  /** Removes the run directories of an upgrade whose output is stored. `live` = an attempt has not ended, nothing changed. */
  sweep(host: PlanHost, sudo: boolean, upgrade: string): Promise<'swept' | 'live'>;
  /** Streams a file, or a directory as a deterministic tar. */
  read(host: PlanHost, sudo: boolean, path: string): AsyncIterable<Uint8Array>;
  /** Writes beside the target, checks SHA-256, renames. @throws Error naming both digests when they differ */
  write(
    host: PlanHost,
    sudo: boolean,
    path: string,
    source: AsyncIterable<Uint8Array>,
    file: {
      readonly kind: 'file' | 'dir';
      /** A file that differs is replaced (`write` steps); otherwise it is an error and nothing changes. */
      readonly replace: boolean;
      readonly mode: string;
      readonly owner: string | null;
      readonly sha256: string;
      readonly bytes: number;
    },
  ): Promise<void>;
  close(): Promise<void>;
}

/** Files kept for one upgrade on the bot's own disk, mode 0700. */
export interface Vault {
  stat(upgrade: string, name: string): Promise<FileStat>;
  read(upgrade: string, name: string): AsyncIterable<Uint8Array>;
  write(
    upgrade: string,
    name: string,
    source: AsyncIterable<Uint8Array>,
    kind: 'file' | 'dir',
  ): Promise<FileStat>;
}

export interface Secrets {
  /** @throws Error that names the secret and where it was looked for, never its value */
  value(target: string, name: string): string;
  /** All values that are known now, for redaction. */
  all(): readonly string[];
}

// ── store ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** One Slack message per slot and upgrade: put again edits it in place. `card` is the thread's parent. */
export interface NewMessage {
  readonly slot: string;
  readonly channel: string;
  readonly text: string;
  readonly blocks: readonly unknown[];
  /** Sent when Slack refuses the blocks: a newer kind of block that this workspace does not take. */
  readonly fallback?: { readonly blocks: readonly unknown[] };
  /** Also shown in the channel; for the final result and for failures. */
  readonly broadcast?: boolean;
  /** Set for a message that only this user sees; never the only record of anything. */
  readonly onlyFor?: string;
  /** Posted as a file into the thread instead of a message. */
  readonly file?: { readonly name: string; readonly content: string };
}

export interface OutputChunk {
  readonly attempt: AttemptId;
  readonly stream: 'out' | 'err';
  /** Byte offset on the host; the store refuses a gap and ignores bytes that it has. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Everything that becomes true together, or not at all. */
export interface Change {
  /** New state; `version` is the one that it is based on (0 = new upgrade). The store saves version + 1. */
  readonly upgrade: Upgrade;
  readonly events: readonly NewAuditEvent[];
  readonly messages: readonly NewMessage[];
  readonly run?: readonly RunEvent[];
  /** When given, refused unless this is the run's current epoch. */
  readonly epoch?: number;
  readonly plan?: Plan;
  readonly decision?: Decision;
  readonly output?: readonly OutputChunk[];
  /** Id of the Slack delivery that caused it; a second one is refused with `AlreadyDeliveredError`. */
  readonly delivery?: string;
}

/** Somebody else changed the upgrade, or the epoch is not ours any more: read again and decide again. */
export class StaleWriteError extends Error {
  override name = 'StaleWriteError';
}

/** Another live upgrade has the target or one of the hosts. */
export class BusyError extends Error {
  override name = 'BusyError';
  readonly what: 'target' | 'host';
  readonly key: string;
  readonly holder: UpgradeId;
  constructor(what: 'target' | 'host', key: string, holder: UpgradeId) {
    super(`${what} ${key} is held by ${holder}`);
    this.what = what;
    this.key = key;
    this.holder = holder;
  }
}

export class AlreadyDeliveredError extends Error {
  override name = 'AlreadyDeliveredError';
}

export interface OutboxRow {
  readonly id: number;
  readonly upgrade: UpgradeId;
  readonly message: NewMessage;
  /** When it was committed, epoch ms: Slack cannot have it from before. */
  readonly putAt: number;
  /** `waiting` → `sending` (committed before the request) → `sent`; after a crash `sending` is read as `unknown`. */
  readonly state: 'waiting' | 'unknown';
  readonly tries: number;
  /** ts of the slot's message when it was posted before; null = post. */
  readonly ts: string | null;
  /** ts of the thread's parent; null only for the slot `card`. */
  readonly threadTs: string | null;
}

export interface Store {
  nextUpgradeId(): Promise<UpgradeId>;
  commit(change: Change): Promise<Upgrade>;
  upgrade(id: UpgradeId): Promise<Upgrade | undefined>;
  liveUpgrades(): Promise<readonly Upgrade[]>;
  recentUpgrades(limit: number): Promise<readonly Upgrade[]>;
  plan(id: UpgradeId, revision: number): Promise<Plan | undefined>;
  runEvents(id: UpgradeId): Promise<readonly RunEvent[]>;
  decisions(id: UpgradeId): Promise<readonly Decision[]>;
  /** Takes or renews the run's lease. @returns the epoch, or undefined while another owner's lease is valid */
  lease(id: UpgradeId, owner: string, now: number, ttlMs: number): Promise<number | undefined>;
  outputSize(attempt: AttemptId): Promise<{ readonly out: number; readonly err: number }>;
  /** Was anything of the attempt's output left out, because it is longer than what is kept? */
  outputCut(attempt: AttemptId): Promise<boolean>;
  /** Last `maxBytes` of a stream. */
  outputTail(attempt: AttemptId, stream: 'out' | 'err', maxBytes: number): Promise<Uint8Array>;

  auditTrail(id: UpgradeId): Promise<readonly AuditEvent[]>;
  /** Audit events with seq > after, at most `limit`, in order. */
  auditAfter(after: number, limit: number): Promise<readonly AuditEvent[]>;
  auditHead(): Promise<{ readonly seq: number; readonly hash: string }>;
  /** An audit event that changes no upgrade: a refused click, start and stop of the bot. */
  record(event: NewAuditEvent): Promise<void>;

  /** Next row to send in each thread: rows of one upgrade go in order; `after` = not before (epoch ms). */
  outboxDue(now: number): Promise<readonly OutboxRow[]>;
  /** @throws StaleWriteError when a newer message for the slot has taken its place meanwhile: ask outboxDue again */
  outboxSending(id: number, now: number): Promise<void>;
  outboxSent(id: number, ts: string | null): Promise<void>;
  /** Try again at `notBefore`; `unknown` = Slack may have stored it, reconcile first. */
  outboxAgain(id: number, state: 'waiting' | 'unknown', notBefore: number, why: string): Promise<void>;
  /** Never sent: it can't be, and the reason is kept. Rows behind it go on. */
  outboxDropped(id: number, why: string): Promise<void>;
  outboxDepth(): Promise<number>;
  /** Forget the ts of a slot: the message was deleted or its channel archived. */
  outboxForget(upgrade: UpgradeId, slot: string): Promise<void>;
  close(): Promise<void>;
}

// ── people, inventory, calendar ────────────────────────────────────────────────────────────────────────────────────

export interface Directory {
  profile(person: Person): Promise<Profile>;
  /** Members of `from`: user ids stand for themselves, group ids are looked up now. */
  members(from: readonly string[]): Promise<readonly string[]>;
  /** Whether the bot may post there. */
  channel(id: string): Promise<ChannelState>;
}

export interface Calendar {
  /** Occurrences of the rules that touch [from, to). */
  occurrences(
    rules: readonly Recurring[],
    from: number,
    to: number,
  ): readonly (ChangeWindow & { readonly title: string })[];
}

/** The last good inventory and runbook texts; `broken` says why the newest files were not taken. */
export interface Policies {
  inventory(): Inventory;
  /** Read again when the file changed; undefined when there is no such file. */
  runbook(id: string): Promise<RunbookFile | undefined>;
  /** null = the files on disk are the ones in use. While not null, new requests, decisions and starts are refused. */
  broken(): string | null;
}

/** Diagnostic lines for developers; may be lost. pino fits. */
export interface Log {
  info(data: object, message: string): void;
  warn(data: object, message: string): void;
  error(data: object, message: string): void;
}
