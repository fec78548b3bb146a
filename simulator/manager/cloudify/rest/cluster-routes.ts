import { joinCluster, ownNode, removeNode, shownState, startCluster } from '../cluster.ts';
import { SERVICES } from '../installation.ts';
import type { ClusterNode, Dice } from '../model.ts';
import { isRefusal, notFound, PREMIUM_ONLY, type Refusal } from '../refusal.ts';
import type { Json } from './render.ts';
import { answer } from './request.ts';
import type { Handled, Route, RouteCall } from './route.ts';

function premium(run: Route['run']): Route['run'] {
  return (call) => (call.manager.edition === 'community' ? PREMIUM_ONLY : run(call));
}

function rendered(node: ClusterNode, now: number): Json {
  const state = shownState(node, now);
  const health = state === 'offline' ? 'FAIL' : 'OK';
  return {
    name: node.name,
    host_ip: node.ip,
    // 4.0.x knows two truths, later releases one state and five lamps.
    master: state === 'leader',
    online: state !== 'offline',
    state,
    ...{ consul: health, services: health, database: health, heartbeat: health },
  };
}

/** 4.0.x gives its key to everybody who may ask. */
function status({ world, manager, now }: RouteCall): Handled {
  const own = ownNode(manager);
  const initialized = own !== undefined && own.readyFrom <= now;
  const key = manager.version.startsWith('4.0') && initialized ? { encryption_key: ENCRYPTION_KEY } : {};
  return { world, answer: answer({ initialized, error: null, logs: [], ...key }) };
}

const ENCRYPTION_KEY = '8ba09dc1a24f4e5f9f6f1d9e3c2b7a60';

interface Config {
  readonly host_ip?: string;
  readonly node_name?: string;
  readonly join_addrs?: readonly string[];
}

function nodeName(dice: Dice): string {
  return `cloudify_manager_${dice.word(6, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789')}`;
}

/** One address for both: it joins where somebody is named to join. */
function start(call: RouteCall): Handled | Refusal {
  const { world, hostName, manager, now, dice } = call;
  const config = (call.request.json ?? {}) as Config;
  const request = { ip: config.host_ip ?? manager.privateIp, name: config.node_name ?? nodeName(dice) };
  const join = config.join_addrs;
  const changed =
    join === undefined
      ? startCluster(world, hostName, request, now)
      : joinCluster(world, hostName, { ...request, join }, now);
  return isRefusal(changed)
    ? changed
    : { world: changed, answer: answer({ initialized: false, error: null, logs: [] }) };
}

function remove(call: RouteCall): Handled | Refusal {
  const {
    world,
    hostName,
    manager,
    parts: [name = ''],
    now,
  } = call;
  const node = manager.cluster?.find((each) => each.name === name);
  const changed = removeNode(
    world,
    hostName,
    name,
    SERVICES.map(({ unit }) => unit),
  );
  if (isRefusal(changed)) return changed;
  return { world: changed, answer: answer(node === undefined ? {} : rendered(node, now)) };
}

export const CLUSTER_ROUTES: readonly Route[] = [
  { method: 'GET', path: ['cluster'], run: premium(status) },
  { method: 'PUT', path: ['cluster'], run: premium(start) },
  {
    method: 'GET',
    path: ['cluster', 'nodes'],
    run: premium(({ world, manager, now }) => ({
      world,
      answer: answer({ items: (manager.cluster ?? []).map((node) => rendered(node, now)) }),
    })),
  },
  {
    method: 'GET',
    path: ['cluster', 'nodes', '*'],
    run: premium(({ world, manager, parts: [name = ''], now }) => {
      const node = manager.cluster?.find((each) => each.name === name);
      return node === undefined ? notFound('Node', name) : { world, answer: answer(rendered(node, now)) };
    }),
  },
  { method: 'DELETE', path: ['cluster', 'nodes', '*'], run: premium(remove) },
];
