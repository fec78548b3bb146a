/**
 * The last step is verified. Two commits: the first one puts the end into the journal and the audit trail, the second one
 * tells it with the head of the audit chain, so that the head in Slack covers the end too.
 */
import { finishedReply } from '../messages/thread.ts';
import type { Deps, Next, Running } from './context.ts';
import { save } from './save.ts';

export async function finish(deps: Deps, running: Running): Promise<Next> {
  const { upgrade, epoch } = running;
  const at = deps.clock.now();
  if (!running.events.some(({ kind }) => kind === 'finished')) {
    await save(deps, {
      upgrade,
      by: null,
      epoch,
      run: [{ kind: 'finished', at }],
      did: [{ kind: 'finished', data: { outcome: 'succeeded' } }],
      card: false,
    });
    return { again: at };
  }
  const auditHead = await deps.store.auditHead();
  await save(deps, {
    upgrade: { ...upgrade, phase: { kind: 'finished', outcome: 'succeeded', at, by: null } },
    by: null,
    epoch,
    did: [],
    say: (view) => [
      { slot: 'finished', channel: upgrade.channel, broadcast: true, ...finishedReply(view, { auditHead }) },
    ],
  });
  return 'over';
}
