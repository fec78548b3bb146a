/** Start, cancel, and the choices of a held run. */
import type { BlockAction, Middleware, SlackActionMiddlewareArgs, StaticSelectAction } from '@slack/bolt';
import type { Choice } from '../src/engine/upgrades.ts';
import { parseButtonValue } from '../src/messages/actions.ts';
import { type HoldFormKind, holdModal, stopModal } from '../src/messages/answer-modals.ts';
import { parseForward } from '../src/messages/hold-choices.ts';
import {
  cancelAsked,
  forwardAsked,
  goGiven,
  overridden,
  retried,
  rolledBack,
  stopped,
} from '../src/messages/said.ts';
import { type Clicked, noteNeeded, type Submitted, toForm, toVerb, toVerbFromForm } from './clicks.ts';
import { guarded, tellVerdict, verb } from './guard.ts';
import { OLD_BUTTON } from './leftovers.ts';
import { actorOf, deliveryOfClick } from './payload.ts';
import type { HandlerDeps } from './register.ts';
import { saying, tellClicker } from './telling.ts';

/** The number of the hold on the button. What is no number is no hold: 0 is never one, and the verb says so. */
function holdOf(subject: string): number {
  return /^[1-9]\d{0,8}$/.test(subject) ? Number(subject) : 0;
}

export function goClicked(deps: HandlerDeps): Clicked {
  return toVerb(deps, {
    doing: 'starting',
    act: ({ actor, upgrade, delivery }) => deps.upgrades.go(actor, upgrade, delivery),
    words: goGiven,
  });
}

export function cancelClicked(deps: HandlerDeps): Clicked {
  return toVerb(deps, {
    doing: 'cancelling the step of',
    act: ({ actor, upgrade, subject, delivery }) =>
      deps.upgrades.cancelStep(actor, upgrade, { attempt: subject }, delivery),
    words: cancelAsked,
  });
}

export function retryClicked(deps: HandlerDeps, how: 'retry' | 'look_again'): Clicked {
  return toVerb(deps, {
    doing: how === 'retry' ? 'retrying in' : 'looking again in',
    act: ({ actor, upgrade, subject, delivery }) =>
      deps.upgrades.retry(actor, upgrade, { hold: holdOf(subject), how, from: null }, delivery),
    words: (view) => retried(view, how),
  });
}

type Chosen = Middleware<SlackActionMiddlewareArgs<BlockAction<StaticSelectAction>>>;

/** A list instead of a button: its option carries the hold and the step. */
export function retryFromChosen(deps: HandlerDeps): Chosen {
  return async ({ ack, body, respond, client }) => {
    await ack();
    const tell = tellClicker(deps, { body, respond, client });
    const subject = parseButtonValue(body.actions[0]?.selected_option?.value);
    await guarded(deps, tell, `retrying in ${subject?.upgrade ?? ''}`.trim(), async () => {
      if (subject === undefined) return saying(tell, OLD_BUTTON);
      const { hold, flow: from } = parseForward(subject.subject);
      const answer = { hold: holdOf(hold), how: 'retry' as const, from };
      const said = await verb(() =>
        deps.upgrades.retry(actorOf(body), subject.upgrade, answer, deliveryOfClick(body)),
      );
      await tellVerdict(tell, said, (view) => retried(view, 'retry'));
    });
  };
}

/** What each of those forms chooses; a way forward carries its flow in the subject. */
const WHAT = { doneByHand: 'done_by_hand', skip: 'skip', rollBack: 'roll_back' } as const;

function choiceOf(kind: HoldFormKind, subject: string): Choice {
  if (kind !== 'goForward') return { hold: holdOf(subject), what: WHAT[kind] };
  const { hold, flow } = parseForward(subject);
  return { hold: holdOf(hold), what: { flow } };
}

/** Those choices that write down a reason. */
export function holdFormClicked(deps: HandlerDeps, kind: HoldFormKind): Clicked {
  return toForm(deps, {
    title: (id) => id,
    look: ({ actor, upgrade, subject }) => deps.upgrades.mayChoose(actor, upgrade, choiceOf(kind, subject)),
    form: (view, { subject }) => holdModal(view, kind, subject),
  });
}

export function doneByHandSubmitted(deps: HandlerDeps): Submitted {
  return toVerbFromForm(deps, {
    doing: 'marking a step done in',
    errors: noteNeeded,
    act: ({ actor, upgrade, subject, note, delivery }) =>
      deps.upgrades.doneByHand(actor, upgrade, { hold: holdOf(subject), note }, delivery),
    words: (view) => overridden(view, 'done_by_hand'),
  });
}

export function skipSubmitted(deps: HandlerDeps): Submitted {
  return toVerbFromForm(deps, {
    doing: 'skipping a step of',
    errors: noteNeeded,
    act: ({ actor, upgrade, subject, note, delivery }) =>
      deps.upgrades.skip(actor, upgrade, { hold: holdOf(subject), note }, delivery),
    words: (view) => overridden(view, 'skip'),
  });
}

export function rollBackSubmitted(deps: HandlerDeps): Submitted {
  return toVerbFromForm(deps, {
    doing: 'rolling back',
    errors: noteNeeded,
    act: ({ actor, upgrade, subject, note, delivery }) =>
      deps.upgrades.rollBack(actor, upgrade, { hold: holdOf(subject), note }, delivery),
    words: rolledBack,
  });
}

export function forwardSubmitted(deps: HandlerDeps): Submitted {
  return toVerbFromForm(deps, {
    doing: 'planning the way forward of',
    errors: noteNeeded,
    act: ({ actor, upgrade, subject, note, delivery }) => {
      const { hold, flow } = parseForward(subject);
      return deps.upgrades.goForward(actor, upgrade, { hold: holdOf(hold), flow, note }, delivery);
    },
    words: forwardAsked,
  });
}

export function stopClicked(deps: HandlerDeps): Clicked {
  return toForm(deps, {
    title: (id) => `Stop ${id}`,
    look: ({ actor, upgrade, subject }) =>
      deps.upgrades.mayChoose(actor, upgrade, { hold: holdOf(subject), what: 'stop' }),
    form: (view, { subject }) => stopModal(view, holdOf(subject)),
  });
}

export function stopSubmitted(deps: HandlerDeps): Submitted {
  return toVerbFromForm(deps, {
    doing: 'stopping',
    errors: noteNeeded,
    act: ({ actor, upgrade, subject, note, delivery }) =>
      deps.upgrades.stop(actor, upgrade, { hold: subject === '-' ? null : holdOf(subject), note }, delivery),
    words: stopped,
  });
}
