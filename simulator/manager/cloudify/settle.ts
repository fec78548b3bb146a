import { installAgents, validateAgents } from './agents.ts';
import { packSnapshot } from './archive.ts';
import { delayedCommand } from './delayed-commands.ts';
import { milliseconds, SECONDS } from './durations.ts';
import { activeExecutions, addEvent, changeExecution, endExecution, findExecution } from './executions.ts';
import type { Changed, Effect, Execution, Manager, Pending, World } from './model.ts';
import { loadSnapshot, validateRestore } from './restore.ts';
import { findSnapshot, snapshotFile } from './snapshots.ts';
import { managerOf, withManager } from './world-parts.ts';

interface Due {
  readonly at: number;
  readonly host: string;
  readonly what:
    | Pending
    | { readonly do: 'start' | 'end'; readonly execution: string }
    | { readonly do: 'maintenance' };
}

function dueOfExecution(host: string, execution: Execution): Due | undefined {
  if (execution.status === 'pending') {
    const at = execution.createdAt + milliseconds(SECONDS.executionQueue);
    return { at, host, what: { do: 'start', execution: execution.id } };
  }
  if (execution.status === 'started') {
    return { at: execution.endsAt, host, what: { do: 'end', execution: execution.id } };
  }
  return undefined;
}

function duesOf(host: string, manager: Manager): readonly Due[] {
  const dues: Due[] = manager.pending.map((what) => ({ at: what.at, host, what }));
  for (const execution of manager.executions) {
    const due = dueOfExecution(host, execution);
    if (due !== undefined) dues.push(due);
  }
  const idle = activeExecutions(manager).length === 0;
  if (manager.maintenance.status === 'activating' && idle) {
    const ends = manager.executions.map((execution) => execution.endedAt ?? 0);
    const at = Math.max(manager.maintenance.requestedAt, ...ends);
    dues.push({ at, host, what: { do: 'maintenance' } });
  }
  const queued = manager.executions.find((execution) => execution.status === 'queued');
  if (queued !== undefined && idle) {
    const ends = manager.executions.map((execution) => execution.endedAt ?? 0);
    dues.push({ at: Math.max(queued.createdAt, ...ends), host, what: { do: 'start', execution: queued.id } });
  }
  return dues;
}

function nextOf(world: World): Due | undefined {
  let next: Due | undefined;
  for (const [host, machine] of Object.entries(world.machines)) {
    if (machine.manager === null || world.switches.held.includes(host)) continue;
    for (const due of duesOf(host, machine.manager)) if (next === undefined || due.at < next.at) next = due;
  }
  return next;
}

/** When something happens by itself next; undefined when nothing is under way. */
export function nextDueAt(world: World): number | undefined {
  const at = nextOf(world)?.at;
  return at === undefined || !Number.isFinite(at) ? undefined : at;
}

/** Lets everything happen that was due until now, in the order of time. */
export function settle(world: World, now: number): Changed<null> {
  let next = world;
  const effects: Effect[] = [];
  for (let due = nextOf(next); due !== undefined && due.at <= now; due = nextOf(next)) {
    const changed = happen(next, due);
    next = changed.world;
    effects.push(...changed.effects);
  }
  return { world: next, effects, answer: null };
}

function happen(world: World, due: Due): Changed<null> {
  const { host, at, what } = due;
  switch (what.do) {
    case 'start':
      return plain(withManager(world, host, begin(managerOf(world, host), what.execution, at)));
    case 'end': {
      const ended = end(world, host, what.execution, at);
      return { world: ended, effects: archiveWritten(world, ended, host, what.execution), answer: null };
    }
    case 'maintenance':
      return plain(enterMaintenance(world, host, at));
    case 'validate-restore':
    case 'load-snapshot':
      return plain(restoreStep(dropPending(world, host, what), host, what, at));
    case 'restart-rest':
    case 'swap-certificates':
    case 'reboot':
      return delayedCommand(dropPending(world, host, what), host, what, at);
  }
}

/** A snapshot that was made lies on the Manager's disk, too. */
function archiveWritten(before: World, after: World, host: string, id: string): readonly Effect[] {
  const execution = findExecution(managerOf(before, host), id);
  if (execution?.workflow !== 'create_snapshot') return [];
  const name = String(execution.parameters.snapshot_id);
  const made = findSnapshot(managerOf(after, host), name, execution.tenant);
  if (made?.archive == null) return [];
  const file = { content: made.archive, mode: 0o644, owner: 'cfyuser' };
  return [{ kind: 'write', host, files: { [snapshotFile(name)]: file } }];
}

function plain(world: World): Changed<null> {
  return { world, effects: [], answer: null };
}

function dropPending(world: World, host: string, done: Pending): World {
  const pending = managerOf(world, host).pending.filter((each) => each !== done);
  return withManager(world, host, { pending });
}

function begin(manager: Manager, id: string, at: number): Manager {
  const execution = findExecution(manager, id);
  if (execution === undefined) return manager;
  // A queued one has waited: its time counts from now.
  const late = execution.status === 'queued' ? at - execution.createdAt : 0;
  const started = changeExecution(manager, id, {
    status: 'started',
    startedAt: at,
    endsAt: execution.endsAt + late,
  });
  const told = addEvent(started, id, {
    at,
    kind: 'CFY',
    text: `Starting '${execution.workflow}' workflow execution`,
  });
  switch (execution.workflow) {
    case 'create_snapshot':
      return addEvent(told, id, {
        at,
        kind: 'LOG',
        text: `INFO: Creating snapshot \`${String(execution.parameters.snapshot_id)}\``,
      });
    case 'restore_snapshot': {
      const steps: readonly Pending[] = [
        { at: at + milliseconds(SECONDS.restoreValidation), do: 'validate-restore', execution: id },
        { at: at + milliseconds(SECONDS.restoreLoad), do: 'load-snapshot', execution: id },
      ];
      return addEvent({ ...told, pending: [...told.pending, ...steps] }, id, {
        at,
        kind: 'LOG',
        text: `INFO: Restoring snapshot ${String(execution.parameters.snapshot_id)}`,
      });
    }
    default:
      return told;
  }
}

function end(world: World, host: string, id: string, at: number): World {
  const manager = managerOf(world, host);
  const execution = findExecution(manager, id);
  if (execution === undefined) return world;
  switch (execution.workflow) {
    case 'create_snapshot':
      return endSnapshot(world, host, execution, at);
    case 'install_new_agents': {
      const broken = world.switches.failNextAgents.includes(execution.deployment ?? '');
      if (broken) {
        const failNextAgents = world.switches.failNextAgents.filter((name) => name !== execution.deployment);
        const error =
          "RuntimeError: Workflow failed: Task failed 'cloudify_agent.operations.create_agent_amqp' -> timed out";
        return withManager(
          { ...world, switches: { ...world.switches, failNextAgents } },
          host,
          endExecution(manager, id, error, at),
        );
      }
      const installed = installAgents(world, host, execution, at);
      return withManager(
        installed.world,
        host,
        endExecution(managerOf(installed.world, host), id, installed.error, at),
      );
    }
    case 'validate_agents':
      return withManager(
        world,
        host,
        endExecution(manager, id, validateAgents(world, host, execution, at), at),
      );
    case 'restore_snapshot': {
      const broken = world.switches.failNextRestore.includes(host);
      const failNextRestore = world.switches.failNextRestore.filter((name) => name !== host);
      const error = broken
        ? 'RuntimeError: Restoring the deployment environments failed: connection to the broker lost'
        : '';
      return withManager(
        { ...world, switches: { ...world.switches, failNextRestore } },
        host,
        endExecution(manager, id, error, at),
      );
    }
    default:
      return withManager(world, host, endExecution(manager, id, '', at));
  }
}

/** The workflow swallows every exception: the snapshot fails, the execution ends well. */
function endSnapshot(world: World, host: string, execution: Execution, at: number): World {
  const manager = managerOf(world, host);
  const broken = world.switches.failNextSnapshot.includes(host);
  const failNextSnapshot = world.switches.failNextSnapshot.filter((name) => name !== host);
  const error = broken ? '[Errno 28] No space left on device' : '';
  const archive = broken ? null : packSnapshot(manager, execution.tenant, execution.id, world.agents, at);
  const snapshots = manager.snapshots.map((each) =>
    each.id === execution.parameters.snapshot_id && each.tenant === execution.tenant
      ? { ...each, status: broken ? ('failed' as const) : ('created' as const), error, archive }
      : each,
  );
  const told = addEvent({ ...manager, snapshots }, execution.id, {
    at,
    kind: 'LOG',
    text: broken ? `ERROR: Snapshot creation failed: ${error}` : 'INFO: Snapshot created successfully',
  });
  return withManager(
    { ...world, switches: { ...world.switches, failNextSnapshot } },
    host,
    endExecution(told, execution.id, '', at),
  );
}

function enterMaintenance(world: World, host: string, at: number): World {
  const { maintenance } = managerOf(world, host);
  if (maintenance.status !== 'activating') return world;
  return withManager(world, host, { maintenance: { ...maintenance, status: 'activated', activatedAt: at } });
}

function restoreStep(
  world: World,
  host: string,
  step: { readonly do: 'validate-restore' | 'load-snapshot'; readonly execution: string },
  at: number,
): World {
  const manager = managerOf(world, host);
  const execution = findExecution(manager, step.execution);
  // A reboot or a failed validation has ended it before.
  if (execution?.status !== 'started') return world;
  if (step.do === 'load-snapshot') {
    return withManager(
      world,
      host,
      loadSnapshot(manager, execution, world.switches.failNextRestore.includes(host), at),
    );
  }
  const content = validateRestore(manager, execution);
  return typeof content === 'string'
    ? withManager(world, host, endExecution(manager, execution.id, content, at))
    : world;
}
