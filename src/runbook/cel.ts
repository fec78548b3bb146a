/** CEL with our functions. One environment evaluates, another one checks types; both know the same functions. */
import { Environment } from '@marcbachmann/cel-js';
import { plainJson, toCel } from './cel-values.ts';
import { parseTable } from './table.ts';
import { compareVersions, Version } from './version.ts';

export type Tried<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: string };

/** Only whole numbers that JSON wrote without a fraction are integers; 2.5 stays a double. */
function parseJson(text: string): unknown {
  try {
    return toCel(JSON.parse(text));
  } catch {
    const start = text.trim().slice(0, 60);
    throw new Error(`the text is not JSON; it begins with ${JSON.stringify(start)}`);
  }
}

function textLines(text: string): string[] {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** A value that must be exactly one word: a list would become several, and the second one would be a command. */
function oneWord(value: unknown): unknown {
  if (Array.isArray(value)) throw new Error('a list cannot stand where one word is needed');
  return value;
}

function withFunctions(env: Environment): Environment {
  env
    .registerType('Version', { ctor: Version, fields: { text: 'string' } })
    .registerFunction('version(string): Version', (text: string) => new Version(text))
    .registerFunction('version(Version): Version', (version: Version) => version)
    .registerFunction('string(Version): string', (version: Version) => version.text)
    .registerFunction('lines(string): list<string>', textLines)
    .registerFunction('parse_json(string): dyn', parseJson)
    .registerFunction('to_json(dyn): string', (value: unknown) => JSON.stringify(plainJson(value)))
    .registerFunction('table(string): list<map<string, string>>', parseTable)
    .registerFunction('one_word(dyn): dyn', oneWord);
  const operators: readonly (readonly [string, (order: number) => boolean])[] = [
    ['<', (order) => order < 0],
    ['<=', (order) => order <= 0],
    ['>', (order) => order > 0],
    ['>=', (order) => order >= 0],
    ['==', (order) => order === 0],
  ];
  for (const [operator, holds] of operators)
    env.registerOperator(`Version ${operator} Version`, (a: Version, b: Version) =>
      holds(compareVersions(a, b)),
    );
  return env;
}

const evaluating = withFunctions(
  new Environment({ unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false }),
);

/** For checks: unlike when evaluating, a name that was not declared is an error. */
export function typedEnvironment(): Environment {
  return withFunctions(new Environment({ homogeneousAggregateLiterals: false }));
}

/** The library's messages carry the source with a caret; one line is enough inside a sentence. */
export function reasonOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'summary' in error && typeof error.summary === 'string')
    return error.summary;
  return error instanceof Error ? error.message : String(error);
}

/** Functions throw what is wrong with their argument, so this is where an exception becomes a value. */
export function evaluate(cel: string, values: { readonly [name: string]: unknown }): Tried<unknown> {
  try {
    return { ok: true, value: evaluating.evaluate(cel, { ...values }) as unknown };
  } catch (error) {
    return { ok: false, why: reasonOf(error) };
  }
}

/** The parsed expression; undefined when it is not CEL (the check says why). */
export function syntaxOf(cel: string) {
  try {
    return evaluating.parse(cel).ast;
  } catch {
    return undefined;
  }
}
