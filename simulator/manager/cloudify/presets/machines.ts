import { createHash } from 'node:crypto';
import type { InitialFiles } from '../../host.ts';
import { type Profile, profileText } from '../cfy/profiles.ts';
import { CLUSTER_DATA } from '../cluster.ts';
import { CONFIG_FILE, INSTALLED_MARK, installedFiles } from '../installation.ts';
import type { Dice, Manager } from '../model.ts';
import { dumpConfig, withDefaults } from '../programs/manager-config.ts';
import { INSTALLER, type RpmFile, rpmBytes } from '../programs/packages.ts';
import { atLeast, reportedVersion } from '../version.ts';

/** Where the runbook looks for the installation RPM. */
export const RPM_PATH = '/opt/cutover/cloudify-manager-install.rpm';

export function installerRpm(version: string, edition: RpmFile['edition'] = 'premium'): RpmFile {
  return { name: INSTALLER, version: reportedVersion(version), release: 'ga.el7.x86_64', edition };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function rpmFact(version: string): {
  readonly version: string;
  readonly path: string;
  readonly sha256: string;
} {
  return { version, path: RPM_PATH, sha256: sha256(rpmBytes(installerRpm(version))) };
}

/** CentOS 7 with 8 GB, as its own files say. */
export function systemFiles(dice: Dice): InitialFiles {
  return {
    '/etc/os-release':
      'NAME="CentOS Linux"\nVERSION="7 (Core)"\nID="centos"\nID_LIKE="rhel fedora"\nVERSION_ID="7"\nPRETTY_NAME="CentOS Linux 7 (Core)"\n',
    '/etc/centos-release': 'CentOS Linux release 7.4.1708 (Core) \n',
    // The kernel's is another one at each reading; a file can't be.
    '/proc/sys/kernel/random/uuid': `${dice.uuid()}\n`,
    '/proc/meminfo':
      'MemTotal:        8009508 kB\nMemFree:         5120344 kB\nMemAvailable:    6801224 kB\nBuffers:           45120 kB\nCached:          1740528 kB\n',
  };
}

/** The RPM of the new version where the runbook expects it, and another one beside it that is not wanted. */
export function rpmFiles(version: string): InitialFiles {
  const other = atLeast(version, '4.4') ? '4.3.1' : '4.4.0';
  return {
    [RPM_PATH]: { content: rpmBytes(installerRpm(version)), mode: 0o644, owner: 'root' },
    [`/opt/cutover/rpms/cloudify-manager-install-${other}.rpm`]: {
      content: rpmBytes(installerRpm(other)),
      mode: 0o644,
      owner: 'root',
    },
  };
}

/** What an installed Manager has on its disk. Data directories have the size of their text; `du` counts that. */
export function managerFiles(host: string, manager: Manager): InitialFiles {
  const files: { [path: string]: InitialFiles[string] } = {
    '/opt/manager/resources/blueprints/README': 'Blueprints by tenant.\n',
    '/opt/manager/cloudify-rest.conf': {
      content: `{"rest_service_log_path": "/var/log/cloudify/rest", "amqp_username": "${manager.broker.user}"}\n`,
      mode: 0o440,
      owner: 'root',
    },
    '/var/lib/pgsql/9.5/data/base/cloudify_db': {
      content: 'cloudify_db\n'.repeat(4096),
      mode: 0o600,
      owner: 'root',
    },
    '/etc/cloudify/.ssh/agent_key.pem': {
      content: '-----BEGIN RSA PRIVATE KEY-----\nc2ltdWxhdGVk\n-----END RSA PRIVATE KEY-----\n',
      mode: 0o600,
      owner: 'root',
    },
  };
  if (manager.cluster !== null)
    files[`${CLUSTER_DATA}/base/cloudify_db`] = { content: 'cloudify_db\n', mode: 0o600, owner: 'root' };
  for (const effect of installedFiles(host, manager)) {
    if (effect.kind !== 'write') continue;
    for (const [path, file] of Object.entries(effect.files)) files[path] = file;
  }
  if (!atLeast(manager.version, '4.3')) return files;
  const config = withDefaults(
    {
      manager: { private_ip: manager.privateIp, public_ip: manager.publicIp },
      agent: { networks: manager.networks },
      rabbitmq: { username: manager.broker.user, password: manager.broker.password },
    },
    manager.version,
  );
  return {
    ...files,
    [CONFIG_FILE]: { content: dumpConfig(config), mode: 0o660, owner: 'root' },
    [INSTALLED_MARK]: '',
  };
}

/** The profile of a Manager that this CLI has bootstrapped: with its dump and the key of the machine. */
export function bootstrapProfile(workDirectory: string, manager: Manager, password: string): InitialFiles {
  const key = '/home/centos/.ssh/cloudify-manager.pem';
  const profile: Profile = {
    name: manager.publicIp,
    manager_ip: manager.publicIp,
    manager_username: 'admin',
    manager_password: password,
    manager_tenant: 'default_tenant',
    ssh_user: 'centos',
    ssh_key: key,
    ssh_port: 22,
    rest_port: 80,
    rest_protocol: 'http',
    rest_certificate: null,
    bootstrap_state: 'Complete',
    ...(manager.cluster === null ? {} : { cluster: manager.cluster.map(({ ip }) => ({ manager_ip: ip })) }),
    provider_context: {},
  };
  const home = `${workDirectory}/.cloudify`;
  const own = { owner: 'centos' };
  return {
    [`${home}/config.yaml`]: { content: 'colors: false\n', ...own },
    [`${home}/active.profile`]: { content: manager.publicIp, ...own },
    [`${home}/profiles/local/context`]: { content: '', ...own },
    [`${home}/profiles/${manager.publicIp}/context`]: { content: profileText(profile), ...own },
    [`${home}/profiles/${manager.publicIp}/bootstrap/manager/data`]: {
      content: '{"node_instances": []}\n',
      ...own,
    },
    [key]: {
      content: '-----BEGIN RSA PRIVATE KEY-----\nc2ltdWxhdGVk\n-----END RSA PRIVATE KEY-----\n',
      mode: 0o600,
      ...own,
    },
  };
}
