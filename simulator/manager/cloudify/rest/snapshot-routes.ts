import { isRefusal, notFound, type Refusal, refuse } from '../refusal.ts';
import {
  createSnapshot,
  deleteSnapshot,
  downloadSnapshot,
  findSnapshot,
  snapshotFile,
  startRestore,
  uploadSnapshot,
} from '../snapshots.ts';
import { atLeast } from '../version.ts';
import { withManager } from '../world-parts.ts';
import { isAdmin } from './access.ts';
import { listAnswer } from './lists.ts';
import { renderExecution, renderSnapshot } from './render.ts';
import { answer } from './request.ts';
import type { Handled, Route, RouteCall } from './route.ts';

type Body = { readonly [name: string]: unknown };

function refuseNonAdmin(call: RouteCall, what: string): Refusal | undefined {
  const user = call.manager.data.users.find((each) => each.name === call.caller.user);
  if (user === undefined || isAdmin(user)) return undefined;
  if (atLeast(call.manager.version, '4.2')) {
    return refuse(403, 'forbidden_error', `<User username=\`${user.name}\`> is not permitted to ${what}`);
  }
  return refuse(401, 'unauthorized_error', `${user.name} is not admin. Only admins are allowed to ${what}`);
}

function create(call: RouteCall): Handled | Refusal {
  const { world, hostName, manager, request, parts, caller, now, dice } = call;
  const denied = refuseNonAdmin(call, 'create snapshots');
  if (denied !== undefined) return denied;
  const body = (request.json ?? {}) as Body;
  const started = createSnapshot(
    manager,
    {
      id: parts[0] ?? '',
      queue: body.queue === true,
      parameters: {
        include_metrics: body.include_metrics === true,
        include_credentials: body.include_credentials !== false,
        ...(atLeast(manager.version, '4.3')
          ? { include_logs: body.include_logs !== false, include_events: body.include_events !== false }
          : {}),
      },
    },
    caller,
    now,
    dice,
  );
  if (isRefusal(started)) return started;
  return {
    world: withManager(world, hostName, started.manager),
    answer: answer(renderExecution(started.manager, started.execution), 201),
  };
}

function upload(call: RouteCall): Handled | Refusal {
  const { world, hostName, manager, request, parts, caller, now } = call;
  const denied = refuseNonAdmin(call, 'upload snapshots');
  if (denied !== undefined) return denied;
  const changed = uploadSnapshot(
    manager,
    { id: parts[0] ?? '', archive: request.bytes ?? new Uint8Array() },
    caller,
    now,
  );
  if (isRefusal(changed)) return changed;
  const snapshot = findSnapshot(changed, parts[0] ?? '', caller.tenant);
  const file = { content: request.bytes ?? new Uint8Array(), mode: 0o644, owner: 'cfyuser' };
  return {
    effects: [{ kind: 'write', host: hostName, files: { [snapshotFile(parts[0] ?? '')]: file } }],
    world: withManager(world, hostName, changed),
    answer: answer(snapshot === undefined ? {} : renderSnapshot(changed, snapshot), 201),
  };
}

function download({ world, manager, parts: [id = ''], caller }: RouteCall): Handled | Refusal {
  const found = downloadSnapshot(manager, id, caller);
  if (isRefusal(found)) return found;
  return { world, answer: { kind: 'bytes', status: 200, bytes: found, fileName: `${id}.zip` } };
}

function remove({ world, hostName, manager, parts: [id = ''], caller }: RouteCall): Handled | Refusal {
  const found = findSnapshot(manager, id, caller.tenant);
  const changed = deleteSnapshot(manager, id, caller);
  if (isRefusal(changed)) return changed;
  const directory = snapshotFile(id).slice(0, snapshotFile(id).lastIndexOf('/'));
  return {
    effects: [{ kind: 'remove', host: hostName, paths: [directory] }],
    world: withManager(world, hostName, changed),
    answer: answer(found === undefined ? {} : renderSnapshot(manager, found)),
  };
}

function get({ world, manager, parts: [id = ''], caller }: RouteCall): Handled | Refusal {
  const found = findSnapshot(manager, id, caller.tenant);
  return found === undefined
    ? notFound('Snapshot', id)
    : { world, answer: answer(renderSnapshot(manager, found)) };
}

function restore(call: RouteCall): Handled | Refusal {
  const { world, hostName, manager, request, parts, caller, now, dice } = call;
  const denied = refuseNonAdmin(call, 'restore snapshots');
  if (denied !== undefined) return denied;
  const body = (request.json ?? {}) as Body;
  const started = startRestore(
    manager,
    {
      id: parts[0] ?? '',
      force: body.force === true,
      restoreCertificates: body.restore_certificates === true,
      noReboot: body.no_reboot === true,
    },
    caller,
    now,
    dice,
  );
  if (isRefusal(started)) return started;
  return {
    world: withManager(world, hostName, started.manager),
    answer: answer(renderExecution(started.manager, started.execution)),
  };
}

export const SNAPSHOT_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: ['snapshots'],
    run: ({ world, manager, request }) => ({
      world,
      answer: listAnswer(
        manager,
        request,
        manager.snapshots.map((snapshot) => renderSnapshot(manager, snapshot)),
      ),
    }),
  },
  { method: 'GET', path: ['snapshots', '*'], run: get },
  { method: 'PUT', path: ['snapshots', '*'], run: create },
  { method: 'DELETE', path: ['snapshots', '*'], run: remove },
  { method: 'PUT', path: ['snapshots', '*', 'archive'], run: upload },
  { method: 'GET', path: ['snapshots', '*', 'archive'], run: download },
  { method: 'POST', path: ['snapshots', '*', 'restore'], run: restore },
];
