/** The disk of one simulated host: files in memory with owners and virtual times, and who may do what to them. */
import { InMemoryFs } from 'just-bash';

/** What a shell says without its `NAME: ` in front. */
export class HostFileError extends Error {
  override name = 'HostFileError';
  readonly path: string;
  constructor(path: string, reason: string) {
    super(`${path}: ${reason}`);
    this.path = path;
  }
}

/** Whose rights count just now; `sudo` in a text raises `root` for one command. */
export interface Caller {
  readonly user: string;
  root: boolean;
}

export interface Disk {
  readonly fs: InMemoryFs;
  now(): number;
  owner(path: string): string;
  setOwner(path: string, owner: string): void;
  /** `from` and all below it have another name, or are gone (`to` undefined). */
  moveOwners(from: string, to: string | undefined): void;
}

export function parentOf(path: string): string {
  const at = path.lastIndexOf('/');
  return at <= 0 ? '/' : path.slice(0, at);
}

function below(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`);
}

/** Only differences are kept: what has no owner of its own belongs to the owner of its directory. */
export function createDisk(now: () => number): Disk {
  const owners = new Map<string, string>([['/', 'root']]);
  return {
    fs: new InMemoryFs({}),
    now,
    owner(path) {
      for (let at = path; ; at = parentOf(at)) {
        const owner = owners.get(at);
        if (owner !== undefined) return owner;
      }
    },
    setOwner: (path, owner) => void owners.set(path, owner),
    moveOwners(from, to) {
      for (const [path, owner] of [...owners]) {
        if (path === '/' || !below(path, from)) continue;
        owners.delete(path);
        if (to !== undefined) owners.set(to + path.slice(from.length), owner);
      }
    },
  };
}

/** `user:group` or `user`. */
function isUser(owner: string, user: string): boolean {
  return owner === user || owner.startsWith(`${user}:`);
}

const OTHERS = { read: 0o4, write: 0o2, enter: 0o1 } as const;

async function allows(
  disk: Disk,
  caller: Caller,
  path: string,
  right: keyof typeof OTHERS,
): Promise<boolean> {
  if (isUser(disk.owner(path), caller.user)) return true;
  const found = await disk.fs.stat(path).catch(() => undefined);
  return found === undefined || (found.mode & OTHERS[right]) !== 0;
}

async function mayReach(disk: Disk, caller: Caller, path: string): Promise<boolean> {
  for (let at = parentOf(path); ; at = parentOf(at)) {
    if (!(await allows(disk, caller, at, 'enter'))) return false;
    if (at === '/') return true;
  }
}

/** Links are followed to what they name: the link's own place says nothing about the right. */
async function real(disk: Disk, path: string): Promise<string> {
  const found = await disk.fs.realpath(path).catch(() => undefined);
  if (found !== undefined) return found;
  const parent = await disk.fs.realpath(parentOf(path)).catch(() => parentOf(path));
  return parent === '/'
    ? `/${path.slice(path.lastIndexOf('/') + 1)}`
    : parent + path.slice(path.lastIndexOf('/'));
}

export async function mayRead(disk: Disk, caller: Caller, path: string): Promise<boolean> {
  if (caller.root) return true;
  const at = await real(disk, path);
  return (await mayReach(disk, caller, at)) && allows(disk, caller, at, 'read');
}

/** Making, removing and renaming change the directory; the nearest one that is there counts. */
export async function mayChangeEntry(disk: Disk, caller: Caller, path: string): Promise<boolean> {
  if (caller.root) return true;
  let at = parentOf(path);
  while (at !== '/' && !(await disk.fs.exists(at))) at = parentOf(at);
  at = await real(disk, at);
  return (await mayReach(disk, caller, at)) && allows(disk, caller, at, 'write');
}

export async function mayWrite(disk: Disk, caller: Caller, path: string): Promise<boolean> {
  if (caller.root || path.startsWith('/dev/')) return true;
  if (!(await disk.fs.exists(path))) return mayChangeEntry(disk, caller, path);
  const at = await real(disk, path);
  return (await mayReach(disk, caller, at)) && allows(disk, caller, at, 'write');
}

/** Modes and owners are the owner's business. */
export function mayChangeMode(disk: Disk, caller: Caller, path: string): boolean {
  return caller.root || isUser(disk.owner(path), caller.user);
}

/** New entries carry the virtual time, and their maker's name where the directory is another's. */
export async function stamp(disk: Disk, caller: Caller, path: string, isNew: boolean): Promise<void> {
  const who = caller.root ? 'root' : caller.user;
  if (isNew && !isUser(disk.owner(path), who)) disk.setOwner(path, who);
  const at = new Date(disk.now());
  await disk.fs.utimes(path, at, at).catch(() => undefined);
}
