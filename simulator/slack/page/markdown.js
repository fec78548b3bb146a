/** The `markdown` block: the part of Markdown that Slack draws. Block structure here, line structure below. */
import { el } from './dom.js';
import { withEmoji } from './emoji.js';
import { linkNode } from './mrkdwn.js';

const INLINE =
  /(?<code>`+)(?<codeText>.+?)\k<code>|\[(?<label>[^\]\n]+)\]\((?<url>[^)\s]+)\)|(?<strong>\*\*|__)(?=\S)(?<strongText>.+?)(?<=\S)\k<strong>|~~(?<strike>.+?)~~|(?<em>[*_])(?=\S)(?<emText>.+?)(?<=\S)\k<em>(?![\p{L}\p{N}])|\\(?<plain>[\\`*_~[\]()#>|-])/u;

function piece(found, context) {
  if (found.codeText !== undefined) return el('code', { text: found.codeText.trim() });
  if (found.url !== undefined) return linkNode(found.url, withEmoji(found.label));
  if (found.strongText !== undefined) return el('strong', {}, ...inline(found.strongText, context));
  if (found.strike !== undefined) return el('s', {}, ...inline(found.strike, context));
  if (found.emText !== undefined) return el('em', {}, ...inline(found.emText, context));
  return document.createTextNode(found.plain);
}

function inline(text, context) {
  const nodes = [];
  let rest = text;
  for (let match = INLINE.exec(rest); match !== null; match = INLINE.exec(rest)) {
    if (match.index > 0) nodes.push(document.createTextNode(withEmoji(rest.slice(0, match.index))));
    nodes.push(piece(match.groups, context));
    rest = rest.slice(match.index + match[0].length);
  }
  if (rest !== '') nodes.push(document.createTextNode(withEmoji(rest)));
  return nodes;
}

const cells = (line) =>
  line
    .trim()
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((cell) => cell.trim());

function tableNode(rows, context) {
  const [head, , ...body] = rows.map(cells);
  const row = (list, tag) => el('tr', {}, ...list.map((cell) => el(tag, {}, ...inline(cell, context))));
  return el(
    'div',
    { class: 'table-scroll', tabindex: 0, role: 'region', 'aria-label': 'Table' },
    el(
      'table',
      {},
      el('thead', {}, row(head, 'th')),
      el('tbody', {}, ...body.map((list) => row(list, 'td'))),
    ),
  );
}

const ITEM = /^(?<indent>\s*)(?:(?<bullet>[-*+])|(?<number>\d+)[.)])\s+(?<rest>.*)$/;

/** Lines of one list; deeper lines become a list in the item above. */
function listNode(lines, context) {
  const items = lines.map((line) => ITEM.exec(line).groups);
  const build = (from, depth) => {
    const list = el(items[from].number === undefined ? 'ul' : 'ol', { class: 'rich-list' });
    let at = from;
    while (at < items.length && items[at].indent.length >= depth) {
      if (items[at].indent.length > depth) {
        const [inner, next] = build(at, items[at].indent.length);
        (list.lastElementChild ?? list).append(inner);
        at = next;
      } else {
        const task = /^\[(?<mark>[ xX])\]\s+(?<text>.*)$/.exec(items[at].rest)?.groups;
        const mark = task === undefined ? [] : [task.mark === ' ' ? '☐ ' : '☑ '];
        list.append(el('li', {}, ...mark, ...inline(task?.text ?? items[at].rest, context)));
        at += 1;
      }
    }
    return [list, at];
  };
  return build(0, items[0].indent.length)[0];
}

/** Kinds of lines that belong together, the first that fits. */
const GROUPS = [
  ['heading', /^#{1,6}\s+\S/],
  ['rule', /^\s*(?:-{3,}|\*{3,}|_{3,})\s*$/],
  ['quote', /^>\s?/],
  ['list', ITEM],
  ['table', /^\s*\|.*\|\s*$/],
  ['blank', /^\s*$/],
];
const kindOf = (line) => GROUPS.find(([, pattern]) => pattern.test(line))?.[0] ?? 'paragraph';

function groupNodes(kind, lines, context) {
  const joined = (list) =>
    list.flatMap((line, at) => [...(at === 0 ? [] : [el('br')]), ...inline(line, context)]);
  switch (kind) {
    case 'blank':
      return [];
    case 'heading':
      return lines.map((line) =>
        el('h4', { class: 'md-heading' }, ...inline(line.replace(/^#+\s+/, ''), context)),
      );
    case 'rule':
      return lines.map(() => el('hr'));
    case 'quote':
      return [el('blockquote', {}, ...joined(lines.map((line) => line.replace(/^>\s?/, ''))))];
    case 'list':
      return [listNode(lines, context)];
    case 'table':
      if (lines.length > 1) return [tableNode(lines, context)];
      break;
  }
  return [el('p', {}, ...joined(lines))];
}

function textGroups(text, context) {
  const nodes = [];
  let kind;
  let lines = [];
  for (const line of [...text.split('\n'), undefined]) {
    const next = line === undefined ? undefined : kindOf(line);
    if (next !== kind && lines.length > 0) {
      nodes.push(...groupNodes(kind, lines, context));
      lines = [];
    }
    kind = next;
    if (line !== undefined) lines.push(line);
  }
  return nodes;
}

export function markdown(text, context) {
  const node = el('div', { class: 'markdown rich-text' });
  // The odd parts are what stood between two fences.
  text.split(/^```[^\n]*$/m).forEach((part, index) => {
    if (index % 2 === 0) node.append(...textGroups(part, context));
    else
      node.append(
        el('pre', {
          tabindex: 0,
          role: 'group',
          'aria-label': 'Preformatted text',
          text: part.replace(/^\n|\n$/g, ''),
        }),
      );
  });
  return node;
}
