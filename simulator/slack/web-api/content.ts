/** The part that all posting methods share: text, blocks, attachments, metadata. */
import { checkBlocks, checkMetadata, MESSAGE_BLOCKS_MAX, pointed } from '../block-kit/check.ts';
import { isObject, lengthOf, type Problem } from '../block-kit/shape.ts';
import type { BlockJson } from '../control.ts';
import { fillBlocks } from '../fill.ts';
import type { Workspace } from '../workspace.ts';
import { type Args, Refusal } from './call.ts';

const ATTACHMENTS_MAX = 100;
const MARKDOWN_MAX = 12_000;

function invalidBlocks(problems: readonly Problem[]): Refusal {
  const lines = problems.map(pointed);
  return new Refusal('invalid_blocks', {
    errors: lines,
    response_metadata: { messages: lines.map((line) => `[ERROR] ${line}`) },
  });
}

export function filesOf(workspace: Workspace): { readonly fileExists: (id: string) => boolean } {
  return { fileExists: (id) => workspace.files.get(id)?.bytes instanceof Buffer };
}

/** @throws Refusal invalid_blocks, invalid_blocks_format, msg_blocks_too_long */
function messageBlocks(workspace: Workspace, blocks: unknown): readonly BlockJson[] {
  if (!Array.isArray(blocks) || !blocks.every(isObject)) throw new Refusal('invalid_blocks_format');
  const problems = checkBlocks(blocks, 'message', filesOf(workspace));
  if (problems.length > 0) throw invalidBlocks(problems);
  if (lengthOf(JSON.stringify(blocks)) > MESSAGE_BLOCKS_MAX) throw new Refusal('msg_blocks_too_long');
  return fillBlocks(blocks, workspace.ids);
}

function attachmentsOf(workspace: Workspace, args: Args): readonly unknown[] | undefined {
  const attachments = args.json('attachments', 'invalid_attachments');
  if (attachments === undefined || attachments === null) return undefined;
  if (!Array.isArray(attachments) || !attachments.every(isObject)) throw new Refusal('invalid_attachments');
  if (attachments.length > ATTACHMENTS_MAX) throw new Refusal('too_many_attachments');
  const problems = attachments.flatMap((attachment, index) =>
    'blocks' in attachment
      ? checkBlocks(attachment.blocks, 'message', filesOf(workspace), `/attachments/${index}/blocks`)
      : [],
  );
  if (problems.length > 0) throw invalidBlocks(problems);
  return attachments;
}

/** What was given; undefined = not given at all. */
export interface Given {
  readonly text: string | undefined;
  readonly blocks: readonly BlockJson[] | undefined;
  readonly attachments: readonly unknown[] | undefined;
  readonly metadata: { readonly [field: string]: unknown } | undefined;
}

function markdownOf(args: Args): string | undefined {
  const markdown = args.string('markdown_text');
  if (markdown === undefined) return undefined;
  if (args.has('text') || args.has('blocks')) throw new Refusal('markdown_text_conflict');
  if (lengthOf(markdown) > MARKDOWN_MAX) throw new Refusal('msg_too_long');
  return markdown;
}

function metadataOf(args: Args): Given['metadata'] {
  const metadata = args.json('metadata', 'invalid_metadata_format');
  if (metadata === undefined || metadata === null) return undefined;
  // Only chat.update knows the empty object: it removes.
  if (isObject(metadata) && Object.keys(metadata).length === 0) return {};
  const wrong = checkMetadata(metadata);
  if (wrong !== null) throw new Refusal(wrong);
  return isObject(metadata) ? metadata : undefined;
}

/** @throws Refusal when something given would not be taken */
export function givenContent(workspace: Workspace, args: Args): Given {
  const markdown = markdownOf(args);
  const blocks = args.json('blocks', 'invalid_blocks_format');
  return {
    text: markdown ?? args.string('text'),
    blocks: blocks === undefined || blocks === null ? undefined : messageBlocks(workspace, blocks),
    attachments: attachmentsOf(workspace, args),
    metadata: metadataOf(args),
  };
}

/** @throws Refusal no_text; and what `missingText: 'refuse'` adds to Slack's rules */
export function mustSaySomething(workspace: Workspace, { text, blocks, attachments }: Given): void {
  const empty = (list: readonly unknown[] | undefined) => list === undefined || list.length === 0;
  const silent = text === undefined || text.trim() === '';
  if (silent && empty(blocks) && empty(attachments)) throw new Refusal('no_text');
  if (silent && workspace.settings.missingText === 'refuse')
    throw new Refusal('no_text', {
      response_metadata: {
        messages: [
          '[ERROR] no top-level `text`: screen readers and notifications would have nothing to say (a rule of this simulator, not of Slack)',
        ],
      },
    });
}
