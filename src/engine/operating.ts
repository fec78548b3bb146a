/** What people do with a held run: retry, look again. The first click wins. */
import { granted, type Person, refused, type Verdict } from '../core/model.ts';
import type { PlannedStep } from '../core/plan.ts';
import type { RunEvent } from '../core/run.ts';
import { foldStep } from '../core/step-fold.ts';
import type { UpgradeView } from '../core/view.ts';
import { escaped } from '../messages/block-kit.ts';
import type { Deps } from './context.ts';
import { answered, goesOn, type Held, heldFor } from './held.ts';
import { lookAtHostsAgain } from './looking-again.ts';
import { noteRefusal } from './people.ts';
import { save } from './save.ts';

type How = 'as_is' | 'undo_first' | 'look_again';

/** What a Retry means here, by what the runbook says is safe. */
function howToRetry(step: PlannedStep, events: readonly RunEvent[], held: boolean): How {
  const { stage, undos, rollingBack } = foldStep(step, events);
  if (rollingBack) return 'undo_first';
  if (step.reversal.kind !== 'undo') return 'as_is';
  if (!held) return step.retry === 'undo_first' ? 'undo_first' : 'as_is';
  const unfinished = stage.kind === 'failed' && (stage.during === 'undo' || undos > 0);
  const applied = stage.kind === 'failed' && stage.during !== 'answer';
  return applied && (step.retry === 'undo_first' || unfinished) ? 'undo_first' : 'as_is';
}

interface Retried {
  readonly step: PlannedStep;
  readonly how: How;
}

/** The held step, and for a retry from further back every step in between, in the order of the plan. */
function stepsToRetry(
  { plan, step, events }: Held,
  how: 'retry' | 'look_again',
  from: string | null,
): readonly Retried[] {
  if (how === 'look_again') return [{ step, how: 'look_again' }];
  const last = plan.steps.indexOf(step);
  const first = from === null ? last : plan.steps.findIndex(({ id }) => id === from);
  return plan.steps
    .slice(first, last + 1)
    .map((one) => ({ step: one, how: howToRetry(one, events, one === step) }));
}

function saidOf(retried: readonly Retried[], from: PlannedStep | undefined): string {
  if (retried[0]?.how === 'look_again') return 'Look again';
  const undo = retried.some(({ how }) => how === 'undo_first')
    ? `, undoing ${retried.length === 1 ? 'the failed attempt' : 'what is there'} first`
    : '';
  return `Retry${from === undefined ? '' : ` from “${escaped(from.title)}”`}${undo}`;
}

export async function retry(
  deps: Deps,
  actor: Person,
  id: string,
  answer: {
    readonly hold: number;
    readonly how: 'retry' | 'look_again';
    /** An earlier step from which it is tried again; null = the held one. */
    readonly from: string | null;
  },
  delivery: string,
): Promise<Verdict<UpgradeView>> {
  const found = await heldFor(deps, actor, id, { number: answer.hold, offer: answer.how });
  if (!found.ok) return noteRefusal(deps, actor, id, 'retry', found);
  const held = found.value;
  const { upgrade, hold, step } = held;
  const refuse = (verdict: Verdict<never>) =>
    noteRefusal<UpgradeView>(deps, actor, upgrade.id, 'retry', verdict);
  if (answer.from !== null && !hold.retryFrom.includes(answer.from))
    return refuse(
      refused('not-offered', 'From that step it is not safe here; the list shows from which it is.'),
    );
  const again = await lookAtHostsAgain(deps, held);
  if (!again.ok) return refuse(again);
  const retried = stepsToRetry(held, answer.how, answer.from);
  const at = deps.clock.now();
  const from = held.plan.steps.find((one) => one.id === answer.from);
  const said = `▶️ ${saidOf(retried, from)}, by <@${actor.user}>.`;
  const view = await save(deps, {
    upgrade: goesOn(held, at),
    by: actor,
    delivery,
    run: retried.map(({ step: one, how }) => ({ kind: 'retried', at, step: one.id, by: actor, how })),
    did: [
      {
        kind: 'retried',
        data: {
          step: step.id,
          how: retried.at(-1)?.how ?? 'as_is',
          hold: hold.number,
          ...(answer.from !== null && { from: answer.from }),
        },
      },
    ],
    say: (now) => [answered(now, held, said), ...again.value],
  });
  deps.wake(upgrade.id, at);
  return granted(view);
}
