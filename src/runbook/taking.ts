/** Takes values out of decisions, and remembers why one could not be made: a step says all that it lacks at once. */
import type { Decided, Undecided } from './scope.ts';

export interface Taking {
  /** The value, or `instead` with the reason kept. */
  take<T>(decided: Decided<T>, instead: T): T;
  lack(why: string, missing?: readonly string[]): void;
  readonly lacks: readonly Undecided[];
}

export function startTaking(): Taking {
  const lacks: Undecided[] = [];
  return {
    lacks,
    take(decided, instead) {
      if (decided.ok) return decided.value;
      lacks.push(decided);
      return instead;
    },
    lack(why, missing = []) {
      lacks.push({ ok: false, why, missing });
    },
  };
}
