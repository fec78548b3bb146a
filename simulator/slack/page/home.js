/** The app's Home tab, as this person sees it. */
import { patchBlocks } from './blocks.js';
import { el } from './dom.js';

export function createHome(host, context) {
  const blocks = el('div', { class: 'home-blocks' });
  const empty = el('p', { class: 'quiet empty', text: 'The app has not put anything here yet.' });
  const node = el('section', { class: 'home', 'aria-label': 'Home', tabindex: -1 }, blocks, empty);
  host.append(node);
  return (state, shown) => {
    node.hidden = !shown;
    if (!shown) return;
    empty.hidden = state.home !== null;
    patchBlocks(blocks, state.home?.blocks ?? [], { ...context, place: { view: 'home' } }, node);
  };
}
