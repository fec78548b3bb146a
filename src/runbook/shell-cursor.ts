/** What the shell reader keeps while it walks through a command, and what it finds. */
import type { Hole } from './template.ts';

/** Where a value stands. The first group is safe, the second one is not. */
export type Place =
  | 'word'
  | 'command'
  | 'assignment'
  | 'redirection'
  | 'subject'
  | 'pattern'
  | 'glued'
  | 'single quotes'
  | 'double quotes'
  | 'here-document'
  | 'here-document delimiter'
  | 'backticks'
  | 'comment'
  | 'arithmetic'
  | 'parameter expansion'
  | 'name';

export interface HolePlace {
  readonly hole: Hole;
  readonly place: Place;
  /** The word in which it stands, or its surroundings; for the mend. */
  readonly around: string;
}

export interface VariableUse {
  readonly name: string;
  readonly offset: number;
}

export interface ShellWord {
  readonly start: number;
  readonly end: number;
  /** As written. */
  readonly text: string;
  /** What the shell would make of it, or null when something in it expands. */
  readonly literal: string | null;
  /** Letters outside quotes as they are, everything else as `\0`: what the shell may read as syntax. */
  readonly bare: string;
  readonly hole: Hole | null;
  /** `NAME=` before the hole or the text. */
  readonly assigns: string | null;
  /** Expanded in this word itself, not in a substitution inside it. */
  readonly variables: readonly VariableUse[];
}

export interface Redirection {
  readonly operator: string;
  readonly word: ShellWord;
  readonly offset: number;
}

export interface ShellCommand {
  readonly start: number;
  readonly assignments: readonly ShellWord[];
  /** Name and arguments; empty for a compound command that has just ended. */
  readonly words: readonly ShellWord[];
  readonly redirections: readonly Redirection[];
  /** `}`, `fi`, `done`, `esac` or `)` where a compound command ends. */
  readonly ends: string | null;
  readonly fromPipe: boolean;
  readonly toPipe: boolean;
}

export interface Oddity {
  readonly offset: number;
  /** `[[ … ]]`, `<<<`: what was found. */
  readonly what: string;
  /** What POSIX sh has instead. */
  readonly instead: string;
}

export interface Shell {
  readonly commands: readonly ShellCommand[];
  readonly holes: readonly HolePlace[];
  readonly variables: readonly VariableUse[];
  /** Names that the text itself sets. */
  readonly assigned: ReadonlySet<string>;
  readonly bashisms: readonly Oddity[];
}

interface PendingHereDocument {
  readonly delimiter: string;
  readonly quoted: boolean;
  readonly stripTabs: boolean;
}

export interface Cursor {
  readonly text: string;
  at: number;
  readonly holeAt: ReadonlyMap<number, Hole>;
  readonly pending: PendingHereDocument[];
  readonly commands: ShellCommand[];
  readonly holes: HolePlace[];
  readonly variables: VariableUse[];
  readonly assigned: Set<string>;
  readonly bashisms: Oddity[];
  /** Reads the commands of `$( … )` up to its bracket; given, so that words and commands need not know each other. */
  readonly substitution: (cursor: Cursor) => void;
}

export function note(cursor: Cursor, offset: number, what: string, instead: string): void {
  cursor.bashisms.push({ offset, what, instead });
}

/** Records the holes of a region in which no value may stand. */
export function condemn(cursor: Cursor, from: number, to: number, place: Place): void {
  for (const [start, hole] of cursor.holeAt)
    if (start >= from && start < to && !cursor.holes.some((known) => known.hole === hole))
      cursor.holes.push({
        hole,
        place,
        around: cursor.text.slice(Math.max(from, start - 20), Math.min(to, hole.end + 20)),
      });
}
