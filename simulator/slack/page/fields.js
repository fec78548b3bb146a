/**
 * A field is one element that holds a value:
 *   node      what is put into the page
 *   control   what takes the focus and carries `aria-invalid`
 *   grouped   several controls under one name: needs a legend, not a label
 *   read()    FormValue of the control API
 *   onChange  calls back when a person has settled on a value
 */
import { choiceField, manyField, optionGroups, radioField, tickField } from './fields-choice.js';
import { textField } from './fields-text.js';
import { dateField, dateTimeField, timeField } from './fields-time.js';
import { searchField } from './search-field.js';

function people(context) {
  return context.people().map(({ id, name }) => ({ value: id, text: name }));
}

function channels(context) {
  return context.channels().map(({ id, name }) => ({ value: id, text: `#${name}` }));
}

const SINGLE = {
  static_select: (element) => optionGroups(element),
  users_select: (_element, context) => [{ label: null, options: people(context) }],
  conversations_select: (_element, context) => [{ label: null, options: channels(context) }],
  channels_select: (_element, context) => [{ label: null, options: channels(context) }],
};

const TEXT = {
  plain_text_input: 'text',
  email_text_input: 'email',
  url_text_input: 'url',
  number_input: 'number',
  rich_text_input: 'text',
};

export function isField(element) {
  const single = element.type.replace(/^multi_/, '');
  return (
    Object.hasOwn(SINGLE, single) ||
    Object.hasOwn(TEXT, element.type) ||
    ['external_select', 'checkboxes', 'radio_buttons', 'datepicker', 'timepicker', 'datetimepicker'].includes(
      single,
    )
  );
}

/**
 * @param value what stands in it now (FormValue); undefined = what the element itself says
 * @param {string} name what it is called where no label is shown
 */
export function createField(element, value, context, name) {
  const { type } = element;
  if (Object.hasOwn(TEXT, type)) return textField(element, value, TEXT[type]);
  if (type === 'checkboxes') return tickField(element, value, context);
  if (type === 'radio_buttons') return radioField(element, value, context);
  if (type === 'datepicker') return dateField(element, value);
  if (type === 'timepicker') return timeField(element, value);
  if (type === 'datetimepicker') return dateTimeField(element, value, context.zone());
  if (type.endsWith('external_select')) return searchField(element, value, context, name);
  if (type.startsWith('multi_')) return manyField(element, value, SINGLE[type.slice(6)](element, context));
  return choiceField(element, value, SINGLE[type](element, context));
}
