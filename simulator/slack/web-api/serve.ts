/** One HTTP request to `/api/<method>`: token, limits, scopes, arguments, the method, and the answer. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isObject } from '../block-kit/shape.ts';
import type { ApiFault } from '../faults.ts';
import { readBody } from '../read-body.ts';
import type { Workspace } from '../workspace.ts';
import { type Answer, Args, type Method, missingScope, Refusal } from './call.ts';
import { postTarget } from './chat.ts';

interface Given {
  readonly args: Args;
  readonly token: string | undefined;
}

function jsonArgs(body: string): Answer {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw new Refusal('invalid_json');
  }
  if (!isObject(parsed)) throw new Refusal('json_not_object');
  return parsed;
}

/** @throws Refusal invalid_json, json_not_object, invalid_post_type, missing_post_type */
function parse(request: IncomingMessage, body: string): Given {
  const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  const query = Object.fromEntries(new URL(request.url ?? '/', 'http://localhost').searchParams);
  // Slack reads no token out of a JSON body.
  if (type === 'application/json') return { args: new Args({ ...query, ...jsonArgs(body) }), token: bearer };
  if (body === '' || type === 'application/x-www-form-urlencoded') {
    const form = { ...query, ...Object.fromEntries(new URLSearchParams(body)) };
    const { token } = form;
    return { args: new Args(form), token: bearer ?? (typeof token === 'string' ? token : undefined) };
  }
  throw new Refusal(type === undefined ? 'missing_post_type' : 'invalid_post_type');
}

/** @throws Refusal not_authed, invalid_auth, account_inactive, not_allowed_token_type */
function authorise(workspace: Workspace, token: string | undefined, method: Method): void {
  const { tokens } = workspace;
  if (token === undefined || token === '') throw new Refusal('not_authed');
  const kind = token === tokens.bot ? 'bot' : token === tokens.app ? 'app' : undefined;
  if (kind === undefined) throw new Refusal('invalid_auth');
  if (workspace.tokenRevoked) throw new Refusal('account_inactive');
  if (method.token !== 'any' && method.token !== kind) throw new Refusal('not_allowed_token_type');
}

class TooMany extends Error {
  readonly retryAfterS: number | null;
  readonly posting: boolean;
  constructor(retryAfterS: number | null, posting: boolean) {
    super('rate limited');
    this.retryAfterS = retryAfterS;
    this.posting = posting;
  }
}

/** Posting is counted per channel, whatever name was used for it. */
function channelKey(workspace: Workspace, args: Args): string | undefined {
  try {
    return postTarget({ workspace, args }).id;
  } catch {
    return args.string('channel');
  }
}

function run(workspace: Workspace, name: string, method: Method, { args, token }: Given): Answer {
  authorise(workspace, token, method);
  const channel = method.tier === 'post' ? channelKey(workspace, args) : undefined;
  const wait = workspace.limits.take(name, method.tier, channel);
  if (wait > 0) throw new TooMany(wait, method.tier === 'post');
  if (method.scopes.length > 0 && !method.scopes.some((scope) => workspace.app.scopes.includes(scope)))
    throw missingScope(workspace, method.scopes.join(','));
  return method.run({ workspace, method: name, args });
}

interface Outcome {
  readonly status: number;
  readonly body: Answer;
  readonly headers?: { readonly [name: string]: string };
}

function refused(error: unknown): Outcome {
  if (error instanceof Refusal) return { status: 200, body: { ok: false, error: error.code, ...error.more } };
  if (error instanceof TooMany)
    return {
      status: 429,
      body: { ok: false, error: error.posting ? 'rate_limited' : 'ratelimited' },
      ...(error.retryAfterS !== null && { headers: { 'retry-after': String(error.retryAfterS) } }),
    };
  throw error;
}

function outcomeOf(
  workspace: Workspace,
  name: string,
  methods: { readonly [name: string]: Method },
  { given, fault }: { readonly given: () => Given; readonly fault: ApiFault | undefined },
): Outcome {
  try {
    const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
    if (method === undefined) throw new Refusal('unknown_method', { req_method: name });
    if (fault?.kind === 'ratelimited') throw new TooMany(fault.retryAfterS, method.tier === 'post');
    if (fault?.kind === 'error' && fault.when === 'before') throw new Refusal(fault.error);
    const body = { ok: true, ...run(workspace, name, method, given()) };
    if (fault?.kind === 'error') throw new Refusal(fault.error);
    return {
      status: 200,
      body,
      headers: {
        'x-oauth-scopes': workspace.app.scopes.join(','),
        'x-accepted-oauth-scopes': method.scopes.join(','),
      },
    };
  } catch (error) {
    return refused(error);
  }
}

function messagesOf({ response_metadata: metadata }: Answer): readonly string[] | undefined {
  const list = isObject(metadata) ? metadata.messages : undefined;
  return Array.isArray(list) ? list.map(String) : undefined;
}

function write(response: ServerResponse, { status, body, headers }: Outcome): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(JSON.stringify(body));
}

/** @returns the connection was dealt with */
function broken(fault: ApiFault | undefined, when: 'before' | 'after', response: ServerResponse): boolean {
  if (fault === undefined || fault.kind === 'ratelimited' || fault.kind === 'error' || fault.when !== when)
    return false;
  if (fault.kind === 'status') {
    response.writeHead(fault.status, { 'content-type': 'text/html' });
    response.end('<html>Slack is having trouble</html>');
  }
  if (fault.kind === 'reset') response.destroy();
  // A hang: the connection stays open and silent until the client gives up.
  return true;
}

export async function serveApi(
  workspace: Workspace,
  methods: { readonly [name: string]: Method },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const began = Date.now();
  const name = new URL(request.url ?? '/', 'http://localhost').pathname.replace(/^\/api\//, '');
  const body = (await readBody(request)).toString();
  const fault = workspace.apiFaults.take(name);
  let args = new Args({});
  const given = () => {
    const parsed = parse(request, body);
    args = parsed.args;
    return parsed;
  };
  const note = (outcome: Outcome, error?: string) => {
    const messages = messagesOf(outcome.body);
    const { ts } = outcome.body;
    workspace.transcript.add({
      kind: 'api',
      method: name,
      args: args.shown(),
      status: outcome.status,
      ok: outcome.body.ok === true,
      ...(outcome.body.ok !== true && { error: error ?? String(outcome.body.error) }),
      ...(messages !== undefined && { messages }),
      ...(typeof ts === 'string' && { ts }),
      ms: Date.now() - began,
    });
    workspace.changed();
  };
  if (broken(fault, 'before', response)) {
    note({ status: fault?.kind === 'status' ? fault.status : 0, body: {} }, `fault ${fault?.kind}`);
    return;
  }
  const outcome = outcomeOf(workspace, name, methods, { given, fault });
  note(outcome);
  if (broken(fault, 'after', response)) {
    workspace.transcript.add({
      kind: 'fault',
      what: `${name} answered by ${fault?.kind} after it was carried out`,
    });
    return;
  }
  write(response, outcome);
}
