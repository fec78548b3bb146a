/** Phase `preparing`: look at the hosts, make the plan, and ask for approval or say what is in the way. */
import type { ChangeWindow, Upgrade } from '../core/model.ts';
import type { Finding, Plan } from '../core/plan.ts';
import type { UpgradeView } from '../core/view.ts';
import { fits, mayBeApproved, startBy } from '../core/window.ts';
import { planFile, planReply } from '../messages/plan-message.ts';
import { BusyError, type NewMessage } from '../ports/ports.ts';
import type { Deps, Next } from './context.ts';
import { lockedFinding, locksOf } from './locking.ts';
import { endBeforeStart } from './midway.ts';
import { forPeople, type Preflight, preflight, RunbookError } from './preflight.ts';
import { askedOf, targetNamed } from './requesting.ts';
import { save } from './save.ts';

const HALF_HOUR_S = 1800;
/** A way forward is asked for in the night: people still have to read and to click before it starts. */
const SLACK = 1.5;

export function neededS({ body }: Plan): number {
  return body.expectedS + body.rollbackReserveS;
}

/** A window that is too short, or so near that nobody could approve in time. */
function unfit(window: ChangeWindow, plan: Plan, now: number): readonly Finding[] {
  const blocker = (say: string, todo: string): readonly Finding[] => [
    { id: 'window', severity: 'blocker', say, do: todo, refs: [] },
  ];
  const whole = fits(window, neededS(plan));
  if (!whole.ok) return blocker(whole.refusal.say, 'Ask again with a longer window.');
  const inTime = mayBeApproved(window, neededS(plan), now);
  return inTime.ok ? [] : blocker(inTime.refusal.say, 'Ask again with a later or a longer window.');
}

async function blocked(
  deps: Deps,
  upgrade: Upgrade,
  findings: readonly Finding[],
  plan?: Plan,
): Promise<Next> {
  const why = `The way forward is blocked: ${findings.map(({ say, do: todo }) => `${say} ${todo}`).join(' ')}`;
  const end = await endBeforeStart(deps, upgrade, { kind: 'blocked', findings, at: deps.clock.now() }, why);
  // The plan of a way forward that can't be gone is not kept: the run stands in the plan that it was held in.
  const kept = upgrade.midway === null ? plan : undefined;
  const planned = kept === undefined ? {} : { planRevision: 1, plansMade: 1, planDigest: kept.digest };
  await save(deps, {
    ...end,
    upgrade: { ...end.upgrade, ...planned },
    by: null,
    did: [{ kind: 'blocked', data: { findings: findings.map(({ id, say }) => ({ id, say })) } }, ...end.did],
    ...(kept && { plan: kept }),
  });
  return 'over';
}

/** The plan as a reply, and whole as a file. */
export function planMessages(view: UpgradeView, plan: Plan): readonly NewMessage[] {
  const { id, channel, planRevision } = view.upgrade;
  return [
    { slot: `plan:${planRevision}`, channel, ...planReply(view) },
    {
      slot: `plan-file:${planRevision}`,
      channel,
      text: `Plan v${planRevision} of ${id}`,
      blocks: [],
      file: planFile(plan),
    },
  ];
}

/** A way forward gets the window that it needs, from now on: approvers agree to it or not. */
function windowFor(upgrade: Upgrade, plan: Plan, now: number): ChangeWindow {
  if (upgrade.midway === null) return upgrade.window;
  const lengthS = Math.ceil((neededS(plan) * SLACK) / HALF_HOUR_S) * HALF_HOUR_S + HALF_HOUR_S;
  return { ...upgrade.window, opensAt: now, closesAt: now + lengthS * 1000 };
}

async function made(deps: Deps, upgrade: Upgrade): Promise<Preflight | readonly Finding[]> {
  const gone = (say: string, todo = 'Mend targets.yaml or the runbook, then ask again.') => [
    { id: 'inventory', severity: 'blocker' as const, say, do: todo, refs: [] },
  ];
  const target = targetNamed(deps, upgrade.target);
  if (target === undefined) return gone(`Target ${upgrade.target} is not in targets.yaml any more.`);
  const before =
    upgrade.midway === null ? undefined : await deps.store.plan(upgrade.id, upgrade.midway.planRevision);
  const asked = { ...askedOf(upgrade, target), ...(before && { before: before.evidence.facts }) };
  try {
    const answer = await preflight(deps, asked);
    if (answer.kind !== 'refused') return answer;
    return gone(answer.errors.map(({ field, say }) => `${field}: ${say}`).join(' '));
  } catch (error) {
    if (error instanceof RunbookError) return gone(forPeople(error), 'Once it is mended, ask again.');
    return gone(`Making the plan: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export async function prepare(deps: Deps, upgrade: Upgrade): Promise<Next> {
  const answer = await made(deps, upgrade);
  if (!('kind' in answer)) return blocked(deps, upgrade, answer);
  if (answer.kind === 'refused') return blocked(deps, upgrade, []);
  const { plan } = answer;
  const now = deps.clock.now();
  const window = windowFor(upgrade, plan, now);
  const blockers = [
    ...plan.evidence.findings.filter(({ severity }) => severity === 'blocker'),
    ...unfit(window, plan, now),
  ];
  if (blockers.length > 0) return blocked(deps, upgrade, blockers, plan);
  try {
    return { again: await askApprovers(deps, upgrade, plan, window) };
  } catch (error) {
    // Between the request and the plan targets.yaml may have named other hosts.
    if (!(error instanceof BusyError)) throw error;
    return blocked(deps, upgrade, [lockedFinding(error, plan)]);
  }
}

/** @returns approve by @throws BusyError when a host of the plan is part of another live upgrade; then nothing was saved */
async function askApprovers(deps: Deps, upgrade: Upgrade, plan: Plan, window: ChangeWindow): Promise<number> {
  const revision = upgrade.plansMade + 1;
  const within = targetNamed(deps, upgrade.target)?.approveWithinS ?? 0;
  const approveBy = Math.min(deps.clock.now() + within * 1000, startBy(window, neededS(plan)));
  const { digest, body } = plan;
  await save(deps, {
    upgrade: {
      ...upgrade,
      window,
      hostKeys: locksOf(upgrade, plan),
      planRevision: revision,
      plansMade: revision,
      planDigest: digest,
      phase: { kind: 'awaiting-approval', approveBy, decisions: [] },
    },
    by: null,
    did: [
      { kind: 'planned', data: { revision, digest, steps: body.steps.length, expected_s: body.expectedS } },
    ],
    plan,
    say: (view) => planMessages(view, plan),
  });
  return approveBy;
}
