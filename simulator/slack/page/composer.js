/** Where people type: commands with hints, or plain words. */
import { el, freshId, reuse } from './dom.js';

/**
 * Usage hints name alternatives with bars, and in brackets what is to be filled in: `start [target] | why <upgrade>`.
 * Brackets around the whole are decoration.
 */
export function hintsOf(commands) {
  return commands.flatMap(({ command, description, usageHint }) => {
    const inner = /^\[([^[\]]*)\]$/.exec(usageHint.trim())?.[1] ?? usageHint;
    const parts = inner.includes('|') ? inner.split('|').map((part) => part.trim()) : [];
    return [
      { text: command, insert: `${command} `, more: description },
      ...parts.map((part) => hint(command, part)),
    ];
  });
}

function hint(command, part) {
  const fixed = part.replace(/\s*[[<(…].*$/, '');
  return { text: `${command} ${part}`, insert: `${command} ${fixed}${fixed === part ? '' : ' '}`, more: '' };
}

function fitting(hints, text) {
  if (!text.startsWith('/') || text.includes('\n')) return [];
  return hints.filter(({ insert }) => insert.startsWith(text) && insert.trimEnd() !== text.trimEnd());
}

function hintList(id) {
  const node = el('ul', { class: 'hints', role: 'listbox', id, 'aria-label': 'Commands', hidden: true });
  let hints = [];
  let active = -1;
  const paint = () => {
    [...node.children].forEach((item, index) => {
      item.setAttribute('aria-selected', String(index === active));
      if (index === active) item.scrollIntoView({ block: 'nearest' });
    });
  };
  return {
    node,
    show: (next, chosen) => {
      hints = next;
      active = chosen;
      node.hidden = hints.length === 0;
      reuse(node, hints, JSON.stringify, (hint) =>
        el(
          'li',
          { role: 'option', id: freshId('hint'), class: 'hint-option', data: { insert: hint.insert } },
          el('code', { text: hint.text }),
          hint.more === '' ? null : el('span', { class: 'hint-more', text: hint.more }),
        ),
      );
      paint();
    },
    move: (by) => {
      active = active < 0 && by < 0 ? hints.length - 1 : (active + by + hints.length) % hints.length;
      paint();
    },
    isOpen: () => !node.hidden,
    active: () => (node.hidden ? undefined : hints[active]),
    activeId: () => (node.hidden ? undefined : node.children[active]?.id),
  };
}

function textBox(id, label, list, hinted) {
  const shared = { id, type: 'text', class: 'composer-text', 'aria-label': label, placeholder: label };
  const quiet = { autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false' };
  const combo = {
    role: 'combobox',
    'aria-expanded': false,
    'aria-controls': list.id,
    'aria-autocomplete': 'list',
  };
  return el('input', { ...shared, ...quiet, ...(hinted ? combo : {}) });
}

/**
 * @param {{id: string, label: string, hints?: () => object[], send: (text: string) => Promise<boolean>}} options
 *   `send` answers whether the text is done with; else it stays, to be mended
 */
export function createComposer(host, { id, label, hints, send }) {
  const list = hintList(freshId('hints'));
  const text = textBox(id, label, list.node, hints !== undefined);
  const button = el('button', { type: 'submit', class: 'button button-primary composer-send', text: 'Send' });
  const form = el('form', { class: 'composer' }, hints === undefined ? null : list.node, text, button);
  host.append(form);

  const show = (found, chosen) => {
    list.show(found, chosen);
    if (hints === undefined) return;
    text.setAttribute('aria-expanded', String(list.isOpen()));
    const active = list.activeId();
    if (active === undefined) text.removeAttribute('aria-activedescendant');
    else text.setAttribute('aria-activedescendant', active);
  };
  const suggest = () => {
    const all = hints?.() ?? [];
    const complete = all.some(({ insert }) => insert.trimEnd() === text.value.trimEnd());
    show(fitting(all, text.value), complete ? -1 : 0);
  };
  const hide = () => show([], -1);
  const fill = (value) => {
    text.value = value;
    text.focus();
    suggest();
  };

  async function submit() {
    const value = text.value.trim();
    if (value === '' || form.getAttribute('aria-busy') === 'true') return;
    hide();
    form.setAttribute('aria-busy', 'true');
    const done = await send(value);
    form.removeAttribute('aria-busy');
    if (done && text.value.trim() === value) text.value = '';
  }

  text.addEventListener('input', suggest);
  text.addEventListener('focus', suggest);
  text.addEventListener('blur', hide);
  text.addEventListener('keydown', (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const hint = list.active();
    if (by !== undefined && list.isOpen()) {
      list.move(by);
      text.setAttribute('aria-activedescendant', list.activeId());
    } else if (event.key === 'Escape' && list.isOpen()) hide();
    else if ((event.key === 'Enter' || event.key === 'Tab') && !event.shiftKey && hint !== undefined)
      fill(hint.insert);
    else return;
    event.preventDefault();
  });
  list.node.addEventListener('pointerdown', (event) => {
    const insert = event.target.closest('[data-insert]')?.dataset.insert;
    event.preventDefault();
    if (insert !== undefined) fill(insert);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void submit();
  });
  const setLabel = (next) => {
    text.placeholder = next;
    text.setAttribute('aria-label', next);
  };
  return { fill, setLabel };
}
