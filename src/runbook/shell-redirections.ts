/** Between the words of a command: blanks, comments, line ends with their here-documents, and redirections. */
import { type Cursor, condemn, note, type Place, type Redirection, type ShellWord } from './shell-cursor.ts';
import { expansionsUntil, readWord } from './shell-words.ts';

const REDIRECTION = /^(?:<<-|<<<|<<|<>|<&|>>|>&|>\||<|>)/;

export function skipBlanks(cursor: Cursor): void {
  for (;;) {
    const char = cursor.text[cursor.at];
    if (char === ' ' || char === '\t') cursor.at++;
    else if (char === '\\' && cursor.text[cursor.at + 1] === '\n') cursor.at += 2;
    else if (char === '#') {
      const end = cursor.text.indexOf('\n', cursor.at);
      const to = end < 0 ? cursor.text.length : end;
      condemn(cursor, cursor.at, to, 'comment');
      cursor.at = to;
    } else return;
  }
}

/** At a newline: the bodies of here-documents that the line announced come next. */
function newline(cursor: Cursor): void {
  cursor.at++;
  for (const { delimiter, quoted, stripTabs } of cursor.pending.splice(0)) {
    const start = cursor.at;
    let end = start;
    for (;;) {
      const lineEnd = cursor.text.indexOf('\n', end);
      const line = cursor.text.slice(end, lineEnd < 0 ? cursor.text.length : lineEnd);
      if ((stripTabs ? line.replace(/^\t+/, '') : line) === delimiter || lineEnd < 0) break;
      end = lineEnd + 1;
    }
    condemn(cursor, start, end, 'here-document');
    if (!quoted) expansionsUntil(cursor, end);
    const close = cursor.text.indexOf('\n', end);
    cursor.at = close < 0 ? cursor.text.length : close + 1;
  }
}

export function skipLines(cursor: Cursor): void {
  for (;;) {
    skipBlanks(cursor);
    if (cursor.text[cursor.at] !== '\n') return;
    newline(cursor);
  }
}

export function settle(cursor: Cursor, word: ShellWord, place: Place, assignment = false): void {
  if (word.hole === null) return;
  const stands = word.assigns === null ? place : assignment ? 'assignment' : 'glued';
  cursor.holes.push({ hole: word.hole, place: stands, around: word.text });
}

export function redirection(cursor: Cursor): Redirection | undefined {
  const offset = cursor.at;
  const digits = /^[0-9]*/.exec(cursor.text.slice(cursor.at))?.[0] ?? '';
  const operator = REDIRECTION.exec(cursor.text.slice(cursor.at + digits.length))?.[0];
  if (operator === undefined) return undefined;
  cursor.at += digits.length + operator.length;
  if (cursor.text[cursor.at] === '(') note(cursor, offset, `${operator}( … )`, 'a file, or a pipe');
  if (operator === '<<<') note(cursor, offset, '<<<', "printf '%s\\n' … |");
  skipBlanks(cursor);
  const word = readWord(cursor);
  if (word === undefined) return undefined;
  const here = operator === '<<' || operator === '<<-';
  settle(cursor, word, here ? 'here-document delimiter' : 'redirection');
  if (here)
    cursor.pending.push({
      delimiter: word.literal ?? word.text,
      quoted: word.bare.includes('\0'),
      stripTabs: operator === '<<-',
    });
  if (operator === '>&' && word.literal !== null && !/^([0-9]+|-)$/.test(word.literal))
    note(cursor, offset, '>& file', '> file 2>&1');
  return { operator, word, offset };
}
