/** Three steps for somebody who sees this for the first time. Ticks itself off by what stands in the channel. */
import { el, keepFocus } from './dom.js';
import { people } from './personas.js';
import { newestCard, offerOf, openQuestion } from './questions.js';

const ENDED = /\bSucceeded\b|\bRolled back\b|\bStopped\b/;
const STARTED = new RegExp(`\\bRunning since\\b|\\bHeld since\\b|\\bRolling back since\\b|${ENDED.source}`);
const APPROVED = new RegExp(`\\bApproved\\b|${STARTED.source}`);
const ID = /\bU-\d+\b/;
/** Over before anything was changed: the first step is the next one again. */
const OVER = /\bBlocked\b|\bDeclined\b|\bExpired\b|\bWithdrawn\b/;

/** A question with more buttons than this is read in the thread; here it only has to be found. */
const LABELS_MAX = 3;

function progress(state, ui) {
  const channel = state.channels.find(({ id }) => id === ui.channel);
  const card = newestCard(channel);
  const text = card?.text ?? '';
  if (card === undefined || OVER.test(text))
    return { asked: false, approved: false, started: false, ended: false };
  return {
    asked: text !== '',
    approved: APPROVED.test(text),
    started: STARTED.test(text),
    ended: ENDED.test(text),
    id: ID.exec(text)?.[0] ?? '',
    offer: offerOf(card),
    question: openQuestion(channel, card, state),
  };
}

/** Who plays which part, by what their role says. */
function cast(state) {
  const all = people(state).filter(({ kind }) => kind === 'person');
  const approvers = all.filter(({ role }) => /approv/i.test(role));
  return {
    requester: all.find(({ role }) => /request/i.test(role)) ?? all[0],
    approvers: approvers.slice(0, 2),
  };
}

function persona(person, hooks) {
  return el('button', {
    type: 'button',
    class: 'link-button',
    'aria-label': `Become ${person.name}`,
    'data-action': `become ${person.id}`,
    on: { click: () => hooks.become(person.id) },
    text: person.name,
  });
}

function askStep({ requester }, hooks) {
  return [
    'As ',
    persona(requester, hooks),
    ', type ',
    el('code', { text: '/upgrade start' }),
    ' (or ',
    el('code', { text: '/upgrade' }),
    ' and press the button) and fill in the form. ',
    el('button', {
      type: 'button',
      class: 'link-button',
      on: { click: () => hooks.type(requester.id, '/upgrade start') },
      text: 'Type it for me',
    }),
  ];
}

function joined(nodes, last) {
  return nodes.flatMap((node, at) => {
    if (at === 0) return [node];
    return [at === nodes.length - 1 ? ` ${last} ` : ', ', node];
  });
}

const bold = (text) => el('strong', { text });

function approveStep({ approvers }, { asked, approved, offer }, hooks) {
  if (asked && !approved && offer === undefined)
    return ['The plan is being made. When it is there, the card has a button to review it.'];
  const names = joined(
    approvers.map((person) => persona(person, hooks)),
    'and',
  );
  if (offer === undefined || approved)
    return ['Become ', ...names, ' in turn; each reviews the plan and approves it.'];
  return ['Become ', ...names, ' in turn; each presses ', bold(offer), ' on the card.'];
}

/** Roles say more than a word after a colon: `on-call: opens the thread at night`. */
function withRole(person, hooks) {
  const role = person.role.split(':')[0].trim();
  return el('span', {}, persona(person, hooks), role === '' ? null : ` (${role})`);
}

function questionWords({ where, labels, asked }, viewer, hooks) {
  const shown = labels.length > LABELS_MAX ? labels.slice(0, LABELS_MAX - 1) : labels;
  const rest = shown.length < labels.length ? ['another button'] : [];
  const press = ['press ', ...joined([...shown.map(bold), ...rest], 'or'), ` ${where}.`];
  if (asked.some(({ id }) => id === viewer)) return ['It waits for you: ', ...press];
  if (asked.length === 0) return ['It waits for an answer: ', ...press];
  const names = joined(
    asked.map((person) => withRole(person, hooks)),
    'or',
  );
  return ['It waits for a person: become ', ...names, ' and ', ...press];
}

function runStep({ approved, started, ended, id, question }, viewer, hooks) {
  if (ended)
    return ['That was all of it. ', el('code', { text: `/upgrade audit ${id}`.trim() }), ' shows the proof.'];
  if (approved && question !== undefined) return questionWords(question, viewer, hooks);
  if (started) return ['It is running. Read along in the thread.'];
  if (approved) return ['It is approved. The card says when it starts.'];
  return ['When the window is open, press ', bold('Start now'), ' and watch the thread.'];
}

function steps(state, ui, hooks) {
  const done = progress(state, ui);
  const parts = cast(state);
  return [
    { title: 'Ask', done: done.asked, words: askStep(parts, hooks) },
    { title: 'Approve', done: done.approved, words: approveStep(parts, done, hooks) },
    { title: 'Run', done: done.ended, words: runStep(done, state.as, hooks) },
  ];
}

function stepNode(step, number, current) {
  const now = number === current;
  const state = `${step.done ? 'guide-done' : 'guide-open'} ${now ? 'guide-now' : 'guide-not-now'}`;
  return el(
    'li',
    { class: `guide-step ${state}`, 'aria-current': now ? 'step' : null },
    el('span', { class: 'guide-mark', 'aria-hidden': true, text: step.done ? '✓' : String(number) }),
    el(
      'div',
      {},
      el('strong', { text: step.title }),
      step.done ? el('span', { class: 'out-of-sight', text: ' (done)' }) : null,
      el('p', {}, ...step.words),
    ),
  );
}

function foldButton(folded, hooks) {
  return el('button', {
    type: 'button',
    class: 'icon-button guide-fold',
    'aria-label': 'Words of the first steps',
    'aria-expanded': String(!folded),
    'data-action': 'fold-guide',
    title: folded ? 'Show the words' : 'Show the titles only',
    on: { click: hooks.fold },
    text: folded ? '▾' : '▴',
  });
}

function cross(hooks) {
  return el('button', {
    type: 'button',
    class: 'icon-button',
    'aria-label': 'Hide the first steps',
    'data-action': 'hide-guide',
    on: { click: hooks.dismiss },
    text: '✕',
  });
}

/** @param hooks become(id), type(id, text), fold(), dismiss() */
export function createGuide(host, hooks) {
  let shown = '';
  return (state, ui) => {
    host.hidden = !ui.guide || ui.home || people(state).length === 0;
    if (host.hidden) return;
    const signature = JSON.stringify([progress(state, ui), state.personas, state.as, ui.guideFolded]);
    if (signature === shown) return;
    shown = signature;
    const list = steps(state, ui, hooks);
    const next = list.findIndex(({ done }) => !done);
    const current = next < 0 ? list.length : next + 1;
    host.classList.toggle('guide-folded', ui.guideFolded);
    keepFocus(host, undefined, () =>
      host.replaceChildren(
        el('ol', { class: 'guide-steps' }, ...list.map((step, at) => stepNode(step, at + 1, current))),
        el('div', { class: 'guide-tools' }, foldButton(ui.guideFolded, hooks), cross(hooks)),
      ),
    );
  };
}
