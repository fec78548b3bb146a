/** Approve, decline, withdraw: the answers of people before anything changes. */

import { decide, mayApprove, mayDecline, type Question } from '../core/approval.ts';
import { canonical } from '../core/canonical.ts';
import {
  type Decision,
  granted,
  isLive,
  type Person,
  type Profile,
  refused,
  samePerson,
  type Upgrade,
  UpgradeId,
  type Verdict,
} from '../core/model.ts';
import { phaseWords } from '../core/phase-words.ts';
import { type Plan, shortDigest } from '../core/plan.ts';
import type { UpgradeView } from '../core/view.ts';
import { startBy } from '../core/window.ts';
import { escaped } from '../messages/block-kit.ts';
import { noteReply } from '../messages/thread.ts';
import { sentence, slackWindow } from '../messages/words.ts';
import type { Deps } from './context.ts';
import { endBeforeStart, whatNow } from './midway.ts';
import { memberOnly, noteRefusal, openPlaces, policiesUsable } from './people.ts';
import { save } from './save.ts';
import { buildView } from './view.ts';

export async function known(deps: Deps, id: string): Promise<Verdict<Upgrade>> {
  const parsed = UpgradeId.safeParse(id.trim().toUpperCase());
  if (!parsed.success)
    return refused(
      'unknown-upgrade',
      `“${id}” is not an upgrade id; they look like U-42. /upgrade list shows them.`,
    );
  const upgrade = await deps.store.upgrade(parsed.data);
  if (upgrade === undefined)
    return refused('unknown-upgrade', `There is no upgrade ${parsed.data}. /upgrade list shows them.`);
  return granted(upgrade);
}

interface Asked {
  readonly upgrade: Upgrade;
  readonly plan: Plan;
  readonly question: Question;
  readonly profile: Profile;
}

/** The question as it stands now, with the members of each place looked up now. */
async function questionOf(deps: Deps, actor: Person, id: string): Promise<Verdict<Asked>> {
  const upgrade = await known(deps, id);
  if (!upgrade.ok) return upgrade;
  const profile = await memberOnly(deps, actor);
  if (!profile.ok) return profile;
  const usable = policiesUsable(deps);
  if (!usable.ok) return usable;
  const { value } = upgrade;
  const plan = value.planRevision === 0 ? undefined : await deps.store.plan(value.id, value.planRevision);
  const target = deps.policies.inventory().targets[value.target];
  if (plan === undefined)
    return refused(
      'approval-closed',
      `There is no plan to decide on: ${value.id} is ${phaseWords(value.phase)}.`,
    );
  if (target === undefined)
    return refused(
      'no-target',
      `${value.target} is not in targets.yaml any more, so nobody can say who decides. <@${value.requester.user}> can withdraw ${value.id}.`,
    );
  const question: Question = {
    phase: value.phase,
    requester: value.requester,
    planDigest: plan.digest,
    evidenceDigest: deps.sha256(canonical(plan.evidence)),
    window: value.window,
    acknowledgements: plan.body.acknowledgements.map((ack) => ack.id),
    places: await openPlaces(deps, target),
  };
  return granted({ upgrade: value, plan, question, profile: profile.value });
}

export async function review(
  deps: Deps,
  actor: Person,
  id: string,
  about: { readonly digest: string; readonly to: 'approve' | 'decline' },
): Promise<Verdict<UpgradeView>> {
  const { digest, to } = about;
  const asked = await questionOf(deps, actor, id);
  const verb = to === 'approve' ? 'review' : 'decline';
  if (!asked.ok) return noteRefusal(deps, actor, id, verb, asked);
  const { question, profile } = asked.value;
  const may =
    to === 'approve'
      ? mayApprove(question, profile, digest, deps.clock.now())
      : mayDecline(question, profile, digest);
  if (!may.ok) return noteRefusal(deps, actor, id, verb, may);
  return granted(await buildView(deps, asked.value.upgrade));
}

function afterApproval(
  deps: Deps,
  { upgrade, plan }: Asked,
  decisions: readonly Decision[],
  complete: boolean,
): Upgrade['phase'] {
  if (complete) {
    const last = startBy(upgrade.window, plan.body.expectedS + plan.body.rollbackReserveS);
    return { kind: 'scheduled', startBy: last, decisions, go: null, opened: false };
  }
  const approveBy = upgrade.phase.kind === 'awaiting-approval' ? upgrade.phase.approveBy : deps.clock.now();
  return { kind: 'awaiting-approval', approveBy, decisions };
}

export async function approve(
  deps: Deps,
  actor: Person,
  id: string,
  answer: { readonly digest: string; readonly acknowledged: readonly string[] },
  delivery: string,
): Promise<Verdict<UpgradeView>> {
  const asked = await questionOf(deps, actor, id);
  if (!asked.ok) return noteRefusal(deps, actor, id, 'approve', asked);
  const { upgrade, plan, question, profile } = asked.value;
  const decided = decide(question, profile, { kind: 'approve', ...answer }, deps.clock.now());
  if (!decided.ok) return noteRefusal(deps, actor, upgrade.id, 'approve', decided);
  const { decision, standing } = decided.value;
  const before = upgrade.phase.kind === 'awaiting-approval' ? upgrade.phase.decisions : [];
  const complete = standing === 'complete';
  const place = question.places.find((open) => open.place.id === decision.place)?.place.title ?? '';
  const view = await save(deps, {
    upgrade: { ...upgrade, phase: afterApproval(deps, asked.value, [...before, decision], complete) },
    by: actor,
    decision,
    delivery,
    did: [
      {
        kind: 'approved',
        data: {
          place: decision.place,
          digest: plan.digest,
          evidence: decision.evidenceDigest,
          window: { ...upgrade.window },
          acknowledged: decision.acknowledged,
        },
      },
      ...(complete ? [{ kind: 'scheduled' as const, data: { window: { ...upgrade.window } } }] : []),
    ],
    say: () => [
      {
        slot: `approved:${decision.at}:${actor.user}`,
        channel: upgrade.channel,
        ...noteReply(
          `<@${actor.user}> approved plan ${shortDigest(plan.digest)} as ${escaped(place)}.${complete ? ` All places are filled; the window is ${slackWindow(upgrade.window)}.` : ''}`,
        ),
      },
    ],
  });
  deps.wake(upgrade.id, deps.clock.now());
  return granted(view);
}

export async function decline(
  deps: Deps,
  actor: Person,
  id: string,
  answer: { readonly digest: string; readonly reason: string },
  delivery: string,
): Promise<Verdict<UpgradeView>> {
  const asked = await questionOf(deps, actor, id);
  if (!asked.ok) return noteRefusal(deps, actor, id, 'decline', asked);
  const { upgrade, plan, question, profile } = asked.value;
  const decided = decide(question, profile, { kind: 'decline', ...answer }, deps.clock.now());
  if (!decided.ok) return noteRefusal(deps, actor, upgrade.id, 'decline', decided);
  const { decision } = decided.value;
  const reason = decision.reason ?? '';
  const { phase } = upgrade;
  const before = phase.kind === 'awaiting-approval' || phase.kind === 'scheduled' ? phase.decisions : [];
  const tookBack = before.some(({ kind, by }) => kind === 'approve' && samePerson(by, actor));
  const end = await endBeforeStart(
    deps,
    upgrade,
    { kind: 'declined', by: decision.by, reason, at: decision.at },
    `The way forward was declined: ${reason}`,
  );
  const view = await save(deps, {
    ...end,
    by: actor,
    decision,
    delivery,
    did: [{ kind: 'declined', data: { digest: plan.digest, reason } }, ...end.did],
    say: (now) => [
      {
        slot: `declined:${upgrade.planRevision}`,
        channel: upgrade.channel,
        ...noteReply(
          `<@${actor.user}> ${tookBack ? 'took back the approval and declined' : 'declined'}: ${escaped(sentence(reason))} ${whatNow(upgrade)} <@${upgrade.requester.user}>, ask again when it is mended.`,
        ),
      },
      ...end.say(now),
    ],
  });
  return granted(view);
}

export async function withdraw(
  deps: Deps,
  actor: Person,
  id: string,
  delivery: string,
): Promise<Verdict<UpgradeView>> {
  const found = await known(deps, id);
  if (!found.ok) return found;
  const upgrade = found.value;
  const profile = await memberOnly(deps, actor);
  if (!profile.ok) return noteRefusal(deps, actor, upgrade.id, 'withdraw', profile);
  const refuse = (rule: string, say: string) =>
    noteRefusal<UpgradeView>(deps, actor, upgrade.id, 'withdraw', refused(rule, say));
  if (!samePerson(actor, upgrade.requester))
    return refuse(
      'not-the-requester',
      `Only <@${upgrade.requester.user}>, who asked for ${upgrade.id}, can withdraw it. Approvers can decline it.`,
    );
  if (!isLive(upgrade))
    return refuse('over', `There is nothing to withdraw: ${upgrade.id} is ${phaseWords(upgrade.phase)}.`);
  if (['running', 'held', 'rolling-back'].includes(upgrade.phase.kind))
    return refuse(
      'started',
      `${upgrade.id} has started, so it can't be withdrawn. When it is held, Stop ends it as it is.`,
    );
  const end = await endBeforeStart(
    deps,
    upgrade,
    { kind: 'withdrawn', by: actor, at: deps.clock.now() },
    'The way forward was withdrawn.',
  );
  const view = await save(deps, {
    ...end,
    by: actor,
    delivery,
    did: [{ kind: 'withdrawn', data: {} }, ...end.did],
    say: (now) => [
      {
        slot: `withdrawn:${upgrade.planRevision}`,
        channel: upgrade.channel,
        ...noteReply(`<@${actor.user}> withdrew ${upgrade.id}. ${whatNow(upgrade)}`),
      },
      ...end.say(now),
    ],
  });
  return granted(view);
}

/** Phase `awaiting-approval` with nobody answering: it ends when the time to approve has passed. A timeout is never a yes. */
export async function expireApproval(deps: Deps, upgrade: Upgrade): Promise<void> {
  const at = deps.clock.now();
  const end = await endBeforeStart(
    deps,
    upgrade,
    { kind: 'expired', which: 'approve-by', at },
    'The way forward was not approved in time.',
  );
  await save(deps, {
    ...end,
    by: null,
    did: [{ kind: 'expired', data: { which: 'approve-by' } }, ...end.did],
    say: (now) => [
      {
        slot: `expired:${upgrade.planRevision}`,
        channel: upgrade.channel,
        ...noteReply(
          `Not every place was filled in time, so ${upgrade.midway === null ? upgrade.id : 'the way forward'} has expired. ${whatNow(upgrade)} <@${upgrade.requester.user}>, ask again with a later window.`,
        ),
      },
      ...end.say(now),
    ],
  });
}
