/** The bot as a process of its own: started from its sources like any operator would, ended by its pid. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Last lines of the log that an error shows. */
const SHOWN_LINES = 15;

export interface Bot {
  start(): void;
  /** As the kernel ends a process: nothing is put down, nothing is said. Returns at once. */
  kill(): void;
  /** SIGTERM, as a service manager does. @returns exit code */
  stop(): Promise<number>;
  /** Resolves when the process that was killed is gone. */
  gone(): Promise<void>;
  /** Of every process that was started, in order. */
  pids(): readonly number[];
  /** null while it runs. */
  exitCode(): number | null;
  lastLines(): string;
}

export function createBot(env: { readonly [name: string]: string }, logFile: string): Bot {
  let child: ChildProcess | undefined;
  let expected = false;
  const pids: number[] = [];

  function start(): void {
    expected = false;
    const started = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], {
      cwd: ROOT,
      // Nothing of the surrounding environment but where programs are found.
      env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '/', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [started.stdout, started.stderr])
      stream?.on('data', (bytes: Buffer) => appendFileSync(logFile, bytes));
    started.on('exit', (code, signal) => {
      if (!expected) appendFileSync(logFile, `the bot ended by itself: ${code ?? signal}\n`);
    });
    child = started;
    if (started.pid !== undefined) pids.push(started.pid);
  }

  function running(): ChildProcess | undefined {
    return child !== undefined && child.exitCode === null && child.signalCode === null ? child : undefined;
  }

  async function gone(): Promise<void> {
    const last = running();
    if (last !== undefined) await once(last, 'exit');
  }

  return {
    start,
    kill() {
      expected = true;
      running()?.kill('SIGKILL');
    },
    async stop() {
      expected = true;
      const last = running();
      if (last === undefined) return child?.exitCode ?? 0;
      last.kill('SIGTERM');
      await once(last, 'exit');
      return last.exitCode ?? 1;
    },
    gone,
    pids: () => pids,
    exitCode: () => child?.exitCode ?? null,
    lastLines: () => {
      try {
        return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-SHOWN_LINES).join('\n');
      } catch {
        return '(no log yet)';
      }
    },
  };
}
