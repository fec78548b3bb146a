/** Socket Mode: tickets, hello, envelopes to any one connection, acks, pings, disconnects. Source: the Socket Mode page. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { isObject } from '../block-kit/shape.ts';
import type { Workspace } from '../workspace.ts';
import type { Answer, Courier, Parcel } from './courier.ts';

/** A URL from apps.connections.open is good once and not for long; real milliseconds. */
const TICKET_MS = 30_000;
const CONNECTIONS_MAX = 10;
/** Clients give up after 30 s without a ping. */
const PING_MS = 10_000;
/** Between `warning` and the end; about what the page says. */
const WARNING_MS = 10_000;

export type DisconnectReason = 'warning' | 'refresh_requested' | 'link_disabled' | 'too_many_websockets';

export interface SocketCourier extends Courier {
  /** @returns a URL for one connection */
  readonly open: () => string;
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  readonly connections: () => number;
  /** Tells the oldest connection, or every one, to go. */
  readonly disconnect: (reason: DisconnectReason, options?: { readonly all?: boolean }) => void;
  /** As when the network goes: no close frame. */
  readonly drop: () => void;
  readonly close: () => void;
  /** Socket Mode was switched off by an administrator. */
  disabled: boolean;
}

interface Connection {
  readonly number: number;
  readonly socket: WebSocket;
  /** After a disconnect message nothing new is sent to it. */
  leaving: boolean;
}

interface Waiting {
  readonly began: number;
  readonly accepts: boolean;
  readonly resolve: (answer: Answer) => void;
  readonly timer: NodeJS.Timeout;
}

interface Link {
  readonly workspace: Workspace;
  readonly tickets: Map<string, number>;
  readonly open: Map<number, Connection>;
  /** By envelope; more than one while a duplicate is under way. */
  readonly waiting: Map<string, Waiting[]>;
  count: number;
}

const HOST = { host: 'simulated' };

function say({ socket }: Connection, message: unknown): void {
  socket.send(JSON.stringify(message));
}

function goodbye({ workspace }: Link, connection: Connection, reason: DisconnectReason): void {
  connection.leaving = reason !== 'warning';
  say(connection, { type: 'disconnect', reason, debug_info: HOST });
  workspace.later(WARNING_MS, () => connection.socket.close());
}

function warn({ workspace }: Link, text: string, about?: string): void {
  workspace.transcript.add({ kind: 'warning', text, ...(about !== undefined && { about }) });
}

function settle(link: Link, id: string, payload: unknown): void {
  const [entry, ...others] = link.waiting.get(id) ?? [];
  if (entry === undefined) {
    warn(link, 'an acknowledgement came too late, twice, or for an unknown envelope', id);
    return;
  }
  if (others.length > 0) link.waiting.set(id, others);
  else link.waiting.delete(id);
  clearTimeout(entry.timer);
  const empty = payload === undefined || (isObject(payload) && Object.keys(payload).length === 0);
  if (!empty && !entry.accepts)
    warn(link, 'an acknowledgement carries a payload that Slack does not take', id);
  entry.resolve({ outcome: 'acked', body: empty ? '' : payload, ms: Date.now() - entry.began });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function hear(link: Link, text: string): void {
  const message = parsed(text);
  if (!isObject(message) || typeof message.envelope_id !== 'string') {
    warn(link, `the app sent something that is no acknowledgement over the socket: ${text.slice(0, 200)}`);
    return;
  }
  const { envelope_id: id, payload } = message;
  const { deliveryFaults } = link.workspace;
  const slow = deliveryFaults.slowAckMs;
  deliveryFaults.slowAckMs = 0;
  if (slow > 0) link.workspace.later(slow, () => settle(link, id, payload));
  else settle(link, id, payload);
}

function welcome(link: Link, socket: WebSocket, debug: boolean): void {
  const { workspace, open } = link;
  link.count += 1;
  const connection: Connection = { number: link.count, socket, leaving: false };
  const { number } = connection;
  const pings = setInterval(() => socket.ping('Ping from simulated'), PING_MS);
  socket.on('message', (data) => hear(link, String(data)));
  socket.on('error', () => socket.terminate());
  socket.on('close', () => {
    clearInterval(pings);
    if (!open.delete(number)) return;
    workspace.transcript.add({ kind: 'connection', change: 'closed', number });
    workspace.changed();
  });
  if (open.size >= CONNECTIONS_MAX) {
    const why = 'too_many_websockets';
    workspace.transcript.add({ kind: 'connection', change: 'refused', number, why });
    say(connection, { type: 'disconnect', reason: why, debug_info: HOST });
    socket.close();
    return;
  }
  open.set(number, connection);
  workspace.transcript.add({ kind: 'connection', change: 'opened', number });
  say(connection, {
    type: 'hello',
    num_connections: open.size,
    debug_info: { ...HOST, build_number: 1, approximate_connection_time: debug ? 360 : 3600 },
    connection_info: { app_id: workspace.app.id },
  });
  workspace.changed();
}

/** Any one of them: payloads have no home. */
function anyConnection({ open, workspace }: Link): Connection | undefined {
  const ready = [...open.values()].filter(
    ({ leaving, socket }) => !leaving && socket.readyState === socket.OPEN,
  );
  return ready[Math.floor(workspace.ids.random() * ready.length)];
}

function send(link: Link, { type, payload, id, attempt, retryReason }: Parcel): Promise<Answer> {
  const connection = anyConnection(link);
  if (connection === undefined)
    return Promise.resolve({ outcome: 'failed', why: 'no Socket Mode connection is open', ms: 0 });
  const accepts = type !== 'events_api';
  const began = Date.now();
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      const others = (link.waiting.get(id) ?? []).filter((entry) => entry.timer !== timer);
      if (others.length > 0) link.waiting.set(id, others);
      else link.waiting.delete(id);
      resolve({ outcome: 'timeout', ms: Date.now() - began });
    }, link.workspace.settings.ackWithinMs);
    link.waiting.set(id, [...(link.waiting.get(id) ?? []), { began, accepts, timer, resolve }]);
    say(connection, {
      envelope_id: id,
      type,
      payload,
      accepts_response_payload: accepts,
      ...(type === 'events_api' && { retry_attempt: attempt, retry_reason: retryReason ?? '' }),
    });
  });
}

function issueTicket({ tickets, workspace }: Link): string {
  const ticket = workspace.ids.secret(32);
  tickets.set(ticket, Date.now());
  return `ws://${new URL(workspace.baseUrl).host}/link/?ticket=${ticket}&app_id=${workspace.app.id}`;
}

/** @returns is the ticket good? It is used up either way. */
function useTicket({ tickets }: Link, ticket: string): boolean {
  const madeAt = tickets.get(ticket);
  tickets.delete(ticket);
  return madeAt !== undefined && Date.now() - madeAt <= TICKET_MS;
}

function closeAll({ waiting, open }: Link): void {
  for (const { timer } of [...waiting.values()].flat()) clearTimeout(timer);
  for (const { socket } of open.values()) socket.terminate();
}

export function createSocketCourier(workspace: Workspace): SocketCourier {
  const server = new WebSocketServer({ noServer: true });
  const link: Link = { workspace, tickets: new Map(), open: new Map(), waiting: new Map(), count: 0 };
  const courier: SocketCourier = {
    disabled: false,
    send: (parcel) => send(link, parcel),
    online: () => anyConnection(link) !== undefined,
    connections: () => link.open.size,
    open: () => issueTicket(link),
    upgrade: (request, socket, head) => {
      const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
      if (courier.disabled || !useTicket(link, searchParams.get('ticket') ?? '')) {
        socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n');
        return;
      }
      server.handleUpgrade(request, socket, head, (webSocket) =>
        welcome(link, webSocket, searchParams.get('debug_reconnects') === 'true'),
      );
    },
    disconnect: (reason, { all = false } = {}) => {
      if (reason === 'link_disabled') courier.disabled = true;
      const present = [...link.open.values()];
      const chosen = all || reason === 'link_disabled' ? present : present.slice(0, 1);
      for (const connection of chosen) goodbye(link, connection, reason);
    },
    drop: () => {
      for (const { socket } of link.open.values()) socket.terminate();
    },
    close: () => {
      closeAll(link);
      server.close();
    },
  };
  return courier;
}
