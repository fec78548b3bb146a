/** A world on manual time with hosts that are only files: commands are called as the host machinery would call them. */
import { createHash } from 'node:crypto';
import type { Preset } from '../../simulator/manager/cloudify/seed.ts';
import type { WorldClock } from '../../simulator/manager/cloudify/simulation.ts';
import { type CloudifyWorld, createWorld } from '../../simulator/manager/cloudify/world.ts';
import type { CommandContext, HostFileStat, HostFiles, InitialFiles } from '../../simulator/manager/host.ts';

/** A Monday morning; any fixed time will do. */
export const START = Date.parse('2026-11-23T09:00:00.000Z');

export interface ManualClock extends WorldClock {
  /** Moves on, letting what is due happen in the order of time. */
  advance(seconds: number): Promise<void>;
}

export function manualClock(): ManualClock {
  let now = START;
  let timers: { readonly when: number; readonly wake: () => void }[] = [];
  const breathe = () => new Promise<void>((resolve) => void setImmediate(resolve));
  async function moveTo(when: number): Promise<void> {
    for (;;) {
      await breathe();
      const next = timers.filter((timer) => timer.when <= when).toSorted((a, b) => a.when - b.when)[0];
      if (next === undefined) break;
      timers = timers.filter((timer) => timer !== next);
      now = Math.max(now, next.when);
      next.wake();
    }
    now = Math.max(now, when);
  }
  return {
    now: () => now,
    at(when, wake) {
      const timer = { when, wake };
      timers.push(timer);
      return () => {
        timers = timers.filter((each) => each !== timer);
      };
    },
    advance: (seconds) => moveTo(now + seconds * 1000),
  };
}

interface MemoryFile {
  content: Buffer;
  mode: number;
  owner: string;
}

export function memoryFiles(initial: InitialFiles, clock: WorldClock): HostFiles {
  const files = new Map<string, MemoryFile>();
  const directories = new Set<string>(['/', '/home', '/home/centos', '/opt', '/etc', '/tmp']);
  const isBelow = (path: string, directory: string) => path.startsWith(`${directory.replace(/\/$/, '')}/`);
  const isDirectory = (path: string) =>
    directories.has(path) || [...files.keys()].some((each) => isBelow(each, path));
  const need = (path: string): MemoryFile => {
    const file = files.get(path);
    if (file === undefined) throw new Error(`${path}: No such file or directory`);
    return file;
  };
  const write: HostFiles['write'] = (path, content, options = {}) => {
    const before = files.get(path);
    files.set(path, {
      content: Buffer.from(typeof content === 'string' ? Buffer.from(content) : content),
      mode: options.mode ?? before?.mode ?? 0o644,
      owner: options.owner ?? before?.owner ?? 'root',
    });
    return Promise.resolve();
  };
  for (const [path, file] of Object.entries(initial)) {
    const given = typeof file === 'string' || file instanceof Uint8Array ? { content: file } : file;
    void write(path, given.content, given);
  }
  return {
    read: async (path) => new Uint8Array(need(path).content),
    readText: async (path) => need(path).content.toString('utf8'),
    write,
    append: async (path, content) =>
      write(path, Buffer.concat([files.get(path)?.content ?? Buffer.alloc(0), Buffer.from(content)])),
    makeDirectory: async (path) => void directories.add(path),
    async stat(path): Promise<HostFileStat | undefined> {
      const file = files.get(path);
      const common = { mode: file?.mode ?? 0o755, owner: file?.owner ?? 'root', changedAt: clock.now() };
      if (file !== undefined) return { ...common, kind: 'file', bytes: file.content.length };
      return isDirectory(path) ? { ...common, kind: 'dir', bytes: 0 } : undefined;
    },
    exists: async (path) => files.has(path) || isDirectory(path),
    async list(path) {
      const below = [...files.keys(), ...directories].filter((each) => isBelow(each, path));
      return [...new Set(below.map((each) => each.slice(path.length + 1).split('/')[0] ?? ''))].sort();
    },
    async remove(path) {
      for (const each of [...files.keys()]) if (each === path || isBelow(each, path)) files.delete(each);
      for (const each of [...directories]) if (each === path || isBelow(each, path)) directories.delete(each);
    },
    async rename(from, to) {
      for (const [each, file] of [...files]) {
        if (each !== from && !isBelow(each, from)) continue;
        files.set(to + each.slice(from.length), file);
        files.delete(each);
      }
    },
    async chmod(path, mode) {
      need(path).mode = mode;
    },
    async chown(path, owner) {
      need(path).owner = owner;
    },
  };
}

export interface Ran {
  readonly out: string;
  readonly err: string;
  readonly code: number;
  /** Virtual time at which each piece of stdout was printed. */
  readonly printedAt: readonly number[];
}

export interface Bench {
  readonly world: CloudifyWorld;
  readonly clock: ManualClock;
  readonly reboots: string[];
  files(host: string): HostFiles;
  /** By role of the runbook: `cli`, `new_cli`, `manager`, `new`. Words are split at blanks. */
  run(
    role: string,
    line: string,
    more?: {
      readonly stdin?: string;
      readonly env?: { readonly [name: string]: string };
      readonly root?: boolean;
      readonly words?: readonly string[];
    },
  ): Promise<Ran>;
  close(): Promise<void>;
}

/** How long a host takes to come back, SSH included. */
const BOOT_SECONDS = 45;

export function createBench(preset: Preset): Bench {
  const clock = manualClock();
  const world = createWorld({ clock, preset });
  const disks = new Map<string, HostFiles>();
  const reboots: string[] = [];
  for (const { name } of world.seed.hosts) {
    const files = memoryFiles(world.hostOptions(name).files ?? {}, clock);
    disks.set(name, files);
    world.connect({
      name,
      files,
      onEvent: () => undefined,
      reboot() {
        reboots.push(name);
        clock.at(clock.now() + BOOT_SECONDS * 1000, () => world.onReboot(name));
        return Promise.resolve();
      },
    });
  }
  const files = (host: string) => {
    const disk = disks.get(host);
    if (disk === undefined) throw new Error(`no host ${host}`);
    return disk;
  };
  return {
    world,
    clock,
    reboots,
    files,
    async run(role, line, more = {}) {
      const { host, env: roleEnv } = world.seed.facts.roles[role] ?? { host: role, env: {} };
      const [name = '', ...args] = [...line.split(' ').filter((word) => word !== ''), ...(more.words ?? [])];
      const command = world.commandsFor(host)[name];
      if (command === undefined) throw new Error(`${name} is no command on ${host}`);
      const printed: string[] = [];
      const errors: string[] = [];
      const printedAt: number[] = [];
      const root = more.root ?? false;
      const context: CommandContext = {
        hostName: host,
        root,
        user: root ? 'root' : 'centos',
        env: { HOME: root ? '/root' : '/home/centos', PATH: '/usr/bin:/bin', ...roleEnv, ...more.env },
        cwd: root ? '/root' : '/home/centos',
        stdin: more.stdin ?? '',
        attempt: null,
        signal: new AbortController().signal,
        files: files(host),
        sleep: (seconds) => clock.advance(seconds),
        now: clock.now,
        print(text) {
          printed.push(text);
          printedAt.push(clock.now());
        },
        printError: (text) => void errors.push(text),
      };
      const { stdout = '', stderr = '', exitCode } = await command(args, context);
      return { out: printed.join('') + stdout, err: errors.join('') + stderr, code: exitCode, printedAt };
    },
    close: () => world.close(),
  };
}

/** Through `curl`, as a probe of a runbook asks. */
export async function rest(
  bench: Bench,
  ip: string,
  path: string,
  password: string,
  user = 'admin',
): Promise<Ran & { readonly json: never }> {
  const ran = await bench.run('cli', `curl -fsS -K - -H`, {
    stdin: `user = "${user}:${password}"\n`,
    words: ['Tenant: default_tenant', `http://${ip}/api/${path}`],
  });
  return { ...ran, json: (ran.code === 0 ? JSON.parse(ran.out) : undefined) as never };
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** `2026-11-23 09:02:00.123 ` and ids become stand-ins, so that a whole screen can be compared. */
export function masked(text: string): string {
  return text
    .replaceAll(
      /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g,
      'UUIDUUID-UUID-UUID-UUID-UUIDUUIDUUID',
    )
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}/g, 'YYYY-MM-DD hh:mm:ss.mmm');
}
