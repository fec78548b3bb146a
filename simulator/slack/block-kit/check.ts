/** The strict check of everything that an app sends: blocks of a message, a modal, a Home tab. */
import { BLOCKS } from './blocks.ts';
import { plainText } from './objects.ts';
import {
  flag,
  isObject,
  lengthOf,
  list,
  object,
  type Problem,
  problem,
  type Scope,
  type Surface,
  text,
  typed,
} from './shape.ts';
import { elementsOf, everyBlock } from './walk.ts';

const BLOCKS_MAX = { message: 50, modal: 100, home: 100 } as const;
/** Of all `markdown` blocks together. */
const MARKDOWN_MAX = 12_000;
/** Bytes of the JSON. */
export const VIEW_MAX = 250_000;
/**
 * Characters of the JSON of all blocks together, else `msg_blocks_too_long`. Not documented: users of chat.postMessage
 * measured 13,200 to 13,300 in 2025 and 2026 (bolt-js issues 2509 and 2867).
 */
export const MESSAGE_BLOCKS_MAX = 13_200;

function uniqueIds(blocks: unknown, at: string, scope: Scope): void {
  const blockIds = new Set<unknown>();
  for (const { block, pointer } of everyBlock(blocks, at)) {
    const id = block.block_id;
    if (id === undefined) continue;
    if (blockIds.has(id)) problem(scope, `${pointer}/block_id`, `block_id "${String(id)}" already exists`);
    blockIds.add(id);
  }
  const seen = new Map<unknown, Set<unknown>>();
  for (const { block, element, pointer } of elementsOf(blocks, at)) {
    const id = element.action_id;
    const inBlock = seen.get(block) ?? new Set();
    seen.set(block, inBlock);
    if (id !== undefined && inBlock.has(id))
      problem(scope, `${pointer}/action_id`, `\`action_id\` "${String(id)}" already exists in this block`);
    inBlock.add(id);
  }
}

function together(blocks: readonly unknown[], at: string, scope: Scope): void {
  const types = blocks.map((block) => (isObject(block) ? block.type : undefined));
  if (types.includes('plan') && types.includes('task_card'))
    problem(scope, at, '`plan` and `task_card` cannot be used in the same message');
  const markdown = blocks.reduce<number>(
    (sum, block) =>
      isObject(block) && block.type === 'markdown' && typeof block.text === 'string'
        ? sum + lengthOf(block.text)
        : sum,
    0,
  );
  if (markdown > MARKDOWN_MAX)
    problem(scope, at, `must be less than ${MARKDOWN_MAX + 1} characters in all markdown blocks`);
  const focused = elementsOf(blocks, at).filter(({ element }) => element.focus_on_load === true);
  for (const { pointer } of focused.slice(1))
    problem(scope, `${pointer}/focus_on_load`, 'only one element can have `focus_on_load`');
}

function blocksInto(scope: Scope, blocks: unknown, at: string): void {
  list(typed(BLOCKS[scope.surface]), { max: BLOCKS_MAX[scope.surface] })(blocks, at, scope);
  if (!Array.isArray(blocks)) return;
  uniqueIds(blocks, at, scope);
  together(blocks, at, scope);
}

export interface CheckContext {
  readonly fileExists: (id: string) => boolean;
}

/** @param at `/blocks` in a message; blocks.validate points from the root */
export function checkBlocks(
  blocks: unknown,
  surface: Surface,
  { fileExists }: CheckContext,
  at = '/blocks',
): readonly Problem[] {
  const scope: Scope = { surface, fileExists, problems: [] };
  blocksInto(scope, blocks, at);
  return scope.problems;
}

const shared = {
  private_metadata: text(3000, 0),
  callback_id: text(255, 0),
  external_id: text(255, 0),
};
const anyBlocks = { blocks: () => {} };
const VIEWS = {
  modal: object({
    required: { ...anyBlocks, title: plainText(24) },
    optional: {
      ...shared,
      submit: plainText(24),
      close: plainText(24),
      clear_on_close: flag,
      notify_on_close: flag,
    },
  }),
  home: object({ required: anyBlocks, optional: shared }),
};

/** @param appName stands in one of Slack's sentences */
export function checkView(
  view: unknown,
  kind: 'modal' | 'home',
  { fileExists, appName }: CheckContext & { readonly appName: string },
  at = '/view',
): readonly Problem[] {
  const scope: Scope = { surface: kind, fileExists, problems: [] };
  typed({ [kind]: VIEWS[kind] })(view, at, scope);
  if (isObject(view) && 'blocks' in view) {
    blocksInto(scope, view.blocks, `${at}/blocks`);
    if (kind === 'modal' && !('submit' in view))
      for (const { block, pointer } of everyBlock(view.blocks, `${at}/blocks`))
        if (block.type === 'input')
          problem(
            scope,
            `${pointer}/input`,
            `${appName} must define \`submit\` to use an \`input\` block in modals`,
          );
  }
  if (scope.problems.length > 0)
    scope.problems.unshift({ message: 'failed to match all allowed schemas', pointer: at });
  return scope.problems;
}

const metadataShape = object({ required: { event_type: text(255), event_payload: () => {} } });

/** `metadata` of a message: a name and an object of scalars, one level of objects deep. */
export function checkMetadata(
  metadata: unknown,
): 'invalid_metadata_format' | 'invalid_metadata_schema' | null {
  if (!isObject(metadata)) return 'invalid_metadata_format';
  const scope: Scope = { surface: 'message', fileExists: () => false, problems: [] };
  metadataShape(metadata, '/metadata', scope);
  if (scope.problems.length > 0 || !isObject(metadata.event_payload)) return 'invalid_metadata_format';
  if (!/^[a-z0-9_]+$/.test(String(metadata.event_type))) return 'invalid_metadata_format';
  const scalar = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value);
  const flat = (value: unknown) => isObject(value) && Object.values(value).every(scalar);
  const fine = (value: unknown) =>
    scalar(value) || flat(value) || (Array.isArray(value) && value.every(flat));
  return Object.values(metadata.event_payload).every(fine) ? null : 'invalid_metadata_schema';
}

/** As Slack writes them into `errors`. */
export function pointed({ message, pointer }: Problem): string {
  return `${message} [json-pointer:${pointer}]`;
}
