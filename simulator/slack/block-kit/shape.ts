/**
 * Small checks that make up the schema of Block Kit. Each appends what it found to `scope.problems`, in Slack's own
 * words where they are known from real refusals (`must be less than 3001 characters [json-pointer:/blocks/0/text/text]`).
 */
export type Surface = 'message' | 'modal' | 'home';

export interface Problem {
  readonly message: string;
  readonly pointer: string;
  readonly constraint?: {
    readonly type: string;
    readonly expected?: readonly string[];
    readonly got?: string;
  };
}

export interface Scope {
  readonly surface: Surface;
  /** Is there a file with this id that can stand in an image block? */
  readonly fileExists: (id: string) => boolean;
  readonly problems: Problem[];
}

export type Check = (value: unknown, at: string, scope: Scope) => void;
export type Json = { readonly [field: string]: unknown };

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Slack counts characters, not UTF-16 units: one emoji outside the basic plane is one. */
export function lengthOf(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

export function problem(
  scope: Scope,
  at: string,
  message: string,
  constraint?: NonNullable<Problem['constraint']>,
): void {
  scope.problems.push({ message, pointer: at, ...(constraint && { constraint }) });
}

/** @param min 1 unless told: Slack takes no empty text */
export function text(max: number, min = 1): Check {
  return (value, at, scope) => {
    if (typeof value !== 'string') return problem(scope, at, 'must provide a string');
    const length = lengthOf(value);
    if (length < min) problem(scope, at, `must be more than ${min - 1} characters`);
    if (length > max) problem(scope, at, `must be less than ${max + 1} characters`);
  };
}

export function matching(pattern: RegExp, what: string): Check {
  return (value, at, scope) => {
    if (typeof value !== 'string' || !pattern.test(value)) problem(scope, at, `must be ${what}`);
  };
}

export const flag: Check = (value, at, scope) => {
  if (typeof value !== 'boolean') problem(scope, at, 'must provide a boolean');
};

export const string: Check = (value, at, scope) => {
  if (typeof value !== 'string') problem(scope, at, 'must provide a string');
};

export function whole(min: number, max: number): Check {
  return (value, at, scope) => {
    if (typeof value !== 'number' || !Number.isInteger(value))
      return problem(scope, at, 'must provide an integer');
    if (value < min) problem(scope, at, `must be greater than or equal to ${min}`);
    if (value > max) problem(scope, at, `must be less than or equal to ${max}`);
  };
}

export const number: Check = (value, at, scope) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) problem(scope, at, 'must provide a number');
};

export function oneOf(...allowed: readonly (string | number)[]): Check {
  return (value, at, scope) => {
    if (typeof value !== 'string' && typeof value !== 'number')
      return problem(scope, at, 'must provide a string');
    if (!allowed.includes(value))
      problem(scope, at, `unsupported value: ${value}`, {
        type: 'enum',
        expected: allowed.map(String),
        got: String(value),
      });
  };
}

export function list(item: Check, { min = 0, max }: { readonly min?: number; readonly max: number }): Check {
  return (value, at, scope) => {
    if (!Array.isArray(value)) return problem(scope, at, 'must provide an array');
    if (value.length < min) problem(scope, at, `no fewer than ${min} items allowed`);
    if (value.length > max) problem(scope, at, `no more than ${max} items allowed`);
    value.forEach((entry, index) => {
      item(entry, `${at}/${index}`, scope);
    });
  };
}

export interface Fields {
  readonly required?: { readonly [field: string]: Check };
  readonly optional?: { readonly [field: string]: Check };
}

const anything: Check = () => {};

/** An object with these fields and no others. `type` is looked at by `typed`. */
export function object({ required = {}, optional = {} }: Fields, ...more: readonly Check[]): Check {
  const known: { readonly [field: string]: Check } = { type: anything, ...required, ...optional };
  return (value, at, scope) => {
    if (!isObject(value)) return problem(scope, at, 'must provide an object');
    for (const field of Object.keys(required))
      if (!(field in value)) problem(scope, at, `missing required field: ${field}`);
    for (const [field, entry] of Object.entries(value)) {
      const check = Object.hasOwn(known, field) ? known[field] : undefined;
      if (check === undefined) problem(scope, at, `invalid additional property: ${field}`);
      else check(entry, `${at}/${field}`, scope);
    }
    for (const check of more) check(value, at, scope);
  };
}

/** Chooses by `type`; a type that does not stand in the table is not allowed in this place. */
export function typed(table: { readonly [type: string]: Check }): Check {
  return (value, at, scope) => {
    if (!isObject(value)) return problem(scope, at, 'must provide an object');
    if (!('type' in value)) return problem(scope, at, 'missing required field: type');
    const { type } = value;
    const check = typeof type === 'string' && Object.hasOwn(table, type) ? table[type] : undefined;
    if (check === undefined)
      return problem(scope, `${at}/type`, `unsupported type: ${String(type)}`, {
        type: 'enum',
        expected: Object.keys(table),
        got: String(type),
      });
    check(value, at, scope);
  };
}

/** Only when the value is an object: the shape itself was already refused otherwise. */
export function rule(look: (value: Json, at: string, scope: Scope) => void): Check {
  return (value, at, scope) => {
    if (isObject(value)) look(value, at, scope);
  };
}
