/** Switches of the page itself, remembered by the browser. */
import { el } from './dom.js';

const KEY = 'slack-simulator';

/** Storage can be forbidden; then nothing is remembered. */
export function remembered() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}');
  } catch {
    return {};
  }
}

export function remember(settings) {
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // The switch works all the same, until the page is loaded again.
  }
}

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
