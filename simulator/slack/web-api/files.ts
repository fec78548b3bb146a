/** The external upload flow: a URL, the bytes, and the sharing. Source: the file upload guide and the method pages. */
import { checkBlocks, pointed } from '../block-kit/check.ts';
import { isObject } from '../block-kit/shape.ts';
import type { BlockJson } from '../control.ts';
import { fillBlocks } from '../fill.ts';
import { imWith, postMessage } from '../messages.ts';
import { fileToWire } from '../wire.ts';
import type { Channel, StoredFile, Workspace } from '../workspace.ts';
import { type Answer, badArguments, type Call, channelOf, type Method, mustBeIn, Refusal } from './call.ts';
import { threadOf } from './chat.ts';
import { filesOf } from './content.ts';

const SNIPPET_MAX = 1_048_576;
const ALT_MAX = 1000;

function getUploadUrl({ workspace, args }: Call): Answer {
  const name = args.required('filename');
  const length = Number(args.required('length'));
  if (!Number.isInteger(length) || length < 0)
    throw badArguments('must provide an integer [json-pointer:/length]');
  // The page: “Typically only occurs when the `length` provided is 0.”
  if (length === 0) throw new Refusal('missing_argument');
  const altText = args.string('alt_txt') ?? args.string('alt_text') ?? '';
  if (altText.length > ALT_MAX) throw new Refusal('alt_txt_too_large');
  const snippetType = args.string('snippet_type') ?? null;
  if (snippetType !== null && length > SNIPPET_MAX) throw new Refusal('snippet_too_large');
  const file: StoredFile = {
    id: workspace.ids.next('F'),
    name,
    title: name,
    altText,
    snippetType,
    size: length,
    created: workspace.now(),
    bytes: null,
    shared: false,
  };
  workspace.files.set(file.id, file);
  return { upload_url: `${workspace.baseUrl}/upload/v1/${file.id}`, file_id: file.id };
}

/** @returns HTTP status and text, as the upload host answers */
export function storeUpload(
  workspace: Workspace,
  id: string,
  bytes: Buffer,
): { readonly status: number; readonly text: string } {
  const file = workspace.files.get(id);
  if (file === undefined || file.bytes !== null) return { status: 404, text: 'no such upload' };
  if (bytes.length !== file.size)
    return { status: 400, text: `expected ${file.size} bytes, got ${bytes.length}` };
  file.bytes = bytes;
  workspace.transcript.add({ kind: 'file', id, name: file.name, size: bytes.length });
  return { status: 200, text: `OK - ${bytes.length}` };
}

function uploadsOf({ workspace, args }: Call): readonly StoredFile[] {
  const list = args.json('files', 'invalid_arguments');
  if (!Array.isArray(list) || list.length === 0) throw badArguments('missing required field: files');
  return list.map((entry) => {
    const file = isObject(entry) ? workspace.files.get(String(entry.id)) : undefined;
    if (file === undefined || file.bytes === null || file.shared) throw new Refusal('file_not_found');
    if (isObject(entry) && typeof entry.title === 'string') file.title = entry.title;
    return file;
  });
}

function shareTarget(call: Call): Channel | undefined {
  const { workspace, args } = call;
  const given = args.string('channel_id') ?? args.string('channels');
  if (given === undefined || given === '') return undefined;
  if (given.includes(',')) throw badArguments('this simulator shares into one channel at a time');
  const user = workspace.users.get(given);
  const channel = user === undefined ? channelOf(call, given) : imWith(workspace, user.id);
  mustBeIn(workspace, channel);
  if (channel.archived) throw new Refusal('posting_to_channel_denied');
  return channel;
}

function blocksOf({ workspace, args }: Call): readonly BlockJson[] | null {
  const blocks = args.json('blocks', 'invalid_blocks');
  // With a comment the blocks are ignored, says the page.
  if (blocks === undefined || blocks === null || args.has('initial_comment')) return null;
  const problems = checkBlocks(blocks, 'message', filesOf(workspace));
  if (problems.length > 0 || !Array.isArray(blocks))
    throw new Refusal('invalid_blocks', { errors: problems.map(pointed) });
  return fillBlocks(blocks, workspace.ids);
}

function complete(call: Call): Answer {
  const { workspace, args } = call;
  const files = uploadsOf(call);
  const channel = shareTarget(call);
  const blocks = blocksOf(call);
  const threadTs = channel === undefined ? null : threadOf(channel, args);
  for (const file of files) file.shared = true;
  if (channel !== undefined)
    postMessage(workspace, {
      channel,
      user: workspace.app.botUser,
      byApp: true,
      text: args.string('initial_comment') ?? '',
      blocks,
      threadTs,
      files: files.map(({ id }) => id),
    });
  return { files: files.map((file) => fileToWire(workspace, file)) };
}

const write = { tier: 4, token: 'bot', scopes: ['files:write'] } as const;

export const FILES: { readonly [method: string]: Method } = {
  'files.getUploadURLExternal': { ...write, run: getUploadUrl },
  'files.completeUploadExternal': { ...write, run: complete },
};
