/** Gathers what the card, the modals and the status text show. */
import { placeStates } from '../core/approval.ts';
import type { Decision, Upgrade } from '../core/model.ts';
import type { Plan } from '../core/plan.ts';
import { currentRun, type RunEvent } from '../core/run.ts';
import { progress } from '../core/step-fold.ts';
import type { UpgradeView } from '../core/view.ts';
import type { Deps } from './context.ts';

/** Decisions that count now: a changed plan or the end of the approval leaves none or those that led to the start. */
function decisionsOf(upgrade: Upgrade, stored: readonly Decision[]): readonly Decision[] {
  const { phase } = upgrade;
  if (phase.kind === 'awaiting-approval' || phase.kind === 'scheduled') return phase.decisions;
  return stored.filter((decision) => decision.planDigest === upgrade.planDigest);
}

/** @param fresh plan and journal events that are about to be saved with this state */
export async function buildView(
  deps: Pick<Deps, 'store' | 'policies' | 'clock'>,
  upgrade: Upgrade,
  fresh: { readonly plan?: Plan | undefined; readonly added?: readonly RunEvent[] } = {},
): Promise<UpgradeView> {
  const { store } = deps;
  const known = upgrade.version > 0;
  const target = deps.policies.inventory().targets[upgrade.target] ?? null;
  const stored =
    known && upgrade.planRevision > 0 ? await store.plan(upgrade.id, upgrade.planRevision) : undefined;
  const plan = fresh.plan ?? stored ?? null;
  const events = [...(known ? await store.runEvents(upgrade.id) : []), ...(fresh.added ?? [])];
  const decisions = decisionsOf(upgrade, known ? await store.decisions(upgrade.id) : []);
  return {
    upgrade,
    target,
    plan,
    places: placeStates(target?.approvers ?? [], decisions),
    progress: plan === null ? [] : progress(plan.body, currentRun(events)),
    now: deps.clock.now(),
  };
}
