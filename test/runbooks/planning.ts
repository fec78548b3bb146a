/** Plans of the Cloudify runbook out of a described situation, made by the functions that `cutover plan` uses. */
import { dryFacts, dryHosts, type FactsFile } from '../../src/cli/facts-file.ts';
import { planText } from '../../src/cli/plan-text.ts';
import { type PlanView, planView } from '../../src/cli/plan-view.ts';
import { problemsText, readRunbook, sha256 } from '../../src/cli/runbook-file.ts';
import type { Plan, PlanHost } from '../../src/core/plan.ts';
import { planUpgrade } from '../../src/runbook/plan.ts';
import type { Runbook } from '../../src/runbook/runbook.ts';

export interface Situation {
  readonly flow: 'in_place' | 'migration' | 'rebuild_old';
  readonly version: string;
  readonly to: string;
  readonly users?: number;
  readonly agents?: number;
  readonly edition?: 'premium' | 'community';
  readonly autoHeal?: boolean;
  readonly uninstallOld?: boolean;
  /** The new host of a migration takes over the private address of the old one. */
  readonly sameIp?: boolean;
  readonly broker?: 'default' | 'own';
  readonly usersBy?: 'reset_passwords' | 'support';
  /** Standbys beside the leader; 0 is no cluster. */
  readonly standbys?: number;
  /** Hosts of a migration that become further nodes. */
  readonly newStandbys?: number;
  /** A 4.0.0 without patch-1; its only tenant loses nothing. */
  readonly unpatched?: boolean;
  /** Facts, inputs and hosts that differ from what the situation implies. */
  readonly fact?: FactsFile['fact'];
  readonly input?: FactsFile['input'];
  readonly host?: FactsFile['host'];
  readonly withoutRoles?: readonly string[];
}

export interface Made {
  readonly plan: Plan;
  readonly view: PlanView;
  readonly text: string;
}

export const SOURCES = [
  '4.0.0',
  '4.0.1',
  '4.1.0',
  '4.1.1',
  '4.1.1.1',
  '4.2.0',
  '4.3',
  '4.3.1',
  '4.4',
  '4.5',
  '4.5.5',
] as const;
const TARGETS = ['4.3.4', '4.4', '4.5.5', '4.6'] as const;

const RPM_SHA256 = '5f0c'.repeat(16);

/** Numbers between dots; `4.3` is `4.3.0`. */
export function compare(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number));
  for (let index = 0; index < 4; index++) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export const older = (version: string, other: string): boolean => compare(version, other) < 0;

const NAMES = ['admin', 'ann', 'bob', 'cleo', 'dan'];

function patchOf({ version, unpatched = false }: Situation): string {
  if (!older(version, '4.1') || unpatched) return '';
  return older(version, '4.0.1') ? '4.1.0-p1' : '4.1.0-p3';
}

export const LEADER = { name: 'node-1', address: '10.0.0.4', state: 'leader', ok: true };

function nodesOf({ standbys = 0 }: Situation) {
  if (standbys === 0) return [];
  const replicas = Array.from({ length: standbys }, (_, index) => ({
    ...{ name: `node-${index + 2}`, address: `10.0.0.${index + 21}`, state: 'replica', ok: true },
  }));
  return [LEADER, ...replicas];
}

function needsScripts({ flow, version, standbys = 0, uninstallOld = false }: Situation): boolean {
  const erased = flow === 'in_place' || uninstallOld;
  return erased && (older(version, '4.1') || (older(version, '4.4') && standbys > 0));
}

/** What the hosts would have answered. */
function factsOf(situation: Situation): FactsFile['fact'] {
  const { flow, version, to, users = 1, agents = 0, edition = 'premium', autoHeal = false } = situation;
  const several = agents > 0 && edition === 'premium' && situation.unpatched !== true;
  const tenants = several ? ['default_tenant', 'prod'] : ['default_tenant'];
  return {
    version,
    edition,
    packages_agree: true,
    patch: patchOf(situation),
    cluster_nodes: nodesOf(situation),
    unread_instances: 0,
    users,
    user_names: NAMES.slice(0, users),
    ...(older(version, '4.2') ? { admin_names: ['admin'] } : {}),
    tenants,
    deployments: agents,
    agents,
    agent_deployments: agents > 0 ? [`${tenants.at(-1)}/shop`] : [],
    partial_deployments: [],
    auto_heal: autoHeal,
    active_executions: 0,
    maintenance: 'deactivated',
    networks: ['default', 'mgmt'],
    network_addresses: older(version, '4.2') ? {} : { default: '10.0.0.4', mgmt: '192.168.7.4' },
    cli_version: version,
    new_cli_version: to,
    // Bootstrapping one left the old CLI its profile, and what teardown needs lies in it.
    login: older(version, '4.3') ? 'ready' : 'absent',
    ...(older(version, '4.3') ? { teardown_data: true } : {}),
    snapshot_estimate_mb: 900,
    disk_free_mb: 18_000,
    cli_disk_free_mb: 9000,
    new_cli_disk_free_mb: 9000,
    new_disk_free_mb: 30_000,
    new_memory_mb: 7821,
    new_system: '7',
    new_root: 0,
    missing_packages: [],
    rpm_sha256: RPM_SHA256,
    rpm_matches: true,
    ...(needsScripts(situation) ? { scripts_reachable: true } : {}),
    ...(flow === 'migration'
      ? { new_is_empty: true }
      : { broker: situation.broker ?? 'default', old_rpm_sha256: '0d1d'.repeat(16) }),
    ...(situation.broker === 'own' && flow !== 'migration' ? { broker_secrets_match: true } : {}),
    ...(edition === 'premium' && !older(to, '4.6') ? { licence_present: true } : {}),
    ...(older(version, '4.2') && users > 1 ? { hash_salt: true } : {}),
    ...situation.fact,
  };
}

function some(role: string, count: number, host: (index: number) => { readonly address: string }) {
  return count === 0 ? {} : { [role]: Array.from({ length: count }, (_, index) => host(index)) };
}

function fileOf(situation: Situation): FactsFile {
  const { flow, to, uninstallOld = false, sameIp = false, usersBy = 'reset_passwords' } = situation;
  const { standbys = 0, newStandbys = 0 } = situation;
  return {
    fact: factsOf(situation),
    host: {
      cli: { address: '10.0.0.2' },
      new_cli: { address: '10.0.0.3' },
      manager: { address: '10.0.0.4' },
      ...(flow === 'migration'
        ? { new: { address: '10.0.0.9', private_ip: sameIp ? '10.0.0.4' : '10.0.0.9' } }
        : {}),
      ...some('standby', standbys, (index) => ({ address: `10.0.0.${index + 21}` })),
      ...some('new_standby', newStandbys, (index) => ({ address: `10.0.0.${index + 31}` })),
      ...situation.host,
    },
    input: { to, rpm_sha256: RPM_SHA256, uninstall_old: uninstallOld, users: usersBy, ...situation.input },
    target: {},
  };
}

let loaded: Promise<Runbook> | undefined;

export function theRunbook(): Promise<Runbook> {
  loaded ??= readRunbook('cloudify-manager').then((read) => {
    if (!read.loaded.ok) throw new Error(problemsText(read.loaded.problems));
    return read.loaded.runbook;
  });
  return loaded;
}

function hostsOf(runbook: Runbook, file: FactsFile, without: readonly string[]) {
  const hosts: { [role: string]: readonly PlanHost[] } = { ...dryHosts(runbook, file) };
  for (const role of without) delete hosts[role];
  return hosts;
}

interface Asked {
  readonly flow: Situation['flow'];
  readonly file: FactsFile;
  readonly withoutRoles?: readonly string[] | undefined;
  /** Dry values stand in for facts that the file lacks. */
  readonly dry?: boolean;
}

/** @throws Error when the request itself is refused */
export async function planFrom({ flow, file, withoutRoles = [], dry = false }: Asked): Promise<Made> {
  const runbook = await theRunbook();
  const planned = planUpgrade({
    upgradeId: 'U-7',
    flow,
    inputs: Object.fromEntries(
      Object.entries(file.input).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]])),
    ),
    target: { name: 'cloudify-staging', rehearsal: false, facts: {} },
    hosts: hostsOf(runbook, file, withoutRoles),
    runbook,
    facts: dryFacts(runbook, file),
    probeFindings: [],
    dry,
    sha256,
  });
  if (planned.kind === 'refused') throw new Error(planned.errors.map(({ say }) => say).join('\n'));
  const view = planView(planned.plan, runbook);
  return { plan: planned.plan, view, text: planText(view, planned.plan) };
}

/** Every fact is given: what the runbook needs beyond them would block the plan. */
export function planOf(situation: Situation): Promise<Made> {
  const { flow, withoutRoles } = situation;
  return planFrom({ flow, file: fileOf(situation), withoutRoles });
}

const BOTH = [false, true] as const;

interface Who {
  readonly users: number;
  readonly edition: 'premium' | 'community';
}

function whos(version: string): readonly Who[] {
  const premium = [1, 4].map((users) => ({ users, edition: 'premium' as const }));
  // From 4.3 on a community Manager reports a date version, which is refused.
  const community = older(version, '4.3') && !older(version, '4.1');
  return community ? [...premium, { users: 1, edition: 'community' }] : premium;
}

function inPlace(base: Omit<Situation, 'flow'>): readonly Situation[] {
  const one: Situation = { ...base, flow: 'in_place' };
  const several = (base.users ?? 1) > 1;
  return [one, several ? { ...one, usersBy: 'support' } : { ...one, broker: 'own' }];
}

function migrations(base: Omit<Situation, 'flow'>): readonly Situation[] {
  const healing = (base.agents ?? 0) > 0 ? BOTH : ([false] as const);
  return BOTH.flatMap((uninstallOld) =>
    healing.map((autoHeal) => ({
      ...base,
      flow: 'migration' as const,
      uninstallOld,
      autoHeal,
      sameIp: autoHeal,
    })),
  );
}

/** A cluster below 4.3 reaches 4.6 in two hops. */
const reachable = (version: string, to: string): boolean =>
  older(version, to) && !(older(version, '4.3') && !older(to, '4.6'));

function clusters(base: Omit<Situation, 'flow'>): readonly Situation[] {
  if (base.edition === 'community' || !reachable(base.version, base.to)) return [];
  return [
    { ...base, flow: 'in_place', standbys: 2 },
    { ...base, flow: 'migration', standbys: 1, uninstallOld: true },
    { ...base, flow: 'migration', standbys: 2, newStandbys: 2 },
  ];
}

/** Flow × source × target × users × agents × edition, and what else decides a step. */
export function space(): readonly Situation[] {
  return SOURCES.flatMap((version) =>
    TARGETS.filter((to) => older(version, to)).flatMap((to) =>
      [0, 12].flatMap((agents) =>
        whos(version).flatMap((who) => {
          const base = { version, to, agents, ...who };
          return [
            ...inPlace(base),
            ...migrations(base),
            { ...base, flow: 'migration' as const, sameIp: true },
            ...clusters(base),
          ];
        }),
      ),
    ),
  );
}

export function nameOf(situation: Situation): string {
  const { flow, version, to, users = 1, agents = 0, edition = 'premium' } = situation;
  const more = [
    edition === 'community' ? 'community' : '',
    situation.usersBy === 'support' ? 'by support' : '',
    situation.broker === 'own' ? 'own broker account' : '',
    situation.sameIp === true ? 'same IP' : '',
    situation.autoHeal === true ? 'auto-heal' : '',
    situation.uninstallOld === true ? 'old one erased' : '',
    situation.standbys === undefined ? '' : `${situation.standbys} standby(s)`,
    situation.unpatched === true ? 'unpatched' : '',
  ].filter((part) => part !== '');
  return [`${flow} ${version} → ${to}, ${users} user(s), ${agents} agent(s)`, ...more].join(', ');
}
