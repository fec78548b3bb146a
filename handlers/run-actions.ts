/** Start, and the choices of a held run: retry, look again, stop. */
import { stopModal } from '../src/messages/answer-modals.ts';
import { goGiven, retried, stopped } from '../src/messages/said.ts';
import { type Clicked, noteNeeded, type Submitted, toForm, toVerb, toVerbFromForm } from './clicks.ts';
import type { HandlerDeps } from './register.ts';

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

export function retryClicked(deps: HandlerDeps, how: 'retry' | 'look_again'): Clicked {
  return toVerb(deps, {
    doing: how === 'retry' ? 'retrying in' : 'looking again in',
    act: ({ actor, upgrade, subject, delivery }) =>
      deps.upgrades.retry(actor, upgrade, { hold: holdOf(subject), how }, delivery),
    words: (view) => retried(view, how),
  });
}

export function stopClicked(deps: HandlerDeps): Clicked {
  return toForm(deps, {
    title: (id) => `Stop ${id}`,
    look: ({ upgrade }) => deps.upgrades.view(upgrade),
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
