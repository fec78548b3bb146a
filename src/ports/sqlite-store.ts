/** The store in one SQLite file. SQLite answers at once; no transaction spans an await of the caller. */
import { randomUUID } from 'node:crypto';
import type { Upgrade } from '../core/model.ts';
import { checkLevel, migrate, migrationsDirectory, readMigrations } from './migrate.ts';
import { AlreadyDeliveredError, type Change, type Log, type Store } from './ports.ts';
import { type AuditTable, auditTable } from './sqlite-audit.ts';
import type { Database } from './sqlite-database.ts';
import { closeDatabase, openDatabase } from './sqlite-open.ts';
import { type OutboxTable, outboxTable } from './sqlite-outbox.ts';
import { OUTPUT_LIMITS, type OutputLimits, type OutputTable, outputTable } from './sqlite-output.ts';
import { numberOf, type OwnerIsGone, type UpgradeTables, upgradeTables } from './sqlite-upgrades.ts';

export interface StoreOptions {
  /** A file, or `:memory:`. */
  readonly path: string;
  readonly migrationsDir?: string;
  /** Epoch ms: when migrations and messages were written down. */
  readonly now: () => number;
  readonly log: Log;
  readonly outputLimits?: OutputLimits;
  /** Left out: every lease is waited for until it lapses. */
  readonly ownerIsGone?: OwnerIsGone;
}

interface Tables {
  readonly upgrades: UpgradeTables;
  readonly output: OutputTable;
  readonly audit: AuditTable;
  readonly outbox: OutboxTable;
  /** @throws AlreadyDeliveredError */
  readonly firstDelivery: (id: string) => void;
  readonly noteDelivery: (id: string, upgrade: number, now: number) => void;
}

function tablesOf(
  db: Database,
  { outputLimits: limits = OUTPUT_LIMITS, ownerIsGone = () => false }: StoreOptions,
): Tables {
  const delivered = db.prepare<[string], { upgrade: number }>('SELECT upgrade FROM deliveries WHERE id = ?');
  const deliver = db.prepare('INSERT INTO deliveries (id, upgrade, at) VALUES (?, ?, ?)');
  return {
    upgrades: upgradeTables(db, ownerIsGone),
    output: outputTable(db, limits),
    audit: auditTable(db),
    outbox: outboxTable(db, randomUUID()),
    firstDelivery(id) {
      const before = delivered.get(id);
      if (before !== undefined)
        throw new AlreadyDeliveredError(
          `the delivery ${id} has had its effect already, on U-${before.upgrade}: nothing was changed`,
        );
    },
    noteDelivery(id, upgrade, now) {
      deliver.run(id, upgrade, now);
    },
  };
}

function commit(tables: Tables, change: Change, now: number): Upgrade {
  const { id } = change.upgrade;
  const number = numberOf(id);
  // A delivery that comes again is told so before it could look stale or busy: its first coming changed the state.
  if (change.delivery !== undefined) tables.firstDelivery(change.delivery);
  if (change.epoch !== undefined) tables.upgrades.fence(id, change.epoch);
  const saved = tables.upgrades.save(change.upgrade);
  if (change.delivery !== undefined) tables.noteDelivery(change.delivery, number, now);
  if (change.plan !== undefined) tables.upgrades.addPlan(saved, change.plan);
  if (change.decision !== undefined) tables.upgrades.addDecision(id, change.decision);
  tables.upgrades.addEvents(id, change.run ?? []);
  tables.output.append(number, change.output ?? []);
  tables.audit.append(change.events);
  tables.outbox.put(number, change.messages, now);
  return saved;
}

function outboxMethods(db: Database, { outbox }: Tables, now: () => number) {
  return {
    outboxDue: async (at) => outbox.due(at),
    outboxSending: async (id, at) => db.transaction(() => outbox.sending(id, at)),
    outboxSent: async (id, ts) => db.transaction(() => outbox.sent(id, ts)),
    outboxAgain: async (id, state, notBefore, why) =>
      db.transaction(() => outbox.again(id, state, notBefore, why)),
    outboxDropped: async (id, why) => db.transaction(() => outbox.dropped(id, why)),
    outboxDepth: async () => outbox.depth(),
    outboxForget: async (upgrade, slot) =>
      db.transaction(() => outbox.forget(numberOf(upgrade), slot, now())),
  } satisfies Partial<Store>;
}

/** @throws Error that says what was found in the file and the mend; the file is left as it was */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { path, now, log } = options;
  const migrations = readMigrations(options.migrationsDir ?? migrationsDirectory());
  const db = openDatabase(path, (opened) => checkLevel(opened, migrations));
  try {
    migrate(db, { path, migrations, now, log });
  } catch (error) {
    db.close();
    throw error;
  }
  const tables = tablesOf(db, options);
  const { upgrades, output, audit } = tables;
  return {
    nextUpgradeId: async () => db.transaction(() => upgrades.nextId()),
    commit: async (change) => db.transaction(() => commit(tables, change, now())),
    upgrade: async (id) => upgrades.one(id),
    liveUpgrades: async () => upgrades.live(),
    recentUpgrades: async (limit) => upgrades.recent(limit),
    plan: async (id, revision) => upgrades.plan(id, revision),
    runEvents: async (id) => upgrades.events(id),
    decisions: async (id) => upgrades.decisions(id),
    lease: async (id, owner, at, ttlMs) => db.transaction(() => upgrades.lease(id, owner, at, ttlMs)),
    outputSize: async (attempt) => output.size(attempt),
    outputCut: async (attempt) => output.cut(attempt),
    outputTail: async (attempt, stream, maxBytes) => output.tail(attempt, stream, maxBytes),
    auditTrail: async (id) => audit.trail(id),
    auditAfter: async (after, limit) => audit.after(after, limit),
    auditHead: async () => audit.head(),
    record: async (event) => db.transaction(() => audit.append([event])),
    ...outboxMethods(db, tables, now),
    close: async () => closeDatabase(db),
  };
}
