/** Who is asking, and may they? Closed by default: unknown, guest, bot, deactivated, other workspace are refused, with the rule. */
import type { AuditKind } from '../core/audit.ts';
import type { Target } from '../core/inventory.ts';
import {
  granted,
  type Person,
  type Profile,
  refused,
  samePerson,
  type Upgrade,
  UpgradeId,
  type Verdict,
} from '../core/model.ts';
import type { OpenPlace } from '../core/seating.ts';
import type { Deps } from './context.ts';
import { usableRunbook } from './preflight.ts';
import { actorName } from './save.ts';

const REFUSED_AS: { readonly [kind in NonNullable<Profile['refusedAs']>]: string } = {
  guest: 'Guests can look, and cannot act. Ask a full member of the workspace.',
  bot: 'Apps cannot act on upgrades.',
  deactivated: 'Slack lists you as deactivated.',
  external: 'People of other organisations cannot act here.',
  unknown: 'Slack does not know you in this workspace.',
};

export async function memberOnly(deps: Deps, actor: Person): Promise<Verdict<Profile>> {
  const { teams } = deps.policies.inventory();
  if (!teams.includes(actor.team))
    return refused('other-workspace', 'This workspace is not listed in targets.yaml (teams).');
  const profile = await deps.directory.profile(actor);
  if (profile.refusedAs !== null) return refused(profile.refusedAs, REFUSED_AS[profile.refusedAs]);
  return granted(profile);
}

/** While targets.yaml on disk cannot be read, what runs goes on and nothing new begins. A broken runbook concerns its targets only. */
export function policiesUsable(deps: Deps): Verdict<null> {
  const why = deps.policies.broken();
  if (why === null) return granted(null);
  return refused(
    'policies-broken',
    `The settings on disk cannot be used, so nothing new starts until they are mended: ${why}`,
  );
}

export async function isRequester(deps: Deps, actor: Person, { requesters }: Target): Promise<boolean> {
  return (await deps.directory.members(requesters)).includes(actor.user);
}

/** May this person ask for an upgrade of the target now: with its runbook as it lies on disk? */
export async function mayRequest(deps: Deps, actor: Person, target: Target): Promise<Verdict<Profile>> {
  const profile = await memberOnly(deps, actor);
  if (!profile.ok) return profile;
  const usable = policiesUsable(deps);
  if (!usable.ok) return usable;
  if (!(await isRequester(deps, actor, target)))
    return refused(
      'not-a-requester',
      `You are not among the people who may ask for upgrades of ${target.title}. Ask one of them, or the bot operator.`,
    );
  const runbook = await usableRunbook(deps, target.runbook);
  return runbook.ok ? profile : runbook;
}

export async function openPlaces(deps: Deps, target: Target): Promise<readonly OpenPlace[]> {
  return Promise.all(
    target.approvers.map(async (place) => ({ place, members: await deps.directory.members(place.from) })),
  );
}

/** Requester, on-call and approvers may move a held run on; `go` is for requester and on-call. */
export async function mayOperate(
  deps: Deps,
  actor: Person,
  upgrade: Upgrade,
  who: { readonly approvers: boolean },
): Promise<Verdict<Profile>> {
  const profile = await memberOnly(deps, actor);
  if (!profile.ok) return profile;
  if (samePerson(actor, upgrade.requester)) return profile;
  const target = deps.policies.inventory().targets[upgrade.target];
  const from = [
    ...(target?.onCall ?? []),
    ...(who.approvers ? (target?.approvers ?? []).flatMap((p) => p.from) : []),
  ];
  const members = await deps.directory.members(from);
  if (members.includes(actor.user)) return profile;
  return refused(
    'not-an-operator',
    `This is for the requester${who.approvers ? ', approvers' : ''} and on-call of ${upgrade.target}.`,
  );
}

/** As typed or on a button; null when there is no such upgrade, whose trail could have it. */
async function trailFor(deps: Deps, id: string | null): Promise<UpgradeId | null> {
  const parsed = UpgradeId.safeParse(id?.trim().toUpperCase());
  if (!parsed.success) return null;
  return (await deps.store.upgrade(parsed.data)) === undefined ? null : parsed.data;
}

/** A refused click changes nothing, and is remembered in the trail of its upgrade. */
export async function noteRefusal<T>(
  deps: Deps,
  actor: Person,
  id: string | null,
  verb: string,
  verdict: Verdict<T>,
): Promise<Verdict<T>> {
  if (verdict.ok) return verdict;
  const kind: AuditKind = 'refused';
  await deps.store.record({
    at: deps.clock.now(),
    upgrade: await trailFor(deps, id),
    actor: actorName(actor),
    kind,
    data: { verb, rule: verdict.refusal.rule },
  });
  return verdict;
}
