/**
 * Two Socket Mode connections of one app. Slack renews each every few hours and the one that is being renewed hears
 * nothing meanwhile; a `/upgrade` typed in that gap would fail for the person. Slack sends each payload down one of them.
 *
 * We reconnect ourselves: the SDK waits five seconds first, and an error while it reconnects ends the process.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SocketModeReceiver } from '@slack/bolt';
import type { Log } from './ports.ts';
import { type SlackFailure, slackFailure } from './slack-client.ts';

/** The second one starts so much later, so that Slack does not renew both at once. */
const STAGGER_MS = 10 * 60_000;
/** From the request for an address to Slack's hello; each part of it has ten seconds. */
const HELLO_MS = 25_000;
/** A connection that lived shorter counts as a failure: Slack would otherwise be asked in a tight loop. */
const SHORT_LIFE_MS = 5000;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;
/** Slack closes at once; a dead peer is not waited for. */
const CLOSE_MS = 500;

type Client = SocketModeReceiver['client'];

interface Link {
  readonly client: Client;
  /** performance.now() of its hello, or null. */
  since: number | null;
}

export interface Sockets {
  connected(): boolean;
  /** Id of the app as Slack's hello says it; null before. */
  appId(): string | null;
  /** Connects the first one. @returns null when connected; otherwise why not, and it goes on trying unless refused */
  start(): Promise<SlackFailure | null>;
  stop(): Promise<void>;
}

/** The SDK rejects with nothing when the socket closes before the hello. */
function failureOf(error: unknown): SlackFailure {
  if (error === undefined)
    return { kind: 'unreached', why: 'the connection was closed before Slack’s hello' };
  try {
    return slackFailure(error);
  } catch {
    return { kind: 'unreached', why: error instanceof Error ? error.message : String(error) };
  }
}

function appIdOf(data: unknown): string | null {
  if (typeof data !== 'string' || !data.includes('"hello"')) return null;
  try {
    const { type, connection_info: info } = JSON.parse(data) as {
      type?: unknown;
      connection_info?: { app_id?: unknown };
    };
    return type === 'hello' && typeof info?.app_id === 'string' ? info.app_id : null;
  } catch {
    return null;
  }
}

async function connect({ client }: Link): Promise<SlackFailure | null> {
  const late = setTimeout(() => void client.disconnect().catch(() => undefined), HELLO_MS);
  try {
    await client.start();
    return null;
  } catch (error) {
    return failureOf(error);
  } finally {
    clearTimeout(late);
  }
}

async function disconnect(link: Link): Promise<void> {
  if (link.client.websocket === undefined) return;
  const closed = link.client.disconnect();
  await Promise.race([closed, sleep(CLOSE_MS)]);
  // Asked a second time it does not wait for the peer any longer.
  if (link.since !== null) link.client.websocket.disconnect();
  await closed;
}

/** Says once that Slack is away, and once that it is back. */
function teller(log: Log, connected: () => boolean) {
  let away = false;
  return {
    failed({ why }: SlackFailure) {
      if (away || connected()) return;
      away = true;
      log.warn({ why }, 'Slack is not connected; trying again');
    },
    connected() {
      if (away) log.info({}, 'Slack is connected again');
      away = false;
    },
  };
}

export function keepSockets(options: {
  readonly receivers: readonly SocketModeReceiver[];
  readonly log: Log;
  readonly staggerMs?: number;
}): Sockets {
  const staggerMs = options.staggerMs ?? STAGGER_MS;
  const over = new AbortController();
  const links: readonly Link[] = options.receivers.map(({ client }) => ({ client, since: null }));
  const connected = () => links.some(({ since }) => since !== null);
  const tell = teller(options.log, connected);
  let appId: string | null = null;
  for (const link of links) {
    link.client.on('connected', () => {
      link.since = performance.now();
      tell.connected();
    });
    link.client.on('disconnected', () => {
      link.since = null;
    });
    link.client.on('ws_message', (data: unknown) => {
      appId = appIdOf(data) ?? appId;
    });
  }
  const pause = (ms: number) => sleep(ms, undefined, { signal: over.signal }).catch(() => undefined);
  const ended = (link: Link) =>
    new Promise<void>((resolve) => {
      if (link.since === null) return resolve();
      link.client.once('disconnected', () => resolve());
    });

  /** Keeps one link up, from its first try on. `first` hears how that one went. */
  async function keep(link: Link, first: (failure: SlackFailure | null) => void): Promise<void> {
    let failures = 0;
    while (!over.signal.aborted) {
      const failure = await connect(link);
      first(failure);
      // It was asked to stop while Slack was still giving it an address.
      if (over.signal.aborted) return disconnect(link);
      const began = performance.now();
      if (failure === null) await ended(link);
      else tell.failed(failure);
      failures = failure === null && performance.now() - began >= SHORT_LIFE_MS ? 0 : failures + 1;
      const backoff = failures === 0 ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1));
      await pause(failure?.kind === 'rate-limited' ? Math.max(backoff, failure.retryAfterMs) : backoff);
    }
  }

  const loops: Promise<void>[] = [];
  return {
    connected,
    appId: () => appId,
    async start() {
      const [leader, ...others] = links;
      if (leader === undefined) throw new Error('connecting to Slack: no connection was given');
      const outcome = await new Promise<SlackFailure | null>((resolve) => {
        loops.push(keep(leader, resolve));
      });
      for (const [n, link] of others.entries())
        loops.push(pause(staggerMs * (n + 1)).then(() => keep(link, () => undefined)));
      return outcome;
    },
    async stop() {
      over.abort();
      await Promise.all(links.map(disconnect));
      await Promise.all(loops);
    },
  };
}
