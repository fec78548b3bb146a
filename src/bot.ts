/** Composition root: reads settings, opens the store, makes the ports, wires the engine, starts and stops in order. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { pino } from 'pino';
import { registerHandlers } from '../handlers/register.ts';
import { type Config, readConfig, secretsEnvironment } from './config.ts';
import type { AuditKind } from './core/audit.ts';
import type { Json } from './core/plan.ts';
import { createAdvance, wakeAll } from './engine/advance.ts';
import type { Deps } from './engine/context.ts';
import { sweepOld } from './engine/sweeping.ts';
import { createUpgrades } from './engine/upgrades.ts';
import { createCalendar } from './ports/calendar.ts';
import { createClock } from './ports/clock.ts';
import { type OpenPolicies, openPolicies } from './ports/inventory.ts';
import type { Log, Store } from './ports/ports.ts';
import { isGone, ownerName } from './ports/process-owner.ts';
import { createSecrets } from './ports/secrets.ts';
import { createSlackApp } from './ports/slack-app.ts';
import { createDirectory } from './ports/slack-directory.ts';
import { createOutbox } from './ports/slack-outbox.ts';
import { openStore } from './ports/sqlite-store.ts';
import { createHosts } from './ports/ssh.ts';
import { createVault } from './ports/vault.ts';
import { createWakeups } from './ports/wakeups.ts';
import { VERSION } from './version.ts';

/** A service manager gives about ten seconds before it kills; steps go on on their hosts, so five are enough to put down the pen. */
const DRAIN_MS = 5000;

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

function createLog(config: Config) {
  return pino({
    level: config.logLevel,
    base: { name: 'cutover' },
    timestamp: pino.stdTimeFunctions.isoTime,
  });
}

const DAY_MS = 24 * 3_600_000;

/** At the start and once a day. @returns cancel */
function sweepDaily(deps: Deps): () => void {
  let cancel = () => {};
  const sweep = () => {
    void sweepOld(deps);
    cancel = deps.clock.at(deps.clock.now() + DAY_MS, sweep);
  };
  sweep();
  return () => cancel();
}

/** What the bot itself does stands in the audit trail too. */
function recorder(store: Store, now: () => number) {
  return (kind: AuditKind, data: { readonly [name: string]: Json }) =>
    store.record({ at: now(), upgrade: null, actor: 'cutover', kind, data });
}

async function loaded(policies: OpenPolicies, config: Config): Promise<{ readonly [name: string]: Json }> {
  const text = await readFile(config.targets, 'utf8');
  return { targets: Object.keys(policies.inventory().targets), digest: sha256(text) };
}

function within<T>(work: Promise<T>, ms: number): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** SIGTERM and SIGINT stop once; SIGHUP reads targets.yaml again. */
function onSignals(log: Log, stop: (why: string) => Promise<void>, reload: () => Promise<void>): void {
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      stop(signal).then(
        () => process.exit(0),
        (error: unknown) => {
          log.error({ err: error }, 'stopping did not end well; every commit that was made stands');
          process.exit(1);
        },
      );
    });
  process.on('SIGHUP', () => void reload().catch((error: unknown) => log.error({ err: error }, 'reloading')));
}

function wire(config: Config, policies: OpenPolicies, store: Store, log: Log) {
  const clock = createClock(config.clock);
  const hosts = createHosts({
    keyFor: (host) => readFile(policies.sshKeyFile(host), 'utf8'),
    log,
    scale: config.clock,
  });
  const wakeups = createWakeups(clock, log);
  const state = { ready: false };
  const slack = createSlackApp({
    slack: config.slack,
    listen: config.listen,
    log,
    health: () => ({ ...state }),
  });
  const outbox = createOutbox({ store, slack: config.slack, clock, log });
  const teams = () => policies.inventory().teams;
  const deps: Deps = {
    store,
    hosts,
    vault: createVault(config.vault),
    secrets: createSecrets({ inventory: () => policies.inventory(), env: secretsEnvironment() }),
    directory: createDirectory({ client: slack.app.client, teams, clock, log }),
    policies,
    calendar: createCalendar(),
    clock,
    log,
    sha256,
    owner: ownerName(),
    cardStyle: config.slack.card,
    streaks: new Map(),
    silences: new Map(),
    wake: (upgrade, at) => wakeups.wake(upgrade, at),
    kick: () => outbox.kick(),
  };
  registerHandlers(slack.app, { upgrades: createUpgrades(deps), log });
  wakeups.serve(createAdvance(deps));
  return { deps, hosts, wakeups, slack, outbox, state };
}

async function run(config: Config): Promise<void> {
  const log = createLog(config);
  const { now } = createClock(config.clock);
  // All that may be refused is read before a database is made or migrated: a start that can't work leaves nothing behind.
  const policies = openPolicies({ targetsFile: config.targets, runbooksDir: config.runbooks, log });
  const store = await openStore({ path: config.database, now, log, ownerIsGone: isGone });
  const record = recorder(store, now);
  const { deps, hosts, wakeups, slack, outbox, state } = wire(config, policies, store, log);
  // Somebody else's promise; nothing of ours is lost by it, and a run must not end because of it.
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'a promise was rejected unheard'));

  await record('bot-started', { version: VERSION, node: process.versions.node });
  await record('inventory-loaded', await loaded(policies, config));
  // Runs go on without Slack: they are picked up first, and what they say waits in the outbox.
  const live = await wakeAll(deps);
  outbox.start();
  const stopSweeping = sweepDaily(deps);
  log.info({ live, targets: Object.keys(policies.inventory().targets) }, 'runs picked up');
  onSignals(
    log,
    async (why) => {
      state.ready = false;
      stopSweeping();
      log.info({ why }, 'stopping; steps go on on their hosts');
      await within(Promise.all([slack.stop(), wakeups.stop(), outbox.stop()]), DRAIN_MS);
      await record('bot-stopped', { why });
      await within(hosts.close(), 500);
      await store.close();
    },
    async () => {
      policies.reload();
      if (policies.broken() !== null) return;
      await record('inventory-loaded', await loaded(policies, config));
      // What waited for mended settings goes on at once.
      await wakeAll(deps);
    },
  );
  await slack.start();
  state.ready = true;
  log.info({ mode: config.slack.transport.mode }, 'started');
}

/** One line with the reason and the mend is worth more than a stack at a start that cannot work. */
try {
  await run(readConfig());
} catch (error) {
  process.stderr.write(`cutover: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
