import { describe, expect, test } from 'vitest';
import type { ChannelState } from '../../src/core/channel.ts';
import { createEngine, newStore, newWorld, person, target } from '../support/engine.ts';
import {
  AMIR,
  approveAll,
  delivery,
  OLU,
  phaseOf,
  playOn,
  ROSA,
  request as requested,
} from '../support/play.ts';
import { createProduct } from '../support/product.ts';
import { RUNBOOK } from './runbook.ts';

/** A syntax error, and a name that nobody declared: each with where the check finds it. */
const BROKEN = [
  [
    'a syntax error',
    RUNBOOK.replace('title: Test product', 'title: "Test product'),
    /runbooks\/test\.yaml:\d+:\d+: /,
  ],
  [
    'an unknown name',
    RUNBOOK.replace('expect: fact.version < input.to', 'expect: fact.versoin < input.to'),
    /runbooks\/test\.yaml:20:13: .*versoin/,
  ],
] as const;
const UNKNOWN_NAME = BROKEN[1][1];

async function begin(runbook = RUNBOOK) {
  const world = newWorld(runbook);
  const product = createProduct(world);
  const store = await newStore(world);
  const engine = createEngine(world, store, product.hosts);
  const input = {
    target: 'staging',
    flow: 'in_place',
    inputs: { to: '2.0' },
    opensAt: world.now + 600_000,
    lengthMin: 120,
    onClose: 'finish',
    reason: 'end of support',
    channel: 'C0UPGRADES',
  } as const;
  const said = () => world.messages.map(({ text }) => text).join('\n');
  return { world, product, store, engine, input, said };
}

describe.each(BROKEN)('a runbook with %s', (_, text, where) => {
  test('refuses form, plan and request with file, line and column, and nothing is stored', async () => {
    const { engine, store, product, input, world } = await begin(text);
    const broken = {
      ok: false,
      refusal: { rule: 'runbook-broken', say: expect.stringMatching(where) },
    };
    const plan = { target: 'staging', flow: undefined, inputs: {} };

    expect(await engine.upgrades.form(ROSA, 'staging')).toMatchObject(broken);
    const form = await engine.upgrades.form(ROSA, undefined);
    expect(form).toMatchObject(broken);
    expect(!form.ok && form.refusal.say).toContain('Tell whoever runs the bot.');
    const looked = () => Promise.reject(new Error('said that it looks'));
    expect(await engine.upgrades.preview(ROSA, plan, looked)).toMatchObject(broken);
    expect(await engine.upgrades.request(ROSA, input, delivery())).toMatchObject({
      ok: false,
      errors: { target: expect.stringMatching(where) },
    });
    expect(await store.recentUpgrades(9)).toEqual([]);
    expect(world.messages).toEqual([]);
    expect(product.hosts.started).toEqual([]);
  });
});

test('somebody who may not ask is told that, and nothing of the runbook', async () => {
  const { engine } = await begin(UNKNOWN_NAME);
  expect(await engine.upgrades.form(AMIR, 'staging')).toMatchObject({
    ok: false,
    refusal: { rule: 'not-a-requester' },
  });
});

test('a runbook that breaks between the request and the plan blocks the upgrade with its place', async () => {
  const { engine, world } = await begin();
  const id = await requested(world, engine);
  world.runbook = UNKNOWN_NAME;
  await engine.run({ horizonS: 60 });

  const phase = await phaseOf(engine, id);
  expect(phase.kind === 'blocked' && phase.findings).toMatchObject([
    { say: expect.stringMatching(BROKEN[1][2]), do: 'Once it is mended, ask again.' },
  ]);
});

test('a runbook that breaks after the approval keeps the approvals, gives the go back, and starts when it is mended', async () => {
  const { engine, world, said } = await begin();
  const id = await requested(world, engine);
  await engine.run({ horizonS: 60 });
  await approveAll(engine, id);
  await engine.run({ horizonS: 3600, stop: async () => said().includes('The window is open') });
  world.runbook = UNKNOWN_NAME;

  expect((await engine.upgrades.go(ROSA, id, delivery())).ok).toBe(true);
  await engine.run({ horizonS: 5 });

  expect(said()).toMatch(
    /Not started, nothing was changed[\s\S]*runbooks\/test\.yaml:20:13[\s\S]*Once it is mended, press “Start now” again/,
  );
  const phase = await phaseOf(engine, id);
  expect(phase).toMatchObject({ kind: 'scheduled', go: null });
  expect(phase.kind === 'scheduled' && phase.decisions).toHaveLength(2);
  world.runbook = RUNBOOK;
  await engine.upgrades.go(ROSA, id, delivery());
  await engine.run({ horizonS: 5 });
  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'running' });
});

test('a run that was started goes on to its end when its runbook breaks', async () => {
  const { engine, world, product } = await begin();
  const id = await requested(world, engine);
  await playOn(engine, id, async () => {
    if (product.hosts.started.length > 0) world.runbook = UNKNOWN_NAME;
    return false;
  });
  expect(world.runbook).toBe(UNKNOWN_NAME);
  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'finished', outcome: 'succeeded' });
});

test('a retry after a long hold goes on without the runbook, and it is said that facts were not compared', async () => {
  const { engine, world, product, said } = await begin();
  const id = await requested(world, engine);
  product.backupStates.splice(0, 2, 'broken');
  await playOn(engine, id);
  world.runbook = UNKNOWN_NAME;
  world.now += 24 * 3_600_000;
  product.backupStates.splice(0, 1, 'done');

  product.hosts.away.add('box');
  const away = await engine.upgrades.retry(OLU, id, { hold: 1, how: 'retry', from: null }, delivery());
  expect(away).toMatchObject({ ok: false, refusal: { rule: 'host-unusable' } });
  product.hosts.away.clear();
  const retried = await engine.upgrades.retry(OLU, id, { hold: 1, how: 'retry', from: null }, delivery());

  expect(retried.ok).toBe(true);
  expect(said()).toMatch(
    /looked at again\.\nTheir facts could not be compared\. .*runbooks\/test\.yaml:20:13/,
  );
});

test('a hold past the point of no return says why no way forward is offered when the runbook is broken', async () => {
  const { engine, world, product, said } = await begin();
  const id = await requested(world, engine);
  product.intercept = (text) => {
    if (!text.startsWith('install-product')) return undefined;
    world.runbook = UNKNOWN_NAME;
    return { code: 1 };
  };
  await playOn(engine, id);

  expect(await phaseOf(engine, id)).toMatchObject({ kind: 'held', hold: { forward: [] } });
  expect(said()).toMatch(/Ways forward cannot be offered at this hold\. .*runbooks\/test\.yaml:20:13/);
});

describe('the start form without a target', () => {
  const production = target({ name: 'production', title: 'Production', requesters: ['U0OLU'] });

  test('is of the first target that the person may ask for, and lists no other', async () => {
    const { engine, world } = await begin();
    world.others.push(production);
    const form = await engine.upgrades.form(OLU, undefined);
    expect(form.ok && form.value.target.name).toBe('production');
    expect(form.ok && form.value.targets).toEqual([{ name: 'production', title: 'Production' }]);
  });

  test('passes by a target whose runbook is broken', async () => {
    const { engine, world } = await begin(UNKNOWN_NAME);
    world.others.push(target({ name: 'lab', title: 'Lab', runbook: 'other' }));
    world.runbooks.set('other', RUNBOOK.replace('runbook: test', 'runbook: other'));
    const form = await engine.upgrades.form(ROSA, undefined);
    expect(form.ok && form.value.target.name).toBe('lab');
    expect(form.ok && form.value.targets.map(({ name }) => name)).toEqual(['staging', 'lab']);
  });

  test('is refused with a clear word when there is none, and it is noted once', async () => {
    const { engine, world, store } = await begin();
    world.others.push(production);
    const form = await engine.upgrades.form(person('U0ZOE'), undefined);
    expect(form).toMatchObject({ ok: false, refusal: { rule: 'no-target-to-ask-for' } });
    expect(!form.ok && form.refusal.say).toContain('There is no target that you may ask for.');
    expect(await store.auditAfter(0, 9)).toMatchObject([
      { kind: 'refused', data: { rule: 'no-target-to-ask-for' } },
    ]);
  });
});

test.each<[ChannelState, RegExp]>([
  ['not-member', /the bot is not in it\. Mend: type there: \/invite @Cutover\./],
  ['unknown', /there is no such channel, or it is private.*correct the id in targets\.yaml/],
  ['archived', /it is archived\. Mend: take it out of the archive/],
])('a channel that is %s is refused in the form with its own mend', async (state, words) => {
  const { engine, world, input } = await begin();
  world.channel = state;
  const asked = await engine.upgrades.request(ROSA, input, delivery());
  expect(asked).toMatchObject({ ok: false, errors: { target: expect.stringMatching(words) } });
});
