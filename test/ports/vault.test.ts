import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createVault } from '../../src/ports/vault.ts';
import { tempDirectory } from '../support/temp.ts';

const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');

async function* pieces(...texts: readonly (string | Buffer)[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}
async function* breaking(text: string): AsyncIterable<Uint8Array> {
  yield Buffer.from(text);
  throw new Error('the connection was lost');
}
async function whole(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}

function newVault() {
  const directory = join(tempDirectory(), 'var', 'vault');
  return { directory, vault: createVault(directory) };
}

describe('the vault', () => {
  test('keeps what was written, and knows its size and digest', async () => {
    const { vault } = newVault();
    const big = Buffer.alloc(300_000, 'abc');
    const written = await vault.write('U-1', 'snapshot.zip', pieces('PK', big, ''), 'file');
    expect(written).toEqual({
      kind: 'file',
      bytes: 300_002,
      sha256: sha256(Buffer.concat([Buffer.from('PK'), big])),
    });
    expect(await vault.stat('U-1', 'snapshot.zip')).toEqual(written);
    expect((await whole(vault.read('U-1', 'snapshot.zip'))).length).toBe(300_002);
  });

  test('says whether a file or a directory’s tar was kept, also after it is opened again', async () => {
    const { vault, directory } = newVault();
    await vault.write('U-1', 'keys', pieces('tar'), 'dir');
    await vault.write('U-1', 'plain', pieces('x'), 'file');
    const again = createVault(directory);
    expect(await again.stat('U-1', 'keys')).toMatchObject({ kind: 'dir', bytes: 3 });
    expect(await again.stat('U-1', 'plain')).toMatchObject({ kind: 'file' });
    await again.write('U-1', 'keys', pieces('now a file'), 'file');
    expect(await again.stat('U-1', 'keys')).toMatchObject({ kind: 'file' });
  });

  test('names do not get in each other’s way', async () => {
    const { vault } = newVault();
    await vault.write('U-1', 'keys', pieces('tar'), 'dir');
    await vault.write('U-1', 'keys.kind', pieces('a file of that name'), 'file');
    await vault.write('U-2', 'keys', pieces('other'), 'file');
    expect(await vault.stat('U-1', 'keys')).toMatchObject({ kind: 'dir' });
    expect(await vault.stat('U-1', 'keys.kind')).toMatchObject({ kind: 'file', bytes: 19 });
    expect(await vault.stat('U-2', 'keys')).toMatchObject({ kind: 'file', bytes: 5 });
  });

  test('what is not there is absent, and reading it says so', async () => {
    const { vault } = newVault();
    expect(await vault.stat('U-1', 'none')).toEqual({ kind: 'absent', bytes: 0, sha256: '' });
    await expect(whole(vault.read('U-1', 'none'))).rejects.toThrow(/reading vault:none of U-1: ENOENT/);
  });

  test('a write that breaks off leaves what was there before, and nothing beside it', async () => {
    const { vault, directory } = newVault();
    await vault.write('U-1', 'a', pieces('good'), 'file');
    await expect(vault.write('U-1', 'a', breaking('half'), 'dir')).rejects.toThrow('the connection was lost');
    await expect(vault.write('U-1', 'b', breaking('half'), 'file')).rejects.toThrow();
    expect(await vault.stat('U-1', 'a')).toMatchObject({ kind: 'file', bytes: 4, sha256: sha256('good') });
    expect(readdirSync(join(directory, 'U-1'))).toEqual(['a']);
  });

  test('what a crash left behind goes with the next write of that name', async () => {
    const { vault, directory } = newVault();
    mkdirSync(join(directory, 'U-1'), { recursive: true });
    writeFileSync(join(directory, 'U-1', '.a.part-1234'), 'half');
    writeFileSync(join(directory, 'U-1', '.ab.part-1234'), 'of another name');
    await vault.write('U-1', 'a', pieces('good'), 'file');
    expect(readdirSync(join(directory, 'U-1')).sort()).toEqual(['.ab.part-1234', 'a']);
  });

  test('is for its owner only', async () => {
    const { vault, directory } = newVault();
    mkdirSync(directory, { recursive: true, mode: 0o755 });
    await vault.write('U-1', 'a', pieces('x'), 'dir');
    for (const path of [directory, join(directory, 'U-1')]) expect(statSync(path).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(join(directory, 'U-1')))
      expect(statSync(join(directory, 'U-1', name)).mode & 0o777, name).toBe(0o600);
  });

  test.each(['../x', 'a/b', '', '.', '..', '.hidden', 'a\0b', 'x'.repeat(200)])(
    'never leaves its directory: %j',
    async (name) => {
      const { vault, directory } = newVault();
      await expect(vault.write('U-1', name, pieces('x'), 'file')).rejects.toThrow(
        /names are letters, digits/,
      );
      await expect(vault.stat(name, 'a')).rejects.toThrow(/names are letters, digits/);
      await expect(whole(vault.read('U-1', name))).rejects.toThrow(/names are letters, digits/);
      expect(existsSync(directory) ? readdirSync(directory) : []).toEqual([]);
    },
  );

  test('bytes are kept as they are', async () => {
    const { vault, directory } = newVault();
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, n) => n));
    await vault.write('U-1', 'a', pieces(bytes), 'file');
    expect(readFileSync(join(directory, 'U-1', 'a'))).toEqual(bytes);
  });
});
