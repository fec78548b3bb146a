/** Every upgrade that the runbook promises: source, target, flow, users, cluster, agents. */
import type { CliVersion } from '../../simulator/manager/cloudify/cfy/releases.ts';
import type { WorldPlan } from '../../simulator/manager/cloudify/presets/world-plan.ts';
import { atLeast, reportedVersion } from '../../simulator/manager/cloudify/version.ts';

export interface Combination {
  /** `in_place 4.0.0>4.4 several ha agents` */
  readonly name: string;
  readonly flow: 'in_place' | 'migration';
  readonly inputs: { readonly [name: string]: string };
  readonly world: WorldPlan;
  /** Host of the new Manager, and all hosts of its cluster; one host, no cluster. */
  readonly hosts: readonly string[];
  /** At the end the old Manager is gone from its host. */
  readonly erasesOld: boolean;
}

/** One of each class of sources; a 4.0.x only with its patch, without it nothing is begun. */
const SOURCES: readonly (readonly [version: CliVersion, patch: string | null])[] = [
  ['4.0.0', '4.1.0-p1'],
  ['4.0.1', '4.1.0-p3'],
  ['4.1.1', null],
  ['4.2.0', null],
  ['4.3.1', null],
];

const TARGETS: readonly CliVersion[] = ['4.3.4', '4.4.0', '4.5.5', '4.6.0'];

const NEW_IP = '10.20.0.12';

interface Chosen {
  readonly flow: Combination['flow'];
  readonly source: (typeof SOURCES)[number];
  readonly to: CliVersion;
  readonly users: 'one' | 'several';
  readonly cluster: boolean;
  readonly agents: boolean;
}

/** 4.6 takes clusters from 4.3 on only. */
function isAllowed({ source: [version], to, cluster }: Chosen): boolean {
  return !cluster || atLeast(version, '4.3') || !atLeast(to, '4.6');
}

function combination(chosen: Chosen, erasesOld: boolean): Combination {
  const { flow, source, to, users, cluster, agents } = chosen;
  const [version, patch] = source;
  const migration = flow === 'migration';
  const target = reportedVersion(to);
  const words = [`${version}>${target}`, users, cluster ? 'ha' : 'single', agents ? 'agents' : 'bare'];
  return {
    name: [flow, ...words, ...(migration && erasesOld ? ['erase'] : [])].join(' '),
    flow,
    inputs: { to: target, ...(migration ? { uninstall_old: String(erasesOld) } : {}) },
    world: {
      ...{ version, to, users, agents, standbys: cluster ? 1 : 0 },
      ...(patch === null ? {} : { patch }),
      ...(migration ? { newIp: NEW_IP } : {}),
    },
    hosts: migration
      ? ['new', ...(cluster ? ['new-standby-1'] : [])]
      : ['manager', ...(cluster ? ['standby-1'] : [])],
    erasesOld: migration && erasesOld,
  };
}

/** In the same order each time. Every other migration erases its old Manager, clusters and single ones both. */
export function allCombinations(): readonly Combination[] {
  const found: Combination[] = [];
  for (const flow of ['in_place', 'migration'] as const)
    for (const source of SOURCES)
      for (const to of TARGETS)
        for (const users of ['one', 'several'] as const)
          for (const cluster of [false, true])
            for (const agents of [false, true]) {
              const chosen = { flow, source, to, users, cluster, agents };
              if (isAllowed(chosen)) found.push(combination(chosen, (users === 'several') !== agents));
            }
  return found;
}

/** Where each kind of step is met once: for a look that is not to take long. */
const SHORT = [
  'in_place 4.0.0>4.4 several ha agents',
  'in_place 4.2.0>4.5.5 one single agents',
  'in_place 4.3.1>4.6 several ha agents',
  'migration 4.0.1>4.5.5 several single bare erase',
  'migration 4.1.1>4.3.4 one ha agents erase',
  'migration 4.3.1>4.6 several single agents',
];

export function shortCombinations(): readonly Combination[] {
  const all = allCombinations();
  return SHORT.map((name) => {
    const found = all.find((one) => one.name === name);
    if (found === undefined) throw new Error(`looking for the combination ${name}: the space has none`);
    return found;
  });
}
