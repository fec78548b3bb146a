/** “You are …”: who is looking at the workspace. Radio buttons, and the keys 1 to 9. */
import { avatar } from './avatar.js';
import { el, reuse } from './dom.js';

const KINDS = { guest: ' (guest)', deactivated: ' (deactivated)' };

export function people(state) {
  return state.personas.filter(({ kind }) => kind !== 'bot');
}

function choice(person, index, personas, choose) {
  const radio = el('input', {
    type: 'radio',
    name: 'persona',
    value: person.id,
    'aria-label': `${person.name}, ${person.role}${KINDS[person.kind] ?? ''}`,
    'aria-keyshortcuts': String(index + 1),
    on: { change: () => choose(person.id) },
  });
  return el(
    'label',
    { class: 'persona', title: `${person.name}, ${person.role}. Key ${index + 1}` },
    radio,
    avatar(person, personas),
    el(
      'span',
      { class: 'persona-words', 'aria-hidden': true },
      el('span', { class: 'persona-name', text: `${person.name}${KINDS[person.kind] ?? ''}` }),
      el('span', { class: 'persona-role', text: person.role }),
    ),
    el('kbd', { class: 'persona-key', 'aria-hidden': true, text: String(index + 1) }),
  );
}

/** @param {(id: string) => void} choose */
export function createPersonas(host, choose) {
  const list = el('div', { class: 'persona-list' });
  host.append(list);
  return (state) => {
    const all = people(state).map((person, index) => ({ person, index }));
    reuse(list, all, JSON.stringify, ({ person, index }) => choice(person, index, state.personas, choose));
    for (const radio of list.querySelectorAll('input')) radio.checked = radio.value === state.as;
  };
}
