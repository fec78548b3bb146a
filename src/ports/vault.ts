/** Files kept for one upgrade on the bot's own disk: directory mode 0700, files 0600, SHA-256 while they stream. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileStat, Vault } from './ports.ts';

/** A name never leaves its upgrade's directory, and never begins like our own files beside it. */
const SAFE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$/;
const ABSENT: FileStat = { kind: 'absent', bytes: 0, sha256: '' };

interface Paths {
  readonly folder: string;
  readonly file: string;
  /** Holds `dir` when the file is the tar of a directory. */
  readonly mark: string;
  /** What a write that was cut off leaves behind begins so. */
  readonly part: string;
}

async function digest(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

/** A file is only as safe as the entry that names it: without this a power cut may lose one that we said we have. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function fill(
  file: FileHandle,
  source: AsyncIterable<Uint8Array>,
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of source) {
    hash.update(chunk);
    bytes += chunk.length;
    await file.writeFile(chunk);
  }
  await file.sync();
  return { bytes, sha256: hash.digest('hex') };
}

/** Which kind it is stands there before the file does: a file without its kind would be taken for something else. */
async function markKind(mark: string, kind: 'file' | 'dir'): Promise<void> {
  if (kind === 'file') return rm(mark, { force: true });
  const handle = await open(mark, 'w', 0o600);
  try {
    await handle.writeFile('dir');
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** One write of a name at a time: the run's lease sees to that, so older parts are of writes that were cut off. */
async function removeParts({ folder, part }: Paths): Promise<void> {
  for (const name of await readdir(folder))
    if (join(folder, name).startsWith(part)) await rm(join(folder, name), { force: true });
}

export function createVault(directory: string): Vault {
  async function place(upgrade: string, name: string): Promise<Paths> {
    for (const word of [upgrade, name])
      if (!SAFE.test(word))
        throw new Error(`opening vault:${name} of ${upgrade}: names are letters, digits, “.”, “_” and “-”`);
    const folder = join(directory, upgrade);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(directory, 0o700);
    await chmod(folder, 0o700);
    const beside = (what: string) => join(folder, `.${name}.${what}`);
    return { folder, file: join(folder, name), mark: beside('kind'), part: beside('part-') };
  }

  return {
    async stat(upgrade, name) {
      const { file, mark } = await place(upgrade, name);
      const there = await stat(file).catch(() => undefined);
      if (there === undefined) return ABSENT;
      const kind = (await readFile(mark, 'utf8').catch(() => 'file')) === 'dir' ? 'dir' : 'file';
      return { kind, bytes: there.size, sha256: await digest(file) };
    },
    async *read(upgrade, name) {
      const { file } = await place(upgrade, name);
      try {
        for await (const chunk of createReadStream(file)) yield chunk as Uint8Array;
      } catch (error) {
        const found = error instanceof Error ? error.message : String(error);
        throw new Error(`reading vault:${name} of ${upgrade}: ${found}`, { cause: error });
      }
    },
    async write(upgrade, name, source, kind) {
      const paths = await place(upgrade, name);
      await removeParts(paths);
      const part = `${paths.part}${randomUUID()}`;
      const handle = await open(part, 'wx', 0o600);
      try {
        const written = await fill(handle, source);
        await handle.close();
        await markKind(paths.mark, kind);
        await rename(part, paths.file);
        await syncFolder(paths.folder);
        return { kind, ...written };
      } catch (error) {
        await handle.close().catch(() => undefined);
        await rm(part, { force: true });
        throw error;
      }
    },
  };
}
