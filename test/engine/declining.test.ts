import { expect, test } from 'vitest';
import { createEngine, newStore, newWorld } from '../support/engine.ts';
import { AMIR, approveAll, BEA, delivery, OLU, phaseOf, playOn, ROSA, request } from '../support/play.ts';
import { createProduct } from '../support/product.ts';
import { FORWARD, RUNBOOK } from './runbook.ts';

async function begin(runbook = RUNBOOK) {
  const world = newWorld(runbook);
  const product = createProduct(world);
  const store = await newStore(world);
  const engine = createEngine(world, store, product.hosts);
  const id = await request(world, engine);
  await engine.run({ horizonS: 1 });
  const digest = async () => {
    const view = await engine.upgrades.view(id);
    return (view.ok && view.value.plan?.digest) || '';
  };
  const decline = async (who: typeof AMIR, reason = 'the disk is failing') =>
    engine.upgrades.decline(who, id, { digest: await digest(), reason }, delivery());
  const said = (slot: string) => world.messages.filter((message) => message.slot === slot).at(-1)?.text;
  return { world, product, store, engine, id, digest, decline, said };
}

test('who has approved may decline until the start: it ends, is told and recorded, and frees the target', async () => {
  const { engine, id, digest, decline, said, store, world } = await begin();
  const yes = { digest: await digest(), acknowledged: ['no_users'] };
  await engine.upgrades.approve(AMIR, id, yes, delivery());

  const form = await engine.upgrades.review(AMIR, id, { digest: await digest(), to: 'decline' });
  expect(form.ok).toBe(true);
  const no = await decline(AMIR);

  expect(no.ok).toBe(true);
  expect(await phaseOf(engine, id)).toMatchObject({
    kind: 'declined',
    by: AMIR,
    reason: 'the disk is failing',
  });
  expect(said('declined:1')).toContain(
    '<@U0AMIR> took back the approval and declined: the disk is failing. Nothing was changed. <@U0ROSA>,',
  );
  expect((await store.decisions(id)).map(({ kind, by }) => [kind, by.user])).toEqual([
    ['approve', 'U0AMIR'],
    ['decline', 'U0AMIR'],
  ]);
  expect((await store.auditTrail(id)).at(-1)).toMatchObject({
    kind: 'declined',
    actor: 'T0CUTOVER/U0AMIR',
    data: { reason: 'the disk is failing' },
  });
  expect(await request(world, engine)).toBe('U-2');
});

test('a yes stays once for each person', async () => {
  const { engine, id, digest } = await begin();
  const yes = { digest: await digest(), acknowledged: ['no_users'] };
  await engine.upgrades.approve(AMIR, id, yes, delivery());

  const again = await engine.upgrades.approve(AMIR, id, yes, delivery());

  expect(again).toMatchObject({ ok: false, refusal: { rule: 'already-approved' } });
  expect(!again.ok && again.refusal.say).toContain('you can still decline');
});

test('when it is scheduled any approver may decline, before and in the window, and nothing runs', async () => {
  for (const horizonS of [1, 1200]) {
    const { engine, id, decline, product, store } = await begin();
    await approveAll(engine, id);
    await engine.run({ horizonS });
    expect(await phaseOf(engine, id)).toMatchObject({ kind: 'scheduled' });

    expect((await decline(BEA)).ok).toBe(true);
    await engine.run({ horizonS: 24 * 3600 });

    expect(await phaseOf(engine, id)).toMatchObject({ kind: 'declined', by: BEA });
    expect(product.hosts.started).toEqual([]);
    expect(await store.liveUpgrades()).toEqual([]);
  }
});

test('a decline in the middle of the check of the hosts wins over the start that it would have led to', async () => {
  const { world, product, store, engine: people, id, decline } = await begin();
  await approveAll(people, id);
  await people.run({ horizonS: 1200 });
  await people.upgrades.go(ROSA, id, delivery());
  let declined = 0;
  const engine = createEngine(world, store, {
    ...product.hosts,
    look: async (command, timeoutMs) => {
      if (declined++ === 0) expect((await decline(AMIR)).ok).toBe(true);
      return product.hosts.look(command, timeoutMs);
    },
  });

  await engine.run({ horizonS: 3600 });

  expect(declined).toBeGreaterThan(0);
  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'declined', by: AMIR });
  expect(product.hosts.started).toEqual([]);
  expect((await store.runEvents(id)).map(({ kind }) => kind)).toEqual([]);
});

test('a decline after the go wins over the start', async () => {
  const { engine, id, decline, product } = await begin();
  await approveAll(engine, id);
  await engine.run({ horizonS: 1200 });
  await engine.upgrades.go(ROSA, id, delivery());

  expect((await decline(AMIR)).ok).toBe(true);
  await engine.run({ horizonS: 3600 });

  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'declined' });
  expect(product.hosts.started).toEqual([]);
});

test.each([
  ['the requester', ROSA, 'requester-excluded'],
  ['somebody without a place', OLU, 'not-an-approver'],
])('a scheduled upgrade can’t be declined by %s', async (_who, who, rule) => {
  const { engine, id, decline, store } = await begin();
  await approveAll(engine, id);

  expect(await decline(who)).toMatchObject({ ok: false, refusal: { rule } });
  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'scheduled' });
  expect((await store.auditTrail(id)).at(-1)).toMatchObject({
    kind: 'refused',
    data: { verb: 'decline', rule },
  });
});

test('once it has started a decline is refused and says what stops it', async () => {
  const { engine, id, decline } = await begin();
  await approveAll(engine, id);
  await engine.run({ horizonS: 1200 });
  await engine.upgrades.go(ROSA, id, delivery());
  await engine.run({ horizonS: 5 });

  const no = await decline(AMIR);

  expect(no).toMatchObject({ ok: false, refusal: { rule: 'approval-closed' } });
  expect(!no.ok && no.refusal.say).toContain('A no-go at a gate holds it');
});

test('declining a scheduled way forward comes back to the hold, and ends no run', async () => {
  const { engine, id, product, decline, said, store } = await begin(FORWARD);
  product.intercept = (text) => (text.startsWith('install-product') ? { code: 1 } : undefined);
  await playOn(engine, id);
  await engine.upgrades.goForward(OLU, id, { hold: 1, flow: 'rebuild_old', note: 'broken' }, delivery());
  await engine.run({ horizonS: 5 });
  await approveAll(engine, id);
  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'scheduled' });

  const no = await decline(AMIR, 'look at the log first');

  expect(no.ok).toBe(true);
  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'held', hold: { number: 2, step: 'install' } });
  expect(said('declined:2')).toContain('The run is held again where it was');
  expect((await store.liveUpgrades()).map((one) => one.id)).toEqual([id]);
});

test('refusals of a known upgrade stand in its own trail, whatever was refused', async () => {
  const { engine, id, digest, store, world } = await begin();
  const xav = { team: 'T0CUTOVER', user: 'U0XAV' };
  world.refusedAs.set('U0XAV', 'guest');
  const hold = { hold: 1, note: 'x' };
  const at = { step: 'decide', note: 'x' };
  const about = { digest: await digest(), acknowledged: [] };

  await engine.upgrades.review(xav, id, { ...about, to: 'approve' });
  await engine.upgrades.approve(xav, id, about, delivery());
  await engine.upgrades.decline(xav, id, { ...about, reason: 'x' }, delivery());
  await engine.upgrades.go(xav, id, delivery());
  await engine.upgrades.withdraw(xav, id, delivery());
  await engine.upgrades.retry(xav, id, { hold: 1, how: 'retry', from: null }, delivery());
  await engine.upgrades.stop(xav, id, hold, delivery());
  await engine.upgrades.skip(xav, id, hold, delivery());
  await engine.upgrades.doneByHand(xav, id, hold, delivery());
  await engine.upgrades.rollBack(xav, id, hold, delivery());
  await engine.upgrades.goForward(xav, id, { ...hold, flow: 'rebuild_old' }, delivery());
  await engine.upgrades.answerGate(xav, id, { ...at, go: true }, delivery());
  await engine.upgrades.answerManual(xav, id, { ...at, done: true }, delivery());
  await engine.upgrades.cancelStep(xav, id, { attempt: 'x' }, delivery());
  await engine.upgrades.stop(xav, 'U-99', hold, delivery());

  const refusals = (trail: Awaited<ReturnType<typeof store.auditTrail>>) =>
    trail.filter(({ kind }) => kind === 'refused').map(({ data }) => data.verb);
  expect(refusals(await store.auditTrail(id))).toEqual([
    'review',
    'approve',
    'decline',
    'go',
    'withdraw',
    'retry',
    'stop',
    'skip',
    'done_by_hand',
    'roll_back',
    'forward',
    'gate',
    'manual',
    'cancel',
  ]);
  // One that nobody has made has no trail.
  const all = await store.auditAfter(0, 100);
  expect(refusals(all.filter(({ upgrade }) => upgrade === null))).toEqual(['stop']);
});
