/** Simulated Cloudify worlds by version, beyond the ones of the demo: for upgrades that only the runbook's tests play. */
import type { CliVersion } from '../../simulator/manager/cloudify/cfy/releases.ts';
import { managerPackages, newManager } from '../../simulator/manager/cloudify/installation.ts';
import type { BrokerAccount, Edition } from '../../simulator/manager/cloudify/model.ts';
import { type ContentPlan, fill } from '../../simulator/manager/cloudify/presets/content.ts';
import {
  bootstrapProfile,
  installerRpm,
  managerFiles,
  RPM_PATH,
  systemFiles,
} from '../../simulator/manager/cloudify/presets/machines.ts';
import { rpmBytes } from '../../simulator/manager/cloudify/programs/packages.ts';
import type { HostSeed, Preset } from '../../simulator/manager/cloudify/seed.ts';
import type { InitialFiles } from '../../simulator/manager/host.ts';
import { older } from './planning.ts';

export interface WorldPlan {
  readonly version: CliVersion;
  readonly to: CliVersion;
  readonly edition?: Edition;
  readonly broker?: BrokerAccount;
  /** Set for a migration. */
  readonly newIp?: string;
  readonly networks?: { readonly [name: string]: string };
}

const OLD_IP = '10.20.0.10';
const OLD_PASSWORD = 'Tulip-under-glass-42';

function contentOf(edition: Edition): ContentPlan {
  const host = { ip: '10.20.4.11', network: 'default' };
  const billing = { id: 'billing', tenant: 'default_tenant', blueprint: 'billing-app', createdBy: 'admin' };
  const dns = { id: 'dns-edge', tenant: 'telecom', blueprint: 'dns', createdBy: 'maya' };
  const one = { ...billing, hosts: [{ ...host, instance: 'billing_vm_k3x9ab' }] };
  const two = {
    ...dns,
    hosts: [
      { ...host, instance: 'dns_vm_p0q1rs', ip: '10.20.4.21' },
      { ...host, instance: 'dns_vm_t7u8vw', ip: '10.20.4.22' },
    ],
  };
  const common = { groups: [], plugins: [['cloudify-fabric-plugin', '1.5.1']], secrets: [] } as const;
  if (edition === 'community')
    return { ...common, tenants: ['default_tenant'], users: [], deployments: [one] };
  const maya = {
    name: 'maya',
    role: 'admin',
    password: 'maya-Old-1',
    tenants: ['default_tenant', 'telecom'],
    daysSinceLogin: 2,
  } as const;
  return { ...common, tenants: ['default_tenant', 'telecom'], users: [maya], deployments: [one, two] };
}

const path = (version: string): string =>
  `/opt/cfy-${version}/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin`;

const LICENCE =
  'license:\n  customer_id: harbour\n  expiration_date: 2031-01-01\n  license_edition: Spire\nsignature: c2ltdWxhdGVk\n';

function rpmOf(plan: WorldPlan): InitialFiles {
  const content = rpmBytes(installerRpm(plan.to, plan.edition ?? 'premium'));
  return { [RPM_PATH]: { content, mode: 0o644, owner: 'root' } };
}

export function worldOf(plan: WorldPlan): Preset {
  const { version, to, edition = 'premium', newIp } = plan;
  return (dice, now) => {
    const empty = newManager(
      {
        version,
        edition,
        publicIp: OLD_IP,
        privateIp: OLD_IP,
        adminPassword: OLD_PASSWORD,
        ...(plan.networks === undefined ? {} : { networks: plan.networks }),
        ...(plan.broker === undefined ? {} : { broker: plan.broker }),
        bootstrapDump: older(version, '4.3'),
        now,
      },
      dice,
    );
    const { manager, agents } = fill(empty, contentOf(edition), now);
    const workdirs = { old: '/home/centos/cfy-old', new: '/home/centos/cfy-new' };
    const blank: Omit<HostSeed, 'name' | 'publicIp' | 'privateIp'> = {
      user: 'centos',
      manager: null,
      packages: [],
      clis: [],
      files: systemFiles(dice),
    };
    const profile = older(version, '4.3') ? bootstrapProfile(workdirs.old, manager, OLD_PASSWORD) : {};
    const cli: HostSeed = {
      ...blank,
      name: 'cli',
      publicIp: '10.20.0.5',
      privateIp: '10.20.0.5',
      clis: [version, to].map((each) => ({ version: each, bin: `/opt/cfy-${each}/bin` })),
      files: { ...systemFiles(dice), ...profile, '/opt/cutover/cloudify-license.yaml': LICENCE },
    };
    const old: HostSeed = {
      ...blank,
      name: 'manager',
      publicIp: OLD_IP,
      privateIp: OLD_IP,
      manager,
      packages: [
        ...managerPackages(version),
        ...(older(version, '4.3') ? [] : [installerRpm(version, edition)]),
      ],
      files: {
        ...systemFiles(dice),
        ...managerFiles('manager', manager),
        ...(newIp === undefined ? rpmOf(plan) : {}),
      },
    };
    const next: readonly HostSeed[] =
      newIp === undefined
        ? []
        : [
            {
              ...blank,
              name: 'new',
              publicIp: newIp,
              privateIp: newIp,
              files: { ...systemFiles(dice), ...rpmOf(plan) },
            },
          ];
    return {
      hosts: [cli, old, ...next],
      agents,
      facts: {
        roles: {
          cli: { host: 'cli', env: { PATH: path(version), CFY_WORKDIR: workdirs.old } },
          new_cli: { host: 'cli', env: { PATH: path(to), CFY_WORKDIR: workdirs.new } },
          manager: { host: 'manager', env: {} },
          ...(newIp === undefined ? {} : { new: { host: 'new', env: {} } }),
        },
        secrets: {
          MANAGER_PASSWORD: OLD_PASSWORD,
          NEW_ADMIN_PASSWORD: 'Harbour-light-4301',
          ...(plan.broker === undefined
            ? {}
            : { RABBITMQ_USERNAME: plan.broker.user, RABBITMQ_PASSWORD: plan.broker.password }),
        },
        rpm: null,
      },
    };
  };
}
