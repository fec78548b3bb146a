/** The clock of this process, scaled when CUTOVER_CLOCK says so (core/clock.ts). */
import { type ClockScale, realDuration, virtualNow } from '../core/clock.ts';
import type { Clock } from './ports.ts';

/**
 * A longer wait is made of several. setTimeout counts on a clock that stands still while the computer sleeps and does not
 * follow a corrected time: so we look at the time once a minute. (It also can't count longer than 24 days.)
 */
const LONGEST_TIMER_MS = 60_000;

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
        const aborted = () => {
          cancel();
          resolve();
        };
        const cancel = at(now() + ms, () => {
          // The signal lives as long as the process: each sleep would leave a listener with it.
          signal?.removeEventListener('abort', aborted);
          resolve();
        });
        signal?.addEventListener('abort', aborted, { once: true });
      }),
  };
}
