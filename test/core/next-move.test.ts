import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Move, nextMove } from '../../src/core/next-move.ts';
import type { PlannedStep } from '../../src/core/plan.ts';
import type { RunEvent } from '../../src/core/run.ts';
import { progress } from '../../src/core/step-fold.ts';
import { amir, bea, gate, planBody, step, T0, verify, window } from '../support/builders.ts';

const undo = {
  id: 'undo',
  title: 'Undo it',
  command: { host: 'm1', run: ['undo'], sudo: false, secrets: [] },
  verify: [verify()],
  expectedS: 10,
  timeoutS: 60,
};

function move(
  steps: readonly PlannedStep[],
  events: readonly RunEvent[],
  now = T0 + 1000,
  onClose: 'finish' | 'pause-before-next-step' = 'finish',
): Move {
  return nextMove({
    upgrade: 'U-1' as never,
    revision: 1,
    plan: planBody(steps),
    events,
    window,
    onClose,
    now,
  });
}

const exited = { kind: 'exited', code: 0 } as const;

/** What a faultless world records for a move; the executor's part, without hosts. */
function outcomeOf(current: Move, at: number): RunEvent {
  switch (current.kind) {
    case 'begin':
      return {
        kind: 'apply-started',
        at,
        step: current.step.id,
        attempt: current.attempt,
        undo: false,
        boots: {},
      };
    case 'drive':
      return {
        kind: 'apply-ended',
        at,
        step: current.step.id,
        attempt: current.attempt,
        undo: false,
        outcome: exited,
        ok: true,
        captured: {},
        why: null,
      };
    case 'look':
      return { kind: 'verified', at, step: current.step.id, attempt: current.attempt, index: current.index };
    case 'ask':
      return current.step.action.kind === 'gate'
        ? { kind: 'gate-opened', at, step: current.step.id, attempt: current.attempt }
        : { kind: 'manual-asked', at, step: current.step.id, attempt: current.attempt };
    default:
      throw new Error(`no outcome for ${current.kind}`);
  }
}

function playToEnd(steps: readonly PlannedStep[], from: readonly RunEvent[] = []): RunEvent[] {
  const events = [...from];
  for (let at = T0; events.length < 200; at += 1000) {
    const current = move(steps, events, at);
    if (current.kind === 'finish') return events;
    if (current.kind === 'wait') {
      const asked = events.findLast((event) => event.kind === 'gate-opened' || event.kind === 'manual-asked');
      if (asked === undefined || !('attempt' in asked)) throw new Error('waits for nobody');
      const by = events.filter(({ kind }) => kind === 'gate-answered').length % 2 === 0 ? amir : bea;
      events.push({
        kind: 'gate-answered',
        at,
        step: asked.step,
        attempt: asked.attempt ?? '',
        by,
        go: true,
        note: '',
      });
    } else events.push(outcomeOf(current, at));
  }
  throw new Error('the run does not end');
}

describe('a run without faults', () => {
  const steps = [
    step('a'),
    gate('go', 2),
    step('b', { verify: [verify(), verify()] }),
    step('c', { verify: [] }),
  ];

  test('applies each step once, in order, and finishes', () => {
    const events = playToEnd(steps);

    const applied = events
      .filter(({ kind }) => kind === 'apply-started')
      .map((event) => 'step' in event && event.step);
    expect(applied).toEqual(['a', 'b', 'c']);
    expect(progress(planBody(steps), events).map(({ state }) => state)).toEqual([
      'succeeded',
      'succeeded',
      'succeeded',
      'succeeded',
    ]);
  });

  test('resumed from every prefix of its journal, no step is applied twice and the journal becomes the same', () => {
    const whole = playToEnd(steps);

    for (let kept = 0; kept <= whole.length; kept++) {
      const resumed = playToEnd(steps, whole.slice(0, kept));
      const attempts = resumed
        .filter(({ kind }) => kind === 'apply-started')
        .map((event) => 'attempt' in event && event.attempt);
      expect(new Set(attempts).size, `cut after ${kept} events`).toBe(attempts.length);
      expect(resumed.map(({ kind }) => kind)).toEqual(whole.map(({ kind }) => kind));
    }
  });

  test('a gate for two needs two answers', () => {
    const opened: RunEvent = { kind: 'gate-opened', at: T0, step: 'go', attempt: 'g1' };
    const one: RunEvent = {
      kind: 'gate-answered',
      at: T0,
      step: 'go',
      attempt: 'g1',
      by: amir,
      go: true,
      note: '',
    };

    expect(move([gate('go', 2)], [opened, one]).kind).toBe('wait');
    expect(move([gate('go', 2)], [opened, one, { ...one, by: bea }]).kind).toBe('finish');
  });

  test('a no at a gate holds, and may be asked again', () => {
    const opened: RunEvent = { kind: 'gate-opened', at: T0, step: 'go', attempt: 'g1' };
    const no: RunEvent = {
      kind: 'gate-answered',
      at: T0,
      step: 'go',
      attempt: 'g1',
      by: amir,
      go: false,
      note: 'users are on',
    };

    const held = move([gate('go')], [opened, no]);
    expect(held).toMatchObject({ kind: 'hold', reason: 'no-go: users are on' });
    const again = move(
      [gate('go')],
      [opened, no, { kind: 'retried', at: T0, step: 'go', by: amir, how: 'as_is' }],
    );
    expect(again).toMatchObject({ kind: 'ask', attempt: 'U-1.01.go.2' });
  });
});

describe('a failed step', () => {
  const started: RunEvent = {
    kind: 'apply-started',
    at: T0,
    step: 'a',
    attempt: 'U-1.01.a.1',
    undo: false,
    boots: {},
  };
  const failed: RunEvent = {
    kind: 'apply-ended',
    at: T0,
    step: 'a',
    attempt: 'U-1.01.a.1',
    undo: false,
    outcome: { kind: 'exited', code: 1 },
    ok: false,
    captured: {},
    why: 'exit code 1',
  };

  test('that may not be retried holds', () => {
    expect(move([step('a')], [started, failed])).toMatchObject({
      kind: 'hold',
      reason: 'exit code 1',
    });
  });

  test('with `retry: as_is` makes a new attempt with a new id', () => {
    const again: RunEvent = { kind: 'retried', at: T0, step: 'a', by: amir, how: 'as_is' };

    expect(move([step('a', { retry: 'as_is' })], [started, failed, again])).toMatchObject({
      kind: 'begin',
      attempt: 'U-1.01.a.2',
    });
  });

  test('with `retry: undo_first` looks whether there is anything to undo, undoes, looks again, and only then applies', () => {
    const one = step('a', { retry: 'undo_first', reversal: { kind: 'undo', undo } });
    const events: RunEvent[] = [
      started,
      failed,
      { kind: 'retried', at: T0, step: 'a', by: amir, how: 'undo_first' },
    ];

    expect(move([one], events)).toMatchObject({
      kind: 'look-undone',
      applied: false,
      attempt: 'U-1.01.a.undo1',
    });
    events.push({
      kind: 'apply-started',
      at: T0,
      step: 'a',
      attempt: 'U-1.01.a.undo1',
      undo: true,
      boots: {},
    });
    expect(move([one], events)).toMatchObject({ kind: 'drive-undo', attempt: 'U-1.01.a.undo1' });
    events.push({ ...failed, attempt: 'U-1.01.a.undo1', undo: true, ok: true, outcome: exited, why: null });
    expect(move([one], events)).toMatchObject({ kind: 'look-undone', applied: true });
    events.push({ kind: 'verified', at: T0, step: 'a', attempt: 'U-1.01.a.undo1', index: 0 });
    expect(move([one], events)).toMatchObject({ kind: 'begin', attempt: 'U-1.01.a.2' });
  });

  test('whose undo fails holds and does not apply again', () => {
    const one = step('a', { retry: 'undo_first', reversal: { kind: 'undo', undo } });
    const events: RunEvent[] = [
      started,
      failed,
      { kind: 'retried', at: T0, step: 'a', by: amir, how: 'undo_first' },
      { kind: 'apply-started', at: T0, step: 'a', attempt: 'U-1.01.a.undo1', undo: true, boots: {} },
      { ...failed, attempt: 'U-1.01.a.undo1', undo: true },
    ];

    expect(move([one], events)).toMatchObject({ kind: 'hold' });
  });

  test('in its verify may be looked at again without applying again', () => {
    const ok: RunEvent = { ...failed, ok: true, outcome: exited, why: null };
    const late: RunEvent = {
      kind: 'verify-failed',
      at: T0 + 5,
      step: 'a',
      attempt: 'U-1.01.a.1',
      index: 0,
      why: 'not in place',
    };

    expect(move([step('a')], [started, ok, late])).toMatchObject({
      kind: 'hold',
    });
    const again: RunEvent = { kind: 'retried', at: T0 + 9, step: 'a', by: amir, how: 'look_again' };
    expect(move([step('a')], [started, ok, late, again])).toMatchObject({
      kind: 'look',
      since: T0 + 9,
      index: 0,
    });
  });

  test('on a host that was away is followed again, never started again', () => {
    const again: RunEvent = { kind: 'retried', at: T0 + 9, step: 'a', by: amir, how: 'look_again' };

    expect(move([step('a')], [started, again])).toMatchObject({
      kind: 'drive',
      attempt: 'U-1.01.a.1',
      since: T0 + 9,
    });
  });
});

describe('the window', () => {
  const last = window.closesAt - 30_000;

  test('closing does not stop a run that was approved to finish', () => {
    expect(move([step('a')], [], last).kind).toBe('begin');
  });

  test('holds before a step that cannot finish inside it, when that was approved', () => {
    expect(move([step('a')], [], last, 'pause-before-next-step')).toMatchObject({
      kind: 'hold',
    });
  });

  test('never interrupts a step that runs', () => {
    const started: RunEvent = {
      kind: 'apply-started',
      at: T0,
      step: 'a',
      attempt: 'x',
      undo: false,
      boots: {},
    };

    expect(move([step('a')], [started], window.closesAt + 1, 'pause-before-next-step').kind).toBe('drive');
  });
});

test('a step that reboots a host by itself is verified by a new boot id first', () => {
  const base = step('a');
  if (base.action.kind !== 'run') throw new Error('a run step');
  const one = { ...base, action: { ...base.action, reboots: ['m1'] } };
  const started: RunEvent = {
    kind: 'apply-started',
    at: T0,
    step: 'a',
    attempt: 'x',
    undo: false,
    boots: { m1: 'boot-1' },
  };
  const ok: RunEvent = {
    kind: 'apply-ended',
    at: T0,
    step: 'a',
    attempt: 'x',
    undo: false,
    outcome: exited,
    ok: true,
    captured: {},
    why: null,
  };

  expect(move([one], [started, ok])).toMatchObject({
    kind: 'look',
    verify: { rebooted: 'm1', command: null },
    boots: { m1: 'boot-1' },
  });
});

test('whatever was recorded, a step that was started and not ended is never begun again', () => {
  const noise = fc.constantFrom<RunEvent['kind']>('held', 'run-started');
  fc.assert(
    fc.property(fc.array(noise, { maxLength: 6 }), (kinds) => {
      const events: RunEvent[] = [
        { kind: 'apply-started', at: T0, step: 'a', attempt: 'x', undo: false, boots: {} },
        ...kinds.map(
          (kind): RunEvent =>
            kind === 'held'
              ? { kind, at: T0, step: 'a', attempt: 'x', number: 1, reason: '' }
              : { kind: 'run-started', at: T0, by: null },
        ),
      ];
      expect(move([step('a', { retry: 'as_is' })], events).kind).toBe('drive');
    }),
  );
});
