/** The planner: runbook, request and facts → plan, blocked plan, or what is wrong with the request. Pure. */
import { closest } from 'fastest-levenshtein';
import { canonical } from '../core/canonical.ts';
import {
  type Fact,
  type Finding,
  isBlocked,
  type Json,
  type Plan,
  type PlanBody,
  type PlannedStep,
} from '../core/plan.ts';
import { plainJson } from './cel-values.ts';
import { expandSteps, type Gap } from './expand.ts';
import { blocker } from './facts.ts';
import { type FieldError, parseInputs } from './inputs.ts';
import { acknowledgementsOf, judgeChecks, lacksFactsOnly, type ToConfirm } from './plan-checks.ts';
import { knownFacts } from './plan-facts.ts';
import { planStep } from './plan-step.ts';
import type { Flow, Runbook } from './runbook.ts';
import { flowId, type PlanScope, type World, worldOf } from './world.ts';

export interface PlanRequest extends PlanScope {
  readonly runbook: Runbook;
  readonly facts: readonly Fact[];
  /** Of probes that gave no fact, and of hosts that cannot be used. */
  readonly probeFindings: readonly Finding[];
  /** Dry values stand in for facts that are missing. */
  readonly dry: boolean;
  readonly sha256: (text: string) => string;
}

export type Planned =
  | { readonly kind: 'planned' | 'blocked'; readonly plan: Plan }
  | { readonly kind: 'refused'; readonly errors: readonly FieldError[] };

/** As people type it. */
function typed(flow: string): string {
  return flow.replaceAll('_', '-');
}

function requestErrors({ runbook, flow, inputs }: PlanRequest): readonly FieldError[] {
  const known = runbook.flows.some(({ id }) => id === flowId(flow));
  // Ways forward belong to a run in the middle: nobody can begin with one.
  const offered = runbook.flows.filter((one) => one.offered === null);
  const near = closest(
    flowId(flow),
    offered.map(({ id }) => id),
  );
  const choice = offered.map(({ id, title }) => `${typed(id)} (${title})`).join(', ');
  const unknown: readonly FieldError[] = known
    ? []
    : [
        {
          field: 'flow',
          say: `${runbook.title} has no flow ${JSON.stringify(flow)}. Did you mean ${typed(near)}? Choose one of: ${choice}.`,
        },
      ];
  return [...unknown, ...parseInputs(runbook.inputs, inputs).errors];
}

interface Steps {
  readonly steps: readonly PlannedStep[];
  readonly findings: readonly Finding[];
  /** Of steps that lack facts and nothing else. */
  readonly undecided: readonly Finding[];
}

/** One finding for one reason: twenty steps that lack the same fact are one thing to mend. */
function gapFindings(gaps: readonly Gap[]): readonly Finding[] {
  const byReason = new Map<string, Gap[]>();
  for (const gap of gaps) {
    const reason = gap.missing.length > 0 ? `${gap.missing.join(', ')} is not known` : gap.why;
    byReason.set(reason, [...(byReason.get(reason) ?? []), gap]);
  }
  return [...byReason].map(([reason, same]) => {
    return blocker(
      `step_${same[0]?.step ?? ''}`,
      `Planning ${same.map(({ step }) => step).join(', ')}: ${reason}.`,
      'Give the missing host or value (targets.yaml, the form, or the host that was probed), then ask for a new plan.',
    );
  });
}

function planSteps(world: World, flow: Flow): Steps {
  const { units, gaps } = expandSteps(world, flow.steps);
  const planned = units.map((unit) => planStep(world, unit));
  const lacking = planned.flatMap((unit) => (unit.ok ? [] : [unit.gap]));
  const all = [...gaps, ...lacking];
  return {
    steps: planned.flatMap((unit) => (unit.ok ? [unit.step] : [])),
    findings: gapFindings(all.filter(({ missing }) => !lacksFactsOnly(missing))),
    undecided: gapFindings(all.filter(({ missing }) => lacksFactsOnly(missing))),
  };
}

function sum(seconds: readonly number[]): number {
  return seconds.reduce((total, next) => total + next, 0);
}

/** Undoing is offered before the point of no return only, so only that much is kept free. */
function reserveS(steps: readonly PlannedStep[]): number {
  const end = steps.findIndex(({ reversal }) => reversal.kind === 'no_return');
  const before = end < 0 ? steps : steps.slice(0, end);
  return sum(before.map(({ reversal }) => (reversal.kind === 'undo' ? reversal.undo.expectedS : 0)));
}

function flowOf(runbook: Runbook, flow: string): Flow {
  const id = flowId(flow);
  return runbook.flows.find((known) => known.id === id) ?? { id, title: id, offered: null, steps: null };
}

function namesOf(roles: World['roles']): PlanBody['roles'] {
  return Object.fromEntries(
    Object.entries(roles).map(([role, hosts]) => [role, hosts.map(({ name }) => name)]),
  );
}

function bodyOf(
  request: PlanRequest,
  world: World,
  steps: readonly PlannedStep[],
  confirm: ToConfirm,
): PlanBody {
  const { runbook, flow, target } = request;
  const { id, title } = flowOf(runbook, flow);
  return {
    language: 1,
    runbook: { id: runbook.id, title: runbook.title, digest: runbook.digest },
    flow: { id, title },
    target: { name: target.name, rehearsal: target.rehearsal },
    inputs: plainJson(world.scope.values.input) as { readonly [name: string]: Json },
    hosts: world.hosts,
    roles: namesOf(world.roles),
    acknowledgements: confirm.acknowledgements,
    steps,
    pointOfNoReturn: steps.find(({ reversal }) => reversal.kind === 'no_return')?.id ?? null,
    expectedS: sum(steps.map(({ expectedS }) => expectedS)),
    rollbackReserveS: reserveS(steps),
    freshnessS: runbook.freshnessS,
  };
}

/** Same runbook, request and facts: the same plan with the same digest. Neither time nor evidence enters the body. */
export function planUpgrade(request: PlanRequest): Planned {
  const errors = requestErrors(request);
  if (errors.length > 0) return { kind: 'refused', errors };
  const { runbook, probeFindings, sha256 } = request;
  const known = knownFacts(runbook, request, request.facts, request.dry);
  const world = worldOf(runbook, request, known.facts);
  const owed = probeFindings.length > 0 || known.findings.length > 0;
  const judged = judgeChecks(world, owed ? known.assumed : new Set());
  const confirm = acknowledgementsOf(world);
  const { steps, findings, undecided } = planSteps(world, flowOf(runbook, request.flow));
  // A check that blocks is the reason; that other things lack the facts which are then not looked for is only its consequence.
  const consequences = judged.findings.some(({ severity }) => severity === 'blocker')
    ? []
    : [...judged.undecided, ...confirm.undecided, ...undecided];
  const body = bodyOf(request, world, steps, confirm);
  const evidence = {
    facts: known.facts,
    checks: judged.checks,
    findings: [
      ...probeFindings,
      ...known.findings,
      ...judged.findings,
      ...confirm.findings,
      ...findings,
      ...consequences,
    ],
  };
  const plan: Plan = { digest: sha256(canonical(body)), body, evidence };
  return { kind: isBlocked(evidence) ? 'blocked' : 'planned', plan };
}
