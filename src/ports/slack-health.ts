/** The one HTTP port of the bot: is it alive, is it ready, and in HTTP mode Slack's requests. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Listen {
  readonly host: string;
  readonly port: number;
}

export interface Readiness {
  readonly ready: boolean;
  readonly [detail: string]: unknown;
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}

function whyNoPort({ host, port }: Listen, error: NodeJS.ErrnoException): string {
  if (error.code === 'EADDRINUSE')
    return `listening on ${host}:${port}: another program has this port. Is Cutover running already? Stop it, or set PORT`;
  if (error.code === 'EACCES')
    return `listening on ${host}:${port}: this user may not take a port below 1024. Set PORT to a higher one`;
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND')
    return `listening on ${host}:${port}: this computer has no such address. Set HOST to one of its own, or to 0.0.0.0`;
  return `listening on ${host}:${port}: ${error.message}`;
}

/**
 * `GET /healthz`: 200 while the process serves requests at all. `GET /readyz`: 200 when it does its work, otherwise 503;
 * the body says what is missing. Everything else is for `rest`, or 404.
 */
export function healthServer(
  readiness: () => Readiness,
  rest: ((request: IncomingMessage, response: ServerResponse) => void) | null,
): Server {
  return createServer((request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0];
    const looks = request.method === 'GET' || request.method === 'HEAD';
    if (looks && path === '/healthz') return json(response, 200, { alive: true });
    if (looks && path === '/readyz') {
      const now = readiness();
      return json(response, now.ready ? 200 : 503, now);
    }
    if (rest === null) return json(response, 404, { error: 'not found' });
    rest(request, response);
  });
}

/** @throws Error with the mend when the port can't be had */
export function listen(server: Server, at: Listen): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) =>
      reject(new Error(whyNoPort(at, error), { cause: error }));
    server.once('error', failed);
    server.listen({ host: at.host, port: at.port }, () => {
      server.off('error', failed);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Takes no new connections; those with a request under way get `graceMs` to end it. */
export function closeServer(server: Server, graceMs: number): Promise<void> {
  if (!server.listening) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
