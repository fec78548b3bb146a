/** Slack's own markup (`*bold*`, `<@U1>`, `<!date^…>`) as nodes. */
import { el } from './dom.js';
import { withEmoji } from './emoji.js';
import { timeNode } from './times.js';

/** A mark counts only beside something that is not a letter or digit: `snake_case_name` stays whole. */
const EMPHASIS =
  /(?<![\p{L}\p{N}])([*_~])(?=\S)((?:<[^<>\n]*>|`[^`\n]*`|(?!\1)[^\n])+?)(?<=\S)\1(?![\p{L}\p{N}])/u;
const CODE = /`([^`\n]+)`/;
const ENTITY = /<([^<>\n]+)>/;
const BARE_LINK = /https?:\/\/[^\s<>|`*]+[^\s<>|`*.,;:!?)\]]/;
const FENCE = /```\n?([\s\S]*?)\n?```/;
const TAGS = { '*': 'strong', _: 'em', '~': 's' };

function unescaped(text) {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

/** Only addresses that cannot run anything; others are shown as text. */
export function safeUrl(url) {
  return /^(?:https?:\/\/|mailto:|\/)/i.test(url) ? url : undefined;
}

export function linkNode(url, label) {
  const href = safeUrl(url);
  return href === undefined
    ? document.createTextNode(label)
    : el('a', { href, target: '_blank', rel: 'noopener noreferrer', text: label });
}

function mention(kind, id, label, context) {
  const mine = kind === 'user' && id === context.viewer();
  return el('span', { class: `mention${mine ? ' mention-me' : ''}`, text: label });
}

export function userMention(id, context) {
  return mention('user', id, `@${context.personName(id)}`, context);
}
export function groupMention(id, context, label) {
  return mention('group', id, label ?? `@${context.groupHandle(id)}`, context);
}
export function channelMention(id, context, label) {
  return mention('channel', id, `#${label ?? context.channelName(id)}`, context);
}
export function broadcastMention(range, context) {
  return mention('broadcast', range, `@${range}`, context);
}

function special(body, context) {
  const [head, ...rest] = body.split('|');
  const label = rest.length === 0 ? undefined : unescaped(rest.join('|'));
  if (head.startsWith('date^')) {
    const [, seconds, pattern, url] = head.split('^');
    if (!/^\d+$/.test(seconds ?? '') || pattern === undefined) return document.createTextNode(label ?? body);
    const time = timeNode(pattern, Number(seconds) * 1000, context);
    const href = url === undefined ? undefined : safeUrl(url);
    return href === undefined ? time : el('a', { href, target: '_blank', rel: 'noopener noreferrer' }, time);
  }
  if (head.startsWith('subteam^')) return groupMention(head.slice(8), context, label);
  return broadcastMention(head, context);
}

function entity(body, context) {
  if (body.startsWith('@')) return userMention(body.slice(1).split('|')[0], context);
  if (body.startsWith('#')) {
    const [id, label] = body.slice(1).split('|');
    return channelMention(id, context, label);
  }
  if (body.startsWith('!')) return special(body.slice(1), context);
  const [url, ...rest] = body.split('|');
  const address = unescaped(url);
  if (safeUrl(address) === undefined) return document.createTextNode(`<${unescaped(body)}>`);
  const label = rest.length > 0 ? unescaped(rest.join('|')) : address.replace(/^mailto:/, '');
  return linkNode(address, withEmoji(label));
}

function earliest(text, rules) {
  let best;
  for (const [kind, pattern] of rules) {
    const match = pattern.exec(text);
    if (match !== null && (best === undefined || match.index < best.match.index)) best = { kind, match };
  }
  return best;
}

function inlineNode(kind, match, context, options) {
  switch (kind) {
    case 'code':
      return el('code', { text: unescaped(match[1]) });
    case 'entity':
      return entity(match[1], context);
    case 'link':
      return linkNode(unescaped(match[0]), unescaped(match[0]));
    default:
      return el(TAGS[match[1]], {}, ...inline(match[2], context, options));
  }
}

function inline(text, context, options) {
  const rules = [
    ['code', CODE],
    ['entity', ENTITY],
    ['emphasis', EMPHASIS],
    ...(options.verbatim ? [] : [['link', BARE_LINK]]),
  ];
  const nodes = [];
  let rest = text;
  while (rest !== '') {
    const found = earliest(rest, rules);
    const plain = found === undefined ? rest : rest.slice(0, found.match.index);
    if (plain !== '') nodes.push(document.createTextNode(withEmoji(unescaped(plain))));
    if (found === undefined) break;
    nodes.push(inlineNode(found.kind, found.match, context, options));
    rest = rest.slice(found.match.index + found.match[0].length);
  }
  return nodes;
}

function withBreaks(lines, context, options) {
  return lines.flatMap((line, index) => [
    ...(index === 0 ? [] : [el('br')]),
    ...inline(line, context, options),
  ]);
}

function lines(text, context, options) {
  const nodes = [];
  let block = { quoted: false, lines: [] };
  const flush = () => {
    if (block.lines.length === 0) return;
    const content = withBreaks(block.lines, context, options);
    nodes.push(block.quoted ? el('blockquote', {}, ...content) : el('span', { class: 'lines' }, ...content));
  };
  for (const line of text.split('\n')) {
    const quote = /^(?:&gt;|>) ?/.exec(line);
    if (block.quoted !== (quote !== null)) {
      flush();
      block = { quoted: quote !== null, lines: [] };
    }
    block.lines.push(quote === null ? line : line.slice(quote[0].length));
  }
  flush();
  return nodes;
}

/**
 * @param {string} text with Slack's three escapes
 * @param {{verbatim?: boolean}} options `verbatim`: addresses in the text do not become links
 */
export function mrkdwn(text, context, options = {}) {
  const nodes = [];
  let rest = text;
  for (let fence = FENCE.exec(rest); fence !== null; fence = FENCE.exec(rest)) {
    const before = rest.slice(0, fence.index).replace(/\n$/, '');
    if (before !== '') nodes.push(...lines(before, context, options));
    nodes.push(
      el('pre', { tabindex: 0, 'aria-label': 'Preformatted text', role: 'group', text: unescaped(fence[1]) }),
    );
    rest = rest.slice(fence.index + fence[0].length).replace(/^\n/, '');
  }
  if (rest !== '') nodes.push(...lines(rest, context, options));
  return nodes;
}

/** A text object of Block Kit. */
export function textNodes(text, context) {
  if (text === undefined || text === null) return [];
  if (text.type === 'mrkdwn') return mrkdwn(text.text ?? '', context, { verbatim: text.verbatim === true });
  return [document.createTextNode(withEmoji(text.text ?? ''))];
}

/** The words without their markup, for labels and announcements: one line, with a space where a line ended. */
export function plainWords(text, context) {
  const parts = mrkdwn(text, context, { verbatim: true });
  const node = el('div', {}, ...parts.flatMap((part) => [part, ' ']));
  for (const end of node.querySelectorAll('br')) end.replaceWith(' ');
  return node.textContent.replace(/\s+/g, ' ').trim();
}
