import { expect, test } from 'vitest';
import { createEngine, newStore, newWorld } from '../support/engine.ts';
import {
  AMIR,
  answer,
  approveAll,
  BEA,
  delivery,
  OLU,
  phaseOf,
  playOn,
  ROSA,
  request,
} from '../support/play.ts';
import { createProduct } from '../support/product.ts';
import { FORWARD, RUNBOOK } from './runbook.ts';

const CRITICAL = RUNBOOK.replace('    retry: undo_first\n', '    retry: undo_first\n    critical: true\n');

async function begin(runbook = RUNBOOK) {
  const world = newWorld(runbook);
  const product = createProduct(world);
  const store = await newStore(world);
  const engine = createEngine(world, store, product.hosts);
  const id = await request(world, engine);
  const said = (slot: string) => world.messages.filter((message) => message.slot === slot);
  const hold = async () => {
    const phase = await phaseOf(engine, id);
    if (phase.kind !== 'held') throw new Error(`not held: ${JSON.stringify(phase)}`);
    return phase.hold;
  };
  return { world, product, store, engine, id, said, hold };
}

test('a step that somebody did by hand counts only once its verify is in place', async () => {
  const { engine, id, product, hold } = await begin();
  product.intercept = (text) => (text.startsWith('install-product') ? { code: 1 } : undefined);
  await playOn(engine, id);
  expect((await hold()).offers).toContain('done_by_hand');

  const early = await engine.upgrades.doneByHand(
    OLU,
    id,
    { hold: 1, note: 'installed from the shell' },
    delivery(),
  );
  expect(early.ok).toBe(true);
  await playOn(engine, id);
  expect(await hold()).toMatchObject({ number: 2, step: 'install' });
  product.version = '2.0';
  await engine.upgrades.doneByHand(OLU, id, { hold: 2, note: 'now it is' }, delivery());
  await playOn(engine, id);

  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'finished', outcome: 'succeeded' });
  expect(product.hosts.started.filter((attempt) => attempt.includes('install'))).toHaveLength(1);
});

test('a critical step is taken as done by hand only when two different people say so', async () => {
  const { engine, id, product, hold, said, store } = await begin(CRITICAL);
  product.backupStates.splice(0, 2, 'broken');
  await playOn(engine, id);
  expect(await hold()).toMatchObject({ step: 'backup' });

  const first = await engine.upgrades.doneByHand(OLU, id, { hold: 1, note: 'made one by hand' }, delivery());
  expect(first.ok).toBe(true);
  expect(await hold()).toMatchObject({ proposal: { what: 'done_by_hand', by: OLU } });
  expect(said('hold:1').at(-1)?.text).toContain(
    '<@U0OLU> has said Done by hand: made one by hand. A second person must say the same.',
  );
  expect(JSON.stringify(said('hold:1').at(-1)?.blocks)).toContain('done_by_hand');
  expect(said('proposed:1').at(-1)?.text).toContain('a second person must press “Done by hand” too');
  const same = await engine.upgrades.doneByHand(OLU, id, { hold: 1, note: 'really' }, delivery());
  expect(same).toMatchObject({ ok: false, refusal: { rule: 'second-person-needed' } });
  product.backupStates.splice(0, 1, 'done');
  const second = await engine.upgrades.doneByHand(ROSA, id, { hold: 1, note: 'I have seen it' }, delivery());
  expect(second.ok).toBe(true);
  await playOn(engine, id);

  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'finished', outcome: 'succeeded' });
  const event = (await store.runEvents(id)).find(({ kind }) => kind === 'done-by-hand');
  expect(event).toMatchObject({ by: OLU, second: ROSA });
});

test('a skipped step is told and recorded, and the run goes on without it', async () => {
  const { engine, id, product, hold, said, world } = await begin();
  product.intercept = () => undefined;
  for (let round = 0; round < 20; round++) {
    await playOn(engine, id, async () => {
      const phase = await phaseOf(engine, id);
      return phase.kind === 'running' && phase.waitingFor?.kind === 'manual';
    });
    const phase = await phaseOf(engine, id);
    if (phase.kind === 'running' && phase.waitingFor?.kind === 'manual') break;
  }
  await engine.upgrades.answerManual(
    OLU,
    id,
    { step: 'look', done: false, note: 'no browser here' },
    delivery(),
  );
  await engine.run({ horizonS: 60 });
  expect(await hold()).toMatchObject({ step: 'look' });

  const skipped = await engine.upgrades.skip(OLU, id, { hold: 1, note: 'tomorrow by day' }, delivery());
  expect(skipped.ok).toBe(true);
  await playOn(engine, id);

  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'finished', outcome: 'succeeded' });
  expect(said('hold:1').at(-1)?.text).toContain('Skipped by <@U0OLU>: tomorrow by day');
  expect(said('finished').at(-1)?.text).toMatch(/, 1 skipped\. Skipped: “[^”]+” by <@U0OLU>\./);
  const after = world.messages.filter(({ slot }) => slot === 'card').map(({ text }) => text);
  expect(after.filter((text) => text.includes(': skipped.'))).toEqual([]);
});

test('rolling back undoes what was done, verifies it and ends as rolled back', async () => {
  const { engine, id, product, hold, said, store } = await begin();
  await playOn(engine, id, async () => {
    const phase = await phaseOf(engine, id);
    return phase.kind === 'running' && phase.waitingFor?.kind === 'gate';
  });
  await engine.upgrades.answerGate(AMIR, id, { step: 'decide', go: false, note: 'not tonight' }, delivery());
  await engine.run({ horizonS: 60 });
  expect((await hold()).offers).toContain('roll_back');
  expect(product.backups).toBe(1);

  const silent = await engine.upgrades.rollBack(OLU, id, { hold: 1, note: '' }, delivery());
  expect(silent).toMatchObject({ ok: false, refusal: { rule: 'note-needed' } });
  const back = await engine.upgrades.rollBack(OLU, id, { hold: 1, note: 'not tonight' }, delivery());
  expect(back.ok).toBe(true);
  await engine.run({ horizonS: 3600 });

  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'finished', outcome: 'rolled-back' });
  expect(product.backups).toBe(0);
  expect(product.version).toBe('1.0');
  expect(product.hosts.started).toEqual(['U-1.01.backup.1', 'U-1.01.backup.undo1']);
  expect(said('step:U-1.01.backup.undo1').at(-1)?.text).toContain('undone');
  expect(await store.liveUpgrades()).toEqual([]);
});

test.each([
  ['never ran', { code: 1 }, 0],
  ['died half-way', { state: 'vanished' as const }, 1],
])('rolling back ends clean when the apply %s', async (_case, outcome, backups) => {
  const { engine, id, product, hold } = await begin();
  product.intercept = (text) => {
    if (!text.startsWith('backup "')) return undefined;
    product.backups = backups;
    return outcome;
  };
  await playOn(engine, id);

  await engine.upgrades.rollBack(OLU, id, { hold: (await hold()).number, note: 'no' }, delivery());
  await engine.run({ horizonS: 3600 });

  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'finished', outcome: 'rolled-back' });
  expect(product.backups).toBe(0);
  // With nothing there the undo is not run: its verify said so.
  expect(product.hosts.started.filter((attempt) => attempt.includes('undo'))).toHaveLength(backups);
});

test('a failing undo holds, goes no further, and may be tried again', async () => {
  const { engine, id, product, hold } = await begin();
  product.backupStates.splice(0, 2, 'broken');
  await playOn(engine, id);
  product.intercept = (text) => (text.startsWith('backup-delete') ? { code: 9, err: 'locked\n' } : undefined);

  await engine.upgrades.rollBack(OLU, id, { hold: 1, note: 'no' }, delivery());
  await engine.run({ horizonS: 3600 });

  expect(await hold()).toMatchObject({ number: 2, step: 'backup', rollingBack: true });
  expect((await hold()).offers).toEqual(['look_again', 'retry', 'skip', 'stop']);
  product.intercept = () => undefined;
  await engine.upgrades.retry(OLU, id, { hold: 2, how: 'retry', from: null }, delivery());
  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'rolling-back' });
  await engine.run({ horizonS: 3600 });
  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'finished', outcome: 'rolled-back' });
});

test('past the point of no return a way forward is planned, approved and run in the same upgrade', async () => {
  const { engine, id, product, hold, store } = await begin(FORWARD);
  product.intercept = (text) => {
    if (text.startsWith('install-product'))
      return {
        code: 1,
        effect: () => {
          product.version = 'ruined';
        },
      };
    if (text.startsWith('reinstall'))
      return {
        effect: () => {
          product.version = text.trim().split(' ')[1] ?? '';
        },
      };
    return undefined;
  };
  await playOn(engine, id);
  expect(await hold()).toMatchObject({
    step: 'install',
    forward: [{ flow: 'rebuild_old', title: 'Bring the old version back' }],
  });
  expect((await hold()).offers).not.toContain('roll_back');

  const asked = await engine.upgrades.goForward(
    OLU,
    id,
    { hold: 1, flow: 'rebuild_old', note: 'it is broken' },
    delivery(),
  );
  expect(asked.ok).toBe(true);
  await engine.run({ horizonS: 5 });
  const view = await engine.upgrades.view(id);
  expect(view.ok && view.value.plan?.body.steps.map((step) => step.id)).toEqual(['reinstall']);
  const declined = await engine.upgrades.decline(
    BEA,
    id,
    { digest: (view.ok && view.value.plan?.digest) || '', reason: 'look at the log first' },
    delivery(),
  );
  expect(declined.ok).toBe(true);
  expect(await hold()).toMatchObject({ number: 2, step: 'install' });
  expect((await hold()).reason).toContain('look at the log first');

  await engine.upgrades.goForward(OLU, id, { hold: 2, flow: 'rebuild_old', note: 'looked' }, delivery());
  await engine.run({ horizonS: 5 });
  await approveAll(engine, id);
  await engine.run({ horizonS: 5 });
  await answer(engine, id);
  await playOn(engine, id);

  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'finished', outcome: 'succeeded' });
  expect(product.version).toBe('1.0');
  expect(product.hosts.started.at(-1)).toBe('U-1.v3.01.reinstall.1');
  expect(await store.liveUpgrades()).toEqual([]);
});

test('a cancelled step is ended on its host and held', async () => {
  const { engine, id, product, hold } = await begin();
  await playOn(engine, id, async () => product.hosts.started.some((attempt) => attempt.includes('install')));

  const cancelled = await engine.upgrades.cancelStep(OLU, id, { attempt: 'U-1.04.install.1' }, delivery());
  expect(cancelled.ok).toBe(true);
  const twice = await engine.upgrades.cancelStep(OLU, id, { attempt: 'U-1.04.install.1' }, delivery());
  expect(twice).toMatchObject({ ok: false, refusal: { rule: 'cancel-asked' } });
  await engine.run({ horizonS: 3600 });

  expect((await hold()).reason).toContain('It was cancelled');
  expect(product.version).toBe('1.0');
});

test('a step that prints nothing for longer than its limit is told once and left to run', async () => {
  const { engine, id, product, world } = await begin(
    RUNBOOK.replace('    no_return: true\n', '    no_return: true\n    silence: 2m\n'),
  );
  product.intercept = (text) =>
    text.startsWith('install-product')
      ? {
          takesS: 500,
          effect: () => {
            product.version = '2.0';
          },
        }
      : undefined;

  await playOn(engine, id);

  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'finished', outcome: 'succeeded' });
  const told = world.messages.filter(({ slot }) => slot.startsWith('silent:'));
  expect(told).toHaveLength(1);
  expect(told[0]?.text).toContain('has printed nothing for');
  expect(told[0]?.text).toContain(
    '<@U0ROSA> or <@U0OLU>: have a look; “Cancel this step” on the card ends it.',
  );
});

test('a silent step without on-call is told to the requester', async () => {
  const { engine, id, product, world } = await begin(
    RUNBOOK.replace('    no_return: true\n', '    no_return: true\n    silence: 2m\n'),
  );
  const staffed = world.target;
  product.intercept = (text) => {
    if (!text.startsWith('install-product')) return undefined;
    world.target = { ...staffed, onCall: [] };
    return {
      takesS: 500,
      effect: () => {
        product.version = '2.0';
        world.target = staffed;
      },
    };
  };

  await playOn(engine, id);

  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'finished', outcome: 'succeeded' });
  const told = world.messages.filter(({ slot }) => slot.startsWith('silent:'));
  expect(told).toHaveLength(1);
  expect(told[0]?.text).toContain('has printed nothing for');
  expect(told[0]?.text).toContain(
    'left alone. <@U0ROSA>: have a look; “Cancel this step” on the card ends it.',
  );
});

test('after a hold longer than the facts stay fresh, a retry says what is different now', async () => {
  const { engine, id, product, world } = await begin();
  product.backupStates.splice(0, 2, 'broken');
  await playOn(engine, id);
  world.now += 9 * 3_600_000;
  product.version = '1.1';
  product.backupStates.splice(0, 1, 'done');

  await engine.upgrades.retry(OLU, id, { hold: 1, how: 'retry', from: null }, delivery());

  const told = world.messages.find(({ slot }) => slot === 'facts:1');
  expect(told?.text).toContain('Version it reports: 1.0 → 1.1');
});

test('after a long hold a host that cannot be reached refuses the retry', async () => {
  const { engine, id, product, world, hold } = await begin();
  product.backupStates.splice(0, 2, 'broken');
  await playOn(engine, id);
  world.now += 9 * 3_600_000;
  product.hosts.away.add('box');

  const said = await engine.upgrades.retry(OLU, id, { hold: 1, how: 'retry', from: null }, delivery());

  expect(said).toMatchObject({ ok: false, refusal: { rule: 'host-unusable' } });
  expect((await hold()).number).toBe(1);
});
