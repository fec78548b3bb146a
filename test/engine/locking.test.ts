import { expect, test } from 'vitest';
import type { Target } from '../../src/core/inventory.ts';
import type { UpgradeId } from '../../src/core/model.ts';
import type { Plan } from '../../src/core/plan.ts';
import { keysOf, lockedFinding } from '../../src/engine/locking.ts';
import { BusyError } from '../../src/ports/ports.ts';
import { createEngine, newStore, newWorld, planHost, target } from '../support/engine.ts';
import { approveAll, delivery, OLU, phaseOf, playOn, ROSA, request } from '../support/play.ts';
import { createProduct } from '../support/product.ts';
import { FORWARD, RUNBOOK } from './runbook.ts';

const on = (name: string, ...host_keys: string[]): Target['hosts'] => ({
  box: [{ ...planHost(name), host_keys }],
});

async function begin(hosts: Target['hosts'], others: readonly Target[] = [], runbook = RUNBOOK) {
  const world = newWorld(runbook, { target: target({ hosts }), others: [...others] });
  const product = createProduct(world);
  const store = await newStore(world);
  const engine = createEngine(world, store, product.hosts);
  const id = await request(world, engine);
  await engine.run({ horizonS: 1 });
  const keys = async () => (await store.upgrade(id))?.hostKeys;
  const told = () => world.messages.map(({ text }) => text).join('\n');
  return { world, product, store, engine, id, keys, told };
}

test('two targets on one machine are never live together, in whatever order its keys are pinned', async () => {
  const other = target({ name: 'other', hosts: on('same-box', 'key-b', 'key-a') });
  const { engine, world } = await begin(on('box', 'key-a', 'key-b'), [other]);

  await expect(request(world, engine, 120, { target: 'other' })).rejects.toThrow(
    /same-box is part of a live upgrade already: U-1/,
  );
  expect((await engine.upgrades.list()).map(({ id }) => id)).toEqual(['U-1']);
});

test('a plan for another host than at the request locks that host and lets the first one go', async () => {
  const other = target({ name: 'other', hosts: on('new-box', 'key-new') });
  const { engine, id, world, keys } = await begin(on('box', 'key-a'), [other]);
  await approveAll(engine, id);
  world.target = { ...world.target, hosts: on('new-box', 'key-new', 'key-rsa') };

  await engine.run({ horizonS: 1200 });
  await engine.upgrades.go(ROSA, id, delivery());
  await engine.run({ horizonS: 5 });

  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'awaiting-approval' });
  expect(await keys()).toEqual(['key-new', 'key-rsa']);
  await expect(request(world, engine, 120, { target: 'other' })).rejects.toThrow(/new-box is part of/);
  world.others.push(target({ name: 'third', hosts: on('box', 'key-a') }));
  expect(await request(world, engine, 120, { target: 'third' })).toBe('U-3');
});

test('at the start a host that another upgrade has is in the way: nothing is replanned, and a later Start works', async () => {
  const other = target({ name: 'other', hosts: on('new-box', 'key-new') });
  const { engine, id, world, keys, told, store } = await begin(on('box', 'key-a'), [other]);
  await approveAll(engine, id);
  const second = await request(world, engine, 120, { target: 'other' });
  world.target = { ...world.target, hosts: on('new-box', 'key-new') };

  await engine.run({ horizonS: 1200 });
  await engine.upgrades.go(ROSA, id, delivery());
  await engine.run({ horizonS: 5 });

  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'scheduled', go: null });
  expect(await keys()).toEqual(['key-a']);
  expect(await store.plan(id, 2)).toBeUndefined();
  expect(told()).toContain(`new-box is part of a live upgrade already: ${second}.`);
  expect(told()).toContain(`See /upgrade status ${second}`);

  await engine.upgrades.withdraw(ROSA, second, delivery());
  await engine.upgrades.go(ROSA, id, delivery());
  await engine.run({ horizonS: 5 });
  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'awaiting-approval' });
  expect(await keys()).toEqual(['key-new']);
});

test('a first plan whose host another upgrade took meanwhile is blocked, names it and keeps nothing', async () => {
  const world = newWorld(RUNBOOK, { target: target({ hosts: on('box', 'key-a') }) });
  world.others.push(target({ name: 'other', hosts: on('new-box', 'key-new') }));
  const store = await newStore(world);
  const engine = createEngine(world, store, createProduct(world).hosts);
  const second = await request(world, engine, 120, { target: 'other' });
  const id = await request(world, engine);
  world.target = { ...world.target, hosts: on('new-box', 'key-new') };

  await engine.run({ horizonS: 1 });

  expect(await phaseOf(engine, id)).toMatchObject({
    kind: 'blocked',
    findings: [{ id: 'host_locked', say: `new-box is part of a live upgrade already: ${second}.` }],
  });
  expect((await store.liveUpgrades()).map((one) => one.id)).toEqual([second]);
});

test('a way forward keeps what the held run has, and takes what it needs beside it', async () => {
  const { engine, id, product, world, keys } = await begin(on('box', 'key-a'), [], FORWARD);
  product.intercept = (text) => (text.startsWith('install-product') ? { code: 1 } : undefined);
  await playOn(engine, id);
  world.target = { ...world.target, hosts: on('box', 'key-b') };

  const asked = await engine.upgrades.goForward(
    OLU,
    id,
    { hold: 1, flow: 'rebuild_old', note: 'broken' },
    delivery(),
  );
  expect(asked.ok).toBe(true);
  await engine.run({ horizonS: 5 });

  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'awaiting-approval' });
  expect(await keys()).toEqual(['key-a', 'key-b']);
});

test('every key of every host is locked once', () => {
  const { box = [] } = on('box', 'a', 'b');
  expect(keysOf([...box, ...box, planHost('other')])).toEqual(['a', 'b', 'ssh-ed25519 AAAAother']);
});

test('a lock that nobody can be named for is still told', () => {
  const busy = new BusyError('host', 'unknown-key', 'U-7' as UpgradeId);
  const plan = { body: { hosts: {} } } as unknown as Plan;
  expect(lockedFinding(busy, plan)).toMatchObject({
    say: 'One of its hosts is part of a live upgrade already: U-7.',
  });
});
