/** The Bolt app: how Slack's requests reach us, whether we are ready for them, and how we stop without dropping one. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { App, HTTPReceiver, type Receiver, SocketModeReceiver } from '@slack/bolt';
import type { Config } from '../config.ts';
import type { Log } from './ports.ts';
import {
  accessRefused,
  clientOptions,
  SILENT,
  type SlackFailure,
  slackFailure,
  slackLogger,
} from './slack-client.ts';
import { countRunning, type Identity, type Running, refuseForeign } from './slack-guard.ts';
import { closeServer, healthServer, type Listen, listen, type Readiness } from './slack-health.ts';
import { keepSockets, type Sockets } from './slack-socket.ts';

/** Slack's own payloads are a few kB; a modal with everything in it stays below 250 kB. */
const BODY_LIMIT = '500kb';
/** Slack waits three seconds for an answer, so nobody hears a listener that takes longer. */
const LISTENERS_END_MS = 3000;
const CLOSE_MS = 500;
const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 60_000;

export interface SlackApp {
  readonly app: App;
  /**
   * Ready when it resolves, or Slack could not be reached and it goes on trying: runs do not need Slack.
   * @throws Error with the mend when Slack refuses a token, or the port can't be had
   */
  start(): Promise<{ readonly port: number }>;
  /** Takes nothing new, waits for listeners that run, then closes. */
  stop(): Promise<void>;
}

export interface SlackAppOptions {
  readonly slack: Config['slack'];
  readonly listen: Listen;
  readonly log: Log;
  /** What the rest of the bot says about itself; Slack's part is added. */
  readonly health: () => Readiness;
  /** For tests: ms between the first and the second socket. */
  readonly staggerMs?: number;
}

/** Bolt starts and stops through us; only the listeners are its own. */
function receiverOf(inner: readonly Receiver[]): Receiver {
  return {
    init: (app) => {
      for (const receiver of inner) receiver.init(app);
    },
    start: async () => undefined,
    stop: async () => undefined,
  };
}

interface Transport {
  readonly receiver: Receiver;
  readonly sockets: Sockets | null;
  readonly requests: ((request: IncomingMessage, response: ServerResponse) => void) | null;
}

function overHttp(signingSecret: string, log: Log): Transport {
  const http = new HTTPReceiver({
    signingSecret,
    bodyLimit: BODY_LIMIT,
    logger: slackLogger(log, 'slack-http'),
  });
  return {
    receiver: receiverOf([http]),
    sockets: null,
    requests(request, response) {
      try {
        http.requestListener(request, response);
      } catch {
        // Bolt throws for a path that is not its own.
        response.writeHead(404).end();
      }
    },
  };
}

function overSockets(appToken: string, { slack, log, staggerMs }: SlackAppOptions): Transport {
  const receivers = [0, 1].map(
    () =>
      new SocketModeReceiver({
        appToken,
        autoReconnectEnabled: false,
        // Says each failed attempt; keepSockets says when it begins and when it ends.
        logger: SILENT,
        installerOptions: { clientOptions: clientOptions(slack.apiUrl, SILENT, 0) },
      }),
  );
  return {
    receiver: receiverOf(receivers),
    sockets: keepSockets({ receivers, log, ...(staggerMs !== undefined && { staggerMs }) }),
    requests: null,
  };
}

function createApp({ slack, log }: SlackAppOptions, receiver: Receiver): App {
  const logger = slackLogger(log, 'slack-app');
  const app = new App({
    token: slack.botToken,
    receiver,
    // One more try: a listener has three seconds, and what it sends itself is not the record of anything.
    clientOptions: clientOptions(slack.apiUrl, logger, 1),
    logger,
    convoStore: false,
    attachFunctionToken: false,
    extendedErrorHandler: true,
    deferInitialization: true,
  });
  app.error(async ({ error, body }: { readonly error: Error; readonly body: unknown }) => {
    const { type, command, actions, view } = body as {
      type?: string;
      command?: string;
      actions?: readonly { action_id?: string }[];
      view?: { callback_id?: string };
    };
    const what = command ?? actions?.[0]?.action_id ?? view?.callback_id ?? null;
    log.error({ err: error, type: type ?? null, what }, 'a listener failed');
  });
  return app;
}

const TOKEN_NAMES = { bot: 'SLACK_BOT_TOKEN', app: 'SLACK_APP_TOKEN' } as const;

function tokenMend(which: 'bot' | 'app', error: string): string {
  const name = TOKEN_NAMES[which];
  const what =
    which === 'bot' ? 'the bot token (“OAuth & Permissions”)' : 'the app-level token (“Basic Information”)';
  if (error === 'missing_scope' && which === 'app')
    return `${name} lacks the scope connections:write; make a new app-level token with it`;
  if (error === 'not_allowed_token_type') return `${name} is another kind of token; copy ${what}`;
  if (accessRefused(error))
    return `Slack does not take ${name} (${error}); copy ${what} again, and check that the app is still installed`;
  return `Slack answered ${error} for ${name}`;
}

/** A refusal that waiting does not mend. */
function fatal(which: 'bot' | 'app', failure: SlackFailure): Error | null {
  if (failure.kind !== 'refused') return null;
  return new Error(`connecting to Slack: ${tokenMend(which, failure.error)}`);
}

async function identify(app: App): Promise<Identity | SlackFailure> {
  try {
    await app.init();
    const me = await app.client.auth.test();
    return {
      kind: 'identity',
      team: typeof me.team_id === 'string' ? me.team_id : null,
      enterprise: typeof me.enterprise_id === 'string' ? me.enterprise_id : null,
    };
  } catch (error) {
    return slackFailure(error);
  }
}

async function untilIdle(running: Running): Promise<void> {
  const late = sleep(LISTENERS_END_MS, 'late', { ref: false });
  await Promise.race([running.idle(), late]);
}

interface Up {
  /** null = up; otherwise why not (yet). @throws Error with the mend for what waiting does not mend */
  bring(): Promise<SlackFailure | null>;
  readonly identity: () => Identity | null;
}

/** The way up: who are we, then the sockets. Done again from where it failed. */
function wayUp(app: App, sockets: Sockets | null): Up {
  let identity: Identity | null = null;
  return {
    identity: () => identity,
    async bring() {
      if (identity === null) {
        const answer = await identify(app);
        if (answer.kind !== 'identity') {
          const refused = fatal('bot', answer);
          if (refused !== null) throw refused;
          return answer;
        }
        identity = answer;
      }
      const failure = (await sockets?.start()) ?? null;
      const refused = failure === null ? null : fatal('app', failure);
      if (refused !== null) throw refused;
      // A socket that could not be reached goes on trying by itself.
      return null;
    },
  };
}

export function createSlackApp(options: SlackAppOptions): SlackApp {
  const { slack, log } = options;
  const { transport } = slack;
  const { receiver, sockets, requests } =
    transport.mode === 'socket'
      ? overSockets(transport.appToken, options)
      : overHttp(transport.signingSecret, log);
  const app = createApp(options, receiver);
  const up = wayUp(app, sockets);
  const over = new AbortController();
  const running = countRunning();
  const connected = () => up.identity() !== null && (sockets?.connected() ?? true);
  const server = healthServer(() => {
    const rest = options.health();
    const stopping = over.signal.aborted;
    return { ...rest, ready: rest.ready && connected() && !stopping, slack: connected(), stopping };
  }, requests);
  app.use(refuseForeign(up.identity, () => sockets?.appId() ?? null, log));
  app.use(running.middleware(() => over.signal.aborted));

  async function keepTrying(): Promise<void> {
    for (let n = 0; !over.signal.aborted; n++) {
      const ms = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** n);
      await sleep(ms, undefined, { signal: over.signal }).catch(() => undefined);
      if (over.signal.aborted) return;
      try {
        if ((await up.bring()) === null) return log.info({}, 'Slack is reached now');
      } catch (error) {
        return log.error({ err: error }, 'Slack does not let us in; mend it and start again. Runs go on');
      }
    }
  }

  return {
    app,
    async start() {
      const port = await listen(server, options.listen);
      try {
        const failure = await up.bring();
        if (failure !== null) {
          log.warn({ why: failure.why }, 'Slack can’t be reached; trying again, runs go on');
          void keepTrying();
        }
      } catch (error) {
        await Promise.all([sockets?.stop(), closeServer(server, 0)]);
        throw error;
      }
      return { port };
    },
    async stop() {
      over.abort();
      await untilIdle(running);
      await Promise.all([sockets?.stop(), closeServer(server, CLOSE_MS)]);
    },
  };
}
