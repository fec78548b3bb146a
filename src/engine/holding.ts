/** Stops at a checkpoint and asks a person; the lock stays. */
import type { Hold, HoldOffer } from '../core/model.ts';
import type { PlannedStep } from '../core/plan.ts';
import { holdReply } from '../messages/thread.ts';
import type { Deps, Next, Running } from './context.ts';
import { outputLines } from './output.ts';
import { save } from './save.ts';

export interface Holding {
  readonly step: PlannedStep;
  readonly attempt: string | null;
  readonly reason: string;
  readonly offers: readonly HoldOffer[];
}

export async function hold(deps: Deps, running: Running, move: Holding): Promise<Next> {
  const { upgrade, events } = running;
  const at = deps.clock.now();
  const number = events.filter(({ kind }) => kind === 'held').length + 1;
  const { tail, hint, exitCode } = await outputLines(deps, running, move.step, move.attempt);
  const held: Hold = {
    number,
    step: move.step.id,
    attempt: move.attempt,
    reason: move.reason,
    tail,
    exitCode,
    hint,
    offers: move.offers,
    since: at,
  };
  await save(deps, {
    upgrade: { ...upgrade, phase: { kind: 'held', hold: held } },
    by: null,
    epoch: running.epoch,
    run: [{ kind: 'held', at, step: move.step.id, attempt: move.attempt, number, reason: move.reason }],
    did: [{ kind: 'held', data: { step: move.step.id, attempt: move.attempt, number, reason: move.reason } }],
    say: (view) => [
      {
        slot: `hold:${number}`,
        channel: upgrade.channel,
        broadcast: true,
        ...holdReply(view, held, move.step),
      },
    ],
  });
  return 'person';
}
