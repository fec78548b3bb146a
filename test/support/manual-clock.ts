/** A clock that a test moves by hand. Nothing is due early, and what is due at the same time goes in the order it was asked. */
import type { Clock } from '../../src/ports/ports.ts';

export interface ManualClock extends Clock {
  /** Moves on by `ms`, wakes what becomes due on the way, and lets it settle each time. */
  advance(ms: number): Promise<void>;
  /** How many wake-ups are waiting. */
  waiting(): number;
}

/** Everything that needs no more than promises has gone as far as it can. */
async function settled(): Promise<void> {
  for (let n = 0; n < 5; n++) await new Promise((resolve) => setImmediate(resolve));
}

export function manualClock(start: number): ManualClock {
  let now = start;
  let asked: { readonly when: number; readonly wake: () => void }[] = [];

  function at(when: number, wake: () => void): () => void {
    const entry = { when, wake };
    asked.push(entry);
    return () => {
      asked = asked.filter((other) => other !== entry);
    };
  }

  return {
    now: () => now,
    at,
    waiting: () => asked.length,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const cancel = at(now + ms, resolve);
        signal?.addEventListener('abort', () => {
          cancel();
          resolve();
        });
      }),
    async advance(ms) {
      const until = now + ms;
      await settled();
      for (;;) {
        const next = asked.filter(({ when }) => when <= until).sort((a, b) => a.when - b.when)[0];
        if (next === undefined) break;
        asked = asked.filter((other) => other !== next);
        now = Math.max(now, next.when);
        next.wake();
        await settled();
      }
      now = until;
      await settled();
    },
  };
}
