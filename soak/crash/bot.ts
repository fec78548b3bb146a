/** The compiled bot as a process of its own, as a service manager keeps it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, copyFileSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** A service manager starts it again; so long as it takes to see why, not longer. */
const RESTART_MS = 500;

export interface App {
  readonly main: string;
  readonly cli: string;
}

/** As `npm run build` does, into a directory of our own: what is built meanwhile in `dist` is not our business. */
export function compileApp(directory: string): App {
  const app = join(directory, 'app');
  mkdirSync(app);
  copyFileSync(join(ROOT, 'package.json'), join(app, 'package.json'));
  for (const name of ['node_modules', 'migrations']) symlinkSync(join(ROOT, name), join(app, name));
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const dist = join(app, 'dist');
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', dist], {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
  });
  copyFileSync(join(ROOT, 'src/ports/launcher.sh'), join(dist, 'src/ports/launcher.sh'));
  return { main: join(dist, 'src/main.js'), cli: join(dist, 'src/cli.js') };
}

export interface Bot {
  /** undefined while none runs. */
  pid(): number | undefined;
  /** Real epoch milliseconds of the last start. */
  startedAt(): number;
  /** For each time that it ended without being told to: its exit code or signal, and the last lines before. */
  deaths(): readonly string[];
  start(): void;
  /** Somebody else is about to kill it: that is not a death of its own. */
  expect(): void;
  /** SIGKILL. Resolves when it is gone; it stays so until `start`. */
  kill(): Promise<void>;
  stop(): Promise<void>;
  lastLines(count: number): string;
}

export function createBot(app: App, env: { readonly [name: string]: string }, logFile: string): Bot {
  let child: ChildProcess | undefined;
  let wanted = false;
  let startedAt = 0;
  const deaths: string[] = [];

  function running(): ChildProcess | undefined {
    return child !== undefined && child.exitCode === null && child.signalCode === null ? child : undefined;
  }

  function lastLines(count: number): string {
    return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
  }

  function start(): void {
    wanted = true;
    if (running() !== undefined) return;
    startedAt = Date.now();
    const started = spawn(process.execPath, [app.main], {
      // Nothing of the surrounding environment but where programs are found.
      env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '/', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [started.stdout, started.stderr])
      stream?.on('data', (bytes: Buffer) => appendFileSync(logFile, bytes));
    started.once('exit', (code, signal) => {
      if (!wanted || started !== child) return;
      deaths.push(`${code ?? signal}: ${lastLines(2)}`);
      appendFileSync(logFile, `the bot ended by itself: ${code ?? signal}\n`);
      setTimeout(() => wanted && start(), RESTART_MS);
    });
    child = started;
  }

  async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    wanted = false;
    const last = running();
    if (last === undefined) return;
    const ended = once(last, 'exit');
    last.kill(signal);
    await ended;
  }

  return {
    pid: () => running()?.pid,
    startedAt: () => startedAt,
    deaths: () => deaths,
    start,
    expect: () => {
      wanted = false;
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    lastLines,
  };
}
