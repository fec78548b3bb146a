/**
 * A process of its own that watches the bot's database and kills the bot right behind a commit. The bot knows nothing of it:
 * SQLite tells every reader by `data_version` that somebody else has committed.
 */
import { Database } from '../../src/ports/sqlite-database.ts';

export interface Order {
  readonly pid: number;
  /** Kill behind the so-manieth commit from now. */
  readonly commits: number;
  /** Real milliseconds between the commit and the kill. */
  readonly delayMs: number;
  /** When so many commits do not come, it is killed all the same. */
  readonly withinMs: number;
}

export interface Done {
  readonly commits: number;
}

/** Between two looks: commits are a millisecond apart or more, because each is synced to disk. */
const LOOK_MS = 0.3;
const never = new Int32Array(new SharedArrayBuffer(4));
const sleep = (ms: number) => void Atomics.wait(never, 0, 0, ms);

const db = new Database(String(process.argv[2]), { readonly: true, fileMustExist: true });
const version = () => Number(db.read('data_version'));

process.on('message', ({ pid, commits, delayMs, withinMs }: Order) => {
  const end = performance.now() + withinMs;
  let seen = 0;
  for (let last = version(); seen < commits && performance.now() < end; sleep(LOOK_MS)) {
    const now = version();
    if (now !== last) seen += 1;
    last = now;
  }
  if (delayMs > 0) sleep(delayMs);
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already: it was killed or ended meanwhile.
  }
  process.send?.({ commits: seen } satisfies Done);
});
// Nobody is left to give orders.
process.on('disconnect', () => process.exit());
