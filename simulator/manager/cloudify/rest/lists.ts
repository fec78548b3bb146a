import type { Manager } from '../model.ts';
import { atLeast } from '../version.ts';
import type { Json } from './render.ts';
import type { RestAnswer, RestRequest } from './request.ts';
import { answer } from './request.ts';

/** Page size when the client names none, from 4.3 on; before, a list is always whole. */
const PAGE = 1000;

const CONTROL = [
  '_include',
  '_sort',
  '_offset',
  '_size',
  '_all_tenants',
  '_include_system_workflows',
  '_get_data',
  '_search',
  '_get_all_results',
];

/** REST says booleans in several ways. */
export function isTrue(value: string | null): boolean {
  return value !== null && ['true', '1', 'yes', 'on'].includes(value.toLowerCase());
}

function matches(item: Json, query: URLSearchParams): boolean {
  for (const name of new Set(query.keys())) {
    if (CONTROL.includes(name)) continue;
    const value = item[name];
    if (value !== undefined && !query.getAll(name).includes(String(value))) return false;
  }
  return true;
}

function inTenant(item: Json, request: RestRequest): boolean {
  if (isTrue(request.query.get('_all_tenants'))) return true;
  const tenant = item.tenant_name;
  return tenant === undefined || tenant === request.tenant;
}

function included(item: Json, names: string | null): Json {
  if (names === null || names === '') return item;
  const wanted = names.split(',');
  return Object.fromEntries(Object.entries(item).filter(([name]) => wanted.includes(name)));
}

/** `_sort=-created_at` sorts descending. */
function sorted(items: readonly Json[], sort: string | null): readonly Json[] {
  if (sort === null || sort === '') return items;
  const down = sort.startsWith('-');
  const field = sort.replace(/^[+-]/, '');
  const order = (a: Json, b: Json) => String(a[field] ?? '').localeCompare(String(b[field] ?? ''));
  return items.toSorted((a, b) => (down ? order(b, a) : order(a, b)));
}

export function listAnswer(manager: Manager, request: RestRequest, items: readonly Json[]): RestAnswer {
  const { query } = request;
  const found = sorted(
    items.filter((item) => inTenant(item, request) && matches(item, query)),
    query.get('_sort'),
  );
  const offset = Number(query.get('_offset') ?? 0);
  const whole = atLeast(manager.version, '4.3') ? PAGE : found.length;
  const size = Number(query.get('_size') ?? whole);
  const page = found.slice(offset, offset + size).map((item) => included(item, query.get('_include')));
  return answer({ items: page, metadata: { pagination: { total: found.length, offset, size } } });
}
