/** Values as words of a shell command. */
import { textOf } from './cel-values.ts';

/** Bare only where the shell does nothing with it, whatever stands around it: no `=`, `~`, glob or reserved word. */
const PLAIN = /^[A-Za-z0-9_@%+:,./-]+$/;
const RESERVED = new Set(
  'if then else elif fi do done case esac while until for in function select time'.split(' '),
);

export function quoteWord(text: string): string {
  if (text.includes('\0')) throw new Error('a value with a zero byte cannot be part of a command');
  if (PLAIN.test(text) && !RESERVED.has(text)) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A list becomes several words, an empty list none. @throws Error for a value that is not a word */
export function shellWords(value: unknown): string {
  if (Array.isArray(value)) return value.map(shellWord).join(' ');
  return shellWord(value);
}

function shellWord(value: unknown): string {
  if (value === null || value === undefined) throw new Error('null cannot be part of a command');
  if (typeof value === 'object' && !('parts' in value))
    throw new Error(
      'a list or map inside a value cannot be part of a command: choose what to take, or use to_json',
    );
  return quoteWord(textOf(value));
}
