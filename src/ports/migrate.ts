/** Brings a database to the newest level: numbered SQL files, forward only, one IMMEDIATE transaction each, a backup before. */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Log } from './ports.ts';
import type { Database } from './sqlite-database.ts';
import { IN_MEMORY } from './sqlite-open.ts';

export interface Migration {
  readonly version: number;
  readonly file: string;
  readonly sql: string;
  readonly sha256: string;
}

/** Marks the file as ours (`CTOV`), so that another program's database is not filled with our tables. */
const APPLICATION_ID = 0x43544f56;

/** `src/ports` in a checkout, `dist/src/ports` when compiled: the files stay at the root of the project. */
export function migrationsDirectory(): string {
  const candidates = ['../../migrations', '../../../migrations'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  const found = candidates.find((path) => existsSync(path));
  if (found === undefined)
    throw new Error(
      `looking for the migrations: neither ${candidates.join(' nor ')} is there. Install the program with its migrations/ directory`,
    );
  return found;
}

/** @throws Error when the numbers are not 1, 2, 3, … */
export function readMigrations(directory: string): readonly Migration[] {
  const files = readdirSync(directory)
    .filter((file) => file.endsWith('.sql'))
    .sort();
  const migrations = files.map((file, index) => {
    const version = index + 1;
    if (!new RegExp(`^${String(version).padStart(4, '0')}_[a-z0-9_-]+\\.sql$`).test(file))
      throw new Error(
        `reading the migrations in ${directory}: ${file} stands where ${String(version).padStart(4, '0')}_….sql is expected. Number them without gaps`,
      );
    const sql = readFileSync(join(directory, file), 'utf8');
    return { version, file, sql, sha256: createHash('sha256').update(sql).digest('hex') };
  });
  if (migrations.length === 0) throw new Error(`reading the migrations in ${directory}: there is none`);
  return migrations;
}

/** Level of a database: 0 = new and empty. */
export function migrationLevel(db: Database): number {
  return Number(db.read('user_version'));
}

interface Applied {
  readonly version: number;
  readonly file: string;
  readonly sha256: string;
}

/** @throws Error when the database is newer, is another program's, or was made by a file that has been changed since */
export function checkLevel(db: Database, migrations: readonly Migration[]): void {
  const level = migrationLevel(db);
  const owner = Number(db.read('application_id'));
  const tables = db
    .prepare<[], { n: number }>(
      `SELECT count(*) AS n FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_litestream%' ESCAPE '\\'`,
    )
    .get();
  if (owner !== APPLICATION_ID && (owner !== 0 || level !== 0 || (tables?.n ?? 0) > 0))
    throw new Error(
      `it belongs to another program. Nothing was changed; give another path in CUTOVER_DATABASE`,
    );
  if (level > migrations.length)
    throw new Error(
      `its level is ${level}, and this program knows levels 1 to ${migrations.length}. It was used by a newer version of Cutover. Nothing was changed; start that version again, or restore the backup that it made beside the file (its name ends in .backup)`,
    );
  if (level === 0) return;
  for (const applied of db
    .prepare<[], Applied>('SELECT version, file, sha256 FROM migrations ORDER BY version')
    .all()) {
    const known = migrations[applied.version - 1];
    if (known?.sha256 !== applied.sha256)
      throw new Error(
        `${known?.file ?? applied.file} is not the text that was applied to it (SHA-256 ${applied.sha256.slice(0, 12)} then, ${known?.sha256.slice(0, 12) ?? 'none'} now). A migration is never edited: put that file back, and write the change as the next one`,
      );
  }
}

/** A compact copy beside the file, under a name that is still free. */
function backUp(db: Database, path: string, now: number): string {
  const stamp = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
  const base = `${path}.level-${migrationLevel(db)}.${stamp}`;
  let copy = `${base}.backup`;
  for (let n = 2; existsSync(copy); n++) copy = `${base}-${n}.backup`;
  // VACUUM INTO fills an empty file, and so the copy is as private as the original.
  closeSync(openSync(copy, 'wx', 0o600));
  db.prepare('VACUUM INTO ?').run(copy);
  return copy;
}

function apply(db: Database, migration: Migration, now: number): void {
  // Another process may have done it while we waited for the lock.
  if (migrationLevel(db) >= migration.version) return;
  db.exec(migration.sql);
  if (!db.inTransaction) throw new Error('it ends its own transaction');
  const broken = db.prepare('PRAGMA foreign_key_check').all();
  if (broken.length > 0) throw new Error(`it leaves ${broken.length} rows that refer to missing ones`);
  db.exec(
    'CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, file TEXT NOT NULL, sha256 TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT',
  );
  db.prepare('INSERT INTO migrations VALUES (?, ?, ?, ?)').run(
    migration.version,
    migration.file,
    migration.sha256,
    now,
  );
  db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  db.exec(`PRAGMA user_version = ${migration.version}`);
}

/** After checkLevel. */
export function migrate(
  db: Database,
  {
    path,
    migrations,
    now,
    log,
  }: {
    readonly path: string;
    readonly migrations: readonly Migration[];
    readonly now: () => number;
    readonly log: Log;
  },
): void {
  const level = migrationLevel(db);
  const pending = migrations.filter(({ version }) => version > level);
  if (pending.length === 0) return;
  if (level > 0 && path !== IN_MEMORY)
    log.info({ backup: backUp(db, path, now()), level }, 'backed up the database before migrating it');
  // Off while tables are rebuilt (it is a no-op inside a transaction); foreign_key_check looks before the commit.
  db.exec('PRAGMA foreign_keys = OFF');
  try {
    for (const migration of pending) {
      try {
        db.transaction(() => apply(db, migration, now()));
      } catch (error) {
        throw new Error(
          `migrating the database ${path} with ${migration.file}: ${error instanceof Error ? error.message : String(error)}. It is as it was before this file`,
          { cause: error },
        );
      }
      log.info({ file: migration.file, level: migration.version }, 'migrated the database');
    }
  } finally {
    db.exec('PRAGMA foreign_keys = ON');
  }
}
