/** Everything that the bot meets: a Slack, a Cloudify world on hosts with SSH, files of settings; and the bot. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { type ClockScale, formatClockScale } from '../../src/core/clock.ts';
import type { Preset } from '../manager/cloudify/seed.ts';
import { type CloudifyWorld, createWorld } from '../manager/cloudify/world.ts';
import { createHost, type SimulatedHost } from '../manager/host.ts';
import { newKey } from '../manager/host-key.ts';
import type { Manifest } from '../slack/options.ts';
import { createSlack, type Slack } from '../slack/slack.ts';
import { type Bot, createBot } from './bot.ts';
import { CHANNELS, GROUPS, TEAM, USERS } from './cast.ts';
import { type Settings, writeSettings } from './settings.ts';

export interface Stage {
  readonly slack: Slack;
  readonly world: CloudifyWorld;
  readonly hosts: ReadonlyMap<string, SimulatedHost>;
  readonly bot: Bot;
  readonly clock: ClockScale;
  readonly settings: Settings;
  readonly logFile: string;
  close(): Promise<void>;
}

export interface StageOptions {
  readonly preset: Preset;
  /** Virtual milliseconds per real one. */
  readonly k: number;
  /** Of the page; 0 = any free one. */
  readonly port?: number;
  readonly card?: 'classic' | 'plan';
  /** Real milliseconds that Slack waits for the bot's answer to a click; Slack's own are 3000. */
  readonly ackWithinMs?: number;
}

/** For plays without an audience: how fast a bot answers on a machine that is busy with more is another test's matter. */
export const PATIENT_ACK_MS = 30_000;

const MANIFEST = fileURLToPath(new URL('../../manifest.yml', import.meta.url));

async function startHosts(
  world: CloudifyWorld,
  clock: ClockScale,
  authorizedKey: string,
): Promise<ReadonlyMap<string, SimulatedHost>> {
  const hosts = new Map<string, SimulatedHost>();
  for (const { name } of world.seed.hosts) {
    const host = await createHost({ ...world.hostOptions(name), authorizedKey, clock });
    world.connect(host);
    hosts.set(name, host);
  }
  return hosts;
}

function environment(slack: Slack, settings: Settings, clock: ClockScale, card: string) {
  return {
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    SLACK_API_URL: slack.apiUrl,
    // Health checks listen on any free port: two demos may run side by side.
    PORT: '0',
    CUTOVER_DATABASE: settings.database,
    CUTOVER_TARGETS: settings.targetsFile,
    CUTOVER_VAULT: settings.vault,
    CUTOVER_CLOCK: formatClockScale(clock),
    CUTOVER_CARD: card,
  };
}

export async function createStage(options: StageOptions): Promise<Stage> {
  const { k, preset } = options;
  const now = Date.now();
  const clock: ClockScale = { t0: now, r0: now, k };
  const directory = mkdtempSync(join(tmpdir(), 'cutover-demo-'));
  const key = newKey();
  const world = createWorld({ clock, preset });
  const hosts = await startHosts(world, clock, key.pinned);
  const slack = await createSlack({
    clock,
    manifest: parse(readFileSync(MANIFEST, 'utf8')) as Manifest,
    team: TEAM,
    users: USERS,
    groups: GROUPS,
    channels: CHANNELS,
    ...(options.port !== undefined && { port: options.port }),
    ...(options.ackWithinMs !== undefined && { ackWithinMs: options.ackWithinMs }),
  });
  const settings = writeSettings(directory, world.seed, hosts, key.secret);
  const logFile = join(directory, 'bot.log');
  const bot = createBot(environment(slack, settings, clock, options.card ?? 'classic'), logFile);
  return {
    slack,
    world,
    hosts,
    bot,
    clock,
    settings,
    logFile,
    async close() {
      await bot.stop();
      await slack.close();
      for (const host of hosts.values()) await host.close();
      await world.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
