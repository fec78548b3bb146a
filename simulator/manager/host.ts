/**
 * A host that can be upgraded without there being one: SSH on loopback, the launcher's verbs, a shell over a file
 * system in memory, and a ledger of everything that was run. What a command does is told by whoever creates the host.
 */
import { createHash } from 'node:crypto';
import type { ClockScale } from '../../src/core/clock.ts';
import { createAttempts } from './host-attempts.ts';
import { BUILTIN_NAMES } from './host-builtins.ts';
import { runLine } from './host-calls.ts';
import { createHostClock } from './host-clock.ts';
import { installPrograms } from './host-commands.ts';
import { createDisk } from './host-disk.ts';
import { furnish, hostFiles } from './host-files.ts';
import { hostKey } from './host-key.ts';
import { createLedger } from './host-ledger.ts';
import { createProcesses } from './host-processes.ts';
import { BOOT_ID, createRuns } from './host-runs.ts';
import type { ShellWorld } from './host-shell.ts';
import { openDoor } from './host-ssh.ts';
import type { VerbWorld } from './host-verbs.ts';

export interface HostFileStat {
  readonly kind: 'file' | 'dir' | 'link';
  readonly mode: number;
  /** 0 for a directory. */
  readonly bytes: number;
  readonly owner: string;
  /** Virtual epoch milliseconds. */
  readonly changedAt: number;
}

/** Absolute paths. Every method throws a HostFileError whose message is what a shell would say. */
export interface HostFiles {
  read(path: string): Promise<Uint8Array>;
  readText(path: string): Promise<string>;
  /** Makes missing parents; keeps mode and owner of a file that is there. Default mode 0644, owner = who writes. */
  write(
    path: string,
    content: string | Uint8Array,
    options?: { readonly mode?: number; readonly owner?: string },
  ): Promise<void>;
  append(path: string, content: string | Uint8Array): Promise<void>;
  makeDirectory(path: string, options?: { readonly mode?: number; readonly owner?: string }): Promise<void>;
  /** undefined when nothing is there. Links are not followed. */
  stat(path: string): Promise<HostFileStat | undefined>;
  exists(path: string): Promise<boolean>;
  /** Names in a directory, sorted. */
  list(path: string): Promise<readonly string[]>;
  /** With everything below it; nothing there is no error. */
  remove(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  chmod(path: string, mode: number): Promise<void>;
  chown(path: string, owner: string): Promise<void>;
}

/** What a command that was registered for a host gets to know of the call. */
export interface CommandContext {
  readonly hostName: string;
  readonly root: boolean;
  readonly user: string;
  readonly env: { readonly [name: string]: string };
  readonly cwd: string;
  /** Latin-1: one character for each byte. */
  readonly stdin: string;
  /** Attempt id when a step runs it; null for a look or a person. */
  readonly attempt: string | null;
  /** Aborts when the step is cancelled, times out, or the host reboots. */
  readonly signal: AbortSignal;
  /** With the rights of the caller: without root, /etc, /opt, /usr, /var and /root can't be written. */
  readonly files: HostFiles;
  /** Virtual seconds; rejects when the signal aborts. */
  sleep(seconds: number): Promise<void>;
  /** Virtual epoch milliseconds. */
  now(): number;
  /** Goes to stdout at once when stdout is the step's own, else (pipe, `$(…)`, redirection) with the result. */
  print(text: string): void;
  printError(text: string): void;
}

export interface CommandResult {
  /** Comes after what was printed. */
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exitCode: number;
}

/** A thrown HostFileError becomes `NAME: message` and exit code 1; any other error is the simulator's own bug. */
export type HostCommand = (args: readonly string[], context: CommandContext) => Promise<CommandResult>;

/** Who ran it: a step, a read-only look, or somebody with `ssh host command`. */
export type RunBy = 'start' | 'look' | 'person';

export type LedgerEntry =
  /** A registered command, a built-in that changes files below an absolute path, or a name that nobody knows. */
  | {
      readonly kind: 'command';
      readonly name: string;
      readonly argv: readonly string[];
      readonly known: boolean;
      readonly by: RunBy;
      readonly attempt: string | null;
      readonly root: boolean;
      readonly cwd: string;
      /** null while it runs, and for good when it was cut off. */
      readonly exitCode: number | null;
      /** Virtual epoch milliseconds at which it began. */
      readonly at: number;
    }
  | {
      readonly kind: 'attempt-started';
      readonly upgrade: string;
      readonly attempt: string;
      readonly epoch: number;
      readonly root: boolean;
      readonly at: number;
    }
  | {
      readonly kind: 'attempt-exited';
      readonly upgrade: string;
      readonly attempt: string;
      readonly how: 'exited' | 'timed-out' | 'cancelled';
      readonly code: number;
      readonly at: number;
    }
  /** Asked by an attempt of kind `reboot`, or null: somebody pressed the button. */
  | { readonly kind: 'reboot'; readonly attempt: string | null; readonly bootId: string; readonly at: number }
  | { readonly kind: 'received'; readonly path: string; readonly root: boolean; readonly at: number };

/** Told before any answer about it leaves the host, so that a listener can stop the bot just in between. */
export type HostEvent =
  | { readonly kind: 'connection'; readonly open: boolean }
  | { readonly kind: 'attempt-started'; readonly upgrade: string; readonly attempt: string }
  | {
      readonly kind: 'attempt-output';
      readonly upgrade: string;
      readonly attempt: string;
      readonly outBytes: number;
      readonly errBytes: number;
    }
  | {
      readonly kind: 'attempt-exited';
      readonly upgrade: string;
      readonly attempt: string;
      readonly how: 'exited' | 'timed-out' | 'cancelled';
      readonly code: number;
    }
  | { readonly kind: 'reboot'; readonly bootId: string };

export type InitialFiles = {
  readonly [path: string]:
    | string
    | Uint8Array
    | { readonly content: string | Uint8Array; readonly mode?: number; readonly owner?: string };
};

export interface HostOptions {
  readonly name: string;
  readonly address: string;
  readonly privateIp: string;
  /** Who may log in. */
  readonly user: string;
  /** OpenSSH form: `ssh-ed25519 AAAA…`. */
  readonly authorizedKey: string;
  readonly clock: ClockScale;
  readonly commands: { readonly [name: string]: HostCommand };
  /** After every process is gone and before the host answers again: services come up or do not. */
  readonly onReboot?: () => void;
  readonly files?: InitialFiles;
  /** On top of PATH, HOME, USER, LOGNAME, SHELL, HOSTNAME. */
  readonly envDefaults?: { readonly [name: string]: string };
  /** Port to listen on; 0 or absent = any free one. */
  readonly port?: number;
  /** OpenSSH private key text; absent = a new ed25519 key. */
  readonly hostPrivateKey?: string;
  /** Whether `sudo -n` works without a password; default true. */
  readonly sudo?: boolean;
  /** Free space of the state directory; 0 = the disk is full and nothing can be started. */
  readonly freeMb?: () => number;
}

export interface SimulatedHost {
  readonly name: string;
  readonly port: number;
  /** `ssh-ed25519 AAAA…`, to be pinned. */
  readonly hostKey: string;
  /** As root. */
  readonly files: HostFiles;
  readonly ledger: readonly LedgerEntry[];
  readonly bootId: string;
  onEvent(listener: (event: HostEvent) => void): void;
  /** Nobody asked for it: all processes die, connections are cut, a new boot id. Resolves when SSH answers again. */
  reboot(): Promise<void>;
  /** On: no new connection is answered and open ones are cut. */
  unreachable(on: boolean): void;
  /** Ends processes as `kill -9` would: no outcome is written. */
  kill(...pids: readonly number[]): void;
  close(): Promise<void>;
}

/** Virtual seconds between the last process and the first answer of SSH. */
const BOOT_S = 45;
/** Virtual seconds that a fresh disk has room for: nobody fills it by chance. */
const FREE_MB = 20_000;
/** Virtual seconds that `reboot` waits, so that its answer gets out first. */
const REBOOT_AFTER_S = 1;

function digest(...parts: readonly unknown[]): string {
  return createHash('sha256').update(parts.join(' ')).digest('hex');
}

/** Like the kernel's, and the same in each run of a scenario. */
function bootIdOf(name: string, boots: number): string {
  return digest(name, boots).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}

async function furnishedWorld(options: HostOptions): Promise<ShellWorld> {
  const { name, address, user, commands, envDefaults = {}, sudo = true } = options;
  const clock = createHostClock(options.clock);
  const disk = createDisk(clock.now);
  await furnish(disk, user, options.files ?? {});
  const ledger = createLedger(clock.now);
  const processes = createProcesses(clock.now);
  const world = { name, address, user, disk, clock, ledger, processes, commands, envDefaults, sudo };
  await installPrograms(world, BUILTIN_NAMES);
  return world;
}

export async function createHost(options: HostOptions): Promise<SimulatedHost> {
  const { name } = options;
  const world = await furnishedWorld(options);
  const { disk, clock, ledger, processes } = world;
  const files = hostFiles(disk, { user: 'root', root: true });
  const runs = createRuns(disk, processes);
  let boots = 0;
  const freshBoot = async () => {
    runs.setBootId(bootIdOf(name, boots));
    boots += 1;
    await files.write(BOOT_ID, `${runs.bootId()}\n`);
  };
  await freshBoot();
  const freeMb = options.freeMb ?? (() => FREE_MB);
  const { secret, pinned } = hostKey(options.hostPrivateKey);
  let away = false;
  let closed = false;

  const reboot = async (attempt: string | null) => {
    door.shut(true);
    processes.wipe();
    await freshBoot();
    ledger.note({ kind: 'reboot', attempt, bootId: runs.bootId() });
    ledger.tell({ kind: 'reboot', bootId: runs.bootId() });
    await clock.sleep(BOOT_S);
    options.onReboot?.();
    if (!closed) door.shut(away);
  };
  const verbs: VerbWorld = {
    ...{ world, runs, freeMb, attempts: createAttempts(world, runs, () => freeMb() === 0) },
    reboot: (attempt) => void clock.sleep(REBOOT_AFTER_S).then(() => reboot(attempt)),
  };
  const door = await openDoor({
    ...{
      port: options.port ?? 0,
      user: options.user,
      authorizedKey: options.authorizedKey,
      hostPrivateKey: secret,
    },
    run: (line, io) => runLine(verbs, line, io),
    connection: (open) => ledger.tell({ kind: 'connection', open }),
  });
  return {
    ...{ name, port: door.port, hostKey: pinned, files, ledger: ledger.entries },
    get bootId() {
      return runs.bootId();
    },
    onEvent: ledger.listen,
    reboot: () => reboot(null),
    unreachable(on) {
      away = on;
      door.shut(on);
    },
    kill(...pids) {
      for (const pid of pids) processes.signal(pid, 'KILL');
    },
    async close() {
      closed = true;
      processes.wipe();
      await door.close();
    },
  };
}
