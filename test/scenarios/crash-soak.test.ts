import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Each kind of trouble once: a whole rotation. */
const TRIALS = 12;

interface Soaked {
  readonly code: number;
  readonly summary: { readonly [name: string]: unknown };
  readonly progress: string;
}

/** As people run it, so that the command itself is under test too. */
function soak(...options: readonly string[]): Promise<Soaked> {
  const args = ['--import', 'tsx', 'soak/crash/main.ts', ...options];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: ROOT }, (error, stdout, progress) => {
      const last = stdout.trimEnd().split('\n').at(-1) ?? '';
      const summary = last.startsWith('{') ? (JSON.parse(last) as Soaked['summary']) : {};
      resolve({ code: error === null ? 0 : 1, summary, progress });
    });
  });
}

test('bot, cable, sshd, host, disk and database fail in turn: no step starts twice, none is lost, no byte differs', async () => {
  const { code, summary, progress } = await soak('--seed', '7', '--trials', String(TRIALS), '--lanes', '1');

  expect(summary, progress).toMatchObject({
    trials: TRIALS,
    started_twice: 0,
    lost: 0,
    bytes_wrong: 0,
    states_wrong: 0,
  });
  expect(summary.reattached, progress).toBeGreaterThan(0);
  expect(code, progress).toBe(0);
  // A run of one to two minutes on two busy cores, and the compiler before it.
}, 300_000);
