import { expect, test } from 'vitest';
import { holdOffers, neededLater } from '../../src/core/hold-offers.ts';
import type { PlannedStep } from '../../src/core/plan.ts';
import type { RunEvent } from '../../src/core/run.ts';
import { amir, gate, planBody, step, T0, verify } from '../support/builders.ts';

const undo = {
  id: 'undo',
  title: 'Undo it',
  command: { host: 'm1', run: ['undo'], sudo: false, secrets: [] },
  verify: [verify()],
  expectedS: 10,
  timeoutS: 60,
};
const undoable = (id: string, more: Partial<PlannedStep> = {}) =>
  step(id, { reversal: { kind: 'undo', undo }, ...more });
const noReturn = (id: string) => step(id, { reversal: { kind: 'no_return' } });

function started(id: string): RunEvent {
  return { kind: 'apply-started', at: T0, step: id, attempt: `${id}.1`, undo: false, boots: {} };
}
function ended(id: string, ok: boolean, captured = {}): RunEvent {
  const outcome = { kind: 'exited', code: ok ? 0 : 1 } as const;
  return {
    kind: 'apply-ended',
    at: T0,
    step: id,
    attempt: `${id}.1`,
    undo: false,
    outcome,
    ok,
    captured,
    why: ok ? null : 'it failed',
  };
}
const verified = (id: string): RunEvent => ({
  kind: 'verified',
  at: T0,
  step: id,
  attempt: `${id}.1`,
  index: 0,
});
const done = (id: string) => [started(id), ended(id, true), verified(id)];
const failed = (id: string) => [started(id), ended(id, false)];

test('before the point of no return a run with something to undo may be rolled back', () => {
  const plan = planBody([undoable('a'), step('b'), noReturn('c')]);

  expect(holdOffers(plan, [...done('a'), ...failed('b')], 'b')).toMatchObject({
    offers: ['done_by_hand', 'skip', 'roll_back', 'stop'],
    pastNoReturn: false,
  });
});

test('once the step without return was tried there is no roll back, whether it ended well or not', () => {
  const plan = planBody([undoable('a'), noReturn('b'), step('c')]);

  for (const events of [
    [...done('a'), ...failed('b')],
    [...done('a'), ...done('b'), ...failed('c')],
  ]) {
    const { offers, pastNoReturn } = holdOffers(plan, events, events === undefined ? 'b' : 'c');
    expect(offers).not.toContain('roll_back');
    expect(pastNoReturn).toBe(true);
  }
});

test('a step of which nobody knows whether it runs may only be looked at', () => {
  const plan = planBody([undoable('a', { retry: 'as_is' })]);

  expect(holdOffers(plan, [started('a')], 'a')).toEqual({
    offers: ['look_again', 'stop'],
    retryFrom: [],
    pastNoReturn: false,
  });
});

test('neither a gate nor the step without return can be skipped or taken as done without its verify', () => {
  const asked: RunEvent = { kind: 'gate-opened', at: T0, step: 'g', attempt: 'g.1' };
  const no: RunEvent = {
    kind: 'gate-answered',
    at: T0,
    step: 'g',
    attempt: 'g.1',
    by: amir,
    go: false,
    note: 'no',
  };

  expect(holdOffers(planBody([gate('g')]), [asked, no], 'g').offers).toEqual(['retry', 'stop']);
  expect(holdOffers(planBody([noReturn('b')]), failed('b'), 'b').offers).toEqual(['done_by_hand', 'stop']);
});

test('a step whose captured value is needed later cannot be skipped, nor taken as done while the value is missing', () => {
  const late = { cel: 'captured.a.id', with: {}, shown: '‹id of a›' };
  const user = step('b', {
    action: {
      kind: 'run',
      command: { host: 'm1', run: ['use ', late], sudo: false, secrets: [] },
      okWhen: late,
      capture: [],
      secretInArguments: null,
      reboots: [],
    },
  });
  const plan = planBody([step('a'), user]);

  expect(neededLater(plan, 'a')).toBe(true);
  expect(neededLater(plan, 'b')).toBe(false);
  expect(holdOffers(plan, failed('a'), 'a').offers).toEqual(['stop']);
  const verifyFailed: RunEvent = {
    kind: 'verify-failed',
    at: T0,
    step: 'a',
    attempt: 'a.1',
    index: 0,
    why: 'not there',
  };
  const captured = [started('a'), ended('a', true, { id: 7 }), verifyFailed];
  expect(holdOffers(plan, captured, 'a').offers).toEqual(['look_again', 'done_by_hand', 'stop']);
});

test('a value that a block takes by its local name counts as needed', () => {
  const late = { cel: 'captured.a.id', with: { 'captured.a': 'block.a' }, shown: '‹id of a›' };
  const user = step('block.b', { action: { kind: 'manual', say: [late] } });

  expect(neededLater(planBody([step('block.a'), user]), 'block.a')).toBe(true);
});

test('it may be tried again from an earlier step as far back as every step in between is safe to repeat', () => {
  const plan = planBody([
    step('a'),
    step('b', { retry: 'as_is' }),
    step('c', { reversal: { kind: 'unchanging' } }),
    step('d', { retry: 'as_is' }),
  ]);
  const events = [...done('a'), ...done('b'), ...done('c'), ...failed('d')];

  expect(holdOffers(plan, events, 'd').retryFrom).toEqual(['c', 'b']);
  const never = planBody([step('b', { retry: 'as_is' }), step('d')]);
  expect(holdOffers(never, [...done('b'), ...failed('d')], 'd').retryFrom).toEqual([]);
});
