/**
 * Everything that lies over the page. The browser's own dialog keeps the rest inert; here it also gets a Tab circle,
 * Escape as a request, and the focus back where it came from, even when that message was edited meanwhile.
 */
import { el, freshId } from './dom.js';

const TABBABLE =
  'a[href], button:not([disabled]), input:not([disabled]), select:not([disabled]), textarea:not([disabled]), [tabindex="0"]';

function tabStops(root) {
  return [...root.querySelectorAll(TABBABLE)].filter(
    (node) => node.tabIndex >= 0 && node.checkVisibility({ visibilityProperty: true }),
  );
}

function circle(dialog, event) {
  if (event.key !== 'Tab') return;
  const stops = tabStops(dialog);
  const first = stops[0];
  const last = stops.at(-1);
  const leaving = event.shiftKey ? first : last;
  if (document.activeElement !== leaving && dialog.contains(document.activeElement)) return;
  event.preventDefault();
  (event.shiftKey ? last : first)?.focus();
}

/** Remembers a control by what it is, not by its node. */
function rememberFocus() {
  const node = document.activeElement;
  const ts = node?.closest?.('[data-ts]')?.dataset.ts;
  const action = node?.closest?.('[data-action]')?.dataset.action;
  return () => {
    if (node?.isConnected && node !== document.body) return node.focus({ preventScroll: true });
    const message = [...document.querySelectorAll('[data-ts]')].find(({ dataset }) => dataset.ts === ts);
    const control = [...(message?.querySelectorAll('[data-action]') ?? [])].find(
      ({ dataset }) => dataset.action === action,
    );
    (control ?? message ?? document.querySelector('#composer-text'))?.focus({ preventScroll: true });
  };
}

/** Toasts and announcements go along into the dialog on top: outside of it nobody could hear or press them. */
function carryVoices() {
  const voices = document.querySelector('#voices');
  if (voices === null) return;
  const top = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.body;
  if (voices.parentElement !== top) top.append(voices);
}

/**
 * @param {{title: string, class?: string, onEscape: () => void}} options `onEscape`: Escape or a press beside it; close or not
 * @returns {{dialog: HTMLDialogElement, body: HTMLElement, setTitle: (text: string) => void, close: () => void}}
 */
export function openDialog({ title, class: kind = '', onEscape }) {
  const giveFocusBack = rememberFocus();
  const heading = el('h2', { id: freshId('dialog-title'), class: 'dialog-title', text: title });
  const cross = el('button', {
    type: 'button',
    class: 'icon-button dialog-cross',
    'aria-label': 'Close',
    on: { click: () => onEscape() },
    text: '✕',
  });
  const body = el('div', { class: 'dialog-body' });
  const dialog = el(
    'dialog',
    { class: `dialog ${kind}`, 'aria-labelledby': heading.id },
    el('header', { class: 'dialog-head' }, heading, cross),
    body,
  );
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault();
    onEscape();
  });
  dialog.addEventListener('keydown', (event) => circle(dialog, event));
  document.body.append(dialog);
  dialog.showModal();
  carryVoices();
  return {
    dialog,
    body,
    setTitle: (text) => {
      heading.textContent = text;
    },
    close: () => {
      dialog.close();
      document.body.append(...dialog.querySelectorAll('#voices'));
      dialog.remove();
      carryVoices();
      giveFocusBack();
    },
  };
}

/** The first field of a form, else whatever can be reached first. */
export function firstStop(root) {
  const stops = tabStops(root);
  return stops.find((node) => node.closest('.input') !== null) ?? stops[0];
}
