/** Where values stand in a command: as words, or where exactly one word must be. */
import type { Place } from './shell-cursor.ts';
import { parseShell } from './shell-parse.ts';

/** A list of two here would make the second one a command, a file or a syntax error. */
const ONE_WORD: ReadonlySet<Place> = new Set(['command', 'assignment', 'redirection', 'subject', 'pattern']);

export const SAFE: ReadonlySet<Place> = new Set([...ONE_WORD, 'word']);

export function oneWordAt(run: string): (start: number) => boolean {
  const single = new Set(
    parseShell(run)
      .holes.filter(({ place }) => ONE_WORD.has(place))
      .map(({ hole }) => hole.start),
  );
  return (start) => single.has(start);
}

/** `$NAME` and `${NAME…}` that a command expands. */
export function mentionedVariables(run: string): ReadonlySet<string> {
  return new Set(parseShell(run).variables.map(({ name }) => name));
}
