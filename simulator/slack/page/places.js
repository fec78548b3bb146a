/** The channels of the workspace and the app's Home. */
import { el, reuse } from './dom.js';

function entry({ name, mark, here, unread }, go) {
  return el(
    'button',
    {
      type: 'button',
      class: `place${unread ? ' place-unread' : ''}`,
      'aria-current': here ? 'page' : null,
      on: { click: go },
    },
    el('span', { class: 'place-mark', 'aria-hidden': true, text: mark }),
    el('span', { class: 'place-name', text: name }),
    unread ? el('span', { class: 'out-of-sight', text: ', unread' }) : null,
  );
}

const MARKS = { public: '#', private: '⚿', im: '@' };

/** @param hooks goChannel(id), goHome() */
export function createPlaces(host, hooks) {
  const channels = el('div', { class: 'place-list' });
  const apps = el('div', { class: 'place-list' });
  const head = (text) => el('h2', { class: 'place-head', text });
  host.append(head('Channels'), channels, head('App'), apps);
  return (state, ui) => {
    const list = state.channels.map(({ id, name, kind, archived }) => ({
      id,
      name: archived ? `${name} (archived)` : name,
      mark: MARKS[kind],
      here: !ui.home && id === ui.channel,
      unread: ui.unread.has(id),
    }));
    reuse(channels, list, JSON.stringify, (item) => entry(item, () => hooks.goChannel(item.id)));
    const home = state.app.homeTab ? [{ name: `${state.app.name}: Home`, mark: '⌂', here: ui.home }] : [];
    reuse(apps, home, JSON.stringify, (item) => entry(item, hooks.goHome));
    apps.previousElementSibling.hidden = home.length === 0;
  };
}
