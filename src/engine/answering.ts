/** What a run waits for: the answer at a gate, the report of a manual step. The first answer wins. */
import {
  granted,
  type Person,
  refused,
  samePerson,
  type Upgrade,
  type Verdict,
  type WaitingFor,
} from '../core/model.ts';
import type { PlannedStep } from '../core/plan.ts';
import { currentRun, type RunEvent } from '../core/run.ts';
import { foldStep } from '../core/step-fold.ts';
import type { UpgradeView } from '../core/view.ts';
import { escaped } from '../messages/block-kit.ts';
import { noteReply } from '../messages/thread.ts';
import { questionMessage } from './asking.ts';
import type { Deps } from './context.ts';
import { known } from './deciding.ts';
import { mayOperate, memberOnly, noteRefusal } from './people.ts';
import { save } from './save.ts';
import { buildView } from './view.ts';

interface Asked {
  readonly upgrade: Upgrade;
  readonly step: PlannedStep;
  readonly events: readonly RunEvent[];
  readonly attempt: string;
}

async function waiting(
  deps: Deps,
  id: string,
  kind: WaitingFor['kind'],
  stepId: string,
): Promise<Verdict<Asked>> {
  const found = await known(deps, id);
  if (!found.ok) return found;
  const upgrade = found.value;
  const { phase } = upgrade;
  const plan = await deps.store.plan(upgrade.id, upgrade.planRevision);
  const step = plan?.body.steps.find((one) => one.id === stepId);
  const current = phase.kind === 'running' ? phase.waitingFor : null;
  if (current === null || current.kind !== kind || current.step !== stepId || step === undefined)
    return refused(
      'answered',
      `That question of ${upgrade.id} is not open any more; the thread says how it was answered or ended.`,
    );
  const events = currentRun(await deps.store.runEvents(upgrade.id));
  return granted({ upgrade, step, events, attempt: foldStep(step, events).attempt ?? '' });
}

/** A gate counts like an approval: the people of its place, the requester never. */
async function mayAnswerGate(deps: Deps, actor: Person, { upgrade, step }: Asked): Promise<Verdict<unknown>> {
  const profile = await memberOnly(deps, actor);
  if (!profile.ok) return profile;
  if (samePerson(actor, upgrade.requester))
    return refused(
      'requester-excluded',
      'You asked for this upgrade, so somebody else decides at its gates.',
    );
  const target = deps.policies.inventory().targets[upgrade.target];
  const wanted = step.action.kind === 'gate' ? step.action.need.from : null;
  const places = (target?.approvers ?? []).filter((place) => wanted === null || place.id === wanted);
  const members = await deps.directory.members(places.flatMap((place) => place.from));
  if (members.includes(actor.user)) return granted(null);
  return refused(
    'not-an-approver',
    `This gate is for ${places.map(({ title }) => title).join(', ') || 'nobody in targets.yaml'}.`,
  );
}

/** A gate that waits, and a person who may answer it and has not. */
async function openGate(deps: Deps, actor: Person, id: string, step: string): Promise<Verdict<Asked>> {
  const asked = await waiting(deps, id, 'gate', step);
  if (!asked.ok) return noteRefusal(deps, actor, id, 'gate', asked);
  const { upgrade } = asked.value;
  const may = await mayAnswerGate(deps, actor, asked.value);
  if (!may.ok) return noteRefusal(deps, actor, upgrade.id, 'gate', may);
  if (!goesOf(asked.value).some((one) => samePerson(one, actor))) return asked;
  const twice = refused('already-answered', 'You have said go already; another person is needed.');
  return noteRefusal(deps, actor, upgrade.id, 'gate', twice);
}

/** Who has said go. */
function goesOf({ step, events }: Asked): readonly Person[] {
  const { stage } = foldStep(step, events);
  return stage.kind === 'waiting' ? stage.go : [];
}

async function openManual(deps: Deps, actor: Person, id: string, step: string): Promise<Verdict<Asked>> {
  const asked = await waiting(deps, id, 'manual', step);
  if (!asked.ok) return noteRefusal(deps, actor, id, 'manual', asked);
  const { upgrade } = asked.value;
  const may = await mayOperate(deps, actor, upgrade, { approvers: true });
  return may.ok ? asked : noteRefusal(deps, actor, upgrade.id, 'manual', may);
}

/** For the form of the answer: whoever cannot answer is told before anything is typed. */
export async function mayAnswer(
  deps: Deps,
  actor: Person,
  id: string,
  to: { readonly kind: WaitingFor['kind']; readonly step: string },
): Promise<Verdict<UpgradeView>> {
  const asked = await (to.kind === 'gate' ? openGate : openManual)(deps, actor, id, to.step);
  return asked.ok ? granted(await buildView(deps, asked.value.upgrade)) : asked;
}

const running = (upgrade: Upgrade, now: number): Upgrade => ({
  ...upgrade,
  phase: {
    kind: 'running',
    since: upgrade.phase.kind === 'running' ? upgrade.phase.since : now,
    waitingFor: null,
  },
});

/** People have waited since the question, not since the first of several answers. */
function askedAt({ phase }: Upgrade, now: number): number {
  return (phase.kind === 'running' ? phase.waitingFor?.since : undefined) ?? now;
}

export async function answerGate(
  deps: Deps,
  actor: Person,
  id: string,
  answer: { readonly step: string; readonly go: boolean; readonly note: string },
  delivery: string,
): Promise<Verdict<UpgradeView>> {
  const asked = await openGate(deps, actor, id, answer.step);
  if (!asked.ok) return asked;
  const { upgrade, step, attempt } = asked.value;
  const before = goesOf(asked.value);
  const at = deps.clock.now();
  const need = step.action.kind === 'gate' ? step.action.need.count : 1;
  const open = answer.go && before.length + 1 < need;
  const go = [...before, actor];
  const next: Upgrade =
    open && upgrade.phase.kind === 'running'
      ? {
          ...upgrade,
          phase: {
            ...upgrade.phase,
            waitingFor: { kind: 'gate', step: step.id, since: askedAt(upgrade, at), go },
          },
        }
      : running(upgrade, at);
  const note = answer.note.trim() === '' ? '' : ` “${escaped(answer.note.trim())}”`;
  const said = `<@${actor.user}> said ${answer.go ? 'go' : 'no-go'} at “${escaped(step.title)}”.${note}${open ? ` ${need - go.length} more needed.` : ''}`;
  const view = await save(deps, {
    upgrade: next,
    by: actor,
    delivery,
    run: [
      {
        kind: 'gate-answered',
        at,
        step: step.id,
        attempt,
        by: actor,
        go: answer.go,
        note: answer.note.trim(),
      },
    ],
    did: [
      { kind: 'gate-answered', data: { step: step.id, attempt, go: answer.go, note: answer.note.trim() } },
    ],
    say: (now) => [
      ...(open ? [] : [questionMessage(now, asked.value, said)]),
      { slot: `answer:${attempt}:${actor.user}`, channel: upgrade.channel, ...noteReply(said) },
    ],
  });
  deps.wake(upgrade.id, at);
  return granted(view);
}

export async function answerManual(
  deps: Deps,
  actor: Person,
  id: string,
  answer: { readonly step: string; readonly done: boolean; readonly note: string },
  delivery: string,
): Promise<Verdict<UpgradeView>> {
  const asked = await openManual(deps, actor, id, answer.step);
  if (!asked.ok) return asked;
  const { upgrade, step, attempt } = asked.value;
  const note = answer.note.trim();
  if (note === '') {
    const why = answer.done ? 'Say in a few words what was done.' : 'Say what is in the way.';
    return noteRefusal(deps, actor, id, 'manual', refused('note-needed', why));
  }
  const at = deps.clock.now();
  const said = `<@${actor.user}> ${answer.done ? 'reports done' : "can't do"} “${escaped(step.title)}”: ${escaped(note)}`;
  const view = await save(deps, {
    upgrade: running(upgrade, at),
    by: actor,
    delivery,
    run: [{ kind: 'manual-answered', at, step: step.id, attempt, by: actor, done: answer.done, note }],
    did: [{ kind: 'manual-answered', data: { step: step.id, attempt, done: answer.done, note } }],
    say: (now) => [
      questionMessage(now, asked.value, said),
      { slot: `answer:${attempt}:${actor.user}`, channel: upgrade.channel, ...noteReply(said) },
    ],
  });
  deps.wake(upgrade.id, at);
  return granted(view);
}
