/** One step of the plan, or everything that it lacks. */
import type { PlannedStep, Reversal } from '../core/plan.ts';
import type { Gap, Unit } from './expand.ts';
import { homeOf, planAction } from './plan-action.ts';
import { expectedSeconds, type Inherited, planUndo, planVerifies, timeoutFor } from './plan-verify.ts';
import { titleOf } from './runbook.ts';
import { asText, finishedText } from './scope.ts';
import { kindOf, localId, type StepKind } from './step-kind.ts';
import { startTaking, type Taking } from './taking.ts';
import type { World } from './world.ts';

/** People read, think and answer; the runbook language says fifteen minutes unless the step does. */
const PERSON_S = 15 * 60;
const REBOOT_S = 5 * 60;

const EXPECTED_S: { readonly [kind in StepKind]?: number } = {
  gate: PERSON_S,
  manual: PERSON_S,
  reboot: REBOOT_S,
};

function reversalOf(taking: Taking, world: World, unit: Unit, inherited: Inherited): Reversal {
  const { step, scope, id } = unit;
  if (step.undo !== undefined)
    return { kind: 'undo', undo: planUndo(taking, world, scope, step.undo, { ...inherited, id }) };
  if (step.no_return === true) return { kind: 'no_return' };
  if (step.no_undo_needed !== undefined) return { kind: 'no_undo_needed', reason: step.no_undo_needed };
  return { kind: 'unchanging' };
}

function plannedOf(taking: Taking, world: World, unit: Unit): PlannedStep {
  const { step, scope, id } = unit;
  const title =
    step.title === undefined
      ? titleOf(localId(step))
      : taking.take(finishedText(step.title, scope, asText), step.title);
  const inherited = { on: homeOf(step), sudo: step.sudo ?? false, secrets: step.secrets, title };
  const expectedS = expectedSeconds(taking, step.expected, scope, EXPECTED_S[kindOf(step)]);
  return {
    id,
    refs: unit.refs,
    title,
    action: planAction(taking, world, unit, title),
    verify: planVerifies(taking, world, scope, step.verify, inherited),
    reversal: reversalOf(taking, world, unit, inherited),
    retry: step.retry,
    critical: step.critical,
    expectedS,
    timeoutS: timeoutFor(step.timeout, expectedS),
    silenceS: step.silence ?? null,
    hints: step.hints.map(({ contains, say }) => ({
      contains,
      say: taking.take(finishedText(say, scope, asText), say),
    })),
  };
}

export type PlannedUnit =
  | { readonly ok: true; readonly step: PlannedStep }
  | { readonly ok: false; readonly gap: Gap };

export function planStep(world: World, unit: Unit): PlannedUnit {
  const taking = startTaking();
  const step = plannedOf(taking, world, unit);
  if (taking.lacks.length === 0) return { ok: true, step };
  return {
    ok: false,
    gap: {
      step: unit.id,
      why: [...new Set(taking.lacks.map(({ why }) => why))].join('; '),
      missing: [...new Set(taking.lacks.flatMap(({ missing }) => missing))],
    },
  };
}
