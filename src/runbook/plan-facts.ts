/** Facts of a plan: those that probes gave and, in a dry plan, the values that the runbook keeps for the rest. */
import type { Fact, Finding } from '../core/plan.ts';
import { namesIn } from './cel-names.ts';
import { factOf, factValue, valuesOfFacts } from './facts.ts';
import { dryExpression, factsNeeded } from './probe.ts';
import { type Runbook, titleOf } from './runbook.ts';
import type { ProbeSource } from './schema.ts';
import { decide, decideBool, type Scope } from './scope.ts';
import { flowId, type PlanScope, worldOf } from './world.ts';

export interface KnownFacts {
  readonly facts: readonly Fact[];
  /** Ids of those that nobody saw. */
  readonly assumed: ReadonlySet<string>;
  readonly findings: readonly Finding[];
}

function dryFact(runbook: Runbook, id: string, scope: Scope): Fact | undefined {
  const probe = runbook.probes[id];
  if (probe === undefined || probe.dry === undefined) return undefined;
  const dry = dryExpression(probe);
  const given = dry === undefined ? { ok: true as const, value: probe.dry } : decide(dry.cel, scope);
  if (!given.ok) return undefined;
  const value = factValue(given.value, probe.as);
  if (!value.ok) return undefined;
  const fact = factOf(id, probe.title ?? titleOf(id), value.value, null, null);
  return { ...fact, shown: `${fact.shown} (assumed)` };
}

function dryNeeds(probe: ProbeSource): readonly string[] {
  const dry = dryExpression(probe);
  if (dry === undefined) return [];
  return namesIn(dry.cel).flatMap(({ path }) => (path[0] === 'fact' ? [path[1] ?? ''] : []));
}

/**
 * Probes whose `when` is false have no fact, dry or not; one that needs other facts comes after them. A way forward stands
 * on the facts of the plan that was left, so there every probe may have given its answer.
 */
function withDryValues(runbook: Runbook, asked: PlanScope, known: readonly Fact[]): readonly Fact[] {
  const facts = [...known];
  const settled = new Set(facts.map(({ id }) => id));
  const forward = runbook.flows.some(({ id, offered }) => id === flowId(asked.flow) && offered !== null);
  for (let changed = true; changed; ) {
    changed = false;
    for (const [id, probe] of Object.entries(runbook.probes)) {
      if (settled.has(id)) continue;
      const { scope } = worldOf(runbook, asked, facts);
      if (dryNeeds(probe).some((fact) => !settled.has(fact))) continue;
      const wanted = decideBool(probe.when ?? 'true', scope);
      if (!wanted.ok && factsNeeded(probe).some((fact) => !settled.has(fact))) continue;
      settled.add(id);
      changed = true;
      const fact = forward || (wanted.ok && wanted.value) ? dryFact(runbook, id, scope) : undefined;
      if (fact !== undefined) facts.push(fact);
    }
  }
  return facts;
}

export function knownFacts(
  runbook: Runbook,
  asked: PlanScope,
  given: readonly Fact[],
  dry: boolean,
): KnownFacts {
  const { values, wrong } = valuesOfFacts(runbook.probes, given);
  const usable = given.filter(({ id }) => Object.hasOwn(values, id));
  const facts = dry || wrong.length > 0 ? withDryValues(runbook, asked, usable) : usable;
  const seen = new Set(usable.map(({ id }) => id));
  return {
    facts,
    assumed: new Set(facts.map(({ id }) => id).filter((id) => !seen.has(id))),
    findings: wrong,
  };
}
