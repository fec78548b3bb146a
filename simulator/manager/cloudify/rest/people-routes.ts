import type { User } from '../model.ts';
import { notFound, PREMIUM_ONLY, type Refusal, refuse } from '../refusal.ts';
import { atLeast } from '../version.ts';
import { withManager } from '../world-parts.ts';
import { isTrue, listAnswer } from './lists.ts';
import { isoTime, renderGroup, renderTenant, renderUser } from './render.ts';
import { answer } from './request.ts';
import type { Handled, Route, RouteCall } from './route.ts';

/** Users, tenants, groups and the licence. The community edition has none of them. */
function premium(run: Route['run']): Route['run'] {
  return (call) => (call.manager.edition === 'community' ? PREMIUM_ONLY : run(call));
}

/** LDAP apart, a password set now is hashed with the salt of this Manager and so is usable again. */
function changeUser(call: RouteCall): Handled | Refusal {
  const { world, hostName, manager, request, parts } = call;
  const [name = ''] = parts;
  const found = manager.data.users.find((user) => user.name === name);
  if (found === undefined) return notFound('User', name);
  const body = (request.json ?? {}) as { readonly password?: string; readonly role?: string };
  if (body.password === '') return refuse(400, 'bad_parameters_error', 'The `password` argument is empty');
  const changed: User = {
    ...found,
    ...(body.password === undefined ? {} : { password: body.password, salt: manager.hashSalt }),
    ...(body.role === undefined ? {} : { role: body.role }),
  };
  const users = manager.data.users.map((user) => (user.name === name ? changed : user));
  return {
    world: withManager(world, hostName, { data: { ...manager.data, users } }),
    answer: answer(renderUser(manager, changed, false)),
  };
}

function licence(call: RouteCall): Handled | Refusal {
  const { world, hostName, manager, request, now } = call;
  if (!atLeast(manager.version, '4.6')) return notFound('License', '');
  const item = (customer: string, expiresAt: number) => ({
    customer_id: customer,
    expiration_date: isoTime(expiresAt),
    license_edition: 'Spire',
    trial: false,
    cloudify_version: null,
    capabilities: [],
    expired: expiresAt < now,
  });
  if (request.method === 'GET') {
    const items = manager.licence === null ? [] : [item(manager.licence.customer, manager.licence.expiresAt)];
    return {
      world,
      answer: answer({ items, metadata: { pagination: { total: items.length, offset: 0, size: 1000 } } }),
    };
  }
  const text = Buffer.from(request.bytes ?? new Uint8Array()).toString('utf8');
  const customer = /customer_id:\s*(?<id>\S+)/.exec(text)?.groups?.id;
  const expires = Date.parse(/expiration_date:\s*(?<date>\S+)/.exec(text)?.groups?.date ?? '');
  if (customer === undefined || Number.isNaN(expires) || !text.includes('signature:')) {
    return refuse(400, 'bad_parameters_error', 'This license could not be verified');
  }
  return {
    world: withManager(world, hostName, { licence: { customer, expiresAt: expires } }),
    answer: answer(item(customer, expires)),
  };
}

export const PEOPLE_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: ['users'],
    run: premium(({ world, manager, request }) => {
      const data = isTrue(request.query.get('_get_data'));
      return {
        world,
        answer: listAnswer(
          manager,
          request,
          manager.data.users.map((user) => renderUser(manager, user, data)),
        ),
      };
    }),
  },
  { method: 'POST', path: ['users', '*'], run: premium(changeUser) },
  {
    method: 'GET',
    path: ['tenants'],
    run: premium(({ world, manager, request }) => {
      const data = isTrue(request.query.get('_get_data'));
      const items = manager.data.tenants.map((tenant) => renderTenant(manager, tenant, data));
      return { world, answer: listAnswer(manager, request, items) };
    }),
  },
  {
    method: 'GET',
    path: ['user-groups'],
    run: premium(({ world, manager, request }) => {
      const data = isTrue(request.query.get('_get_data'));
      const items = manager.data.groups.map((group) => renderGroup(manager, group, data));
      return { world, answer: listAnswer(manager, request, items) };
    }),
  },
  { method: 'GET', path: ['license'], run: premium(licence) },
  { method: 'PUT', path: ['license'], run: premium(licence) },
];
