/** Sends one outbox row, in the richest form that Slack takes. */
import type { NewMessage, OutboxRow } from './ports.ts';
import { slackFailure } from './slack-client.ts';
import { alreadySent, messageMetadata } from './slack-find.ts';
import { type SendOutcome, sendFailed, type Tools } from './slack-outcome.ts';
import type { Request } from './slack-pace.ts';
import { upload } from './slack-upload.ts';

/** More is `msg_too_long` in an update, and a post is best below it too. */
const MOST_TEXT = 4000;
/** What a step printed must neither unfold a page nor become a mention. */
const PLAIN = { unfurl_links: false, unfurl_media: false, link_names: false } as const;

function cut(text: string): string {
  const points = [...text];
  return points.length <= MOST_TEXT ? text : `${points.slice(0, MOST_TEXT - 1).join('')}…`;
}

interface Body {
  readonly text: string;
  readonly blocks: readonly unknown[];
}

/** What is tried in turn when Slack refuses the content. The text says everything, so it is the last. */
function bodies({ text, blocks, fallback }: NewMessage): readonly Body[] {
  const short = cut(text);
  const forms = [blocks, fallback?.blocks ?? []].filter(({ length }) => length > 0);
  return [...forms.map((form) => ({ text: short, blocks: form })), { text: short, blocks: [] }];
}

/** The kind of request that sending the row begins with. */
export function requestOf({ message, ts }: OutboxRow): Request {
  if (message.onlyFor !== undefined) return 'whisper';
  return ts === null ? 'post' : 'update';
}

interface Call {
  readonly method: string;
  readonly args: { readonly [name: string]: unknown };
}

function callOf(row: OutboxRow, body: Body): Call {
  const { message, ts, threadTs } = row;
  const { text, blocks } = body;
  // Without blocks an edit removes those that stand there.
  const to = { channel: message.channel, text, ...(blocks.length > 0 && { blocks }) };
  // An edit keeps the metadata, and shows in the channel when the reply did.
  if (ts !== null) return { method: 'chat.update', args: { ...to, ts, link_names: false } };
  const thread = threadTs === null ? {} : { thread_ts: threadTs };
  if (message.onlyFor !== undefined)
    return {
      method: 'chat.postEphemeral',
      args: { ...to, ...thread, user: message.onlyFor, link_names: false },
    };
  return {
    method: 'chat.postMessage',
    args: {
      ...to,
      ...thread,
      ...PLAIN,
      ...(message.broadcast === true && threadTs !== null && { reply_broadcast: true }),
      metadata: messageMetadata(row),
    },
  };
}

async function sendMessage(tools: Tools, row: OutboxRow): Promise<SendOutcome> {
  const request = requestOf(row);
  const refusals: string[] = [];
  for (const [n, body] of bodies(row.message).entries()) {
    // The first turn was taken by whoever gave us the row.
    if (n > 0) await tools.turn(request, row.message.channel);
    const { method, args } = callOf(row, body);
    try {
      const { ts } = (await tools.client.apiCall(method, args)) as { ts?: unknown };
      if (refusals.length > 0)
        tools.log.warn(
          { upgrade: row.upgrade, slot: row.message.slot, refusals },
          'Slack took a message only in a simpler form',
        );
      return { kind: 'sent', ts: typeof ts === 'string' ? ts : row.ts };
    } catch (error) {
      const failure = slackFailure(error);
      const outcome = sendFailed(row, failure, request);
      if (outcome !== null) return outcome;
      refusals.push(failure.why);
    }
  }
  return { kind: 'refused', why: refusals.at(-1) ?? 'there is nothing to send' };
}

/** @throws Error only for what is not Slack's doing */
export async function sendRow(tools: Tools, row: OutboxRow): Promise<SendOutcome> {
  const { file, onlyFor, text } = row.message;
  if (row.state === 'unknown' && row.ts === null && onlyFor === undefined) {
    const outcome = await alreadySent(tools, row);
    if (outcome !== null) return outcome;
  }
  // Slack refuses empty files.
  if (file !== undefined && file.content !== '') {
    const outcome = await upload(tools, row, file, cut(text));
    if (outcome !== null) return outcome;
    await tools.turn('post', row.message.channel);
  }
  return sendMessage(tools, row);
}
