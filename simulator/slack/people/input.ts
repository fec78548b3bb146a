/** What a person can put into an element, and what Slack checks itself before it submits a modal. */
import { isObject, type Json, lengthOf } from '../block-kit/shape.ts';
import { elementsOf } from '../block-kit/walk.ts';
import type { FormValue } from '../control.ts';
import { optionsOf } from '../state.ts';
import type { View, Workspace } from '../workspace.ts';

const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;

/** A day that the calendar has: no 31 February. */
function isDate(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text) && text.length === 10;
}

function labelOf(option: Json): unknown {
  return isObject(option.text) ? option.text.text : undefined;
}

/** People choose what they read: a label stands for its value. */
function choiceOf(element: Json, choice: string): string | undefined {
  const found = optionsOf(element).find((option) => option.value === choice || labelOf(option) === choice);
  return typeof found?.value === 'string' ? found.value : undefined;
}

function oneChoice(workspace: Workspace, element: Json, choice: string): string | undefined {
  const type = String(element.type).replace(/^multi_/, '');
  switch (type) {
    case 'users_select':
      return workspace.users.get(choice)?.deleted === false ? choice : undefined;
    case 'conversations_select':
    case 'channels_select':
      return workspace.channels.has(choice) ? choice : undefined;
    case 'datepicker':
      return isDate(choice) ? choice : undefined;
    case 'timepicker':
      return TIME.test(choice) ? choice : undefined;
    case 'static_select':
    // Of an external select only what the app offered before.
    case 'external_select':
    case 'radio_buttons':
    case 'checkboxes':
    case 'overflow':
      return choiceOf(element, choice);
    default:
      return choice;
  }
}

const SEVERAL = /^multi_|^checkboxes$/;

/** @returns the value as it is kept, or undefined = the element does not let a person do this */
export function accepted(workspace: Workspace, element: Json, value: FormValue): FormValue | undefined {
  const { type } = element;
  if (value === null) return SEVERAL.test(String(type)) ? [] : null;
  if (type === 'datetimepicker')
    return typeof value === 'number' && Number.isInteger(value) ? value : undefined;
  if (SEVERAL.test(String(type))) {
    const list = Array.isArray(value) ? value : [String(value)];
    const max = typeof element.max_selected_items === 'number' ? element.max_selected_items : list.length;
    const kept = list.map((entry) => oneChoice(workspace, element, String(entry)));
    return kept.length > max || kept.includes(undefined)
      ? undefined
      : kept.filter((entry) => entry !== undefined);
  }
  if (Array.isArray(value)) return undefined;
  return oneChoice(workspace, element, String(value));
}

function isBlank(value: FormValue | undefined): boolean {
  return (
    value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
  );
}

function numberProblem(element: Json, text: string): string | undefined {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) return 'Please enter a number.';
  if (element.is_decimal_allowed !== true && !Number.isInteger(value)) return 'Please enter a whole number.';
  if (element.min_value !== undefined && value < Number(element.min_value))
    return `Please enter a number of at least ${element.min_value}.`;
  if (element.max_value !== undefined && value > Number(element.max_value))
    return `Please enter a number of at most ${element.max_value}.`;
  return undefined;
}

function textProblem(element: Json, text: string): string | undefined {
  const length = lengthOf(text);
  const max = typeof element.max_length === 'number' ? element.max_length : 3000;
  if (typeof element.min_length === 'number' && length < element.min_length)
    return `Please enter at least ${element.min_length} characters.`;
  return length > max ? `Please enter no more than ${max} characters.` : undefined;
}

function problemOf(element: Json, value: FormValue): string | undefined {
  const text = String(value);
  switch (element.type) {
    case 'plain_text_input':
      return textProblem(element, text);
    case 'number_input':
      return numberProblem(element, text);
    case 'email_text_input':
      return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text) ? undefined : 'Please enter a valid email address.';
    case 'url_text_input':
      return URL.canParse(text) ? undefined : 'Please enter a valid URL.';
    default:
      return undefined;
  }
}

/** Slack's own complaints under the inputs, by block_id; nothing is sent while there are any. */
export function formProblems({ blocks, values }: View): { readonly [blockId: string]: string } {
  const problems: { [blockId: string]: string } = {};
  for (const { block, element } of elementsOf(blocks)) {
    if (block.type !== 'input') continue;
    const blockId = String(block.block_id);
    const value = values[blockId]?.[String(element.action_id)];
    const wrong = isBlank(value)
      ? block.optional === true
        ? undefined
        : 'Please complete this required field.'
      : problemOf(element, value ?? null);
    if (wrong !== undefined) problems[blockId] = wrong;
  }
  return problems;
}
