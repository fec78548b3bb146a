/** Upgrades in every phase, small and huge, friendly and hostile, for tests of what people see. */
import type { InputField, Target } from '../../src/core/inventory.ts';
import {
  type Decision,
  type Hold,
  type Phase,
  type Place,
  type Upgrade,
  UpgradeId,
} from '../../src/core/model.ts';
import type { Finding, Plan, PlannedStep } from '../../src/core/plan.ts';
import type { StepProgress, StepState } from '../../src/core/run.ts';
import type { StartForm, UpgradeView } from '../../src/core/view.ts';
import { amir, gate, planBody, rosa, step, T0, upgrade, window } from '../support/builders.ts';

export const DIGEST = 'abcdef0123456789'.repeat(4);

export interface Size {
  readonly steps: number;
  readonly acknowledgements: number;
  readonly findings: number;
  readonly facts: number;
  readonly places: number;
  readonly hosts: number;
  /** Stands in every text that people, runbooks or hosts wrote. */
  readonly text: string;
}

export const SMALL: Size = {
  steps: 6,
  acknowledgements: 2,
  findings: 1,
  facts: 3,
  places: 2,
  hosts: 2,
  text: 'the words',
};
/** What would ping a channel or a person, look like a link, break out of a code block or hide its direction. */
export const EVIL =
  '<!channel> <!here|x> <!everyone> <!subteam^S0EVIL> <@U0EVIL> <https://evil.example|click> & *b* `c` ```d``` \u202Eevil';
export const HUGE: Size = {
  steps: 83,
  acknowledgements: 37,
  findings: 60,
  facts: 150,
  places: 12,
  hosts: 25,
  text: `${'a very long text with <angle brackets> & ampersands, “quotes” and emoji 🚀 '.repeat(12)}`,
};
export const HOSTILE: Size = { ...SMALL, steps: 9, findings: 3, text: EVIL };

function manual(id: string, say: string): PlannedStep {
  return step(id, { action: { kind: 'manual', say: [say] }, reversal: { kind: 'unchanging' } });
}

function steps({ steps: count, text }: Size): readonly PlannedStep[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `block_${index}.step_${index}`;
    const title = `Step number ${index + 1} ${text}`;
    if (index % 7 === 3)
      return {
        ...gate(id),
        title,
        action: { kind: 'gate', say: [text], evidence: [[text]], need: { from: null, count: 2 } },
      };
    if (index % 7 === 5) return { ...manual(id, text), title };
    return step(id, {
      title,
      action: {
        kind: 'run',
        command: {
          host: `m${(index % 3) + 1}`,
          run: [`echo ${text}\nnext line ${index}`],
          sudo: index % 2 === 0,
          secrets: [],
        },
        okWhen: { cel: 'exit_code == 0', with: {}, shown: 'exit_code == 0' },
        capture: [],
        secretInArguments: null,
        reboots: [],
      },
      reversal: index === 4 ? { kind: 'no_return' } : { kind: 'no_undo_needed', reason: text },
    });
  });
}

export function planOf(size: Size, rehearsal = false): Plan {
  const list = steps(size);
  const body = planBody(list);
  const findings: Finding[] = Array.from({ length: size.findings }, (_, index) => ({
    id: `finding_${index}`,
    severity: 'warning',
    say: `Finding ${index}: ${size.text}`,
    do: size.text,
    refs: [],
  }));
  return {
    digest: DIGEST,
    body: {
      ...body,
      target: { name: 'staging', rehearsal },
      flow: { id: 'in_place', title: `Replace in place ${size.text}`.slice(0, 200) },
      hosts: Object.fromEntries(
        Array.from({ length: size.hosts }, (_, index) => [
          `m${index + 1}`,
          {
            name: `m${index + 1}`,
            address: `10.0.0.${index + 1}`,
            private_ip: `10.0.0.${index + 1}`,
            ssh: { host: `m${index + 1}.example`, port: 22, user: 'ops' },
            host_keys: ['ssh-ed25519 AAAA1'],
            env: { PATH: '/usr/bin' },
            state_dir: '/var/lib/cutover',
          },
        ]),
      ),
      acknowledgements: Array.from({ length: size.acknowledgements }, (_, index) => ({
        id: `statement_${index}`,
        say: `Statement ${index}: ${size.text}`,
        refs: ['S01'],
      })),
      pointOfNoReturn: list.find(({ reversal }) => reversal.kind === 'no_return')?.id ?? null,
      rollbackReserveS: 1800,
    },
    evidence: {
      facts: Array.from({ length: size.facts }, (_, index) => ({
        id: `fact_${index}`,
        title: `Fact ${index} ${size.text}`,
        value: index,
        shown: `${index} ${size.text}`,
        host: index % 2 === 0 ? 'm1' : null,
        seenAt: index % 3 === 0 ? null : T0 - 120_000,
      })),
      checks: findings.map(({ id }) => ({ id, ok: false, refs: [] })),
      findings,
    },
  };
}

function placesOf({ places, text }: Size): readonly Place[] {
  return Array.from({ length: places }, (_, index) => ({
    id: `place_${index}`,
    title: `Place ${index} ${text}`,
    need: index === 0 ? 2 : 1,
    from: index === 0 ? ['S0OPSLEADS', 'U0AMIR'] : ['U0BEA'],
  }));
}

export function targetOf(size: Size, rehearsal = false): Target {
  return {
    name: 'staging',
    title: `Staging ${size.text}`,
    runbook: 'cloudify-manager',
    rehearsal,
    hosts: { manager: Object.values(planOf(size).body.hosts) },
    facts: {},
    channel: 'C0UPGRADES',
    requesters: ['U0ROSA'],
    approvers: placesOf(size),
    onCall: ['S0ONCALL'],
    secrets: {},
    windows: [],
    freezes: [],
    start: 'go',
    approveWithinS: 86_400,
  };
}

export function holdOf(size: Size, more: Partial<Hold> = {}): Hold {
  return {
    number: 2,
    step: 'block_2.step_2',
    attempt: 'U-42.03.block_2-step_2.1',
    reason: `It ended with exit code 1. ${size.text}`,
    tail: Array.from({ length: 20 }, (_, index) => `line ${index} ${size.text}`),
    exitCode: 1,
    hint: `Look at ${size.text}`,
    offers: ['look_again', 'retry', 'stop'],
    retryFrom: [],
    forward: [],
    proposal: null,
    rollingBack: false,
    since: T0 + 600_000,
    ...more,
  };
}

function decision(by: Decision['by']): Decision {
  return {
    by,
    kind: 'approve',
    place: 'place_0',
    planDigest: DIGEST,
    evidenceDigest: DIGEST,
    window,
    acknowledged: [],
    reason: null,
    at: T0,
  };
}

/** Every kind of phase at least once, and the variants that read differently. */
export function phasesOf(size: Size): readonly Phase[] {
  const { text } = size;
  const findings = planOf(size).evidence.findings.map((one): Finding => ({ ...one, severity: 'blocker' }));
  const decisions = [decision(amir)];
  return [
    { kind: 'preparing', since: T0 },
    { kind: 'blocked', findings, at: T0 },
    { kind: 'awaiting-approval', approveBy: T0 + 3_600_000, decisions },
    { kind: 'scheduled', startBy: T0 + 7_200_000, decisions, go: null, opened: false },
    { kind: 'scheduled', startBy: T0 + 7_200_000, decisions, go: rosa, opened: true },
    { kind: 'running', since: T0, waitingFor: null },
    { kind: 'running', since: T0, waitingFor: { kind: 'gate', step: 'block_3.step_3', since: T0, go: [] } },
    { kind: 'running', since: T0, waitingFor: { kind: 'manual', step: 'block_5.step_5', since: T0 } },
    { kind: 'held', hold: holdOf(size) },
    { kind: 'finished', outcome: 'succeeded', at: T0, by: null },
    { kind: 'finished', outcome: 'stopped', at: T0, by: amir },
    { kind: 'declined', by: amir, reason: text, at: T0 },
    { kind: 'expired', which: 'approve-by', at: T0 },
    { kind: 'expired', which: 'start-by', at: T0 },
    { kind: 'withdrawn', by: rosa, at: T0 },
  ];
}

function progressOf(plan: Plan, reached: number, state: StepState): readonly StepProgress[] {
  return plan.body.steps.map(({ id, title }, index) => ({
    step: id,
    title,
    state: index < reached ? 'succeeded' : index === reached ? state : 'pending',
    attempt: index <= reached ? `U-42.${index}` : null,
    attempts: index < reached ? 1 : index === reached ? 2 : 0,
    startedAt: index <= reached ? T0 + index * 60_000 : null,
    endedAt: index < reached ? T0 + index * 60_000 + 45_000 : null,
    override: null,
  }));
}

export function viewOf(
  size: Size,
  phase: Phase = { kind: 'running', since: T0, waitingFor: null },
  more: { readonly rehearsal?: boolean; readonly reached?: number; readonly upgrade?: Partial<Upgrade> } = {},
): UpgradeView {
  const rehearsal = more.rehearsal ?? false;
  const plan = planOf(size, rehearsal);
  const places = placesOf(size);
  return {
    upgrade: upgrade({
      id: UpgradeId.parse('U-42'),
      rehearsal,
      reason: size.text,
      inputs: { to: '4.3.1' },
      planRevision: 1,
      planDigest: DIGEST,
      phase,
      ...more.upgrade,
    }),
    target: targetOf(size, rehearsal),
    plan: phase.kind === 'preparing' ? null : plan,
    places: places.map((place, index) => ({ place, filledBy: index === 0 ? [amir] : [] })),
    progress:
      phase.kind === 'preparing'
        ? []
        : progressOf(plan, more.reached ?? 2, phase.kind === 'held' ? 'held' : 'applying'),
    now: T0 + 900_000,
  };
}

export function formOf(size: Size, more: Partial<StartForm> = {}): StartForm {
  const field = (id: string, type: InputField['type'], extra: Partial<InputField> = {}): InputField => ({
    id,
    title: `Field ${id} ${size.text}`,
    type,
    required: true,
    hint: size.text,
    pattern: null,
    options: [],
    default: null,
    ...extra,
  });
  return {
    target: targetOf(size),
    targets: [{ name: 'staging', title: `Staging ${size.text}` }],
    flows: [
      { id: 'in_place', title: `In place ${size.text}` },
      { id: 'migration', title: 'Migration' },
    ],
    fields: [
      field('to', 'version'),
      field('keep', 'boolean', { default: 'true', required: false }),
      field('mode', 'choice', { options: ['fast', 'careful'], default: 'careful' }),
      field('odd', 'choice', { options: ['x'.repeat(200), 'y'], default: 'y' }),
      field('rpm', 'url', { required: false, default: 'https://mirror.example/x.rpm' }),
      field('dir', 'path'),
      field('sum', 'sha256'),
      field('note', 'text'),
    ],
    suggestedWindow: window,
    ...more,
  };
}
