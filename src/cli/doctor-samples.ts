/** Messages as the bot would send them, of an upgrade that does not exist: for Slack to judge their layout. */
import { type ChangeWindow, type Upgrade, UpgradeId } from '../core/model.ts';
import type { LateExpr, Plan, PlannedStep } from '../core/plan.ts';
import type { StepProgress } from '../core/run.ts';
import type { UpgradeView } from '../core/view.ts';
import { upgradeCard } from '../messages/card.ts';
import { planReply } from '../messages/plan-message.ts';

/** 2026-11-27T21:00:00Z: a layout does not depend on when. */
const AT = 1_795_813_200_000;
const WINDOW: ChangeWindow = { opensAt: AT, closesAt: AT + 4 * 3_600_000, zone: 'Europe/Berlin' };
const REQUESTER = { team: 'T0EXAMPLE', user: 'U0EXAMPLE' };
const ALWAYS: LateExpr = { cel: 'true', with: {}, shown: 'true' };

function step(n: number): PlannedStep {
  const command = { host: 'example', run: [`echo ${n}`], sudo: false, secrets: [] };
  return {
    id: `step_${n}`,
    refs: [],
    title: `Step ${n} of an example`,
    action: { kind: 'run', command, okWhen: ALWAYS, capture: [], secretInArguments: null, reboots: [] },
    verify: [
      { command, expect: ALWAYS, fail: null, stable: 1, afterS: 0, everyS: 10, withinS: 60, rebooted: null },
    ],
    reversal: { kind: 'no_undo_needed', reason: 'it changes nothing' },
    retry: 'never',
    critical: false,
    expectedS: 60,
    timeoutS: 600,
    silenceS: null,
    hints: [],
  };
}

const STEPS = Array.from({ length: 30 }, (_, n) => step(n + 1));

const PLAN: Plan = {
  digest: '0'.repeat(64),
  body: {
    language: 1,
    runbook: { id: 'example', title: 'Example', digest: '0'.repeat(64) },
    flow: { id: 'in_place', title: 'In place' },
    target: { name: 'example', rehearsal: false },
    inputs: {},
    hosts: {},
    roles: {},
    acknowledgements: [],
    steps: STEPS,
    pointOfNoReturn: null,
    expectedS: STEPS.length * 60,
    rollbackReserveS: 0,
    freshnessS: 14_400,
  },
  evidence: {
    facts: [],
    checks: [],
    findings: [
      { id: 'example', severity: 'warning', say: 'An example of a warning.', do: 'Nothing.', refs: [] },
    ],
  },
};

function upgradeIn(phase: Upgrade['phase']): Upgrade {
  return {
    id: UpgradeId.parse('U-1'),
    version: 1,
    target: 'example',
    runbook: 'example',
    flow: 'in_place',
    inputs: {},
    requester: REQUESTER,
    reason: 'to see how it looks',
    channel: 'C0EXAMPLE',
    createdAt: AT,
    window: WINDOW,
    onClose: 'finish',
    rehearsal: false,
    planRevision: 1,
    plansMade: 1,
    planDigest: PLAN.digest,
    hostKeys: [],
    midway: null,
    phase,
  };
}

const progress: readonly StepProgress[] = STEPS.map((one, n) => ({
  step: one.id,
  title: one.title,
  state: n === 0 ? 'succeeded' : n === 1 ? 'applying' : 'pending',
  attempt: n < 2 ? `U-1.${one.id}.1` : null,
  attempts: n < 2 ? 1 : 0,
  startedAt: n < 2 ? AT : null,
  endedAt: n === 0 ? AT + 60_000 : null,
  override: null,
}));

function viewIn(phase: Upgrade['phase']): UpgradeView {
  const place = { id: 'ops', title: 'Operations', need: 1, from: ['U0EXAMPLE'] };
  return {
    upgrade: upgradeIn(phase),
    target: null,
    plan: PLAN,
    places: [{ place, filledBy: [] }],
    progress: phase.kind === 'running' ? progress : [],
    now: AT,
  };
}

export interface Sample {
  readonly name: string;
  readonly style: 'classic' | 'plan';
  readonly blocks: readonly unknown[];
}

export function sampleMessages(): readonly Sample[] {
  const asking = viewIn({ kind: 'awaiting-approval', approveBy: AT, decisions: [] });
  const running = viewIn({ kind: 'running', since: AT, waitingFor: null });
  return [
    { name: 'the card that asks for approval', style: 'classic', blocks: upgradeCard(asking).blocks },
    { name: 'the plan', style: 'classic', blocks: planReply(asking).blocks },
    { name: 'the card of a run', style: 'classic', blocks: upgradeCard(running).blocks },
    {
      name: 'the card of a run with live task states',
      style: 'plan',
      blocks: upgradeCard(running, { style: 'plan' }).blocks,
    },
  ];
}
