/** The clock of this process, scaled when CUTOVER_CLOCK says so (core/clock.ts). */
import { type ClockScale, realDuration, virtualNow } from '../core/clock.ts';
import type { Clock } from './ports.ts';

/** setTimeout keeps 32-bit milliseconds; a longer wait is made of several. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function createClock(scale: ClockScale, realNow: () => number = Date.now): Clock {
  const now = () => virtualNow(scale, realNow());

  function at(when: number, wake: () => void): () => void {
    let timer: NodeJS.Timeout | undefined;
    const arm = () => {
      const left = realDuration(scale, when - now());
      if (left <= 0) wake();
      else timer = setTimeout(arm, Math.min(Math.ceil(left), LONGEST_TIMER_MS));
    };
    // Never at once: whoever asks is not called back before it has the cancel.
    timer = setTimeout(arm, 0);
    return () => clearTimeout(timer);
  }

  return {
    now,
    at,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const cancel = at(now() + ms, resolve);
        signal?.addEventListener('abort', () => {
          cancel();
          resolve();
        });
      }),
  };
}
