/** `external_select`: the app is asked for options while somebody types. */
import { el, freshId } from './dom.js';

const PAUSE_MS = 250;
const LEAST_CHARACTERS = 3;

export function searchField(element, value, context, name) {
  const start = element.initial_option;
  const many = element.type.startsWith('multi_');
  const list = el('datalist', { id: freshId('options') });
  const input = el('input', {
    type: 'text',
    class: 'text-input',
    list: list.id,
    autocomplete: 'off',
    placeholder: element.placeholder?.text ?? 'Type to search',
    'data-action': element.action_id,
  });
  const known = new Map();
  if (start !== undefined) known.set(start.text.text, start.value);
  const startText = [...known].find(([, option]) => option === value || value === undefined)?.[0];
  input.value = startText ?? '';
  let timer;
  input.addEventListener('input', () => {
    clearTimeout(timer);
    const query = input.value;
    if (known.has(query) || query.length < (element.min_query_length ?? LEAST_CHARACTERS)) return;
    timer = setTimeout(async () => {
      const { options = [] } = await context.options(element, query, name);
      for (const option of options) known.set(option.text.text, option.value);
      list.replaceChildren(...options.map((option) => el('option', { value: option.text.text })));
    }, PAUSE_MS);
  });
  const chosen = () => known.get(input.value.trim()) ?? null;
  return {
    node: el('span', { class: 'search' }, input, list),
    control: input,
    grouped: false,
    read: () => (many ? [chosen()].filter((option) => option !== null) : chosen()),
    problem: () => (input.value.trim() !== '' && chosen() === null ? 'Choose one of the list.' : undefined),
    onChange: (run) => input.addEventListener('change', run),
  };
}
