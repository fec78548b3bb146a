/** Sources that need steps of their own: 4.0.x with its scripts and patches, and clusters. */
import type { WorldPlan } from '../manager/cloudify/presets/world-plan.ts';
import { worldFor } from '../manager/cloudify/presets/world-plan.ts';
import { playOn } from './acts.ts';
import { clusterProblems, ran, userProblems } from './judge.ts';
import { done, type Scenario, untilApproved } from './scenario.ts';
import type { Stage } from './stage.ts';

const NODES = ['manager', 'standby-1'];

/** A 4.0.0 has its certificates in no snapshot: agents come back only when the saved files do. */
function swapProblems(stage: Stage): readonly string[] {
  const rebooted = stage.hosts.get('manager')?.ledger.some(({ kind }) => kind === 'reboot') ?? false;
  const asked = ran(stage, 'cli', /^cfy snapshots restore .*--restore-certificates/);
  return [
    ...(rebooted ? [] : ['the host was not rebooted after its certificates were put back']),
    ...(asked > 0 ? ['certificates of a 4.0.0 were restored from a snapshot that has none'] : []),
  ];
}

/** The scripts ran, each in its turn: the Manager first, then what is left of its cluster; on every node. */
function scriptProblems(stage: Stage): readonly string[] {
  return NODES.flatMap((host) => [
    ...(ran(stage, host, /^simulated_cfy_teardown .* -f/) === 1
      ? []
      : [`${host}: the teardown script did not run once`]),
    ...(ran(stage, host, /^python .*delete_cluster_4_0_1\.py/) === 1
      ? []
      : [`${host}: the cluster script did not run once`]),
  ]);
}

const inPlace400: Scenario = {
  name: 'in-place-4.0.0-ha',
  title:
    'a cluster 4.0.0 with users and agents becomes 4.4 on its own hosts: scripts, certificates as files, a reboot',
  preset: worldFor({ version: '4.0.0', to: '4.4.0', patch: '4.1.0-p1', standbys: 1 }),
  async play(stage) {
    const { card, before } = await untilApproved(stage, { flow: 'in-place', to: '4.4' });
    await playOn(stage, card);
    return {
      card,
      problems: [
        ...(await done(stage, card, before, { host: 'manager', version: '4.4.0' })),
        ...(await clusterProblems(stage, NODES)),
        ...(await userProblems(stage, 'manager')),
        ...swapProblems(stage),
        ...scriptProblems(stage),
      ],
    };
  },
};

const HA_43: WorldPlan = { version: '4.3.1', to: '4.6.0', standbys: 1, autoHeal: true };

const inPlace43: Scenario = {
  name: 'in-place-4.3-ha',
  title:
    'a cluster 4.3.1 becomes 4.6 on its own hosts: standbys leave first, so that none takes over and heals',
  preset: worldFor(HA_43),
  async play(stage) {
    const { card, before } = await untilApproved(stage, { flow: 'in-place', to: '4.6' });
    const leaders: string[] = [];
    const manager = stage.hosts.get('manager');
    manager?.onEvent((event) => {
      if (event.kind !== 'attempt-exited') return;
      void stage.world.healers('telecom', 'dns-edge').then((names) => void leaders.push(...names));
    });
    await playOn(stage, card);
    return {
      card,
      problems: [
        ...(await done(stage, card, before, { host: 'manager', version: '4.6.0' })),
        ...(await clusterProblems(stage, NODES)),
        ...(leaders.includes('standby-1') ? ['a standby took over while the Manager was uninstalled'] : []),
      ],
    };
  },
};

const migration401: Scenario = {
  name: 'migration-4.0.1-patched',
  title:
    'a 4.0.1 with update-3 moves to a new 4.5.5: agents of every tenant come along, the old one is not touched',
  preset: worldFor({ version: '4.0.1', to: '4.5.5', patch: '4.1.0-p3', newIp: '10.20.0.12' }),
  async play(stage) {
    const { card, before } = await untilApproved(stage, { flow: 'migration', to: '4.5.5' });
    await playOn(stage, card);
    const old = await stage.world.manager('manager');
    return {
      card,
      problems: [
        ...(await done(stage, card, before, { host: 'new', version: '4.5.5' })),
        ...(await userProblems(stage, 'new')),
        ...(old?.version === '4.0.1' ? [] : ['the old Manager is not there any more']),
      ],
    };
  },
};

export const VERSION_SCENARIOS: readonly Scenario[] = [inPlace400, inPlace43, migration401];
