/** Stops at a checkpoint and asks a person; the lock stays. */
import { holdOffers } from '../core/hold-offers.ts';
import type { Hold } from '../core/model.ts';
import type { PlannedStep } from '../core/plan.ts';
import type { UpgradeView } from '../core/view.ts';
import { holdReply } from '../messages/thread.ts';
import type { NewMessage } from '../ports/ports.ts';
import type { Deps, Next, Running } from './context.ts';
import { hintFor, outputLines } from './output.ts';
import { runbookOf } from './preflight.ts';
import { save } from './save.ts';

export interface Holding {
  readonly step: PlannedStep;
  readonly attempt: string | null;
  readonly reason: string;
}

/** Ways forward of the runbook, for a run that has no way back. A runbook that cannot be read offers none. */
async function forwardFlows(deps: Deps, { upgrade }: Running): Promise<Hold['forward']> {
  try {
    const { flows } = await runbookOf(deps, upgrade.runbook);
    return flows
      .filter(({ id, offered }) => offered === 'after_no_return' && id !== upgrade.flow)
      .map(({ id, title }) => ({ flow: id, title }));
  } catch (error) {
    deps.log.warn({ upgrade: upgrade.id, err: error }, 'ways forward not offered');
    return [];
  }
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

/** What the verify printed that is the reason of this hold; null = another reason, or it printed nothing. */
function seenByVerify({ events }: Running, { step, attempt, reason }: Holding): readonly string[] | null {
  const last = events.findLast((event) => 'attempt' in event && event.step === step.id);
  if (last?.kind !== 'verify-failed' || last.attempt !== attempt || last.why !== reason) return null;
  return last.output === undefined || last.output.length === 0 ? null : last.output;
}

export async function hold(deps: Deps, running: Running, move: Holding): Promise<Next> {
  const { upgrade, events } = running;
  const at = deps.clock.now();
  const number = await nextHoldNumber(deps, upgrade.id);
  const own = await outputLines(deps, running, move.step, move.attempt);
  const seen = seenByVerify(running, move);
  const { offers, retryFrom, pastNoReturn } = holdOffers(running.plan.body, events, move.step.id);
  const held: Hold = {
    number,
    step: move.step.id,
    attempt: move.attempt,
    reason: move.reason,
    ...(seen === null ? { tail: own.tail } : { tail: seen, tailOf: 'verify' as const }),
    exitCode: own.exitCode,
    hint: (seen === null ? null : hintFor(move.step, [seen.join('\n')])) ?? own.hint,
    offers,
    retryFrom,
    forward: pastNoReturn ? await forwardFlows(deps, running) : [],
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
