/**
 * Messages that are committed but not yet in Slack. Rows of one upgrade go in order, and nothing but the card goes before the
 * card is there, because it is the thread's parent.
 */
import type { UpgradeId } from '../core/model.ts';
import { type NewMessage, type OutboxRow, StaleWriteError } from './ports.ts';
import type { Database } from './sqlite-database.ts';

const CARD = 'card';
const UNFINISHED = "state IN ('waiting', 'unknown', 'sending')";

interface Due {
  readonly id: number;
  readonly slot: string;
  readonly body: string;
  readonly replaces: 0 | 1;
  readonly state: 'waiting' | 'unknown' | 'sending';
  readonly tries: number;
  readonly not_before: number;
  readonly put_at: number;
  readonly opened_by: string | null;
  readonly ts: string | null;
  readonly card_ts: string | null;
}

interface Queued {
  readonly id: number;
  readonly upgrade: number;
  readonly slot: string;
  readonly replaces: 0 | 1;
  readonly turn: number;
}

export interface OutboxTable {
  /** Within the caller's transaction. A message for a slot takes the place of one that still waits. */
  put(upgrade: number, messages: readonly NewMessage[], now: number): void;
  due(now: number): readonly OutboxRow[];
  sending(id: number, now: number): void;
  sent(id: number, ts: string | null): void;
  again(id: number, state: 'waiting' | 'unknown', notBefore: number, why: string): void;
  dropped(id: number, why: string): void;
  depth(): number;
  forget(upgrade: number, slot: string, now: number): void;
}

/** Edited in place when put again; messages for one person and files are posted once and stay as they are. */
function replaces(message: NewMessage): 0 | 1 {
  return message.onlyFor === undefined && message.file === undefined ? 1 : 0;
}

function statements(db: Database) {
  return {
    waiting: db.prepare<[number, string], { id: number; turn: number; tries: number; not_before: number }>(
      "SELECT id, turn, tries, not_before FROM outbox WHERE upgrade = ? AND slot = ? AND state = 'waiting' AND replaces = 1",
    ),
    lastTurn: db.prepare<[number], { turn: number }>(
      `SELECT coalesce(max(turn), 0) AS turn FROM outbox WHERE upgrade = ? AND ${UNFINISHED}`,
    ),
    insert: db.prepare(
      "INSERT INTO outbox (upgrade, slot, body, replaces, state, turn, tries, not_before, put_at) VALUES (?, ?, ?, ?, 'waiting', ?, ?, ?, ?)",
    ),
    remove: db.prepare('DELETE FROM outbox WHERE id = ?'),
    threads: db.prepare<[], { upgrade: number }>(
      `SELECT DISTINCT upgrade FROM outbox WHERE ${UNFINISHED} ORDER BY upgrade`,
    ),
    first: db.prepare<[number], Due>(
      `SELECT o.*, s.ts AS ts, c.ts AS card_ts FROM outbox o
       LEFT JOIN slots s ON s.upgrade = o.upgrade AND s.slot = o.slot
       LEFT JOIN slots c ON c.upgrade = o.upgrade AND c.slot = '${CARD}'
       WHERE o.upgrade = ? AND o.${UNFINISHED} AND (o.slot = '${CARD}' OR c.ts IS NOT NULL)
       ORDER BY o.turn LIMIT 1`,
    ),
    queued: db.prepare<[number], Queued>(
      `SELECT id, upgrade, slot, replaces, turn FROM outbox WHERE id = ? AND ${UNFINISHED}`,
    ),
    sending: db.prepare(
      `UPDATE outbox SET state = 'sending', tries = tries + 1, tried_at = ?, opened_by = ? WHERE id = ? AND ${UNFINISHED}`,
    ),
    again: db.prepare('UPDATE outbox SET state = ?, not_before = ?, why = ? WHERE id = ?'),
    mend: db.prepare('UPDATE outbox SET turn = ?, not_before = max(not_before, ?) WHERE id = ?'),
    end: db.prepare('UPDATE outbox SET state = ?, why = ? WHERE id = ?'),
    slot: db.prepare<[number, string], { ts: string }>('SELECT ts FROM slots WHERE upgrade = ? AND slot = ?'),
    endBehind: db.prepare(
      `UPDATE outbox SET state = 'dropped', why = ? WHERE upgrade = ? AND slot <> '${CARD}' AND ${UNFINISHED}`,
    ),
    earlier: db.prepare(
      "DELETE FROM outbox WHERE upgrade = ? AND slot = ? AND state = 'sent' AND replaces = 1 AND id <> ?",
    ),
    remember: db.prepare(
      'INSERT INTO slots (upgrade, slot, ts) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET ts = excluded.ts',
    ),
    depth: db.prepare<[], { n: number }>(`SELECT count(*) AS n FROM outbox WHERE ${UNFINISHED}`),
    forget: db.prepare('DELETE FROM slots WHERE upgrade = ? AND slot = ?'),
    unfinishedCard: db.prepare<[number], { id: number }>(
      `SELECT id FROM outbox WHERE upgrade = ? AND slot = '${CARD}' AND ${UNFINISHED}`,
    ),
    sentCard: db.prepare<[number], { body: string }>(
      `SELECT body FROM outbox WHERE upgrade = ? AND slot = '${CARD}' AND state = 'sent' ORDER BY id DESC LIMIT 1`,
    ),
  };
}

type Statements = ReturnType<typeof statements>;

function put(sql: Statements, upgrade: number, message: NewMessage, now: number): void {
  const { slot } = message;
  const replacing = replaces(message);
  const before = replacing === 1 ? sql.waiting.get(upgrade, slot) : undefined;
  // A new row, never an edited one: whoever is about to send the old one must notice.
  if (before !== undefined) sql.remove.run(before.id);
  // The card shows the newest state from where the old one stood; a reply tells what happened when it happened.
  const kept = slot === CARD ? before : undefined;
  const turn = kept?.turn ?? (sql.lastTurn.get(upgrade)?.turn ?? 0) + 1;
  // Slack's patience with the slot does not begin anew because there is something newer to say.
  const wait = kept?.not_before ?? 0;
  sql.insert.run(upgrade, slot, JSON.stringify(message), replacing, turn, kept?.tries ?? 0, wait, now);
}

function dueRow(sql: Statements, upgrade: number, now: number, openedBy: string): OutboxRow | null {
  const row = sql.first.get(upgrade);
  if (row === undefined || row.not_before > now) return null;
  if (row.state === 'sending' && row.opened_by === openedBy) return null;
  return {
    id: row.id,
    upgrade: `U-${upgrade}` as UpgradeId,
    message: JSON.parse(row.body) as NewMessage,
    putAt: row.put_at,
    state: row.state === 'waiting' ? 'waiting' : 'unknown',
    tries: row.tries,
    ts: row.replaces === 1 ? row.ts : null,
    threadTs: row.slot === CARD ? null : row.card_ts,
  };
}

function again(
  sql: Statements,
  row: Queued,
  state: 'waiting' | 'unknown',
  notBefore: number,
  why: string,
): void {
  const newer = row.replaces === 1 ? sql.waiting.get(row.upgrade, row.slot) : undefined;
  if (state === 'unknown' || newer === undefined || newer.id === row.id) {
    sql.again.run(state, notBefore, why, row.id);
    return;
  }
  // It did not reach Slack, and something newer for its slot has been put meanwhile: that one goes.
  sql.remove.run(row.id);
  sql.mend.run(row.slot === CARD ? row.turn : newer.turn, notBefore, newer.id);
}

/** @param openedBy differs for each opened store, so that rows of one that ended while sending are recognised */
export function outboxTable(db: Database, openedBy: string): OutboxTable {
  const sql = statements(db);
  const queued = (id: number): Queued => {
    const row = sql.queued.get(id);
    if (row === undefined)
      throw new StaleWriteError(`outbox row ${id} is finished, or a newer one took its place`);
    return row;
  };
  return {
    put(upgrade, messages, now) {
      for (const message of messages) put(sql, upgrade, message, now);
    },
    due: (now) =>
      sql.threads
        .all()
        .map(({ upgrade }) => dueRow(sql, upgrade, now, openedBy))
        .filter((row) => row !== null),
    sending(id, now) {
      sql.sending.run(now, openedBy, queued(id).id);
    },
    sent(id, ts) {
      const row = queued(id);
      sql.end.run('sent', null, id);
      if (row.replaces === 0) return;
      if (ts !== null) sql.remember.run(row.upgrade, row.slot, ts);
      sql.earlier.run(row.upgrade, row.slot, id);
    },
    again(id, state, notBefore, why) {
      again(sql, queued(id), state, notBefore, why);
    },
    dropped(id, why) {
      const row = queued(id);
      sql.end.run('dropped', why, row.id);
      // Without a parent there is no thread, and what waits for it would wait for ever.
      const parent = sql.slot.get(row.upgrade, CARD) ?? sql.unfinishedCard.get(row.upgrade);
      if (row.slot === CARD && parent === undefined)
        sql.endBehind.run(`the card that it belongs under was dropped: ${why}`, row.upgrade);
    },
    depth: () => sql.depth.get()?.n ?? 0,
    forget(upgrade, slot, now) {
      sql.forget.run(upgrade, slot);
      if (slot !== CARD || sql.unfinishedCard.get(upgrade) !== undefined) return;
      // Replies wait for a card, and the next one may be days away.
      const last = sql.sentCard.get(upgrade);
      if (last !== undefined) put(sql, upgrade, JSON.parse(last.body) as NewMessage, now);
    },
  };
}
