/** One or several lines of text, numbers, addresses. Checked on submit, in words; the browser's own bubbles stay off. */
import { el } from './dom.js';
import { onSettled } from './settle.js';

function initialText(element) {
  const initial = element.initial_value;
  if (typeof initial !== 'object' || initial === null) return initial ?? '';
  return (initial.elements ?? [])
    .flatMap((part) => part.elements ?? [])
    .map((part) => part.text ?? '')
    .join('');
}

function attributes(element, kind) {
  return {
    class: 'text-input',
    placeholder: element.placeholder?.text,
    maxlength: element.max_length,
    autocomplete: 'off',
    spellcheck: kind === 'text' ? 'true' : 'false',
    'data-action': element.action_id,
  };
}

function control(element, kind) {
  const several = element.multiline === true || element.type === 'rich_text_input';
  const shared = attributes(element, kind);
  if (several) return el('textarea', { ...shared, rows: 4 });
  // Not type=number: its spinner and its silent rejection of "3 000" help nobody.
  const inputmode = kind === 'number' ? (element.is_decimal_allowed ? 'decimal' : 'numeric') : null;
  return el('input', { ...shared, type: kind === 'number' ? 'text' : kind, inputmode });
}

function problem(element, kind, text) {
  const { min_length: least, is_decimal_allowed: decimals } = element;
  if (least !== undefined && text.length < least) return `Write at least ${least} characters.`;
  if (kind === 'email' && !/^\S+@\S+$/.test(text)) return 'This is no e-mail address.';
  if (kind === 'url' && !/^https?:\/\/\S+$/.test(text)) return 'This is no address: it starts with https://.';
  if (kind !== 'number') return undefined;
  if (!(decimals ? /^-?\d+(?:\.\d+)?$/ : /^-?\d+$/).test(text))
    return decimals ? 'This is no number.' : 'This is no whole number.';
  if (element.min_value !== undefined && Number(text) < Number(element.min_value))
    return `The least is ${element.min_value}.`;
  if (element.max_value !== undefined && Number(text) > Number(element.max_value))
    return `The most is ${element.max_value}.`;
  return undefined;
}

export function textField(element, value, kind) {
  const input = control(element, kind);
  input.value = value === undefined ? initialText(element) : (value ?? '');
  const triggers = element.dispatch_action_config?.trigger_actions_on ?? ['on_enter_pressed'];
  return {
    node: input,
    control: input,
    grouped: false,
    read: () => (input.value.trim() === '' ? null : input.value),
    problem: () => (input.value.trim() === '' ? undefined : problem(element, kind, input.value.trim())),
    onChange: (run) => {
      if (triggers.includes('on_character_entered')) input.addEventListener('input', run);
      else onSettled(input, run);
    },
  };
}
