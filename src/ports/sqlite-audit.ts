/** The audit trail in SQLite: appends events to the chain and reads them back. Triggers refuse everything else. */
import { createHash } from 'node:crypto';
import {
  type AuditEvent,
  type AuditKind,
  auditEncoding,
  FIRST_PREV,
  type NewAuditEvent,
} from '../core/audit.ts';
import { canonical } from '../core/canonical.ts';
import type { UpgradeId } from '../core/model.ts';
import type { Json } from '../core/plan.ts';
import type { Database } from './sqlite-database.ts';

interface AuditRow {
  readonly seq: number;
  readonly at: number;
  readonly upgrade: string | null;
  readonly actor: string;
  readonly kind: string;
  readonly data: string;
  readonly prev: string;
  readonly hash: string;
}

export function auditHash(event: Omit<AuditEvent, 'hash'>): string {
  return createHash('sha256').update(auditEncoding(event, canonical)).digest('hex');
}

/** Half of a surrogate pair, as cutting a text leaves it, has no UTF-8 and so could not be hashed the same way twice. */
function wellFormed(value: Json): Json {
  if (typeof value === 'string') return Buffer.from(value).toString();
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(wellFormed);
  const pairs = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(pairs.map(([name, one]) => [Buffer.from(name).toString(), wellFormed(one)]));
}

/** Text that is not what we write (edited, or with a key twice) is kept as it is found, and so its hash is wrong. */
function readData(text: string): AuditEvent['data'] {
  try {
    const data = JSON.parse(text) as AuditEvent['data'];
    if (canonical(data) === text) return data;
  } catch {
    // Not JSON any more: said below.
  }
  return { 'stored text': text };
}

function toEvent({ seq, at, upgrade, actor, kind, data, prev, hash }: AuditRow): AuditEvent {
  return {
    seq,
    at,
    upgrade: upgrade as UpgradeId | null,
    actor,
    kind: kind as AuditKind,
    data: readData(data),
    prev,
    hash,
  };
}

export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
}

export interface AuditTable {
  /** Within the caller's transaction. */
  append(events: readonly NewAuditEvent[]): void;
  head(): AuditHead;
  after(seq: number, limit: number): readonly AuditEvent[];
  trail(upgrade: UpgradeId): readonly AuditEvent[];
}

export function auditTable(db: Database): AuditTable {
  const selectHead = db.prepare<[], AuditHead>('SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1');
  const insert = db.prepare(
    'INSERT INTO audit (seq, at, upgrade, actor, kind, data, prev, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const selectAfter = db.prepare<[number, number], AuditRow>(
    'SELECT * FROM audit WHERE seq > ? ORDER BY seq LIMIT ?',
  );
  const selectTrail = db.prepare<[string], AuditRow>('SELECT * FROM audit WHERE upgrade = ? ORDER BY seq');
  const head = (): AuditHead => selectHead.get() ?? { seq: 0, hash: FIRST_PREV };
  return {
    head,
    append(events) {
      let last = head();
      for (const event of events) {
        const data = wellFormed(event.data) as AuditEvent['data'];
        const next = { ...event, data, seq: last.seq + 1, prev: last.hash };
        const hash = auditHash(next);
        const { seq, at, upgrade, actor, kind, prev } = next;
        insert.run(seq, at, upgrade, actor, kind, canonical(data), prev, hash);
        last = { seq, hash };
      }
    },
    after: (seq, limit) => selectAfter.all(seq, limit).map(toEvent),
    trail: (upgrade) => selectTrail.all(upgrade).map(toEvent),
  };
}
