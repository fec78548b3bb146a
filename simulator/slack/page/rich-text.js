/** The `rich_text` block: a tree that is rendered as it is, without any markup in its text. */
import { el } from './dom.js';
import { emojiFor } from './emoji.js';
import { broadcastMention, channelMention, groupMention, linkNode, userMention } from './mrkdwn.js';
import { timeNode } from './times.js';

const STYLES = [
  ['code', 'code'],
  ['strike', 's'],
  ['underline', 'u'],
  ['italic', 'em'],
  ['bold', 'strong'],
];

function styled(node, style = {}) {
  return STYLES.reduce((inner, [name, tag]) => (style[name] === true ? el(tag, {}, inner) : inner), node);
}

function withLineBreaks(text) {
  return el(
    'span',
    {},
    ...text.split('\n').flatMap((line, index) => (index === 0 ? [line] : [el('br'), line])),
  );
}

function date(element, context) {
  const time = timeNode(element.format ?? '{date_short_pretty} {time}', element.timestamp * 1000, context);
  return element.url === undefined ? time : el('span', {}, time, ' ', linkNode(element.url, '↗'));
}

function leaf(element, context) {
  switch (element.type) {
    case 'text':
      return withLineBreaks(element.text ?? '');
    case 'link':
      return linkNode(element.url ?? '', element.text ?? element.url ?? '');
    case 'emoji':
      return document.createTextNode(emojiFor(element.name) ?? `:${element.name}:`);
    case 'user':
      return userMention(element.user_id, context);
    case 'usergroup':
      return groupMention(element.usergroup_id, context);
    case 'channel':
      return channelMention(element.channel_id, context);
    case 'broadcast':
      return broadcastMention(element.range, context);
    case 'date':
      return date(element, context);
    case 'color':
      return el('code', { text: element.value });
    case 'team':
      return el('span', { class: 'mention', text: element.team_id });
    default:
      return document.createTextNode(element.text ?? `[${element.type}]`);
  }
}

function leaves(elements, context) {
  return (elements ?? []).map((element) => styled(leaf(element, context), element.style));
}

function preformatted(element) {
  const text = (element.elements ?? []).map((part) => part.text ?? part.url ?? '').join('');
  return el('pre', { tabindex: 0, role: 'group', 'aria-label': 'Preformatted text', text });
}

function list(element, context) {
  const items = (element.elements ?? []).map((item) => el('li', {}, ...leaves(item.elements, context)));
  const indent = Math.min(8, element.indent ?? 0);
  return el(
    element.style === 'ordered' ? 'ol' : 'ul',
    {
      class: `rich-list indent-${indent}`,
      start: element.style === 'ordered' && element.offset > 0 ? element.offset + 1 : null,
    },
    ...items,
  );
}

function part(element, context) {
  switch (element.type) {
    case 'rich_text_section':
      return el('p', {}, ...leaves(element.elements, context));
    case 'rich_text_preformatted':
      return preformatted(element);
    case 'rich_text_quote':
      return el('blockquote', {}, ...leaves(element.elements, context));
    case 'rich_text_list':
      return list(element, context);
    default:
      return el('p', { text: `[${element.type}]` });
  }
}

export function richText(block, context) {
  return el(
    'div',
    { class: 'rich-text' },
    ...(block.elements ?? []).map((element) => part(element, context)),
  );
}
