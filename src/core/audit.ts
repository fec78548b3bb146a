/** The closed list of what the audit trail can say, and each as an English sentence. */
import type { UpgradeId } from './model.ts';
import type { Json } from './plan.ts';

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
  | 'stopped'
  | 'finished'
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
