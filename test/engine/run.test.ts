import { expect, test } from 'vitest';
import { createEngine, newStore, newWorld } from '../support/engine.ts';
import { phaseOf, playOn, request } from '../support/play.ts';
import { createProduct } from '../support/product.ts';
import { RUNBOOK } from './runbook.ts';

test('an upgrade goes from the request to succeeded with each step started once', async () => {
  const world = newWorld(RUNBOOK);
  const product = createProduct(world);
  const store = await newStore(world);
  const engine = createEngine(world, store, product.hosts);

  const id = await request(world, engine);
  await playOn(engine, id);

  const phase = await phaseOf(engine, id);
  expect(phase, JSON.stringify(phase)).toMatchObject({ kind: 'finished', outcome: 'succeeded' });
  expect(product.version).toBe('2.0');
  expect(product.hosts.started).toEqual(['U-1.01.backup.1', 'U-1.04.install.1', 'U-1.06.restart.1']);
});
