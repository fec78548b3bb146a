/** Writes down what became of an outbox row, and says it in the log once for each change. */
import { assertNever } from '../core/model.ts';
import type { Clock, Log, OutboxRow, Store } from './ports.ts';
import type { SendOutcome } from './slack-outcome.ts';

const FIRST_WAIT_MS = 1000;
/** Slack's outages last minutes to hours; once a minute is soon enough to notice the end and no burden. */
const LONGEST_WAIT_MS = 60_000;
/** Somebody has to invite the bot again or take the channel out of the archive; five minutes later nobody waits long. */
const LONGEST_CLOSED_WAIT_MS = 5 * 60_000;
/** A channel that was closed for a day stays so: what waits for it is dropped, and the reason kept. */
const GIVE_UP_MS = 24 * 3_600_000;

/** 1 s, 2 s, 4 s, … */
function waitMs(failures: number, longest: number): number {
  return Math.min(longest, FIRST_WAIT_MS * 2 ** Math.min(failures, 20));
}

export interface Away {
  is(): boolean;
  /** Nothing is tried before (epoch ms). */
  until(): number;
  more(why: string): number;
  over(): void;
}

export function createAway(clock: Clock, log: Log): Away {
  let failures = 0;
  let since = 0;
  let until = 0;
  return {
    is: () => failures > 0,
    until: () => until,
    more(why) {
      const now = clock.now();
      if (failures === 0) {
        since = now;
        log.warn({ why }, 'Slack takes no messages; they wait in order');
      }
      until = now + waitMs(failures, LONGEST_WAIT_MS);
      failures += 1;
      return until;
    },
    over() {
      if (failures > 0)
        log.info({ s: Math.round((clock.now() - since) / 1000) }, 'Slack takes messages again');
      failures = 0;
      until = 0;
    },
  };
}

export function createSettle(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly away: Away;
}): (row: OutboxRow, outcome: SendOutcome) => Promise<void> {
  const { store, clock, log, away } = options;
  const orphaned = new Set<number>();
  const closed = new Set<string>();

  async function drop(row: OutboxRow, why: string): Promise<void> {
    log.warn({ upgrade: row.upgrade, slot: row.message.slot, why }, 'a message was dropped');
    await store.outboxDropped(row.id, why);
  }

  async function waitForChannel(row: OutboxRow, maybe: boolean, why: string): Promise<void> {
    const { channel } = row.message;
    const now = clock.now();
    if (now - row.putAt > GIVE_UP_MS) return drop(row, why);
    if (!closed.has(channel)) log.warn({ channel, why }, 'a channel takes no messages; they wait for a day');
    closed.add(channel);
    const notBefore = now + waitMs(row.tries, LONGEST_CLOSED_WAIT_MS);
    await store.outboxAgain(row.id, maybe ? 'unknown' : 'waiting', notBefore, why);
  }

  /** The newest card becomes the new parent; once for each reply, or a channel without threads would fill with cards. */
  async function newThread(row: OutboxRow, why: string): Promise<void> {
    if (orphaned.has(row.id)) return drop(row, why);
    orphaned.add(row.id);
    log.warn({ upgrade: row.upgrade, why }, 'the thread’s parent is gone; the card is posted anew');
    await store.outboxForget(row.upgrade, 'card');
    await store.outboxAgain(row.id, 'waiting', clock.now(), why);
  }

  async function postAnew(row: OutboxRow, why: string): Promise<void> {
    log.warn({ upgrade: row.upgrade, slot: row.message.slot, why }, 'a message is gone; it is posted anew');
    await store.outboxForget(row.upgrade, row.message.slot);
    await store.outboxAgain(row.id, 'waiting', clock.now(), why);
  }

  async function rateLimited(row: OutboxRow, outcome: SendOutcome & { kind: 'rate-limited' }): Promise<void> {
    // When looking was refused, it is still open whether Slack has the message.
    const state = outcome.request === 'look' ? 'unknown' : 'waiting';
    await store.outboxAgain(row.id, state, clock.now() + outcome.ms, outcome.why);
  }

  return async (row, outcome) => {
    if (outcome.kind !== 'away') away.over();
    switch (outcome.kind) {
      case 'sent':
        if (closed.delete(row.message.channel))
          log.info({ channel: row.message.channel }, 'a channel takes messages again');
        orphaned.delete(row.id);
        return store.outboxSent(row.id, outcome.ts);
      case 'away': {
        const state = outcome.maybe ? 'unknown' : 'waiting';
        return store.outboxAgain(row.id, state, away.more(outcome.why), outcome.why);
      }
      case 'rate-limited':
        return rateLimited(row, outcome);
      case 'gone':
        return postAnew(row, outcome.why);
      case 'orphan':
        return newThread(row, outcome.why);
      case 'closed':
        return waitForChannel(row, outcome.maybe, outcome.why);
      case 'refused':
        return drop(row, outcome.why);
      default:
        return assertNever(outcome);
    }
  };
}
