import { describe, expect, test } from 'vitest';
import { SCENARIOS } from '../../simulator/demo/scenarios.ts';
import { createStage } from '../../simulator/demo/stage.ts';

/**
 * Half of what a quiet machine carries: a step that waits for a busy processor costs k times as much virtual time, and must
 * not run into its own deadline.
 */
const K = 150;

describe('whole upgrades with the real bot, a strict Slack and simulated hosts', () => {
  test.each(SCENARIOS.map(({ name, title }) => [name, title]))(
    '%s: %s',
    async (name) => {
      const scenario = SCENARIOS.find((one) => one.name === name);
      if (scenario === undefined) throw new Error(`no scenario ${name}`);
      const stage = await createStage({ preset: scenario.preset, k: K });
      try {
        const { problems } = await scenario.play(stage);

        expect(problems).toEqual([]);
      } finally {
        await stage.close();
      }
    },
    300_000,
  );
});
