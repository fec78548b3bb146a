import { expect, test } from 'vitest';
import { createEngine, newStore, newWorld, target } from '../support/engine.ts';
import { AMIR, approveAll, BEA, delivery, OLU, phaseOf, playOn, ROSA, request } from '../support/play.ts';
import { createProduct } from '../support/product.ts';
import { RUNBOOK } from './runbook.ts';

async function begin(more: Parameters<typeof target>[0] = {}) {
  const world = newWorld(RUNBOOK, { target: target(more) });
  const product = createProduct(world);
  const store = await newStore(world);
  const engine = createEngine(world, store, product.hosts);
  const id = await request(world, engine);
  await engine.run({ horizonS: 1 });
  const digest = async () => {
    const view = await engine.upgrades.view(id);
    return view.ok ? (view.value.plan?.digest ?? '') : '';
  };
  return { world, product, store, engine, id, digest };
}

const ticked = ['no_users'];

test('nothing runs before every place is filled by different people, the requester never', async () => {
  const { engine, id, product, digest } = await begin();
  const answer = { digest: await digest(), acknowledged: ticked };

  expect(await engine.upgrades.approve(ROSA, id, answer, delivery())).toMatchObject({
    ok: false,
    refusal: { rule: 'requester-excluded' },
  });
  expect(await engine.upgrades.approve(OLU, id, answer, delivery())).toMatchObject({
    ok: false,
    refusal: { rule: 'not-an-approver' },
  });
  expect(await engine.upgrades.approve(AMIR, id, { ...answer, acknowledged: [] }, delivery())).toMatchObject({
    ok: false,
    refusal: { rule: 'acknowledgements-missing' },
  });
  expect((await engine.upgrades.approve(AMIR, id, answer, delivery())).ok).toBe(true);
  expect(await engine.upgrades.approve(AMIR, id, answer, delivery())).toMatchObject({
    ok: false,
    refusal: { rule: 'already-approved' },
  });
  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'awaiting-approval' });
  expect((await engine.upgrades.approve(BEA, id, answer, delivery())).ok).toBe(true);
  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'scheduled' });
  expect(product.hosts.started).toEqual([]);
});

test('a deactivated approver and a guest are refused, and the refusals stand in the audit trail', async () => {
  const { engine, id, digest, world, store } = await begin();
  world.refusedAs.set('U0AMIR', 'deactivated').set('U0BEA', 'guest');
  const answer = { digest: await digest(), acknowledged: ticked };

  for (const [who, rule] of [
    [AMIR, 'deactivated'],
    [BEA, 'guest'],
  ] as const)
    expect(await engine.upgrades.approve(who, id, answer, delivery())).toMatchObject({
      ok: false,
      refusal: { rule },
    });

  const refusals = (await store.auditAfter(0, 100)).filter(({ kind }) => kind === 'refused');
  expect(refusals.map(({ actor, data }) => [actor, data.rule])).toEqual([
    ['T0CUTOVER/U0AMIR', 'deactivated'],
    ['T0CUTOVER/U0BEA', 'guest'],
  ]);
});

test('somebody of another workspace is refused whatever their user id', async () => {
  const { engine, id, digest } = await begin();

  const said = await engine.upgrades.approve(
    { team: 'T0OTHER', user: 'U0AMIR' },
    id,
    { digest: await digest(), acknowledged: ticked },
    delivery(),
  );

  expect(said).toMatchObject({ ok: false, refusal: { rule: 'other-workspace' } });
});

test('the same Slack delivery twice changes nothing twice', async () => {
  const { engine, id, digest } = await begin();
  const answer = { digest: await digest(), reason: 'not this week' };
  const once = delivery();

  const first = await engine.upgrades.decline(AMIR, id, answer, once);
  const second = await engine.upgrades.decline(AMIR, id, answer, once);

  expect(first.ok).toBe(true);
  expect(second).toMatchObject({ ok: false, refusal: { rule: 'approval-closed' } });
  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'declined', by: AMIR, reason: 'not this week' });
});

test('a button of an earlier plan is refused once the hosts say something else at the start', async () => {
  const { engine, id, digest, product, world } = await begin();
  const before = await digest();
  await approveAll(engine, id);
  product.version = '1.5';
  world.runbook = RUNBOOK.replace('title: Take a backup', 'title: Take a full backup');

  await engine.run({ horizonS: 1200 });
  const went = await engine.upgrades.go(ROSA, id, delivery());
  expect(went.ok).toBe(true);
  await engine.run({ horizonS: 60 });

  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'awaiting-approval', decisions: [] });
  expect(product.hosts.started).toEqual([]);
  const old = await engine.upgrades.approve(AMIR, id, { digest: before, acknowledged: ticked }, delivery());
  expect(old).toMatchObject({ ok: false, refusal: { rule: 'old-plan' } });
  const told = world.messages.find(({ slot }) => slot === 'replanned:2');
  expect(told?.text).toContain('step changed: Take a full backup');
  expect(told?.text).toContain('<@U0AMIR>, <@U0BEA>');
  await playOn(engine, id);
  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'finished', outcome: 'succeeded' });
});

test('a blocker at the start takes the go back and starts nothing', async () => {
  const { engine, id, product, world } = await begin();
  await approveAll(engine, id);
  await engine.run({ horizonS: 1200 });
  product.version = '2.0';

  await engine.upgrades.go(ROSA, id, delivery());
  await engine.run({ horizonS: 60 });

  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'scheduled', go: null });
  expect(product.hosts.started).toEqual([]);
  expect(world.messages.some(({ text }) => text.includes('It is 2.0 already'))).toBe(true);
});

test('an approval that nobody gives expires; a timeout is never a yes', async () => {
  const { engine, id, product } = await begin();

  await engine.run({ horizonS: 100_000 });

  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'expired', which: 'approve-by' });
  expect(product.hosts.started).toEqual([]);
});

test('an approved upgrade that nobody starts in time expires with nothing changed', async () => {
  const { engine, id, product } = await begin();
  await approveAll(engine, id);

  await engine.run({ horizonS: 100_000 });

  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'expired', which: 'start-by' });
  expect(product.hosts.started).toEqual([]);
});

test('only the requester withdraws, and only before the start', async () => {
  const { engine, id } = await begin();

  expect(await engine.upgrades.withdraw(AMIR, id, delivery())).toMatchObject({
    ok: false,
    refusal: { rule: 'not-the-requester' },
  });
  expect((await engine.upgrades.withdraw(ROSA, id, delivery())).ok).toBe(true);
  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'withdrawn', by: ROSA });
  expect(await engine.upgrades.withdraw(ROSA, id, delivery())).toMatchObject({
    ok: false,
    refusal: { rule: 'over' },
  });
});

test('places that only one person could fill together are refused before anything is asked or posted', async () => {
  const place = (id: string, title: string, ...from: string[]) => ({ id, title, need: 1, from });
  const approvers = [place('ops', 'Ops leads', 'U0AMIR', 'U0ROSA'), place('data', 'Data owners', 'U0AMIR')];
  const world = newWorld(RUNBOOK, { target: target({ approvers }) });
  const engine = createEngine(world, await newStore(world), createProduct(world).hosts);

  await expect(request(world, engine)).rejects.toThrow(
    /Nobody could approve this: Ops leads and Data owners need 2 different people together, and 1 can answer now/,
  );
  expect(world.messages).toEqual([]);
  world.target = {
    ...world.target,
    approvers: [place('ops', 'Ops leads', 'U0AMIR', 'U0BEA'), ...approvers.slice(1)],
  };
  expect(await request(world, engine)).toBe('U-1');
});

test('a second upgrade of the same target names the live one and changes nothing', async () => {
  const { engine, world, store } = await begin();

  await expect(request(world, engine)).rejects.toThrow(/has a live upgrade already: U-1/);

  expect((await store.recentUpgrades(10)).map(({ id }) => id)).toEqual(['U-1']);
});

test('a window shorter than the plan is a blocker that says what is needed', async () => {
  const world = newWorld(RUNBOOK);
  const product = createProduct(world);
  const engine = createEngine(world, await newStore(world), product.hosts);
  const id = await request(world, engine, 10);

  await engine.run({ horizonS: 1 });

  const phase = await phaseOf(engine, id);
  expect(phase).toMatchObject({ kind: 'blocked' });
  expect(JSON.stringify(phase)).toMatch(/The plan needs .*; the window is 10 min/);
});

test('while the settings on disk are broken, nothing new begins and what runs goes on', async () => {
  const { engine, id, world, digest } = await begin();
  await approveAll(engine, id);
  await engine.run({ horizonS: 1200 });
  await engine.upgrades.go(ROSA, id, delivery());
  await engine.run({ horizonS: 5 });
  world.broken.why = 'targets.yaml:3: teams: unknown key';

  const form = await engine.upgrades.form(ROSA, 'staging');
  expect(form).toMatchObject({ ok: false, refusal: { rule: 'policies-broken' } });
  expect(
    await engine.upgrades.approve(AMIR, id, { digest: await digest(), acknowledged: ticked }, delivery()),
  ).toMatchObject({
    ok: false,
  });
  await playOn(engine, id);
  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'finished', outcome: 'succeeded' });
});

test('a target that says start: auto starts by itself when the window opens', async () => {
  const { engine, id, world } = await begin({ start: 'auto' });
  await approveAll(engine, id);
  const opensAt = world.now + 590_000;

  await engine.run({ horizonS: 3600 });

  const phase = await phaseOf(engine, id);
  expect(phase).toMatchObject({ kind: 'running' });
  expect(phase.kind === 'running' && phase.since).toBeGreaterThanOrEqual(opensAt);
});

test('when the window closes and the approved rule is to pause, the next step does not start', async () => {
  const { engine, id, world, product } = await begin();
  const asked = await engine.upgrades.withdraw(ROSA, id, delivery());
  expect(asked.ok).toBe(true);
  const again = await engine.upgrades.request(
    ROSA,
    {
      target: 'staging',
      flow: 'in_place',
      inputs: { to: '2.0' },
      opensAt: world.now + 600_000,
      lengthMin: 40,
      onClose: 'pause-before-next-step',
      reason: 'end of support',
      channel: 'C0UPGRADES',
    },
    delivery(),
  );
  if (!again.ok) throw new Error(JSON.stringify(again.errors));
  product.backupStates.splice(0, 2, ...Array.from({ length: 40 }, () => 'running'), 'done');
  product.intercept = (text) =>
    text.startsWith('backup "') ? { out: 'backup number 1\n', takesS: 590 } : undefined;
  product.hosts.files.set('box:/var/backup', new Uint8Array([1]));

  await playOn(engine, again.value.id, async () => {
    const phase = await phaseOf(engine, again.value.id);
    // The gate is answered late: the window is nearly over.
    if (phase.kind === 'running' && phase.waitingFor !== null) world.now += 20 * 60_000;
    return false;
  });

  const phase = await phaseOf(engine, again.value.id);
  expect(phase).toMatchObject({ kind: 'held' });
  expect(phase.kind === 'held' && phase.hold.reason).toContain('The window closes');
  expect(product.version).toBe('1.0');
});
