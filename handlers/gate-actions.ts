/** Questions during a run: go or no-go at a gate, done or can't at a manual step. */
import { refused } from '../src/core/model.ts';
import { gateModal, manualModal, parseAnswer } from '../src/messages/answer-modals.ts';
import { gateAnswered, manualAnswered } from '../src/messages/said.ts';
import { type Clicked, noteNeeded, type Sent, type Submitted, toForm, toVerbFromForm } from './clicks.ts';
import { OLD_FORM } from './leftovers.ts';
import type { HandlerDeps } from './register.ts';

/** The subject of these buttons is the id of the step. */
export function gateClicked(deps: HandlerDeps, go: boolean): Clicked {
  return toForm(deps, {
    title: (id) => `${go ? 'Go' : 'No-go'} ${id}`,
    look: ({ actor, upgrade, subject: step }) =>
      deps.upgrades.mayAnswer(actor, upgrade, { kind: 'gate', step }),
    form: (view, { subject }) => gateModal(view, subject, go),
  });
}

export function manualClicked(deps: HandlerDeps, done: boolean): Clicked {
  return toForm(deps, {
    title: (id) => `${done ? 'Done' : "Can't do"} ${id}`,
    look: ({ actor, upgrade, subject: step }) =>
      deps.upgrades.mayAnswer(actor, upgrade, { kind: 'manual', step }),
    form: (view, { subject }) => manualModal(view, subject, done),
  });
}

const old = () => Promise.resolve(refused('old-form', OLD_FORM));

/** A go may stand without words; a no-go may not. */
function gateErrors(sent: Sent): { readonly [block: string]: string } {
  return parseAnswer(sent.subject)?.yes === true ? {} : noteNeeded(sent);
}

export function gateSubmitted(deps: HandlerDeps): Submitted {
  return toVerbFromForm(deps, {
    doing: 'recording the answer in',
    errors: gateErrors,
    act: ({ actor, upgrade, subject, note, delivery }) => {
      const answer = parseAnswer(subject);
      if (answer === undefined) return old();
      return deps.upgrades.answerGate(actor, upgrade, { step: answer.step, go: answer.yes, note }, delivery);
    },
    words: (view, { subject }) => gateAnswered(view, parseAnswer(subject)?.yes === true),
  });
}

export function manualSubmitted(deps: HandlerDeps): Submitted {
  return toVerbFromForm(deps, {
    doing: 'recording the answer in',
    errors: noteNeeded,
    act: ({ actor, upgrade, subject, note, delivery }) => {
      const answer = parseAnswer(subject);
      if (answer === undefined) return old();
      return deps.upgrades.answerManual(
        actor,
        upgrade,
        { step: answer.step, done: answer.yes, note },
        delivery,
      );
    },
    words: (view, { subject }) => manualAnswered(view, parseAnswer(subject)?.yes === true),
  });
}
