/** The engine over a real store in memory, hosts that behave, and a clock that the test turns. */
import { createHash, randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChannelState } from '../../src/core/channel.ts';
import type { Inventory, Target } from '../../src/core/inventory.ts';
import type { Person, Profile, UpgradeId } from '../../src/core/model.ts';
import type { PlanHost } from '../../src/core/plan.ts';
import { createAdvance, wakeAll } from '../../src/engine/advance.ts';
import type { Deps } from '../../src/engine/context.ts';
import { createUpgrades, type Upgrades } from '../../src/engine/upgrades.ts';
import { createCalendar } from '../../src/ports/calendar.ts';
import type { Hosts, Log, NewMessage, Store } from '../../src/ports/ports.ts';
import { openStore } from '../../src/ports/sqlite-store.ts';
import { createVault } from '../../src/ports/vault.ts';
import { T0 } from './builders.ts';

export const silent: Log = { info: () => {}, warn: () => {}, error: () => {} };

export function planHost(name: string): PlanHost {
  return {
    name,
    address: `10.0.0.${name.length}`,
    private_ip: `10.0.0.${name.length}`,
    ssh: { host: '127.0.0.1', port: 22, user: 'cutover' },
    host_keys: [`ssh-ed25519 AAAA${name}`],
    env: {},
    state_dir: '/home/cutover/.local/state/cutover',
  };
}

export const TEAM = 'T0CUTOVER';
export const person = (user: string): Person => ({ team: TEAM, user });

export function target(more: Partial<Target> = {}): Target {
  return {
    name: 'staging',
    title: 'Staging',
    runbook: 'test',
    rehearsal: false,
    hosts: { box: [planHost('box')] },
    facts: {},
    channel: 'C0UPGRADES',
    requesters: ['U0ROSA'],
    approvers: [{ id: 'ops', title: 'Ops leads', need: 2, from: ['U0AMIR', 'U0BEA', 'U0ROSA'] }],
    onCall: ['U0OLU'],
    secrets: { PASSWORD: { env: 'PASSWORD' } },
    windows: [],
    freezes: [],
    start: 'go',
    approveWithinS: 86_400,
    ...more,
  };
}

export interface World {
  now: number;
  readonly messages: NewMessage[];
  readonly refusedAs: Map<string, Profile['refusedAs']>;
  readonly broken: { why: string | null };
  target: Target;
  /** Targets beside it. */
  readonly others: Target[];
  /** What Slack says of every channel. */
  channel: ChannelState;
  runbook: string;
  /** Runbooks of other names than the target's. */
  readonly runbooks: Map<string, string>;
}

export interface Engine {
  readonly upgrades: Upgrades;
  readonly deps: Deps;
  /** Takes wake-ups in order, moving the clock, until nothing is due within `horizonS` or `stop` says so. */
  run(options?: { readonly horizonS?: number; readonly stop?: () => Promise<boolean> }): Promise<void>;
}

export function newWorld(runbook: string, more: Partial<World> = {}): World {
  return {
    now: T0,
    messages: [],
    refusedAs: new Map(),
    broken: { why: null },
    target: target(),
    others: [],
    channel: 'member',
    runbook,
    runbooks: new Map(),
    ...more,
  };
}

export function newStore(world: World): Promise<Store> {
  return openStore({ path: ':memory:', now: () => world.now, log: silent });
}

/** Everything that is committed to the outbox is also noted in `world.messages`. */
function noting(store: Store, world: World): Store {
  return {
    ...store,
    async commit(change) {
      const saved = await store.commit(change);
      world.messages.push(...change.messages);
      return saved;
    },
  };
}

export function createEngine(
  world: World,
  store: Store,
  hosts: Hosts,
  options: { readonly owner?: string; readonly vault?: string } = {},
): Engine {
  const wakes = new Map<UpgradeId, number>();
  const inventory = (): Inventory => ({
    teams: [TEAM],
    targets: Object.fromEntries([world.target, ...world.others].map((one) => [one.name, one])),
  });
  const clock = { now: () => world.now, at: () => () => {}, sleep: async () => {} };
  const deps: Deps = {
    store: noting(store, world),
    hosts,
    vault: createVault(options.vault ?? join(tmpdir(), `cutover-vault-${randomUUID()}`)),
    secrets: { value: () => 'pa55word-of-test', all: () => ['pa55word-of-test'] },
    directory: {
      profile: async (one) => ({
        ...one,
        name: one.user,
        zone: 'Europe/Berlin',
        refusedAs: world.refusedAs.get(one.user) ?? null,
      }),
      members: async (from) => from,
      channel: async () => world.channel,
    },
    policies: {
      inventory,
      runbook: async (id) => ({
        id,
        file: `runbooks/${id}.yaml`,
        text: world.runbooks.get(id) ?? world.runbook,
      }),
      broken: () => world.broken.why,
    },
    calendar: createCalendar(),
    clock,
    log: silent,
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
    owner: options.owner ?? 'first',
    cardStyle: 'classic',
    streaks: new Map(),
    silences: new Map(),
    wake: (id, at) => {
      if ((wakes.get(id) ?? Number.POSITIVE_INFINITY) > at) wakes.set(id, at);
    },
    kick: () => {},
  };
  const advance = createAdvance(deps);
  return {
    upgrades: createUpgrades(deps),
    deps,
    async run({ horizonS = 24 * 3600, stop = async () => false } = {}) {
      await wakeAll(deps);
      const until = world.now + horizonS * 1000;
      // Bounded: a run of some ten steps makes some hundred moves.
      for (let moves = 0; moves < 5000; moves++) {
        const [next] = [...wakes].sort(([, a], [, b]) => a - b);
        if (next === undefined || next[1] > until) return;
        wakes.delete(next[0]);
        world.now = Math.max(world.now + 1, next[1]);
        await advance(next[0]);
        if (await stop()) return;
      }
      throw new Error('the run makes no end of moves');
    },
  };
}
