import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { REAL_TIME } from '../../src/core/clock.ts';
import { createClock } from '../../src/ports/clock.ts';

const HOUR = 3_600_000;

describe('the clock', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000, toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('says real time unless it is scaled', () => {
    expect(createClock(REAL_TIME).now()).toBe(1_000_000);
    const scaled = createClock({ t0: 5_000_000, r0: 1_000_000, k: 30 });
    expect(scaled.now()).toBe(5_000_000);
    vi.advanceTimersByTime(1000);
    expect(scaled.now()).toBe(5_030_000);
  });

  test('wakes at the time, not early, also on a scaled clock', () => {
    const clock = createClock({ t0: 0, r0: 1_000_000, k: 60 });
    const woken: number[] = [];
    clock.at(HOUR, () => woken.push(clock.now()));
    vi.advanceTimersByTime(59_999);
    expect(woken).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(woken).toEqual([HOUR]);
  });

  test('never wakes before it has given the cancel, even for a time that is past', () => {
    const clock = createClock(REAL_TIME);
    let woken = 0;
    const cancel = clock.at(0, () => {
      woken += 1;
    });
    expect(woken).toBe(0);
    cancel();
    vi.advanceTimersByTime(HOUR);
    expect(woken).toBe(0);
    clock.at(0, () => {
      woken += 1;
    });
    vi.advanceTimersByTime(1);
    expect(woken).toBe(1);
  });

  test('a wait of two months is kept to the millisecond, and can be cancelled on the way', () => {
    const clock = createClock(REAL_TIME);
    const woken: number[] = [];
    const when = clock.now() + 60 * 24 * HOUR;
    clock.at(when, () => woken.push(clock.now()));
    const cancel = clock.at(when, () => woken.push(-1));
    vi.advanceTimersByTime(30 * 24 * HOUR);
    cancel();
    vi.advanceTimersByTime(40 * 24 * HOUR);
    expect(woken).toEqual([when]);
  });

  test('after the computer slept, or its time was corrected, a wake-up is at most a minute late', () => {
    const clock = createClock(REAL_TIME);
    const woken: number[] = [];
    clock.at(clock.now() + 10 * HOUR, () => woken.push(clock.now()));
    vi.advanceTimersByTime(1000);
    // Timers stood still for nine hours and more.
    vi.setSystemTime(Date.now() + 10 * HOUR);
    vi.advanceTimersByTime(60_000);
    expect(woken).toHaveLength(1);
  });

  test('a clock that was put back does not wake early', () => {
    const clock = createClock(REAL_TIME);
    const woken: number[] = [];
    clock.at(clock.now() + 30_000, () => woken.push(clock.now()));
    vi.setSystemTime(Date.now() - 20_000);
    vi.advanceTimersByTime(30_000);
    expect(woken).toEqual([]);
    vi.advanceTimersByTime(20_000);
    expect(woken).toEqual([1_030_000]);
  });

  test('sleeping ends at the time or when it is aborted, and leaves nothing with the signal', async () => {
    const clock = createClock(REAL_TIME);
    const over = new AbortController();
    const added = vi.spyOn(over.signal, 'addEventListener');
    const removed = vi.spyOn(over.signal, 'removeEventListener');
    const done: string[] = [];
    void clock.sleep(1000, over.signal).then(() => done.push('one'));
    void clock.sleep(HOUR, over.signal).then(() => done.push('two'));
    await vi.advanceTimersByTimeAsync(1000);
    expect(done).toEqual(['one']);
    expect(added).toHaveBeenCalledTimes(2);
    expect(removed).toHaveBeenCalledTimes(1);
    over.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect(done).toEqual(['one', 'two']);
    await clock.sleep(HOUR, over.signal);
    expect(vi.getTimerCount()).toBe(0);
  });
});
