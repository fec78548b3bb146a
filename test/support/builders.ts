/** Small plans and upgrades for tests of pure rules. */
import { type ChangeWindow, type Upgrade, UpgradeId } from '../../src/core/model.ts';
import type { LateExpr, PlanBody, PlannedStep, PlannedVerify } from '../../src/core/plan.ts';

const always: LateExpr = { cel: 'true', with: {}, shown: 'true' };

export function verify(more: Partial<PlannedVerify> = {}): PlannedVerify {
  return {
    command: { host: 'm1', run: ['true'], sudo: false, secrets: [] },
    expect: always,
    fail: null,
    stable: 1,
    afterS: 0,
    everyS: 10,
    withinS: 600,
    rebooted: null,
    ...more,
  };
}

export function step(id: string, more: Partial<PlannedStep> = {}): PlannedStep {
  return {
    id,
    refs: [],
    title: `Step ${id}`,
    action: {
      kind: 'run',
      command: { host: 'm1', run: [`do ${id}`], sudo: false, secrets: [] },
      okWhen: always,
      capture: [],
      secretInArguments: null,
      reboots: [],
    },
    verify: [verify()],
    reversal: { kind: 'no_undo_needed', reason: 'test' },
    retry: 'never',
    critical: false,
    expectedS: 60,
    timeoutS: 600,
    silenceS: null,
    hints: [],
    ...more,
  };
}

export function gate(id: string, count = 1): PlannedStep {
  return step(id, {
    action: { kind: 'gate', say: ['Go on?'], evidence: [], need: { from: null, count } },
    verify: [],
    reversal: { kind: 'unchanging' },
  });
}

export function planBody(steps: readonly PlannedStep[]): PlanBody {
  return {
    language: 1,
    runbook: { id: 'test', title: 'Test', digest: 'd'.repeat(64) },
    flow: { id: 'in_place', title: 'In place' },
    target: { name: 'staging', rehearsal: false },
    inputs: {},
    hosts: {},
    roles: {},
    acknowledgements: [],
    steps,
    pointOfNoReturn: null,
    expectedS: steps.length * 60,
    rollbackReserveS: 0,
    freshnessS: 4 * 3600,
  };
}

/** 2026-11-27T21:00:00Z, a Friday. */
export const T0 = 1_795_813_200_000;

export const window: ChangeWindow = { opensAt: T0, closesAt: T0 + 4 * 3_600_000, zone: 'Europe/Berlin' };

export const rosa = { team: 'T0CUTOVER', user: 'U0ROSA' };
export const amir = { team: 'T0CUTOVER', user: 'U0AMIR' };
export const bea = { team: 'T0CUTOVER', user: 'U0BEA' };

export function upgrade(more: Partial<Upgrade> = {}): Upgrade {
  return {
    id: UpgradeId.parse('U-1'),
    version: 0,
    target: 'staging',
    runbook: 'test',
    flow: 'in_place',
    inputs: {},
    requester: rosa,
    reason: 'end of support',
    channel: 'C0UPGRADES',
    createdAt: T0,
    window,
    onClose: 'finish',
    rehearsal: false,
    planRevision: 0,
    plansMade: 0,
    planDigest: null,
    hostKeys: ['ssh-ed25519 AAAA1'],
    midway: null,
    phase: { kind: 'preparing', since: T0 },
    ...more,
  };
}
