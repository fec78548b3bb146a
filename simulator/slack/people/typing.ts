/** Slash commands, plain messages, shortcuts, the Home tab. */
import type { Actions, ControlResult } from '../control.ts';
import { isEvent, sendEvent } from '../events.ts';
import { fillBlocks } from '../fill.ts';
import { findMessage, imWith, postMessage } from '../messages.ts';
import { viewToWire } from '../wire.ts';
import type { Channel } from '../workspace.ts';
import { isEmpty, readReply } from './ack.ts';
import { type Actor, badAck, hand, mayAct, no, notice, record } from './acting.ts';
import { commandPayload, shortcutPayload } from './payloads.ts';
import { canSee, isShown } from './sight.ts';

/** Where a person can write. */
function openChannel(actor: Actor, id: string): Channel | ControlResult {
  const channel = actor.workspace.channels.get(id);
  if (channel === undefined || !canSee(actor.user, channel))
    return no('channel_not_found', 'There is no such channel for this person.');
  if (!channel.members.has(actor.user.id))
    return no('not_in_channel', `Join #${channel.name} first: one cannot write there as a visitor.`);
  if (channel.archived) return no('is_archived', `#${channel.name} is archived.`);
  return channel;
}

function isChannel(value: Channel | ControlResult): value is Channel {
  return 'messages' in value;
}

/** Shows what the app answered in its acknowledgement. */
function showReply(actor: Actor, channel: Channel, body: unknown): ControlResult {
  const { workspace, user } = actor;
  if (isEmpty(body)) return { ok: true };
  const reply = readReply(workspace, body);
  if ('bad' in reply) return badAck(actor, 'a command', reply.bad);
  postMessage(workspace, {
    channel,
    user: workspace.app.botUser,
    byApp: true,
    text: reply.text,
    blocks: reply.blocks === null ? null : fillBlocks(reply.blocks, workspace.ids),
    onlyFor: reply.responseType === 'ephemeral' ? user.id : null,
  });
  return { ok: true };
}

export async function command(actor: Actor, what: Omit<Actions['command'], 'as'>): Promise<ControlResult> {
  const { workspace, user } = actor;
  const done = (result: ControlResult) => {
    if (!result.ok && result.say !== undefined) notice(actor, what.channel, result.say);
    return record(actor, 'command', what, result);
  };
  const barred = mayAct(actor);
  if (barred !== null) return done(barred);
  const channel = openChannel(actor, what.channel);
  if (!isChannel(channel)) return done(channel);
  if (!workspace.app.commands.some((entry) => entry.command === what.command))
    return done(no('no_such_command', `${what.command} is not a valid command.`));
  const payload = commandPayload(workspace, { user, channel, command: what.command, text: what.text });
  const handed = await hand(actor, { type: 'slash_commands', payload }, 'command', what.command);
  return done('refused' in handed ? handed.refused : showReply(actor, channel, handed.body));
}

export async function say(actor: Actor, what: Omit<Actions['say'], 'as'>): Promise<ControlResult> {
  const { workspace, user } = actor;
  const done = (result: ControlResult) => record(actor, 'say', what, result);
  const barred = mayAct(actor);
  if (barred !== null) return done(barred);
  const [first = '', ...rest] = what.text.split(' ');
  if (first.startsWith('/')) {
    // Apps' commands do not exist in threads. Source: the slash commands page.
    if (what.threadTs !== undefined)
      return done(no('no_commands_in_threads', `${first} is not supported in threads. Sorry!`));
    return await command(actor, { channel: what.channel, command: first, text: rest.join(' ') });
  }
  const channel = openChannel(actor, what.channel);
  if (!isChannel(channel)) return done(channel);
  if (what.threadTs !== undefined && findMessage(channel, what.threadTs) === undefined)
    return done(no('not_there', 'That message is not there any more.'));
  postMessage(workspace, {
    channel,
    user: user.id,
    byApp: false,
    text: what.text,
    blocks: null,
    threadTs: what.threadTs ?? null,
  });
  return done({ ok: true });
}

export async function shortcut(actor: Actor, what: Omit<Actions['shortcut'], 'as'>): Promise<ControlResult> {
  const { workspace, user } = actor;
  const done = (result: ControlResult) => record(actor, 'shortcut', what, result);
  const barred = mayAct(actor);
  if (barred !== null) return done(barred);
  const wanted = what.message === undefined ? 'global' : 'message';
  const entry = workspace.app.shortcuts.find(
    ({ callback_id, type }) => callback_id === what.callbackId && type === wanted,
  );
  if (entry === undefined)
    return done(no('no_such_shortcut', `The app has no ${wanted} shortcut “${what.callbackId}”.`));
  const channel = workspace.channels.get(what.message?.channel ?? '');
  const message = channel === undefined ? undefined : findMessage(channel, what.message?.ts ?? '');
  if (wanted === 'message') {
    if (
      channel === undefined ||
      message === undefined ||
      !canSee(user, channel) ||
      !isShown(user, channel, message)
    )
      return done(no('not_there', 'That message is not there any more.'));
    if (message.onlyFor !== null) return done(no('not_there', 'Ephemeral messages have no shortcuts.'));
  }
  const payload = shortcutPayload(workspace, {
    user,
    callbackId: what.callbackId,
    ...(channel !== undefined && message !== undefined && { spot: { channel, message } }),
  });
  const handed = await hand(actor, { type: 'interactive', payload }, 'element', entry.name);
  if ('refused' in handed) return done(handed.refused);
  return done(
    isEmpty(handed.body) ? { ok: true } : badAck(actor, 'a shortcut', 'only an empty body may stand there'),
  );
}

/** The app publishes the tab when it hears of it; nothing is awaited. */
export function openHome(actor: Actor): ControlResult {
  const { workspace, user } = actor;
  const done = (result: ControlResult) => record(actor, 'open-home', {}, result);
  const barred = mayAct(actor);
  if (barred !== null) return done(barred);
  if (!workspace.app.homeTab) return done(no('not_enabled', 'The app has no Home tab.'));
  const im = imWith(workspace, user.id);
  const view = workspace.views.get(workspace.homes.get(user.id) ?? '');
  if (isEvent(workspace, 'app_home_opened'))
    sendEvent(workspace, {
      type: 'app_home_opened',
      user: user.id,
      channel: im.id,
      tab: 'home',
      event_ts: workspace.nextTs(),
      ...(view !== undefined && { view: viewToWire(workspace, view) }),
    });
  return done({ ok: true });
}
