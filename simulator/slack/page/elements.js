/** Elements that act at once: buttons, menus, and fields outside an `input` block. */
import { perform } from './actions.js';
import { el } from './dom.js';
import { withEmoji } from './emoji.js';
import { createField, isField } from './fields.js';
import { menuButton } from './menu.js';
import { safeUrl } from './mrkdwn.js';

/** Which element, in the revision that is shown now: an update may have given its block another id. */
function refOf(node, element, context) {
  const blockId = node.closest('[data-block]')?.dataset.block;
  return { in: context.place, actionId: element.action_id, ...(blockId !== undefined && { blockId }) };
}

async function whileBusy(control, work) {
  if (control.getAttribute('aria-busy') === 'true') return;
  control.setAttribute('aria-busy', 'true');
  try {
    await work();
  } finally {
    control.removeAttribute('aria-busy');
  }
}

function press(node, element, context, value) {
  const name = value === undefined ? 'click' : 'select';
  return whileBusy(node, () =>
    perform(context, name, {
      element: refOf(node, element, context),
      ...(value !== undefined && { value }),
    }),
  );
}

function looks(element) {
  const style = element.style === 'primary' || element.style === 'danger' ? ` button-${element.style}` : '';
  return {
    class: `button${style}`,
    'aria-label': element.accessibility_label,
    'data-action': element.action_id,
  };
}

function button(element, context) {
  const label = withEmoji(element.text?.text ?? '');
  const href = element.url === undefined ? undefined : safeUrl(element.url);
  const on = { click: (event) => press(event.currentTarget, element, context) };
  if (href === undefined) return el('button', { type: 'button', ...looks(element), on, text: label });
  return el('a', { href, target: '_blank', rel: 'noopener noreferrer', ...looks(element), on, text: label });
}

const ICONS = { trash: '🗑️', thumbs_up: '👍', thumbs_down: '👎' };

function iconButton(element, context) {
  const allowed = element.visible_to_user_ids;
  if (allowed !== undefined && !allowed.includes(context.viewer())) return null;
  const label = element.accessibility_label ?? element.text?.text ?? element.icon;
  return el('button', {
    type: 'button',
    class: 'icon-button',
    'aria-label': label,
    title: label,
    'data-action': element.action_id,
    on: { click: (event) => press(event.currentTarget, element, context) },
    text: ICONS[element.icon] ?? withEmoji(`:${element.icon}:`),
  });
}

function feedback(element, context) {
  const one = (choice, mark) =>
    el('button', {
      type: 'button',
      class: 'icon-button',
      'aria-label': choice.accessibility_label ?? choice.text.text,
      title: choice.text.text,
      'data-action': `${element.action_id} ${choice.value}`,
      on: { click: (event) => press(event.currentTarget, element, context, choice.value) },
      text: mark,
    });
  return el(
    'span',
    { class: 'feedback' },
    one(element.positive_button, '👍'),
    one(element.negative_button, '👎'),
  );
}

function overflow(element, context) {
  const look = { label: 'More choices', class: 'icon-button icon-button-framed', action: element.action_id };
  const holder = menuButton(look, () =>
    (element.options ?? []).map((option) => ({
      text: withEmoji(option.text.text),
      more: option.description?.text,
      choose: () => press(holder.querySelector('button'), element, context, option.value),
    })),
  );
  return holder;
}

/** A choice that the person takes back in the confirm dialog, or that was refused, shows the old value again. */
function actingField(element, context, name) {
  const host = el('span', { class: 'field-host' });
  const label = element.placeholder?.text ?? name ?? element.type.replaceAll('_', ' ');
  let kept;
  const fill = () => {
    const field = createField(element, kept, context, label);
    if (field.grouped) field.node.setAttribute('role', 'group');
    (field.grouped ? field.node : field.control).setAttribute('aria-label', label);
    host.replaceChildren(field.node);
    field.onChange(async () => {
      const value = field.read();
      const result = await perform(context, 'select', { element: refOf(host, element, context), value });
      if (result.ok) kept = value;
      else fill();
    });
  };
  fill();
  return host;
}

/** @param {string} [name] the text beside the element, for those without a label of their own */
export function actingElement(element, context, name) {
  switch (element.type) {
    case 'button':
    case 'workflow_button':
      return button(element, context);
    case 'icon_button':
      return iconButton(element, context);
    case 'feedback_buttons':
      return feedback(element, context);
    case 'overflow':
      return overflow(element, context);
    default:
      return isField(element)
        ? actingField(element, context, name)
        : el('span', { class: 'unknown-element', text: `[${element.type}]` });
  }
}
