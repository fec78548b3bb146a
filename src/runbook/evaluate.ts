/** What the executor asks during a run: late values filled in, conditions judged. Every failure is a value with its reason. */
import type { Json, LateExpr, LateText, PlannedCapture } from '../core/plan.ts';
import { evaluate, type Tried } from './cel.ts';
import { namesIn } from './cel-names.ts';
import { plainJson, textOf, toCel, untag } from './cel-values.ts';
import { shellWords } from './shell-quote.ts';

export type Captured = { readonly [step: string]: { readonly [name: string]: Json } };

export interface RunValues {
  readonly captured: Captured;
  /** Last part of standard output. */
  readonly output?: string;
  readonly exitCode?: number;
}

type Values = { [name: string]: unknown };

function put(values: Values, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  if (rest.length === 0) {
    values[key] = value;
    return;
  }
  const inner = (values[key] ?? {}) as Values;
  values[key] = inner;
  put(inner, rest, value);
}

function valuesOf(expr: LateExpr, run: RunValues): Values {
  const captured = toCel(run.captured) as Values;
  const values: Values = { fact: {}, input: {}, target: {}, host: {}, upgrade: {}, captured };
  for (const [path, value] of Object.entries(expr.with)) {
    const [root, local] = path.split('.');
    // Inside a block a step is called by its short id; the plan says which one is meant.
    if (root === 'captured' && local !== undefined && typeof value === 'string')
      captured[local] = captured[value] ?? {};
    else put(values, path.split('.'), untag(value));
  }
  if (run.output !== undefined) values.output = run.output;
  if (run.exitCode !== undefined) values.exit_code = BigInt(run.exitCode);
  return values;
}

function missingCapture(expr: LateExpr, values: Values): string | undefined {
  const captured = values.captured as { readonly [step: string]: Values | undefined };
  const missing = namesIn(expr.cel).find(
    ({ path: [root, step = '', name = ''] }) => root === 'captured' && captured[step]?.[name] === undefined,
  );
  return missing === undefined ? undefined : `${missing.path.join('.')} was not captured`;
}

function lateValue(expr: LateExpr, run: RunValues): Tried<unknown> {
  const values = valuesOf(expr, run);
  const tried = evaluate(expr.cel, values);
  if (tried.ok) return tried;
  return { ok: false, why: `${expr.shown}: ${missingCapture(expr, values) ?? tried.why}` };
}

function filled(text: LateText, captured: Captured, filling: (value: unknown) => string): Tried<string> {
  const parts: string[] = [];
  for (const piece of text) {
    if (typeof piece === 'string') {
      parts.push(piece);
      continue;
    }
    const value = lateValue(piece, { captured });
    if (!value.ok) return value;
    try {
      parts.push(filling(value.value));
    } catch (error) {
      return { ok: false, why: `${piece.shown}: ${error instanceof Error ? error.message : String(error)}` };
    }
  }
  return { ok: true, value: parts.join('') };
}

/** A shell command with every late value quoted as words. */
export function fillShell(text: LateText, captured: Captured): Tried<string> {
  return filled(text, captured, shellWords);
}

/** Text for people, a path or a file: values stand as they are. */
export function fillPlain(text: LateText, captured: Captured): Tried<string> {
  return filled(text, captured, textOf);
}

export function evaluateBool(expr: LateExpr, run: RunValues): Tried<boolean> {
  const value = lateValue(expr, run);
  if (!value.ok) return value;
  if (typeof value.value === 'boolean') return { ok: true, value: value.value };
  return { ok: false, why: `${expr.shown} is neither true nor false` };
}

/** The part that a reason shows of an output which did not match. */
const SHOWN_CHARS = 200;

function matched(pattern: string, output: string): Tried<Json> {
  const match = new RegExp(pattern, 'mu').exec(output);
  const value = match?.groups?.value ?? match?.[1] ?? match?.[0];
  if (value !== undefined) return { ok: true, value };
  const shown = output.trim().slice(-SHOWN_CHARS);
  return {
    ok: false,
    why: `nothing in the output matches ${pattern}${shown === '' ? '; there was no output' : `; it ends with ${JSON.stringify(shown)}`}`,
  };
}

export function evaluateCapture({ from }: PlannedCapture, run: RunValues): Tried<Json> {
  try {
    if ('match' in from) return matched(from.match, run.output ?? '');
    const value = lateValue(from, run);
    return value.ok ? { ok: true, value: plainJson(value.value) } : value;
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : String(error) };
  }
}
