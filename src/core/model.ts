/**
 * The nouns. One word per concept, in code, Slack, tables and docs:
 *
 * upgrade    one request to bring one target to one version, from `/upgrade` to its outcome; id `U-42`
 * target     the system being upgraded; has hosts that we reach over SSH
 * plan       complete, immutable list of steps (plan.ts); approvals refer to its digest
 * place      a seat of the approval policy, filled by one person
 * window     when steps may start: [opensAt, closesAt)
 * run        carrying out one approved plan; attempt = one try at one step; epoch = its fencing number
 * hold       stop at a checkpoint and ask a person
 * phase      where an upgrade is now; outcome = how a run finished
 */
import { z } from 'zod';
import type { Finding, Json } from './plan.ts';

export const UpgradeId = z
  .string()
  .regex(/^U-[1-9][0-9]{0,8}$/, 'an upgrade id looks like U-42')
  .brand('UpgradeId');
export type UpgradeId = z.infer<typeof UpgradeId>;

/** A Slack user is known by workspace and user id together; names are only shown. */
export interface Person {
  readonly team: string;
  readonly user: string;
}

export function samePerson(a: Person, b: Person): boolean {
  return a.team === b.team && a.user === b.user;
}

/** What Slack says about somebody at this moment. `zone` is an IANA name. */
export interface Profile extends Person {
  readonly name: string;
  readonly zone: string;
  /** null = may act; otherwise why not: `guest`, `bot`, `deactivated`, `external`, `unknown`. */
  readonly refusedAs: 'guest' | 'bot' | 'deactivated' | 'external' | 'unknown' | null;
}

/** Epoch ms; steps may start in [opensAt, closesAt). `zone` is the one in which it was proposed, for showing. */
export interface ChangeWindow {
  readonly opensAt: number;
  readonly closesAt: number;
  readonly zone: string;
}

export type OnClose = 'finish' | 'pause-before-next-step';

/** A seat of the approval policy, as the inventory says it: `need` different people `from` user ids or group ids. */
export interface Place {
  readonly id: string;
  readonly title: string;
  readonly need: number;
  readonly from: readonly string[];
}

export interface Decision {
  readonly by: Person;
  readonly kind: 'approve' | 'decline';
  /** Place it fills; null for a decline. */
  readonly place: string | null;
  readonly planDigest: string;
  /** SHA-256 of the evidence that the person was shown. */
  readonly evidenceDigest: string;
  readonly window: ChangeWindow;
  /** Ids of the acknowledgements that were ticked. */
  readonly acknowledged: readonly string[];
  readonly reason: string | null;
  readonly at: number;
}

/** Why a run is held, and what may be done about it. */
export interface Hold {
  /** 1, 2, … within the run: buttons carry it, so that an old button is recognised. */
  readonly number: number;
  readonly step: string;
  readonly attempt: string | null;
  readonly reason: string;
  /** Last lines of output, cleaned and redacted, newest last. */
  readonly tail: readonly string[];
  readonly exitCode: number | null;
  readonly hint: string | null;
  readonly offers: readonly HoldOffer[];
  /** Earlier steps from which it may be tried again, nearest first; all in between are safe to repeat. */
  readonly retryFrom: readonly string[];
  /** Flows that the runbook offers once there is no way back: each is a plan of its own that needs approval. */
  readonly forward: readonly { readonly flow: string; readonly title: string }[];
  /** Said by one person about a critical step; it counts once a second person says the same. */
  readonly proposal: Proposal | null;
  /** The run was being rolled back: what is retried or skipped here is an undo. */
  readonly rollingBack: boolean;
  readonly since: number;
}

export type HoldOffer = 'retry' | 'look_again' | 'done_by_hand' | 'skip' | 'roll_back' | 'stop';

export interface Proposal {
  readonly what: 'done_by_hand' | 'skip';
  readonly by: Person;
  readonly note: string;
  readonly at: number;
}

export type WaitingFor =
  | { readonly kind: 'gate'; readonly step: string; readonly since: number; readonly go: readonly Person[] }
  | { readonly kind: 'manual'; readonly step: string; readonly since: number };

export type Phase =
  | { readonly kind: 'preparing'; readonly since: number }
  | { readonly kind: 'blocked'; readonly findings: readonly Finding[]; readonly at: number }
  | {
      readonly kind: 'awaiting-approval';
      readonly approveBy: number;
      readonly decisions: readonly Decision[];
    }
  | {
      readonly kind: 'scheduled';
      readonly startBy: number;
      readonly decisions: readonly Decision[];
      /** Who said go, or null while we wait for it. */
      readonly go: Person | null;
      /** The window has opened and people were told. */
      readonly opened: boolean;
      /** Why it does not start although it may, as people were told; absent = nothing is in the way. */
      readonly inTheWay?: string;
    }
  | { readonly kind: 'running'; readonly since: number; readonly waitingFor: WaitingFor | null }
  | { readonly kind: 'held'; readonly hold: Hold }
  | { readonly kind: 'rolling-back'; readonly since: number }
  | { readonly kind: 'finished'; readonly outcome: Outcome; readonly at: number; readonly by: Person | null }
  | { readonly kind: 'declined'; readonly by: Person; readonly reason: string; readonly at: number }
  | { readonly kind: 'expired'; readonly which: 'approve-by' | 'start-by'; readonly at: number }
  | { readonly kind: 'withdrawn'; readonly by: Person; readonly at: number };

export type Outcome = 'succeeded' | 'rolled-back' | 'stopped';

export interface Upgrade {
  readonly id: UpgradeId;
  /** Optimistic lock: a commit names the version that it is based on. */
  readonly version: number;
  readonly target: string;
  readonly runbook: string;
  readonly flow: string;
  readonly inputs: { readonly [name: string]: Json };
  readonly requester: Person;
  readonly reason: string;
  readonly channel: string;
  readonly createdAt: number;
  readonly window: ChangeWindow;
  readonly onClose: OnClose;
  readonly rehearsal: boolean;
  /** 0 = no plan yet; 1 = plan v1, … */
  readonly planRevision: number;
  /** How many plans were made; the next one gets this number + 1, also after a way forward was declined. */
  readonly plansMade: number;
  readonly planDigest: string | null;
  /** Keys of the hosts that this upgrade locks while it is live. */
  readonly hostKeys: readonly string[];
  readonly midway: Midway | null;
  readonly phase: Phase;
}

/**
 * Where a run was left in the middle for a way forward. Until that plan runs, every end leads back here, because the target
 * is neither old nor new.
 */
interface Midway {
  readonly hold: Hold;
  readonly flow: string;
  readonly planRevision: number;
  readonly planDigest: string | null;
  readonly window: ChangeWindow;
}

const FINAL: ReadonlySet<Phase['kind']> = new Set([
  'blocked',
  'finished',
  'declined',
  'expired',
  'withdrawn',
]);

/** A live upgrade holds its target and hosts: there is at most one for each. */
export function isLive(upgrade: Upgrade): boolean {
  return !FINAL.has(upgrade.phase.kind);
}

/** Why something was refused: `rule` is stable and for the audit trail, `say` is for the person, with the next action. */
export interface Refusal {
  readonly rule: string;
  readonly say: string;
}

export type Verdict<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal };

export function granted<T>(value: T): Verdict<T> {
  return { ok: true, value };
}

export function refused(rule: string, say: string): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal: { rule, say } };
}

export function assertNever(value: never): never {
  throw new Error(`unexpected value ${JSON.stringify(value)}`);
}
