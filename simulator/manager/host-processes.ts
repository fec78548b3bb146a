/** Who lives on a host just now. Pids count up from one boot to the next, so none is used again. */

export type Signal = 'INT' | 'TERM' | 'KILL';
export const SIGNAL_NUMBERS = { INT: 2, TERM: 15, KILL: 9 } as const;

export interface Process {
  readonly pid: number;
  /** Start time in hundredths of a second since boot, as field 22 of /proc/PID/stat. */
  readonly began: number;
  readonly name: string;
}

export interface Processes {
  start(name: string, onSignal: (signal: Signal) => void): Process;
  ended(process: Process): void;
  alive(pid: number, began: number): boolean;
  signal(pid: number, signal: Signal): boolean;
  list(): readonly Process[];
  /** All die at once, and nobody gets to say anything. */
  wipe(): void;
}

/** The first free pid on a host that has just booted. */
const FIRST_PID = 1000;

export function createProcesses(now: () => number): Processes {
  const table = new Map<number, Process & { readonly onSignal: (signal: Signal) => void }>();
  let next = FIRST_PID;
  let bootedAt = now();
  return {
    start(name, onSignal) {
      const process = { pid: next, began: Math.round((now() - bootedAt) / 10), name, onSignal };
      next += 1;
      table.set(process.pid, process);
      return process;
    },
    ended: ({ pid }) => void table.delete(pid),
    alive: (pid, began) => table.get(pid)?.began === began,
    signal(pid, signal) {
      const process = table.get(pid);
      if (process === undefined) return false;
      if (signal === 'KILL') table.delete(pid);
      process.onSignal(signal);
      return true;
    },
    list: () => [...table.values()],
    wipe() {
      const all = [...table.values()];
      table.clear();
      bootedAt = now();
      for (const { onSignal } of all) onSignal('KILL');
    },
  };
}
