/** Time on a host: all waits of steps are virtual, timers are real. */
import { type ClockScale, realDuration, virtualNow } from '../../src/core/clock.ts';

/** Somebody ended the process that waited. */
export class InterruptedError extends Error {
  override name = 'InterruptedError';
}

export interface HostClock {
  /** Virtual epoch milliseconds. */
  now(): number;
  /** @throws InterruptedError when the signal aborts */
  sleep(seconds: number, signal?: AbortSignal): Promise<void>;
}

/** setTimeout keeps 32-bit milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function createHostClock(scale: ClockScale): HostClock {
  const now = () => virtualNow(scale, Date.now());
  return {
    now,
    sleep: (seconds, signal) =>
      new Promise((resolve, reject) => {
        const until = Date.now() + realDuration(scale, seconds * 1000);
        let timer: NodeJS.Timeout;
        const stop = () => {
          clearTimeout(timer);
          reject(new InterruptedError('sleeping: the process was ended'));
        };
        const wait = () => {
          const left = until - Date.now();
          if (left > 0) {
            timer = setTimeout(wait, Math.min(Math.ceil(left), LONGEST_TIMER_MS));
            return;
          }
          signal?.removeEventListener('abort', stop);
          resolve();
        };
        if (signal?.aborted) return stop();
        signal?.addEventListener('abort', stop, { once: true });
        // Never at once: a loop of sleeps of no length must let others run.
        timer = setTimeout(wait, 0);
      }),
  };
}
