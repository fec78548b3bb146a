/** A button that opens a list of choices: arrow keys, Home, End, Escape, as the menu pattern of ARIA asks. */
import { el } from './dom.js';

const MARGIN_PX = 8;

function place(list, button) {
  const anchor = button.getBoundingClientRect();
  const { width, height } = list.getBoundingClientRect();
  const left = Math.min(anchor.right - width, window.innerWidth - width - MARGIN_PX);
  const below = anchor.bottom + height + MARGIN_PX < window.innerHeight;
  list.style.left = `${Math.max(MARGIN_PX, left)}px`;
  list.style.top = `${below ? anchor.bottom + 4 : Math.max(MARGIN_PX, anchor.top - height - 4)}px`;
}

function walk(list, key) {
  const items = [...list.querySelectorAll('[role="menuitem"]')];
  const at = items.indexOf(document.activeElement);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[key];
  if (next === undefined) return false;
  items[(next + items.length) % items.length]?.focus();
  return true;
}

/**
 * @param {{label: string, text?: string, class?: string, action?: string}} look
 * @param {() => {text: string, more?: string, choose: () => void}[]} itemsNow asked when the menu opens
 */
export function menuButton(look, itemsNow) {
  const list = el('div', { class: 'menu', role: 'menu', popover: 'auto', 'aria-label': look.label });
  const button = el('button', {
    type: 'button',
    class: look.class ?? 'icon-button',
    'aria-haspopup': 'menu',
    'aria-expanded': false,
    'aria-label': look.label,
    'data-action': look.action,
    text: look.text ?? '⋯',
  });
  const item = ({ text, more, choose }) =>
    el(
      'button',
      {
        type: 'button',
        role: 'menuitem',
        tabindex: -1,
        on: {
          click: () => {
            list.hidePopover();
            button.focus();
            choose();
          },
        },
      },
      text,
      more === undefined ? null : el('span', { class: 'menu-more', text: more }),
    );
  button.addEventListener('click', () => {
    list.replaceChildren(...itemsNow().map(item));
    list.togglePopover();
    if (!list.matches(':popover-open')) return;
    // Not on the `toggle` event: it comes later, and a quick key would still reach the button.
    place(list, button);
    list.querySelector('[role="menuitem"]')?.focus();
  });
  list.addEventListener('toggle', ({ newState }) => {
    button.setAttribute('aria-expanded', String(newState === 'open'));
  });
  list.addEventListener('keydown', (event) => {
    if (event.key === 'Tab') list.hidePopover();
    if (walk(list, event.key)) event.preventDefault();
  });
  return el('span', { class: 'menu-holder' }, button, list);
}
