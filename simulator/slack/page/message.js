/** One message: who, when, what, and what can be done with it. */
import { avatar } from './avatar.js';
import { patchBlocks } from './blocks.js';
import { el, keepFocus, reuse } from './dom.js';
import { emojiFor } from './emoji.js';
import { fileCard } from './files.js';
import { menuButton } from './menu.js';
import { mrkdwn, plainWords } from './mrkdwn.js';
import { clockTime, timeNode } from './times.js';

function head(message, context) {
  const { author } = message;
  return [
    el('span', { class: 'author', text: author.name }),
    author.kind === 'bot' ? el('span', { class: 'badge', text: 'app' }) : null,
    timeNode('{time}', message.sentAt, context),
    message.edited ? el('span', { class: 'quiet', text: '(edited)' }) : null,
  ];
}

/** Where else this message stands, and who can see it. */
function mark(message, context, options) {
  if (message.ephemeral)
    return el(
      'p',
      { class: 'mark mark-private' },
      el('span', { 'aria-hidden': true, text: '👁 ' }),
      'Only visible to you',
    );
  if (!message.broadcast) return null;
  if (options.inThread) return el('p', { class: 'mark', text: 'Also sent to the channel' });
  const root = context.rootOf(message);
  const words = root === undefined ? 'a thread' : plainWords(root.text.split('\n')[0], context);
  return el(
    'p',
    { class: 'mark mark-reply' },
    el('span', { class: 'mark-label', text: 'Replied to:' }),
    el('button', {
      type: 'button',
      class: 'link-button',
      'data-action': 'open-root',
      on: { click: () => options.openThread(message.threadTs) },
      text: words,
    }),
  );
}

function words(message, context) {
  if (message.tombstone) return el('p', { class: 'quiet', text: 'This message was deleted.' });
  return el('div', { class: 'plain' }, ...mrkdwn(message.text, context));
}

function body(host, message, context, options) {
  const drawn = message.blocks !== null && !options.textOnly && !message.tombstone;
  if (host.dataset.drawn !== String(drawn)) host.replaceChildren();
  host.dataset.drawn = String(drawn);
  const place = { channel: options.channel, ts: message.ts };
  const here = { ...context, place };
  const article = host.closest('article');
  if (drawn) return patchBlocks(host, message.blocks, here, article);
  if (host.dataset.words === message.text && host.childElementCount > 0) return;
  host.dataset.words = message.text;
  host.replaceChildren(words(message, here));
}

function repliesLine(message, context, options) {
  const { count, users, latest } = message.replies;
  if (options.inThread || count === 0) return null;
  const text = count === 1 ? '1 reply' : `${count} replies`;
  const faces = users
    .slice(0, 4)
    .map((id) => context.persona(id))
    .filter((person) => person !== undefined)
    .map((person) => avatar(person, context.personas(), 'avatar-small'));
  const last =
    latest === null ? null : timeNode('last {date_short_pretty} {time}', Number(latest) * 1000, context);
  return el(
    'button',
    {
      type: 'button',
      class: `replies${options.openTs === message.ts ? ' replies-open' : ''}`,
      'aria-label': `Open thread: ${text}`,
      'data-action': 'open-thread',
      on: { click: () => options.openThread(message.ts) },
    },
    el('span', { class: 'faces' }, ...faces),
    el('span', { class: 'replies-count', text }),
    last,
    el('span', { class: 'replies-arrow', 'aria-hidden': true, text: '›' }),
  );
}

function reactions(message, context) {
  return message.reactions.map(({ name, users }) =>
    el('span', {
      class: 'reaction',
      title: `${users.map(context.personName).join(', ')}: ${name}`,
      text: `${emojiFor(name) ?? `:${name}:`} ${users.length}`,
    }),
  );
}

function tools(message, context, options) {
  if (message.ephemeral || message.tombstone) return null;
  const look = { label: 'More actions', class: 'icon-button message-menu', action: 'message-menu' };
  return menuButton(look, () => [
    ...(options.inThread ? [] : [{ text: 'Open thread', choose: () => options.openThread(message.ts) }]),
    ...context.messageShortcuts().map(({ name, description, callbackId }) => ({
      text: name,
      more: description,
      choose: () => context.runShortcut(callbackId, { channel: options.channel, ts: message.ts }),
    })),
  ]);
}

/** @returns an `<article>` whose `update(message, options)` edits it in place */
export function createMessage(message, context, options) {
  const parts = {
    mark: el('div', { class: 'mark-holder' }),
    head: el('div', { class: 'head' }),
    body: el('div', { class: 'body' }),
    files: el('div', { class: 'files' }),
    foot: el('div', { class: 'foot' }),
  };
  const node = el(
    'article',
    { class: 'message', tabindex: -1, data: { ts: message.ts } },
    avatar(message.author, context.personas()),
    el('div', { class: 'message-main' }, parts.head, parts.mark, parts.body, parts.files, parts.foot),
    tools(message, context, options),
  );
  let shown = '';
  node.update = (next, now) => {
    node.classList.toggle('message-continued', now.continued === true);
    const signature = JSON.stringify([next, now.textOnly, now.openTs === next.ts]);
    if (signature === shown) return;
    shown = signature;
    paint(node, parts, next, context, { ...options, ...now });
  };
  node.update(message, options);
  return node;
}

function paint(node, parts, message, context, options) {
  const at = clockTime(message.sentAt, context.zone());
  node.setAttribute(
    'aria-label',
    `${message.author.name}, ${at}${message.ephemeral ? ', only visible to you' : ''}`,
  );
  node.classList.toggle('message-private', message.ephemeral);
  parts.head.replaceChildren(...head(message, context).filter((part) => part !== null));
  keepFocus(node, node, () => {
    const above = mark(message, context, options);
    parts.mark.replaceChildren(...(above === null ? [] : [above]));
    body(parts.body, message, context, options);
    reuse(parts.files, message.files, ({ id }) => id, fileCard);
    const line = repliesLine(message, context, options);
    parts.foot.replaceChildren(...reactions(message, context), ...(line === null ? [] : [line]));
  });
}
