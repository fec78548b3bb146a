/** The last step is verified: says so, with the head of the audit chain, so that neither cutting nor rewriting goes unnoticed. */
import { finishedReply } from '../messages/thread.ts';
import type { Deps, Next, Running } from './context.ts';
import { save } from './save.ts';

export async function finish(deps: Deps, running: Running): Promise<Next> {
  const { upgrade } = running;
  const at = deps.clock.now();
  const auditHead = await deps.store.auditHead();
  await save(deps, {
    upgrade: { ...upgrade, phase: { kind: 'finished', outcome: 'succeeded', at, by: null } },
    by: null,
    epoch: running.epoch,
    run: [{ kind: 'finished', at }],
    did: [{ kind: 'finished', data: { outcome: 'succeeded' } }],
    say: (view) => [
      { slot: 'finished', channel: upgrade.channel, broadcast: true, ...finishedReply(view, { auditHead }) },
    ],
  });
  return 'over';
}
