import { expect, test } from 'vitest';
import { createEngine, newStore, newWorld } from '../support/engine.ts';
import { AMIR, approveAll, BEA, delivery, OLU, phaseOf, playOn, ROSA, request } from '../support/play.ts';
import { createProduct } from '../support/product.ts';
import { RUNBOOK } from './runbook.ts';

async function begin(runbook = RUNBOOK) {
  const world = newWorld(runbook);
  const product = createProduct(world);
  const engine = createEngine(world, await newStore(world), product.hosts);
  return { world, product, engine, id: await request(world, engine) };
}

test('stopping what has not started is refused before and at the answer, and names withdraw', async () => {
  const { engine, id } = await begin();
  await engine.run({ horizonS: 60 });
  const wanted = {
    ok: false,
    refusal: {
      rule: 'not-held',
      say: expect.stringContaining('<@U0ROSA> takes it back with /upgrade withdraw U-1'),
    },
  };
  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'awaiting-approval' });
  expect(await engine.upgrades.mayChoose(ROSA, id, { hold: null, what: 'stop' })).toMatchObject(wanted);
  expect(await engine.upgrades.stop(ROSA, id, { hold: null, note: 'no' }, delivery())).toMatchObject(wanted);
  await approveAll(engine, id);
  expect(await engine.upgrades.mayChoose(ROSA, id, { hold: null, what: 'stop' })).toMatchObject(wanted);
  await engine.upgrades.withdraw(ROSA, id, delivery());
  expect(await engine.upgrades.mayChoose(ROSA, id, { hold: null, what: 'stop' })).toMatchObject({
    ok: false,
    refusal: { say: expect.stringContaining('There is nothing to choose: U-1 is withdrawn.') },
  });
});

test('a form of a hold opens for what is offered there, and for nothing else', async () => {
  const { engine, id, product } = await begin();
  product.backupStates.splice(0, 2, 'broken');
  await playOn(engine, id);
  const may = (what: Parameters<typeof engine.upgrades.mayChoose>[2]['what'], hold = 1) =>
    engine.upgrades.mayChoose(OLU, id, { hold, what });

  for (const what of ['done_by_hand', 'roll_back', 'stop'] as const)
    expect(await may(what), what).toMatchObject({ ok: true, value: { upgrade: { id: 'U-1' } } });
  expect(await may('skip')).toMatchObject({ ok: false, refusal: { rule: 'not-offered' } });
  expect(await may({ flow: 'in_place' })).toMatchObject({ ok: false, refusal: { rule: 'not-offered' } });
  expect(await may('stop', 2)).toMatchObject({ ok: false, refusal: { rule: 'old-hold' } });
});

test('whoever has said that a critical step was done by hand is not asked for words again', async () => {
  const { engine, id, product } = await begin(
    RUNBOOK.replace('    retry: undo_first\n', '    retry: undo_first\n    critical: true\n'),
  );
  product.backupStates.splice(0, 2, 'broken');
  await playOn(engine, id);
  const choice = { hold: 1, what: 'done_by_hand' } as const;
  expect((await engine.upgrades.mayChoose(OLU, id, choice)).ok).toBe(true);
  await engine.upgrades.doneByHand(OLU, id, { hold: 1, note: 'copied it' }, delivery());
  expect(await engine.upgrades.mayChoose(OLU, id, choice)).toMatchObject({
    ok: false,
    refusal: { rule: 'second-person-needed' },
  });
  expect((await engine.upgrades.mayChoose(AMIR, id, choice)).ok).toBe(true);
});

test('the form of a question opens while it waits, for those who may answer', async () => {
  const { engine, id } = await begin();
  const gate = { kind: 'gate', step: 'decide' } as const;
  expect(await engine.upgrades.mayAnswer(AMIR, id, gate)).toMatchObject({
    ok: false,
    refusal: { rule: 'answered' },
  });
  await playOn(engine, id, async () => {
    const phase = await phaseOf(engine, id);
    return phase.kind === 'running' && phase.waitingFor?.kind === 'gate';
  });

  expect((await engine.upgrades.mayAnswer(AMIR, id, gate)).ok).toBe(true);
  const refusals = [
    [ROSA, gate, 'requester-excluded'],
    [OLU, gate, 'not-an-approver'],
    [BEA, { kind: 'manual', step: 'look' }, 'answered'],
  ] as const;
  for (const [who, to, rule] of refusals)
    expect(await engine.upgrades.mayAnswer(who, id, to)).toMatchObject({ ok: false, refusal: { rule } });
});
