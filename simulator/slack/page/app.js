/** Puts the page together: one state from the simulator, one from the person, drawn again whenever either changes. */
import * as api from './api.js';
import { createChannel } from './channel.js';
import { createClock, showClock } from './clock.js';
import { createContext } from './context.js';
import { createGuide } from './guide.js';
import { listenToKeys } from './keys.js';
import { createModal } from './modal.js';
import { createNews } from './news.js';
import { createOptions, remember, remembered, rememberedForNow, rememberForNow } from './options.js';
import { createPersonas, people } from './personas.js';
import { createPlaces } from './places.js';
import { newestCard } from './questions.js';
import { createThread } from './thread.js';
import { refreshTimes } from './times.js';
import { createVoices } from './voices.js';

/** From this width on a thread stands beside the channel; below, it would cover it and opens only when asked. */
const WIDE = window.matchMedia('(min-width: 1100px)');
const byId = (id) => document.getElementById(id);

const clock = createClock();
let tick;
const voices = createVoices(byId('toasts'), byId('spoken'));
let state;
const ui = {
  as: new URLSearchParams(location.search).get('as') ?? undefined,
  channel: undefined,
  home: false,
  thread: null,
  /** The newest card whose thread was opened by itself, so that a closed one stays closed. */
  offered: null,
  unread: new Set(),
  lost: false,
  textOnly: false,
  guide: true,
  keys: true,
  guideFolded: false,
  ...remembered(),
  ...rememberedForNow(),
};

const post = (name, body) => api.post(name, { as: ui.as, ...body });
const context = createContext({ state: () => state, clock, post, voices, refresh });
const hooks = { become, goChannel, goHome, openThread, closeThread, post, context, voices, refresh };

const drawPersonas = createPersonas(byId('personas'), become);
const drawPlaces = createPlaces(byId('places'), hooks);
const drawOptions = createOptions(byId('options'), { flip });
const channel = createChannel(byId, hooks);
const drawThread = createThread(byId, hooks);
const drawModal = createModal(context);
const drawNews = createNews(voices, context);
const drawGuide = createGuide(byId('guide'), {
  become,
  dismiss: () => flip('guide'),
  fold: () => flip('guideFolded'),
  type: async (id, text) => {
    await become(id);
    channel.type(text);
  },
});

function draw() {
  if (state === undefined) return;
  byId('team').textContent = state.team.name;
  drawPersonas(state);
  drawPlaces(state, ui);
  drawOptions(ui);
  drawGuide(state, ui);
  channel.draw(state, ui);
  drawThread(state, ui);
  drawModal(state.modal, state.as);
  drawNews(state, ui);
  // Another person may read it in another zone: not only at its next tick.
  tick?.();
}

function accept(next) {
  state = next;
  ui.as = next.as;
  clock.set(next.clock);
  const known = next.channels.some(({ id }) => id === ui.channel);
  if (!known) ui.channel = (next.channels.find(({ member }) => member) ?? next.channels[0])?.id;
  const card = newestCard(next.channels.find(({ id }) => id === ui.channel));
  if (card !== undefined && card.ts !== ui.offered) {
    ui.offered = card.ts;
    if (WIDE.matches && !ui.home) ui.thread = card.ts;
  }
}

let reading;
let again = false;

/** One question at a time: changes that come meanwhile are answered by one more. */
function refresh() {
  if (reading !== undefined) {
    again = true;
    return reading;
  }
  reading = (async () => {
    do {
      again = false;
      const asked = ui.as;
      // An address may name somebody who is not in this workspace: then whoever comes first.
      const next =
        (await api.fetchState(asked)) ?? (state === undefined ? await api.fetchState() : undefined);
      if (asked !== ui.as) again = true;
      else if (next !== undefined) accept(next);
    } while (again);
    reading = undefined;
    draw();
  })();
  return reading;
}

async function become(id) {
  if (id === ui.as || !people(state).some((person) => person.id === id)) return;
  ui.as = id;
  ui.unread = new Set();
  const url = new URL(location.href);
  url.searchParams.set('as', id);
  history.replaceState(null, '', url);
  await refresh();
  voices.announce(`You are ${context.personName(id)}.`);
}

function goChannel(id) {
  if (id !== ui.channel) ui.thread = null;
  Object.assign(ui, { channel: id, home: false });
  ui.unread.delete(id);
  draw();
}

async function goHome() {
  Object.assign(ui, { home: true, thread: null });
  draw();
  await post('open-home', {});
  await refresh();
}

function openThread(ts) {
  ui.thread = ts;
  draw();
  byId('thread').querySelector('article')?.focus({ preventScroll: true });
}

function closeThread() {
  const ts = ui.thread;
  ui.thread = null;
  draw();
  const parent = [...document.querySelectorAll('#channel [data-ts]')].find(
    ({ dataset }) => dataset.ts === ts,
  );
  (parent?.querySelector('[data-action="open-thread"]') ?? parent)?.focus();
}

function flip(name) {
  ui[name] = !ui[name];
  remember({ textOnly: ui.textOnly, guide: ui.guide, keys: ui.keys });
  rememberForNow({ guideFolded: ui.guideFolded });
  draw();
}

function connected(yes) {
  ui.lost = !yes;
  draw();
}

listenToKeys({ state: () => state, ui, become, closeThread });
tick = showClock(
  byId('clock'),
  () => (state === undefined ? undefined : { clock, zone: context.zone() }),
  (now) => refreshTimes(document.body, context.zone(), now),
);
api.listen(refresh, connected);
refresh();
