/** Looks at real processes through /proc. */
import { readdirSync, readFileSync } from 'node:fs';

export interface Seen {
  readonly pid: number;
  readonly parent: number;
  readonly state: string;
  readonly args: string;
  readonly environment: string;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** Zombies are left out: they hold nothing but a number. */
export function processes(): readonly Seen[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = read(`/proc/${name}/stat`);
      const [state = '', parent = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (state === '' || state === 'Z' || state === 'X') return [];
      return [
        {
          pid: Number(name),
          parent: Number(parent),
          state,
          args: read(`/proc/${name}/cmdline`),
          environment: read(`/proc/${name}/environ`),
        },
      ];
    });
}

export function killHard(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {}
}

/** Children of a daemon, and theirs while they are still below it: steps have left to a parent of their own. */
export function descendants(pid: number): readonly number[] {
  const all = processes();
  const found: number[] = [];
  for (let round = [pid]; round.length > 0; ) {
    round = all.filter(({ parent }) => round.includes(parent)).map((one) => one.pid);
    found.push(...round);
  }
  return found;
}
