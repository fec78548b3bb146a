import { activeExecutions } from './executions.ts';
import type { Manager } from './model.ts';
import { type Refusal, refuse } from './refusal.ts';
import { releaseOf } from './releases.ts';
import { atLeast } from './version.ts';

const ALWAYS = /^(?:maintenance|status|version)(?:\/|$)/;
/** Refused while it waits for running executions to end. */
const STARTERS =
  /^(?:executions$|deployments\/|snapshots\/[^/]+(?:\/restore)?$|deployment-updates|deployment-modifications)/;

const IN_MAINTENANCE = 'Your request was rejected since Cloudify manager is currently in maintenance mode';

/** `path` is what comes after the API version: `snapshots/x/restore`. */
export function refuseInMaintenance(manager: Manager, method: string, path: string): Refusal | undefined {
  const { status } = manager.maintenance;
  if (status === 'deactivated' || ALWAYS.test(path)) return undefined;
  const { snapshotsInMaintenance } = releaseOf(manager.version, manager.edition);
  if (path.startsWith('snapshots') && snapshotsInMaintenance) {
    // Snapshot workflows go past every state only from 4.5.5 (MGR@4.5 maintenance.py).
    if (status === 'activated' || atLeast(manager.version, '4.5.5')) return undefined;
  }
  if (status === 'activated') return refuse(503, 'maintenance_mode_active', IN_MAINTENANCE);
  if (method !== 'GET' && method !== 'DELETE' && STARTERS.test(path)) {
    return refuse(
      503,
      'entering_maintenance_mode',
      'Your request was rejected since Cloudify manager is entering maintenance mode',
    );
  }
  return undefined;
}

export function activateMaintenance(manager: Manager, user: string, now: number): Manager | Refusal {
  if (manager.maintenance.status !== 'deactivated') {
    return refuse(304, 'not_modified', `Maintenance mode is already ${manager.maintenance.status}`);
  }
  const asked = { requestedBy: user, requestedAt: now };
  const busy = activeExecutions(manager).length > 0;
  return {
    ...manager,
    maintenance: busy
      ? { status: 'activating', ...asked }
      : { status: 'activated', ...asked, activatedAt: now },
  };
}

export function deactivateMaintenance(manager: Manager): Manager | Refusal {
  if (manager.maintenance.status === 'deactivated') {
    return refuse(304, 'not_modified', 'Maintenance mode is already deactivated');
  }
  return { ...manager, maintenance: { status: 'deactivated' } };
}
