/** At T-0 the plan would be a different one: the approvals are void, and the new plan is asked for if there is time for it. */
import { type Plan, shortDigest } from '../core/plan.ts';
import { planDifference } from '../core/plan-diff.ts';
import { mayBeApproved, startBy } from '../core/window.ts';
import { escaped } from '../messages/block-kit.ts';
import { noteReply } from '../messages/thread.ts';
import type { Deps, Next, Scheduled } from './context.ts';
import { locksOf } from './locking.ts';
import { endBeforeStart, whatNow } from './midway.ts';
import { neededS, planMessages } from './preparing.ts';
import { save } from './save.ts';

/** Findings that nobody has seen when they approved. */
export function newFindings(before: Plan, after: Plan): Plan['evidence']['findings'] {
  const seen = new Set(before.evidence.findings.map(({ id }) => id));
  return after.evidence.findings.filter(({ id }) => !seen.has(id));
}

interface Difference {
  readonly before: Plan;
  readonly plan: Plan;
  readonly changes: readonly string[];
}

function notStarted({ before, plan, changes }: Difference): string {
  return `Not started: what would run now is not what was approved (${shortDigest(before.digest)} → ${shortDigest(plan.digest)}).\n${changes.map((line) => `• ${escaped(line)}`).join('\n')}`;
}

/** Nobody is asked for an approval that would come too late. */
async function noTimeLeft(
  deps: Deps,
  upgrade: Scheduled,
  difference: Difference,
  why: string,
): Promise<Next> {
  const at = deps.clock.now();
  const end = await endBeforeStart(
    deps,
    upgrade,
    { kind: 'expired', which: 'start-by', at },
    `The way forward would be another plan now, and there was no time to approve it. ${why}`,
  );
  const what = upgrade.midway === null ? upgrade.id : 'the way forward';
  await save(deps, {
    ...end,
    by: null,
    did: [{ kind: 'expired', data: { which: 'start-by', changes: difference.changes } }, ...end.did],
    say: (now) => [
      {
        slot: `expired:${upgrade.planRevision}`,
        channel: upgrade.channel,
        ...noteReply(
          `${notStarted(difference)}\n${escaped(why)} So ${what} has expired. ${whatNow(upgrade)} <@${upgrade.requester.user}>, ask again with a new window.`,
        ),
      },
      ...end.say(now),
    ],
  });
  return 'over';
}

/** @throws BusyError when a host of the new plan is part of another live upgrade; then nothing was saved */
export async function replanned(deps: Deps, upgrade: Scheduled, before: Plan, plan: Plan): Promise<Next> {
  const changes = [
    ...planDifference(before.body, plan.body),
    ...newFindings(before, plan).map(({ say }) => say),
  ];
  const difference = { before, plan, changes };
  const inTime = mayBeApproved(upgrade.window, neededS(plan), deps.clock.now());
  if (!inTime.ok) return noTimeLeft(deps, upgrade, difference, inTime.refusal.say);
  const revision = upgrade.plansMade + 1;
  const voided = upgrade.phase.decisions.map(({ by }) => `<@${by.user}>`).join(', ');
  const approveBy = startBy(upgrade.window, neededS(plan));
  await save(deps, {
    upgrade: {
      ...upgrade,
      hostKeys: locksOf(upgrade, plan),
      planRevision: revision,
      plansMade: revision,
      planDigest: plan.digest,
      phase: { kind: 'awaiting-approval', approveBy, decisions: [] },
    },
    by: null,
    plan,
    did: [{ kind: 'replanned', data: { revision, digest: plan.digest, before: before.digest, changes } }],
    say: (view) => [
      ...planMessages(view, plan),
      {
        slot: `replanned:${revision}`,
        channel: upgrade.channel,
        ...noteReply(
          `${notStarted(difference)}\n${voided}: your approvals of the earlier plan are void; please look at plan v${revision}.`,
        ),
      },
    ],
  });
  return { again: approveBy };
}
