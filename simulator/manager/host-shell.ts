/** Runs one text in a shell of the host: output grows in two files, commands are noted, an end from outside is final. */
import { Bash, type Command, type ExecResult } from 'just-bash';
import type { HostCommand, RunBy } from './host.ts';
import { builtinCommands } from './host-builtins.ts';
import type { HostClock } from './host-clock.ts';
import { registeredCommand } from './host-commands.ts';
import { quotedDefaults } from './host-defaults.ts';
import type { Caller, Disk } from './host-disk.ts';
import type { HostLedger } from './host-ledger.ts';
import type { Processes, Signal } from './host-processes.ts';
import { guardedFs } from './host-rights.ts';
import { growingStreams } from './host-streams.ts';

/** What every shell of one host shares. */
export interface ShellWorld {
  readonly name: string;
  readonly address: string;
  readonly user: string;
  readonly disk: Disk;
  readonly clock: HostClock;
  readonly ledger: HostLedger;
  readonly processes: Processes;
  readonly commands: { readonly [name: string]: HostCommand };
  readonly envDefaults: { readonly [name: string]: string };
  readonly sudo: boolean;
}

export interface ShellText {
  readonly text: string;
  /** `-eu`, as the launcher runs steps and looks. */
  readonly strict: boolean;
  readonly env: { readonly [name: string]: string };
  readonly root: boolean;
  readonly by: RunBy;
  readonly attempt: string | null;
  readonly stdin: Uint8Array;
  readonly out: string;
  readonly err: string;
  readonly pid: number;
  /** Aborts with the exit code as its reason. */
  readonly signal: AbortSignal;
  /** Before either file grows. */
  readonly growing?: (stream: 'out' | 'err', bytes: number) => void;
  readonly traps: Traps;
}

/** What `trap` set: '' ignores, a text runs. */
export type Traps = Map<Signal | 'EXIT', string>;

/** One run of one text; commands see and change it. */
export interface Running {
  readonly world: ShellWorld;
  readonly given: ShellText;
  readonly caller: Caller;
  /** Paths that were refused since the last look. */
  readonly denied: string[];
  /** Errors of registered commands: the interpreter would turn them into an exit code. */
  readonly faults: Error[];
  append(stream: 'out' | 'err', text: string): Promise<void>;
}

function loginEnv(world: ShellWorld, root: boolean): { readonly [name: string]: string } {
  const user = root ? 'root' : world.user;
  const home = root || user === 'root' ? '/root' : `/home/${user}`;
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin',
    HOME: home,
    USER: user,
    LOGNAME: user,
    SHELL: '/bin/bash',
    HOSTNAME: world.name,
    ...(root && world.user !== 'root' ? { SUDO_USER: world.user } : {}),
    ...world.envDefaults,
  };
}

/** The interpreter looks for a program in each directory of PATH, then whether there is a /usr/bin at all. */
function unknownNames(note: (name: string) => void) {
  let last: string | undefined;
  return (path: string, found: boolean) => {
    if (path === '/usr/bin' && last !== undefined) note(last);
    last = found ? undefined : path.slice(path.lastIndexOf('/') + 1);
  };
}

function createRunning(world: ShellWorld, given: ShellText): Running & { readonly shell: Bash } {
  const caller: Caller = { user: world.user, root: given.root || world.user === 'root' };
  const denied: string[] = [];
  const fs = guardedFs(world.disk, caller, {
    denied: (path) => void denied.push(path),
    growing(path, bytes) {
      if (bytes > 0 && path === given.out) given.growing?.('out', bytes);
      if (bytes > 0 && path === given.err) given.growing?.('err', bytes);
    },
    sought: unknownNames((name) =>
      world.ledger.command({ ...given, name, argv: [], known: false, root: caller.root, cwd: '' })(127),
    ),
  });
  const running: Running = {
    world,
    given,
    caller,
    denied,
    faults: [],
    append: (stream, text) => fs.appendFile(given[stream], text),
  };
  const registered: Command[] = Object.entries(world.commands).map(([name, command]) =>
    registeredCommand(name, command, running),
  );
  const shell = new Bash({
    fs,
    env: {},
    customCommands: [...builtinCommands(running), ...registered],
    // It would patch timers of the whole process, where the bot's tests and an SSH server live too.
    defenseInDepth: false,
    processInfo: {
      pid: given.pid,
      ppid: given.pid - 1,
      uid: caller.root ? 0 : 1000,
      gid: caller.root ? 0 : 1000,
    },
    sleep: (ms) => world.clock.sleep(ms / 1000, given.signal),
  });
  return { ...running, shell };
}

/** Without `export` the interpreter would keep the names from `sh -c` and programs that are texts. */
function prelude({ strict }: ShellText, env: { readonly [name: string]: string }): string {
  return `export ${Object.keys(env).join(' ')}${strict ? '; set -eu' : ''}\n`;
}

async function appendRest(running: Running, { stdout, stderr }: ExecResult): Promise<void> {
  if (stdout !== '') await running.append('out', stdout);
  if (stderr !== '') await running.append('err', stderr);
}

/** EXIT's text, or that of the signal that ended it: it has the last word on the exit code. */
async function lastWords(
  running: Running & { readonly shell: Bash },
  code: number,
  env: Record<string, string> | undefined,
): Promise<number> {
  const { given, shell } = running;
  const ended = { 130: 'INT', 143: 'TERM' } as const;
  const name = given.signal.aborted ? ended[code as 130 | 143] : undefined;
  const text = (name && given.traps.get(name)) || (code === 137 ? undefined : given.traps.get('EXIT'));
  if (text === undefined || text === '') return code;
  given.traps.clear();
  const result = await shell.exec(`${text}\n`, {
    ...(env === undefined ? {} : { env, replaceEnv: true }),
    rawScript: true,
  });
  await appendRest(running, result);
  return result.exitCode === 0 ? code : result.exitCode;
}

/** @returns the exit code: the text's own, or the one that the signal brought */
export async function runText(world: ShellWorld, given: ShellText): Promise<number> {
  const running = createRunning(world, given);
  const { shell } = running;
  // `sudo` hands the mark on when what it runs is registered.
  const printers = new Set([...Object.keys(world.commands), 'sudo']);
  shell.registerTransformPlugin(quotedDefaults);
  shell.registerTransformPlugin(growingStreams({ out: given.out, err: given.err, printers }));
  const env: Record<string, string> = { ...loginEnv(world, running.caller.root), ...given.env };
  for (const stream of ['out', 'err'] as const) await running.append(stream, '');
  try {
    const result = await shell.exec(prelude(given, env) + given.text, {
      env,
      replaceEnv: true,
      cwd: env.HOME ?? '/',
      rawScript: true,
      stdin: Buffer.from(given.stdin).toString('latin1'),
      stdinKind: 'bytes',
      signal: given.signal,
    });
    if (given.signal.aborted) return lastWords(running, Number(given.signal.reason), undefined);
    await appendRest(running, result);
    const [fault] = running.faults;
    if (fault !== undefined) throw fault;
    return await lastWords(running, result.exitCode, result.env);
  } catch (error) {
    if (given.signal.aborted) return lastWords(running, Number(given.signal.reason), undefined);
    const [path] = running.denied;
    if (path === undefined || running.faults.length > 0) throw error;
    await running.append('err', `sh: ${path}: Permission denied\n`);
    return 1;
  }
}
