/** The file system as one caller sees it: what only root may do fails with "Permission denied", and is noted. */
import type { FileContent, IFileSystem } from 'just-bash';
import {
  type Caller,
  type Disk,
  mayChangeEntry,
  mayChangeMode,
  mayRead,
  mayWrite,
  stamp,
} from './host-disk.ts';

export interface Watch {
  /** Called with each path that was refused: the shell's own programs say "No such file" for it. */
  denied(path: string): void;
  /** Called before bytes are appended. */
  growing(path: string, bytes: number): void;
  /** Called for each look whether a path is there: the shell looks so for programs. */
  sought(path: string, found: boolean): void;
}

type Readers = Pick<
  IFileSystem,
  'readFile' | 'readFileBuffer' | 'readdir' | 'readdirWithFileTypes' | 'readFileBytes' | 'exists'
>;
type Writers = Pick<
  IFileSystem,
  'writeFile' | 'appendFile' | 'mkdir' | 'rm' | 'cp' | 'mv' | 'chmod' | 'symlink' | 'link' | 'utimes'
>;

/** The interpreter's programs take this form for granted. */
function refusal(action: string, path: string): Error {
  return new Error(`EACCES: permission denied, ${action} '${path}'`);
}

function sizeOf(content: FileContent, encoding: unknown): number {
  if (typeof content !== 'string') return content.length;
  return encoding === 'binary' || encoding === 'latin1' ? content.length : Buffer.byteLength(content);
}

function readers(disk: Disk, caller: Caller, watch: Watch): Readers {
  const { fs } = disk;
  const check = async (path: string) => {
    if (await mayRead(disk, caller, path)) return;
    watch.denied(path);
    throw refusal('open', path);
  };
  return {
    async readFile(path, options) {
      await check(path);
      return fs.readFile(path, options);
    },
    async readFileBytes(path) {
      await check(path);
      return fs.readFileBytes(path);
    },
    async readFileBuffer(path) {
      await check(path);
      return fs.readFileBuffer(path);
    },
    async readdir(path) {
      await check(path);
      return fs.readdir(path);
    },
    async readdirWithFileTypes(path) {
      await check(path);
      return fs.readdirWithFileTypes(path);
    },
    async exists(path) {
      const found = await fs.exists(path);
      watch.sought(path, found);
      return found;
    },
  };
}

/** The files in memory get new times when they are moved; on a disk they keep theirs. */
async function moveKeepingTimes({ fs }: Disk, from: string, to: string): Promise<void> {
  const paths = fs.getAllPaths().filter((path) => path === from || path.startsWith(`${from}/`));
  const times: [path: string, at: Date][] = [];
  for (const path of paths) times.push([to + path.slice(from.length), (await fs.lstat(path)).mtime]);
  await fs.mv(from, to);
  for (const [path, at] of times) await fs.utimes(path, at, at).catch(() => undefined);
}

function writers(disk: Disk, caller: Caller, watch: Watch): Writers {
  const { fs } = disk;
  const deny = (action: string, path: string): never => {
    watch.denied(path);
    throw refusal(action, path);
  };
  const entry = async (action: string, path: string) => {
    if (!(await mayChangeEntry(disk, caller, path))) deny(action, path);
  };
  const content = async (path: string): Promise<boolean> => {
    if (!(await mayWrite(disk, caller, path))) deny('open', path);
    return !(await fs.exists(path));
  };
  return {
    async writeFile(path, bytes, options) {
      const isNew = await content(path);
      await fs.writeFile(path, bytes, options);
      await stamp(disk, caller, path, isNew);
    },
    async appendFile(path, bytes, options) {
      const isNew = await content(path);
      watch.growing(path, sizeOf(bytes, options));
      await fs.appendFile(path, bytes, options);
      await stamp(disk, caller, path, isNew);
    },
    async mkdir(path, options) {
      const isNew = !(await fs.exists(path));
      if (isNew) await entry('mkdir', path);
      await fs.mkdir(path, options);
      if (isNew) await stamp(disk, caller, path, true);
    },
    async rm(path, options) {
      if (await fs.lstat(path).catch(() => undefined)) await entry('rm', path);
      await fs.rm(path, options);
      disk.moveOwners(path, undefined);
    },
    async cp(from, to, options) {
      if (!(await mayRead(disk, caller, from))) deny('open', from);
      const isNew = await content(to);
      await fs.cp(from, to, options);
      await stamp(disk, caller, to, isNew);
    },
    async mv(from, to) {
      await entry('rename', from);
      await entry('rename', to);
      const owner = disk.owner(from);
      await moveKeepingTimes(disk, from, to);
      disk.moveOwners(to, undefined);
      disk.moveOwners(from, to);
      if (disk.owner(to) !== owner) disk.setOwner(to, owner);
    },
    async chmod(path, mode) {
      if (!mayChangeMode(disk, caller, path)) deny('chmod', path);
      await fs.chmod(path, mode);
    },
    async symlink(target, path) {
      await entry('symlink', path);
      await fs.symlink(target, path);
    },
    async link(from, to) {
      await entry('link', to);
      await fs.link(from, to);
      await stamp(disk, caller, to, true);
    },
    async utimes(path, accessed, modified) {
      if (!(await mayWrite(disk, caller, path))) deny('utime', path);
      await fs.utimes(path, accessed, modified);
    },
  };
}

export function guardedFs(disk: Disk, caller: Caller, watch: Watch): IFileSystem {
  const { fs } = disk;
  return {
    stat: (path) => fs.stat(path),
    lstat: (path) => fs.lstat(path),
    readlink: (path) => fs.readlink(path),
    realpath: (path) => fs.realpath(path),
    resolvePath: (base, path) => fs.resolvePath(base, path),
    getAllPaths: () => fs.getAllPaths(),
    ...readers(disk, caller, watch),
    ...writers(disk, caller, watch),
  };
}
