/** Looks into the bot's database from outside, read-only, while the bot lives and dies. */
import type { Upgrade } from '../../src/core/model.ts';
import type { RunEvent } from '../../src/core/run.ts';
import { Database } from '../../src/ports/sqlite-database.ts';

interface AuditRow {
  readonly kind: string;
  readonly data: { readonly step?: string; readonly attempt?: string };
}

export interface StoreView {
  /** The newest one. */
  upgrade(): Upgrade | undefined;
  events(): readonly RunEvent[];
  audit(): readonly AuditRow[];
  /** Messages that are not in Slack yet. */
  unsent(): number;
  dropped(): readonly string[];
  output(attempt: string, stream: 'out' | 'err'): Buffer;
  /** ts in Slack by slot. */
  slots(): ReadonlyMap<string, string>;
  /** Takes the write lock, as another process with a long transaction does. @returns ends it */
  busy(): () => void;
  close(): void;
}

/** A trouble of the soak must be able to take the lock from a busy bot. */
const PATIENCE_MS = 20_000;

export function openStoreView(path: string): StoreView {
  const db = new Database(path, { readonly: true, fileMustExist: true, timeout: PATIENCE_MS });
  const upgrade = db.prepare<[], { body: string }>('SELECT body FROM upgrades ORDER BY number DESC LIMIT 1');
  const events = db.prepare<[], { body: string }>('SELECT body FROM run_events ORDER BY upgrade, seq');
  const audit = db.prepare<[], { kind: string; data: string }>('SELECT kind, data FROM audit ORDER BY seq');
  const unsent = db.prepare<[], { n: number }>(
    "SELECT count(*) AS n FROM outbox WHERE state IN ('waiting', 'unknown', 'sending')",
  );
  const dropped = db.prepare<[], { slot: string; why: string }>(
    "SELECT slot, why FROM outbox WHERE state = 'dropped'",
  );
  const pieces = db.prepare<[string, string], { start: number; bytes: Buffer }>(
    'SELECT start, bytes FROM output_pieces WHERE attempt = ? AND stream = ? ORDER BY start',
  );
  const slots = db.prepare<[], { slot: string; ts: string }>('SELECT slot, ts FROM slots');
  return {
    upgrade() {
      const row = upgrade.get();
      return row && (JSON.parse(row.body) as Upgrade);
    },
    events: () => events.all().map(({ body }) => JSON.parse(body) as RunEvent),
    audit: () => audit.all().map(({ kind, data }) => ({ kind, data: JSON.parse(data) as AuditRow['data'] })),
    unsent: () => unsent.get()?.n ?? 0,
    dropped: () => dropped.all().map(({ slot, why }) => `${slot}: ${why}`),
    output: (attempt, stream) => Buffer.concat(pieces.all(attempt, stream).map(({ bytes }) => bytes)),
    slots: () => new Map(slots.all().map(({ slot, ts }) => [slot, ts])),
    busy() {
      const other = new Database(path, { timeout: PATIENCE_MS });
      other.exec('BEGIN IMMEDIATE');
      return () => {
        other.exec('ROLLBACK');
        other.close();
      };
    },
    close: () => void db.close(),
  };
}
