/** Stops at a checkpoint and asks a person; the lock stays. */
import { holdOffers } from '../core/hold-offers.ts';
import type { Hold } from '../core/model.ts';
import type { PlannedStep } from '../core/plan.ts';
import type { UpgradeView } from '../core/view.ts';
import { holdReply } from '../messages/thread.ts';
import type { NewMessage } from '../ports/ports.ts';
import type { Deps, Next, Running } from './context.ts';
import { outputLines } from './output.ts';
import { usableRunbook } from './preflight.ts';
import { save } from './save.ts';

export interface Holding {
  readonly step: PlannedStep;
  readonly attempt: string | null;
  readonly reason: string;
}

interface Ways {
  readonly forward: Hold['forward'];
  /** Why none can be offered now. */
  readonly unread: string | null;
}

/** Ways forward of the runbook, for a run that has no way back. A runbook that cannot be read offers none, and that is said. */
async function waysForward(deps: Deps, { upgrade }: Running): Promise<Ways> {
  const runbook = await usableRunbook(deps, upgrade.runbook);
  if (!runbook.ok) {
    deps.log.warn({ upgrade: upgrade.id, why: runbook.refusal.say }, 'ways forward not offered');
    return { forward: [], unread: `Ways forward cannot be offered at this hold. ${runbook.refusal.say}` };
  }
  const forward = runbook.value.flows
    .filter(({ id, offered }) => offered === 'after_no_return' && id !== upgrade.flow)
    .map(({ id, title }) => ({ flow: id, title }));
  return { forward, unread: null };
}

/** Numbers of holds go on over all runs of an upgrade, so that an old button is recognised. */
export async function nextHoldNumber(
  deps: Pick<Deps, 'store'>,
  id: Running['upgrade']['id'],
): Promise<number> {
  return (await deps.store.runEvents(id)).filter(({ kind }) => kind === 'held').length + 1;
}

/** The hold's reply with its buttons, as it is now. */
export function stillHeld(view: UpgradeView, hold: Hold, step: PlannedStep): NewMessage {
  const { channel } = view.upgrade;
  return { slot: `hold:${hold.number}`, channel, broadcast: true, ...holdReply(view, hold, step) };
}

export async function hold(deps: Deps, running: Running, move: Holding): Promise<Next> {
  const { upgrade, events } = running;
  const at = deps.clock.now();
  const number = await nextHoldNumber(deps, upgrade.id);
  const { tail, hint, exitCode } = await outputLines(deps, running, move.step, move.attempt);
  const { offers, retryFrom, pastNoReturn } = holdOffers(running.plan.body, events, move.step.id);
  const { forward, unread } = pastNoReturn ? await waysForward(deps, running) : { forward: [], unread: null };
  const held: Hold = {
    number,
    step: move.step.id,
    attempt: move.attempt,
    reason: move.reason,
    tail,
    exitCode,
    hint: [hint, unread].filter((text) => text !== null).join(' ') || null,
    offers,
    retryFrom,
    forward,
    proposal: null,
    rollingBack: upgrade.phase.kind === 'rolling-back',
    since: at,
  };
  const { step, attempt, reason } = { ...move, step: move.step.id };
  await save(deps, {
    upgrade: { ...upgrade, phase: { kind: 'held', hold: held } },
    by: null,
    epoch: running.epoch,
    run: [{ kind: 'held', at, step, attempt, number, reason }],
    did: [{ kind: 'held', data: { step, attempt, number, reason } }],
    say: (view) => [stillHeld(view, held, move.step)],
  });
  return 'person';
}
