import { describe, expect, test } from 'vitest';
import { SCENARIOS } from '../../simulator/demo/scenarios.ts';
import { carriedSpeed } from '../../simulator/demo/speed.ts';
import { createStage, PATIENT_ACK_MS } from '../../simulator/demo/stage.ts';

/**
 * Two thirds of what a quiet machine carries, and less where others work too: a step that waits for a busy processor costs k
 * times as much virtual time, and must not run into its own deadline.
 */
const MOST_K = 200;
/** Real time of the longest one at the slowest clock, on a machine that has no time. */
const LONGEST_MS = 900_000;

describe('whole upgrades with the real bot, a strict Slack and simulated hosts', () => {
  test.each(SCENARIOS.map(({ name, title }) => [name, title]))(
    '%s: %s',
    async (name) => {
      const scenario = SCENARIOS.find((one) => one.name === name);
      if (scenario === undefined) throw new Error(`no scenario ${name}`);
      const k = carriedSpeed(MOST_K);
      const stage = await createStage({ preset: scenario.preset, k, ackWithinMs: PATIENT_ACK_MS });
      try {
        const { problems } = await scenario.play(stage);

        expect(problems).toEqual([]);
      } finally {
        await stage.close();
      }
    },
    LONGEST_MS,
  );
});
