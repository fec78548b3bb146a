import { isListening, machineAt } from '../brokers.ts';
import { isStandby } from '../cluster.ts';
import type { Changed, Dice, Manager, World } from '../model.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import { releaseOf } from '../releases.ts';
import { withManager } from '../world-parts.ts';
import { noteDeadlockRisk, noteLogin, refuseAccess } from './access.ts';
import { answer, errorBody, type RestAnswer, type RestRequest } from './request.ts';
import type { Handled, Route } from './route.ts';
import { ROUTES } from './routes.ts';

/** What a replica answers: clients that know the other nodes ask them. */
const NOT_THE_MASTER = refuse(
  400,
  'not_cluster_master',
  'This manager is not the master of its cluster. Talk to the active node',
);

const PAGE_NOT_FOUND =
  '404 Not Found: The requested URL was not found on the server.  If you entered the URL manually please check your spelling and try again.';

/** One REST call, from the connection to the answer. */
export function serve(world: World, request: RestRequest, now: number, dice: Dice): Changed<RestAnswer> {
  const unchanged = (given: RestAnswer): Changed<RestAnswer> => ({ world, effects: [], answer: given });
  const machine = machineAt(world, request.ip);
  if (machine === undefined || now < machine.upFrom) return unchanged({ kind: 'no-route' });
  const manager = machine.manager;
  if (
    manager === null ||
    !isListening(machine, now) ||
    manager.stopped.includes('nginx') ||
    request.port !== 80
  ) {
    return unchanged({ kind: 'refused' });
  }
  if (isRestDown(manager, now)) return unchanged(badGateway());
  const path = resourceOf(manager, request.path);
  if (path === undefined) return unchanged(answer(errorBody('not_found_error', PAGE_NOT_FOUND), 404));
  if (isStandby(manager) && !/^(?:version|status)$/.test(path))
    return unchanged(refusalAnswer(NOT_THE_MASTER));
  const noted = noteDeadlockRisk(manager, request, now);
  const refused = refuseAccess(noted, request, path);
  const open = unauthenticated(noted);
  if (refused !== undefined && !open) {
    return { world: withManager(world, machine.name, noted), effects: [], answer: refusalAnswer(refused) };
  }
  const known = open ? noted : noteLogin(noted, request.user, now);
  const handled = handle(
    withManager(world, machine.name, known),
    machine.name,
    known,
    request,
    path,
    now,
    dice,
  );
  return { world: handled.world, effects: handled.effects ?? [], answer: handled.answer };
}

/** 3.x without security serves everybody. */
function unauthenticated(manager: Manager): boolean {
  return !releaseOf(manager.version, manager.edition).apis.includes('v3');
}

function isRestDown(manager: Manager, now: number): boolean {
  if (manager.stopped.includes('cloudify-restservice') || manager.stopped.includes('cloudify-postgresql'))
    return true;
  return manager.outages.some((outage) => outage.from <= now && now < outage.until);
}

function badGateway(): RestAnswer {
  const html =
    '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body bgcolor="white">\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n';
  return { kind: 'html', status: 502, html };
}

/** `/api/v3.1/snapshots/x` → `snapshots/x`. Without a version only the oldest resources answer. */
function resourceOf(manager: Manager, path: string): string | undefined {
  const found = /^\/api\/(?:(?<api>v[0-9.]+)\/)?(?<resource>.*?)\/?$/.exec(path)?.groups;
  const resource = found?.resource;
  if (resource === undefined) return undefined;
  if (found?.api === undefined) return /^(?:version|status)$/.test(resource) ? resource : undefined;
  return releaseOf(manager.version, manager.edition).apis.includes(found.api) ? resource : undefined;
}

function refusalAnswer(refusal: Refusal): RestAnswer {
  return answer(errorBody(refusal.code, refusal.message), refusal.refused);
}

function handle(
  world: World,
  hostName: string,
  manager: Manager,
  request: RestRequest,
  path: string,
  now: number,
  dice: Dice,
): Handled {
  const [resource = '', ...rest] = path.split('/').map(decodeURIComponent);
  const route = ROUTES.find((each) => matchesRoute(each, request.method, [resource, ...rest]));
  if (route === undefined)
    return { world, answer: answer(errorBody('not_found_error', PAGE_NOT_FOUND), 404) };
  const user = manager.data.users.find((each) => each.name === request.user);
  const parts = [resource, ...rest].filter((_, index) => route.path[index] === '*');
  const result = route.run({
    world,
    hostName,
    manager,
    request,
    parts,
    now,
    dice,
    caller: {
      user: request.user ?? 'admin',
      tenant: request.tenant ?? 'default_tenant',
      bootstrapAdmin: user?.id === 0,
    },
  });
  return isRefusal(result) ? { world, answer: refusalAnswer(result) } : result;
}

function matchesRoute(route: Route, method: string, parts: readonly string[]): boolean {
  if (route.method !== method || route.path.length !== parts.length) return false;
  return route.path.every((part, index) => part === '*' || part === parts[index]);
}
