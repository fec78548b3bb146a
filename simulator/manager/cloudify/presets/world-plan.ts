import type { InitialFiles } from '../../host.ts';
import type { CliVersion } from '../cfy/releases.ts';
import { managerPackages, newManager } from '../installation.ts';
import type { BrokerAccount, ClusterNode, Dice, Edition, Manager } from '../model.ts';
import { rpmBytes } from '../programs/packages.ts';
import type { HostSeed, Preset, RoleSeed } from '../seed.ts';
import { atLeast } from '../version.ts';
import { fill } from './content.ts';
import { contentOf } from './content-plans.ts';
import { bootstrapProfile, installerRpm, managerFiles, RPM_PATH, systemFiles } from './machines.ts';

/** A world by what an upgrade asks of it. */
export interface WorldPlan {
  readonly version: CliVersion;
  readonly to: CliVersion;
  readonly edition?: Edition;
  /** Only the bootstrap admin, or three more. Default several; the community edition has one. */
  readonly users?: 'one' | 'several';
  /** Whether deployments have agents; default true. */
  readonly agents?: boolean;
  /** Only the default tenant, or a second one; default several. */
  readonly tenants?: 'one' | 'several';
  /** A deployment heals itself; default false. */
  readonly autoHeal?: boolean;
  /** Standbys beside the Manager, 0 = no cluster. */
  readonly standbys?: number;
  /** Marker of patch-1 or update-3: `4.1.0-p1`. */
  readonly patch?: string;
  /** Of the new host; set for a migration. */
  readonly newIp?: string;
  /** The new host takes over the private address of the old one; default false. */
  readonly samePrivateIp?: boolean;
  /** Hosts of a migration that become further nodes; default as many as there are standbys. */
  readonly newStandbys?: number;
  readonly broker?: BrokerAccount;
  readonly networks?: { readonly [name: string]: string };
  /** The licence file where the runbook looks for it; default true. */
  readonly licence?: boolean;
}

const OLD_IP = '10.20.0.10';
const OLD_PASSWORD = 'Tulip-under-glass-42';
const NEW_PASSWORD = 'Harbour-light-4301';
const WORKDIRS = { old: '/home/centos/cfy-old', new: '/home/centos/cfy-new' };

const LICENCE =
  'license:\n  customer_id: harbour\n  expiration_date: 2031-01-01\n  license_edition: Spire\nsignature: c2ltdWxhdGVk\n';

const bin = (version: string): string => `/opt/cfy-${version}/bin`;
const path = (version: string): string => `${bin(version)}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin`;

function standbyIp(index: number): string {
  return `10.20.0.${20 + index}`;
}

function newStandbyIp(index: number): string {
  return `10.20.0.${40 + index}`;
}

function clusterOf({ standbys = 0 }: WorldPlan): readonly ClusterNode[] | null {
  if (standbys === 0) return null;
  const replicas = Array.from(
    { length: standbys },
    (_, index): ClusterNode => ({
      name: `node-${index + 2}`,
      ip: standbyIp(index + 1),
      state: 'replica',
      readyFrom: 0,
    }),
  );
  return [{ name: 'node-1', ip: OLD_IP, state: 'leader', readyFrom: 0 }, ...replicas];
}

function emptyManager(plan: WorldPlan, ip: string, dice: Dice, now: number): Manager {
  const { version, edition = 'premium', patch = null, networks, broker } = plan;
  const made = newManager(
    {
      ...{ version, edition, patch, publicIp: ip, privateIp: ip, adminPassword: OLD_PASSWORD, now },
      ...(networks === undefined ? {} : { networks }),
      ...(broker === undefined ? {} : { broker }),
      bootstrapDump: !atLeast(version, '4.3'),
    },
    dice,
  );
  return { ...made, cluster: clusterOf(plan) };
}

/** Installers lie on every host that is going to be a Manager; the old one's beside it, for who must go back. */
function rpmsOf({ version, to, edition = 'premium' }: WorldPlan): InitialFiles {
  const file = (of: string) => ({
    ...{ content: rpmBytes(installerRpm(of, edition)), mode: 0o644, owner: 'root' },
  });
  return {
    [RPM_PATH]: file(to),
    ...(atLeast(version, '4.3') ? { [OLD_RPM_PATH]: file(version) } : {}),
  };
}

/** Where the runbook looks for the installer of the old version. */
const OLD_RPM_PATH = '/opt/cutover/cloudify-manager-install-old.rpm';

const BLANK = { user: 'centos', manager: null, packages: [], clis: [] } as const;

function managerHost(plan: WorldPlan, name: string, manager: Manager, dice: Dice): HostSeed {
  const { version, edition = 'premium' } = plan;
  return {
    ...BLANK,
    ...{ name, publicIp: manager.publicIp, privateIp: manager.privateIp, manager },
    packages: [
      ...managerPackages(version),
      ...(atLeast(version, '4.3') ? [installerRpm(version, edition)] : []),
    ],
    files: { ...systemFiles(dice), ...managerFiles(name, manager), ...rpmsOf(plan) },
  };
}

function bareHost(plan: WorldPlan, name: string, ip: string, dice: Dice): HostSeed {
  const privateIp = name === 'new' && plan.samePrivateIp === true ? OLD_IP : ip;
  return { ...BLANK, name, publicIp: ip, privateIp, files: { ...systemFiles(dice), ...rpmsOf(plan) } };
}

function bareHosts(plan: WorldPlan, dice: Dice): readonly HostSeed[] {
  const { newIp, standbys = 0, newStandbys = standbys } = plan;
  if (newIp === undefined) return [];
  const more = Array.from({ length: newStandbys }, (_, index) => newStandbyIp(index + 1));
  return [newIp, ...more].map((ip, index) =>
    bareHost(plan, index === 0 ? 'new' : `new-standby-${index}`, ip, dice),
  );
}

function cliHost(plan: WorldPlan, manager: Manager, dice: Dice): HostSeed {
  const { version, to, licence = true } = plan;
  return {
    ...BLANK,
    ...{ name: 'cli', publicIp: '10.20.0.5', privateIp: '10.20.0.5' },
    clis: [version, to].map((each) => ({ version: each, bin: bin(each) })),
    files: {
      ...systemFiles(dice),
      ...(atLeast(version, '4.3') ? {} : bootstrapProfile(WORKDIRS.old, manager, OLD_PASSWORD)),
      ...(licence ? { '/opt/cutover/cloudify-license.yaml': LICENCE } : {}),
    },
  };
}

function rolesOf(plan: WorldPlan): { readonly [role: string]: RoleSeed } {
  return {
    cli: { host: 'cli', env: { PATH: path(plan.version), CFY_WORKDIR: WORKDIRS.old } },
    new_cli: { host: 'cli', env: { PATH: path(plan.to), CFY_WORKDIR: WORKDIRS.new } },
    manager: { host: 'manager', env: {} },
    ...(plan.newIp === undefined ? {} : { new: { host: 'new', env: {} } }),
  };
}

export function worldFor(plan: WorldPlan): Preset {
  return (dice, now) => {
    const { broker } = plan;
    const { manager, agents } = fill(emptyManager(plan, OLD_IP, dice, now), contentOf(plan), now);
    const standbys = (manager.cluster ?? []).slice(1).map(({ ip }, index) => {
      const replica = emptyManager(plan, ip, dice, now);
      return managerHost(plan, `standby-${index + 1}`, replica, dice);
    });
    const next = bareHosts(plan, dice);
    const seats = (hosts: readonly HostSeed[]) => hosts.map(({ name }) => ({ host: name, env: {} }));
    const lists = {
      standby: seats(standbys),
      new_standby: seats(next.slice(1)),
    };
    return {
      hosts: [
        cliHost(plan, manager, dice),
        managerHost(plan, 'manager', manager, dice),
        ...standbys,
        ...next,
      ],
      agents,
      facts: {
        roles: rolesOf(plan),
        lists: Object.fromEntries(Object.entries(lists).filter(([, hosts]) => hosts.length > 0)),
        secrets: {
          ...{ MANAGER_PASSWORD: OLD_PASSWORD, NEW_ADMIN_PASSWORD: NEW_PASSWORD },
          ...(broker === undefined
            ? {}
            : { RABBITMQ_USERNAME: broker.user, RABBITMQ_PASSWORD: broker.password }),
        },
        rpm: null,
      },
    };
  };
}
