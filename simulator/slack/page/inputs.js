/** The `input` block: label, hint, and the error under it. */
import { el, freshId } from './dom.js';
import { withEmoji } from './emoji.js';
import { createField, isField } from './fields.js';

function labelText(block) {
  return [
    withEmoji(block.label?.text ?? ''),
    block.optional === true ? el('span', { class: 'optional', text: ' (optional)' }) : null,
  ];
}

function frame(block, field, parts) {
  if (field.grouped)
    return el(
      'fieldset',
      { class: 'input' },
      el('legend', { class: 'label' }, ...labelText(block)),
      ...parts,
    );
  field.control.id = freshId('input');
  return el(
    'div',
    { class: 'input' },
    el('label', { class: 'label', for: field.control.id }, ...labelText(block)),
    ...parts,
  );
}

function isEmpty(value) {
  return value === null || (Array.isArray(value) && value.length === 0);
}

function describe(control, ids) {
  const own = control.getAttribute('aria-describedby')?.split(' ') ?? [];
  control.setAttribute('aria-describedby', [...new Set([...own, ...ids])].join(' '));
}

function missing({ type, options }) {
  if (type !== 'checkboxes') return 'Please fill this in.';
  return options?.length === 1 ? 'Please tick this.' : 'Please tick what applies.';
}

/** What Slack's client says before anything is sent. */
function ownProblem(block, field) {
  if (isEmpty(field.read())) return block.optional === true ? undefined : missing(block.element);
  return field.problem?.();
}

/** @param context in a modal its `form` keeps the inputs: add(blockId, input), valueOf(block), kept(block) */
export function inputBlock(block, context) {
  const { element } = block;
  if (!isField(element))
    return el('p', { class: 'unknown-element', text: `[${element.type}] ${block.label?.text ?? ''}` });
  const field = createField(element, context.form?.valueOf(block), context, block.label?.text);
  const error = el('p', { class: 'field-error', id: freshId('error') });
  const hint = el('p', { class: 'hint', id: freshId('hint'), text: withEmoji(block.hint?.text ?? '') });
  const node = frame(block, field, [field.node, block.hint === undefined ? null : hint, error]);
  const described = field.grouped ? node : field.control;
  describe(described, block.hint === undefined ? [error.id] : [hint.id, error.id]);
  if (block.optional !== true && !field.grouped) field.control.setAttribute('aria-required', 'true');
  if (element.focus_on_load === true) field.control.dataset.focusFirst = '';
  const say = (text) => {
    error.textContent = text ?? '';
    node.classList.toggle('input-wrong', text !== undefined);
    if (text === undefined) described.removeAttribute('aria-invalid');
    else described.setAttribute('aria-invalid', 'true');
  };
  field.onChange(() => {
    say(undefined);
    context.form?.kept(block);
  });
  context.form?.add(block.block_id, {
    node,
    block,
    say,
    read: field.read,
    ownProblem: () => ownProblem(block, field),
    focus: () => field.control.focus(),
  });
  return node;
}
