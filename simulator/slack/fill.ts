/** What Slack adds to blocks when it stores them: ids, and the defaults of text objects. */
import { isObject, type Json } from './block-kit/shape.ts';
import type { BlockJson } from './control.ts';
import type { Ids } from './ids.ts';

const WITH_ACTION_ID: ReadonlySet<unknown> = new Set([
  'button',
  'checkboxes',
  'radio_buttons',
  'overflow',
  'workflow_button',
  'feedback_buttons',
  'icon_button',
  'plain_text_input',
  'number_input',
  'email_text_input',
  'url_text_input',
  'rich_text_input',
  'file_input',
  'datepicker',
  'timepicker',
  'datetimepicker',
]);

function actionable(type: unknown): boolean {
  return WITH_ACTION_ID.has(type) || (typeof type === 'string' && type.endsWith('_select'));
}

function defaults(value: Json): Json {
  const { type } = value;
  if (type === 'plain_text') return { emoji: true, ...value };
  if (type === 'mrkdwn') return { verbatim: false, ...value };
  if (type === 'input') return { optional: false, dispatch_action: false, ...value };
  return value;
}

function deep(value: unknown, ids: Ids): unknown {
  if (Array.isArray(value)) return value.map((entry) => deep(entry, ids));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([field, entry]) => [field, deep(entry, ids)] as const);
  const filled = defaults(Object.fromEntries(entries));
  return actionable(filled.type) && filled.action_id === undefined
    ? { ...filled, action_id: ids.short() }
    : filled;
}

function withId(block: Json, ids: Ids): BlockJson {
  const nested = block.type === 'container' ? 'child_blocks' : block.type === 'carousel' ? 'elements' : null;
  const inner = nested === null ? [] : block[nested];
  const filled = {
    ...block,
    ...(nested !== null && Array.isArray(inner) && { [nested]: inner.map((child) => withId(child, ids)) }),
  };
  // A type is there: the check comes first.
  return { type: String(block.type), ...filled, block_id: block.block_id ?? ids.short() };
}

/** @param blocks have passed the check */
export function fillBlocks(blocks: readonly unknown[], ids: Ids): readonly BlockJson[] {
  return blocks.filter(isObject).map((block) => withId(deep(block, ids) as Json, ids));
}
