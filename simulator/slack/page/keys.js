/** Keys that work everywhere but in text: 1 to 9 change the person, / goes to the message box, Escape closes the thread. */
import { people } from './personas.js';

function inText(node) {
  return (
    node.matches?.('textarea, select, [contenteditable], input:not([type="radio"], [type="checkbox"])') ??
    false
  );
}

export function listenToKeys({ state, ui, become, closeThread }) {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector('dialog[open]') !== null || state() === undefined) return;
    if (event.key === 'Escape' && ui.thread !== null && event.target.closest?.('#thread') !== null)
      return closeThread();
    if (!ui.keys || inText(event.target)) return;
    const person = /^[1-9]$/.test(event.key) ? people(state())[Number(event.key) - 1] : undefined;
    if (person !== undefined) become(person.id);
    else if (event.key === '/') document.querySelector('#composer-text')?.focus();
    else return;
    event.preventDefault();
  });
}
