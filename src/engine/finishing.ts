/**
 * The last step is verified, or the last undo is. Two commits: the first one puts the end into the journal and the audit trail, the second one
 * tells it with the head of the audit chain, so that the head in Slack covers the end too.
 */
import type { Outcome } from '../core/model.ts';
import { finishedReply } from '../messages/thread.ts';
import type { Deps, Next, Running } from './context.ts';
import { save } from './save.ts';

export async function finish(deps: Deps, running: Running, outcome: Outcome): Promise<Next> {
  const { upgrade, epoch } = running;
  const at = deps.clock.now();
  if (!running.events.some(({ kind }) => kind === 'finished')) {
    await save(deps, {
      upgrade,
      by: null,
      epoch,
      run: [{ kind: 'finished', at, outcome }],
      did: [{ kind: 'finished', data: { outcome } }],
      card: false,
    });
    return { again: at };
  }
  const auditHead = await deps.store.auditHead();
  await save(deps, {
    upgrade: { ...upgrade, phase: { kind: 'finished', outcome, at, by: null } },
    by: null,
    epoch,
    did: [],
    say: (view) => [
      { slot: 'finished', channel: upgrade.channel, broadcast: true, ...finishedReply(view, { auditHead }) },
    ],
  });
  return 'over';
}
