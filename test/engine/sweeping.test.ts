import { expect, test } from 'vitest';
import { sweepOld } from '../../src/engine/sweeping.ts';
import { createEngine, newStore, newWorld } from '../support/engine.ts';
import { delivery, OLU, phaseOf, playOn, request } from '../support/play.ts';
import { createProduct } from '../support/product.ts';
import { RUNBOOK } from './runbook.ts';

const DAY = 24 * 3_600_000;

async function finished() {
  const world = newWorld(RUNBOOK);
  const product = createProduct(world);
  const store = await newStore(world);
  const engine = createEngine(world, store, product.hosts);
  const id = await request(world, engine);
  return { world, product, store, engine, id };
}

test('run directories are swept a week after the end, once, and not before', async () => {
  const { world, product, store, engine, id } = await finished();
  await playOn(engine, id);
  await sweepOld(engine.deps);
  expect(product.hosts.swept).toEqual([]);

  world.now += 8 * DAY;
  await sweepOld(engine.deps);
  await sweepOld(engine.deps);

  expect(product.hosts.swept).toEqual(['box U-1', 'box sudo U-1']);
  expect((await store.auditTrail(id)).at(-1)).toMatchObject({ kind: 'swept', data: { hosts: ['box'] } });
});

test('a host that is away is swept another day', async () => {
  const { world, product, engine, id } = await finished();
  await playOn(engine, id);
  world.now += 8 * DAY;
  product.hosts.away.add('box');
  await sweepOld(engine.deps);
  expect(product.hosts.swept).toEqual([]);

  product.hosts.away.clear();
  await sweepOld(engine.deps);

  expect(product.hosts.swept).toHaveLength(2);
});

test('an attempt whose output nobody has read keeps everything', async () => {
  const { world, product, engine, id } = await finished();
  product.intercept = (text) => {
    if (text.startsWith('install-product')) product.hosts.away.add('box');
    return undefined;
  };
  await playOn(engine, id);
  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'held' });
  await engine.upgrades.stop(OLU, id, { hold: 1, note: 'we look by hand' }, delivery());
  product.hosts.away.clear();

  world.now += 30 * DAY;
  await sweepOld(engine.deps);

  expect(product.hosts.swept).toEqual([]);
});
