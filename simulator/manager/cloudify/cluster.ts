import { milliseconds, SECONDS } from './durations.ts';
import type { ClusterNode, Manager, World } from './model.ts';
import { type Refusal, refuse } from './refusal.ts';
import { machineOf, managerOf, withMachine, withManager } from './world-parts.ts';

/**
 * Clusters of 4.0–4.6: one leader that serves, replicas that wait. The code of the real ones was never published; what is
 * here comes from the guides, the CLI and its messages.
 */

/** Units that `cfy cluster start` and `join` set up beside the Manager's own; they outlive its uninstall up to 4.3.x. */
export const CLUSTER_UNITS = ['cloudify-consul', 'cloudify-syncthing', 'cloudify-postgresql'] as const;

/** Where the database of a cluster lives; a single Manager has it in /var/lib/pgsql. */
export const CLUSTER_DATA = '/var/pgdata';

/** This Manager among the nodes of its cluster. */
export function ownNode(manager: Manager): ClusterNode | undefined {
  return manager.cluster?.find(({ ip }) => ip === manager.privateIp || ip === manager.publicIp);
}

export function isStandby(manager: Manager): boolean {
  return ownNode(manager)?.state === 'replica';
}

/** A node that was removed is in no cluster any more and still has its parts. */
export function hasClusterParts(manager: Manager | null): boolean {
  return manager !== null && (manager.cluster !== null || manager.removedFromCluster);
}

/** What each node shows of another one. */
export function shownState(node: ClusterNode, now: number): ClusterNode['state'] {
  return now < node.readyFrom ? 'offline' : node.state;
}

function machineOfNode(world: World, ip: string): string | undefined {
  return Object.values(world.machines).find(
    ({ manager }) => manager !== null && (manager.privateIp === ip || manager.publicIp === ip),
  )?.name;
}

/** The same list on every node that is in it. */
function withNodes(world: World, nodes: readonly ClusterNode[]): World {
  let next = world;
  for (const { ip, state } of nodes) {
    const host = machineOfNode(next, ip);
    if (host !== undefined && state !== 'offline') next = withManager(next, host, { cluster: nodes });
  }
  return next;
}

export interface ClusterRequest {
  readonly ip: string;
  readonly name: string;
  /** Addresses of nodes of the cluster that it joins. */
  readonly join?: readonly string[];
}

function refuseParts(world: World, hostName: string): Refusal | undefined {
  const { manager, clusterLeftovers } = machineOf(world, hostName);
  if (manager?.cluster != null)
    return refuse(
      400,
      'bad_parameters_error',
      'This manager machine is already part of a Cloudify Manager cluster',
    );
  if (clusterLeftovers.length === 0) return undefined;
  return refuse(
    500,
    'internal_server_error',
    `Cluster initialization failed: ${clusterLeftovers.join(', ')} of an earlier cluster still run on this machine`,
  );
}

export function startCluster(
  world: World,
  hostName: string,
  { ip, name }: ClusterRequest,
  now: number,
): World | Refusal {
  const refused = refuseParts(world, hostName);
  if (refused !== undefined) return refused;
  const readyFrom = now + milliseconds(SECONDS.clusterStart);
  const { outages } = managerOf(world, hostName);
  // Database, nginx and the REST service are restarted on the way.
  const restart = { what: 'rest', from: now + milliseconds(20), until: now + milliseconds(35) } as const;
  return withManager(world, hostName, {
    cluster: [{ name, ip, state: 'leader', readyFrom }],
    outages: [...outages, restart],
  });
}

/** Data of the joining node is thrown away: only an empty Manager of the same version may come in. */
export function joinCluster(
  world: World,
  hostName: string,
  request: ClusterRequest,
  now: number,
): World | Refusal {
  const refused = refuseParts(world, hostName);
  if (refused !== undefined) return refused;
  const own = managerOf(world, hostName);
  const leaderHost = (request.join ?? [])
    .map((ip) => machineOfNode(world, ip))
    .find((host) => host !== undefined);
  const leader = leaderHost === undefined ? null : machineOf(world, leaderHost).manager;
  if (leader?.cluster == null)
    return refuse(400, 'cluster_error', 'None of the given addresses belongs to a Cloudify Manager cluster');
  if (leader.version !== own.version)
    return refuse(
      400,
      'cluster_error',
      `Cannot join a cluster of version ${leader.version} with version ${own.version}`,
    );
  if (own.data.blueprints.length > 0)
    return refuse(400, 'cluster_error', 'Cannot join the cluster: this manager is not empty');
  if (leader.cluster.some(({ name }) => name === request.name))
    return refuse(409, 'conflict_error', `Node name ${request.name} is already in use`);
  const node: ClusterNode = {
    ...{ name: request.name, ip: request.ip, state: 'replica' },
    readyFrom: now + milliseconds(SECONDS.clusterJoin),
  };
  return withNodes(world, [...leader.cluster, node]);
}

/** The removed node keeps its parts, serves nobody and can't be used as a Manager again. */
export function removeNode(
  world: World,
  hostName: string,
  name: string,
  stopped: readonly string[],
): World | Refusal {
  const { cluster } = managerOf(world, hostName);
  const node = cluster?.find((each) => each.name === name);
  if (cluster == null || node === undefined) return refuse(404, 'not_found_error', `Node ${name} not found`);
  if (node.state === 'leader')
    return refuse(
      400,
      'cluster_error',
      `Node ${name} is the active node of the cluster and cannot be removed`,
    );
  const host = machineOfNode(world, node.ip);
  const next = withNodes(
    world,
    cluster.filter((each) => each !== node),
  );
  if (host === undefined || machineOf(next, host).manager?.cluster == null) return next;
  return withManager(next, host, { cluster: null, removedFromCluster: true, stopped });
}

/**
 * The Manager of this host is about to vanish. A standby that is alive takes over: with the data, and with every policy
 * that heals.
 */
export function leaveCluster(world: World, hostName: string, now: number): World {
  const { manager } = machineOf(world, hostName);
  const own = manager === null ? undefined : ownNode(manager);
  if (manager?.cluster == null || own === undefined) return world;
  const others = manager.cluster.filter((node) => node !== own);
  const gone: ClusterNode = { ...own, state: 'offline' };
  const alive = others.find((node) => node.state === 'replica' && node.readyFrom <= now);
  const next = withMachine(world, hostName, { manager: null });
  if (own.state !== 'leader' || alive === undefined) return withNodes(next, [gone, ...others]);
  const nodes = [
    gone,
    ...others.map((node): ClusterNode => (node === alive ? { ...node, state: 'leader' } : node)),
  ];
  const heir = machineOfNode(next, alive.ip);
  if (heir === undefined) return next;
  const { data, executions, snapshots, hashSalt, licence } = manager;
  return withNodes(withManager(next, heir, { data, executions, snapshots, hashSalt, licence }), nodes);
}
