/** From approved to running: the go, the second look at T-0, and what happens when the plan would be different now. */
import { granted, type Person, refused, type Upgrade, type Verdict } from '../core/model.ts';
import { phaseWords } from '../core/phase-words.ts';
import { type Finding, type Plan, shortDigest } from '../core/plan.ts';
import type { RunEvent } from '../core/run.ts';
import type { UpgradeView } from '../core/view.ts';
import { mayStart } from '../core/window.ts';
import { escaped } from '../messages/block-kit.ts';
import { noteReply } from '../messages/thread.ts';
import { sentence, slackTime } from '../messages/words.ts';
import { BusyError } from '../ports/ports.ts';
import type { Deps, Next, Scheduled } from './context.ts';
import { known } from './deciding.ts';
import { lockedFinding } from './locking.ts';
import { endBeforeStart, whatNow } from './midway.ts';
import { mayOperate, noteRefusal, policiesUsable } from './people.ts';
import { forPeople, preflight, RunbookError } from './preflight.ts';
import { neededS } from './preparing.ts';
import { newFindings, replanned } from './replanning.ts';
import { askedOf, targetNamed } from './requesting.ts';
import { save } from './save.ts';

/** Settings are read again when the bot is told so, which wakes us; this is for a wake-up that was lost. */
const LOOK_AGAIN_MS = 60_000;

export async function go(
  deps: Deps,
  actor: Person,
  id: string,
  delivery: string,
): Promise<Verdict<UpgradeView>> {
  const found = await known(deps, id);
  if (!found.ok) return found;
  const upgrade = found.value;
  const refuse = (verdict: Verdict<never>) =>
    noteRefusal<UpgradeView>(deps, actor, upgrade.id, 'go', verdict);
  const may = await mayOperate(deps, actor, upgrade, { approvers: false });
  if (!may.ok) return refuse(may);
  const usable = policiesUsable(deps);
  if (!usable.ok) return refuse(usable);
  const { phase } = upgrade;
  if (phase.kind !== 'scheduled')
    return refuse(
      refused(
        'not-scheduled',
        `${upgrade.id} can't be started: it is ${phaseWords(phase)}. /upgrade status ${upgrade.id} shows what happens next.`,
      ),
    );
  if (phase.go !== null)
    return refuse(refused('go-given', `<@${phase.go.user}> has given the go; the hosts are being checked.`));
  const plan = await deps.store.plan(upgrade.id, upgrade.planRevision);
  if (plan === undefined) return refuse(refused('no-plan', `${upgrade.id} has no plan.`));
  const open = mayStart(upgrade.window, neededS(plan), deps.clock.now());
  if (!open.ok) return refuse(open);
  const view = await save(deps, {
    upgrade: { ...upgrade, phase: { ...phase, go: actor } },
    by: actor,
    delivery,
    did: [{ kind: 'start-given', data: {} }],
  });
  deps.wake(upgrade.id, deps.clock.now());
  return granted(view);
}

function missed({ phase }: Upgrade): string {
  const why = phase.kind === 'scheduled' ? phase.inTheWay : undefined;
  const late = 'What is left of the window is shorter than the plan.';
  return why === undefined ? late : `${late} It did not start before: ${escaped(sentence(why))}`;
}

async function expire(deps: Deps, upgrade: Upgrade): Promise<Next> {
  const at = deps.clock.now();
  const end = await endBeforeStart(
    deps,
    upgrade,
    { kind: 'expired', which: 'start-by', at },
    'The way forward was not started in time.',
  );
  await save(deps, {
    ...end,
    by: null,
    did: [{ kind: 'expired', data: { which: 'start-by' } }, ...end.did],
    say: (now) => [
      {
        slot: `expired:${upgrade.planRevision}`,
        channel: upgrade.channel,
        ...noteReply(
          `${missed(upgrade)} So ${upgrade.midway === null ? upgrade.id : 'the way forward'} has expired. ${whatNow(upgrade)} <@${upgrade.requester.user}>, ask again with a new window.`,
        ),
      },
      ...end.say(now),
    ],
  });
  return 'over';
}

/** What was in the way of a start by itself is in it no more once the hosts were looked at. */
function withoutGo(upgrade: Scheduled): Upgrade {
  const { inTheWay: _, ...phase } = upgrade.phase;
  return { ...upgrade, phase: { ...phase, go: null } };
}

/** Blocked at T-0: the approvals stand, the go is given back, and it says what is in the way. */
async function notYet(deps: Deps, upgrade: Scheduled, findings: readonly Finding[]): Promise<Next> {
  const lines = findings.map(({ say, do: todo }) => `• ${escaped(`${say} ${todo}`)}`).join('\n');
  const last = slackTime(upgrade.phase.startBy, upgrade.window.zone);
  await save(deps, {
    upgrade: withoutGo(upgrade),
    by: null,
    did: [{ kind: 'blocked', data: { at: 'start', findings: findings.map(({ id, say }) => ({ id, say })) } }],
    say: () => [
      {
        slot: `not-started:${deps.clock.now()}`,
        channel: upgrade.channel,
        ...noteReply(
          `Not started, nothing was changed. The check at the start found:\n${lines}\nOnce it is mended, press “Start now” again, at the latest ${last}.`,
        ),
      },
    ],
  });
  return { again: upgrade.phase.startBy + 1 };
}

async function start(deps: Deps, upgrade: Scheduled, plan: Plan): Promise<Next> {
  const target = targetNamed(deps, upgrade.target);
  const inventory = (say: string): Finding => ({
    id: 'inventory',
    severity: 'blocker',
    say,
    do: 'The settings must be mended first.',
    refs: [],
  });
  if (target === undefined)
    return notYet(deps, upgrade, [inventory(`Target ${upgrade.target} is not in targets.yaml any more.`)]);
  const asked = askedOf(upgrade, target);
  const before = upgrade.midway === null ? {} : { before: plan.evidence.facts };
  const made = await preflight(deps, { ...asked, ...before }).catch((error: Error) => error);
  if (made instanceof Error)
    return notYet(deps, upgrade, [inventory(made instanceof RunbookError ? forPeople(made) : made.message)]);
  if (made.kind === 'refused')
    return notYet(
      deps,
      upgrade,
      made.errors.map(({ say }) => inventory(say)),
    );
  const blockers = made.plan.evidence.findings.filter(({ severity }) => severity === 'blocker');
  if (blockers.length > 0) return notYet(deps, upgrade, blockers);
  if (made.plan.digest !== plan.digest || newFindings(plan, made.plan).length > 0)
    return replanned(deps, upgrade, plan, made.plan).catch((error: unknown) => {
      // The hosts are other ones now, and another upgrade has them.
      if (!(error instanceof BusyError)) throw error;
      return notYet(deps, upgrade, [lockedFinding(error, made.plan)]);
    });
  const now = deps.clock.now();
  const open = mayStart(upgrade.window, neededS(plan), now);
  if (!open.ok) return expire(deps, upgrade);
  const by = upgrade.phase.go;
  const started: RunEvent = { kind: 'run-started', at: now, by };
  await save(deps, {
    upgrade: { ...upgrade, midway: null, phase: { kind: 'running', since: now, waitingFor: null } },
    by,
    run: [started],
    did: [{ kind: 'run-started', data: { digest: plan.digest, facts: made.plan.evidence.facts.length } }],
    say: () => [
      {
        slot: `run-started:${upgrade.planRevision}`,
        channel: upgrade.channel,
        ...noteReply(
          `Started${by === null ? '' : ` by <@${by.user}>`}: the hosts were checked again, and the plan is the approved one (${shortDigest(plan.digest)}).`,
        ),
      },
    ],
  });
  return { again: now };
}

async function announce(deps: Deps, upgrade: Scheduled): Promise<void> {
  const target = targetNamed(deps, upgrade.target);
  const onCall = (target?.onCall ?? [])
    .map((id) => (id.startsWith('S') ? `<!subteam^${id}>` : `<@${id}>`))
    .join(' or ');
  const who = [`<@${upgrade.requester.user}>`, onCall].filter((text) => text !== '').join(' or ');
  await save(deps, {
    upgrade: { ...upgrade, phase: { ...upgrade.phase, opened: true } },
    by: null,
    did: [],
    say: () => [
      {
        slot: `window-open:${upgrade.planRevision}`,
        channel: upgrade.channel,
        ...noteReply(
          `The window is open. ${who}: press “Start now” on the card, at the latest ${slackTime(upgrade.phase.startBy, upgrade.window.zone)}.`,
        ),
      },
    ],
  });
}

/** It would start now, and the settings on disk are broken: the reason is said once, and again only when it is another one. */
async function tellInTheWay(deps: Deps, upgrade: Scheduled, why: string): Promise<void> {
  const { phase, window, channel, planRevision: revision } = upgrade;
  if (phase.inTheWay === why) return;
  await save(deps, {
    upgrade: { ...upgrade, phase: { ...phase, inTheWay: why } },
    by: null,
    did: [{ kind: 'blocked', data: { at: 'start', findings: [{ id: 'settings', say: why }] } }],
    say: () => [
      {
        slot: `in-the-way:${revision}`,
        channel,
        ...noteReply(
          `Not started yet, nothing was changed. ${escaped(sentence(why))} The bot operator mends them and has them read again; then it starts by itself, at the latest ${slackTime(phase.startBy, window.zone)}.`,
        ),
      },
    ],
  });
}

/** Phase `scheduled`: waits for the window, then for the go (or starts by itself where the target says so). */
export async function scheduled(deps: Deps, upgrade: Upgrade): Promise<Next> {
  if (upgrade.phase.kind !== 'scheduled') return 'over';
  const current: Scheduled = { ...upgrade, phase: upgrade.phase };
  const now = deps.clock.now();
  const { phase, window } = current;
  if (now > phase.startBy) return expire(deps, current);
  if (now < window.opensAt) return { again: window.opensAt };
  const plan = await deps.store.plan(upgrade.id, upgrade.planRevision);
  if (plan === undefined) return 'over';
  if (phase.go !== null || targetNamed(deps, upgrade.target)?.start === 'auto') {
    const usable = policiesUsable(deps);
    if (usable.ok) return start(deps, current, plan);
    await tellInTheWay(deps, current, usable.refusal.say);
    return { again: Math.min(now + LOOK_AGAIN_MS, phase.startBy + 1) };
  }
  if (!phase.opened) await announce(deps, current);
  return { again: phase.startBy + 1 };
}
