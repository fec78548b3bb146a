/** A workspace out of its options. */
import { REAL_TIME, virtualNow } from '../../src/core/clock.ts';
import { createApiFaults, createDeliveryFaults } from './faults.ts';
import { createIds, type Ids } from './ids.ts';
import type { SlackOptions } from './options.ts';
import { createRateLimits } from './rate-limits.ts';
import { createTranscript } from './transcript.ts';
import type { App, Channel, User, Workspace } from './workspace.ts';

function createApp({ manifest }: SlackOptions, ids: Ids): App {
  const { features, oauth_config, settings } = manifest;
  return {
    id: ids.next('A'),
    name: manifest.display_information?.name ?? 'App',
    botUser: ids.next('U'),
    botId: ids.next('B'),
    scopes: oauth_config?.scopes?.bot ?? [],
    commands: features?.slash_commands ?? [],
    shortcuts: features?.shortcuts ?? [],
    events: settings?.event_subscriptions?.bot_events ?? [],
    interactive: settings?.interactivity?.is_enabled ?? false,
    homeTab: features?.app_home?.home_tab_enabled ?? false,
  };
}

function createUsers(options: SlackOptions, app: App, team: string): Map<string, User> {
  const people = options.users.map(
    (user): User => ({
      id: user.id,
      name: user.name,
      role: user.role ?? '',
      zone: user.zone ?? 'Etc/UTC',
      team: user.team ?? team,
      restricted: user.restricted ?? false,
      bot: user.bot ?? false,
      deleted: user.deleted ?? false,
    }),
  );
  const bot: User = {
    id: app.botUser,
    name: options.manifest.features?.bot_user?.display_name ?? app.name,
    role: 'app',
    zone: 'Etc/UTC',
    team,
    restricted: false,
    bot: true,
    deleted: false,
  };
  return new Map([...people, bot].map((user) => [user.id, user]));
}

function createChannels(options: SlackOptions, users: Map<string, User>, bot: string): Map<string, Channel> {
  return new Map(
    options.channels.map((channel) => {
      const stranger = channel.members.find((id) => !users.has(id));
      if (stranger !== undefined)
        throw new Error(
          `making channel ${channel.id}: member ${stranger} is not among the users; add it to \`users\``,
        );
      return [
        channel.id,
        {
          id: channel.id,
          name: channel.name,
          kind: channel.private === true ? 'private' : 'public',
          topic: channel.topic ?? '',
          members: new Set([...channel.members, ...(channel.bot === false ? [] : [bot])]),
          archived: false,
          messages: [],
        },
      ];
    }),
  );
}

/** Slack's ts counts microseconds; two messages of one millisecond differ in the last digits. */
function createTs(now: () => number): () => string {
  let last = 0;
  return () => {
    last = Math.max(last + 1, now() * 1000);
    return `${Math.floor(last / 1_000_000)}.${String(last % 1_000_000).padStart(6, '0')}`;
  };
}

function createTimers(): Pick<Workspace, 'later' | 'forgetTimers'> {
  const timers = new Set<NodeJS.Timeout>();
  return {
    later: (ms, run) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        run();
      }, ms);
      timers.add(timer);
    },
    forgetTimers: () => {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}

function createTokens({ tokens }: SlackOptions, app: App, ids: Ids): Workspace['tokens'] {
  return {
    bot: tokens?.bot ?? `xoxb-${ids.secret(24)}`,
    app: tokens?.app ?? `xapp-1-${app.id}-${ids.secret(24)}`,
    signingSecret: tokens?.signingSecret ?? ids.secret(32),
  };
}

export function createWorkspace(options: SlackOptions): Workspace {
  const clock = options.clock ?? REAL_TIME;
  const now = () => virtualNow(clock, Date.now());
  const ids = createIds(options.seed ?? 'cutover');
  const app = createApp(options, ids);
  const team = {
    id: options.team?.id ?? ids.next('T'),
    name: options.team?.name ?? 'Simulated workspace',
    domain: options.team?.domain ?? 'simulated',
  };
  const users = createUsers(options, app, team.id);
  const listeners = new Set<() => void>();
  const workspace: Workspace = {
    team,
    app,
    tokens: createTokens(options, app, ids),
    mode: options.mode ?? (options.manifest.settings?.socket_mode_enabled === true ? 'socket' : 'http'),
    settings: {
      missingText: options.missingText ?? 'warn',
      paid: options.paid ?? true,
      ackWithinMs: options.ackWithinMs ?? 3000,
    },
    clock,
    now,
    nextTs: createTs(now),
    ids,
    transcript: createTranscript(now),
    limits: createRateLimits(now, options.rateLimits ?? true),
    apiFaults: createApiFaults(),
    deliveryFaults: createDeliveryFaults(),
    users,
    groups: new Map((options.groups ?? []).map((group) => [group.id, { ...group }])),
    channels: createChannels(options, users, app.botUser),
    files: new Map(),
    views: new Map(),
    stacks: new Map(),
    homes: new Map(),
    triggers: new Map(),
    hooks: new Map(),
    choices: new Map(),
    notices: [],
    baseUrl: '',
    courier: {
      send: () => Promise.resolve({ outcome: 'failed', why: 'not started', ms: 0 }),
      online: () => false,
    },
    ...createTimers(),
    tokenRevoked: false,
    version: 1,
    changed: () => {
      workspace.version += 1;
      for (const listener of [...listeners]) listener();
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return workspace;
}
