/** The program as an operator starts it: a process, an environment, signals. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { createSlack, type Slack } from '../simulator/slack/slack.ts';
import type { Store } from '../src/ports/ports.ts';
import { openStore } from '../src/ports/sqlite-store.ts';
import { upgrade } from './support/builders.ts';
import { silent } from './support/engine.ts';
import { change, somePlan } from './support/store-contract.ts';
import { tempDirectory } from './support/temp.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MANIFEST = parse(readFileSync(join(ROOT, 'manifest.yml'), 'utf8'));
/** Starting TypeScript on a busy machine takes seconds; longer means that it hangs. */
const PATIENCE_MS = 50_000;

type Environment = { readonly [name: string]: string };

interface Started {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** @returns exit code */
  readonly ended: () => Promise<number | null>;
  /** Resolves once this has been written, `times` times. */
  readonly writes: (words: string, times?: number) => Promise<void>;
}

function start(env: Environment): Started {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], {
    cwd: ROOT,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '/', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => {
      output += bytes.toString();
    });
  const closed = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await closed;
  });
  return {
    child,
    output: () => output,
    async ended() {
      await closed;
      return child.exitCode;
    },
    async writes(words, times = 1) {
      const until = Date.now() + PATIENCE_MS;
      while (output.split(words).length <= times) {
        if (Date.now() > until || child.exitCode !== null)
          throw new Error(`it has not written “${words}” ${times} times:\n${output}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
}

const TARGETS = (team: string) => `teams: [${team}]
targets:
  lab:
    title: Lab
    runbook: debian-package
    channel: C0OPS
    requesters: [U0ROSA]
    start: auto
    approvers:
      - { id: ops, title: Ops, need: 1, from: [U0OMAR] }
    hosts:
      box:
        name: lab-1
        address: 127.0.0.1
        ssh: { user: ops, port: 9 }
        key: { file: /nowhere/key }
        host_keys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFl8v1gOsMP9rAxjYEGaS6zTqmtyTFE0nqlETK1ue2Yt']
`;

/** A directory with settings, and the environment that names them. */
function settings(targets: string): { readonly env: Environment; readonly at: (name: string) => string } {
  const directory = tempDirectory();
  const at = (name: string) => join(directory, name);
  writeFileSync(at('targets.yaml'), targets);
  return {
    at,
    env: {
      SLACK_BOT_TOKEN: 'xoxb-1',
      SLACK_APP_TOKEN: 'xapp-1',
      SLACK_API_URL: 'http://127.0.0.1:9/api/',
      PORT: '0',
      CUTOVER_DATABASE: at('var/cutover.db'),
      CUTOVER_VAULT: at('var/vault'),
      CUTOVER_TARGETS: at('targets.yaml'),
      CUTOVER_RUNBOOKS: join(ROOT, 'runbooks'),
    },
  };
}

async function workspace(): Promise<Slack> {
  const slack = await createSlack({
    manifest: MANIFEST,
    mode: 'socket',
    seed: 'main',
    users: [{ id: 'U0ROSA', name: 'Rosa', zone: 'Europe/Stockholm' }],
    channels: [{ id: 'C0OPS', name: 'ops', members: ['U0ROSA'] }],
    rateLimits: false,
  });
  onTestFinished(() => slack.close());
  return slack;
}

/** The bot at work in a workspace of its own. @param before puts something into its database */
async function atWork(before?: (store: Store) => Promise<void>) {
  const slack = await workspace();
  const { env, at } = settings(TARGETS(slack.team.id));
  const opened = () => openStore({ path: at('var/cutover.db'), now: Date.now, log: silent });
  if (before !== undefined) {
    const store = await opened();
    await before(store);
    await store.close();
  }
  const bot = start({
    ...env,
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    SLACK_API_URL: slack.apiUrl,
  });
  await bot.writes('"started"');
  const trail = async () => {
    const store = await opened();
    const events = await store.auditAfter(0, 100);
    await store.close();
    return events.map(({ kind, data }) => (kind === 'bot-stopped' ? `${kind} ${String(data.why)}` : kind));
  };
  return { slack, bot, at, trail };
}

test('a token that is missing ends the start with exit code 1, names it and leaves nothing behind', async () => {
  const { env, at } = settings(TARGETS('T0LAB'));
  const { SLACK_BOT_TOKEN: _, ...without } = env;

  const bot = start(without);

  expect(await bot.ended()).toBe(1);
  expect(bot.output()).toContain('cutover: reading settings from the environment:');
  expect(bot.output()).toContain('SLACK_BOT_TOKEN: missing; copy the “Bot User OAuth Token”');
  expect(bot.output()).not.toContain('    at ');
  expect(existsSync(at('var'))).toBe(false);
});

test.each([
  ['broken', 'teams: [T0LAB]\ntargets: [no\n', /^cutover: .*targets\.yaml:\d+/m],
  ['not there', null, /^cutover: reading .*targets\.yaml: ENOENT.*Copy targets\.example\.yaml/m],
])('a targets.yaml that is %s ends the first start before a database is made', async (_how, text, said) => {
  const { env, at } = settings(text ?? '');
  const bot = start(text === null ? { ...env, CUTOVER_TARGETS: at('other/targets.yaml') } : env);

  expect(await bot.ended()).toBe(1);
  expect(bot.output()).toMatch(said);
  expect(existsSync(at('var'))).toBe(false);
});

test('SIGHUP reads targets.yaml again; a broken one is told and the last good one stays in use', async () => {
  const { slack, bot, at, trail } = await atWork();
  const good = TARGETS(slack.team.id);

  writeFileSync(at('targets.yaml'), good.replaceAll('lab:', 'plant:'));
  bot.child.kill('SIGHUP');
  await bot.writes('"targets":["plant"]');

  writeFileSync(at('targets.yaml'), good.replace('title: Lab', 'tittle: Lab'));
  bot.child.kill('SIGHUP');
  await bot.writes('targets not usable, keeping the last good ones');
  const rosa = slack.as('U0ROSA');
  await rosa.command('/upgrade', 'targets', 'C0OPS');
  const told = await slack.until(
    () =>
      rosa
        .ephemerals('C0OPS')
        .map(({ text }) => text)
        .find((text) => text.includes('plant')),
    { what: 'the list of targets' },
  );
  expect(told).not.toContain('lab ');

  writeFileSync(at('targets.yaml'), good);
  bot.child.kill('SIGHUP');
  await bot.writes('targets read', 2);
  bot.child.kill('SIGTERM');
  expect(await bot.ended()).toBe(0);
  expect(await trail()).toEqual([
    'bot-started',
    'inventory-loaded',
    'inventory-loaded',
    'inventory-loaded',
    'bot-stopped SIGTERM',
  ]);
});

/** Approved for a target that starts by itself, with its window open. */
async function approved(store: Store): Promise<void> {
  const hour = 3_600_000;
  const now = Date.now();
  const phase = {
    kind: 'scheduled' as const,
    startBy: now + hour,
    decisions: [],
    go: null,
    opened: false,
  };
  const window = { opensAt: now - 1000, closesAt: now + 2 * hour, zone: 'UTC' };
  const more = { target: 'lab', runbook: 'debian-package', channel: 'C0OPS', planRevision: 1, window, phase };
  await store.commit(change(upgrade({ ...more, id: await store.nextUpgradeId() }), { plan: somePlan }));
}

test('SIGHUP tries a start by itself again at once: what was in its way may be mended', async () => {
  const { bot, trail } = await atWork(approved);
  const tried = async () => (await trail()).filter((kind) => kind === 'blocked').length;
  // Its host is not there, so each try ends so; the next one by itself would be an hour later.
  await expect.poll(tried, { timeout: PATIENCE_MS }).toBe(1);

  bot.child.kill('SIGHUP');

  await expect.poll(tried, { timeout: PATIENCE_MS }).toBe(2);
});

test('SIGTERM ends it with exit code 0, with its connections closed and its end in the trail', async () => {
  const { slack, bot, trail } = await atWork();
  expect(slack.connections()).toBe(1);

  bot.child.kill('SIGTERM');

  expect(await bot.ended()).toBe(0);
  expect(slack.connections()).toBe(0);
  expect((await trail()).at(-1)).toBe('bot-stopped SIGTERM');
});
