/** A held run as it is when somebody clicks: who may, which hold, what is offered. Shared by all that moves it on. */
import {
  granted,
  type Hold,
  type HoldOffer,
  type Person,
  refused,
  type Upgrade,
  type Verdict,
} from '../core/model.ts';
import { phaseWords } from '../core/phase-words.ts';
import type { PlanBody, PlannedStep } from '../core/plan.ts';
import { currentRun, type RunEvent } from '../core/run.ts';
import type { UpgradeView } from '../core/view.ts';
import { holdReply } from '../messages/thread.ts';
import type { NewMessage } from '../ports/ports.ts';
import type { Deps } from './context.ts';
import { known } from './deciding.ts';
import { mayOperate } from './people.ts';

export interface Held {
  readonly upgrade: Upgrade;
  readonly hold: Hold;
  readonly plan: PlanBody;
  readonly step: PlannedStep;
  /** Of the current run. */
  readonly events: readonly RunEvent[];
}

/** Why nothing can be chosen, and which verb does what the person probably wants. */
function notHeld({ id, phase, requester, midway }: Upgrade): string {
  switch (phase.kind) {
    case 'preparing':
    case 'awaiting-approval':
    case 'scheduled': {
      const back = `<@${requester.user}> takes it back with /upgrade withdraw ${id}`;
      return midway === null
        ? `${id} has not started, so there is nothing to stop or choose. ${back}; approvers can decline it.`
        : `The way forward of ${id} has not started. ${back}; then the run is held again, and can be stopped.`;
    }
    case 'running':
    case 'rolling-back':
      return `${id} is ${phaseWords(phase)}; the thread says how. It can be stopped when it is held; a no-go at a gate holds it.`;
    default:
      return `There is nothing to choose: ${id} is ${phaseWords(phase)}.`;
  }
}

/** @param offer undefined = any hold will do; `number` null = the current one, whichever it is (typed, not clicked) */
export async function heldFor(
  deps: Deps,
  actor: Person,
  id: string,
  wanted: { readonly number: number | null; readonly offer?: HoldOffer },
): Promise<Verdict<Held>> {
  const found = await known(deps, id);
  if (!found.ok) return found;
  const upgrade = found.value;
  const may = await mayOperate(deps, actor, upgrade, { approvers: true });
  if (!may.ok) return may;
  const { phase } = upgrade;
  if (phase.kind !== 'held') return refused('not-held', notHeld(upgrade));
  const { hold } = phase;
  if (wanted.number !== null && hold.number !== wanted.number)
    return refused('old-hold', 'That button belongs to an earlier hold. Use the newest one in the thread.');
  if (wanted.offer !== undefined && !hold.offers.includes(wanted.offer))
    return refused('not-offered', 'That is not safe here; the card shows what is.');
  const plan = await deps.store.plan(upgrade.id, upgrade.planRevision);
  const step = plan?.body.steps.find((one) => one.id === hold.step);
  if (plan === undefined || step === undefined) return refused('no-step', 'The plan has no such step.');
  const events = currentRun(await deps.store.runEvents(upgrade.id));
  if (events.some(({ kind }) => kind === 'stopped'))
    return refused('not-held', `${upgrade.id} has been stopped; the thread says by whom.`);
  return granted({ upgrade, hold, plan: plan.body, step, events });
}

/** Where the run goes on: back to what it was doing when it was held. */
export function goesOn({ upgrade, hold }: Pick<Held, 'upgrade' | 'hold'>, at: number): Upgrade {
  return {
    ...upgrade,
    phase: hold.rollingBack
      ? { kind: 'rolling-back', since: at }
      : { kind: 'running', since: at, waitingFor: null },
  };
}

/** The hold's reply without its buttons, with what was chosen. @param chosen escaped */
export function answered(view: UpgradeView, { hold, step }: Held, chosen: string): NewMessage {
  return {
    slot: `hold:${hold.number}`,
    channel: view.upgrade.channel,
    broadcast: true,
    ...holdReply(view, hold, step, chosen),
  };
}
