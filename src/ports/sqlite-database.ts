/** better-sqlite3 with native objects that are never collected. Whoever opens a database, tests too, takes this one. */
import Native from 'better-sqlite3';

/**
 * From Node 24.19 on, Node ends the process (“RemoveEnvironmentCleanupHook … (env) != nullptr”) when a native object of
 * better-sqlite3 12 is collected while no JavaScript runs. So all are held: a process opens few databases, each with few texts
 * of SQL. better-sqlite3 13 does not need it, and wants Node 22.
 */
const held = new Set<Database>();

export class Database {
  readonly #native: Native.Database;
  readonly #statements = new Map<string, unknown>();

  constructor(path: string, options?: Native.Options) {
    this.#native = new Native(path, options);
    held.add(this);
  }

  get open(): boolean {
    return this.#native.open;
  }

  get inTransaction(): boolean {
    return this.#native.inTransaction;
  }

  /** One statement for one text, also when asked again; so a statement is not for `pluck`, `raw` or `iterate`. */
  prepare<P extends unknown[] = unknown[], R = unknown>(sql: string): Native.Statement<P, R> {
    const statement = this.#statements.get(sql) ?? this.#native.prepare(sql);
    this.#statements.set(sql, statement);
    return statement as Native.Statement<P, R>;
  }

  /** Also sets pragmas. They work when they are compiled, so a statement that is kept would set one only once. */
  exec(sql: string): this {
    this.#native.exec(sql);
    return this;
  }

  /** @returns the one value of a pragma that only looks, such as `journal_mode` */
  read(pragma: string): unknown {
    return Object.values(this.prepare<[], object>(`PRAGMA ${pragma}`).get() ?? {})[0];
  }

  /**
   * One IMMEDIATE transaction: the write lock is taken first, so nothing is decided on rows that somebody else is changing.
   * @throws Error that says so when another process keeps the write lock for longer than `timeout`
   */
  transaction<R>(act: () => R): R {
    try {
      return this.#native.transaction(act).immediate();
    } catch (error) {
      if (!(error instanceof Native.SqliteError) || !error.code.startsWith('SQLITE_BUSY')) throw error;
      throw new Error(
        `writing to the database ${this.#native.name}: another process keeps its write lock. Nothing was written. Look who has the file open (a backup, an open transaction in a shell), and end that`,
        { cause: error },
      );
    }
  }

  close(): void {
    this.#native.close();
  }
}
