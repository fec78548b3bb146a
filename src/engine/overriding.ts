/** Done by hand, skip, roll back: ways on from a hold that leave the plan's path, each recorded with who and why. */
import {
  granted,
  type Hold,
  type HoldOffer,
  type Person,
  type Proposal,
  refused,
  samePerson,
  type Verdict,
} from '../core/model.ts';
import type { RunEvent } from '../core/run.ts';
import { foldStep } from '../core/step-fold.ts';
import type { UpgradeView } from '../core/view.ts';
import { escaped } from '../messages/block-kit.ts';
import { noteReply } from '../messages/thread.ts';
import { sentence } from '../messages/words.ts';
import type { Deps } from './context.ts';
import { answered, goesOn, type Held, heldFor } from './held.ts';
import { stillHeld } from './holding.ts';
import { noteRefusal } from './people.ts';
import { actorName, save } from './save.ts';

interface Answer {
  readonly hold: number;
  readonly note: string;
}

async function heldWithNote(
  deps: Deps,
  actor: Person,
  id: string,
  answer: Answer,
  offer: HoldOffer,
  why: string,
): Promise<Verdict<Held & { readonly note: string }>> {
  const found = await heldFor(deps, actor, id, { number: answer.hold, offer });
  if (!found.ok) return noteRefusal(deps, actor, id, offer, found);
  const note = answer.note.trim();
  if (note !== '') return granted({ ...found.value, note });
  return noteRefusal(deps, actor, found.value.upgrade.id, offer, refused('note-needed', why));
}

const WORDS: { readonly [what in Proposal['what']]: string } = {
  done_by_hand: 'take it as done by hand',
  skip: 'skip it',
};

/** The first of two people: it is noted on the hold and asked of a second one. */
async function propose(
  deps: Deps,
  actor: Person,
  held: Held & { readonly note: string },
  what: Proposal['what'],
  delivery: string,
): Promise<Verdict<UpgradeView>> {
  const { upgrade, hold, step, note } = held;
  const at = deps.clock.now();
  const proposal: Proposal = { what, by: actor, note, at };
  const proposed: Hold = { ...hold, proposal };
  const view = await save(deps, {
    upgrade: { ...upgrade, phase: { kind: 'held', hold: proposed } },
    by: actor,
    delivery,
    did: [{ kind: 'proposed', data: { step: step.id, what, note } }],
    say: (now) => [
      stillHeld(now, proposed, step),
      {
        slot: `proposed:${hold.number}`,
        channel: upgrade.channel,
        ...noteReply(
          `<@${actor.user}> wants to ${WORDS[what]}: ${escaped(sentence(note))} “${escaped(step.title)}” is critical, so a second person must press “${what === 'skip' ? 'Skip' : 'Done by hand'}” too.`,
        ),
      },
    ],
  });
  return granted(view);
}

/** null = the step is not critical, or the second person has spoken; then `second` is the first one. */
export function secondOf(
  actor: Person,
  { hold, step }: Held,
  what: Proposal['what'],
): Verdict<{ readonly first: Person | null } | 'propose'> {
  if (!step.critical) return granted({ first: null });
  const { proposal } = hold;
  if (proposal === null || proposal.what !== what) return granted('propose');
  if (!samePerson(proposal.by, actor)) return granted({ first: proposal.by });
  return refused(
    'second-person-needed',
    'You have said so already; this step is critical, so somebody else must say it too.',
  );
}

async function override(
  deps: Deps,
  actor: Person,
  id: string,
  answer: Answer,
  what: Proposal['what'],
  delivery: string,
): Promise<Verdict<UpgradeView>> {
  const why =
    what === 'skip' ? 'Say why it can be left out.' : 'Say in a few words what was done, and where.';
  const found = await heldWithNote(deps, actor, id, answer, what, why);
  if (!found.ok) return found;
  const held = found.value;
  const { upgrade, step, events, note } = held;
  const two = secondOf(actor, held, what);
  if (!two.ok) return noteRefusal(deps, actor, upgrade.id, what, two);
  if (two.value === 'propose') return propose(deps, actor, held, what, delivery);
  const at = deps.clock.now();
  const by = two.value.first ?? actor;
  const second = two.value.first === null ? null : actor;
  const attempt = foldStep(step, events).attempt ?? '';
  const event: RunEvent =
    what === 'skip'
      ? { kind: 'skipped', at, step: step.id, by, second, note }
      : { kind: 'done-by-hand', at, step: step.id, attempt, by, second, note };
  const people = second === null ? `<@${by.user}>` : `<@${by.user}> and <@${second.user}>`;
  const said =
    what === 'skip'
      ? `⏭️ Skipped by ${people}: ${escaped(sentence(note))}`
      : `✋ Done by hand, says ${people}: ${escaped(sentence(note))} Now it is looked at whether it is so.`;
  const view = await save(deps, {
    upgrade: goesOn(held, at),
    by: actor,
    delivery,
    run: [event],
    did: [
      {
        kind: event.kind === 'skipped' ? 'skipped' : 'done-by-hand',
        data: {
          step: step.id,
          note,
          ...(what === 'skip' ? {} : { attempt }),
          ...(second === null ? {} : { second: actorName(by) }),
        },
      },
    ],
    say: (now) => [answered(now, held, said)],
  });
  deps.wake(upgrade.id, at);
  return granted(view);
}

export function doneByHand(
  deps: Deps,
  actor: Person,
  id: string,
  answer: Answer,
  delivery: string,
): Promise<Verdict<UpgradeView>> {
  return override(deps, actor, id, answer, 'done_by_hand', delivery);
}

export function skip(
  deps: Deps,
  actor: Person,
  id: string,
  answer: Answer,
  delivery: string,
): Promise<Verdict<UpgradeView>> {
  return override(deps, actor, id, answer, 'skip', delivery);
}

/** Undo steps in reverse for finished and maybe-run steps, as the plan showed them before it was approved. */
export async function rollBack(
  deps: Deps,
  actor: Person,
  id: string,
  answer: Answer,
  delivery: string,
): Promise<Verdict<UpgradeView>> {
  const why = 'Say why it is rolled back, for whoever asks again.';
  const found = await heldWithNote(deps, actor, id, answer, 'roll_back', why);
  if (!found.ok) return found;
  const { upgrade, step, note } = found.value;
  const at = deps.clock.now();
  const said = `↩️ Being rolled back, asked by <@${actor.user}>: ${escaped(sentence(note))} What was changed is undone in reverse order.`;
  const view = await save(deps, {
    upgrade: { ...upgrade, phase: { kind: 'rolling-back', since: at } },
    by: actor,
    delivery,
    run: [{ kind: 'rollback-started', at, by: actor, note }],
    did: [{ kind: 'rollback-started', data: { step: step.id, note } }],
    say: (now) => [answered(now, found.value, said)],
  });
  deps.wake(upgrade.id, at);
  return granted(view);
}
