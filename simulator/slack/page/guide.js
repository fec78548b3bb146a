/** Three steps for somebody who sees this for the first time. Ticks itself off by what stands in the channel. */
import { el } from './dom.js';
import { people } from './personas.js';

const ENDED = /\bSucceeded\b|\bRolled back\b|\bStopped\b/;
const STARTED = new RegExp(`\\bRunning since\\b|\\bHeld since\\b|\\bRolling back since\\b|${ENDED.source}`);
const APPROVED = new RegExp(`\\bApproved\\b|${STARTED.source}`);
const ID = /\bU-\d+\b/;
/** Over before anything was changed: the first step is the next one again. */
const OVER = /\bBlocked\b|\bDeclined\b|\bExpired\b|\bWithdrawn\b/;

/** The newest message of the app that is a card and not a reply or a whisper. */
export function newestCard(channel) {
  return channel?.messages.findLast(
    (message) =>
      message.author.kind === 'bot' && message.threadTs === null && !message.ephemeral && !message.tombstone,
  );
}

function progress(state, ui) {
  const text = newestCard(state.channels.find(({ id }) => id === ui.channel))?.text ?? '';
  if (OVER.test(text)) return { asked: false, approved: false, started: false, ended: false };
  return {
    asked: text !== '',
    approved: APPROVED.test(text),
    started: STARTED.test(text),
    ended: ENDED.test(text),
    id: ID.exec(text)?.[0] ?? '',
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

function approveStep({ approvers }, hooks) {
  const names = approvers.flatMap((person, at) => [at === 0 ? '' : ' and ', persona(person, hooks)]);
  return ['Become ', ...names, ' in turn; each reviews the plan and approves it.'];
}

function runStep({ started, ended, id }) {
  if (ended)
    return ['That was all of it. ', el('code', { text: `/upgrade audit ${id}`.trim() }), ' shows the proof.'];
  if (started) return ['It is running. Read along in the thread.'];
  return ['When the window is open, press ', el('strong', { text: 'Start now' }), ' and watch the thread.'];
}

function steps(state, ui, hooks) {
  const done = progress(state, ui);
  const parts = cast(state);
  return [
    { title: 'Ask', done: done.asked, words: askStep(parts, hooks) },
    { title: 'Approve', done: done.approved, words: approveStep(parts, hooks) },
    {
      title: 'Run',
      done: done.ended,
      words: runStep(done),
    },
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

/** @param hooks become(id), type(id, text), dismiss() */
export function createGuide(host, hooks) {
  let shown = '';
  return (state, ui) => {
    host.hidden = !ui.guide || ui.home || people(state).length === 0;
    if (host.hidden) return;
    const signature = JSON.stringify([progress(state, ui), state.personas]);
    if (signature === shown) return;
    shown = signature;
    const list = steps(state, ui, hooks);
    const next = list.findIndex(({ done }) => !done);
    const current = next < 0 ? list.length : next + 1;
    host.replaceChildren(
      el('ol', { class: 'guide-steps' }, ...list.map((step, at) => stepNode(step, at + 1, current))),
      el('button', {
        type: 'button',
        class: 'icon-button guide-cross',
        'aria-label': 'Hide the first steps',
        on: { click: hooks.dismiss },
        text: '✕',
      }),
    );
  };
}
