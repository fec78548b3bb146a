/** Storing, changing and finding messages. Who may do it was decided before. */
import type { BlockJson } from './control.ts';
import { isEvent, sendEvent } from './events.ts';
import { toWire } from './wire.ts';
import type { Channel, Message, Workspace } from './workspace.ts';

export interface Content {
  readonly text: string;
  readonly blocks: readonly BlockJson[] | null;
  readonly attachments?: readonly unknown[];
}

export interface Post extends Content {
  readonly channel: Channel;
  readonly user: string;
  readonly byApp: boolean;
  readonly threadTs?: string | null;
  readonly broadcast?: boolean;
  readonly metadata?: { readonly [field: string]: unknown } | null;
  readonly files?: readonly string[];
  readonly onlyFor?: string | null;
}

/** Postings beyond this are cut, with a warning. Source: the chat.postMessage page. */
export const TEXT_CUT = 40_000;

function noted(workspace: Workspace, change: 'posted' | 'updated' | 'deleted', message: Message): void {
  workspace.transcript.add({
    kind: 'message',
    change,
    channel: message.channel,
    ts: message.ts,
    threadTs: message.threadTs,
    by: message.user,
    onlyFor: message.onlyFor,
    revision: message.past.length + 1,
    text: message.text,
    blocks: message.blocks,
  });
  workspace.changed();
}

/** A message without text is a blank to a screen reader, unless Slack can read its blocks out. */
function warnIfSilent(workspace: Workspace, message: Message): void {
  if (message.text.trim() !== '' || message.files.length > 0) return;
  workspace.transcript.add({
    kind: 'warning',
    text: 'message without top-level text: a screen reader and a notification have nothing to say',
    about: message.ts,
  });
}

export function postMessage(workspace: Workspace, post: Post): Message {
  const message: Message = {
    ts: workspace.nextTs(),
    channel: post.channel.id,
    user: post.user,
    byApp: post.byApp,
    threadTs: post.threadTs ?? null,
    broadcast: post.broadcast ?? false,
    text: [...post.text].slice(0, TEXT_CUT).join(''),
    blocks: post.blocks,
    attachments: post.attachments ?? [],
    metadata: post.metadata ?? null,
    files: post.files ?? [],
    edited: null,
    past: [],
    tombstone: false,
    onlyFor: post.onlyFor ?? null,
  };
  post.channel.messages.push(message);
  if (message.byApp) warnIfSilent(workspace, message);
  noted(workspace, 'posted', message);
  if (message.onlyFor === null) announce(workspace, post.channel, message);
  return message;
}

/** Apps that subscribed hear of every message, their own included. */
function announce(workspace: Workspace, channel: Channel, message: Message): void {
  const type = { public: 'message.channels', private: 'message.groups', im: 'message.im' }[channel.kind];
  if (isEvent(workspace, type) && channel.members.has(workspace.app.botUser))
    sendEvent(workspace, {
      ...toWire(workspace, message),
      type: 'message',
      channel: channel.id,
      channel_type: { public: 'channel', private: 'group', im: 'im' }[channel.kind],
      event_ts: message.ts,
    });
  if (isEvent(workspace, 'app_mention') && message.text.includes(`<@${workspace.app.botUser}>`))
    sendEvent(workspace, {
      type: 'app_mention',
      user: message.user,
      text: message.text,
      ts: message.ts,
      channel: channel.id,
      event_ts: message.ts,
    });
}

export function updateMessage(
  workspace: Workspace,
  message: Message,
  content: Partial<Content> & { readonly metadata?: Message['metadata']; readonly edited?: boolean },
): void {
  message.past.push({ text: message.text, blocks: message.blocks });
  if (content.text !== undefined) message.text = content.text;
  if (content.blocks !== undefined) message.blocks = content.blocks;
  if (content.attachments !== undefined) message.attachments = content.attachments;
  if (content.metadata !== undefined) message.metadata = content.metadata;
  if (content.edited === true)
    message.edited = { user: message.user, ts: `${Math.floor(workspace.now() / 1000)}.000000` };
  if (message.byApp) warnIfSilent(workspace, message);
  noted(workspace, 'updated', message);
}

export function deleteMessage(workspace: Workspace, channel: Channel, message: Message): void {
  const replies = repliesOf(channel, message.ts);
  if (replies.length > 0) {
    message.past.push({ text: message.text, blocks: message.blocks });
    message.tombstone = true;
    message.text = 'This message was deleted.';
    message.blocks = null;
    message.attachments = [];
    message.metadata = null;
  } else {
    channel.messages.splice(channel.messages.indexOf(message), 1);
  }
  noted(workspace, 'deleted', message);
}

/** Messages that everybody in the channel sees. */
export function publicMessages(channel: Channel): readonly Message[] {
  return channel.messages.filter(({ onlyFor }) => onlyFor === null);
}

export function findMessage(channel: Channel, ts: string): Message | undefined {
  return channel.messages.find((message) => message.ts === ts);
}

export function repliesOf(channel: Channel, ts: string): readonly Message[] {
  return publicMessages(channel).filter(({ threadTs }) => threadTs === ts);
}

/** A person's conversation with the app; made when it is first needed. */
export function imWith(workspace: Workspace, user: string): Channel {
  const members = [user, workspace.app.botUser];
  for (const channel of workspace.channels.values())
    if (channel.kind === 'im' && members.every((id) => channel.members.has(id))) return channel;
  const made: Channel = {
    id: workspace.ids.next('D'),
    name: user,
    kind: 'im',
    topic: '',
    members: new Set(members),
    archived: false,
    messages: [],
  };
  workspace.channels.set(made.id, made);
  return made;
}
