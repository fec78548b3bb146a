/** chat.* methods. Source: their method pages. */
import { lengthOf } from '../block-kit/shape.ts';
import { deleteMessage, findMessage, imWith, postMessage, TEXT_CUT, updateMessage } from '../messages.ts';
import { toWire } from '../wire.ts';
import type { Channel, Message, Workspace } from '../workspace.ts';
import { type Answer, type Args, type Call, channelOf, type Method, mustBeIn, Refusal } from './call.ts';
import { type Given, givenContent, mustSaySomething } from './content.ts';

/** chat.update is stricter than chat.postMessage. */
const UPDATE_TEXT_MAX = 4000;

/** Posting takes names, and a user id means the direct message with that person. */
export function postTarget(call: Pick<Call, 'workspace' | 'args'>): Channel {
  const given = call.args.string('channel');
  const user = call.workspace.users.get(given ?? '');
  if (user !== undefined && !user.bot) return imWith(call.workspace, user.id);
  return channelOf(call, given, { names: true });
}

function mayPostWithoutJoining(workspace: Workspace, channel: Channel): boolean {
  return channel.kind === 'public' && workspace.app.scopes.includes('chat:write.public');
}

/** @throws Refusal thread_not_found, cannot_reply_to_message */
export function threadOf(channel: Channel, args: Args): string | null {
  if (!args.has('thread_ts')) return null;
  const ts = args.string('thread_ts') ?? '';
  const parent = findMessage(channel, ts);
  if (parent === undefined) throw new Refusal('thread_not_found');
  // “Never use a reply's ts value; use its parent instead”: what then happens is not documented, so it is refused.
  if (parent.threadTs !== null || parent.onlyFor !== null) throw new Refusal('cannot_reply_to_message');
  return ts;
}

function post(call: Call): Answer {
  const { workspace, args } = call;
  const channel = postTarget(call);
  if (channel.archived) throw new Refusal('is_archived');
  if (!mayPostWithoutJoining(workspace, channel)) mustBeIn(workspace, channel);
  const given = givenContent(workspace, args);
  mustSaySomething(workspace, given);
  const threadTs = threadOf(channel, args);
  const message = postMessage(workspace, {
    channel,
    user: workspace.app.botUser,
    byApp: true,
    text: given.text ?? '',
    blocks: given.blocks ?? null,
    attachments: given.attachments ?? [],
    metadata: given.metadata ?? null,
    threadTs,
    broadcast: threadTs !== null && args.flag('reply_broadcast'),
  });
  return {
    channel: channel.id,
    ts: message.ts,
    message: toWire(workspace, message),
    ...(lengthOf(given.text ?? '') > TEXT_CUT && {
      warning: 'message_truncated',
      response_metadata: { warnings: ['message_truncated'] },
    }),
  };
}

/** An own message that still can be changed. */
function ownMessage(
  { workspace, args }: Call,
  channel: Channel,
  forbidden: 'cant_update_message' | 'cant_delete_message',
): Message {
  const message = findMessage(channel, args.required('ts'));
  // Ephemeral messages cannot be reached by ts at all.
  if (message === undefined || message.onlyFor !== null || message.tombstone)
    throw new Refusal('message_not_found');
  if (!message.byApp) throw new Refusal(forbidden);
  mustBeIn(workspace, channel);
  return message;
}

/** Rich text may not turn into something else. */
function mustStayRich(message: Message, { blocks }: Given): void {
  const rich = (list: readonly { readonly type: string }[] | null) =>
    list !== null && list.length > 0 && list.every(({ type }) => type === 'rich_text');
  if (rich(message.blocks) && blocks !== undefined && blocks.length > 0 && !rich(blocks))
    throw new Refusal('block_mismatch');
}

function update(call: Call): Answer {
  const { workspace, args } = call;
  const channel = channelOf(call, args.string('channel'));
  const message = ownMessage(call, channel, 'cant_update_message');
  if (channel.archived) throw new Refusal('is_inactive');
  const given = givenContent(workspace, args);
  if (lengthOf(given.text ?? '') > UPDATE_TEXT_MAX) throw new Refusal('msg_too_long');
  const content = given.text !== undefined || given.blocks !== undefined || given.attachments !== undefined;
  if (args.flag('reply_broadcast') && message.threadTs !== null && !message.broadcast) {
    if (content) throw new Refusal('no_dual_broadcast_content_update');
    message.broadcast = true;
  } else if (content || given.metadata === undefined) {
    mustSaySomething(workspace, given);
  }
  mustStayRich(message, given);
  const textOnly = given.text !== undefined && given.blocks === undefined;
  updateMessage(workspace, message, {
    ...(given.text !== undefined && { text: given.text }),
    // With `text` alone the blocks go; with neither they stay.
    ...(given.blocks !== undefined ? { blocks: given.blocks } : textOnly && { blocks: null }),
    ...(given.attachments !== undefined && { attachments: given.attachments }),
    ...(given.metadata !== undefined && {
      metadata: Object.keys(given.metadata).length === 0 ? null : given.metadata,
    }),
    edited: textOnly,
  });
  return {
    channel: channel.id,
    ts: message.ts,
    text: message.text,
    message: toWire(workspace, message),
  };
}

function remove(call: Call): Answer {
  const { workspace, args } = call;
  const channel = channelOf(call, args.string('channel'));
  const message = ownMessage(call, channel, 'cant_delete_message');
  deleteMessage(workspace, channel, message);
  return { channel: channel.id, ts: message.ts };
}

function postEphemeral(call: Call): Answer {
  const { workspace, args } = call;
  const channel = channelOf(call, args.string('channel'), { names: true });
  const user = args.required('user');
  if (channel.archived) throw new Refusal('is_archived');
  mustBeIn(workspace, channel);
  if (!channel.members.has(user)) throw new Refusal('user_not_in_channel');
  const given = givenContent(workspace, args);
  mustSaySomething(workspace, given);
  const message = postMessage(workspace, {
    channel,
    user: workspace.app.botUser,
    byApp: true,
    text: given.text ?? '',
    blocks: given.blocks ?? null,
    attachments: given.attachments ?? [],
    threadTs: threadOf(channel, args),
    onlyFor: user,
  });
  return { message_ts: message.ts };
}

function getPermalink(call: Call): Answer {
  const { workspace, args } = call;
  const channel = channelOf(call, args.string('channel'));
  const message = findMessage(channel, args.required('message_ts'));
  if (message === undefined || message.onlyFor !== null) throw new Refusal('message_not_found');
  const base = `https://${workspace.team.domain}.slack.com/archives/${channel.id}/p${message.ts.replace('.', '')}`;
  const thread = message.threadTs === null ? '' : `?thread_ts=${message.threadTs}&cid=${channel.id}`;
  return { channel: channel.id, permalink: `${base}${thread}` };
}

const write = { scopes: ['chat:write'], token: 'bot' } as const;

export const CHAT: { readonly [method: string]: Method } = {
  'chat.postMessage': { ...write, tier: 'post', run: post },
  'chat.update': { ...write, tier: 3, run: update },
  'chat.delete': { ...write, tier: 3, run: remove },
  'chat.postEphemeral': { ...write, tier: 4, run: postEphemeral },
  'chat.getPermalink': { scopes: [], token: 'bot', tier: 'none', run: getPermalink },
};
