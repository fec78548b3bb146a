/** Looks whether Slack has a message of ours already: after a crash or a time-out nobody else knows. */
import { z } from 'zod';
import type { OutboxRow } from './ports.ts';
import { slackFailure } from './slack-client.ts';
import { lookFailed, type SendOutcome, type Tools } from './slack-outcome.ts';

/** Slack's clock and ours differ by less, or Slack's own signature check would fail. */
const CLOCKS_DIFFER_MS = 5 * 60_000;
const PAGE = 200;
/** Four thousand messages since the row was committed: whoever is in that channel has other worries. */
const MOST_PAGES = 20;

const MESSAGE_EVENT = 'cutover_message';

const Page = z.object({
  messages: z
    .array(
      z.object({
        ts: z.string(),
        bot_id: z.string().optional(),
        metadata: z
          .object({ event_type: z.string(), event_payload: z.record(z.string(), z.unknown()) })
          .optional(),
        files: z
          .array(z.object({ id: z.string(), name: z.string().nullish(), size: z.number().optional() }))
          .optional(),
      }),
    )
    .default([]),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});
type FoundMessage = z.infer<typeof Page>['messages'][number];

/** Readable by everybody in the workspace: ids only. */
export function messageMetadata(row: OutboxRow) {
  return {
    event_type: MESSAGE_EVENT,
    event_payload: { upgrade: row.upgrade, slot: row.message.slot, row: row.id },
  };
}

/** Anybody's app can post metadata like ours; only our own bot's messages count. */
function isRow(message: FoundMessage, row: OutboxRow, bot: string | null): boolean {
  if (bot !== null && message.bot_id !== bot) return false;
  const file = row.message.file;
  if (file !== undefined) {
    const bytes = Buffer.byteLength(file.content);
    return message.files?.some(({ name, size }) => name === file.name && size === bytes) ?? false;
  }
  const { event_type, event_payload } = message.metadata ?? {};
  return (
    event_type === MESSAGE_EVENT &&
    event_payload?.upgrade === row.upgrade &&
    event_payload.slot === row.message.slot &&
    event_payload.row === row.id
  );
}

/**
 * @returns the message of the thread (for the card: of the channel) that fits, or null
 * @throws the Web API's errors
 */
export async function findMessage(
  tools: Tools,
  row: OutboxRow,
  fits: (message: FoundMessage) => boolean,
): Promise<FoundMessage | null> {
  const { channel } = row.message;
  const where =
    row.threadTs === null
      ? { method: 'conversations.history', args: {} }
      : { method: 'conversations.replies', args: { ts: row.threadTs } };
  const oldest = ((row.putAt - CLOCKS_DIFFER_MS) / 1000).toFixed(6);
  let cursor: string | undefined;
  for (let n = 0; n < MOST_PAGES; n++) {
    await tools.turn('look', channel);
    const answer = await tools.client.apiCall(where.method, {
      ...where.args,
      channel,
      oldest,
      limit: PAGE,
      include_all_metadata: true,
      ...(cursor !== undefined && { cursor }),
    });
    const page = Page.parse(answer);
    const found = page.messages.find(fits);
    if (found !== undefined) return found;
    cursor = page.response_metadata?.next_cursor;
    if (cursor === undefined || cursor === '') return null;
  }
  return null;
}

/** Of a row that Slack may have. @returns what became of it, or null: Slack does not have it */
export async function alreadySent(tools: Tools, row: OutboxRow): Promise<SendOutcome | null> {
  try {
    const bot = await tools.ownBot();
    const found = await findMessage(tools, row, (message) => isRow(message, row, bot));
    return found === null ? null : { kind: 'sent', ts: found.ts };
  } catch (error) {
    const failure = slackFailure(error);
    if (failure.kind !== 'refused' || failure.error !== 'missing_scope') return lookFailed(failure);
    tools.log.error(
      { upgrade: row.upgrade, slot: row.message.slot, why: failure.why },
      'can’t look whether Slack has a message, so it may appear twice',
    );
    return null;
  }
}
