/** What an end before the start means for a way forward: it comes back to the hold that it was asked from. */
import type { Hold, Phase, Upgrade } from '../core/model.ts';
import type { RunEvent } from '../core/run.ts';
import type { UpgradeView } from '../core/view.ts';
import type { NewMessage } from '../ports/ports.ts';
import type { Deps } from './context.ts';
import { nextHoldNumber, stillHeld } from './holding.ts';
import type { Did } from './save.ts';

/** Said at the end of what people read when an approval came to nothing. */
export function whatNow({ midway }: Upgrade): string {
  return midway === null ? 'Nothing was changed.' : 'The run is held again where it was; choose there.';
}

export interface End {
  readonly upgrade: Upgrade;
  readonly run: readonly RunEvent[];
  readonly did: readonly Did[];
  readonly say: (view: UpgradeView) => readonly NewMessage[];
}

function heldAgain(view: UpgradeView, hold: Hold): readonly NewMessage[] {
  const step = view.plan?.body.steps.find(({ id }) => id === hold.step);
  if (step === undefined) return [];
  return [stillHeld(view, hold, step)];
}

/** Declined, expired, withdrawn, blocked: final for an ordinary upgrade, back to its hold for a way forward. */
export async function endBeforeStart(deps: Deps, upgrade: Upgrade, phase: Phase, why: string): Promise<End> {
  const { midway } = upgrade;
  if (midway === null) return { upgrade: { ...upgrade, phase }, run: [], did: [], say: () => [] };
  const at = deps.clock.now();
  const number = await nextHoldNumber(deps, upgrade.id);
  const { step, attempt, reason: before } = midway.hold;
  const reason = `${why} It is held where it was: ${before}`;
  const hold: Hold = { ...midway.hold, number, reason, proposal: null, since: at };
  const { flow, planRevision, planDigest, window } = midway;
  return {
    upgrade: {
      ...upgrade,
      flow,
      planRevision,
      planDigest,
      window,
      midway: null,
      phase: { kind: 'held', hold },
    },
    run: [{ kind: 'held', at, step, attempt, number, reason }],
    did: [{ kind: 'held', data: { step, attempt, number, reason } }],
    say: (view) => heldAgain(view, hold),
  };
}
