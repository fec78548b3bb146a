/** Six of all upgrades that the runbook promises; `npm run soak:cloudify` plays the others. */
import { describe, expect, it } from 'vitest';
import { carriedSpeed } from '../../simulator/demo/speed.ts';
import { play } from '../../soak/cloudify/play.ts';
import { allCombinations, shortCombinations } from '../../soak/cloudify/space.ts';

/** Without a bot and without Slack there is little besides waiting. */
const MOST_K = 300;
/** Real time of the longest one on a machine that has no time. */
const LONGEST_MS = 600_000;

describe('the space of upgrades', () => {
  it('holds 288, each once, and no cluster from before 4.3 that goes to 4.6', () => {
    const names = allCombinations().map(({ name }) => name);
    expect(new Set(names).size).toBe(288);
    expect(names.filter((name) => /[ ]4\.[0-2]\S*>4\.6 .*\bha\b/.test(name))).toEqual([]);
  });

  it.each(shortCombinations().map((one) => [one.name, one] as const))(
    '%s: nothing is lost, and what changes something is said once',
    async (_name, one) => {
      const { problems, steps } = await play(one, carriedSpeed(MOST_K));
      expect(problems).toEqual([]);
      expect(steps).toBeGreaterThan(20);
    },
    LONGEST_MS,
  );
});
