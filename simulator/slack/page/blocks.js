/** Block Kit as nodes: one function for each kind of block. */
import { el, keepFocus, reuse } from './dom.js';
import { actingElement } from './elements.js';
import { withEmoji } from './emoji.js';
import { picture } from './files.js';
import { inputBlock } from './inputs.js';
import { markdown } from './markdown.js';
import { linkNode, textNodes } from './mrkdwn.js';
import { richText } from './rich-text.js';
import { table } from './tables.js';
import { plan, taskCard } from './tasks.js';

function section(block, context) {
  const text = el('div', { class: 'section-text' }, ...textNodes(block.text, context));
  const fields = (block.fields ?? []).map((field) => el('div', {}, ...textNodes(field, context)));
  if (fields.length > 0) text.append(el('div', { class: 'section-fields' }, ...fields));
  if (block.accessory === undefined) return text;
  const { accessory } = block;
  const beside =
    accessory.type === 'image'
      ? picture(accessory, context, 'accessory-picture')
      : actingElement(accessory, context, text.textContent.slice(0, 80));
  return el('div', { class: 'section' }, text, el('div', { class: 'accessory' }, beside));
}

function contextBlock(block, context) {
  const parts = (block.elements ?? []).map((element) =>
    element.type === 'image'
      ? picture(element, context, 'context-picture')
      : el('span', {}, ...textNodes(element, context)),
  );
  return el('div', { class: 'context' }, ...parts);
}

function actions(block, context) {
  const parts = (block.elements ?? []).map((element) => actingElement(element, context));
  return el('div', { class: 'actions' }, ...parts);
}

function image(block, context) {
  const title = block.title === undefined ? null : el('figcaption', {}, ...textNodes(block.title, context));
  return el('figure', { class: 'figure' }, title, picture(block, context, 'block-picture'));
}

const LEVELS = { info: 'Note', warning: 'Warning', error: 'Error', success: 'Done' };

function alert(block, context) {
  const level = Object.hasOwn(LEVELS, block.level) ? block.level : 'info';
  return el(
    'div',
    { class: `alert alert-${level}`, role: 'note', 'aria-label': LEVELS[level] },
    el('span', { class: 'alert-mark', 'aria-hidden': true }),
    el('div', {}, ...textNodes(block.text, context)),
  );
}

function card(block, context) {
  const line = (text, kind) =>
    text === undefined ? null : el('div', { class: kind }, ...textNodes(text, context));
  return el(
    'div',
    { class: 'card' },
    block.hero_image === undefined ? null : picture(block.hero_image, context, 'block-picture'),
    line(block.title, 'card-title'),
    line(block.subtitle, 'card-subtitle'),
    line(block.body, 'card-body'),
    block.actions === undefined ? null : actions({ elements: block.actions }, context),
  );
}

function container(block, context) {
  const title = block.rich_text_title === undefined ? null : richText(block.rich_text_title, context);
  const head = title ?? el('span', {}, ...textNodes(block.title, context));
  const children = (block.child_blocks ?? []).map((child) => blockNode(child, context));
  if (block.is_collapsible !== true)
    return el('div', { class: 'container' }, el('div', { class: 'container-head' }, head), ...children);
  const open = block.default_collapsed !== true;
  return el(
    'details',
    { class: 'container', open },
    el('summary', { class: 'container-head' }, head),
    ...children,
  );
}

function unknown(block) {
  return el(
    'details',
    { class: 'unknown' },
    el('summary', { text: `A block that this page does not draw: ${block.type}` }),
    el('pre', { tabindex: 0, text: JSON.stringify(block, null, 2) }),
  );
}

const KINDS = {
  section,
  header: (block, context) => el('h3', { class: 'header' }, ...textNodes(block.text, context)),
  divider: () => el('hr', {}),
  context: contextBlock,
  actions,
  context_actions: actions,
  input: inputBlock,
  rich_text: richText,
  markdown: (block, context) => markdown(block.text ?? '', context),
  image,
  table,
  data_table: table,
  plan,
  task_card: taskCard,
  alert,
  card,
  carousel: (block, context) =>
    el(
      'div',
      { class: 'carousel', tabindex: 0, role: 'group', 'aria-label': 'Cards' },
      ...(block.elements ?? []).map((one) => card(one, context)),
    ),
  container,
  video: (block) =>
    el('div', { class: 'card' }, linkNode(block.video_url, `▶ ${block.title?.text ?? block.alt_text}`)),
  file: (block) => el('div', { class: 'card', text: withEmoji(`📄 ${block.external_id}`) }),
};

/** A block that cannot be drawn must not take the message with it. */
export function blockNode(block, context) {
  let node;
  try {
    node = Object.hasOwn(KINDS, block.type) ? KINDS[block.type](block, context) : unknown(block);
  } catch (error) {
    console.warn('Drawing a block:', block, error);
    node = unknown(block);
  }
  node.classList.add('block');
  if (Object.hasOwn(KINDS, block.type)) node.classList.add(`block-${block.type}`);
  if (block.block_id !== undefined) node.dataset.block = block.block_id;
  return node;
}

/** The same block with another id is the same to look at: apps give new ids with every update. */
function looks(block) {
  if (block.type === 'plan') return 'plan';
  return JSON.stringify({ ...block, block_id: block.type === 'input' ? block.block_id : undefined });
}

/** Shows `blocks` in `host`; what did not change keeps its node. `fallback` gets the focus when its control is gone. */
export function patchBlocks(host, blocks, context, fallback) {
  keepFocus(host, fallback, () => {
    const nodes = reuse(host, blocks, looks, (block) => blockNode(block, context));
    nodes.forEach((node, index) => {
      const block = blocks[index];
      if (block.block_id !== undefined) node.dataset.block = block.block_id;
      node.patch?.(block);
    });
  });
}
