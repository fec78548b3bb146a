/** Choosing one or several of a list. Native controls: every keyboard and screen reader knows them. */
import { el, freshId } from './dom.js';
import { withEmoji } from './emoji.js';
import { textNodes } from './mrkdwn.js';
import { onSettled } from './settle.js';

function plainOption({ text, value, description }) {
  const more = description === undefined ? '' : ` – ${description.text}`;
  return { value, text: withEmoji(`${text?.text ?? value}${more}`) };
}

export function optionGroups(element) {
  if (element.option_groups === undefined)
    return [{ label: null, options: (element.options ?? []).map(plainOption) }];
  return element.option_groups.map(({ label, options }) => ({
    label: label?.text ?? null,
    options: options.map(plainOption),
  }));
}

function initialOne(element) {
  return (
    element.initial_option?.value ??
    element.initial_user ??
    element.initial_conversation ??
    element.initial_channel ??
    null
  );
}

function initialMany(element) {
  const many =
    element.initial_options?.map(({ value }) => value) ??
    element.initial_users ??
    element.initial_conversations ??
    element.initial_channels;
  return many ?? [];
}

const optionNode = ({ value, text }) => el('option', { value, text });

export function choiceField(element, value, groups) {
  const select = el(
    'select',
    { class: 'select-input', 'data-action': element.action_id },
    el('option', { value: '', text: element.placeholder?.text ?? 'Choose one' }),
    ...groups.flatMap(({ label, options }) =>
      label === null ? options.map(optionNode) : [el('optgroup', { label }, ...options.map(optionNode))],
    ),
  );
  select.value = (value === undefined ? initialOne(element) : value) ?? '';
  return {
    node: select,
    control: select,
    grouped: false,
    read: () => (select.value === '' ? null : select.value),
    onChange: (run) => onSettled(select, run),
  };
}

function line(option, kind, name, checked, context) {
  const input = el('input', { type: kind, name, value: option.value });
  input.checked = checked;
  const described = option.description === undefined ? null : freshId('description');
  if (described !== null) input.setAttribute('aria-describedby', described);
  return el(
    'div',
    { class: 'tick' },
    el(
      'label',
      { class: 'tick-label' },
      input,
      el('span', {}, ...(typeof option.text === 'string' ? [option.text] : textNodes(option.text, context))),
    ),
    described === null
      ? null
      : el('div', { class: 'tick-more', id: described }, ...textNodes(option.description, context)),
  );
}

function tickGroup(element, options, kind, chosen, context) {
  const name = freshId(kind);
  const node = el(
    'div',
    { class: 'ticks', 'data-action': element.action_id },
    ...options.map((option) => line(option, kind, name, chosen.includes(option.value), context)),
  );
  const inputs = [...node.querySelectorAll('input')];
  const values = () => inputs.filter(({ checked }) => checked).map((input) => input.value);
  return { node, control: inputs[0] ?? node, grouped: true, inputs, values };
}

export function tickField(element, value, context) {
  const chosen = (value === undefined ? initialMany(element) : value) ?? [];
  const group = tickGroup(element, element.options ?? [], 'checkbox', chosen, context);
  return { ...group, read: group.values, onChange: (run) => group.node.addEventListener('change', run) };
}

export function radioField(element, value, context) {
  const chosen = value === undefined ? initialOne(element) : value;
  const group = tickGroup(element, element.options ?? [], 'radio', [chosen], context);
  return {
    ...group,
    read: () => group.values()[0] ?? null,
    onChange: (run) => {
      // Arrow keys walk through radio buttons: what counts is where they come to rest.
      for (const input of group.inputs) onSettled(input, run);
    },
  };
}

/** A multi-select: ticks in a box that scrolls. */
export function manyField(element, value, groups) {
  const chosen = (value === undefined ? initialMany(element) : value) ?? [];
  const options = groups.flatMap((group) => group.options);
  const group = tickGroup(element, options, 'checkbox', chosen, undefined);
  group.node.classList.add('ticks-box');
  const most = element.max_selected_items;
  return {
    ...group,
    read: group.values,
    problem: () =>
      most !== undefined && group.values().length > most ? `Choose at most ${most}.` : undefined,
    onChange: (run) => group.node.addEventListener('change', run),
  };
}
