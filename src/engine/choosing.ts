/** For the forms of a hold: whoever cannot choose there, or no more, is told before anything is typed. */
import { granted, type Person, refused, type Verdict } from '../core/model.ts';
import type { UpgradeView } from '../core/view.ts';
import type { Deps } from './context.ts';
import { heldFor } from './held.ts';
import { secondOf } from './overriding.ts';
import { noteRefusal } from './people.ts';
import type { Choice } from './upgrades.ts';
import { buildView } from './view.ts';

export async function mayChoose(
  deps: Deps,
  actor: Person,
  id: string,
  { hold: number, what }: Choice,
): Promise<Verdict<UpgradeView>> {
  const named = typeof what === 'object' || what === 'stop' ? {} : { offer: what };
  const found = await heldFor(deps, actor, id, { number, ...named });
  const verb = typeof what === 'object' ? 'forward' : what;
  if (!found.ok) return noteRefusal(deps, actor, id, verb, found);
  const { upgrade, hold } = found.value;
  if (typeof what === 'object' && !hold.forward.some(({ flow }) => flow === what.flow)) {
    const no = refused('not-offered', 'That way is not offered here; the card shows which are.');
    return noteRefusal(deps, actor, upgrade.id, verb, no);
  }
  if (what === 'skip' || what === 'done_by_hand') {
    const two = secondOf(actor, found.value, what);
    if (!two.ok) return noteRefusal(deps, actor, upgrade.id, verb, two);
  }
  return granted(await buildView(deps, upgrade));
}
