/**
 * Takes committed messages to Slack: each thread in order, each message once, at the pace that Slack allows. Slack's
 * troubles stay in here; a run never waits for a message.
 */
import { setTimeout as realSleep } from 'node:timers/promises';
import { WebClient } from '@slack/web-api';
import type { Config } from '../config.ts';
import type { UpgradeId } from '../core/model.ts';
import { type Clock, type Log, type OutboxRow, StaleWriteError, type Store } from './ports.ts';
import { clientOptions, SILENT } from './slack-client.ts';
import type { SendOutcome, Tools } from './slack-outcome.ts';
import { createPace, type Pace } from './slack-pace.ts';
import { requestOf, sendRow } from './slack-send.ts';
import { createAway, createSettle } from './slack-settle.ts';

/** Rows that wait for a time which another process noted. */
const LOOK_AGAIN_MS = 5000;
/** The database is locked or its disk is full: that takes somebody a while to mend. */
const STORE_WAIT_MS = 60_000;
/** Requests under way when we stop; what is cut off is looked up at the next start. */
const STOP_MS = 3000;

export interface Outbox {
  /** There is something to send. */
  kick(): void;
  start(): void;
  /** Ends the requests under way, within three seconds. */
  stop(): Promise<void>;
}

export interface OutboxOptions {
  readonly store: Store;
  readonly slack: Pick<Config['slack'], 'botToken' | 'apiUrl'>;
  readonly clock: Clock;
  readonly log: Log;
}

function clientFor({ botToken, apiUrl }: OutboxOptions['slack'], cutOff: AbortSignal): WebClient {
  return new WebClient(botToken, {
    ...clientOptions(apiUrl, SILENT, 0),
    fetch: (url, init) =>
      fetch(url, { ...init, signal: init?.signal ? AbortSignal.any([init.signal, cutOff]) : cutOff }),
  });
}

function toolsFor(client: WebClient, { clock, log }: OutboxOptions, pace: Pace, over: AbortSignal): Tools {
  let bot: Promise<string | null> | undefined;
  return {
    client,
    log,
    stopping: () => over.aborted,
    async turn(request, channel) {
      const now = clock.now();
      const at = pace.take(request, channel, now);
      if (at > now) await clock.sleep(at - now, over);
    },
    async ownBot() {
      bot ??= client.auth.test().then(({ bot_id }) => bot_id ?? null);
      try {
        return await bot;
      } catch (error) {
        // Asked again next time.
        bot = undefined;
        throw error;
      }
    },
  };
}

/** Runs `round` when kicked and at the time that it answers; never twice at once, and no kick is lost. */
function rounds(clock: Clock, log: Log, over: AbortSignal, round: () => Promise<number | null>) {
  let running = false;
  let again = false;
  let cancel: () => void = () => undefined;

  async function run(): Promise<void> {
    let next: number | null = null;
    try {
      do {
        again = false;
        next = await round();
      } while (again && !over.aborted);
    } catch (error) {
      if (!over.aborted) log.error({ err: error }, 'the outbox can’t be read');
      next = clock.now() + STORE_WAIT_MS;
    }
    running = false;
    cancel();
    if (next !== null && !over.aborted) cancel = clock.at(next, kick);
  }

  function kick(): void {
    if (over.aborted) return;
    if (running) {
      again = true;
      return;
    }
    running = true;
    void run();
  }

  over.addEventListener('abort', () => cancel());
  return kick;
}

/** Sends a row and writes down what became of it. */
function handler(
  options: OutboxOptions,
  tools: Tools,
  over: AbortSignal,
  settle: ReturnType<typeof createSettle>,
) {
  const { store, clock, log } = options;

  async function outcomeOf(row: OutboxRow): Promise<SendOutcome> {
    try {
      return await sendRow(tools, row);
    } catch (error) {
      log.error({ err: error, upgrade: row.upgrade, slot: row.message.slot }, 'sending a message failed');
      return { kind: 'away', maybe: true, why: error instanceof Error ? error.message : String(error) };
    }
  }

  /** A full disk or a locked database: waited out here, or the row would be tried again at once and for ever. */
  async function stored(row: OutboxRow, write: () => Promise<void>): Promise<boolean> {
    for (let n = 0; ; n++) {
      try {
        await write();
        return true;
      } catch (error) {
        // Overtaken: something newer for the slot took its place. A store that is closed while we stop is no news either;
        // the next start reads the row as unknown.
        if (error instanceof StaleWriteError || tools.stopping()) return false;
        if (n === 0)
          log.error({ err: error, upgrade: row.upgrade, row: row.id }, 'the outbox can’t be written');
        await clock.sleep(STORE_WAIT_MS, over);
      }
    }
  }

  return async (row: OutboxRow, seen: (outcome: SendOutcome) => void): Promise<void> => {
    if (!(await stored(row, () => store.outboxSending(row.id, clock.now())))) return;
    const outcome = await outcomeOf(row);
    seen(outcome);
    await stored(row, () => settle(row, outcome));
  };
}

export function createOutbox(options: OutboxOptions): Outbox {
  const { store, clock, log } = options;
  const over = new AbortController();
  const cutOff = new AbortController();
  const pace = createPace();
  const away = createAway(clock, log);
  const tools = toolsFor(clientFor(options.slack, cutOff.signal), options, pace, over.signal);
  const handle = handler(options, tools, over.signal, createSettle({ ...options, away }));
  const busy = new Map<UpgradeId, Promise<void>>();
  let started = false;

  function begin(row: OutboxRow): void {
    const { channel } = row.message;
    const request = requestOf(row);
    pace.take(request, channel, clock.now());
    const work = handle(row, (outcome) => {
      if (outcome.kind === 'rate-limited') pace.hold(outcome.request, channel, clock.now() + outcome.ms);
    }).finally(() => {
      busy.delete(row.upgrade);
      kick();
    });
    busy.set(row.upgrade, work);
  }

  /** Sends what may go now. @returns when to look again, or null: when something is put or a request ends */
  async function round(): Promise<number | null> {
    const now = clock.now();
    if (away.until() > now) return away.until();
    const due = await store.outboxDue(now);
    let next: number | null = null;
    for (const row of due.filter(({ upgrade }) => !busy.has(upgrade))) {
      // While Slack is away one message at a time tries whether it is back.
      if (away.is() && busy.size > 0) return null;
      const free = pace.freeAt(requestOf(row), row.message.channel);
      if (free <= now) begin(row);
      else next = Math.min(next ?? free, free);
    }
    if (next !== null || busy.size > 0) return next;
    return (await store.outboxDepth()) > 0 ? now + LOOK_AGAIN_MS : null;
  }

  const kick = rounds(clock, log, over.signal, round);
  return {
    kick() {
      if (started) kick();
    },
    start() {
      started = true;
      kick();
    },
    async stop() {
      over.abort();
      const late = realSleep(STOP_MS, undefined, { ref: false }).then(() => cutOff.abort());
      const ended = Promise.all(busy.values());
      await Promise.race([ended, late]);
      await ended;
    },
  };
}
