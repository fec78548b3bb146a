/** Everything that one run needs: two hosts, a strict Slack, the files of settings, the bot. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { AMIR, BEA, CHANNEL, CHANNELS, GROUPS, OLU, ROSA, TEAM, USERS } from '../../simulator/demo/cast.ts';
import type { Manifest } from '../../simulator/slack/options.ts';
import { createSlack, type Slack } from '../../simulator/slack/slack.ts';
import { type ClockScale, formatClockScale } from '../../src/core/clock.ts';
import { type App, type Bot, createBot } from './bot.ts';
import { type SoakHost, startHost } from './host.ts';
import { type Bases, HOSTS, type HostName, makeWork, type Work } from './work.ts';

export const TARGET = 'soak';

export interface Stage {
  readonly directory: string;
  readonly slack: Slack;
  readonly hosts: { readonly [name in HostName]: SoakHost };
  readonly bot: Bot;
  readonly app: App;
  readonly work: Work;
  readonly database: string;
  readonly clock: ClockScale;
  /** @param keep leaves the directory for somebody to look at */
  close(keep: boolean): Promise<void>;
}

const MANIFEST = fileURLToPath(new URL('../../manifest.yml', import.meta.url));

function targetsText(directory: string, hosts: Stage['hosts']): string {
  const entry = ({ name, sshd, cable, stateDir }: SoakHost) => {
    const file = join(directory, `key-${name}`);
    writeFileSync(file, sshd.clientKey, { mode: 0o600 });
    return {
      name,
      address: '127.0.0.1',
      ssh: { host: '127.0.0.1', port: cable.port, user: sshd.user },
      key: { file },
      host_keys: [sshd.hostKey],
      state_dir: stateDir,
    };
  };
  return stringify({
    teams: [TEAM.id],
    targets: {
      [TARGET]: {
        title: 'Soak',
        runbook: 'soak',
        channel: CHANNEL,
        requesters: [ROSA],
        approvers: [{ id: 'ops', title: 'Operations', need: 2, from: [AMIR, BEA] }],
        on_call: [OLU],
        hosts: { alpha: entry(hosts.alpha), beta: entry(hosts.beta) },
      },
    },
  });
}

export interface StageOptions {
  /** Below it the stage makes its own. */
  readonly parent: string;
  readonly app: App;
  readonly seed: string;
  /** Virtual milliseconds per real one. */
  readonly k: number;
}

export async function createStage({ parent, app, seed, k }: StageOptions): Promise<Stage> {
  const directory = mkdtempSync(join(parent, 'run-'));
  const now = Date.now();
  const clock: ClockScale = { t0: now, r0: now, k };
  const hosts = { alpha: await startHost('alpha', directory), beta: await startHost('beta', directory) };
  const bases: Bases = { alpha: hosts.alpha.base, beta: hosts.beta.base };
  const work = makeWork(seed, bases);
  const runbooks = join(directory, 'runbooks');
  mkdirSync(runbooks);
  writeFileSync(join(runbooks, 'soak.yaml'), work.runbook);
  const targets = join(directory, 'targets.yaml');
  writeFileSync(targets, targetsText(directory, hosts));
  const manifest = parse(readFileSync(MANIFEST, 'utf8')) as Manifest;
  const slack = await createSlack({
    ...{ clock, manifest, team: TEAM, users: USERS, groups: GROUPS, channels: CHANNELS },
  });
  const database = join(directory, 'cutover.db');
  const bot = createBot(
    app,
    {
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_APP_TOKEN: slack.appToken,
      SLACK_API_URL: slack.apiUrl,
      PORT: '0',
      CUTOVER_DATABASE: database,
      CUTOVER_TARGETS: targets,
      CUTOVER_RUNBOOKS: runbooks,
      CUTOVER_VAULT: join(directory, 'vault'),
      CUTOVER_CLOCK: formatClockScale(clock),
    },
    join(directory, 'bot.log'),
  );
  return {
    ...{ directory, slack, hosts, bot, app, work, database, clock },
    async close(keep) {
      await bot.kill();
      await slack.close();
      for (const name of HOSTS) await hosts[name].close(keep);
      if (!keep) rmSync(directory, { recursive: true, force: true });
    },
  };
}
