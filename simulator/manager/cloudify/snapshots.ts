import { ownNode } from './cluster.ts';
import { SECONDS } from './durations.ts';
import { refuseSystemWide, startExecution } from './executions.ts';
import type { Dice, Execution, Manager, Snapshot } from './model.ts';
import { notFound, type Refusal, refuse } from './refusal.ts';
import { releaseOf } from './releases.ts';
import { listZip } from './zip.ts';

/** Where a Manager keeps the archive on its own disk. */
export function snapshotFile(id: string): string {
  return `/opt/manager/resources/snapshots/${id}/${id}.zip`;
}

export interface Caller {
  readonly user: string;
  readonly tenant: string;
  /** The admin that the installer made, user 0. */
  readonly bootstrapAdmin: boolean;
}

type Started = { readonly manager: Manager; readonly execution: Execution };

export function findSnapshot(manager: Manager, id: string, tenant: string): Snapshot | undefined {
  return manager.snapshots.find((snapshot) => snapshot.id === id && snapshot.tenant === tenant);
}

function conflict(id: string, tenant: string): Refusal {
  return refuse(
    409,
    'conflict_error',
    `<Snapshot id=\`${id}\` tenant=\`${tenant}\`> already exists on <Tenant name=\`${tenant}\`> or with global visibility`,
  );
}

function badId(manager: Manager, id: string): Refusal | undefined {
  if (!releaseOf(manager.version, manager.edition).cleanSnapshotId || /^[A-Za-z0-9._-]+$/.test(id))
    return undefined;
  return refuse(
    400,
    'bad_parameters_error',
    `The \`snapshot_id\` argument contains illegal characters. Only letters, digits and the characters "-", "." and "_" are allowed`,
  );
}

/** A busy Manager refuses and deletes the half-made record, so that asking again is safe. */
export function createSnapshot(
  manager: Manager,
  request: { readonly id: string; readonly parameters: Execution['parameters']; readonly queue: boolean },
  caller: Caller,
  now: number,
  dice: Dice,
): Started | Refusal {
  const wrong = badId(manager, request.id);
  if (wrong !== undefined) return wrong;
  if (findSnapshot(manager, request.id, caller.tenant) !== undefined)
    return conflict(request.id, caller.tenant);
  const busy = refuseSystemWide(manager);
  const queued = request.queue && releaseOf(manager.version, manager.edition).queue && busy !== undefined;
  if (busy !== undefined && !queued) return busy;
  const snapshot: Snapshot = {
    id: request.id,
    status: 'creating',
    error: '',
    tenant: caller.tenant,
    createdAt: now,
    createdBy: caller.user,
    archive: null,
  };
  return startExecution(
    { ...manager, snapshots: [...manager.snapshots, snapshot] },
    {
      workflow: 'create_snapshot',
      deployment: null,
      tenant: caller.tenant,
      createdBy: caller.user,
      seconds: SECONDS.createSnapshot,
      parameters: { snapshot_id: request.id, ...request.parameters },
      queued,
    },
    now,
    dice,
  );
}

export function uploadSnapshot(
  manager: Manager,
  request: { readonly id: string; readonly archive: Uint8Array },
  caller: Caller,
  now: number,
): Manager | Refusal {
  const wrong = badId(manager, request.id);
  if (wrong !== undefined) return wrong;
  if (findSnapshot(manager, request.id, caller.tenant) !== undefined)
    return conflict(request.id, caller.tenant);
  if (listZip(request.archive) === undefined) {
    return refuse(400, 'bad_parameters_error', 'The uploaded archive is not a zip archive');
  }
  const snapshot: Snapshot = {
    id: request.id,
    status: 'uploaded',
    error: '',
    tenant: caller.tenant,
    createdAt: now,
    createdBy: caller.user,
    archive: request.archive,
  };
  return { ...manager, snapshots: [...manager.snapshots, snapshot] };
}

export function deleteSnapshot(manager: Manager, id: string, caller: Caller): Manager | Refusal {
  if (findSnapshot(manager, id, caller.tenant) === undefined) return notFound('Snapshot', id);
  const snapshots = manager.snapshots.filter((each) => each.id !== id || each.tenant !== caller.tenant);
  return { ...manager, snapshots };
}

export function downloadSnapshot(manager: Manager, id: string, caller: Caller): Uint8Array | Refusal {
  const snapshot = findSnapshot(manager, id, caller.tenant);
  if (snapshot === undefined) return notFound('Snapshot', id);
  if (snapshot.status === 'failed') {
    return refuse(400, 'snapshot_action_error', 'Failed snapshot cannot be downloaded');
  }
  return (
    snapshot.archive ?? refuse(404, 'not_found_error', `404 Not Found: snapshot ${id} has no archive yet`)
  );
}

export interface RestoreRequest {
  readonly id: string;
  readonly force: boolean;
  readonly restoreCertificates: boolean;
  readonly noReboot: boolean;
}

/** Only what the REST layer checks; the rest shows up as a failed execution. */
export function startRestore(
  manager: Manager,
  request: RestoreRequest,
  caller: Caller,
  now: number,
  dice: Dice,
): Started | Refusal {
  const { restore } = releaseOf(manager.version, manager.edition);
  const snapshot = findSnapshot(manager, request.id, caller.tenant);
  if (snapshot === undefined) return notFound('Snapshot', request.id);
  if (snapshot.status === 'failed') {
    return refuse(400, 'snapshot_action_error', 'Failed snapshot cannot be restored');
  }
  if (request.noReboot && !request.restoreCertificates) {
    return refuse(
      400,
      'bad_parameters_error',
      '`no_reboot` is only relevant when `restore_certificates` is activated',
    );
  }
  if (restore.clusterCheck && (manager.cluster?.length ?? 0) > 1) {
    return refuse(
      400,
      'cluster_error',
      'Action `restore snapshot` is not available on a cluster with more than one node',
    );
  }
  if (restore.clusterCheck && now < (ownNode(manager)?.readyFrom ?? 0)) {
    return refuse(
      400,
      'cluster_error',
      'Action `restore snapshot` is not available while initializing a cluster',
    );
  }
  const busy = refuseSystemWide(manager);
  if (busy !== undefined) return busy;
  return startExecution(
    manager,
    {
      workflow: 'restore_snapshot',
      deployment: null,
      tenant: caller.tenant,
      createdBy: caller.user,
      seconds: SECONDS.restore,
      parameters: {
        snapshot_id: request.id,
        force: request.force,
        restore_certificates: request.restoreCertificates,
        no_reboot: request.noReboot,
        user_is_bootstrap_admin: caller.bootstrapAdmin,
      },
    },
    now,
    dice,
  );
}
