import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Whole upgrades with a bot of their own, and browsers: each of them keeps two cores busy. */
const HEAVY = ['test/scenarios/**/*.test.ts', 'test/simulator/page*.test.ts'];

export default defineConfig({
  test: {
    // Real sshd, real browsers and spawned bots share two cores on a small machine: generous, because a slow pass is still a pass.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['test/**/*.test.ts'],
          exclude: HEAVY,
          // Two even on two cores: half of the time they wait for a shell, a disk or a clock.
          maxWorkers: Math.max(2, availableParallelism() - 1),
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'whole',
          include: HEAVY,
          // One at a time, when the others are done: what they wait for is work and not time.
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
