import { expect, test } from 'vitest';
import { createEngine, newStore, newWorld, target } from '../support/engine.ts';
import { approveAll, delivery, phaseOf, playOn, ROSA, request } from '../support/play.ts';
import { createProduct } from '../support/product.ts';
import { RUNBOOK } from './runbook.ts';

const BROKEN = 'targets.yaml:3: teams: unknown key';
const MINUTE_MS = 60_000;
/** What the runbook declares: 17 min 10 s and the time to undo its backup. */
const NEEDED_MIN = 18;

async function begin(more: Parameters<typeof target>[0] = {}, lengthMin = 120, opensInMin = 10) {
  const world = newWorld(RUNBOOK, { target: target(more) });
  const product = createProduct(world);
  const store = await newStore(world);
  const engine = createEngine(world, store, product.hosts);
  const id = await request(world, engine, lengthMin, { opensAt: world.now + opensInMin * MINUTE_MS });
  await engine.run({ horizonS: 1 });
  const said = (slot: string) => world.messages.filter((message) => message.slot.startsWith(slot));
  return { world, product, store, engine, id, said };
}

test('start: auto with broken settings says the reason once, and starts when they are mended', async () => {
  const { engine, id, world, said, product, store } = await begin({ start: 'auto' });
  await approveAll(engine, id);
  world.broken.why = BROKEN;

  await engine.run({ horizonS: 1800 });

  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'scheduled' });
  expect(product.hosts.started).toEqual([]);
  expect(said('window-open')).toEqual([]);
  expect(said('in-the-way')).toHaveLength(1);
  expect(said('in-the-way')[0]?.text).toContain(`${BROKEN}. The bot operator mends them`);
  expect(said('card').at(-1)?.text).toContain(BROKEN);
  expect((await store.auditTrail(id)).at(-1)).toMatchObject({ kind: 'blocked', data: { at: 'start' } });

  world.broken.why = null;
  const mended = world.now;
  await engine.run({ horizonS: 120 });

  const phase = await phaseOf(engine, id);
  expect(phase).toMatchObject({ kind: 'running' });
  expect(phase.kind === 'running' && phase.since - mended).toBeLessThanOrEqual(2 * MINUTE_MS);
});

test('it looks again by itself: settings that are mended while nobody wakes it are noticed within a minute', async () => {
  const { engine, id, world } = await begin({ start: 'auto' });
  await approveAll(engine, id);
  world.broken.why = BROKEN;
  const mended = world.now + 1800_000;

  await engine.run({
    horizonS: 7200,
    stop: async () => {
      if (world.now >= mended) world.broken.why = null;
      return (await phaseOf(engine, id)).kind !== 'scheduled';
    },
  });

  const phase = await phaseOf(engine, id);
  expect(phase).toMatchObject({ kind: 'running' });
  expect(phase.kind === 'running' && phase.since - mended).toBeLessThanOrEqual(2 * MINUTE_MS);
});

test('another fault of the settings is told in the place of the first one', async () => {
  const { engine, id, world, said } = await begin({ start: 'auto' });
  await approveAll(engine, id);
  world.broken.why = BROKEN;
  await engine.run({ horizonS: 1200 });
  world.broken.why = 'targets.yaml:9: hosts: missing';
  await engine.run({ horizonS: 600 });

  expect(said('in-the-way').map(({ slot }) => slot)).toEqual(['in-the-way:1', 'in-the-way:1']);
  expect(said('in-the-way').at(-1)?.text).toContain('hosts: missing');
});

test('settings that stay broken let it expire with the reason', async () => {
  const { engine, id, world, said } = await begin({ start: 'auto' });
  await approveAll(engine, id);
  world.broken.why = BROKEN;

  await engine.run({ horizonS: 24 * 3600 });

  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'expired', which: 'start-by' });
  expect(said('expired')[0]?.text).toContain(BROKEN);
});

test('a go that was given before the settings broke waits for them too', async () => {
  const { engine, id, world, said } = await begin();
  await approveAll(engine, id);
  await engine.run({ horizonS: 1200 });
  await engine.upgrades.go(ROSA, id, delivery());
  world.broken.why = BROKEN;
  await engine.run({ horizonS: 300 });
  expect(said('in-the-way')).toHaveLength(1);

  world.broken.why = null;
  await engine.run({ horizonS: 90 });

  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'running' });
});

test('a window that is partly over is blocked when nobody could approve in time, with the reason and the mend', async () => {
  const { engine, id, said, store } = await begin({}, NEEDED_MIN + 4, -5);

  const phase = await phaseOf(engine, id);
  expect(phase).toMatchObject({ kind: 'blocked', findings: [{ id: 'window', severity: 'blocker' }] });
  expect(JSON.stringify(phase)).toMatch(
    /approved and started at the latest .* approvers need at least 5 min/,
  );
  expect(JSON.stringify(phase)).toContain('Ask again with a later or a longer window.');
  expect(said('plan:')).toEqual([]);
  expect(await store.liveUpgrades()).toEqual([]);
});

test('a window that is partly over and long enough is asked for approval', async () => {
  const { engine, id } = await begin({}, NEEDED_MIN + 15, -5);

  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'awaiting-approval' });
});

test('a window that ends before anybody could approve is refused in the form', async () => {
  const world = newWorld(RUNBOOK);
  const engine = createEngine(world, await newStore(world), createProduct(world).hosts);

  await expect(request(world, engine, 12, { opensAt: world.now - 9 * MINUTE_MS })).rejects.toThrow(
    /over before anybody could approve it/,
  );
  expect(await engine.upgrades.list()).toEqual([]);
});

test('a new plan at the start that comes too late to be approved expires at once and says so', async () => {
  const { engine, id, world, said, product, store } = await begin({}, NEEDED_MIN + 15);
  await approveAll(engine, id);
  await engine.run({ horizonS: 1200 });
  // Two minutes before it must have started.
  const scheduled = await phaseOf(engine, id);
  world.now = scheduled.kind === 'scheduled' ? scheduled.startBy - 2 * MINUTE_MS : 0;
  world.runbook = RUNBOOK.replace('title: Take a backup', 'title: Take a full backup');

  await engine.upgrades.go(ROSA, id, delivery());
  await engine.run({ horizonS: 60 });

  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'expired', which: 'start-by' });
  const told = said('expired')[0]?.text;
  expect(told).toContain('step changed: Take a full backup');
  expect(told).toContain('approvers need at least 5 min');
  expect(told).toContain('Nothing was changed. <@U0ROSA>, ask again with a new window.');
  expect(product.hosts.started).toEqual([]);
  expect(await store.plan(id, 2)).toBeUndefined();
});

test('what goes on after a mended start is the whole upgrade', async () => {
  const { engine, id, world } = await begin({ start: 'auto' });
  await approveAll(engine, id);
  world.broken.why = BROKEN;
  await engine.run({ horizonS: 1200 });
  world.broken.why = null;

  await playOn(engine, id);

  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'finished', outcome: 'succeeded' });
});
