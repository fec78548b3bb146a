import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { UpgradeId } from '../../src/core/model.ts';
import { isGone, ownerName } from '../../src/ports/process-owner.ts';
import { openStore } from '../../src/ports/sqlite-store.ts';
import { T0, upgrade } from '../support/builders.ts';
import { silent } from '../support/engine.ts';

/** A process that stands for a bot: all that matters of it is whether it lives. */
async function bot(): Promise<{ owner: string; kill(): Promise<void> }> {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  return {
    owner: ownerName(child.pid),
    async kill() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

test('the lease of a bot that was killed is free at once, with the next epoch; that of a living one is not', async () => {
  const store = await openStore({ path: ':memory:', now: () => T0, log: silent, ownerIsGone: isGone });
  onTestFinished(() => store.close());
  const id = UpgradeId.parse('U-1');
  await store.commit({ upgrade: upgrade({ id, version: 0 }), events: [], messages: [] });
  const first = await bot();
  expect(await store.lease(id, first.owner, T0, 120_000)).toBe(1);

  expect(await store.lease(id, ownerName(), T0 + 1000, 120_000)).toBeUndefined();
  await first.kill();
  expect(await store.lease(id, ownerName(), T0 + 2000, 120_000)).toBe(2);
});

test('a process that got the number of an owner that died is not taken for it', () => {
  const mine = ownerName();
  const parts = mine.split('/');
  const earlier = [...parts.slice(0, -1), String(Number(parts.at(-1)) - 1)].join('/');

  expect(isGone(mine)).toBe(false);
  expect(isGone(earlier)).toBe(true);
});

test('of an owner on another machine, in another container or of an unknown form nobody says that it is gone', () => {
  const [host, unique, boot, namespace, , began] = ownerName().split('/');
  const nobody = '4194305';

  expect(isGone([host, unique, boot, namespace, nobody, began].join('/'))).toBe(true);
  expect(isGone([host, unique, 'another-boot', namespace, nobody, began].join('/'))).toBe(false);
  expect(isGone([host, unique, boot, '1', nobody, began].join('/'))).toBe(false);
  expect(isGone('host/4194305/5b6e6a0e')).toBe(false);
  expect(isGone('')).toBe(false);
});

test('two names of one process differ', () => {
  expect(ownerName()).not.toBe(ownerName());
});
