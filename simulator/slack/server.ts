/** The one HTTP port: Web API, uploads, Socket Mode, response URLs, control API, page. Loopback only. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveControl } from './control-server.ts';
import type { SocketCourier } from './delivery/socket.ts';
import { readBody } from './read-body.ts';
import { useResponseUrl } from './response-url.ts';
import { serveStatic } from './static-files.ts';
import type { Method } from './web-api/call.ts';
import { storeUpload } from './web-api/files.ts';
import { serveApi } from './web-api/serve.ts';
import type { Workspace } from './workspace.ts';

export interface Running {
  readonly server: Server;
  readonly port: number;
}

interface Parts {
  readonly workspace: Workspace;
  readonly methods: { readonly [name: string]: Method };
  readonly sockets: SocketCourier | undefined;
}

/** Slack's own side, which an outage takes away; the page stays. */
const SLACK_PATHS = /^\/(api|upload|response|link)\//;
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?$/;

async function multipartFile(body: Buffer, contentType: string): Promise<Buffer> {
  const form = await new Response(new Uint8Array(body), {
    headers: { 'content-type': contentType },
  }).formData();
  for (const value of form.values())
    if (typeof value !== 'string') return Buffer.from(await value.arrayBuffer());
  return Buffer.alloc(0);
}

async function upload(
  { workspace }: Parts,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request);
  const type = request.headers['content-type'] ?? '';
  const fault = workspace.apiFaults.take('upload');
  const cut = (when: 'before' | 'after') => fault !== undefined && 'when' in fault && fault.when === when;
  const broken = () => {
    if (fault?.kind === 'status') response.writeHead(fault.status).end();
    else if (fault?.kind !== 'hang') response.destroy();
  };
  if (cut('before')) return broken();
  const bytes = type.startsWith('multipart/form-data') ? await multipartFile(body, type) : body;
  const stored = storeUpload(workspace, path.replace(/^\/upload\/v1\//, ''), bytes);
  if (cut('after')) return broken();
  response.writeHead(stored.status, { 'content-type': 'text/plain' }).end(stored.text);
  workspace.changed();
}

async function hook(
  { workspace }: Parts,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = (await readBody(request)).toString();
  const fault = workspace.apiFaults.take('response_url');
  if (fault?.kind === 'status') {
    response.writeHead(fault.status).end();
    return;
  }
  const { status, text } = useResponseUrl(workspace, path.replace(/^\/response\//, ''), body);
  response.writeHead(status, { 'content-type': 'text/html' }).end(text);
}

async function route(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const { workspace } = parts;
  if (SLACK_PATHS.test(pathname)) {
    if (workspace.apiFaults.outage) {
      workspace.transcript.add({ kind: 'cut', path: pathname });
      request.socket.destroy();
      return;
    }
    if (pathname.startsWith('/api/')) return serveApi(workspace, parts.methods, request, response);
    if (request.method === 'POST' && pathname.startsWith('/upload/'))
      return upload(parts, pathname, request, response);
    if (request.method === 'POST' && pathname.startsWith('/response/'))
      return hook(parts, pathname, request, response);
  }
  // A page elsewhere whose name was made to resolve to this machine still sends its own name.
  if (!LOOPBACK.test(request.headers.host ?? '')) {
    response.writeHead(403).end('loopback only');
    return;
  }
  if (pathname.startsWith('/control/')) return serveControl(workspace, request, response);
  return serveStatic(pathname, response);
}

export async function startServer(parts: Parts, port: number): Promise<Running> {
  const server = createServer((request, response) => {
    route(parts, request, response).catch((error: unknown) => {
      // A fault of the simulator, not of the app: loud, in the transcript and in the answer.
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      parts.workspace.transcript.add({ kind: 'warning', text: `the simulator failed: ${text}` });
      if (!response.headersSent) response.writeHead(500);
      response.end(text);
    });
  });
  server.on('upgrade', (request, socket, head) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const { outage } = parts.workspace.apiFaults;
    if (outage) parts.workspace.transcript.add({ kind: 'cut', path: pathname });
    if (outage || parts.sockets === undefined || !pathname.startsWith('/link')) socket.destroy();
    else parts.sockets.upgrade(request, socket, head);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return { server, port: (server.address() as AddressInfo).port };
}
