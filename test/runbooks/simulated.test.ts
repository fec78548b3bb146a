/** The real runbook on simulated hosts: every step goes well, is not in place before, and what it promises is true afterwards. */
import { basename } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { inPlace42, migration41 } from '../../simulator/manager/cloudify/presets/presets.ts';
import { type WorldPlan, worldFor } from '../../simulator/manager/cloudify/presets/world-plan.ts';
import type { Preset } from '../../simulator/manager/cloudify/seed.ts';
import { isBlocked, type Plan } from '../../src/core/plan.ts';
import { openTheatre, type Played, type Theatre } from './playing.ts';
import { worldOf } from './worlds.ts';

let theatre: Theatre | undefined;
afterEach(async () => {
  await theatre?.close();
  theatre = undefined;
});

async function planned(preset: Preset, flow: string, inputs: { readonly [name: string]: string }) {
  theatre = await openTheatre(preset);
  const plan = await theatre.plan(flow, inputs);
  const blockers = plan.evidence.findings.filter(({ severity }) => severity === 'blocker');
  expect(blockers).toEqual([]);
  return { theatre, plan };
}

function wentWell(played: readonly Played[], plan: Plan): void {
  const bad = played.filter(({ why }) => why !== null);
  expect(
    bad.map(({ step, why, output, errors }) => `${step.id}: ${why}\n${output.slice(-800)}${errors}`),
  ).toEqual([]);
  expect(played.length).toBe(plan.body.steps.length);
  expect(played.filter(({ before }) => before).map(({ step }) => step.id)).toEqual([]);
}

async function obeyed(theatre: Theatre): Promise<readonly (string | null)[]> {
  return [...new Set((await theatre.world.agents()).map(({ obeys }) => obeys))];
}

const IN_PLACE: readonly (readonly [title: string, preset: Preset, to: string])[] = [
  ['4.2.0 → 4.3.1, agents on two networks', inPlace42, '4.3.1'],
  ['4.1.1 → 4.4', worldOf({ version: '4.1.1', to: '4.4.0' }), '4.4'],
  ['4.1.1 → 4.3.1, community', worldOf({ version: '4.1.1', to: '4.3.1', edition: 'community' }), '4.3.1'],
  ['4.3.1 → 4.6, with a licence', worldOf({ version: '4.3.1', to: '4.6.0' }), '4.6'],
  [
    '4.2.0 → 4.5.5, a broker account of its own',
    worldOf({ version: '4.2.0', to: '4.5.5', broker: { user: 'rabbit', password: 'Carrot-88' } }),
    '4.5.5',
  ],
  ['4.5.5 → 4.6, snapshot in maintenance mode', worldOf({ version: '4.5.5', to: '4.6.0' }), '4.6'],
];

describe('in place', () => {
  it.each(IN_PLACE)('%s', async (_title, preset, to) => {
    const { theatre, plan } = await planned(preset, 'in_place', { to });
    const before = await theatre.world.manager('manager');
    const played = await theatre.play(plan);
    wentWell(played, plan);
    const after = await theatre.world.manager('manager');
    expect(after?.version.startsWith(to)).toBe(true);
    expect(after?.data.deployments.map(({ id }) => id)).toEqual(before?.data.deployments.map(({ id }) => id));
    expect(after?.deadlockRisks).toEqual([]);
    expect(after?.maintenance.status).toBe('deactivated');
    expect(await obeyed(theatre)).toEqual(['manager']);
  });
});

/** The versions and shapes that need the most steps of their own. */
const HARD: readonly (readonly [title: string, plan: WorldPlan, flow: string, to: string, count: number])[] =
  [
    [
      '4.0.0 → 4.3.1 in place, a patched cluster of three with users and agents',
      { version: '4.0.0', to: '4.3.1', standbys: 2, patch: '4.1.0-p1' },
      ...(['in_place', '4.3.1', 3] as const),
    ],
    [
      '4.0.1 → 4.4 in place, patched',
      { version: '4.0.1', to: '4.4.0', patch: '4.1.0-p3' },
      ...(['in_place', '4.4', 0] as const),
    ],
    [
      '4.1.1 → 4.3.1 in place, a cluster of two',
      { version: '4.1.1', to: '4.3.1', standbys: 1 },
      ...(['in_place', '4.3.1', 2] as const),
    ],
    [
      '4.3.1 → 4.6 in place, a cluster of two with a licence',
      { version: '4.3.1', to: '4.6.0', standbys: 1 },
      ...(['in_place', '4.6', 2] as const),
    ],
    [
      '4.5.5 → 4.6 in place, a cluster of two that was in maintenance mode',
      { version: '4.5.5', to: '4.6.0', standbys: 1 },
      ...(['in_place', '4.6', 2] as const),
    ],
    [
      '4.0.1 → 4.3.1 by migration, the patched cluster is erased at the end',
      { version: '4.0.1', to: '4.3.1', standbys: 1, patch: '4.1.0-p3', newIp: '10.20.0.12' },
      ...(['migration', '4.3.1', 2] as const),
    ],
  ];

describe('the oldest and the largest', () => {
  it.each(HARD)('%s', async (_title, world, flow, to, nodes) => {
    const inputs = { to, uninstall_old: String(flow === 'migration') };
    const { theatre, plan } = await planned(worldFor(world), flow, inputs);
    wentWell(await theatre.play(plan), plan);
    const home = flow === 'migration' ? 'new' : 'manager';
    const after = await theatre.world.manager(home);
    expect(after?.version.startsWith(to)).toBe(true);
    expect(after?.cluster?.length ?? 0).toBe(nodes);
    expect(await obeyed(theatre)).toEqual([home]);
    if (flow === 'migration') {
      expect(await theatre.world.manager('manager')).toBeNull();
      expect(await theatre.world.manager('standby-1')).toBeNull();
    }
  });
});

describe('migration', () => {
  it('4.1.1 → 4.3.1: users get in again, roles are right, agents moved, the old Manager is erased at the end', async () => {
    const { theatre, plan } = await planned(migration41, 'migration', { to: '4.3.1', uninstall_old: 'true' });
    const gone: (string | null)[] = [];
    const played = await theatre.play(plan, async (step) => {
      if (step.id === 'decide_old') gone.push((await theatre.world.manager('manager'))?.version ?? null);
    });
    wentWell(played, plan);
    expect(gone).toEqual(['4.1.1']);
    expect(await theatre.world.manager('manager')).toBeNull();
    const after = await theatre.world.manager('new');
    expect(after?.data.users.map(({ name, role }) => [name, role])).toEqual([
      ['admin', 'sys_admin'],
      ['maya', 'sys_admin'],
      ['omar', 'default'],
      ['lena', 'default'],
    ]);
    expect(after?.data.users.every(({ salt }) => salt === after.hashSalt)).toBe(true);
    expect(await obeyed(theatre)).toEqual(['new']);
    const told = [...theatre.hosts.values()].flatMap(({ ledger }) =>
      ledger.flatMap((entry) =>
        entry.kind === 'command' && /Tulip-under|Harbour-light/.test(entry.argv.join(' '))
          ? [[basename(entry.name), ...entry.argv.slice(0, 2)].join(' ')]
          : [],
      ),
    );
    expect([...new Set(told)]).toEqual(['cfy profiles use']);
    for (const name of ['snapshot.zip', 'rest-security.conf', 'manager-files.tgz', 'new-passwords.txt'])
      expect(await theatre.vaultHas(name), name).toBe(true);
  });

  it('4.5.5 → 4.6: the old Manager leaves maintenance mode for its agents and stays', async () => {
    const preset = worldOf({ version: '4.5.5', to: '4.6.0', newIp: '10.20.0.12' });
    const { theatre, plan } = await planned(preset, 'migration', { to: '4.6' });
    wentWell(await theatre.play(plan), plan);
    expect((await theatre.world.manager('manager'))?.version).toBe('4.5.5');
    expect((await theatre.world.manager('manager'))?.maintenance.status).toBe('deactivated');
    expect(await obeyed(theatre)).toEqual(['new']);
  });
});

describe('when things go wrong', () => {
  it('a failed snapshot holds at its own step, and everything before can be taken back', async () => {
    const { theatre, plan } = await planned(inPlace42, 'in_place', { to: '4.3.1' });
    await theatre.world.faults.failNextSnapshot('manager');
    const played = await theatre.play(plan);
    expect(played.at(-1)).toMatchObject({ step: { id: 'create_snapshot' }, why: /it failed/ });
    expect(await theatre.undo(played)).toEqual([]);
    const manager = await theatre.world.manager('manager');
    expect(manager?.snapshots).toEqual([]);
    expect(manager?.maintenance.status).toBe('deactivated');
  });

  it('a migration can be taken back up to its last gate: the old Manager serves, the new host is bare', async () => {
    const preset = worldOf({ version: '4.3.1', to: '4.5.5', newIp: '10.20.0.12' });
    const { theatre, plan } = await planned(preset, 'migration', { to: '4.5.5' });
    const played: Played[] = [];
    const stop = new Error('enough');
    await theatre
      .play(plan, async (step) => {
        if (step.id === 'install_agents[default_tenant]') throw stop;
        played.push({ step } as Played);
      })
      .catch((error: Error) => expect(error).toBe(stop));
    expect(played.some(({ step }) => step.id === 'old_admin_password')).toBe(true);
    expect(await theatre.undo(played)).toEqual([]);
    expect(await theatre.world.manager('new')).toBeNull();
    expect((await theatre.world.machine('new')).packages).toEqual([]);
    const old = await theatre.world.manager('manager');
    expect([old?.version, old?.maintenance.status, old?.snapshots]).toEqual(['4.3.1', 'deactivated', []]);
    expect(await obeyed(theatre)).toEqual(['manager']);
  });

  it('an agent that is not installed holds the run', async () => {
    const { theatre, plan } = await planned(inPlace42, 'in_place', { to: '4.3.1' });
    await theatre.world.faults.failNextAgents('vpn');
    const played = await theatre.play(plan);
    expect(played.at(-1)?.step.id).toBe('install_agents[telecom]');
    expect(played.at(-1)?.why).toMatch(/it failed/);
  });

  it('a new Manager that does not come up: the old version comes back with the snapshot from the vault', async () => {
    const preset = worldFor({ version: '4.3.1', to: '4.5.5' });
    const { theatre, plan } = await planned(preset, 'in_place', { to: '4.5.5' });
    const before = await theatre.world.manager('manager');
    await theatre.world.faults.failNextInstall('manager');
    const played = await theatre.play(plan);
    expect(played.at(-1)?.step.id).toBe('install_new.run');
    const back = await theatre.plan('rebuild_old', { to: '4.5.5' }, plan);
    expect(back.evidence.findings.filter(({ severity }) => severity === 'blocker')).toEqual([]);
    wentWell(await theatre.play(back), back);
    const after = await theatre.world.manager('manager');
    expect(after?.version).toBe('4.3.1');
    expect(after?.data.deployments.map(({ id }) => id)).toEqual(before?.data.deployments.map(({ id }) => id));
    expect(await obeyed(theatre)).toEqual(['manager']);
  });

  it('there is no way back to a Manager that was erased after a migration', async () => {
    const preset = worldFor({ version: '4.3.1', to: '4.5.5', newIp: '10.20.0.12' });
    const { theatre, plan } = await planned(preset, 'migration', { to: '4.5.5', uninstall_old: 'true' });
    const back = await theatre.plan('rebuild_old', { to: '4.5.5' }, plan);
    expect(back.evidence.findings.map(({ id }) => id)).toContain('rebuild_in_place');
  });

  it('a standby that cannot be reached blocks the plan before anything else is asked', async () => {
    theatre = await openTheatre(worldFor({ version: '4.3.1', to: '4.5.5', standbys: 1 }));
    await theatre.hosts.get('standby-1')?.close();
    const plan = await theatre.plan('in_place', { to: '4.5.5' });
    expect(plan.evidence.findings.find(({ id }) => id === 'host_unreachable')?.say).toMatch(/standby-1/);
  });

  it('a plan that would not work is blocked by what the hosts say', async () => {
    theatre = await openTheatre(worldOf({ version: '4.2.0', to: '4.5.5' }));
    const cli = theatre.hosts.get('cli');
    await cli?.files.remove('/home/centos/cfy-old/.cloudify/profiles/10.20.0.10/bootstrap');
    const plan = await theatre.plan('in_place', { to: '4.6' });
    expect(isBlocked(plan.evidence)).toBe(true);
    expect(plan.evidence.findings.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['new_cli', 'teardown_possible', 'rpm_version']),
    );
  });
});
