/**
 * Ends a held run and leaves the target as it is. Two commits, like every end of a run: the first one puts the stop into the
 * journal and the audit trail, the second one tells it with the head of the audit chain, so that the head covers the stop too.
 */
import { granted, type Hold, type Person, refused, type Upgrade, type Verdict } from '../core/model.ts';
import { currentRun, type RunEvent } from '../core/run.ts';
import type { UpgradeView } from '../core/view.ts';
import { escaped } from '../messages/block-kit.ts';
import { ending } from '../messages/outcome.ts';
import { holdReply, stoppedReply } from '../messages/thread.ts';
import { sentence } from '../messages/words.ts';
import type { NewMessage } from '../ports/ports.ts';
import type { Deps, Next } from './context.ts';
import { heldFor } from './held.ts';
import { noteRefusal } from './people.ts';
import { save } from './save.ts';

type Stopped = Extract<RunEvent, { kind: 'stopped' }>;

function stopOf(events: readonly RunEvent[]): Stopped | undefined {
  return events.find((event) => event.kind === 'stopped');
}

function answered(view: UpgradeView, hold: Hold, said: string): readonly NewMessage[] {
  const step = view.plan?.body.steps.find(({ id }) => id === hold.step);
  if (step === undefined) return [];
  const { channel } = view.upgrade;
  return [{ slot: `hold:${hold.number}`, channel, broadcast: true, ...holdReply(view, hold, step, said) }];
}

function saidOf(view: UpgradeView, { by, note }: Stopped): string {
  const { mark, word, state, next } = ending(view, 'stopped');
  return `${mark} ${word} by <@${by.user}>: ${escaped(sentence(note))} ${state}\n➡️ <@${view.upgrade.requester.user}>, ${next}`;
}

async function tell(deps: Deps, upgrade: Upgrade, hold: Hold, stopped: Stopped): Promise<UpgradeView> {
  const auditHead = await deps.store.auditHead();
  const { at, by } = stopped;
  return save(deps, {
    upgrade: { ...upgrade, midway: null, phase: { kind: 'finished', outcome: 'stopped', at, by } },
    by,
    did: [],
    say: (view) => {
      const said = saidOf(view, stopped);
      const told = { slot: 'stopped', channel: upgrade.channel, broadcast: true };
      return [...answered(view, hold, said), { ...told, ...stoppedReply(said, { auditHead }) }];
    },
  });
}

/** Phase `held`: waits for a person, unless one has stopped it and it ended before that was told. */
export async function held(deps: Deps, upgrade: Upgrade): Promise<Next> {
  if (upgrade.phase.kind !== 'held') return 'over';
  const stopped = stopOf(currentRun(await deps.store.runEvents(upgrade.id)));
  if (stopped === undefined) return 'person';
  await tell(deps, upgrade, upgrade.phase.hold, stopped);
  return 'over';
}

export async function stop(
  deps: Deps,
  actor: Person,
  id: string,
  answer: { readonly hold: number | null; readonly note: string },
  delivery: string,
): Promise<Verdict<UpgradeView>> {
  const found = await heldFor(deps, actor, id, { number: answer.hold });
  if (!found.ok) return noteRefusal(deps, actor, id, 'stop', found);
  const { upgrade, hold } = found.value;
  const note = answer.note.trim();
  if (note === '')
    return noteRefusal(
      deps,
      actor,
      id,
      'stop',
      refused('note-needed', 'Say why you stop here, for whoever goes on from this state.'),
    );
  const stopped: Stopped = { kind: 'stopped', at: deps.clock.now(), by: actor, note };
  const saved = await save(deps, {
    upgrade,
    by: actor,
    delivery,
    run: [stopped],
    did: [{ kind: 'stopped', data: { step: hold.step, note } }],
    card: false,
  });
  // Should we die here, the next start finds it in the journal.
  return granted(await tell(deps, saved.upgrade, hold, stopped));
}
