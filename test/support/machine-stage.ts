/** The whole bot between a strict Slack and one real Debian machine. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import type { Acting } from '../../simulator/demo/acts.ts';
import { createBot } from '../../simulator/demo/bot.ts';
import { AMIR, BEA, CHANNEL, CHANNELS, GROUPS, OLU, ROSA, TEAM, USERS } from '../../simulator/demo/cast.ts';
import type { Manifest } from '../../simulator/slack/options.ts';
import { createSlack } from '../../simulator/slack/slack.ts';
import { formatClockScale } from '../../src/core/clock.ts';
import type { DebianMachine } from './debian-machine.ts';

export interface MachineStage extends Acting {
  readonly targetsFile: string;
  /** The vault of an upgrade is a directory in it. */
  readonly vault: string;
  /** Virtual epoch seconds. */
  nowS(): number;
  close(): Promise<void>;
}

const MANIFEST = fileURLToPath(new URL('../../manifest.yml', import.meta.url));

function targetsText(target: string, runbook: string, role: string, machine: DebianMachine, keyFile: string) {
  const host = {
    name: role,
    address: '127.0.0.1',
    ssh: { host: '127.0.0.1', port: machine.port, user: machine.user },
    key: { file: keyFile },
    host_keys: [machine.hostKey],
  };
  return stringify({
    teams: [TEAM.id],
    targets: {
      [target]: {
        title: 'A Debian machine',
        runbook,
        channel: CHANNEL,
        requesters: [ROSA],
        approvers: [{ id: 'ops', title: 'two of operations', need: 2, from: [AMIR, BEA] }],
        on_call: [OLU],
        hosts: { [role]: host },
      },
    },
  });
}

export interface MachineStageOptions {
  readonly machine: DebianMachine;
  readonly target: string;
  readonly runbook: string;
  readonly role: string;
  /** Virtual milliseconds per real one: the machine works in real time, so its steps seem k times as long. */
  readonly k: number;
}

export async function createMachineStage(options: MachineStageOptions): Promise<MachineStage> {
  const { machine, target, runbook, role, k } = options;
  const directory = mkdtempSync(join(tmpdir(), 'cutover-machine-stage-'));
  const now = Date.now();
  const clock = { t0: now, r0: now, k };
  mkdirSync(join(directory, 'keys'), { mode: 0o700 });
  const keyFile = join(directory, 'keys/machine');
  writeFileSync(keyFile, machine.clientKey, { mode: 0o600 });
  const targetsFile = join(directory, 'targets.yaml');
  writeFileSync(targetsFile, targetsText(target, runbook, role, machine, keyFile));
  const slack = await createSlack({
    clock,
    manifest: parse(readFileSync(MANIFEST, 'utf8')) as Manifest,
    team: TEAM,
    users: USERS,
    groups: GROUPS,
    channels: CHANNELS,
  });
  const vault = join(directory, 'vault');
  const bot = createBot(
    {
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_APP_TOKEN: slack.appToken,
      SLACK_API_URL: slack.apiUrl,
      PORT: '0',
      CUTOVER_DATABASE: join(directory, 'cutover.db'),
      CUTOVER_TARGETS: targetsFile,
      CUTOVER_VAULT: vault,
      CUTOVER_CLOCK: formatClockScale(clock),
    },
    join(directory, 'bot.log'),
  );
  bot.start();
  return {
    ...{ slack, bot, targetsFile, vault },
    nowS: () => Math.ceil((now + (Date.now() - now) * k) / 1000),
    async close() {
      await bot.stop();
      await slack.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
