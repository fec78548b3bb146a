/** A step that prints nothing for longer than its runbook expects is told to people; it is left to run. */

import { formatDuration } from '../core/window.ts';
import { escaped } from '../messages/block-kit.ts';
import { noteReply } from '../messages/thread.ts';
import { operators } from '../messages/words.ts';
import type { Driven } from './concluding.ts';
import type { Deps, Running } from './context.ts';
import { save } from './save.ts';

/**
 * Since when an attempt has been silent, by attempt. In memory only: after a restart the clock begins anew, which delays the
 * word by one limit at most.
 */
export type Silences = Map<
  string,
  { readonly bytes: number; readonly since: number; readonly told: boolean }
>;

export async function noteSilence(deps: Deps, running: Running, driven: Driven): Promise<void> {
  const { step, attempt, undo } = driven;
  if (step.silenceS === null || undo) return;
  const now = deps.clock.now();
  const { out, err } = await deps.store.outputSize(attempt);
  const known = deps.silences.get(attempt);
  if (known === undefined || known.bytes !== out + err) {
    deps.silences.set(attempt, { bytes: out + err, since: now, told: false });
    return;
  }
  if (known.told || now - known.since <= step.silenceS * 1000) return;
  deps.silences.set(attempt, { ...known, told: true });
  const forS = Math.round((now - known.since) / 1000);
  const upgrade = (await deps.store.upgrade(running.upgrade.id)) ?? running.upgrade;
  await save(deps, {
    upgrade,
    by: null,
    epoch: running.epoch,
    did: [{ kind: 'silent', data: { step: step.id, attempt, for_s: forS } }],
    card: false,
    say: (view) => [
      {
        slot: `silent:${attempt}:${known.bytes}`,
        channel: upgrade.channel,
        ...noteReply(
          `🔇 “${escaped(step.title)}” has printed nothing for ${formatDuration(forS)}. It still runs and is left alone. ${operators(view)}: have a look; “Cancel this step” on the card ends it.`,
        ),
      },
    ],
  });
}
