/** POSTs to a response_url: five within thirty minutes. Source: the page on handling user interaction. */
import { isObject } from './block-kit/shape.ts';
import { fillBlocks } from './fill.ts';
import { deleteMessage, findMessage, postMessage, updateMessage } from './messages.ts';
import { readReply } from './people/ack.ts';
import type { Channel, Message, ResponseHook, Workspace } from './workspace.ts';

const USES_MAX = 5;
/** Virtual. */
const VALID_MS = 30 * 60_000;

export interface HookAnswer {
  readonly status: number;
  readonly text: string;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function original(channel: Channel, { message }: ResponseHook): Message | undefined {
  return message === null ? undefined : findMessage(channel, message.ts);
}

function respond(workspace: Workspace, hook: ResponseHook, channel: Channel, body: unknown): HookAnswer {
  const reply = readReply(workspace, body);
  if ('bad' in reply) return { status: 400, text: reply.bad };
  const fields = isObject(body) ? body : {};
  const message = original(channel, hook);
  if (fields.delete_original === true) {
    if (message === undefined) return { status: 404, text: 'message_not_found' };
    deleteMessage(workspace, channel, message);
    return { status: 200, text: 'ok' };
  }
  const blocks = reply.blocks === null ? null : fillBlocks(reply.blocks, workspace.ids);
  if (reply.text.trim() === '' && blocks === null) return { status: 400, text: 'no_text' };
  if (fields.replace_original === true && message !== undefined) {
    updateMessage(workspace, message, { text: reply.text, blocks });
    return { status: 200, text: 'ok' };
  }
  const threadTs = typeof fields.thread_ts === 'string' ? fields.thread_ts : null;
  if (threadTs !== null && findMessage(channel, threadTs) === undefined)
    return { status: 400, text: 'thread_not_found' };
  postMessage(workspace, {
    channel,
    user: workspace.app.botUser,
    byApp: true,
    text: reply.text,
    blocks,
    threadTs,
    onlyFor: reply.responseType === 'ephemeral' ? hook.user : null,
  });
  return { status: 200, text: 'ok' };
}

/** @param id the path after `/response/` */
export function useResponseUrl(workspace: Workspace, id: string, raw: string): HookAnswer {
  const hook = workspace.hooks.get(id);
  const body = parsed(raw);
  const answer = (): HookAnswer => {
    if (hook === undefined) return { status: 404, text: 'no such response_url' };
    if (workspace.now() - hook.madeAt > VALID_MS) return { status: 404, text: 'expired_url' };
    if (hook.used >= USES_MAX) return { status: 404, text: 'used_url' };
    const channel = workspace.channels.get(hook.channel);
    if (channel === undefined) return { status: 404, text: 'channel_not_found' };
    if (channel.archived) return { status: 404, text: 'is_archived' };
    if (!isObject(body)) return { status: 400, text: 'invalid_payload' };
    hook.used += 1;
    return respond(workspace, hook, channel, body);
  };
  const given = answer();
  workspace.transcript.add({
    kind: 'response-url',
    status: given.status,
    body: body ?? raw.slice(0, 2000),
    ...(given.status !== 200 && { why: given.text }),
  });
  workspace.changed();
  return given;
}
