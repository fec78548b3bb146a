/** One step of one upgrade, whatever its phase; and what is looked at when the bot starts. */
import { assertNever, type UpgradeId } from '../core/model.ts';
import { StaleWriteError } from '../ports/ports.ts';
import type { Deps, Next } from './context.ts';
import { expireApproval } from './deciding.ts';
import { prepare } from './preparing.ts';
import { running } from './running.ts';
import { scheduled } from './starting.ts';
import { held } from './stopping.ts';

/** Somebody clicked while we decided: read again and decide again, at once. */
const AGAIN_MS = 50;

async function once(deps: Deps, id: UpgradeId): Promise<Next> {
  const upgrade = await deps.store.upgrade(id);
  if (upgrade === undefined) return 'over';
  const { phase } = upgrade;
  switch (phase.kind) {
    case 'preparing':
      return prepare(deps, upgrade);
    case 'awaiting-approval':
      if (deps.clock.now() < phase.approveBy) return { again: phase.approveBy };
      await expireApproval(deps, upgrade);
      return 'over';
    case 'scheduled':
      return scheduled(deps, upgrade);
    case 'running':
    case 'rolling-back':
      return running(deps, upgrade);
    case 'held':
      return held(deps, upgrade);
    case 'blocked':
    case 'finished':
    case 'declined':
    case 'expired':
    case 'withdrawn':
      return 'over';
    default:
      return assertNever(phase);
  }
}

export function createAdvance(deps: Deps): (id: UpgradeId) => Promise<void> {
  return async (id) => {
    try {
      const next = await once(deps, id);
      if (typeof next === 'object') deps.wake(id, next.again);
    } catch (error) {
      if (!(error instanceof StaleWriteError)) throw error;
      deps.log.info({ upgrade: id, why: error.message }, 'decided on an old state, deciding again');
      deps.wake(id, deps.clock.now() + AGAIN_MS);
    }
  };
}

/** After a start: every live upgrade is woken; a wake-up too many is harmless. */
export async function wakeAll(deps: Deps): Promise<number> {
  const live = await deps.store.liveUpgrades();
  for (const upgrade of live) deps.wake(upgrade.id, deps.clock.now());
  return live.length;
}
