/** The crudest app: takes envelopes or requests off the wire and answers what a test says, with no SDK between. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { Slack } from '../../../simulator/slack/slack.ts';
import { call } from './world.ts';

interface Envelope {
  readonly envelope_id: string;
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: payloads of ten kinds, looked at field by field
  readonly payload: any;
  readonly accepts_response_payload: boolean;
  readonly retry_attempt?: number;
  readonly retry_reason?: string;
}

/** @returns the payload of the ack; undefined = an empty ack; 'silent' = none */
export type Answerer = (envelope: Envelope) => unknown | Promise<unknown>;

export interface SocketApp {
  readonly socket: WebSocket;
  /** Everything that came but envelopes: hello, disconnect. */
  readonly messages: { readonly type: string; readonly [field: string]: unknown }[];
  readonly envelopes: Envelope[];
  answer: Answerer;
}

export async function connect(slack: Slack, answer: Answerer = () => undefined): Promise<SocketApp> {
  const { body } = await call(slack, 'apps.connections.open', {}, { token: slack.appToken });
  if (body.ok !== true) throw new Error(`apps.connections.open: ${body.error}`);
  const socket = new WebSocket(body.url);
  onTestFinished(() => socket.terminate());
  const app: SocketApp = { socket, messages: [], envelopes: [], answer };
  socket.on('error', () => {});
  socket.on('message', async (data) => {
    const message = JSON.parse(String(data));
    if (message.envelope_id === undefined) {
      app.messages.push(message);
      return;
    }
    app.envelopes.push(message);
    const payload = await app.answer(message);
    if (payload !== 'silent')
      socket.send(
        JSON.stringify({ envelope_id: message.envelope_id, ...(payload !== undefined && { payload }) }),
      );
  });
  await slack.until(() => app.messages.length > 0, { what: 'hello or a refusal' });
  return app;
}

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface HttpApp {
  readonly url: string;
  readonly requests: Received[];
  /** @returns what is answered; null = nothing, ever */
  answer: (request: Received) => {
    readonly status?: number;
    readonly body?: unknown;
    readonly headers?: { readonly [name: string]: string };
  } | null;
}

export async function listen(): Promise<HttpApp> {
  const app: HttpApp = { url: '', requests: [], answer: () => ({}) };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const received = { headers: request.headers, body: Buffer.concat(chunks).toString() };
      app.requests.push(received);
      const answer = app.answer(received);
      if (answer === null) return;
      const isText = typeof answer.body === 'string';
      response.writeHead(answer.status ?? 200, {
        ...(answer.body !== undefined && !isText && { 'content-type': 'application/json' }),
        ...answer.headers,
      });
      response.end(isText ? answer.body : answer.body === undefined ? '' : JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return Object.assign(app, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`,
  });
}
