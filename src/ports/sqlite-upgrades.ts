/** Upgrades with what belongs to them (plans, decisions, journal, lease), as rows. Constraints keep one live upgrade per target and host. */
import { canonical } from '../core/canonical.ts';
import { type Decision, isLive, type Upgrade, UpgradeId } from '../core/model.ts';
import type { Plan } from '../core/plan.ts';
import type { RunEvent } from '../core/run.ts';
import { BusyError, StaleWriteError } from './ports.ts';
import type { Database } from './sqlite-database.ts';
import { refusedBy } from './sqlite-open.ts';

/** Whether a process that held a lease is certain to have ended: then nobody waits until it lapses. */
export type OwnerIsGone = (owner: string) => boolean;

interface Body {
  readonly body: string;
}

/** 42 of U-42. */
export function numberOf(id: UpgradeId): number {
  return Number(id.slice(2));
}

function idOf(number: number): UpgradeId {
  return UpgradeId.parse(`U-${number}`);
}

/** Rows are written by this program only, checked as JSON by the database and versioned by the migrations: no second parse. */
function read<T>({ body }: Body): T {
  return JSON.parse(body) as T;
}

function statements(db: Database) {
  const select = <P extends unknown[]>(rest: string) => db.prepare<P, Body>(`SELECT body FROM ${rest}`);
  return {
    next: db.prepare<[], { value: number }>(
      "UPDATE counters SET value = value + 1 WHERE name = 'upgrade' RETURNING value",
    ),
    insert: db.prepare('INSERT INTO upgrades (number, version, target, live, body) VALUES (?, 1, ?, ?, ?)'),
    update: db.prepare(
      'UPDATE upgrades SET version = version + 1, target = ?, live = ?, body = ? WHERE number = ? AND version = ?',
    ),
    version: db.prepare<[number], { version: number }>('SELECT version FROM upgrades WHERE number = ?'),
    liveTarget: db.prepare<[string], { number: number }>(
      'SELECT number FROM upgrades WHERE target = ? AND live = 1',
    ),
    freeHosts: db.prepare('DELETE FROM live_hosts WHERE upgrade = ?'),
    takeHost: db.prepare('INSERT INTO live_hosts (host_key, upgrade) VALUES (?, ?)'),
    hostHolder: db.prepare<[string], { upgrade: number }>(
      'SELECT upgrade FROM live_hosts WHERE host_key = ?',
    ),
    one: select<[number]>('upgrades WHERE number = ?'),
    live: select<[]>('upgrades WHERE live = 1 ORDER BY number'),
    recent: select<[number]>('upgrades ORDER BY number DESC LIMIT ?'),
    insertPlan: db.prepare('INSERT INTO plans (upgrade, revision, digest, body) VALUES (?, ?, ?, ?)'),
    plan: select<[number, number]>('plans WHERE upgrade = ? AND revision = ?'),
    insertDecision: db.prepare(
      'INSERT INTO decisions SELECT @upgrade, coalesce(max(seq), 0) + 1, @body FROM decisions WHERE upgrade = @upgrade',
    ),
    decisions: select<[number]>('decisions WHERE upgrade = ? ORDER BY seq'),
    insertEvent: db.prepare(
      'INSERT INTO run_events SELECT @upgrade, coalesce(max(seq), 0) + 1, @body FROM run_events WHERE upgrade = @upgrade',
    ),
    events: select<[number]>('run_events WHERE upgrade = ? ORDER BY seq'),
    lease: db.prepare<[number], { owner: string; epoch: number; expires_at: number }>(
      'SELECT owner, epoch, expires_at FROM leases WHERE upgrade = ?',
    ),
    setLease: db.prepare(
      'INSERT INTO leases (upgrade, owner, epoch, expires_at) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET owner = excluded.owner, epoch = excluded.epoch, expires_at = excluded.expires_at',
    ),
  };
}

type Statements = ReturnType<typeof statements>;

export interface UpgradeTables {
  nextId(): UpgradeId;
  /** Saves the state as version + 1. @throws StaleWriteError, BusyError */
  save(upgrade: Upgrade): Upgrade;
  /** @throws StaleWriteError that names both epochs */
  fence(id: UpgradeId, epoch: number): void;
  addPlan(upgrade: Upgrade, plan: Plan): void;
  addDecision(id: UpgradeId, decision: Decision): void;
  addEvents(id: UpgradeId, events: readonly RunEvent[]): void;
  one(id: UpgradeId): Upgrade | undefined;
  live(): readonly Upgrade[];
  recent(limit: number): readonly Upgrade[];
  plan(id: UpgradeId, revision: number): Plan | undefined;
  decisions(id: UpgradeId): readonly Decision[];
  events(id: UpgradeId): readonly RunEvent[];
  lease(id: UpgradeId, owner: string, now: number, ttlMs: number): number | undefined;
}

function writeRow(sql: Statements, saved: Upgrade, basedOn: number): void {
  const number = numberOf(saved.id);
  const live = isLive(saved) ? 1 : 0;
  const body = JSON.stringify(saved);
  const current = sql.version.get(number)?.version ?? 0;
  if (current !== basedOn)
    throw new StaleWriteError(
      `saving ${saved.id}: this is based on version ${basedOn}, and version ${current} is in the store. Read it again and decide again`,
    );
  try {
    if (basedOn === 0) sql.insert.run(number, saved.target, live, body);
    else sql.update.run(saved.target, live, body, number, basedOn);
  } catch (error) {
    const holder = refusedBy(error) === 'upgrades.target' ? sql.liveTarget.get(saved.target) : undefined;
    throw holder === undefined ? error : new BusyError('target', saved.target, idOf(holder.number));
  }
}

function takeHosts(sql: Statements, saved: Upgrade): void {
  const number = numberOf(saved.id);
  sql.freeHosts.run(number);
  if (!isLive(saved)) return;
  for (const key of new Set(saved.hostKeys)) {
    try {
      sql.takeHost.run(key, number);
    } catch (error) {
      const holder = refusedBy(error) === null ? undefined : sql.hostHolder.get(key);
      throw holder === undefined ? error : new BusyError('host', key, idOf(holder.upgrade));
    }
  }
}

/** A newer epoch fences the one before, so it does no harm when somebody is taken for gone who is not. */
function lease(
  sql: Statements,
  id: UpgradeId,
  { owner, now, ttlMs }: { readonly owner: string; readonly now: number; readonly ttlMs: number },
  isGone: OwnerIsGone,
): number | undefined {
  const number = numberOf(id);
  const held = sql.lease.get(number);
  if (held !== undefined && held.owner !== owner && held.expires_at > now && !isGone(held.owner))
    return undefined;
  const epoch = held === undefined ? 1 : held.owner === owner ? held.epoch : held.epoch + 1;
  sql.setLease.run(number, owner, epoch, now + ttlMs);
  return epoch;
}

export function upgradeTables(db: Database, isGone: OwnerIsGone): UpgradeTables {
  const sql = statements(db);
  return {
    nextId() {
      const row = sql.next.get();
      if (row === undefined) throw new Error('taking the next upgrade id: the counter is missing');
      return idOf(row.value);
    },
    save(upgrade) {
      const saved: Upgrade = { ...upgrade, version: upgrade.version + 1 };
      writeRow(sql, saved, upgrade.version);
      takeHosts(sql, saved);
      return saved;
    },
    fence(id, epoch) {
      const current = sql.lease.get(numberOf(id))?.epoch ?? 0;
      if (current !== epoch)
        throw new StaleWriteError(
          `saving ${id}: this belongs to epoch ${epoch}, and the run is in epoch ${current}. Another process drives it now`,
        );
    },
    addPlan({ id, planRevision }, plan) {
      sql.insertPlan.run(numberOf(id), planRevision, plan.digest, canonical(plan));
    },
    addDecision(id, decision) {
      sql.insertDecision.run({ upgrade: numberOf(id), body: JSON.stringify(decision) });
    },
    addEvents(id, events) {
      for (const event of events) sql.insertEvent.run({ upgrade: numberOf(id), body: JSON.stringify(event) });
    },
    one(id) {
      const row = sql.one.get(numberOf(id));
      return row && read<Upgrade>(row);
    },
    live: () => sql.live.all().map(read<Upgrade>),
    recent: (limit) => sql.recent.all(limit).map(read<Upgrade>),
    plan(id, revision) {
      const row = sql.plan.get(numberOf(id), revision);
      return row && read<Plan>(row);
    },
    decisions: (id) => sql.decisions.all(numberOf(id)).map(read<Decision>),
    events: (id) => sql.events.all(numberOf(id)).map(read<RunEvent>),
    lease: (id, owner, now, ttlMs) => lease(sql, id, { owner, now, ttlMs }, isGone),
  };
}
