import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Real sshd, real browsers and spawned bots share two cores on a small machine: generous, because a slow pass is still a pass.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
