/** What stands in the elements of a view or message, and in which shape Slack tells it to an app. */
import { isObject, type Json } from './block-kit/shape.ts';
import { elementsOf } from './block-kit/walk.ts';
import type { BlockJson, FormValue } from './control.ts';
import type { Values, View } from './workspace.ts';

/** Options of external selects, as the app answered: they stand in no block. */
const offered = new WeakMap<Json, readonly Json[]>();

export function rememberOffer(element: Json, options: readonly Json[]): void {
  offered.set(element, [...(offered.get(element) ?? []), ...options]);
}

export function optionsOf(element: Json): readonly Json[] {
  const groups = Array.isArray(element.option_groups) ? element.option_groups.filter(isObject) : [];
  const written = [element.options, ...groups.map(({ options }) => options)].flatMap((list) =>
    Array.isArray(list) ? list.filter(isObject) : [],
  );
  return [...written, ...(offered.get(element) ?? [])];
}

function valueOfOption(option: unknown): string | null {
  return isObject(option) && typeof option.value === 'string' ? option.value : null;
}

/** What an element shows before anybody touched it. */
function initialValue(element: Json): FormValue {
  if ('initial_option' in element) return valueOfOption(element.initial_option);
  if (Array.isArray(element.initial_options))
    return element.initial_options.flatMap((option) => valueOfOption(option) ?? []);
  for (const [field, entry] of Object.entries(element)) {
    if (!field.startsWith('initial_')) continue;
    if (typeof entry === 'string' || typeof entry === 'number') return entry;
    if (Array.isArray(entry)) return entry.filter((item) => typeof item === 'string');
  }
  return null;
}

/** Buttons and overflow menus do something; they hold nothing. */
function holdsValue(type: unknown): boolean {
  return ![
    'button',
    'overflow',
    'workflow_button',
    'feedback_buttons',
    'icon_button',
    'image',
    undefined,
  ].includes(typeof type === 'string' ? type : undefined);
}

function chosenOption(element: Json, value: string): Json {
  const found = optionsOf(element).find((option) => option.value === value);
  return found ?? { text: { type: 'plain_text', text: value, emoji: true }, value };
}

/** The fields of an element in `state.values` and, for a choice, in `actions[0]`. */
export function valueFields(element: Json, value: FormValue): Json {
  const several = Array.isArray(value) ? value.map(String) : [];
  const one = typeof value === 'string' && value !== '' ? value : null;
  switch (element.type) {
    case 'static_select':
    case 'external_select':
    case 'radio_buttons':
    case 'overflow':
      return { selected_option: one === null ? null : chosenOption(element, one) };
    case 'multi_static_select':
    case 'multi_external_select':
    case 'checkboxes':
      return { selected_options: several.map((entry) => chosenOption(element, entry)) };
    case 'users_select':
      return { selected_user: one };
    case 'multi_users_select':
      return { selected_users: several };
    case 'conversations_select':
      return { selected_conversation: one };
    case 'multi_conversations_select':
      return { selected_conversations: several };
    case 'channels_select':
      return { selected_channel: one };
    case 'multi_channels_select':
      return { selected_channels: several };
    case 'datepicker':
      return { selected_date: one };
    case 'timepicker':
      return { selected_time: one, ...('timezone' in element && { timezone: element.timezone }) };
    case 'datetimepicker':
      return { selected_date_time: typeof value === 'number' ? value : null };
    case 'file_input':
      return { files: [] };
    case 'rich_text_input':
      return one === null ? {} : { rich_text_value: richText(one) };
    default:
      return { value: value === null || value === '' ? null : String(value) };
  }
}

/** What Slack makes of text typed into a rich text input. */
function richText(text: string): Json {
  return {
    type: 'rich_text',
    elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }],
  };
}

export function initialValues(blocks: readonly BlockJson[]): Values {
  const values: Values = {};
  for (const { block, element } of elementsOf(blocks)) {
    if (!holdsValue(element.type)) continue;
    const blockId = String(block.block_id);
    values[blockId] = { ...values[blockId], [String(element.action_id)]: initialValue(element) };
  }
  return values;
}

/** After an update, what was typed stays where block_id, action_id and kind of element stayed. */
export function carriedValues(
  before: { readonly blocks: readonly BlockJson[]; readonly values: Values },
  blocks: readonly BlockJson[],
): Values {
  const values = initialValues(blocks);
  const kinds = new Map(
    elementsOf(before.blocks).map(({ block, element }) => [
      `${String(block.block_id)} ${String(element.action_id)}`,
      element.type,
    ]),
  );
  for (const { block, element } of elementsOf(blocks)) {
    const blockId = String(block.block_id);
    const actionId = String(element.action_id);
    const old = before.values[blockId]?.[actionId];
    const into = values[blockId];
    if (old === undefined || into === undefined || kinds.get(`${blockId} ${actionId}`) !== element.type)
      continue;
    const offered = optionsOf(element).map(({ value }) => value);
    const still =
      old === null ||
      offered.length === 0 ||
      (Array.isArray(old) ? old : [old]).every((v) => offered.includes(v));
    if (still) into[actionId] = old;
  }
  return values;
}

export function stateFrom(blocks: readonly BlockJson[], values: Values): Json {
  const state: { [blockId: string]: { [actionId: string]: Json } } = {};
  for (const { block, element } of elementsOf(blocks)) {
    const blockId = String(block.block_id);
    const actionId = String(element.action_id);
    const value = values[blockId]?.[actionId];
    if (!holdsValue(element.type) || value === undefined) continue;
    state[blockId] = {
      ...state[blockId],
      [actionId]: { type: element.type, ...valueFields(element, value) },
    };
  }
  return state;
}

export function stateOf(view: View): Json {
  return stateFrom(view.blocks, view.values);
}
