/** What may stand in an acknowledgement, by kind of payload. Source: the interactivity and modals guides. */
import { checkBlocks, pointed } from '../block-kit/check.ts';
import { optionGroups, options } from '../block-kit/objects.ts';
import { isObject, type Json, lengthOf, type Scope } from '../block-kit/shape.ts';
import { everyBlock } from '../block-kit/walk.ts';
import { checkedView } from '../views.ts';
import type { View, Workspace } from '../workspace.ts';

/** A sentence about what Slack would not take. */
export interface BadAck {
  readonly bad: string;
}

export interface Reply {
  readonly responseType: 'ephemeral' | 'in_channel';
  readonly text: string;
  readonly blocks: readonly unknown[] | null;
}

const MESSAGE_FIELDS: ReadonlySet<string> = new Set([
  'response_type',
  'text',
  'blocks',
  'attachments',
  'mrkdwn',
  'parse',
  'link_names',
  'unfurl_links',
  'unfurl_media',
  'metadata',
  'replace_original',
  'delete_original',
  'thread_ts',
]);

/** A message as it may be answered to a command or posted to a response_url. */
export function readReply(workspace: Workspace, body: unknown): Reply | BadAck {
  if (typeof body === 'string') return { responseType: 'ephemeral', text: body, blocks: null };
  if (!isObject(body)) return { bad: 'neither text nor an object' };
  const unknown = Object.keys(body).find((field) => !MESSAGE_FIELDS.has(field));
  if (unknown !== undefined) return { bad: `unknown field: ${unknown}` };
  const { response_type: type = 'ephemeral', text = '', blocks } = body;
  if (type !== 'ephemeral' && type !== 'in_channel') return { bad: `unknown response_type: ${String(type)}` };
  if (typeof text !== 'string') return { bad: 'text is no string' };
  if (lengthOf(text) > 40_000) return { bad: 'text has more than 40000 characters' };
  if (blocks === undefined) return { responseType: type, text, blocks: null };
  const fileExists = (id: string) => workspace.files.get(id)?.bytes instanceof Buffer;
  const [wrong] = checkBlocks(blocks, 'message', { fileExists });
  if (wrong !== undefined) return { bad: `invalid_blocks: ${pointed(wrong)}` };
  return { responseType: type, text, blocks: Array.isArray(blocks) ? blocks : [] };
}

export function isEmpty(body: unknown): boolean {
  return (
    body === undefined || body === null || body === '' || (isObject(body) && Object.keys(body).length === 0)
  );
}

export type ViewAck =
  | { readonly kind: 'close' }
  | { readonly kind: 'clear' }
  | { readonly kind: 'errors'; readonly errors: { readonly [blockId: string]: string } }
  | { readonly kind: 'update' | 'push'; readonly view: Json };

function readErrors(view: View, errors: unknown): ViewAck | BadAck {
  if (!isObject(errors) || Object.keys(errors).length === 0) return { bad: 'errors is empty or no object' };
  const inputs = new Set(
    everyBlock(view.blocks)
      .filter(({ block }) => block.type === 'input')
      .map(({ block }) => block.block_id),
  );
  for (const [blockId, text] of Object.entries(errors)) {
    if (!inputs.has(blockId)) return { bad: `errors: no input block has the block_id “${blockId}”` };
    if (typeof text !== 'string' || text === '') return { bad: `errors: “${blockId}” has no text` };
  }
  return { kind: 'errors', errors: errors as { readonly [blockId: string]: string } };
}

export function readViewAck(workspace: Workspace, view: View, body: unknown): ViewAck | BadAck {
  if (isEmpty(body)) return { kind: 'close' };
  if (!isObject(body)) return { bad: 'neither empty nor an object' };
  switch (body.response_action) {
    case 'clear':
      return { kind: 'clear' };
    case 'errors':
      return readErrors(view, body.errors);
    case 'update':
    case 'push': {
      const checked = checkedView(workspace, body.view, 'modal');
      if ('tooLarge' in checked) return { bad: 'view_too_large' };
      if ('problems' in checked) return { bad: checked.problems.join('; ') };
      return isObject(body.view) ? { kind: body.response_action, view: body.view } : { bad: 'no view' };
    }
    default:
      return { bad: `unknown response_action: ${String(body.response_action)}` };
  }
}

/** @returns the options, those of groups included */
export function readOptions(body: unknown): readonly Json[] | BadAck {
  if (!isObject(body) || 'options' in body === 'option_groups' in body)
    return { bad: 'must define either `options` or `option_groups`' };
  const scope: Scope = { surface: 'modal', fileExists: () => false, problems: [] };
  const given = 'options' in body ? body.options : body.option_groups;
  // No match is a fine answer: an empty list, other than in a block.
  if (Array.isArray(given) && given.length === 0) return [];
  const check = 'options' in body ? options : optionGroups;
  check(given, 'options' in body ? '/options' : '/option_groups', scope);
  const [wrong] = scope.problems;
  if (wrong !== undefined) return { bad: pointed(wrong) };
  const list = Array.isArray(given) ? given.filter(isObject) : [];
  return 'options' in body
    ? list
    : list.flatMap(({ options: inGroup }) => (Array.isArray(inGroup) ? inGroup.filter(isObject) : []));
}
