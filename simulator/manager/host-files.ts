/** Files of a host as commands and scenarios use them, with the rights of one caller. */
import type { FsStat, IFileSystem } from 'just-bash';
import type { HostFileStat, HostFiles, InitialFiles } from './host.ts';
import { type Caller, type Disk, HostFileError, mayChangeMode, parentOf } from './host-disk.ts';
import { guardedFs } from './host-rights.ts';

const REASONS: { readonly [code: string]: string } = {
  EACCES: 'Permission denied',
  ENOENT: 'No such file or directory',
  ENOTDIR: 'Not a directory',
  EISDIR: 'Is a directory',
  EEXIST: 'File exists',
  ENOTEMPTY: 'Directory not empty',
};

function translated(path: string, error: unknown): HostFileError {
  const message = error instanceof Error ? error.message : String(error);
  return new HostFileError(path, REASONS[/^[A-Z]+/.exec(message)?.[0] ?? ''] ?? message);
}

async function saying<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw error instanceof HostFileError ? error : translated(path, error);
  }
}

function kindOf(found: FsStat): HostFileStat['kind'] {
  if (found.isSymbolicLink) return 'link';
  return found.isDirectory ? 'dir' : 'file';
}

async function makeDirectories(fs: IFileSystem, path: string): Promise<void> {
  if (path === '/' || (await fs.exists(path))) return;
  await makeDirectories(fs, parentOf(path));
  await fs.mkdir(path);
}

const making = new WeakMap<Disk, Promise<unknown>>();

/** Of two connections that make the same path at once, the second one must not meet a directory that has no owner yet. */
function oneByOne<T>(disk: Disk, act: () => Promise<T>): Promise<T> {
  const turn = (making.get(disk) ?? Promise.resolve()).then(act, act);
  making.set(
    disk,
    turn.catch(() => undefined),
  );
  return turn;
}

type Readers = Pick<HostFiles, 'read' | 'readText' | 'stat' | 'exists' | 'list'>;

function readers(disk: Disk, fs: IFileSystem): Readers {
  return {
    read: (path) => saying(path, () => fs.readFileBuffer(path)),
    readText: (path) => saying(path, async () => Buffer.from(await fs.readFileBuffer(path)).toString('utf8')),
    async stat(path) {
      const found = await fs.lstat(path).catch(() => undefined);
      if (found === undefined) return undefined;
      return {
        kind: kindOf(found),
        mode: found.mode & 0o7777,
        bytes: found.isFile ? found.size : 0,
        owner: disk.owner(path),
        changedAt: found.mtime.getTime(),
      };
    },
    exists: (path) => disk.fs.exists(path),
    list: (path) => saying(path, async () => (await fs.readdir(path)).toSorted()),
  };
}

export function hostFiles(disk: Disk, caller: Caller): HostFiles {
  const fs = guardedFs(disk, caller, {
    denied: () => undefined,
    growing: () => undefined,
    sought: () => undefined,
  });
  const chown = (path: string, owner: string) => {
    if (!caller.root) throw new HostFileError(path, 'Operation not permitted');
    disk.setOwner(path, owner);
  };
  const finish = async (path: string, options: { readonly mode?: number; readonly owner?: string }) => {
    if (options.mode !== undefined) await fs.chmod(path, options.mode);
    if (options.owner !== undefined) chown(path, options.owner);
  };
  return {
    ...readers(disk, fs),
    write: (path, content, options = {}) =>
      saying(path, async () => {
        await oneByOne(disk, () => makeDirectories(fs, parentOf(path)));
        await fs.writeFile(path, content);
        await finish(path, options);
      }),
    append: (path, content) => saying(path, () => fs.appendFile(path, content)),
    makeDirectory: (path, options = {}) =>
      saying(path, async () => {
        await oneByOne(disk, () => makeDirectories(fs, path));
        await finish(path, options);
      }),
    remove: (path) => saying(path, () => fs.rm(path, { recursive: true, force: true })),
    rename: (from, to) => saying(from, () => fs.mv(from, to)),
    chmod: (path, mode) => saying(path, () => fs.chmod(path, mode)),
    chown: (path, owner) =>
      saying(path, async () => {
        if (!(await disk.fs.exists(path))) throw new HostFileError(path, 'No such file or directory');
        if (!mayChangeMode(disk, caller, path)) throw new HostFileError(path, 'Operation not permitted');
        chown(path, owner);
      }),
  };
}

const DIRECTORIES: readonly (readonly [path: string, mode: number])[] = [
  ...[
    '/etc',
    '/opt',
    '/usr',
    '/usr/bin',
    '/usr/sbin',
    '/usr/local',
    '/var',
    '/var/lib',
    '/var/log',
    '/home',
    '/run',
  ].map((path) => [path, 0o755] as const),
  ['/root', 0o700],
  ['/tmp', 0o1777],
  ['/var/tmp', 0o1777],
  // Output of looks: only bookkeeping, and gone when the look ends.
  ['/run/look', 0o1777],
];

/** What a fresh host has. A path that ends in `/` is a directory. */
export async function furnish(disk: Disk, user: string, files: InitialFiles): Promise<void> {
  const asRoot = hostFiles(disk, { user: 'root', root: true });
  for (const [path, mode] of DIRECTORIES) await asRoot.makeDirectory(path, { mode });
  if (user !== 'root') await asRoot.makeDirectory(`/home/${user}`, { mode: 0o700, owner: user });
  for (const [path, given] of Object.entries(files)) {
    const file = typeof given === 'string' || given instanceof Uint8Array ? { content: given } : given;
    const { content, ...options } = file;
    await makeHomeParents(asRoot, user, path);
    if (path.endsWith('/')) await asRoot.makeDirectory(path.slice(0, -1), options);
    else await asRoot.write(path, content, options);
  }
}

/** What lies in somebody's home was made by them, the directories on the way too. */
async function makeHomeParents(asRoot: HostFiles, user: string, path: string): Promise<void> {
  const home = `/home/${user}`;
  if (user === 'root' || !path.startsWith(`${home}/`)) return;
  const names = path
    .slice(home.length + 1)
    .split('/')
    .slice(0, -1);
  let directory = home;
  for (const name of names) {
    directory = `${directory}/${name}`;
    if (!(await asRoot.exists(directory))) await asRoot.makeDirectory(directory, { owner: user });
  }
}
