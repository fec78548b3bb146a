import { milliseconds, SECONDS } from '../durations.ts';
import { isActive } from '../executions.ts';
import { refuseInMaintenance } from '../maintenance.ts';
import type { Manager, User } from '../model.ts';
import { type Refusal, refuse } from '../refusal.ts';
import { releaseOf } from '../releases.ts';
import { isTrue } from './lists.ts';
import type { RestRequest } from './request.ts';

/** Resources that belong to no tenant; everything else needs the header. */
const WITHOUT_TENANT = /^(?:version|status|maintenance|provider|license|config)(?:\/|$)/;
/** As MGR@4.6 lists them; and `cfy profiles use`, which comes before `cfy license upload`, asks for the provider context. */
const WITHOUT_LICENCE =
  /^(?:version|status|provider|license|maintenance|tokens|config|cluster|tenants)(?:\/|$)/;

/** Whether the password opens this Manager: a hash made with another salt never does. */
function opens(manager: Manager, user: User | undefined, password: string | null): user is User {
  return user?.active === true && user.password === password && user.salt === manager.hashSalt;
}

export function isAdmin(user: User): boolean {
  return user.role === 'admin' || user.role === 'sys_admin';
}

/** What stands between a request and its handler, in the order of the real service. */
export function refuseAccess(manager: Manager, request: RestRequest, path: string): Refusal | undefined {
  const user = manager.data.users.find((each) => each.name === request.user);
  if (request.user === null) {
    return refuse(401, 'unauthorized_error', 'User unauthorized: No authentication info provided');
  }
  if (!opens(manager, user, request.password)) {
    const who = `<User username=\`${request.user}\`>`;
    return refuse(
      401,
      'unauthorized_error',
      `User unauthorized: Authentication failed for ${who}. Wrong credentials or locked account.`,
    );
  }
  return (
    refuseTenant(manager, request, path, user) ??
    refuseInMaintenance(manager, request.method, path) ??
    refuseUnlicensed(manager, path)
  );
}

function refuseTenant(manager: Manager, request: RestRequest, path: string, user: User): Refusal | undefined {
  if (WITHOUT_TENANT.test(path) || isTrue(request.query.get('_all_tenants'))) return undefined;
  if (request.tenant === null) {
    return refuse(
      403,
      'forbidden_error',
      'Authorization failed: no tenant was provided in the request header',
    );
  }
  const known = manager.data.tenants.some((tenant) => tenant.name === request.tenant);
  const groups = manager.data.groups.filter((group) => user.groups.includes(group.name));
  const member =
    isAdmin(user) ||
    user.tenants[request.tenant] !== undefined ||
    groups.some((group) => group.tenants[request.tenant ?? ''] !== undefined);
  if (known && member) return undefined;
  return refuse(
    403,
    'forbidden_error',
    `<User username=\`${user.name}\`> is not permitted to use tenant ${request.tenant}`,
  );
}

function refuseUnlicensed(manager: Manager, path: string): Refusal | undefined {
  const { needsLicence } = releaseOf(manager.version, manager.edition);
  if (!needsLicence || manager.licence !== null || WITHOUT_LICENCE.test(path)) return undefined;
  return refuse(
    400,
    'license_not_found',
    'No license was found on the Manager. Upload a valid Cloudify license.',
  );
}

/** Notes calls that on a real Manager may dead-lock a restore which has just begun. */
export function noteDeadlockRisk(manager: Manager, request: RestRequest, now: number): Manager {
  const risky = manager.executions.some(
    (each) =>
      each.workflow === 'restore_snapshot' &&
      isActive(each) &&
      now - each.createdAt < milliseconds(SECONDS.deadlockRisk),
  );
  if (!risky) return manager;
  return { ...manager, deadlockRisks: [...manager.deadlockRisks, { at: now, path: request.path }] };
}

export function noteLogin(manager: Manager, name: string | null, now: number): Manager {
  const users = manager.data.users.map((user) => (user.name === name ? { ...user, lastLoginAt: now } : user));
  return { ...manager, data: { ...manager.data, users } };
}
