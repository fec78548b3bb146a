/**
 * Run directories of a simulated host: the same files as the real launcher's (docs/launcher.md), so that the same
 * things can be found, broken and mended by hand in both.
 */
import type { Disk } from './host-disk.ts';
import { hostFiles } from './host-files.ts';
import type { Processes } from './host-processes.ts';

export interface RunPlace {
  readonly upgrade: string;
  readonly attempt: string;
  /** `ROOT/runs/UPGRADE` */
  readonly runs: string;
  /** `ROOT/runs/UPGRADE/ATTEMPT` */
  readonly run: string;
}

interface Examined {
  readonly state: string;
  /** null unless it has ended. */
  readonly code: number | null;
  /** Numbers of the supervisor and of the step, when they were noted. */
  readonly pids: readonly number[];
}

export interface Runs {
  bootId(): string;
  setBootId(id: string): void;
  examine(run: string): Promise<Examined>;
  sizes(run: string): Promise<{ readonly out: number; readonly err: number }>;
  statusLine(run: string): Promise<string>;
  /** A live attempt of the upgrade, other than `run`. */
  otherLives(runs: string, run: string | null): Promise<string | undefined>;
  highestEpoch(runs: string): Promise<number>;
}

export function placeOf(root: string, upgrade: string, attempt: string): RunPlace {
  const runs = `${root}/runs/${upgrade}`;
  return { upgrade, attempt, runs, run: `${runs}/${attempt}` };
}

export const BOOT_ID = '/proc/sys/kernel/random/boot_id';

interface Noted {
  readonly pids: readonly [number, number];
  readonly began: readonly [number, number];
  readonly boot: string;
}

function parsePid(text: string): Noted {
  const [sup = '', supBegan = '', step = '', stepBegan = '', boot = ''] = text.trim().split(' ');
  return { pids: [Number(sup), Number(step)], began: [Number(supBegan), Number(stepBegan)], boot };
}

export function createRuns(disk: Disk, processes: Processes): Runs {
  const files = hostFiles(disk, { user: 'root', root: true });
  let boot = '';
  const textOf = (path: string) => files.readText(path).catch(() => undefined);

  async function outcome(run: string): Promise<Examined | undefined> {
    const rc = (await textOf(`${run}/rc`))?.trim();
    if (rc === undefined || rc === '') return undefined;
    const why = (await textOf(`${run}/why`))?.trim();
    return { state: why ?? 'exited', code: Number(rc), pids: [] };
  }

  async function examine(run: string): Promise<Examined> {
    const is = (state: string, pids: readonly number[] = []): Examined => ({ state, code: null, pids });
    if (!(await files.exists(run))) return is('absent');
    const ended = await outcome(run);
    if (ended !== undefined) return ended;
    if (!(await files.exists(`${run}/own`))) return is('ready');
    const noted = (await textOf(`${run}/boot`))?.trim();
    if (noted !== undefined) return is(noted === boot ? 'running' : 'rebooted');
    const pid = await textOf(`${run}/pid`);
    if (pid === undefined) return is('claimed');
    const { pids, began, boot: then } = parsePid(pid);
    if (then !== boot) return is('rebooted');
    const lives = pids.some((one, at) => processes.alive(one, began[at] ?? Number.NaN));
    return is(lives ? 'running' : 'vanished', pids);
  }

  async function sizes(run: string) {
    const [out, err] = await Promise.all([files.stat(`${run}/out`), files.stat(`${run}/err`)]);
    return { out: out?.bytes ?? 0, err: err?.bytes ?? 0 };
  }

  return {
    bootId: () => boot,
    setBootId(id) {
      boot = id;
    },
    examine,
    sizes,
    async statusLine(run) {
      const { state, code } = await examine(run);
      const { out, err } = await sizes(run);
      return `state=${state} code=${code ?? '-'} out=${out} err=${err} boot=${boot}`;
    },
    async otherLives(runs, run) {
      for (const name of await files.list(runs).catch(() => [])) {
        const path = `${runs}/${name}`;
        if (name.startsWith('.') || path === run) continue;
        if ((await examine(path)).state === 'running') return name;
      }
      return undefined;
    },
    async highestEpoch(runs) {
      const names = await files.list(`${runs}/.epochs`).catch(() => []);
      return Math.max(0, ...names.map(Number));
    },
  };
}
