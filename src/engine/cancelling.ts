/** Ends the processes of the step that runs: INT, TERM, KILL with waits, then looked at, never guessed. */
import { granted, type Person, refused, type Verdict } from '../core/model.ts';
import { currentRun } from '../core/run.ts';
import { foldStep } from '../core/step-fold.ts';
import type { UpgradeView } from '../core/view.ts';
import { escaped } from '../messages/block-kit.ts';
import { noteReply } from '../messages/thread.ts';
import type { Deps } from './context.ts';
import { known } from './deciding.ts';
import { mayOperate, noteRefusal } from './people.ts';
import { save } from './save.ts';

/** The wish is written down first; the executor carries it out, also after a restart. */
export async function cancelStep(
  deps: Deps,
  actor: Person,
  id: string,
  { attempt }: { readonly attempt: string },
  delivery: string,
): Promise<Verdict<UpgradeView>> {
  const found = await known(deps, id);
  if (!found.ok) return found;
  const upgrade = found.value;
  const refuse = (verdict: Verdict<never>) =>
    noteRefusal<UpgradeView>(deps, actor, upgrade.id, 'cancel', verdict);
  const may = await mayOperate(deps, actor, upgrade, { approvers: true });
  if (!may.ok) return refuse(may);
  const plan = await deps.store.plan(upgrade.id, upgrade.planRevision);
  const events = currentRun(await deps.store.runEvents(upgrade.id));
  const step = plan?.body.steps.find((one) => foldStep(one, events).attempt === attempt);
  const running =
    upgrade.phase.kind === 'running' &&
    step?.action.kind === 'run' &&
    foldStep(step, events).stage.kind === 'applying';
  if (!running || step === undefined)
    return refuse(refused('not-running', 'That step is not running any more; the thread says how it ended.'));
  if (foldStep(step, events).cancelAsked)
    return refuse(
      refused('cancel-asked', 'It is being cancelled already; the thread will say how it ended.'),
    );
  const at = deps.clock.now();
  const view = await save(deps, {
    upgrade,
    by: actor,
    delivery,
    run: [{ kind: 'cancel-asked', at, step: step.id, attempt, by: actor }],
    did: [{ kind: 'cancel-asked', data: { step: step.id, attempt } }],
    say: () => [
      {
        slot: `cancel:${attempt}`,
        channel: upgrade.channel,
        ...noteReply(
          `<@${actor.user}> cancels “${escaped(step.title)}”: its processes are asked to end, then made to, then looked for.`,
        ),
      },
    ],
  });
  deps.wake(upgrade.id, at);
  return granted(view);
}
