/** Messages in order, each edited where it stands: nothing that somebody reads jumps away. */
import { el, placeInOrder } from './dom.js';
import { createMessage } from './message.js';
import { fullDate, isoDate } from './times.js';

/** Nearer to the end than this counts as reading the newest. */
const AT_END_PX = 60;
/** Replies of one author within this time share one heading, unless they ask for something. */
const TOGETHER_MS = 10 * 60_000;

function anchorOf(scroller, nodes) {
  const top = scroller.getBoundingClientRect().top;
  const node = nodes.find((one) => one.getBoundingClientRect().bottom > top + 1);
  return node === undefined ? undefined : { node, at: node.getBoundingClientRect().top };
}

function belongsTo(message, before) {
  return (
    before !== undefined &&
    before.author.id === message.author.id &&
    !(message.blocks ?? []).some(({ type }) => type === 'actions' || type === 'header') &&
    !before.ephemeral &&
    !message.ephemeral &&
    !message.broadcast &&
    message.sentAt - before.sentAt < TOGETHER_MS
  );
}

function rows(messages, zone, { days, root }) {
  const list = [];
  messages.forEach((message, index) => {
    const before = messages[index - 1];
    const day = isoDate(message.sentAt, zone);
    const newDay = before === undefined || isoDate(before.sentAt, zone) !== day;
    if (days && newDay) list.push({ key: `day ${day}`, day: message.sentAt });
    // In a channel each message is a matter of its own; a thread tells one story, after its parent.
    const together = root && index > 1 && !newDay && belongsTo(message, before);
    list.push({ key: message.ts, message, continued: together });
  });
  return list;
}

/**
 * @param {{days: boolean, root: boolean}} kind `days`: lines between days; `root`: the first message is a parent
 * @returns {(messages, options, identity: string) => void} another `identity` (person, channel, thread) starts afresh
 */
export function createMessageList(scroller, label, context, kind) {
  const list = el('ol', { class: 'messages', 'aria-label': label });
  const pill = el('button', {
    type: 'button',
    class: 'new-pill',
    hidden: true,
    on: { click: () => toEnd() },
    text: '↓ New messages',
  });
  scroller.append(list, pill);
  let nodes = new Map();
  let shownFor;
  const toEnd = () => {
    scroller.scrollTop = scroller.scrollHeight;
    pill.hidden = true;
  };
  const nearEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < AT_END_PX;
  // Only somebody who scrolls up leaves the end; growing content moves the end, not the reader.
  let atEnd = true;
  let lastTop = 0;
  scroller.addEventListener('scroll', () => {
    if (nearEnd()) atEnd = true;
    else if (scroller.scrollTop < lastTop) atEnd = false;
    lastTop = scroller.scrollTop;
    if (atEnd) pill.hidden = true;
  });
  // A picture that arrives or a column that narrows moves the end away from somebody who stood there.
  const grown = new ResizeObserver(() => {
    if (atEnd) toEnd();
  });
  grown.observe(list);
  grown.observe(scroller);

  function makeRow(row, options) {
    if (row.day !== undefined) {
      const item = el('li', { class: 'day' }, el('span', { text: fullDate(row.day, context.zone()) }));
      return { item };
    }
    const message = createMessage(row.message, context, options);
    return { item: el('li', {}, message), message };
  }

  function show(messages, options) {
    const wanted = rows(messages, context.zone(), kind);
    const next = new Map();
    for (const row of wanted) {
      const made = nodes.get(row.key) ?? makeRow(row, { ...options, continued: row.continued });
      made.message?.update(row.message, { ...options, continued: row.continued });
      next.set(row.key, made);
    }
    const grew = [...next.keys()].some((key) => !nodes.has(key));
    nodes = next;
    placeInOrder(
      list,
      [...next.values()].map(({ item }) => item),
    );
    return grew;
  }

  return (messages, options, identity) => {
    const fresh = identity !== shownFor;
    if (fresh) {
      nodes = new Map();
      list.replaceChildren();
    }
    shownFor = identity;
    const follow = fresh || (atEnd && !list.contains(document.activeElement));
    atEnd = follow;
    const anchor = follow ? undefined : anchorOf(scroller, [...list.children]);
    const grew = show(messages, options);
    list.classList.toggle('messages-thread', kind.root);
    if (follow) toEnd();
    else if (anchor?.node.isConnected) {
      scroller.scrollTop += anchor.node.getBoundingClientRect().top - anchor.at;
      if (grew && !nearEnd()) pill.hidden = false;
    }
  };
}
