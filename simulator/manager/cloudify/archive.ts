import type { Agent, AgentRecord, CertificateFiles, Data, Execution, Manager } from './model.ts';
import { releaseOf } from './releases.ts';
import { listZip, unpackMember, writeZip, type ZipMember } from './zip.ts';

/** What a restore finds in a snapshot. Members differ by the version of the Manager that made it. */
export interface SnapshotContent {
  /** As in metadata.json: a patched 4.0.x calls itself `4.1.0-p3-4.0.1`. */
  readonly version: string;
  readonly data: Data;
  readonly executions: readonly Execution[];
  /** Empty when the archive has no `ssl/`. */
  readonly certificates: CertificateFiles;
  /** null before 4.2. */
  readonly hashSalt: string | null;
  /** Names of networks with live agents; null before 4.2. */
  readonly networks: readonly string[] | null;
  /** Agents by `tenant/instance`; those of other tenants are lost by an unpatched 4.0.x. */
  readonly agents: { readonly [tenantAndInstance: string]: AgentRecord };
}

const DUMP_HEADER = '--\n-- PostgreSQL database dump\n--\n';

export function snapshotVersion(manager: Manager): string {
  return manager.patch === null ? manager.version : `${manager.patch}-${manager.version}`;
}

function json(name: string, value: unknown): ZipMember {
  return { name, content: Buffer.from(`${JSON.stringify(value)}\n`) };
}

function agentRecords(manager: Manager, tenant: string): { [key: string]: AgentRecord } {
  const { allTenants } = releaseOf(manager.version, manager.edition, manager.patch).snapshot;
  const found: { [key: string]: AgentRecord } = {};
  for (const instance of manager.data.nodeInstances) {
    if (instance.agent === null || (!allTenants && instance.tenant !== tenant)) continue;
    found[`${instance.tenant}/${instance.id}`] = instance.agent;
  }
  return found;
}

/** agents.json: tenant → deployment → node → instance; without the tenant level where only one tenant is recorded. */
function agentsFile(manager: Manager, tenant: string): unknown {
  type Level = { [name: string]: Level | AgentRecord };
  const all: Level = {};
  const { allTenants } = releaseOf(manager.version, manager.edition, manager.patch).snapshot;
  for (const instance of manager.data.nodeInstances) {
    if (instance.agent === null || (!allTenants && instance.tenant !== tenant)) continue;
    let level = all;
    const way = allTenants ? [instance.tenant] : [];
    for (const name of [...way, instance.deployment, instance.node]) {
      level[name] ??= {};
      level = level[name] as Level;
    }
    level[instance.id] = instance.agent;
  }
  return all;
}

function securityMembers(manager: Manager): readonly ZipMember[] {
  const { security } = releaseOf(manager.version, manager.edition).snapshot;
  if (security === 'none') return [];
  const admin = manager.data.users.find((user) => user.id === 0);
  const account = json('admin_account.json', {
    username: admin?.name,
    password: `$pbkdf2-sha256$${admin?.salt}`,
  });
  if (security === 'hash-salt') return [json('hash_salt.json', { hash_salt: manager.hashSalt }), account];
  return [
    json('rest-security.conf', { hash_salt: manager.hashSalt, encryption_key: 'c2ltdWxhdGVk' }),
    account,
  ];
}

function networksOf(manager: Manager, agents: readonly Agent[]): readonly string[] {
  const alive = new Set(agents.map((agent) => `${agent.tenant}/${agent.name}`));
  const names = manager.data.nodeInstances
    .filter((instance) => instance.agent !== null && alive.has(`${instance.tenant}/${instance.id}`))
    .map((instance) => instance.agent?.network ?? 'default');
  return [...new Set(names)].sort();
}

/** Plugins make up most of a real snapshot; bytes that do not compress, the same for the same plugin. */
function pluginBytes(seed: string): Uint8Array {
  const bytes = new Uint8Array(12_000);
  let state = [...seed].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7);
  for (let i = 0; i < bytes.length; i++) {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** `executionId` is the create_snapshot itself: it deletes its own row from the dump. */
export function packSnapshot(
  manager: Manager,
  tenant: string,
  executionId: string,
  agents: readonly Agent[],
  now: number,
): Uint8Array {
  const release = releaseOf(manager.version, manager.edition, manager.patch).snapshot;
  const executions = manager.executions.filter((execution) => execution.id !== executionId);
  const dump = { data: manager.data, executions };
  const revisions = release.revisions && manager.patch?.startsWith('4.1.0-p1') !== true;
  const members: ZipMember[] = [
    json('metadata.json', {
      snapshot_version: snapshotVersion(manager),
      ...(revisions
        ? { schema_revision: '333998bc1627', stage_schema_revision: '20170912122333-ConfigurationUpdate' }
        : {}),
    }),
    { name: 'pg_data', content: Buffer.from(`${DUMP_HEADER}${JSON.stringify(dump)}\n`) },
    json('agents.json', agentsFile(manager, tenant)),
    json('agent-records.json', agentRecords(manager, tenant)),
    ...securityMembers(manager),
  ];
  if (release.networks) members.push(json('networks.json', { active_networks: networksOf(manager, agents) }));
  if (release.certificates) {
    for (const [name, text] of Object.entries(manager.certificates)) {
      members.push({ name: `ssl/${name}`, content: Buffer.from(text) });
    }
  }
  if (release.stage) members.push({ name: 'stage_data', content: Buffer.from('-- stage\n') });
  if (release.composer) members.push(json('composer/config.json', { items: [] }));
  for (const plugin of manager.data.plugins) {
    members.push({ name: `plugins/${plugin.id}.wgn`, content: pluginBytes(plugin.id) });
  }
  return writeZip(members, now);
}

/** @returns a sentence when the bytes are not a snapshot */
export function readSnapshot(archive: Uint8Array): SnapshotContent | string {
  const members = listZip(archive);
  if (members === undefined) return 'File is not a zip file';
  const texts = new Map<string, string>();
  for (const member of members) {
    const content = unpackMember(member);
    if (content === undefined) return `Bad CRC-32 for file '${member.name}'`;
    if (!member.name.startsWith('plugins/')) texts.set(member.name, Buffer.from(content).toString('utf8'));
  }
  const parsed = (name: string) => {
    const text = texts.get(name);
    return text === undefined ? undefined : (JSON.parse(text) as { readonly [key: string]: unknown });
  };
  const metadata = parsed('metadata.json');
  const dump = texts.get('pg_data');
  if (metadata === undefined || dump === undefined)
    return "[Errno 2] No such file or directory: 'metadata.json'";
  const { data, executions } = JSON.parse(dump.slice(DUMP_HEADER.length)) as {
    readonly data: Data;
    readonly executions: readonly Execution[];
  };
  const certificates: { [name: string]: string } = {};
  for (const [name, text] of texts)
    if (name.startsWith('ssl/')) certificates[name.slice('ssl/'.length)] = text;
  const salt = (parsed('hash_salt.json') ?? parsed('rest-security.conf'))?.hash_salt;
  return {
    version: String(metadata.snapshot_version),
    data,
    executions,
    certificates,
    hashSalt: typeof salt === 'string' ? salt : null,
    networks: (parsed('networks.json')?.active_networks as readonly string[] | undefined) ?? null,
    agents: (parsed('agent-records.json') ?? {}) as SnapshotContent['agents'],
  };
}
