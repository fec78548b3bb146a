/** Ways forward past the point of no return: another flow of the runbook, as a plan of its own that needs approval. */
import { granted, type Person, refused, type Verdict } from '../core/model.ts';
import type { UpgradeView } from '../core/view.ts';
import { escaped } from '../messages/block-kit.ts';
import type { Deps } from './context.ts';
import { answered, heldFor } from './held.ts';
import { noteRefusal } from './people.ts';
import { save } from './save.ts';

export async function goForward(
  deps: Deps,
  actor: Person,
  id: string,
  answer: { readonly hold: number; readonly flow: string; readonly note: string },
  delivery: string,
): Promise<Verdict<UpgradeView>> {
  const found = await heldFor(deps, actor, id, { number: answer.hold });
  if (!found.ok) return noteRefusal(deps, actor, id, 'forward', found);
  const held = found.value;
  const { upgrade, hold, step } = held;
  const refuse = (rule: string, say: string) =>
    noteRefusal<UpgradeView>(deps, actor, upgrade.id, 'forward', refused(rule, say));
  const way = hold.forward.find(({ flow }) => flow === answer.flow);
  if (way === undefined)
    return refuse('not-offered', 'That way is not offered here; the card shows which are.');
  const note = answer.note.trim();
  if (note === '') return refuse('note-needed', 'Say why, for those who approve it.');
  const at = deps.clock.now();
  const { flow, planRevision, planDigest, window } = upgrade;
  const said = `➡️ <@${actor.user}> asks for “${escaped(way.title)}”: ${escaped(note)} It is planned now, and needs approval like any plan.`;
  const view = await save(deps, {
    upgrade: {
      ...upgrade,
      flow: way.flow,
      midway: { hold, flow, planRevision, planDigest, window },
      phase: { kind: 'preparing', since: at },
    },
    by: actor,
    delivery,
    did: [{ kind: 'forward-asked', data: { step: step.id, flow: way.flow, note } }],
    say: (now) => [answered(now, held, said)],
  });
  deps.wake(upgrade.id, at);
  return granted(view);
}
