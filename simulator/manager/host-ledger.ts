/** What happened on a host, in order, and whoever wants to be told. */
import type { HostEvent, LedgerEntry, RunBy } from './host.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type CommandEntry = Extract<LedgerEntry, { kind: 'command' }>;

export interface HostLedger {
  readonly entries: readonly LedgerEntry[];
  note(entry: Without<LedgerEntry, 'at'>): void;
  /** Noted when it begins. @returns what to call with the exit code */
  command(begun: {
    readonly name: string;
    readonly argv: readonly string[];
    readonly known: boolean;
    readonly by: RunBy;
    readonly attempt: string | null;
    readonly root: boolean;
    readonly cwd: string;
  }): (exitCode: number) => void;
  tell(event: HostEvent): void;
  listen(listener: (event: HostEvent) => void): void;
}

type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never;

export function createLedger(now: () => number): HostLedger {
  const entries: LedgerEntry[] = [];
  const listeners: ((event: HostEvent) => void)[] = [];
  return {
    entries,
    note: (entry) => void entries.push({ ...entry, at: now() } as LedgerEntry),
    command({ name, argv, known, by, attempt, root, cwd }) {
      const entry: Mutable<CommandEntry> = {
        ...{ kind: 'command', name, argv, known, by, attempt, root, cwd, exitCode: null, at: now() },
      };
      entries.push(entry);
      return (exitCode) => {
        entry.exitCode = exitCode;
      };
    },
    tell(event) {
      for (const listener of listeners) listener(event);
    },
    listen: (listener) => void listeners.push(listener),
  };
}
