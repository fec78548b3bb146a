/**
 * A strict simulated Slack workspace with one app in it. What the app does is held against Slack's documented rules;
 * what people do goes through what they can see. See README.md for the source of each rule.
 */
import { BadRequest } from './control-actions.ts';
import { describePlace } from './control-server.ts';
import { createWorkspace } from './create-workspace.ts';
import { createHttpCourier } from './delivery/http.ts';
import { createSocketCourier } from './delivery/socket.ts';
import type { SlackOptions } from './options.ts';
import { createPerson, type Person } from './person.ts';
import { startServer } from './server.ts';
import type { TranscriptEntry } from './transcript.ts';
import { createFaults, type Faults } from './trouble.ts';
import { BLOCKS_VALIDATE, connectionsMethod } from './web-api/apps.ts';
import type { Method } from './web-api/call.ts';
import { CHAT } from './web-api/chat.ts';
import { CONVERSATIONS } from './web-api/conversations.ts';
import { FILES } from './web-api/files.ts';
import { PEOPLE } from './web-api/people.ts';
import { VIEWS } from './web-api/views.ts';
import type { User, Workspace } from './workspace.ts';

export interface Slack {
  /** Of the page and everything else; no slash at the end. */
  readonly url: string;
  /** For the SDK's `slackApiUrl`; with a slash at the end. */
  readonly apiUrl: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  readonly team: { readonly id: string; readonly name: string; readonly domain: string };
  readonly app: {
    readonly id: string;
    readonly name: string;
    readonly botUser: string;
    readonly botId: string;
  };
  /** A person whose actions throw when they are refused; `attempt` gives the refusal back instead. */
  readonly as: (user: string) => Person & { readonly attempt: Person };
  /** Waits in real time until something is there. @throws Error with the last things that happened */
  readonly until: <T>(
    look: () => T | Promise<T>,
    options?: { readonly withinMs?: number; readonly what?: string },
  ) => Promise<NonNullable<T>>;
  readonly transcript: () => readonly TranscriptEntry[];
  /** As JSON lines. */
  readonly transcriptLines: () => string;
  readonly faults: Faults;
  /** A channel or thread as plain text: what a screen reader says (`text`) or what stands there (`blocks`). */
  readonly describe: (
    channel: string,
    options?: { readonly thread?: string; readonly as?: string; readonly view?: 'text' | 'blocks' },
  ) => string;
  /** Open Socket Mode connections. */
  readonly connections: () => number;
  /** In HTTP mode: where payloads go from now on. */
  readonly setRequestUrl: (url: string) => void;
  /** Virtual epoch milliseconds. */
  readonly now: () => number;
  readonly close: () => Promise<void>;
}

const POLL_MS = 25;
const SHOWN_ON_TIMEOUT = 12;

function lastThings(workspace: Workspace): string {
  return workspace.transcript
    .entries()
    .slice(-SHOWN_ON_TIMEOUT)
    .map((entry) => `  ${JSON.stringify(entry).slice(0, 300)}`)
    .join('\n');
}

async function until<T>(
  workspace: Workspace,
  look: () => T | Promise<T>,
  { withinMs = 10_000, what = 'what a test waits for' }: { withinMs?: number; what?: string },
): Promise<NonNullable<T>> {
  const end = Date.now() + withinMs;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== null && value !== false) return value;
    if (Date.now() > end)
      throw new Error(
        `waiting ${withinMs} ms for ${what}: it did not come. The last things:\n${lastThings(workspace)}`,
      );
    await new Promise<void>((resolve) => {
      const stop = workspace.onChange(go);
      const timer = setTimeout(go, POLL_MS);
      function go(): void {
        clearTimeout(timer);
        stop();
        resolve();
      }
    });
  }
}

function userNamed({ users }: Workspace, id: string): User {
  const user = users.get(id);
  if (user === undefined)
    throw new Error(`acting as ${id}: there is no such user; there are ${[...users.keys()].join(', ')}`);
  return user;
}

/** Whoever reads when nobody is named: somebody in the channel. */
function anyReader(workspace: Workspace, channel: string): User {
  const members = workspace.channels.get(channel)?.members ?? new Set();
  const reader = [...workspace.users.values()].find(({ id, bot }) => members.has(id) && !bot);
  if (reader === undefined) throw new BadRequest(`describing ${channel}: nobody is in it`);
  return reader;
}

export async function createSlack(options: SlackOptions): Promise<Slack> {
  const workspace = createWorkspace(options);
  const sockets = workspace.mode === 'socket' ? createSocketCourier(workspace) : undefined;
  const http = workspace.mode === 'http' ? createHttpCourier(workspace, options.requestUrl) : undefined;
  workspace.courier = sockets ?? http ?? workspace.courier;
  const methods: { readonly [name: string]: Method } = {
    ...CHAT,
    ...CONVERSATIONS,
    ...PEOPLE,
    ...FILES,
    ...VIEWS,
    'apps.connections.open': connectionsMethod(sockets),
    'blocks.validate': BLOCKS_VALIDATE,
  };
  const { server, port } = await startServer({ workspace, methods, sockets }, options.port ?? 0);
  workspace.baseUrl = `http://127.0.0.1:${port}`;
  return {
    url: workspace.baseUrl,
    apiUrl: `${workspace.baseUrl}/api/`,
    botToken: workspace.tokens.bot,
    appToken: workspace.tokens.app,
    signingSecret: workspace.tokens.signingSecret,
    team: workspace.team,
    app: workspace.app,
    as: (id) => {
      const user = userNamed(workspace, id);
      return { ...createPerson(workspace, user, true), attempt: createPerson(workspace, user, false) };
    },
    until: (look, more = {}) => until(workspace, look, more),
    transcript: workspace.transcript.entries,
    transcriptLines: workspace.transcript.lines,
    faults: createFaults(workspace, { sockets, http }),
    describe: (channel, { thread, as, view = 'blocks' } = {}) =>
      describePlace(workspace, as === undefined ? anyReader(workspace, channel) : userNamed(workspace, as), {
        channel,
        thread,
        view,
      }),
    connections: () => sockets?.connections() ?? 0,
    setRequestUrl: (url) => {
      if (http === undefined) throw new Error('setting the request URL: the app is in Socket Mode');
      http.requestUrl = url;
    },
    now: workspace.now,
    close: async () => {
      workspace.forgetTimers();
      sockets?.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
