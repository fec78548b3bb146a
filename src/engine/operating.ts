/** What people do with a held run: retry, look again, stop. The first click wins. */
import { granted, type Person, refused, type Verdict } from '../core/model.ts';
import type { PlannedStep } from '../core/plan.ts';
import type { RunEvent } from '../core/run.ts';
import { foldStep } from '../core/step-fold.ts';
import type { UpgradeView } from '../core/view.ts';
import { escaped } from '../messages/block-kit.ts';
import { holdReply, noteReply } from '../messages/thread.ts';
import { running } from './answering.ts';
import type { Deps } from './context.ts';
import { known } from './deciding.ts';
import { mayOperate, noteRefusal } from './people.ts';
import { save } from './save.ts';

/** What a Retry means here, by what the runbook says is safe. */
function howToRetry(step: PlannedStep, events: readonly RunEvent[]): 'as_is' | 'undo_first' {
  const { stage, undos } = foldStep(step, events);
  const unfinished = stage.kind === 'failed' && (stage.during === 'undo' || undos > 0);
  const applied = stage.kind === 'failed' && stage.during !== 'answer';
  return step.reversal.kind === 'undo' && applied && (step.retry === 'undo_first' || unfinished)
    ? 'undo_first'
    : 'as_is';
}

export async function retry(
  deps: Deps,
  actor: Person,
  id: string,
  answer: { readonly hold: number; readonly how: 'retry' | 'look_again' },
  delivery: string,
): Promise<Verdict<UpgradeView>> {
  const found = await known(deps, id);
  if (!found.ok) return found;
  const upgrade = found.value;
  const refuse = (verdict: Verdict<never>) =>
    noteRefusal<UpgradeView>(deps, actor, upgrade.id, 'retry', verdict);
  const may = await mayOperate(deps, actor, upgrade, { approvers: true });
  if (!may.ok) return refuse(may);
  const { phase } = upgrade;
  if (phase.kind !== 'held')
    return refuse(refused('not-held', `${upgrade.id} is not held any more; the thread says how it went on.`));
  const { hold } = phase;
  if (hold.number !== answer.hold)
    return refuse(
      refused('old-hold', 'That button belongs to an earlier hold. Use the newest one in the thread.'),
    );
  if (!hold.offers.includes(answer.how))
    return refuse(refused('not-offered', 'That is not safe here; the card shows what is.'));
  const plan = await deps.store.plan(upgrade.id, upgrade.planRevision);
  const step = plan?.body.steps.find((one) => one.id === hold.step);
  if (step === undefined) return refuse(refused('no-step', 'The plan has no such step.'));
  const events = await deps.store.runEvents(upgrade.id);
  const how = answer.how === 'look_again' ? 'look_again' : howToRetry(step, events);
  const at = deps.clock.now();
  const words = {
    as_is: 'Retry',
    undo_first: 'Retry, undoing the failed attempt first',
    look_again: 'Look again',
  };
  const view = await save(deps, {
    upgrade: running(upgrade, at),
    by: actor,
    delivery,
    run: [{ kind: 'retried', at, step: step.id, by: actor, how }],
    did: [{ kind: 'retried', data: { step: step.id, how, hold: hold.number } }],
    say: (now) => [
      {
        slot: `hold:${hold.number}`,
        channel: upgrade.channel,
        broadcast: true,
        ...holdReply(now, hold, step, `▶️ ${words[how]}, by <@${actor.user}>.`),
      },
    ],
  });
  deps.wake(upgrade.id, at);
  return granted(view);
}

export async function stop(
  deps: Deps,
  actor: Person,
  id: string,
  answer: { readonly hold: number | null; readonly note: string },
  delivery: string,
): Promise<Verdict<UpgradeView>> {
  const found = await known(deps, id);
  if (!found.ok) return found;
  const upgrade = found.value;
  const refuse = (verdict: Verdict<never>) =>
    noteRefusal<UpgradeView>(deps, actor, upgrade.id, 'stop', verdict);
  const may = await mayOperate(deps, actor, upgrade, { approvers: true });
  if (!may.ok) return refuse(may);
  const { phase } = upgrade;
  if (phase.kind !== 'held')
    return refuse(
      refused(
        'not-held',
        phase.kind === 'running'
          ? `${upgrade.id} is running. It can be stopped when it is held; a no-go at a gate holds it.`
          : `${upgrade.id} is ${phase.kind}; there is nothing to stop.`,
      ),
    );
  if (answer.hold !== null && answer.hold !== phase.hold.number)
    return refuse(
      refused('old-hold', 'That button belongs to an earlier hold. Use the newest one in the thread.'),
    );
  const note = answer.note.trim();
  if (note === '')
    return refuse(refused('note-needed', 'Say why you stop here, for whoever goes on from this state.'));
  const { hold } = phase;
  const plan = await deps.store.plan(upgrade.id, upgrade.planRevision);
  const step = plan?.body.steps.find((one) => one.id === hold.step);
  const at = deps.clock.now();
  const view = await save(deps, {
    upgrade: { ...upgrade, phase: { kind: 'finished', outcome: 'stopped', at, by: actor } },
    by: actor,
    delivery,
    run: [{ kind: 'stopped', at, by: actor, note }],
    did: [{ kind: 'stopped', data: { step: phase.hold.step, note } }],
    say: (now) => {
      const stopped = `⏹️ Stopped by <@${actor.user}>: ${escaped(note)} The target stays as it is now; its lock is released.`;
      const story = step === undefined ? noteReply(stopped) : holdReply(now, hold, step, stopped);
      return [
        { slot: `hold:${hold.number}`, channel: upgrade.channel, broadcast: true, ...story },
        { slot: 'stopped', channel: upgrade.channel, broadcast: true, ...noteReply(stopped) },
      ];
    },
  });
  return granted(view);
}
