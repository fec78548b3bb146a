/** Switches of the page itself, remembered by the browser. */
import { el } from './dom.js';

const KEY = 'slack-simulator';

/** Storage can be forbidden, and even asking for it then throws: nothing is remembered. */
function read(storage) {
  try {
    return JSON.parse(storage().getItem(KEY) ?? '{}');
  } catch {
    return {};
  }
}

function write(storage, settings) {
  try {
    storage().setItem(KEY, JSON.stringify(settings));
  } catch {
    // The switch works all the same, until the page is loaded again.
  }
}

const forGood = () => localStorage;
/** Until this tab is closed. */
const forNow = () => sessionStorage;

export const remembered = () => read(forGood);
export const remember = (settings) => write(forGood, settings);
export const rememberedForNow = () => read(forNow);
export const rememberForNow = (settings) => write(forNow, settings);

function toggle(label, short, more, flip) {
  const input = el('input', { type: 'checkbox', role: 'switch', 'aria-label': label, on: { change: flip } });
  const node = el(
    'label',
    { class: 'toggle', title: more },
    input,
    el('span', { class: 'toggle-track', 'aria-hidden': true }),
    el('span', { class: 'toggle-long', 'aria-hidden': true, text: label }),
    el('span', { class: 'toggle-short', 'aria-hidden': true, text: short }),
  );
  return {
    node,
    set: (on) => {
      input.checked = on;
    },
  };
}

/** @param hooks flip(name) */
export function createOptions(host, hooks) {
  const text = toggle(
    'Screen reader view',
    'Reader',
    'Shows only what a screen reader says of each message',
    () => hooks.flip('textOnly'),
  );
  const guide = toggle('First steps', 'Steps', 'The three steps of the demo', () => hooks.flip('guide'));
  const keys = toggle('Keys 1–9 switch person', 'Keys', 'Single keys, outside of text fields', () =>
    hooks.flip('keys'),
  );
  host.append(text.node, guide.node, keys.node);
  return (ui) => {
    text.set(ui.textOnly);
    guide.set(ui.guide);
    keys.set(ui.keys);
  };
}
