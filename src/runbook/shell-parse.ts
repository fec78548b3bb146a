/** Commands of POSIX sh, as far as a check needs them: where values and variables stand, what is run, what is piped. */
import { type Cursor, condemn, note, type Redirection, type Shell, type ShellWord } from './shell-cursor.ts';
import { redirection, settle, skipBlanks, skipLines } from './shell-redirections.ts';
import { readWord } from './shell-words.ts';
import { holesIn } from './template.ts';

const OPENERS = new Set(['if', 'then', 'elif', 'else', 'while', 'until', 'do', '{', '!']);
const CLOSERS = new Set(['fi', 'done', '}', 'esac']);
/** Builtins whose arguments are assignments. */
const DECLARING = new Set(['export', 'readonly', 'local']);

function at(cursor: Cursor, text: string): boolean {
  return cursor.text.startsWith(text, cursor.at);
}

function pipeAhead(cursor: Cursor): boolean {
  skipBlanks(cursor);
  if (at(cursor, '|&')) note(cursor, cursor.at, '|&', '2>&1 |');
  return at(cursor, '|') && !at(cursor, '||');
}

/** A compound command ended: only redirections and a pipe can follow it. */
function compoundEnd(cursor: Cursor, ends: string, start: number): void {
  const redirections: Redirection[] = [];
  for (;;) {
    skipBlanks(cursor);
    const next = redirection(cursor);
    if (next === undefined) break;
    redirections.push(next);
  }
  const toPipe = pipeAhead(cursor);
  cursor.commands.push({ start, assignments: [], words: [], redirections, ends, fromPipe: false, toPipe });
}

/** `for NAME in words`; the `do` that follows is read as a command. */
function forLoop(cursor: Cursor): void {
  skipBlanks(cursor);
  if (at(cursor, '((')) note(cursor, cursor.at, 'for (( … ))', 'a while loop with $(( … ))');
  const name = readWord(cursor);
  if (name !== undefined) {
    settle(cursor, name, 'name');
    cursor.assigned.add(name.text);
  }
  skipLines(cursor);
  const keyword = cursor.at;
  if (readWord(cursor)?.text !== 'in') {
    cursor.at = keyword;
    return;
  }
  for (;;) {
    skipBlanks(cursor);
    const word = readWord(cursor);
    if (word === undefined) return;
    settle(cursor, word, 'word');
  }
}

function casePatterns(cursor: Cursor): 'body' | 'end' {
  skipLines(cursor);
  if (at(cursor, '(')) cursor.at++;
  for (;;) {
    skipBlanks(cursor);
    const start = cursor.at;
    const word = readWord(cursor);
    if (word === undefined) break;
    if (word.text === 'esac') {
      compoundEnd(cursor, 'esac', start);
      return 'end';
    }
    settle(cursor, word, 'pattern');
    skipBlanks(cursor);
    if (at(cursor, '|')) cursor.at++;
  }
  if (cursor.at >= cursor.text.length) return 'end';
  cursor.at++;
  return 'body';
}

/** `case WORD in … esac`, its bodies included. */
function caseChoice(cursor: Cursor): void {
  skipBlanks(cursor);
  const subject = readWord(cursor);
  if (subject !== undefined) settle(cursor, subject, 'subject');
  skipLines(cursor);
  readWord(cursor);
  while (casePatterns(cursor) === 'body') {
    if (readCommands(cursor, 'case') === 'esac') return;
    if (at(cursor, ';;&') || at(cursor, ';&')) note(cursor, cursor.at, ';& or ;;&', ';;');
    if (at(cursor, ';;')) cursor.at += 2;
    else if (cursor.at >= cursor.text.length) return;
  }
}

function noteAssigned(cursor: Cursor, words: readonly ShellWord[], assignments: readonly ShellWord[]): void {
  for (const { assigns } of assignments) if (assigns !== null) cursor.assigned.add(assigns);
  const [name, ...rest] = words;
  if (name?.literal === 'read')
    for (const { literal } of rest) if (literal !== null) cursor.assigned.add(literal);
  if (name?.literal === 'getopts') cursor.assigned.add(rest[1]?.literal ?? '');
  if (DECLARING.has(name?.literal ?? ''))
    for (const { assigns, literal } of rest) cursor.assigned.add(assigns ?? literal ?? '');
}

/** The words of a simple command, the first one read already. */
function simpleCommand(cursor: Cursor, start: number, first: ShellWord | undefined, fromPipe: boolean): void {
  const assignments: ShellWord[] = [];
  const words: ShellWord[] = [];
  const redirections: Redirection[] = [];
  const take = (word: ShellWord): void => {
    const leading = words.length === 0 && word.assigns !== null;
    (leading ? assignments : words).push(word);
    const declared = words.length > 1 && DECLARING.has(words[0]?.literal ?? '');
    settle(cursor, word, words.length === 1 && !leading ? 'command' : 'word', leading || declared);
  };
  if (first !== undefined) take(first);
  for (;;) {
    skipBlanks(cursor);
    const redirected = redirection(cursor);
    if (redirected !== undefined) {
      redirections.push(redirected);
      continue;
    }
    const last = assignments.at(-1);
    if (last !== undefined && words.length === 0 && at(cursor, '(') && cursor.at === last.end)
      note(cursor, last.start, 'an array', 'words: set -- a b c and "$@"');
    const word = readWord(cursor);
    if (word === undefined) break;
    take(word);
  }
  noteAssigned(cursor, words, assignments);
  const toPipe = pipeAhead(cursor);
  cursor.commands.push({ start, assignments, words, redirections, ends: null, fromPipe, toPipe });
}

function functionBrackets(cursor: Cursor): boolean {
  const match = /^[ \t]*\([ \t]*\)/.exec(cursor.text.slice(cursor.at));
  if (match === null) return false;
  cursor.at += match[0].length;
  return true;
}

/** One command, keyword or bracket. @returns `esac` when it closed the case that is being read */
function oneCommand(cursor: Cursor, until: Until, fromPipe: boolean): 'esac' | 'opened' | 'done' {
  const start = cursor.at;
  if (at(cursor, '(')) {
    if (at(cursor, '((')) note(cursor, start, '(( … ))', '$(( … )) with [ … ]');
    cursor.at++;
    readCommands(cursor, ')');
    if (at(cursor, ')')) cursor.at++;
    compoundEnd(cursor, ')', start);
    return 'done';
  }
  const redirected = /^[0-9]*[<>]/.test(cursor.text.slice(start));
  const word = redirected ? undefined : readWord(cursor);
  if (word === undefined && !redirected) {
    cursor.at++;
    return 'done';
  }
  const keyword = word !== undefined && word.bare === word.text ? word.text : '';
  if (OPENERS.has(keyword)) return 'opened';
  if (CLOSERS.has(keyword)) {
    compoundEnd(cursor, keyword, start);
    return keyword === 'esac' && until === 'case' ? 'esac' : 'done';
  }
  if (keyword === 'for' || keyword === 'select') {
    if (keyword === 'select') note(cursor, start, 'select', 'a manual step');
    forLoop(cursor);
    return 'done';
  }
  if (keyword === 'case') {
    caseChoice(cursor);
    return 'done';
  }
  if (keyword !== '' && functionBrackets(cursor)) return 'opened';
  simpleCommand(cursor, start, word, fromPipe);
  return 'done';
}

type Until = 'end' | ')' | 'case';

/** Reads commands up to the end, an unmatched `)`, or the `;;` or `esac` of a case. */
function readCommands(cursor: Cursor, until: Until): 'esac' | 'stopped' {
  let fromPipe = false;
  for (;;) {
    skipLines(cursor);
    if (cursor.at >= cursor.text.length) return 'stopped';
    if (at(cursor, ')') && until !== 'end') return 'stopped';
    if (until === 'case' && (at(cursor, ';;') || at(cursor, ';&'))) return 'stopped';
    if (at(cursor, '&>')) note(cursor, cursor.at, '&>', '> file 2>&1');
    const operator = /^(?:&&|\|\||[;&|])/.exec(cursor.text.slice(cursor.at))?.[0];
    if (operator !== undefined) {
      fromPipe = operator === '|';
      cursor.at += operator.length;
      continue;
    }
    const read = oneCommand(cursor, until, fromPipe);
    if (read === 'esac') return 'esac';
    if (read === 'done') fromPipe = false;
  }
}

export function parseShell(text: string): Shell {
  const cursor: Cursor = {
    text,
    at: 0,
    holeAt: new Map(holesIn(text).map((hole) => [hole.start, hole])),
    pending: [],
    commands: [],
    holes: [],
    variables: [],
    assigned: new Set(),
    bashisms: [],
    substitution: (inner) => {
      readCommands(inner, ')');
    },
  };
  readCommands(cursor, 'end');
  // What the reader walked past without a verdict is not safe: no value may slip through a gap in it.
  condemn(cursor, 0, text.length, 'glued');
  const { commands, holes, variables, assigned, bashisms } = cursor;
  return { commands, holes, variables, assigned, bashisms };
}
