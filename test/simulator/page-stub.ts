/**
 * The control API with a state that the test writes: for what the page draws, and for answers that a well-behaved app
 * never gives. Whole conversations are tested against the simulated Slack itself.
 */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import type { ActionName, ControlResult, ControlState } from '../../simulator/slack/control.ts';

const PAGE = new URL('../../simulator/slack/page/', import.meta.url);
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

interface Sent {
  readonly name: ActionName;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface PageStub {
  readonly url: string;
  /** What the page did, oldest first. */
  readonly sent: Sent[];
  /** Changes what everybody sees and tells the page. */
  change(next: (state: ControlState) => ControlState): void;
  /** How the next actions are answered; by default everything is accepted. */
  answer(respond: (sent: Sent) => ControlResult | Promise<ControlResult>): void;
  close(): Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

async function serveFile(path: string, response: ServerResponse): Promise<void> {
  const name = path === '/' ? 'index.html' : path.slice(1);
  if (!/^[\w.-]+$/.test(name)) {
    response.writeHead(404).end();
    return;
  }
  try {
    const content = await readFile(new URL(name, PAGE));
    response
      .writeHead(200, { 'content-type': TYPES[extname(name)] ?? 'application/octet-stream' })
      .end(content);
  } catch {
    response.writeHead(404).end();
  }
}

/** @param stateFor what a person sees in `state`, e.g. without other people's ephemerals */
export async function startPageStub(
  start: ControlState,
  stateFor: (state: ControlState, as: string) => ControlState = (state, as) => ({ ...state, as }),
): Promise<PageStub> {
  let state = start;
  const sent: Sent[] = [];
  const listeners = new Set<ServerResponse>();
  let respond: (one: Sent) => ControlResult | Promise<ControlResult> = () => ({ ok: true });

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://stub');
    const action = /^\/control\/(?<name>[\w-]+)$/.exec(url.pathname)?.groups?.name;
    if (action === undefined) return serveFile(url.pathname, response);
    if (action === 'state') {
      const seen = stateFor(state, url.searchParams.get('as') ?? state.as);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(seen));
    } else if (action === 'events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      listeners.add(response);
      request.on('close', () => listeners.delete(response));
    } else {
      const one: Sent = { name: action as ActionName, body: await bodyOf(request) };
      sent.push(one);
      const answer = await respond(one);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}/`,
    sent,
    change(next) {
      state = { ...next(state), version: state.version + 1 };
      for (const listener of listeners) listener.write(`data: {"version":${state.version}}\n\n`);
    },
    answer(next) {
      respond = next;
    },
    async close() {
      for (const listener of listeners) listener.end();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
