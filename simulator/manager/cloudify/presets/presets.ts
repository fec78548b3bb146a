import { managerPackages, newManager } from '../installation.ts';
import type { Preset } from '../seed.ts';
import { type ContentPlan, fill } from './content.ts';
import { bootstrapProfile, managerFiles, rpmFact, rpmFiles, systemFiles } from './machines.ts';

/** Virtualenvs of the CLIs; a role's PATH decides which one `cfy` is. */
const BIN = (version: string) => `/opt/cfy-${version}/bin`;
const PATH = (version: string) => `${BIN(version)}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin`;

const OLD_PASSWORD = 'Tulip-under-glass-42';
const NEW_PASSWORD = 'Harbour-light-4301';

/** One premium Manager 4.2 with three tenants, four agents on two networks, and a deployment that heals itself. */
const BUSY: ContentPlan = {
  tenants: ['default_tenant', 'retail', 'telecom'],
  users: [
    {
      name: 'maya',
      role: 'admin',
      password: 'maya-Old-1',
      tenants: ['default_tenant', 'telecom'],
      daysSinceLogin: 2,
    },
    {
      name: 'omar',
      role: 'user',
      password: 'omar-Old-1',
      tenants: ['telecom'],
      groups: ['network-ops'],
      daysSinceLogin: 9,
    },
    { name: 'lena', role: 'user', password: 'lena-Old-1', tenants: ['retail'], daysSinceLogin: null },
  ],
  groups: [{ name: 'network-ops', tenants: ['telecom'] }],
  deployments: [
    {
      id: 'billing',
      tenant: 'default_tenant',
      blueprint: 'billing-app',
      createdBy: 'admin',
      hosts: [{ instance: 'billing_vm_k3x9ab', ip: '10.20.4.11', network: 'default' }],
    },
    {
      id: 'dns-edge',
      tenant: 'telecom',
      blueprint: 'dns',
      createdBy: 'omar',
      autoHeal: true,
      hosts: [
        { instance: 'dns_vm_p0q1rs', ip: '10.30.0.21', network: 'mgmt_net' },
        { instance: 'dns_vm_t7u8vw', ip: '10.30.0.22', network: 'mgmt_net' },
      ],
    },
    {
      id: 'vpn',
      tenant: 'telecom',
      blueprint: 'vpn',
      createdBy: 'omar',
      hosts: [{ instance: 'vpn_vm_x2y3z4', ip: '10.20.4.31', network: 'default' }],
    },
    {
      id: 'catalogue',
      tenant: 'retail',
      blueprint: 'catalogue',
      createdBy: 'lena',
      hosts: [{ instance: 'cloud_db_a1b2c3', ip: '' }],
    },
  ],
  plugins: [
    ['cloudify-openstack-plugin', '2.6.0'],
    ['cloudify-fabric-plugin', '1.5.1'],
  ],
  secrets: [
    ['openstack_password', 'default_tenant'],
    ['dns_tsig_key', 'telecom'],
    ['db_password', 'retail'],
  ],
};

const CLI_HOST = {
  name: 'cli',
  publicIp: '10.20.0.5',
  privateIp: '10.20.0.5',
  user: 'centos',
  manager: null,
  packages: [],
} as const;

/** Replace a 4.2.0 by a 4.3.1 on the same host. Both CLIs are on one machine, in virtualenvs of their own. */
export const inPlace42: Preset = (dice, now) => {
  const empty = newManager(
    {
      version: '4.2.0',
      edition: 'premium',
      publicIp: '10.20.0.10',
      privateIp: '10.20.0.10',
      adminPassword: OLD_PASSWORD,
      networks: { mgmt_net: '10.30.0.10' },
      bootstrapDump: true,
      now,
    },
    dice,
  );
  const { manager, agents } = fill(empty, BUSY, now);
  const workdirs = { old: '/home/centos/cfy-old', new: '/home/centos/cfy-new' };
  return {
    hosts: [
      {
        ...CLI_HOST,
        clis: [
          { version: '4.2.0', bin: BIN('4.2') },
          { version: '4.3.1', bin: BIN('4.3.1') },
        ],
        files: { ...systemFiles(dice), ...bootstrapProfile(workdirs.old, manager, OLD_PASSWORD) },
      },
      {
        name: 'manager',
        publicIp: '10.20.0.10',
        privateIp: '10.20.0.10',
        user: 'centos',
        manager,
        packages: managerPackages('4.2.0'),
        clis: [],
        files: { ...systemFiles(dice), ...managerFiles('manager', manager), ...rpmFiles('4.3.1') },
      },
    ],
    agents,
    facts: {
      roles: {
        cli: { host: 'cli', env: { PATH: PATH('4.2'), CFY_WORKDIR: workdirs.old } },
        new_cli: { host: 'cli', env: { PATH: PATH('4.3.1'), CFY_WORKDIR: workdirs.new } },
        manager: { host: 'manager', env: {} },
      },
      secrets: { MANAGER_PASSWORD: OLD_PASSWORD, NEW_ADMIN_PASSWORD: NEW_PASSWORD },
      rpm: rpmFact('4.3.1'),
    },
  };
};

/** Move from a 4.1.1 to a 4.3.1 on another host with another address: users lose their passwords, roles change. */
export const migration41: Preset = (dice, now) => {
  const empty = newManager(
    {
      version: '4.1.1',
      edition: 'premium',
      publicIp: '10.20.0.11',
      privateIp: '10.20.0.11',
      adminPassword: OLD_PASSWORD,
      networks: { mgmt_net: '10.30.0.11' },
      bootstrapDump: true,
      now,
    },
    dice,
  );
  const { manager, agents } = fill(empty, BUSY, now);
  const workdirs = { old: '/home/centos/cfy-old', new: '/home/centos/cfy-new' };
  return {
    hosts: [
      {
        ...CLI_HOST,
        clis: [
          { version: '4.1.1', bin: BIN('4.1.1') },
          { version: '4.3.1', bin: BIN('4.3.1') },
        ],
        files: { ...systemFiles(dice), ...bootstrapProfile(workdirs.old, manager, OLD_PASSWORD) },
      },
      {
        name: 'manager',
        publicIp: '10.20.0.11',
        privateIp: '10.20.0.11',
        user: 'centos',
        manager,
        packages: managerPackages('4.1.1'),
        clis: [],
        files: { ...systemFiles(dice), ...managerFiles('manager', manager) },
      },
      {
        name: 'new',
        publicIp: '10.20.0.12',
        privateIp: '10.20.0.12',
        user: 'centos',
        manager: null,
        packages: [],
        clis: [],
        files: { ...systemFiles(dice), ...rpmFiles('4.3.1') },
      },
    ],
    agents,
    facts: {
      roles: {
        cli: { host: 'cli', env: { PATH: PATH('4.1.1'), CFY_WORKDIR: workdirs.old } },
        new_cli: { host: 'cli', env: { PATH: PATH('4.3.1'), CFY_WORKDIR: workdirs.new } },
        manager: { host: 'manager', env: {} },
        new: { host: 'new', env: {} },
      },
      secrets: { MANAGER_PASSWORD: OLD_PASSWORD, NEW_ADMIN_PASSWORD: NEW_PASSWORD },
      rpm: rpmFact('4.3.1'),
    },
  };
};

/** A 3.4.2, which no upgrade starts from. It serves API v2.1 and older, knows no editions and asks for no password. */
export const blocked34: Preset = (dice, now) => {
  const manager = newManager(
    {
      version: '3.4.2',
      edition: 'community',
      publicIp: '10.20.0.13',
      privateIp: '10.20.0.13',
      adminPassword: OLD_PASSWORD,
      now,
    },
    dice,
  );
  return {
    hosts: [
      {
        ...CLI_HOST,
        clis: [
          { version: '4.1.1', bin: BIN('4.1.1') },
          { version: '4.3.1', bin: BIN('4.3.1') },
        ],
        files: systemFiles(dice),
      },
      {
        name: 'manager',
        publicIp: '10.20.0.13',
        privateIp: '10.20.0.13',
        user: 'centos',
        manager,
        packages: [{ name: 'cloudify-rest-service', version: '3.4.2', release: 'ga.x86_64' }],
        clis: [],
        files: { ...systemFiles(dice), ...managerFiles('manager', manager), ...rpmFiles('4.3.1') },
      },
    ],
    agents: [],
    facts: {
      roles: {
        cli: { host: 'cli', env: { PATH: PATH('4.1.1'), CFY_WORKDIR: '/home/centos/cfy-old' } },
        new_cli: { host: 'cli', env: { PATH: PATH('4.3.1'), CFY_WORKDIR: '/home/centos/cfy-new' } },
        manager: { host: 'manager', env: {} },
      },
      secrets: { MANAGER_PASSWORD: OLD_PASSWORD, NEW_ADMIN_PASSWORD: NEW_PASSWORD },
      rpm: rpmFact('4.3.1'),
    },
  };
};
