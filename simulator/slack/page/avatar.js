/** A coloured letter for each person, a tile for an app. Colours are places in the list, so they stay the same. */
import { el } from './dom.js';

/** As many as `tokens.css` has `--hue-…`. */
const HUES = 6;

export function hueOf(id, personas) {
  const people = personas.filter(({ kind }) => kind !== 'bot');
  const at = people.findIndex((person) => person.id === id);
  return at < 0 ? 'app' : String(at % HUES);
}

export function avatar(person, personas, size = '') {
  return el('span', {
    class: `avatar ${size}`,
    'aria-hidden': true,
    data: { hue: hueOf(person.id, personas) },
    text: person.kind === 'bot' ? '' : person.letter,
  });
}
