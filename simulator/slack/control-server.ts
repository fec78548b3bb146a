/** `/control/*`: what the page talks to. The types are in control.ts. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { BadRequest, doAction, isAction } from './control-actions.ts';
import { describeMessages } from './describe.ts';
import { readBody } from './read-body.ts';
import { controlState } from './snapshot.ts';
import { mimetypeOf } from './wire.ts';
import type { User, Workspace } from './workspace.ts';

/** Many changes come at once; a person does not need to see each. Real milliseconds. */
const THROTTLE_MS = 100;
/** Proxies and browsers give up on silent streams after about a minute. */
const KEEP_ALIVE_MS = 15_000;

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.end(JSON.stringify(body));
}

function plain(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  response.end(body);
}

/** Without a name: the first person, for a page that does not know anybody yet. */
function personIn(workspace: Workspace, query: URLSearchParams): User {
  const as = query.get('as');
  const user = as === null ? [...workspace.users.values()].find(({ bot }) => !bot) : workspace.users.get(as);
  if (user === undefined) throw new BadRequest(`as: there is no user ${as}`);
  return user;
}

function events(workspace: Workspace, response: ServerResponse): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    connection: 'keep-alive',
  });
  const tell = () => response.write(`data: ${JSON.stringify({ version: workspace.version })}\n\n`);
  let waiting = false;
  const stop = workspace.onChange(() => {
    if (waiting) return;
    waiting = true;
    workspace.later(THROTTLE_MS, () => {
      waiting = false;
      if (!response.destroyed) tell();
    });
  });
  const keepAlive = setInterval(() => response.write(': still here\n\n'), KEEP_ALIVE_MS);
  response.on('close', () => {
    clearInterval(keepAlive);
    stop();
  });
  tell();
}

function file(workspace: Workspace, id: string, response: ServerResponse): void {
  const found = workspace.files.get(id);
  if (found === undefined || found.bytes === null) {
    json(response, 404, { error: 'no such file' });
    return;
  }
  response.writeHead(200, {
    'content-type': mimetypeOf(found.name),
    'content-length': found.bytes.length,
    // An SVG or HTML file is shown as a picture or text only, never as a page that runs.
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    'x-content-type-options': 'nosniff',
  });
  response.end(found.bytes);
}

/** @returns a channel or a thread as plain text, seen by one person */
export function describePlace(
  workspace: Workspace,
  user: User,
  { channel: id, thread, view }: { channel: string; thread?: string | undefined; view: 'text' | 'blocks' },
): string {
  const channel = controlState(workspace, user).channels.find((entry) => entry.id === id);
  if (channel === undefined) throw new BadRequest(`channel: ${user.id} cannot see ${id}`);
  const parents =
    thread === undefined ? channel.messages : channel.messages.filter(({ ts }) => ts === thread);
  return describeMessages({ workspace, zone: user.zone }, parents, channel.threads, view);
}

function describe(workspace: Workspace, query: URLSearchParams): string {
  return describePlace(workspace, personIn(workspace, query), {
    channel: query.get('channel') ?? '',
    thread: query.get('thread') ?? undefined,
    view: query.get('view') === 'text' ? 'text' : 'blocks',
  });
}

function get(workspace: Workspace, url: URL, response: ServerResponse): void {
  const path = url.pathname.replace(/^\/control\//, '');
  const query = url.searchParams;
  if (path === 'state') json(response, 200, controlState(workspace, personIn(workspace, query)));
  else if (path === 'events') events(workspace, response);
  else if (path === 'transcript') plain(response, workspace.transcript.lines());
  else if (path === 'describe') plain(response, describe(workspace, query));
  else if (path.startsWith('file/')) file(workspace, path.slice('file/'.length), response);
  else json(response, 404, { error: 'not found' });
}

async function post(
  workspace: Workspace,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const name = url.pathname.replace(/^\/control\//, '');
  if (!isAction(name)) return json(response, 404, { error: `no action ${name}` });
  // A form of another origin cannot have this type without being asked for leave first.
  if (request.headers['content-type']?.split(';')[0]?.trim() !== 'application/json')
    throw new BadRequest('content-type: must be application/json');
  const raw = (await readBody(request)).toString();
  let body: unknown;
  try {
    body = JSON.parse(raw);
  } catch {
    throw new BadRequest('the body is no JSON');
  }
  json(response, 200, await doAction(workspace, name, body));
}

export async function serveControl(
  workspace: Workspace,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  try {
    if (request.method === 'POST') await post(workspace, url, request, response);
    else get(workspace, url, response);
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error;
    json(response, 400, { ok: false, error: 'bad_request', say: error.message });
  }
}
