/** Opens the database file the one right way, and says in plain words why it can't be opened. */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { Database } from './sqlite-database.ts';

/** A second writer waits for so long: longer than any of our transactions, shorter than Slack's patience for a click twice. */
const BUSY_TIMEOUT_MS = 5000;
/** After a burst the write-ahead log is cut back to this, so that it does not keep the disk that it once needed. */
const WAL_LIMIT_BYTES = 64 * 1024 * 1024;

export const IN_MEMORY = ':memory:';

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function code(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

/** The mend when the native part of better-sqlite3 can't be loaded; null for any other error. */
export function nativeModuleMend(error: unknown): string | null {
  const missing = text(error).startsWith('Could not locate the bindings file');
  if (!missing && code(error) !== 'ERR_DLOPEN_FAILED') return null;
  const first = text(error).split('\n')[0];
  const found = missing ? 'it was not built' : `it was built for another Node or system: ${first}`;
  return `the native module better-sqlite3 can't be loaded into Node ${process.version} (ABI ${process.versions.modules}): ${found}. Run \`npm rebuild better-sqlite3\`. If npm skips install scripts, package.json must keep "better-sqlite3": true under "allowScripts"`;
}

function whyNot(path: string, error: unknown): string {
  const mend = nativeModuleMend(error);
  if (mend !== null) return mend;
  if (code(error) === 'SQLITE_NOTADB')
    return 'the file is not an SQLite database. Give another path in CUTOVER_DATABASE, or restore a backup';
  if (code(error) === 'SQLITE_CORRUPT')
    return `the file is damaged (${text(error)}). Restore a backup; keep this file for the evidence`;
  if (code(error) === 'SQLITE_CANTOPEN' || code(error) === 'ENOENT' || code(error) === 'EACCES')
    return `${text(error)}. Check that ${dirname(path)} is there and that this user may read and write it`;
  return text(error);
}

/** Only its owner may read it: it holds what steps printed. The files that SQLite puts beside it get the same mode. */
function createFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
}

function configure(db: Database, path: string): void {
  db.exec('PRAGMA journal_mode = WAL');
  const mode = db.read('journal_mode');
  if (mode !== 'wal' && path !== IN_MEMORY)
    throw new Error(
      `it does not take write-ahead logging (journal mode is ${String(mode)}). A network file system can't do it; use a local disk`,
    );
  // After WAL, which sets it anew: what we said we did must survive a power cut.
  db.exec('PRAGMA synchronous = FULL');
  db.exec('PRAGMA foreign_keys = ON');
  db.exec('PRAGMA trusted_schema = OFF');
  db.exec('PRAGMA recursive_triggers = ON');
  db.exec(`PRAGMA journal_size_limit = ${WAL_LIMIT_BYTES}`);
}

/**
 * @param inspect looks at the file before anything in it is changed, and throws when it is not for us
 * @throws Error that says what was found and the mend
 */
export function openDatabase(path: string, inspect: (db: Database) => void): Database {
  let db: Database | undefined;
  try {
    if (path !== IN_MEMORY) createFile(path);
    db = new Database(path, { timeout: BUSY_TIMEOUT_MS });
    inspect(db);
    configure(db, path);
    return db;
  } catch (error) {
    db?.close();
    throw new Error(`opening the database ${path}: ${whyNot(path, error)}`, { cause: error });
  }
}

/** For looking only: nothing is created, migrated or changed, also while the bot is running. */
export function openReadOnly(path: string, inspect: (db: Database) => void): Database {
  let db: Database | undefined;
  try {
    db = new Database(path, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
    db.exec('PRAGMA trusted_schema = OFF');
    inspect(db);
    return db;
  } catch (error) {
    db?.close();
    throw new Error(`opening the database ${path} to read it: ${whyNot(path, error)}`, { cause: error });
  }
}

export function closeDatabase(db: Database): void {
  if (!db.open) return;
  db.exec('PRAGMA optimize');
  db.close();
}

/** Which UNIQUE or PRIMARY KEY constraint refused, as SQLite names it: `upgrades.target`; null for any other error. */
export function refusedBy(error: unknown): string | null {
  if (code(error) !== 'SQLITE_CONSTRAINT_UNIQUE' && code(error) !== 'SQLITE_CONSTRAINT_PRIMARYKEY')
    return null;
  return text(error).replace('UNIQUE constraint failed: ', '');
}
