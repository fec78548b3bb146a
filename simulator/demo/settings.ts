/** The files that the bot reads: targets.yaml, the SSH key, secrets; written as an operator would write them. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { RoleSeed, WorldSeed } from '../manager/cloudify/seed.ts';
import type { SimulatedHost } from '../manager/host.ts';
import { AMIR, BEA, CHANNEL, OLU, ROSA, TEAM } from './cast.ts';

export const TARGET = 'cloudify-staging';

function secretFile(directory: string, name: string, value: string): string {
  const file = join(directory, name);
  writeFileSync(file, `${value}\n`, { mode: 0o600 });
  // Whatever the umask: others may not read it, or the bot refuses it.
  chmodSync(file, 0o600);
  return file;
}

/** Two roles on one machine differ in their environment (which `cfy` is found first), so each has a name of its own. */
function hostsOf(
  seed: WorldSeed,
  hosts: ReadonlyMap<string, SimulatedHost>,
  keyFile: string,
): { readonly [role: string]: unknown } {
  const entry = (role: string, name: string, { host: machineName, env }: RoleSeed) => {
    const host = hosts.get(machineName);
    const machine = seed.hosts.find((one) => one.name === machineName);
    if (host === undefined || machine === undefined)
      throw new Error(
        `writing targets.yaml: role ${role} stands on ${machineName}, and there is no such host`,
      );
    return {
      name,
      address: machine.publicIp,
      private_ip: machine.privateIp,
      ssh: { host: '127.0.0.1', port: host.port, user: machine.user },
      key: { file: keyFile },
      host_keys: [host.hostKey],
      ...(Object.keys(env).length > 0 && { env }),
    };
  };
  const { roles, lists = {} } = seed.facts;
  return {
    ...Object.fromEntries(
      Object.entries(roles).map(([role, one]) => [role, entry(role, role.replaceAll('_', '-'), one)]),
    ),
    ...Object.fromEntries(
      Object.entries(lists).map(([role, many]) => [role, many.map((one) => entry(role, one.host, one))]),
    ),
  };
}

export interface Settings {
  readonly targetsFile: string;
  readonly database: string;
  readonly vault: string;
}

export function writeSettings(
  directory: string,
  seed: WorldSeed,
  hosts: ReadonlyMap<string, SimulatedHost>,
  privateKey: string,
): Settings {
  const secrets = join(directory, 'secrets');
  mkdirSync(secrets, { recursive: true, mode: 0o700 });
  const keyFile = secretFile(secrets, 'ssh-key', privateKey.trimEnd());
  const targetsFile = join(directory, 'targets.yaml');
  const target = {
    title: 'Cloudify Manager (staging)',
    runbook: 'cloudify-manager',
    channel: CHANNEL,
    requesters: [ROSA],
    approvers: [
      { id: 'ops-leads', title: 'Operations lead', need: 1, from: ['S0OPSLEADS'] },
      { id: 'data-owners', title: 'Data owner', need: 1, from: [BEA, AMIR] },
    ],
    on_call: [OLU],
    hosts: hostsOf(seed, hosts, keyFile),
    secrets: Object.fromEntries(
      Object.entries(seed.facts.secrets).map(([name, value]) => [
        name,
        { file: secretFile(secrets, name, value) },
      ]),
    ),
  };
  writeFileSync(targetsFile, stringify({ teams: [TEAM.id], targets: { [TARGET]: target } }));
  return {
    targetsFile,
    database: join(directory, 'cutover.db'),
    vault: join(directory, 'vault'),
  };
}
