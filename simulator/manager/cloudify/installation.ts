import { issueCertificates, SSL_DIRECTORY } from './certificates.ts';
import { CLUSTER_UNITS, hasClusterParts, leaveCluster } from './cluster.ts';
import type {
  BrokerAccount,
  CertificateFiles,
  Changed,
  Data,
  Dice,
  Edition,
  Effect,
  Manager,
  Package,
  World,
} from './model.ts';
import { securityFile } from './security-file.ts';
import { atLeast } from './version.ts';
import { machineOf, withMachine } from './world-parts.ts';

export const CONFIG_FILE = '/etc/cloudify/config.yaml';
/** Marks a finished first installation (4.3 and above). */
export const INSTALLED_MARK = '/etc/cloudify/.install';
const DEFAULT_BROKER: BrokerAccount = { user: 'cloudify', password: 'c10udify' };

/** systemd units of a 4.x Manager with the names that `cfy status` shows. */
export const SERVICES: readonly { readonly unit: string; readonly title: string }[] = [
  { unit: 'cloudify-influxdb', title: 'InfluxDB' },
  { unit: 'cloudify-composer', title: 'Cloudify Composer' },
  { unit: 'cloudify-mgmtworker', title: 'Management Worker' },
  { unit: 'cloudify-amqp-postgres', title: 'AMQP-Postgres' },
  { unit: 'cloudify-amqpinflux', title: 'AMQP InfluxDB' },
  { unit: 'cloudify-rabbitmq', title: 'RabbitMQ' },
  { unit: 'cloudify-stage', title: 'Cloudify Console' },
  { unit: 'nginx', title: 'Webserver' },
  { unit: 'cloudify-riemann', title: 'Riemann' },
  { unit: 'cloudify-restservice', title: 'Manager Rest-Service' },
  { unit: 'cloudify-postgresql', title: 'PostgreSQL' },
];

export interface ManagerOptions {
  readonly version: string;
  readonly edition: Edition;
  readonly patch?: string | null;
  readonly publicIp: string;
  readonly privateIp: string;
  readonly adminPassword: string;
  readonly broker?: BrokerAccount;
  readonly networks?: { readonly [name: string]: string };
  readonly certificates?: CertificateFiles;
  readonly bootstrapDump?: boolean;
  readonly now: number;
}

/** An empty Manager as its installer leaves it: one tenant, one admin. */
export function newManager(options: ManagerOptions, dice: Dice): Manager {
  const { version, edition, privateIp, publicIp, networks = {} } = options;
  const hashSalt = dice.word(32);
  return {
    version,
    edition,
    patch: options.patch ?? null,
    publicIp,
    privateIp,
    hashSalt,
    broker: options.broker ?? DEFAULT_BROKER,
    certificates:
      options.certificates ??
      issueCertificates(version, { privateIp, publicIp, networks: Object.values(networks) }, dice),
    networks: { default: privateIp, ...networks },
    licence: null,
    bootstrapDump: options.bootstrapDump ?? false,
    data: emptyData(version, options.adminPassword, hashSalt),
    executions: [],
    snapshots: [],
    maintenance: { status: 'deactivated' },
    cluster: null,
    removedFromCluster: false,
    stopped: [],
    outages: [],
    pending: [],
    deadlockRisks: [],
  };
}

function emptyData(version: string, password: string, salt: string): Data {
  const roles = atLeast(version, '4.2');
  return {
    tenants: [{ name: 'default_tenant' }],
    groups: [],
    users: [
      {
        id: 0,
        name: 'admin',
        role: roles ? 'sys_admin' : 'admin',
        groups: [],
        tenants: { default_tenant: roles ? 'user' : '' },
        password,
        salt,
        active: true,
        lastLoginAt: null,
      },
    ],
    blueprints: [],
    deployments: [],
    nodeInstances: [],
    plugins: [],
    secrets: [],
  };
}

/** RPMs that make up an installed Manager of this version, beside cloudify-manager-install. */
export function managerPackages(version: string): readonly Package[] {
  const release = atLeast(version, '4.3') ? 'ga.el7.x86_64' : 'ga.el7';
  const names = [
    'cloudify-rest-service',
    'cloudify-management-worker',
    'cloudify-agents',
    'cloudify-premium',
    'cloudify-stage',
  ];
  return names.map((name) => ({ name, version, release }));
}

/** Files that the installation leaves on the host's disk. */
export function installedFiles(host: string, manager: Manager): readonly Effect[] {
  const certificates = Object.fromEntries(
    Object.entries(manager.certificates).map(([name, content]) => [
      `${SSL_DIRECTORY}/${name}`,
      { content, mode: name.endsWith('key.pem') ? 0o440 : 0o444, owner: 'root' },
    ]),
  );
  const worker =
    '/opt/mgmtworker/env/lib/python2.7/site-packages/cloudify_system_workflows/snapshots/snapshot_create.py';
  const version = manager.patch === null ? manager.version : `${manager.patch}-${manager.version}`;
  const code = { mode: 0o644, owner: 'cfyuser' };
  return [
    { kind: 'remove', host, paths: [SSL_DIRECTORY] },
    { kind: 'write', host, files: certificates },
    securityFile(host, manager.hashSalt),
    {
      kind: 'write',
      host,
      files: {
        '/opt/manager/env/lib/python2.7/site-packages/manager_rest/VERSION': {
          ...code,
          content: `{"version": "${manager.version}"}\n`,
        },
        [worker]: { ...code, content: `# creates snapshots\nSNAPSHOT_VERSION = '${version}'\n` },
        '/opt/mgmtworker/work/broker_config.json': {
          content: `${JSON.stringify({
            broker_username: manager.broker.user,
            broker_password: manager.broker.password,
            broker_hostname: manager.privateIp,
          })}\n`,
          mode: 0o440,
          owner: 'cfyuser',
        },
        '/var/log/cloudify/manager/cfy_manager.log': { ...code, content: '' },
      },
    },
  ];
}

/** Where a removed Manager leaves nothing. /etc/cloudify is another matter. */
const REMOVED = [
  '/opt/manager',
  '/opt/mgmtworker',
  '/opt/cloudify',
  '/var/log/cloudify',
  '/tmp/cloudify-ctx',
];

function withoutManager(world: World, host: string, now: number): World {
  const machine = machineOf(world, host);
  const { manager } = machine;
  const leaves = hasClusterParts(manager) && !atLeast(manager?.version ?? '', '4.4');
  const gone = managerPackages('4.3').map((each) => each.name);
  return withMachine(leaveCluster(world, host, now), host, {
    manager: null,
    packages: machine.packages.filter((each) => !gone.includes(each.name)),
    clusterLeftovers: leaves
      ? [...new Set([...machine.clusterLeftovers, ...CLUSTER_UNITS])]
      : machine.clusterLeftovers,
  });
}

/** `cfy_manager remove`: databases, programs and logs are gone; /etc/cloudify/config.yaml and ssl stay. */
export function removeManager(world: World, host: string, now: number): Changed<null> {
  const paths = [...REMOVED, INSTALLED_MARK];
  return {
    world: withoutManager(world, host, now),
    effects: [{ kind: 'remove', host, paths }],
    answer: null,
  };
}

/** `cfy teardown` and the teardown scripts: nothing is left, /etc/cloudify (certificates, agents' keys) included. */
export function tearDown(world: World, host: string, now: number): Changed<null> {
  const paths = [...REMOVED, '/etc/cloudify'];
  return {
    world: withoutManager(world, host, now),
    effects: [{ kind: 'remove', host, paths }],
    answer: null,
  };
}
