/** What an expression, a command or a text stands in, and the names that it sees there. */
import type { Path } from './problem.ts';
import type { PlacedStep } from './units.ts';

export type Root =
  | 'flow'
  | 'input'
  | 'target'
  | 'host'
  | 'fact'
  | 'upgrade'
  | 'captured'
  | 'output'
  | 'exit_code';

/** What an expression sees. */
export interface Sight {
  readonly roots: readonly Root[];
  /** `upgrade.dir`: known only where a host is. */
  readonly dir: boolean;
  readonly locals: readonly string[];
  /** From which `captured` is looked up. */
  readonly step: PlacedStep | null;
  /** Its own captures count as well: it is looked at after the step ended well. */
  readonly own: boolean;
}

export interface CelSite {
  readonly kind: 'cel';
  readonly path: Path;
  /** Where it begins in the value at `path`. */
  readonly offset: number;
  readonly cel: string;
  readonly sight: Sight;
  readonly gives: 'bool' | 'duration' | 'list' | 'value' | 'text';
  /** The key under which it stands: `when`, `expect`, …; for messages. */
  readonly key: string;
}

export interface ShellSite {
  readonly kind: 'shell';
  readonly path: Path;
  readonly text: string;
  readonly sight: Sight;
  readonly part: 'apply' | 'verify' | 'undo' | 'probe';
  /** Secrets that reach its environment. */
  readonly secrets: readonly string[];
  readonly secretInArguments: boolean;
  readonly step: PlacedStep | null;
}

/** Text for people, a path or the content of a file. */
export interface TextSite {
  readonly kind: 'text';
  readonly path: Path;
  readonly text: string;
  /** null: no value may stand in it. */
  readonly sight: Sight | null;
  readonly key: string;
}

export type Site = CelSite | ShellSite | TextSite;

export const BEFORE_FACTS: Sight = {
  roots: ['flow', 'input', 'target', 'upgrade'],
  dir: false,
  locals: [],
  step: null,
  own: false,
};
export const PLANNING: Sight = {
  ...BEFORE_FACTS,
  roots: ['flow', 'input', 'target', 'upgrade', 'host', 'fact'],
};
export function celSite(
  path: Path,
  cel: string | undefined,
  sight: Sight,
  gives: CelSite['gives'],
): readonly CelSite[] {
  const key = String(path.findLast((part) => typeof part === 'string') ?? '');
  return cel === undefined ? [] : [{ kind: 'cel', path, offset: 0, cel, sight, gives, key }];
}

/** `path` ends in the key, or in the key and an index. */
export function textSite(path: Path, text: string | undefined, sight: Sight | null): readonly TextSite[] {
  const key = String(path.findLast((part) => typeof part === 'string') ?? '');
  return text === undefined ? [] : [{ kind: 'text', path, text, sight, key }];
}
