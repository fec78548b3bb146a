import { expect, test } from 'vitest';
import type { UpgradeId } from '../../src/core/model.ts';
import type { Hosts } from '../../src/ports/ports.ts';
import { createEngine, newStore, newWorld } from '../support/engine.ts';
import { phaseOf, playOn, request } from '../support/play.ts';
import { createProduct } from '../support/product.ts';
import { RUNBOOK } from './runbook.ts';

const INSTALL = 'U-1.04.install.1';

test('an end that came with the output is not asked for once more', async () => {
  const world = newWorld(RUNBOOK);
  const product = createProduct(world);
  const asked: string[] = [];
  const hosts: Hosts = {
    ...product.hosts,
    status: (ref) => {
      asked.push(`status ${ref.attempt}`);
      return product.hosts.status(ref);
    },
    follow: async (ref, from, maxS, onBytes) => {
      const report = await product.hosts.follow(ref, from, maxS, onBytes);
      asked.push(`${report.state.kind} ${ref.attempt}`);
      return report;
    },
  };
  const engine = createEngine(world, await newStore(world), hosts);

  const id = await request(world, engine);
  await playOn(engine, id);

  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'finished', outcome: 'succeeded' });
  const ofInstall = asked.filter((call) => call.endsWith(INSTALL));
  expect(ofInstall.slice(0, 2)).toEqual([`status ${INSTALL}`, `running ${INSTALL}`]);
  expect(ofInstall.at(-1)).toBe(`exited ${INSTALL}`);
});

test('when somebody changed the upgrade while a step ended, its end is read anew and counts once', async () => {
  const world = newWorld(RUNBOOK);
  const product = createProduct(world);
  const store = await newStore(world);
  const asked: string[] = [];
  let changed = false;
  const hosts: Hosts = {
    ...product.hosts,
    status: async (ref) => {
      const report = await product.hosts.status(ref);
      asked.push(`${report.state.kind} ${ref.attempt}`);
      return report;
    },
    follow: async (ref, from, maxS, onBytes) => {
      const report = await product.hosts.follow(ref, from, maxS, onBytes);
      const upgrade = await store.upgrade(ref.upgrade as UpgradeId);
      if (ref.attempt === INSTALL && report.state.kind === 'exited' && upgrade !== undefined) {
        changed = true;
        await store.commit({ upgrade, events: [], messages: [] });
      }
      return report;
    },
  };
  const engine = createEngine(world, store, hosts);

  const id = await request(world, engine);
  await playOn(engine, id);

  expect(changed).toBe(true);
  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'finished', outcome: 'succeeded' });
  expect(asked).toContain(`exited ${INSTALL}`);
  const ends = (await store.runEvents(id)).filter(
    (event) => event.kind === 'apply-ended' && event.attempt === INSTALL,
  );
  expect(ends).toHaveLength(1);
});
