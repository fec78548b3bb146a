import { readSnapshot, type SnapshotContent } from './archive.ts';
import { METADATA, restoredInternalFiles } from './certificates.ts';
import { milliseconds, SECONDS } from './durations.ts';
import { pythonList } from './executions.ts';
import type { CertificateFiles, Data, Execution, Group, Manager, Pending, User } from './model.ts';
import { releaseOf } from './releases.ts';
import { atLeast, compareVersions, versionParts } from './version.ts';

function threeParts(version: string): string {
  const [major = 0, minor = 0, service = 0] = versionParts(version);
  return `${major}.${minor}.${service}`;
}

/** What the workflow checks first. @returns the content, or the last line of its traceback */
export function validateRestore(manager: Manager, execution: Execution): SnapshotContent | string {
  const snapshot = manager.snapshots.find((each) => each.id === execution.parameters.snapshot_id);
  if (snapshot?.archive == null) return 'IOError: [Errno 2] No such file or directory: snapshot archive';
  const content = readSnapshot(snapshot.archive);
  if (typeof content === 'string') return `BadZipfile: ${content}`;
  if (compareVersions(threeParts(content.version), threeParts(manager.version)) > 0) {
    return `NonRecoverableError: Cannot restore a newer manager's snapshot on this manager [${threeParts(content.version)} > ${threeParts(manager.version)}]`;
  }
  if (execution.parameters.user_is_bootstrap_admin !== true) {
    return 'NonRecoverableError: The current user is not authorized to restore v4 snapshots. Only the bootstrap admin is allowed to perform this action';
  }
  if (manager.data.blueprints.length > 0 && execution.parameters.force !== true) {
    return 'NonRecoverableError: Snapshot restoration on a non-empty manager is not permitted. Pass the --force flag to force the restore and delete existing data from the manager';
  }
  const missing = missingNetworks(manager, content);
  if (missing.length > 0) {
    return `NonRecoverableError: Networks \`${pythonList(missing)}\` do not appear in the provider context, but have live agents connected to them. Upgrade is not allowed! All the above networks need to be set during bootstrap`;
  }
  return content;
}

function missingNetworks(manager: Manager, content: SnapshotContent): readonly string[] {
  if (!releaseOf(manager.version, manager.edition).restore.networksCheck) return [];
  return (content.networks ?? []).filter(
    (name) => name !== 'default' && manager.networks[name] === undefined,
  );
}

/** Roles of 4.1 and below become those of 4.2; tenant links get the role `user`. */
function mapUser(user: User): User {
  return { ...user, role: user.role === 'admin' ? 'sys_admin' : 'default', tenants: mapLinks(user.tenants) };
}

function mapGroup(group: Group): Group {
  return {
    ...group,
    role: group.role === 'admin' ? 'sys_admin' : 'default',
    tenants: mapLinks(group.tenants),
  };
}

function mapLinks(links: User['tenants']): User['tenants'] {
  return Object.fromEntries(Object.keys(links).map((tenant) => [tenant, 'user']));
}

/** The dump, migrated to the schema of the new Manager. The admin stays the new Manager's until the very end. */
function migrated(manager: Manager, content: SnapshotContent): Data {
  const rolesChange = atLeast(manager.version, '4.2') && !atLeast(content.version, '4.2');
  const admin = manager.data.users.find((user) => user.id === 0);
  const users = content.data.users
    .map((user) => (rolesChange ? mapUser(user) : user))
    .map((user) =>
      user.id === 0 && admin !== undefined
        ? { ...user, name: admin.name, password: admin.password, salt: admin.salt }
        : user,
    );
  return {
    ...content.data,
    users,
    groups: rolesChange ? content.data.groups.map(mapGroup) : content.data.groups,
    nodeInstances: content.data.nodeInstances.map((instance) => ({
      ...instance,
      agent: content.agents[`${instance.tenant}/${instance.id}`] ?? null,
    })),
  };
}

function restoredCertificates(manager: Manager, content: SnapshotContent): CertificateFiles | undefined {
  const archived = content.certificates;
  switch (releaseOf(manager.version, manager.edition).restore.certificates) {
    case 'never':
      return undefined;
    case 'when-same-metadata':
      return archived[METADATA] !== undefined && archived[METADATA] === manager.certificates[METADATA]
        ? archived
        : undefined;
    case 'whole-directory':
      return Object.keys(archived).length > 0 ? archived : undefined;
    case 'internal-files':
      return restoredInternalFiles(manager.certificates, archived);
  }
}

/** Delayed commands: they run after the workflow has ended, in this order. */
function aftermath(manager: Manager, execution: Execution, content: SnapshotContent): readonly Pending[] {
  const { adoptsHashSalt } = releaseOf(manager.version, manager.edition).restore;
  const end = execution.endsAt;
  const pending: Pending[] = [];
  if (adoptsHashSalt && content.hashSalt !== null) {
    pending.push({
      at: end + milliseconds(SECONDS.restRestartAfterRestore),
      do: 'restart-rest',
      hashSalt: content.hashSalt,
      admin: content.data.users.find((user) => user.id === 0) ?? null,
    });
  }
  if (execution.parameters.restore_certificates === true) {
    const certificates = restoredCertificates(manager, content);
    if (certificates !== undefined) {
      pending.push({
        at: end + milliseconds(SECONDS.certificatesAfterRestore),
        do: 'swap-certificates',
        certificates,
      });
      if (execution.parameters.no_reboot !== true) {
        pending.push({ at: end + milliseconds(SECONDS.rebootAfterRestore), do: 'reboot' });
      }
    }
  }
  return pending;
}

/**
 * The database load: one transaction. Truncates the snapshots table, brings the old executions and puts the restore's own
 * row back, in default_tenant. What fails after it leaves a dirty Manager.
 */
export function loadSnapshot(manager: Manager, execution: Execution, breaks: boolean, at: number): Manager {
  const content = validateRestore(manager, {
    ...execution,
    parameters: { ...execution.parameters, force: true },
  });
  if (typeof content === 'string') return manager;
  const own: Execution = { ...execution, tenant: 'default_tenant' };
  const endsAt = breaks ? at + milliseconds(SECONDS.restoreBreaks) : execution.endsAt;
  const { restInTheMiddle: middle, delayedAnyway } = releaseOf(manager.version, manager.edition).restore;
  const delayed = !breaks || delayedAnyway ? aftermath(manager, { ...execution, endsAt }, content) : [];
  return {
    ...manager,
    data: migrated(manager, content),
    executions: [...content.executions, { ...own, endsAt }],
    snapshots: [],
    pending: [...manager.pending, ...delayed],
    outages: middle
      ? [...manager.outages, { what: 'rest', from: at, until: at + milliseconds(SECONDS.restRestart) }]
      : manager.outages,
  };
}
