/** A host that cannot be reached while a step needs it: the audit trail says since when, once until something else happens. */
import type { PlannedStep } from '../core/plan.ts';
import type { UnreachableError } from '../ports/ports.ts';
import type { Deps, Running } from './context.ts';
import { save } from './save.ts';

/** A host that this step reboots is away because we said so. */
function expected({ action }: PlannedStep, host: string): boolean {
  if (action.kind === 'reboot') return action.host === host;
  return action.kind === 'run' && action.reboots.includes(host);
}

export async function noteAway(
  deps: Deps,
  running: Running,
  step: PlannedStep,
  { host, why }: UnreachableError,
): Promise<void> {
  if (expected(step, host)) return;
  const { id } = running.upgrade;
  // It is asked for every few seconds; nothing has happened in between.
  const last = (await deps.store.auditTrail(id)).at(-1);
  if (last?.kind === 'host-unreachable' && last.data.host === host) return;
  await save(deps, {
    // What was printed until then has been saved meanwhile.
    upgrade: (await deps.store.upgrade(id)) ?? running.upgrade,
    by: null,
    epoch: running.epoch,
    did: [{ kind: 'host-unreachable', data: { host, why } }],
    card: false,
  });
}
