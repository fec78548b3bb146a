/** Files kept for one upgrade on the bot's own disk: directory mode 0700, files 0600, SHA-256 while they stream. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileStat, Vault } from './ports.ts';

/** A name never leaves its upgrade's directory. */
const SAFE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$/;
const ABSENT: FileStat = { kind: 'absent', bytes: 0, sha256: '' };

/** Directories are kept as the tar that the host sent; `.kind` beside the file says which it is. */
export function createVault(directory: string): Vault {
  async function place(upgrade: string, name: string): Promise<string> {
    for (const part of [upgrade, name])
      if (!SAFE.test(part))
        throw new Error(`opening vault:${name} of ${upgrade}: names are letters, digits, “.”, “_” and “-”`);
    const folder = join(directory, upgrade);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(directory, 0o700);
    await chmod(folder, 0o700);
    return join(folder, name);
  }

  async function digest(path: string): Promise<string> {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path)) hash.update(chunk);
    return hash.digest('hex');
  }

  async function look(upgrade: string, name: string): Promise<FileStat> {
    const path = await place(upgrade, name);
    const there = await stat(path).catch(() => undefined);
    if (there === undefined) return ABSENT;
    const kind = (await readFile(`${path}.kind`, 'utf8').catch(() => 'file')) === 'dir' ? 'dir' : 'file';
    return { kind, bytes: there.size, sha256: await digest(path) };
  }

  return {
    stat: look,
    async *read(upgrade, name) {
      for await (const chunk of createReadStream(await place(upgrade, name))) yield chunk as Uint8Array;
    },
    async write(upgrade, name, source, kind) {
      const path = await place(upgrade, name);
      const part = `${path}.part-${randomUUID()}`;
      const file = await open(part, 'wx', 0o600);
      const hash = createHash('sha256');
      let bytes = 0;
      try {
        for await (const chunk of source) {
          hash.update(chunk);
          bytes += chunk.length;
          await file.writeFile(chunk);
        }
        await file.sync();
        await file.close();
        if (kind === 'dir') await writeKind(path);
        else await rm(`${path}.kind`, { force: true });
        await rename(part, path);
      } catch (error) {
        await file.close().catch(() => undefined);
        await rm(part, { force: true });
        throw error;
      }
      return { kind, bytes, sha256: hash.digest('hex') };
    },
  };
}

async function writeKind(path: string): Promise<void> {
  const file = await open(`${path}.kind`, 'w', 0o600);
  await file.writeFile('dir');
  await file.close();
}
