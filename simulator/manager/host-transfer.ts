/** `stat`, `send` and `receive`: files, and directories as a tar that is the same for the same tree. */
import { createHash } from 'node:crypto';
import { packTar, type TarEntry, unpackTar } from 'modern-tar';
import type { HostFiles } from './host.ts';
import { type Disk, HostFileError } from './host-disk.ts';

export interface Measured {
  readonly kind: 'absent' | 'file' | 'dir';
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

/** Said as the launcher says it, with its exit code. */
export class TransferError extends Error {
  override name = 'TransferError';
  readonly code: number;
  constructor(code: number, line: string) {
    super(line);
    this.code = code;
  }
}

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function entriesOf(files: HostFiles, path: string, name: string): Promise<readonly TarEntry[]> {
  const found = await files.stat(path);
  if (found === undefined) return [];
  const header = {
    name,
    mode: found.mode,
    mtime: new Date(Math.floor(found.changedAt / 1000) * 1000),
    uid: 0,
    gid: 0,
  };
  if (found.kind !== 'dir') {
    const body = await files.read(path);
    return [{ header: { ...header, type: 'file', size: body.length }, body }];
  }
  const below: TarEntry[] = [];
  for (const child of await files.list(path))
    below.push(...(await entriesOf(files, `${path}/${child}`, `${name}/${child}`)));
  return [{ header: { ...header, name: `${name}/`, type: 'directory', size: 0 } }, ...below];
}

export async function measure(files: HostFiles, path: string): Promise<Measured> {
  const found = await files.stat(path);
  if (found === undefined) return { kind: 'absent', bytes: new Uint8Array(), sha256: '-' };
  try {
    const bytes =
      found.kind === 'dir' ? await packTar([...(await entriesOf(files, path, '.'))]) : await files.read(path);
    return { kind: found.kind === 'dir' ? 'dir' : 'file', bytes, sha256: digest(bytes) };
  } catch (error) {
    if (!(error instanceof HostFileError)) throw error;
    throw new TransferError(74, `reading ${path}: ${error.message}`);
  }
}

export interface Asked {
  readonly path: string;
  readonly kind: string;
  readonly mode: string;
  readonly owner: string;
  readonly sha256: string;
  readonly bytes: string;
}

async function unpack(disk: Disk, files: HostFiles, path: string, bytes: Uint8Array): Promise<void> {
  for (const { header, data } of await unpackTar(bytes)) {
    const target = `${path}/${header.name.replace(/^\.\//, '').replace(/\/$/, '')}`.replace(/\/\.?$/, '');
    const mode = (header.mode ?? 0o644) & 0o7777;
    if (header.type === 'directory') await files.makeDirectory(target, { mode });
    else await files.write(target, data ?? new Uint8Array(), { mode });
  }
  // Last: what is written into a directory changes its time.
  for (const { header } of await unpackTar(bytes)) {
    const target = `${path}/${header.name.replace(/^\.\//, '').replace(/\/$/, '')}`.replace(/\/\.?$/, '');
    const at = header.mtime ?? new Date(0);
    await disk.fs.utimes(target, at, at);
  }
}

async function install(disk: Disk, files: HostFiles, asked: Asked, bytes: Uint8Array): Promise<void> {
  const { path, kind, mode, owner, sha256 } = asked;
  const part = `${path}.cutover-part`;
  await files.remove(part);
  if (!(await files.exists(path.slice(0, path.lastIndexOf('/')) || '/')))
    throw new TransferError(73, `writing ${path}: its directory can't be made`);
  if (kind === 'dir') {
    await files.makeDirectory(part);
    await unpack(disk, files, part, bytes);
    const made = await measure(files, part);
    if (made.sha256 !== sha256) {
      await files.remove(part);
      const line = `unpacked it has SHA-256 ${made.sha256}, expected ${sha256}; nothing was changed`;
      throw new TransferError(74, `writing ${path}: ${line}`);
    }
  } else await files.write(part, bytes, { mode: Number.parseInt(mode, 8) });
  if (owner !== '-') await files.chown(part, owner);
  await files.rename(part, path);
}

/** @returns the answer's line */
export async function receive(
  disk: Disk,
  files: HostFiles,
  asked: Asked,
  stateDir: string,
  arrived: () => Promise<Uint8Array>,
): Promise<string> {
  const { path, kind, sha256 } = asked;
  const there = await measure(files, path);
  if (there.sha256 === sha256) return `answer=same sha256=${sha256}`;
  if (there.kind !== 'absent' && (kind !== 'replace' || there.kind !== 'file'))
    return `answer=different sha256=${there.sha256}`;
  const bytes = await arrived();
  const found = digest(bytes);
  if (found !== sha256) {
    const line = `SHA-256 of what came is ${found}, expected ${sha256} (${asked.bytes} bytes); nothing was changed`;
    throw new TransferError(74, `writing ${path}: ${line}`);
  }
  try {
    if (path.startsWith(`${stateDir}/`)) await files.makeDirectory(path.slice(0, path.lastIndexOf('/')));
    await install(disk, files, asked, bytes);
  } catch (error) {
    if (!(error instanceof HostFileError)) throw error;
    throw new TransferError(74, `writing ${path}: ${error.message}`);
  }
  return `answer=written sha256=${sha256}`;
}
