/** What every rule of the check is given. */
import type { Path, Report, Source } from '../problem.ts';
import type { RunbookSource } from '../schema.ts';
import type { Shell } from '../shell-cursor.ts';
import type { CelSite, ShellSite, Site } from '../sight.ts';
import type { PlacedStep, StaticUnit } from '../units.ts';

export interface Checking {
  readonly runbook: RunbookSource;
  readonly source: Source;
  /** The file as plain data, before defaults were put in. */
  readonly raw: unknown;
  readonly report: Report;
  readonly sites: readonly Site[];
  readonly expressions: readonly CelSite[];
  readonly shells: readonly { readonly site: ShellSite; readonly shell: Shell }[];
  readonly placed: readonly PlacedStep[];
  readonly units: readonly StaticUnit[];
  /** What `sh -n` says about a text, or null. Absent where no shell may be asked. */
  readonly shellSyntax: ((text: string) => string | null) | undefined;
}

/** A rule reports; it decides nothing else. */
export type Rule = (checking: Checking) => void;

/** Is the key written at this place of the file? */
export function isWritten(raw: unknown, path: Path): boolean {
  let value = raw;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return false;
    value = Reflect.get(value, part);
  }
  return true;
}
