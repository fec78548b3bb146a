/** What the page says by itself: notices for the eye, announcements for the ear. */
import { el } from './dom.js';

const STAYS_MS = 12_000;
/** The answer to a press and the notice in the state often say the same: once is enough. */
const SAME_WITHIN_MS = 8000;
const MOST = 3;
const SPOKEN_MAX = 240;

export function createVoices(toasts, spoken) {
  const said = new Map();

  function toast(text, code) {
    const now = performance.now();
    if (now - (said.get(text) ?? Number.NEGATIVE_INFINITY) < SAME_WITHIN_MS) return;
    said.set(text, now);
    const node = el(
      'div',
      { class: 'toast', role: 'alert' },
      el(
        'div',
        { class: 'toast-words' },
        code === undefined ? null : el('code', { text: code }),
        el('p', { text }),
      ),
      el('button', {
        type: 'button',
        class: 'icon-button',
        'aria-label': 'Dismiss',
        on: { click: () => node.remove() },
        text: '✕',
      }),
    );
    toasts.append(node);
    while (toasts.children.length > MOST) toasts.firstElementChild.remove();
    stayFor(node);
  }

  return {
    toast,
    /** One sentence at a time; a burst is cut to what can be listened to. */
    announce: (text) => {
      spoken.textContent = text.length > SPOKEN_MAX ? `${text.slice(0, SPOKEN_MAX)}…` : text;
    },
  };
}

/** Goes away by itself, but not under a pointer or while it has the focus. */
function stayFor(node) {
  const timer = setInterval(() => {
    if (node.matches(':hover, :focus-within')) return;
    clearInterval(timer);
    node.remove();
  }, STAYS_MS);
}
