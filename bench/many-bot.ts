/**
 * The bot of `bench:many`, as a process of its own: the real engine, store and SSH, driving one upgrade on each of N hosts.
 * argv: HOSTS STEPS; the sshd comes as JSON on stdin. Prints one line of JSON: seconds, RSS, CPU.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { REAL_TIME } from '../src/core/clock.ts';
import type { Target } from '../src/core/inventory.ts';
import type { UpgradeId } from '../src/core/model.ts';
import { createAdvance } from '../src/engine/advance.ts';
import type { Deps } from '../src/engine/context.ts';
import { createUpgrades } from '../src/engine/upgrades.ts';
import { createCalendar } from '../src/ports/calendar.ts';
import { createClock } from '../src/ports/clock.ts';
import { openStore } from '../src/ports/sqlite-store.ts';
import { createHosts } from '../src/ports/ssh.ts';
import { createVault } from '../src/ports/vault.ts';
import { createWakeups } from '../src/ports/wakeups.ts';
import { person, silent, TEAM, target } from '../test/support/engine.ts';
import type { TestSshd } from '../test/support/sshd.ts';
import { planHost } from './ssh-options.ts';

const [hostCount = 0, stepCount = 0] = process.argv.slice(2).map(Number);
const sshd: TestSshd = JSON.parse(await text(process.stdin));
const directory = mkdtempSync(join(tmpdir(), 'cutover-many-'));
/** How often we look whether all runs are over. */
const LOOK_EVERY_MS = 100;

const steps = Array.from(
  { length: stepCount },
  (_, index) => `
  - id: step_${index}
    title: Step ${index}
    on: box
    run: "echo step-${index}"
    changes: false
    expected: 1s`,
).join('');
const runbook = `runbook: bench
title: Steps that only say their number
language: 1
flows:
  only: { title: The only one }
hosts:
  box: { title: The box }
steps:${steps}
`;

const targets: { readonly [name: string]: Target } = Object.fromEntries(
  Array.from({ length: hostCount }, (_, index) => {
    const name = `box-${index}`;
    const approvers = [{ id: 'ops', title: 'Ops leads', need: 1, from: ['U0AMIR'] }];
    return [
      name,
      target({
        name,
        title: name,
        runbook: 'bench',
        approvers,
        start: 'auto',
        hosts: { box: [planHost(sshd, name)] },
      }),
    ];
  }),
);

const clock = createClock(REAL_TIME);
const store = await openStore({ path: join(directory, 'cutover.db'), now: clock.now, log: silent });
const hosts = createHosts({ keyFor: () => sshd.clientKey, log: silent });
const wakeups = createWakeups(clock, silent);
const deps: Deps = {
  store,
  hosts,
  clock,
  vault: createVault(join(directory, 'vault')),
  secrets: { value: () => '', all: () => [] },
  directory: {
    profile: async (one) => ({ ...one, name: one.user, zone: 'UTC', refusedAs: null }),
    members: async (from) => from,
    channel: async () => 'member',
  },
  policies: {
    inventory: () => ({ teams: [TEAM], targets }),
    runbook: async (id) => ({ id, file: `runbooks/${id}.yaml`, text: runbook }),
    broken: () => null,
  },
  calendar: createCalendar(),
  log: silent,
  sha256: (data) => createHash('sha256').update(data).digest('hex'),
  owner: 'bench',
  cardStyle: 'classic',
  streaks: new Map(),
  silences: new Map(),
  wake: (upgrade, at) => wakeups.wake(upgrade, at),
  kick: () => undefined,
};
const upgrades = createUpgrades(deps);
wakeups.serve(createAdvance(deps));

async function phases(ids: readonly UpgradeId[]) {
  const all = await Promise.all(ids.map((id) => store.upgrade(id)));
  return all.map((one) => one?.phase);
}

async function until(ids: readonly UpgradeId[], kinds: readonly string[]): Promise<void> {
  for (;;) {
    const now = await phases(ids);
    if (now.every((phase) => phase !== undefined && kinds.includes(phase.kind))) return;
    const stuck = now.find(
      (phase) => phase === undefined || ['held', 'blocked', 'expired'].includes(phase.kind),
    );
    if (stuck !== undefined) throw new Error(`a run is stuck: ${JSON.stringify(stuck)}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

async function asked(name: string): Promise<UpgradeId> {
  const input = {
    ...{ target: name, flow: 'only', inputs: {}, lengthMin: 120, onClose: 'finish' as const },
    ...{ opensAt: clock.now() + 1000, reason: 'measured', channel: 'C0UPGRADES' },
  };
  const answer = await upgrades.request(person('U0ROSA'), input, `ask ${name}`);
  if (!answer.ok) throw new Error(`asking for ${name}: ${JSON.stringify(answer.errors)}`);
  return answer.value.id;
}

async function approved(id: UpgradeId): Promise<void> {
  const view = await upgrades.view(id);
  const digest = view.ok ? (view.value.plan?.digest ?? '') : '';
  const said = await upgrades.approve(person('U0AMIR'), id, { digest, acknowledged: [] }, `yes ${id}`);
  if (!said.ok) throw new Error(`approving ${id}: ${said.refusal.say}`);
}

const ids: UpgradeId[] = [];
for (const name of Object.keys(targets)) ids.push(await asked(name));
await until(ids, ['awaiting-approval', 'scheduled', 'running', 'finished']);
const atRest = process.memoryUsage().rss;
const cpuBefore = process.cpuUsage();
const began = performance.now();
for (const id of ids) await approved(id);
await until(ids, ['finished']);
const seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(cpuBefore);
for (const phase of await phases(ids))
  if (phase?.kind !== 'finished' || phase.outcome !== 'succeeded')
    throw new Error(`a run ended otherwise: ${JSON.stringify(phase)}`);
await wakeups.stop();
await hosts.close();
await store.close();
rmSync(directory, { recursive: true, force: true });
process.stdout.write(
  `${JSON.stringify({
    seconds,
    restMiB: atRest / 2 ** 20,
    // Kilobytes on Linux.
    peakMiB: process.resourceUsage().maxRSS / 1024,
    cpuSeconds: (user + system) / 1e6,
  })}\n`,
);
