/** What expressions see while a plan is made, and how they become values or late values. */
import type { Json, LateExpr, LateText, PlanHost } from '../core/plan.ts';
import { evaluate, type Tried } from './cel.ts';
import { namesIn, type UsedName } from './cel-names.ts';
import { taggedJson, textOf } from './cel-values.ts';
import { own } from './own.ts';
import { shellWords } from './shell-quote.ts';
import { parseTemplate } from './template.ts';

export interface Scope {
  /** Root name → value, as CEL takes it. */
  readonly values: { readonly [name: string]: unknown };
  /** Local id of a step (`captured.<local>`) → its id in the plan, where they differ. */
  readonly steps: { readonly [local: string]: string };
}

/** Values of the run: an expression that uses one is evaluated later. */
const LATE_NAMES = new Set(['captured', 'output', 'exit_code']);
const ROOT_DEPTH: { readonly [root: string]: number } = {
  fact: 2,
  input: 2,
  target: 2,
  upgrade: 2,
  host: 3,
  flow: 1,
};

export function withValues(scope: Scope, values: { readonly [name: string]: unknown }): Scope {
  return { ...scope, values: { ...scope.values, ...values } };
}

/** Text that runs on a host sees its own directory there. */
export function onHost(scope: Scope, host: PlanHost, upgradeId: string): Scope {
  return withValues(scope, { upgrade: { id: upgradeId, dir: `${host.state_dir}/${upgradeId}` } });
}

export function isLate(cel: string): boolean {
  return namesIn(cel).some(({ path }) => LATE_NAMES.has(path[0] ?? ''));
}

function selected(values: unknown, path: readonly string[]): unknown {
  return path.reduce(
    (value: unknown, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as { readonly [key: string]: unknown })[key]
        : undefined,
    values,
  );
}

function planPath({ path }: UsedName): readonly string[] {
  return path.slice(0, ROOT_DEPTH[path[0] ?? ''] ?? 1);
}

/** Names of the plan that have no value: said instead of the library's "no such key". */
function missingNames(cel: string, scope: Scope): readonly string[] {
  return namesIn(cel)
    .filter(({ path, optional }) => !optional && !LATE_NAMES.has(path[0] ?? ''))
    .map(planPath)
    .filter((path) => selected(scope.values, path) === undefined)
    .map((path) => path.join('.'));
}

export interface Undecided {
  readonly ok: false;
  readonly why: string;
  /** Dotted plan-time names that have no value. */
  readonly missing: readonly string[];
}

export type Decided<T> = { readonly ok: true; readonly value: T } | Undecided;

function undecided(cel: string, why: string, scope: Scope): Undecided {
  const missing = missingNames(cel, scope);
  return { ok: false, why: missing.length === 0 ? why : `${missing.join(', ')} is not known`, missing };
}

export function decide(cel: string, scope: Scope): Decided<unknown> {
  const tried = evaluate(cel, scope.values);
  return tried.ok ? tried : undecided(cel, `${cel.trim()}: ${tried.why}`, scope);
}

export function decideBool(cel: string, scope: Scope): Decided<boolean> {
  const tried = decide(cel, scope);
  if (!tried.ok) return tried;
  if (typeof tried.value === 'boolean') return { ok: true, value: tried.value };
  return { ok: false, why: `${cel.trim()} is neither true nor false`, missing: [] };
}

function shownLate(cel: string): string {
  const simple = /^captured\.([a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*)$/.exec(cel);
  if (simple !== null) return `‹${simple[2]} of ${simple[1]}›`;
  return `‹${cel.replace(/\s+/g, ' ')}›`;
}

/** An expression for the run, with every value of the plan that it needs beside it. */
export function lateExpr(
  cel: string,
  scope: Scope,
  shown = cel.trim().replace(/\s+/g, ' '),
): Decided<LateExpr> {
  const values: { [path: string]: Json } = {};
  for (const name of namesIn(cel)) {
    const [root = '', local = ''] = name.path;
    if (root === 'captured') {
      const full = own(scope.steps, local);
      if (full !== undefined && full !== local) values[`captured.${local}`] = full;
      continue;
    }
    if (LATE_NAMES.has(root)) continue;
    const path = planPath(name);
    const value = selected(scope.values, path);
    if (value === undefined && name.optional) continue;
    if (value === undefined) return undecided(cel, `${path.join('.')} is not known`, scope);
    values[path.join('.')] = taggedJson(value);
  }
  return { ok: true, value: { cel: cel.trim(), with: values, shown } };
}

/** Where a text stands decides how values are put into it. */
export type Filling = (value: unknown, oneWord: boolean) => string;

export const asWords: Filling = (value, oneWord) => {
  if (oneWord && Array.isArray(value)) throw new Error('a list cannot stand where one word is needed');
  return shellWords(value);
};
export const asText: Filling = (value) => textOf(value);

function fill(value: unknown, cel: string, filling: Filling, oneWord: boolean): Tried<string> {
  try {
    return { ok: true, value: filling(value, oneWord) };
  } catch (error) {
    return { ok: false, why: `${cel}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** `oneWord(start)`: whether the hole there must be exactly one word (an assignment, a redirection). */
export function lateText(
  text: string,
  scope: Scope,
  filling: Filling,
  oneWord: (start: number) => boolean = () => false,
): Decided<LateText> {
  const pieces: (string | LateExpr)[] = [];
  const add = (literal: string): void => {
    const last = pieces.at(-1);
    if (typeof last === 'string') pieces[pieces.length - 1] = last + literal;
    else if (literal !== '') pieces.push(literal);
  };
  for (const piece of parseTemplate(text).pieces) {
    if (typeof piece === 'string') {
      add(piece);
      continue;
    }
    const single = oneWord(piece.start);
    if (isLate(piece.cel)) {
      const cel = single ? `one_word(${piece.cel})` : piece.cel;
      const late = lateExpr(cel, scope, shownLate(piece.cel));
      if (!late.ok) return late;
      pieces.push(late.value);
      continue;
    }
    const value = decide(piece.cel, scope);
    if (!value.ok) return value;
    const filled = fill(value.value, piece.cel, filling, single);
    if (!filled.ok) return { ...filled, missing: [] };
    add(filled.value);
  }
  return { ok: true, value: pieces };
}

/** Text whose values are all known when the plan is made. */
export function finishedText(text: string, scope: Scope, filling: Filling): Decided<string> {
  const late = lateText(text, scope, filling);
  if (!late.ok) return late;
  const open = late.value.find((piece) => typeof piece !== 'string');
  if (open !== undefined && typeof open !== 'string')
    return { ok: false, why: `${open.cel} is known only during the run`, missing: [] };
  return { ok: true, value: late.value.join('') };
}
