/** Words of POSIX sh: quotes, expansions and `${{ }}`, each with its place. */
import { type Cursor, condemn, note, type ShellWord, type VariableUse } from './shell-cursor.ts';
import type { Hole } from './template.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*/;
/** What ends a word where it is not quoted. */
const BREAKS = new Set([' ', '\t', '\n', ';', '&', '|', '<', '>', '(', ')']);
const SPECIAL = /^[0-9@*#?$!-]/;

/** A word while it is read. */
interface Draft {
  readonly start: number;
  literal: string | null;
  bare: string;
  readonly holes: Hole[];
  readonly variables: VariableUse[];
}

function use(cursor: Cursor, draft: Pick<Draft, 'variables'> | null, name: string, offset: number): void {
  cursor.variables.push({ name, offset });
  draft?.variables.push({ name, offset });
}

/** Jumps over a hole in a place where it must not be. */
function badHole(
  cursor: Cursor,
  place: 'single quotes' | 'double quotes' | 'arithmetic' | 'parameter expansion',
): boolean {
  const hole = cursor.holeAt.get(cursor.at);
  if (hole === undefined) return false;
  condemn(cursor, cursor.at, hole.end, place);
  cursor.at = hole.end;
  return true;
}

/** At the opening `'`. @returns the quoted text */
function singleQuoted(cursor: Cursor): string {
  const start = ++cursor.at;
  while (cursor.at < cursor.text.length && cursor.text[cursor.at] !== "'")
    if (!badHole(cursor, 'single quotes')) cursor.at++;
  return cursor.text.slice(start, cursor.at++);
}

function backticks(cursor: Cursor): void {
  const start = ++cursor.at;
  while (cursor.at < cursor.text.length && cursor.text[cursor.at] !== '`')
    cursor.at += cursor.text[cursor.at] === '\\' ? 2 : 1;
  const end = Math.min(cursor.at, cursor.text.length);
  condemn(cursor, start, end, 'backticks');
  const inner: Cursor = { ...cursor, text: cursor.text.slice(0, end), at: start, pending: [] };
  cursor.substitution(inner);
  cursor.at = end + 1;
}

/** At `${`. Inside, quotes and further expansions may stand; a value may not. */
function parameter(cursor: Cursor, draft: Draft | null): void {
  const offset = cursor.at;
  cursor.at += 2;
  const rest = cursor.text.slice(cursor.at);
  const name = NAME.exec(rest.replace(/^[#!]/, ''))?.[0];
  if (rest.startsWith('!'))
    note(cursor, offset, '${!name}', 'a case, or a variable that you choose yourself');
  if (name !== undefined) {
    use(cursor, draft, name, offset);
    cursor.at += name.length + (/^[#!]/.test(rest) ? 1 : 0);
    const operator = cursor.text[cursor.at] ?? '';
    if (operator === '[') note(cursor, offset, 'an array', 'words: set -- a b c and "$@"');
    if (operator === '/' || operator === '^' || operator === ',' || operator === '@')
      note(cursor, offset, `\${name${operator}…}`, 'sed, tr or cut, or make the text in CEL');
    if (/^:[^-+=?]/.test(cursor.text.slice(cursor.at)))
      note(cursor, offset, '${name:offset}', 'cut, or make the text in CEL');
  }
  while (cursor.at < cursor.text.length && cursor.text[cursor.at] !== '}') {
    const char = cursor.text[cursor.at];
    if (badHole(cursor, 'parameter expansion')) continue;
    if (char === "'") singleQuoted(cursor);
    else if (char === '"') doubleQuoted(cursor, draft);
    else if (char === '\\') cursor.at += 2;
    else if (!expansion(cursor, draft)) cursor.at++;
  }
  cursor.at++;
}

function arithmeticEnd(cursor: Cursor): number | undefined {
  let depth = 0;
  for (let index = cursor.at + 3; index < cursor.text.length; index++) {
    if (cursor.text[index] === '(') depth++;
    else if (cursor.text[index] === ')') {
      if (depth === 0) return cursor.text[index + 1] === ')' ? index : undefined;
      depth--;
    }
  }
  return undefined;
}

/** At `$((`; false when it is a substitution that begins with a subshell. */
function arithmetic(cursor: Cursor, draft: Draft | null): boolean {
  const end = arithmeticEnd(cursor);
  if (end === undefined) return false;
  cursor.at += 3;
  while (cursor.at < end) if (!badHole(cursor, 'arithmetic') && !expansion(cursor, draft)) cursor.at++;
  cursor.at = end + 2;
  return true;
}

/** Reads an expansion that begins here; false when none does. */
function expansion(cursor: Cursor, draft: Draft | null): boolean {
  const { text, at } = cursor;
  if (text[at] === '`') {
    backticks(cursor);
    return true;
  }
  if (text[at] !== '$') return false;
  if (text.startsWith('$((', at) && arithmetic(cursor, draft)) return true;
  if (text.startsWith('$(', at)) {
    cursor.at += 2;
    cursor.substitution(cursor);
    if (cursor.text[cursor.at] === ')') cursor.at++;
    return true;
  }
  if (text.startsWith('${', at)) {
    parameter(cursor, draft);
    return true;
  }
  if (text.startsWith('$[', at)) note(cursor, at, '$[ … ]', '$(( … ))');
  const rest = text.slice(at + 1);
  const name = NAME.exec(rest)?.[0] ?? SPECIAL.exec(rest)?.[0];
  if (name === undefined) return false;
  use(cursor, draft, name, at);
  cursor.at += 1 + name.length;
  return true;
}

/** At the opening `"`. @returns the text, or null when something in it expands */
function doubleQuoted(cursor: Cursor, draft: Draft | null): string | null {
  let literal: string | null = '';
  cursor.at++;
  while (cursor.at < cursor.text.length && cursor.text[cursor.at] !== '"') {
    if (badHole(cursor, 'double quotes') || expansion(cursor, draft)) {
      literal = null;
      continue;
    }
    const char = cursor.text[cursor.at] ?? '';
    const escaped = char === '\\' && /[$`"\\\n]/.test(cursor.text[cursor.at + 1] ?? '');
    const kept = escaped ? (cursor.text[cursor.at + 1] ?? '') : char;
    if (literal !== null && !(escaped && kept === '\n')) literal += kept;
    cursor.at += escaped ? 2 : 1;
  }
  cursor.at++;
  return literal;
}

/** Expansions of an unquoted here-document, whose variables are not arguments of anything. */
export function expansionsUntil(cursor: Cursor, end: number): void {
  while (cursor.at < end) {
    if (cursor.text[cursor.at] === '\\') cursor.at += 2;
    else if (!expansion(cursor, null)) cursor.at++;
  }
  cursor.at = end;
}

function append(draft: Draft, literal: string | null, bare: string): void {
  draft.literal = draft.literal === null || literal === null ? null : draft.literal + literal;
  draft.bare += bare;
}

/** One piece of a word; false at its end. */
function piece(cursor: Cursor, draft: Draft): boolean {
  const { text, at } = cursor;
  const char = text[at];
  const hole = cursor.holeAt.get(at);
  if (hole !== undefined) {
    draft.holes.push(hole);
    append(draft, null, '\0');
    cursor.at = hole.end;
    return true;
  }
  if (char === undefined || BREAKS.has(char)) return false;
  if (char === '\\') {
    const escapesHole = cursor.holeAt.has(at + 1);
    if (text[at + 1] !== '\n') append(draft, escapesHole ? null : (text[at + 1] ?? ''), '\0');
    cursor.at += escapesHole ? 1 : 2;
    return true;
  }
  if (char === "'") {
    append(draft, singleQuoted(cursor), '\0');
    return true;
  }
  if (char === '"') {
    append(draft, doubleQuoted(cursor, draft), '\0');
    return true;
  }
  if (text.startsWith("$'", at)) note(cursor, at, "$'…'", 'printf, or make the text in CEL');
  if (text.startsWith('$"', at)) note(cursor, at, '$"…"', '"…"');
  if (expansion(cursor, draft)) {
    append(draft, null, '\0');
    return true;
  }
  append(draft, char, char);
  cursor.at++;
  return true;
}

/** @returns the word that begins here, or undefined when none does */
export function readWord(cursor: Cursor): ShellWord | undefined {
  const start = cursor.at;
  const draft: Draft = { start, literal: '', bare: '', holes: [], variables: [] };
  while (piece(cursor, draft));
  if (cursor.at === start) return undefined;
  const text = cursor.text.slice(start, cursor.at);
  const [hole] = draft.holes;
  const assigns = /^([A-Za-z_][A-Za-z0-9_]*)\+?=/.exec(draft.bare)?.[1] ?? null;
  const clean =
    hole !== undefined && draft.holes.length === 1 && (draft.bare === '\0' || draft.bare === `${assigns}=\0`);
  if (hole !== undefined && !clean)
    for (const each of draft.holes) cursor.holes.push({ hole: each, place: 'glued', around: text });
  const whole = clean && text.endsWith('}}') ? hole : null;
  return {
    start,
    end: cursor.at,
    text,
    literal: draft.literal,
    bare: draft.bare,
    hole: whole ?? null,
    assigns,
    variables: draft.variables,
  };
}
