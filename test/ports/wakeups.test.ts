import { describe, expect, test } from 'vitest';
import { UpgradeId } from '../../src/core/model.ts';
import { createWakeups } from '../../src/ports/wakeups.ts';
import { T0 } from '../support/builders.ts';
import { manualClock } from '../support/manual-clock.ts';
import { recordedLog } from '../support/recorded-log.ts';

const U1 = UpgradeId.parse('U-1');
const U2 = UpgradeId.parse('U-2');

/** Advances that a test ends by hand. */
function world(options: { readonly byHand?: boolean } = {}) {
  const clock = manualClock(T0);
  const log = recordedLog();
  const wakeups = createWakeups(clock, log);
  const calls: string[] = [];
  const ends: (() => void)[] = [];
  let running = 0;
  let most = 0;
  const advance = async (run: UpgradeId) => {
    calls.push(`${run}@${clock.now() - T0}`);
    running += 1;
    most = Math.max(most, running);
    if (options.byHand) await new Promise<void>((resolve) => ends.push(resolve));
    running -= 1;
  };
  return { clock, log, wakeups, calls, ends, advance, most: () => most };
}

describe('wake-ups', () => {
  test('come at the time that was asked, never early', async () => {
    const { clock, wakeups, calls, advance } = world();
    wakeups.serve(advance);
    wakeups.wake(U1, T0 + 1000);
    await clock.advance(999);
    expect(calls).toEqual([]);
    await clock.advance(1);
    expect(calls).toEqual(['U-1@1000']);
  });

  test('the earliest ask wins, and the later one is forgotten', async () => {
    const { clock, wakeups, calls, advance } = world();
    wakeups.serve(advance);
    wakeups.wake(U1, T0 + 5000);
    wakeups.wake(U1, T0 + 1000);
    wakeups.wake(U1, T0 + 3000);
    await clock.advance(10_000);
    expect(calls).toEqual(['U-1@1000']);
  });

  test('doubled ones are one advance', async () => {
    const { clock, wakeups, calls, advance } = world();
    wakeups.serve(advance);
    for (let n = 0; n < 5; n++) wakeups.wake(U1, T0);
    await clock.advance(0);
    expect(calls).toEqual(['U-1@0']);
  });

  test('one upgrade advances once at a time; one that was asked meanwhile comes right after', async () => {
    const { clock, wakeups, calls, ends, advance, most } = world({ byHand: true });
    wakeups.serve(advance);
    wakeups.wake(U1, T0);
    await clock.advance(0);
    wakeups.wake(U1, clock.now());
    wakeups.wake(U1, clock.now() + 5);
    await clock.advance(100);
    expect(calls).toEqual(['U-1@0']);
    ends.shift()?.();
    await clock.advance(0);
    expect(calls).toEqual(['U-1@0', 'U-1@100']);
    ends.shift()?.();
    await clock.advance(1000);
    expect(calls).toHaveLength(2);
    expect(most()).toBe(1);
  });

  test('different upgrades do not wait for each other', async () => {
    const { clock, wakeups, calls, advance, most } = world({ byHand: true });
    wakeups.serve(advance);
    wakeups.wake(U1, T0);
    wakeups.wake(U2, T0);
    await clock.advance(0);
    expect(calls.sort()).toEqual(['U-1@0', 'U-2@0']);
    expect(most()).toBe(2);
  });

  test('one that is due before anybody serves is not lost', async () => {
    const { clock, wakeups, calls, advance } = world();
    wakeups.wake(U1, T0);
    wakeups.wake(U2, T0 + 500);
    await clock.advance(100);
    wakeups.serve(advance);
    await clock.advance(0);
    expect(calls).toEqual(['U-1@100']);
    await clock.advance(1000);
    expect(calls).toEqual(['U-1@100', 'U-2@500']);
  });

  test('an advance that fails is logged and tried again, and the others go on', async () => {
    const { clock, log, wakeups, calls, advance } = world();
    let failures = 2;
    wakeups.serve(async (run) => {
      await advance(run);
      if (run === U1 && failures-- > 0) throw new Error('disk full');
    });
    wakeups.wake(U1, T0);
    wakeups.wake(U2, T0 + 1);
    await clock.advance(60_000);
    expect(calls).toEqual(['U-1@0', 'U-2@1', 'U-1@5000', 'U-1@10000']);
    expect(log.count('advancing failed, trying again')).toBe(2);
  });

  test('stopping waits for the move under way and begins no other', async () => {
    const { clock, wakeups, calls, ends, advance } = world({ byHand: true });
    wakeups.serve(advance);
    wakeups.wake(U1, T0);
    wakeups.wake(U2, T0 + 1000);
    await clock.advance(0);
    wakeups.wake(U1, T0);
    let stopped = false;
    const stopping = wakeups.stop().then(() => {
      stopped = true;
    });
    wakeups.wake(U2, T0);
    await clock.advance(5000);
    expect(stopped).toBe(false);
    ends.shift()?.();
    await stopping;
    await clock.advance(5000);
    expect(calls).toEqual(['U-1@0']);
    expect(clock.waiting()).toBe(0);
  });
});
