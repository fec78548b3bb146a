import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { migrationsDirectory } from '../../src/ports/migrate.ts';
import type { Log, Store } from '../../src/ports/ports.ts';
import { Database } from '../../src/ports/sqlite-database.ts';
import { IN_MEMORY, nativeModuleMend, openDatabase, openReadOnly } from '../../src/ports/sqlite-open.ts';
import { openStore } from '../../src/ports/sqlite-store.ts';
import { T0, upgrade } from '../support/builders.ts';
import { change, event, message, somePlan, storeContract, U1 } from '../support/store-contract.ts';
import { tempDirectory } from '../support/temp.ts';

const quiet: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

const open = (path: string, more: Partial<Parameters<typeof openStore>[0]> = {}): Promise<Store> =>
  openStore({ path, now: () => T0, log: quiet, ...more });

const newPath = () => join(tempDirectory(), 'db', 'cutover.db');

storeContract('the store in memory', async () => ({ store: await open(IN_MEMORY) }));
storeContract('the store in a file', async () => {
  const path = newPath();
  return { store: await open(path), reopen: () => open(path) };
});

/** A database with one row in every append-only table, closed. */
async function filled(): Promise<string> {
  const path = newPath();
  const store = await open(path);
  const saved = await store.commit(
    change(upgrade({ planRevision: 1 }), {
      plan: somePlan,
      events: [event(), event({ kind: 'planned', data: { revision: 1 } })],
      run: [{ kind: 'finished', at: T0, outcome: 'succeeded' }],
      messages: [message('card')],
    }),
  );
  await store.commit(
    change(saved, {
      decision: {
        by: { team: 'T1', user: 'U1' },
        kind: 'decline',
        place: null,
        planDigest: '',
        evidenceDigest: '',
        window: saved.window,
        acknowledged: [],
        reason: 'no',
        at: T0,
      },
    }),
  );
  await store.close();
  return path;
}

describe('append-only tables', () => {
  const tables = ['audit', 'decisions', 'run_events', 'plans'];

  // A stranger's connection: none of our pragmas, so what holds is in the file.
  const stranger = (path: string) => {
    const db = new Database(path);
    db.exec('PRAGMA recursive_triggers = OFF');
    return db;
  };

  test.each(tables)('%s takes no UPDATE, DELETE, REPLACE or upsert, whoever has opened it', async (table) => {
    const db = stranger(await filled());
    const before = db.prepare(`SELECT * FROM ${table}`).all();
    expect(before.length).toBeGreaterThan(0);
    const columns = db.prepare<[], { name: string }>(`SELECT name FROM pragma_table_info('${table}')`).all();
    const names = columns.map(({ name }) => name);
    const text = table === 'audit' ? 'data' : 'body';
    const same = names.map((name) => (name === text ? "'{}'" : name)).join(', ');
    for (const sql of [
      `UPDATE ${table} SET ${text} = '{}'`,
      `UPDATE OR REPLACE ${table} SET ${text} = '{}'`,
      `UPDATE OR IGNORE ${table} SET ${text} = '{}'`,
      `DELETE FROM ${table}`,
      `INSERT OR REPLACE INTO ${table} SELECT ${same} FROM ${table}`,
      `REPLACE INTO ${table} SELECT ${same} FROM ${table} LIMIT 1`,
      `INSERT INTO ${table} SELECT ${same} FROM ${table} WHERE true ON CONFLICT DO UPDATE SET ${text} = '{}'`,
    ])
      expect(() => db.prepare(sql).run(), sql).toThrow(/append-only|never changes/);
    expect(db.prepare(`SELECT * FROM ${table}`).all()).toEqual(before);
    db.close();
  });

  test('a second branch of the audit chain, a gap and a foreign beginning are refused', async () => {
    const db = stranger(await filled());
    const insert = db.prepare(
      'INSERT OR REPLACE INTO audit SELECT @seq, at, upgrade, actor, kind, data, @prev, hash FROM audit WHERE seq = 1',
    );
    const hashes = db.prepare<[], { hash: string }>('SELECT hash FROM audit ORDER BY seq').all();
    for (const row of [
      { seq: 2, prev: hashes[0]?.hash },
      { seq: 3, prev: hashes[0]?.hash },
      { seq: 4, prev: hashes[1]?.hash },
      { seq: 0, prev: '0'.repeat(64) },
      { seq: -1, prev: '0'.repeat(64) },
    ])
      expect(() => insert.run(row)).toThrow(/does not continue the chain/);
    db.close();
  });

  test('two connections append to one chain, in turn', async () => {
    const path = newPath();
    const a = await open(path);
    const b = await open(path);
    for (let n = 0; n < 10; n++) await (n % 2 === 0 ? a : b).record(event({ upgrade: null, data: { n } }));
    const all = await a.auditAfter(0, 100);
    expect(all.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    for (const [n, one] of all.entries()) if (n > 0) expect(one.prev).toBe(all[n - 1]?.hash);
    await a.close();
    await b.close();
  });
});

describe('opening', () => {
  const pragmas = (db: Database) =>
    Object.fromEntries(
      [
        'journal_mode',
        'synchronous',
        'foreign_keys',
        'trusted_schema',
        'recursive_triggers',
        'busy_timeout',
      ].map((name) => [name, db.read(name)]),
    );

  test('every connection has the settings that durability and the triggers need, also of an old file', async () => {
    const path = await filled();
    for (let n = 0; n < 2; n++) {
      const db = openDatabase(path, () => undefined);
      expect(pragmas(db)).toEqual({
        journal_mode: 'wal',
        synchronous: 2,
        foreign_keys: 1,
        trusted_schema: 0,
        recursive_triggers: 1,
        busy_timeout: 5000,
      });
      expect(db.read('journal_size_limit')).toBe(64 * 1024 * 1024);
      db.close();
    }
  });

  test('the file, what SQLite puts beside it, and its directory are for their owner only', async () => {
    const path = newPath();
    const store = await open(path);
    await store.record(event({ upgrade: null }));
    const modes = Object.fromEntries(
      readdirSync(dirname(path)).map((file) => [file, statSync(join(dirname(path), file)).mode & 0o777]),
    );
    expect(modes).toEqual({ 'cutover.db': 0o600, 'cutover.db-wal': 0o600, 'cutover.db-shm': 0o600 });
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    await store.close();
  });

  test('every table is STRICT and holds JSON only', async () => {
    const db = new Database(await filled());
    const tables = db
      .prepare<[], { name: string; strict: number }>(
        "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'",
      )
      .all();
    expect(tables.length).toBeGreaterThan(10);
    expect(tables.filter(({ strict }) => strict === 0)).toEqual([]);
    expect(() => db.prepare("UPDATE upgrades SET body = 'no json'").run()).toThrow(/CHECK/);
    expect(() => db.prepare("UPDATE upgrades SET version = 'one'").run()).toThrow(/INTEGER/);
    db.close();
  });

  test('a write waits for another one that is under way, and takes the lock before it reads', async () => {
    const path = await filled();
    // Another process holds the write lock for 300 ms.
    const script = `
      const db = require('better-sqlite3')(${JSON.stringify(path)});
      db.exec("BEGIN IMMEDIATE; UPDATE counters SET value = value + 1");
      process.stdout.write('held');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
      db.exec('COMMIT');`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const store = await open(path);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    expect(await store.nextUpgradeId()).toBe('U-2');
    await ended;
    await store.close();
  });

  test('a transaction is IMMEDIATE: it has the write lock from its first line, and another one is told who keeps it', () => {
    const path = newPath();
    const a = openDatabase(path, () => undefined);
    a.exec('CREATE TABLE t (x) STRICT'.replace('(x)', '(x INTEGER)'));
    const b = new Database(path, { timeout: 1 });
    a.transaction(() => {
      a.prepare('SELECT * FROM t').all();
      expect(() => b.prepare('INSERT INTO t VALUES (1)').run()).toThrow(/locked/);
      expect(() => b.transaction(() => expect.unreachable())).toThrow(
        /^writing to the database .*: another process keeps its write lock\. Nothing was written\./,
      );
    });
    b.prepare('INSERT INTO t VALUES (1)').run();
    a.close();
    b.close();
  });

  const untouched = async (path: string, act: () => Promise<unknown>, error: RegExp) => {
    const before = readFileSync(path);
    await expect(act()).rejects.toThrow(error);
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(dirname(path)).filter((file) => file.endsWith('.backup'))).toEqual([]);
  };

  test('a database of a newer version is refused and stays as it is', async () => {
    const path = await filled();
    const db = new Database(path);
    db.exec('PRAGMA user_version = 99');
    db.exec('PRAGMA journal_mode = DELETE');
    db.close();
    await untouched(
      path,
      () => open(path),
      /its level is 99.*newer version of Cutover.*Nothing was changed/s,
    );
  });

  test('another program’s database is refused and stays as it is', async () => {
    const path = newPath();
    mkdirSync(dirname(path));
    const db = new Database(path);
    db.exec('CREATE TABLE theirs (x INTEGER) STRICT');
    db.close();
    await untouched(path, () => open(path), /belongs to another program.*CUTOVER_DATABASE/s);
    const marked = newPath();
    mkdirSync(dirname(marked));
    const empty = new Database(marked);
    empty.exec('PRAGMA application_id = 7');
    empty.close();
    await untouched(marked, () => open(marked), /belongs to another program/);
  });

  test('what is no database, and a directory that can’t be written, say what to do', async () => {
    const path = newPath();
    mkdirSync(dirname(path));
    writeFileSync(
      path,
      'Dear diary, today I was not a database at all, but a text of some length.\n'.repeat(20),
    );
    await untouched(path, () => open(path), /not an SQLite database.*CUTOVER_DATABASE/s);
    const file = join(tempDirectory(), 'file');
    writeFileSync(file, '');
    await expect(open(join(file, 'cutover.db'))).rejects.toThrow(/opening the database .*cutover\.db/);
  });

  test('a database whose tables can’t be read is named damaged', async () => {
    const path = await filled();
    const bytes = readFileSync(path);
    // The list of tables, which begins behind the header of the first page.
    bytes.fill(0x55, 100, 1000);
    writeFileSync(path, bytes);
    await expect(open(path)).rejects.toThrow(/damaged.*Restore a backup/s);
  });

  test('a native module that was not built, or for another Node, says the mend', () => {
    const missing = new Error('Could not locate the bindings file. Tried:\n → /x/better_sqlite3.node');
    expect(nativeModuleMend(missing)).toMatch(/was not built.*npm rebuild better-sqlite3.*allowScripts/s);
    const other = Object.assign(new Error('… was compiled against a different Node.js version\nusing …'), {
      code: 'ERR_DLOPEN_FAILED',
    });
    expect(nativeModuleMend(other)).toMatch(/another Node or system: … was compiled.*npm rebuild/s);
    expect(nativeModuleMend(new Error('SQLITE_BUSY'))).toBeNull();
  });

  test('a native module that is really missing says the mend', () => {
    // A copy of the package without what its install script builds.
    const root = tempDirectory();
    const source = join(import.meta.dirname, '../../node_modules');
    mkdirSync(join(root, 'node_modules'));
    for (const name of ['better-sqlite3', 'bindings', 'file-uri-to-path'])
      cpSync(join(source, name), join(root, 'node_modules', name), {
        recursive: true,
        filter: (file) => !/better-sqlite3\/(build|deps|src)$/.test(file),
      });
    const script = `
      import { createRequire } from 'node:module';
      const Database = createRequire(${JSON.stringify(`${root}/`)})('better-sqlite3');
      try { new Database(':memory:') } catch (error) {
        const { nativeModuleMend } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/ports/sqlite-open.ts'))});
        process.stdout.write(nativeModuleMend(error) ?? 'none');
      }`;
    const file = join(root, 'try.mts');
    writeFileSync(file, script);
    const tsx = join(source, '.bin/tsx');
    const told = execFileSync(tsx, [file], { encoding: 'utf8', env: { PATH: process.env.PATH ?? '' } });
    expect(told).toMatch(/it was not built\. Run `npm rebuild better-sqlite3`/);
  });

  test('reading only creates and changes nothing, while the bot has it open', async () => {
    const path = newPath();
    expect(() => openReadOnly(path, () => undefined)).toThrow(/opening the database .* to read it/);
    expect(existsSync(path)).toBe(false);
    const store = await open(path);
    await store.record(event({ upgrade: null }));
    const reader = openReadOnly(path, () => undefined);
    expect(reader.prepare('SELECT count(*) AS n FROM audit').get()).toEqual({ n: 1 });
    expect(() => reader.prepare("INSERT INTO counters VALUES ('x', 1)").run()).toThrow(/readonly/);
    await store.record(event({ upgrade: null }));
    expect(reader.prepare('SELECT count(*) AS n FROM audit').get()).toEqual({ n: 2 });
    reader.close();
    await store.close();
  });
});

describe('migrations', () => {
  /** Our migrations and one more. */
  function withNext(sql: string): string {
    const directory = join(tempDirectory(), 'migrations');
    mkdirSync(directory);
    const own = migrationsDirectory();
    const files = readdirSync(own);
    for (const file of files) copyFileSync(join(own, file), join(directory, file));
    writeFileSync(join(directory, `${String(files.length + 1).padStart(4, '0')}_next.sql`), sql);
    return directory;
  }
  const LEVEL = readdirSync(migrationsDirectory()).length;
  const levelOf = (path: string) => {
    const db = new Database(path);
    const level = db.read('user_version');
    db.close();
    return level;
  };
  const backups = (path: string) => readdirSync(dirname(path)).filter((file) => file.endsWith('.backup'));

  test('the next one is applied once, after a private backup of what was there', async () => {
    const path = await filled();
    const migrationsDir = withNext('CREATE TABLE extra (x INTEGER) STRICT;');
    for (let n = 0; n < 2; n++) await (await open(path, { migrationsDir })).close();
    expect(levelOf(path)).toBe(LEVEL + 1);
    const [backup, ...more] = backups(path);
    expect(more).toEqual([]);
    const copy = join(dirname(path), backup as string);
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    expect(levelOf(copy)).toBe(LEVEL);
    const store = await open(copy);
    expect((await store.upgrade(U1))?.target).toBe('staging');
    await store.close();
  });

  test('a new database is not backed up', async () => {
    const path = newPath();
    await (await open(path)).close();
    expect(backups(path)).toEqual([]);
  });

  test.each([
    ['fails half-way', 'CREATE TABLE half (x INTEGER) STRICT; INSERT INTO upgrades (number) VALUES (1);'],
    ['leaves a dangling reference', 'DELETE FROM upgrades;'],
    ['is no SQL', 'CREATE TABEL x;'],
  ])('one that %s leaves the database as it was before', async (_how, sql) => {
    const path = await filled();
    const migrationsDir = withNext(sql);
    await expect(open(path, { migrationsDir })).rejects.toThrow(/0002_next\.sql.*It is as it was before/s);
    expect(levelOf(path)).toBe(LEVEL);
    const store = await open(path);
    expect((await store.upgrade(U1))?.target).toBe('staging');
    await store.close();
    const db = new Database(path);
    expect(db.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'half'").get()).toEqual({ n: 0 });
    db.close();
  });

  test('an applied one that was edited since is refused, and so is a gap in the numbers', async () => {
    const path = await filled();
    const edited = withNext('SELECT 1;');
    const first = readdirSync(edited).sort()[0] as string;
    writeFileSync(join(edited, first), `${readFileSync(join(edited, first), 'utf8')}-- a word\n`);
    await expect(open(path, { migrationsDir: edited })).rejects.toThrow(/never edited/);
    const gap = withNext('SELECT 1;');
    copyFileSync(join(gap, '0002_next.sql'), join(gap, '0007_gap.sql'));
    await expect(open(path, { migrationsDir: gap })).rejects.toThrow(/0007_gap\.sql stands where 0003/);
  });

  test('what replicates the file may have its own tables in it', async () => {
    const path = newPath();
    mkdirSync(dirname(path));
    const db = new Database(path);
    db.exec('CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER)');
    db.close();
    await (await open(path)).close();
    expect(levelOf(path)).toBe(LEVEL);
  });

  test('a file in a directory that only others may write says so', async () => {
    if (process.getuid?.() === 0) {
      // root may write everywhere; what is left to see is that the mode does not matter to it.
      const path = newPath();
      mkdirSync(dirname(path), { mode: 0o500 });
      await (await open(path)).close();
      return;
    }
    const path = newPath();
    mkdirSync(dirname(path));
    chmodSync(dirname(path), 0o500);
    await expect(open(path)).rejects.toThrow(/may read and write it/);
  });
});

describe('kept output', () => {
  const limits = { headBytes: 100, tailBytes: 50 };

  test('is the head, the newest tail, and a note of what lies between', async () => {
    const store = await open(IN_MEMORY, { outputLimits: limits });
    let current = upgrade();
    for (let n = 0; n < 40; n++)
      current = await store.commit(
        change(current, {
          output: [
            {
              attempt: 'a',
              stream: 'out',
              offset: n * 10,
              bytes: Buffer.from(`${n}`.padStart(9, '.').concat('\n')),
            },
          ],
        }),
      );
    expect(await store.outputSize('a')).toEqual({ out: 400, err: 0 });
    const kept = Buffer.from(await store.outputTail('a', 'out', 10_000)).toString();
    const lines = kept.split('\n');
    expect(lines.slice(0, 10).map(Number.parseFloat)).toHaveLength(10);
    expect(kept.startsWith(`${'0'.padStart(9, '.')}\n`)).toBe(true);
    expect(kept).toContain(
      `${'9'.padStart(9, '.')}\n\n[… 250 bytes were left out here …]\n${'35'.padStart(9, '.')}`,
    );
    expect(kept.endsWith(`${'39'.padStart(9, '.')}\n`)).toBe(true);
    // Following goes on from the true offset.
    await expect(
      store.commit(
        change(current, { output: [{ attempt: 'a', stream: 'out', offset: 150, bytes: Buffer.alloc(300) }] }),
      ),
    ).resolves.toBeDefined();
    expect((await store.outputSize('a')).out).toBe(450);
    const tail = Buffer.from(await store.outputTail('a', 'out', 20));
    expect(tail).toEqual(Buffer.alloc(20));
    await store.close();
  });
});
