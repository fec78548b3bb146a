import { describe, expect, test } from 'vitest';
import { type Answer, decide, placeStates, type Question, unfillable } from '../../src/core/approval.ts';
import type { Decision, Profile } from '../../src/core/model.ts';
import type { OpenPlace } from '../../src/core/seating.ts';
import { amir, bea, rosa, T0, window } from '../support/builders.ts';

const DIGEST = 'a'.repeat(64);
const ops: OpenPlace = {
  place: { id: 'ops', title: 'ops leads', need: 1, from: ['U0AMIR', 'U0OLU'] },
  members: ['U0AMIR', 'U0OLU'],
};
const owners: OpenPlace = {
  place: { id: 'owners', title: 'data owners', need: 1, from: ['S0OWNERS'] },
  members: ['U0BEA'],
};

function question(more: Partial<Question> = {}, decisions: readonly Decision[] = []): Question {
  return {
    phase: { kind: 'awaiting-approval', approveBy: T0 + 3_600_000, decisions },
    requester: rosa,
    planDigest: DIGEST,
    evidenceDigest: 'e'.repeat(64),
    window,
    acknowledgements: ['no_users'],
    places: [ops, owners],
    ...more,
  };
}

const profile = (user: string, refusedAs: Profile['refusedAs'] = null): Profile => ({
  team: 'T0CUTOVER',
  user,
  name: user,
  zone: 'UTC',
  refusedAs,
});
const yes: Answer = { kind: 'approve', digest: DIGEST, acknowledged: ['no_users'] };

function approved(user: string, place: string): Decision {
  return {
    by: { team: 'T0CUTOVER', user },
    kind: 'approve',
    place,
    planDigest: DIGEST,
    evidenceDigest: '',
    window,
    acknowledged: [],
    reason: null,
    at: T0,
  };
}

describe('a yes', () => {
  test('fills the place that the person belongs to, and the second one completes', () => {
    const first = decide(question(), profile('U0AMIR'), yes, T0);
    expect(first).toMatchObject({
      ok: true,
      value: { standing: 'open', decision: { place: 'ops', planDigest: DIGEST } },
    });
    if (!first.ok) throw new Error('refused');

    const second = decide(question({}, [first.value.decision]), profile('U0BEA'), yes, T0);
    expect(second).toMatchObject({
      ok: true,
      value: { standing: 'complete', decision: { place: 'owners' } },
    });
  });

  test('takes the scarcest place, so that nobody blocks a seat that only they can fill', () => {
    const both = { ...owners, members: ['U0AMIR'] };

    expect(decide(question({ places: [ops, both] }), profile('U0AMIR'), yes, T0)).toMatchObject({
      value: { decision: { place: 'owners' } },
    });
  });
});

test.each([
  ['the requester', profile('U0ROSA'), yes, T0, 'requester-excluded'],
  ['somebody in no place', profile('U0XAV'), yes, T0, 'not-an-approver'],
  ['a guest', profile('U0AMIR', 'guest'), yes, T0, 'guest'],
  ['a deactivated person', profile('U0AMIR', 'deactivated'), yes, T0, 'deactivated'],
  ['an answer to an earlier plan', profile('U0AMIR'), { ...yes, digest: 'b'.repeat(64) }, T0, 'old-plan'],
  ['an answer after the time to approve', profile('U0AMIR'), yes, T0 + 3_600_000, 'approve-by-passed'],
  [
    'an approval with an unticked statement',
    profile('U0AMIR'),
    { ...yes, acknowledged: [] },
    T0,
    'acknowledgements-missing',
  ],
  [
    'a no without a reason',
    profile('U0AMIR'),
    { kind: 'decline', digest: DIGEST, reason: '  ' },
    T0,
    'reason-needed',
  ],
] as const)('%s is refused, with the rule', (_who, by, answer, now, rule) => {
  expect(decide(question(), by, answer as Answer, now)).toMatchObject({ ok: false, refusal: { rule } });
});

test('a no that comes too late is told in words where the upgrade is', () => {
  const phase = { kind: 'finished', outcome: 'rolled-back', at: T0, by: null } as const;
  const no: Answer = { kind: 'decline', digest: DIGEST, reason: 'too early' };
  expect(decide({ ...question(), phase }, profile('U0AMIR'), no, T0)).toMatchObject({
    refusal: { say: 'Nothing to decline: this upgrade is over (it was rolled back).' },
  });
});

test('one person fills one place, also when they belong to two', () => {
  const both = { ...owners, members: ['U0AMIR', 'U0BEA'] };

  const again = decide(
    question({ places: [ops, both] }, [approved('U0AMIR', 'ops')]),
    profile('U0AMIR'),
    yes,
    T0,
  );
  expect(again).toMatchObject({ ok: false, refusal: { rule: 'already-approved' } });
});

test('a filled place refuses one more', () => {
  expect(decide(question({}, [approved('U0OLU', 'ops')]), profile('U0AMIR'), yes, T0)).toMatchObject({
    ok: false,
    refusal: { rule: 'place-filled' },
  });
});

test('one no with a reason declines', () => {
  const no: Answer = { kind: 'decline', digest: DIGEST, reason: 'Quarter end.' };

  expect(decide(question({}, [approved('U0AMIR', 'ops')]), profile('U0BEA'), no, T0)).toMatchObject({
    value: { standing: 'declined', decision: { reason: 'Quarter end.' } },
  });
});

test('until the start a no counts also after an own yes, and when every place is filled', () => {
  const no: Answer = { kind: 'decline', digest: DIGEST, reason: 'The disk is failing.' };
  const decisions = [approved('U0AMIR', 'ops'), approved('U0BEA', 'owners')];
  const scheduled: Question['phase'] = {
    kind: 'scheduled',
    startBy: T0 + 1,
    decisions,
    go: null,
    opened: false,
  };

  for (const asked of [question({}, [approved('U0AMIR', 'ops')]), question({ phase: scheduled })])
    expect(decide(asked, profile('U0AMIR'), no, T0)).toMatchObject({
      ok: true,
      value: { standing: 'declined', decision: { by: amir, reason: 'The disk is failing.' } },
    });
  // Who is in a place may say no, also when somebody else filled it.
  expect(decide(question({ phase: scheduled }), profile('U0OLU'), no, T0).ok).toBe(true);
});

test.each([
  ['the requester', 'U0ROSA', DIGEST, 'requester-excluded'],
  ['somebody in no place', 'U0XAV', DIGEST, 'not-an-approver'],
  ['an answer to an earlier plan', 'U0AMIR', 'b'.repeat(64), 'old-plan'],
])('a no of %s is refused, also when it is scheduled', (_who, user, digest, rule) => {
  const phase: Question['phase'] = {
    kind: 'scheduled',
    startBy: T0 + 1,
    decisions: [],
    go: null,
    opened: true,
  };
  const no: Answer = { kind: 'decline', digest, reason: 'No.' };

  expect(decide(question({ phase }), profile(user), no, T0)).toMatchObject({ ok: false, refusal: { rule } });
});

test.each(['running', 'held', 'rolling-back', 'finished', 'declined'])(
  'nothing can be declined when it is %s',
  (kind) => {
    const phase = { kind } as unknown as Question['phase'];
    const no: Answer = { kind: 'decline', digest: DIGEST, reason: 'No.' };

    expect(decide(question({ phase }), profile('U0AMIR'), no, T0)).toMatchObject({
      ok: false,
      refusal: { rule: 'approval-closed' },
    });
  },
);

test.each(['scheduled', 'running', 'finished'])('nothing can be approved when it is %s', (kind) => {
  const phase = { kind } as unknown as Question['phase'];

  expect(decide(question({ phase }), profile('U0AMIR'), yes, T0)).toMatchObject({
    ok: false,
    refusal: { rule: 'approval-closed' },
  });
});

test('places that only the requester could fill are named before anybody waits', () => {
  const mine: OpenPlace = {
    place: { id: 'mine', title: 'team leads', need: 1, from: ['U0ROSA'] },
    members: ['U0ROSA'],
  };

  expect(unfillable([ops, mine], rosa)).toEqual(['team leads needs 1, and 0 can answer now']);
});

test('places that look well one by one and share one person are named together', () => {
  const one: OpenPlace = { ...ops, members: ['U0BEA', 'U0ROSA'] };

  expect(unfillable([one, owners], rosa)).toEqual([
    'ops leads and data owners need 2 different people together, and 1 can answer now',
  ]);
  expect(unfillable([{ ...one, members: ['U0BEA', 'U0AMIR'] }, owners], rosa)).toEqual([]);
});

test('a yes takes the place that leaves people for the others', () => {
  const at = (id: string, ...members: string[]): OpenPlace => ({
    place: { id, title: id, need: 1, from: members },
    members,
  });
  const places = [at('a', 'P1', 'P2'), at('b', 'P1', 'P3'), at('c', 'P3')];

  // Both of its places have as many people; in a, nobody would be left for b once P3 sits in c.
  expect(decide(question({ places }), profile('P1'), yes, T0)).toMatchObject({
    value: { decision: { place: 'b' } },
  });
  expect(decide(question({ places }, [approved('P1', 'b')]), profile('P3'), yes, T0)).toMatchObject({
    value: { decision: { place: 'c' } },
  });
});

test('place states show who filled what', () => {
  const states = placeStates([ops.place, owners.place], [approved('U0AMIR', 'ops')]);

  expect(states.map(({ filledBy }) => filledBy)).toEqual([[amir], []]);
  expect(bea.user).toBe('U0BEA');
});
