/** The embedded default of what wakes the kernel: timers, one advance per upgrade at a time. */
import type { UpgradeId } from '../core/model.ts';
import type { Clock, Log, Wakeups } from './ports.ts';

/** An advance that threw is tried again after this: long enough not to spin, short enough that nobody notices. */
const AFTER_ERROR_MS = 5000;

interface Entry {
  at: number;
  cancel: () => void;
}

export function createWakeups(clock: Clock, log: Log): Wakeups {
  const asked = new Map<UpgradeId, Entry>();
  const busy = new Map<UpgradeId, Promise<void>>();
  let advance: ((run: UpgradeId) => Promise<void>) | undefined;
  let stopped = false;

  function wake(run: UpgradeId, at: number): void {
    if (stopped) return;
    const known = asked.get(run);
    if (known !== undefined && known.at <= at) return;
    known?.cancel();
    const cancel = clock.at(at, () => start(run));
    asked.set(run, { at, cancel });
  }

  function start(run: UpgradeId): void {
    if (stopped || advance === undefined) return;
    // While it advances, the ask stays: it is looked at when the advance ends.
    if (busy.has(run)) {
      asked.set(run, { at: clock.now(), cancel: () => undefined });
      return;
    }
    asked.delete(run);
    const work = advance(run)
      .catch((error: unknown) => {
        log.error({ upgrade: run, err: error }, 'advancing failed, trying again');
        wake(run, clock.now() + AFTER_ERROR_MS);
      })
      .finally(() => {
        busy.delete(run);
        const next = asked.get(run);
        if (next !== undefined && next.at <= clock.now()) {
          next.cancel();
          asked.delete(run);
          start(run);
        }
      });
    busy.set(run, work);
  }

  return {
    wake,
    serve(next) {
      advance = next;
      // What became due before there was anybody to do it.
      for (const [run, { at, cancel }] of [...asked]) {
        if (at > clock.now()) continue;
        cancel();
        start(run);
      }
    },
    async stop() {
      stopped = true;
      for (const { cancel } of asked.values()) cancel();
      asked.clear();
      await Promise.all(busy.values());
    },
  };
}
