import { expect, test } from 'vitest';
import { UpgradeId } from '../../src/core/model.ts';
import { UnreachableError } from '../../src/ports/ports.ts';
import { createEngine, newStore, newWorld } from '../support/engine.ts';
import { AMIR, answer, delivery, OLU, phaseOf, playOn, ROSA, request } from '../support/play.ts';
import { createProduct } from '../support/product.ts';
import { RUNBOOK } from './runbook.ts';

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

test('a backup that is broken though its command ended well is held, undone first and tried again', async () => {
  const { engine, id, product, hold, said } = await begin();
  product.backupStates.splice(0, 2, 'broken');

  await playOn(engine, id);

  expect(await hold()).toMatchObject({
    step: 'backup',
    offers: ['look_again', 'retry', 'done_by_hand', 'roll_back', 'stop'],
    retryFrom: [],
    forward: [],
    exitCode: 0,
  });
  expect(said('hold:1').at(-1)?.text).toContain('has failed');
  product.backupStates.splice(0, 1, 'done');
  const retried = await engine.upgrades.retry(OLU, id, { hold: 1, how: 'retry', from: null }, delivery());
  expect(retried.ok).toBe(true);
  await playOn(engine, id);
  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'finished', outcome: 'succeeded' });
  expect(product.hosts.started.slice(0, 3)).toEqual([
    'U-1.01.backup.1',
    'U-1.01.backup.undo1',
    'U-1.01.backup.2',
  ]);
  expect(said('hold:1').at(-1)?.text).toContain('undoing the failed attempt first');
});

test('a step that may never be tried again offers no Retry, and stopping releases the target', async () => {
  const { engine, id, product, hold, world, store } = await begin();
  product.intercept = (text) =>
    text.startsWith('install-product') ? { code: 3, err: 'disk on fire\n' } : undefined;

  await playOn(engine, id);

  expect(await hold()).toMatchObject({
    step: 'install',
    exitCode: 3,
    offers: ['done_by_hand', 'stop'],
    tail: ['disk on fire'],
  });
  const notOffered = await engine.upgrades.retry(OLU, id, { hold: 1, how: 'retry', from: null }, delivery());
  expect(notOffered).toMatchObject({ ok: false, refusal: { rule: 'not-offered' } });
  const silent = await engine.upgrades.stop(OLU, id, { hold: 1, note: ' ' }, delivery());
  expect(silent).toMatchObject({ ok: false, refusal: { rule: 'note-needed' } });
  const stopped = await engine.upgrades.stop(OLU, id, { hold: 1, note: 'we mend it by hand' }, delivery());
  expect(stopped.ok).toBe(true);
  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'finished', outcome: 'stopped', by: OLU });
  expect(await store.liveUpgrades()).toEqual([]);
  expect((await request(world, engine)).toString()).toBe('U-2');
});

test('a host that is away because a step reboots it is no news for the trail', async () => {
  const { world, product, store } = await begin();
  let asked = 0;
  const engine = createEngine(world, store, {
    ...product.hosts,
    reboot: async (ref, epoch) => {
      asked += 1;
      if (asked === 2) throw new UnreachableError(ref.host.name, 'no route');
      return product.hosts.reboot(ref, epoch);
    },
  });

  await playOn(engine, UpgradeId.parse('U-1'));

  expect(asked).toBeGreaterThan(2);
  expect(await phaseOf(engine, UpgradeId.parse('U-1'))).toMatchObject({ outcome: 'succeeded' });
  const trail = await store.auditTrail(UpgradeId.parse('U-1'));
  expect(trail.filter(({ kind }) => kind === 'host-unreachable')).toEqual([]);
});

test('the end of a stopped run carries the head of the audit chain, which covers the stop', async () => {
  const { engine, id, product, said, store } = await begin();
  product.intercept = (text) => (text.startsWith('install-product') ? { code: 3 } : undefined);
  await playOn(engine, id);

  await engine.upgrades.stop(OLU, id, { hold: 1, note: 'by hand' }, delivery());

  const last = (await store.auditTrail(id)).at(-1);
  expect(last?.kind).toBe('stopped');
  expect(said('stopped').at(-1)?.text).toContain(
    `Audit trail up to event ${last?.seq}, hash ${last?.hash.slice(0, 16)}.`,
  );
  expect(said('hold:1').at(-1)?.text).toContain('Stopped by <@U0OLU>: by hand');
});

test('a stop whose telling was lost with the bot is told after the next start, and nothing else is done', async () => {
  const { engine, id, product, world, store, said } = await begin();
  product.intercept = (text) => (text.startsWith('install-product') ? { code: 3 } : undefined);
  await playOn(engine, id);
  let commits = 0;
  const dying = createEngine(
    world,
    {
      ...store,
      commit: async (change) => {
        commits += 1;
        if (commits > 1) throw new Error('the process is gone');
        return store.commit(change);
      },
    },
    product.hosts,
  );
  await expect(dying.upgrades.stop(OLU, id, { hold: 1, note: 'by hand' }, delivery())).rejects.toThrow(
    'gone',
  );
  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'held' });
  const late = await engine.upgrades.doneByHand(OLU, id, { hold: 1, note: 'no, I did it' }, delivery());
  expect(late).toMatchObject({ ok: false, refusal: { rule: 'not-held' } });

  await engine.run({ horizonS: 60 });

  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'finished', outcome: 'stopped', by: OLU });
  expect(said('stopped')).toHaveLength(1);
  expect(await store.liveUpgrades()).toEqual([]);
});

test('an attempt that vanished is held, not started again', async () => {
  const { engine, id, product, hold } = await begin();
  product.intercept = (text) => (text.startsWith('install-product') ? { state: 'vanished' } : undefined);

  await playOn(engine, id);

  expect((await hold()).reason).toContain('left no exit code');
  expect(product.hosts.started.filter((attempt) => attempt.includes('install'))).toHaveLength(1);
});

test('a host that is away for minutes is waited for, and the step is found again', async () => {
  const { engine, id, product, world, store } = await begin();
  let backAt = Number.POSITIVE_INFINITY;
  product.intercept = (text) => {
    if (!text.startsWith('install-product')) return undefined;
    product.hosts.away.add('box');
    backAt = world.now + 5 * 60_000;
    return undefined;
  };

  await playOn(engine, id, async () => {
    if (world.now >= backAt) product.hosts.away.clear();
    return false;
  });

  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'finished', outcome: 'succeeded' });
  expect(product.hosts.started.filter((attempt) => attempt.includes('install'))).toHaveLength(1);
  const away = (await store.auditTrail(id)).filter(({ kind }) => kind === 'host-unreachable');
  expect(away.map(({ data }) => data)).toEqual([{ host: 'box', why: 'no route' }]);
});

test('a host that stays away past the deadline is a hold that never starts the step anew, and Look again finds it', async () => {
  const { engine, id, product, hold } = await begin();
  product.intercept = (text) => {
    if (text.startsWith('install-product')) product.hosts.away.add('box');
    return undefined;
  };

  await playOn(engine, id);

  const held = await hold();
  expect(held.reason).toContain('not started again');
  expect(held.offers).toEqual(['look_again', 'stop']);
  product.hosts.away.clear();
  await engine.upgrades.retry(ROSA, id, { hold: held.number, how: 'look_again', from: null }, delivery());
  await playOn(engine, id);
  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'finished', outcome: 'succeeded' });
  expect(product.hosts.started.filter((attempt) => attempt.includes('install'))).toHaveLength(1);
});

test('of two clicks on one hold the first wins, and the button of an earlier hold is refused', async () => {
  const { engine, id, product, hold } = await begin();
  product.backupStates.splice(0, 2, 'broken');
  await playOn(engine, id);

  const first = await engine.upgrades.retry(OLU, id, { hold: 1, how: 'look_again', from: null }, delivery());
  const second = await engine.upgrades.stop(AMIR, id, { hold: 1, note: 'no' }, delivery());
  expect(first.ok).toBe(true);
  expect(second).toMatchObject({ ok: false, refusal: { rule: 'not-held' } });
  await playOn(engine, id);
  expect(await hold()).toMatchObject({ number: 2, step: 'backup' });
  const old = await engine.upgrades.stop(AMIR, id, { hold: 1, note: 'no' }, delivery());
  expect(old).toMatchObject({ ok: false, refusal: { rule: 'old-hold' } });
});

test('the hint of the runbook is shown when the output has its words', async () => {
  const { engine, id, product, hold } = await begin();
  product.intercept = (text) =>
    text.startsWith('backup "') ? { code: 1, err: 'no space left on device\n' } : undefined;

  await playOn(engine, id);

  expect(await hold()).toMatchObject({
    hint: 'Free some space first.',
    offers: ['retry', 'roll_back', 'stop'],
  });
});

test('a secret that a step prints is masked in the store, the thread and the audit trail', async () => {
  const { engine, id, product, world, store } = await begin();
  product.intercept = (text) =>
    text.startsWith('backup "') ? { code: 1, out: 'password is pa55word-of-test\n' } : undefined;

  await playOn(engine, id);

  const everything = JSON.stringify([world.messages, await store.auditTrail(id), await store.runEvents(id)]);
  expect(everything).not.toContain('pa55word-of-test');
  const stored = await store.outputTail('U-1.01.backup.1', 'out', 1000);
  expect(Buffer.from(stored).toString()).toBe('password is ****************\n');
  expect(product.hosts.secretsSeen.get('U-1.01.backup.1')).toEqual({ PASSWORD: 'pa55word-of-test' });
});

test('a no-go holds the run and may be asked again', async () => {
  const { engine, id, hold, product } = await begin();
  for (let round = 0; round < 9; round++) {
    await engine.run({ horizonS: 3600 });
    const phase = await phaseOf(engine, id);
    if (phase.kind === 'running' && phase.waitingFor?.kind === 'gate') break;
    await answer(engine, id);
  }
  const requester = await engine.upgrades.answerGate(
    ROSA,
    id,
    { step: 'decide', go: true, note: '' },
    delivery(),
  );
  expect(requester).toMatchObject({ ok: false, refusal: { rule: 'requester-excluded' } });
  await engine.upgrades.answerGate(
    AMIR,
    id,
    { step: 'decide', go: false, note: 'too late today' },
    delivery(),
  );
  await engine.run({ horizonS: 60 });

  expect(await hold()).toMatchObject({ step: 'decide', offers: ['retry', 'roll_back', 'stop'] });
  expect((await hold()).reason).toContain('too late today');
  expect(product.version).toBe('1.0');
  await engine.upgrades.retry(OLU, id, { hold: 1, how: 'retry', from: null }, delivery());
  await playOn(engine, id);
  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'finished', outcome: 'succeeded' });
});

test('a gate of two has been waiting since it was asked, not since the first go', async () => {
  const { engine, id, world } = await begin(
    RUNBOOK.replace('      say: Really?\n', '      say: Really?\n      need: { count: 2 }\n'),
  );
  const waiting = async () => {
    const phase = await phaseOf(engine, id);
    return phase.kind === 'running' && phase.waitingFor?.kind === 'gate' ? phase.waitingFor : null;
  };
  await playOn(engine, id, async () => (await waiting()) !== null);
  const asked = (await waiting())?.since;
  world.now += 600_000;
  await engine.upgrades.answerGate(AMIR, id, { step: 'decide', go: true, note: '' }, delivery());
  expect(await waiting()).toMatchObject({ since: asked, go: [AMIR] });
});
