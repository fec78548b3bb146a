/** Values on their way into and out of CEL. Integers are BigInt inside and numbers outside; a Version survives JSON by a tag. */
import type { Json } from '../core/plan.ts';
import { Version } from './version.ts';

const VERSION_TAG = '$version';
/** Wraps a map that has a key with `$` itself, so that no data can pass for a tag. */
const MAP_TAG = '$map';

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapValues(
  map: { readonly [key: string]: unknown },
  change: (value: unknown) => unknown,
): { [key: string]: unknown } {
  // No prototype: a key such as `constructor` or `__proto__` is data like any other.
  const made: { [key: string]: unknown } = Object.create(null);
  for (const [key, value] of Object.entries(map)) made[key] = change(value);
  return made;
}

/** Plain JSON → CEL: integers become BigInt. */
export function toCel(value: unknown): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(toCel);
  if (value instanceof Version || !isRecord(value)) return value;
  return mapValues(value, toCel);
}

/** Tagged JSON (`LateExpr.with`) → CEL. */
export function untag(value: Json): unknown {
  if (Array.isArray(value)) return value.map((item: Json) => untag(item));
  if (!isRecord(value)) return toCel(value);
  const version = value[VERSION_TAG];
  if (typeof version === 'string') return new Version(version);
  const wrapped = value[MAP_TAG];
  if (isRecord(wrapped)) return mapValues(wrapped, (item) => untag(item as Json));
  return mapValues(value, (item) => untag(item as Json));
}

type Shape = {
  readonly version: (version: Version) => Json;
  readonly map: (map: { readonly [key: string]: Json }) => Json;
};

function leave(value: unknown, shape: Shape): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Error(`${value} is not a number that can be kept`);
    return value;
  }
  if (typeof value === 'bigint') {
    const number = Number(value);
    if (!Number.isSafeInteger(number))
      throw new Error(`the integer ${value} is too large to be kept exactly`);
    return number;
  }
  if (value instanceof Version) return shape.version(value);
  if (Array.isArray(value)) return value.map((item) => leave(item, shape));
  if (value instanceof Map) return leave(Object.fromEntries(value), shape);
  if (isRecord(value)) {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== null && prototype !== Object.prototype)
      throw new Error('a time, a duration or bytes cannot leave an expression: turn it into text first');
    return shape.map(
      Object.fromEntries(Object.entries(value).map(([key, item]) => [key, leave(item, shape)])),
    );
  }
  throw new Error(`a value of type ${typeof value} cannot leave an expression`);
}

/** CEL → plain JSON: a version becomes its text. @throws Error for a value that JSON cannot hold */
export function plainJson(value: unknown): Json {
  return leave(value, { version: ({ text }) => text, map: (map) => map });
}

/** CEL → JSON from which `untag` makes the same value again. @throws Error for a value that JSON cannot hold */
export function taggedJson(value: unknown): Json {
  return leave(value, {
    version: ({ text }) => ({ [VERSION_TAG]: text }),
    map: (map) => (Object.keys(map).some((key) => key.startsWith('$')) ? { [MAP_TAG]: map } : map),
  });
}

function inside(value: Json): string {
  return isRecord(value) || Array.isArray(value) ? `(${readable(value)})` : readable(value);
}

/** A value as people read it: `none`, `yes`, `a, b`, `name: a, up: yes`. */
export function readable(value: Json): string {
  if (value === null || value === '') return 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value !== 'object') return String(value);
  const parts = Array.isArray(value)
    ? value.map(inside)
    : Object.entries(value).map(([key, item]) => `${key}: ${inside(item)}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}

/** A value as part of a sentence or a file name. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint' || typeof value === 'boolean' || value instanceof Version) return `${value}`;
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  return JSON.stringify(plainJson(value));
}
