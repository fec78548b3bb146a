/** Our state in the shapes that the Web API and payloads have. Source: the object pages and @slack/web-api's response types. */

import { stateOf } from './state.ts';
import type { Channel, Message, StoredFile, User, View, Workspace } from './workspace.ts';

type Wire = { readonly [field: string]: unknown };

function threadFields(channel: Channel | undefined, message: Message): Wire {
  if (channel === undefined || message.onlyFor !== null) return {};
  if (message.threadTs !== null) {
    const parent = channel.messages.find(({ ts }) => ts === message.threadTs);
    return { thread_ts: message.threadTs, ...(parent && { parent_user_id: parent.user }) };
  }
  const replies = channel.messages.filter(
    ({ threadTs, onlyFor }) => threadTs === message.ts && onlyFor === null,
  );
  const latest = replies.at(-1);
  if (latest === undefined) return {};
  const users = [...new Set(replies.map(({ user }) => user))];
  return {
    thread_ts: message.ts,
    reply_count: replies.length,
    reply_users_count: users.length,
    reply_users: users,
    latest_reply: latest.ts,
    is_locked: false,
  };
}

function botFields({ app, team }: Workspace): Wire {
  return {
    bot_id: app.botId,
    app_id: app.id,
    bot_profile: { id: app.botId, app_id: app.id, name: app.name, deleted: false, team_id: team.id },
  };
}

/** @param withMetadata only then may the app read it back */
export function toWire(workspace: Workspace, message: Message, withMetadata = false): Wire {
  const channel = workspace.channels.get(message.channel);
  if (message.tombstone)
    return {
      type: 'message',
      subtype: 'tombstone',
      user: 'USLACKBOT',
      text: message.text,
      hidden: true,
      ts: message.ts,
      ...threadFields(channel, message),
    };
  return {
    type: 'message',
    ...(message.broadcast && { subtype: 'thread_broadcast' }),
    user: message.user,
    text: message.text,
    ts: message.ts,
    team: workspace.team.id,
    ...(message.byApp && botFields(workspace)),
    ...(message.blocks !== null && { blocks: message.blocks }),
    ...(message.attachments.length > 0 && { attachments: message.attachments }),
    ...(message.edited !== null && { edited: message.edited }),
    ...(message.files.length > 0 && {
      files: message.files.flatMap((id) => {
        const file = workspace.files.get(id);
        return file === undefined ? [] : [fileToWire(workspace, file)];
      }),
    }),
    ...(withMetadata && message.metadata !== null && { metadata: message.metadata }),
    ...threadFields(channel, message),
  };
}

export function mimetypeOf(name: string): string {
  const ending = name.toLowerCase().split('.').at(-1) ?? '';
  const known: { readonly [ending: string]: string } = {
    png: 'image/png',
    jpg: 'image/jpeg',
    jpeg: 'image/jpeg',
    gif: 'image/gif',
    svg: 'image/svg+xml',
    zip: 'application/zip',
    json: 'application/json',
    pdf: 'application/pdf',
  };
  return known[ending] ?? 'text/plain';
}

export function fileToWire(workspace: Workspace, file: StoredFile): Wire {
  return {
    id: file.id,
    created: Math.floor(file.created / 1000),
    timestamp: Math.floor(file.created / 1000),
    name: file.name,
    title: file.title,
    mimetype: mimetypeOf(file.name),
    filetype: file.snippetType ?? file.name.split('.').at(-1) ?? 'text',
    size: file.size,
    mode: file.snippetType === null ? 'hosted' : 'snippet',
    user: workspace.app.botUser,
    alt_txt: file.altText,
    permalink: `https://${workspace.team.domain}.slack.com/files/${workspace.app.botUser}/${file.id}/${file.name}`,
    url_private: `${workspace.baseUrl}/control/file/${file.id}`,
  };
}

export function channelToWire({ app }: Workspace, channel: Channel): Wire {
  const base = {
    id: channel.id,
    is_archived: channel.archived,
    is_im: channel.kind === 'im',
    is_mpim: false,
    is_private: channel.kind !== 'public',
  };
  if (channel.kind === 'im')
    return { ...base, user: [...channel.members].find((id) => id !== app.botUser), is_open: true };
  return {
    ...base,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: true,
    is_group: false,
    is_general: false,
    is_shared: false,
    is_ext_shared: false,
    is_member: channel.members.has(app.botUser),
    topic: { value: channel.topic, creator: '', last_set: 0 },
    purpose: { value: '', creator: '', last_set: 0 },
    num_members: channel.members.size,
  };
}

/** Seconds east of UTC at that moment. */
function offsetOf(zone: string, at: number): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    timeZoneName: 'longOffset',
  }).formatToParts(at);
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
  const [, sign, hours, minutes] = /GMT([+-])(\d{2}):(\d{2})/.exec(name) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60);
}

function zoneLabel(zone: string, at: number): string {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'long' }).formatToParts(at);
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? zone;
}

export function userToWire(workspace: Workspace, user: User): Wire {
  const at = workspace.now();
  const stranger = user.team !== workspace.team.id;
  return {
    id: user.id,
    team_id: user.team,
    name: user.name.toLowerCase().replaceAll(' ', '.'),
    deleted: user.deleted,
    real_name: user.name,
    is_bot: user.bot,
    is_app_user: false,
    updated: 0,
    ...(!user.deleted && {
      tz: user.zone,
      tz_label: zoneLabel(user.zone, at),
      tz_offset: offsetOf(user.zone, at),
      is_admin: false,
      is_owner: false,
      is_primary_owner: false,
      is_restricted: user.restricted,
      is_ultra_restricted: false,
    }),
    ...(stranger && { is_stranger: true }),
    profile: { real_name: user.name, display_name: user.name, team: user.team },
  };
}

export function viewToWire({ app, team }: Workspace, view: View): Wire {
  const { definition } = view;
  return {
    id: view.id,
    team_id: team.id,
    type: view.kind,
    blocks: view.blocks,
    private_metadata: definition.private_metadata ?? '',
    callback_id: definition.callback_id ?? '',
    state: { values: stateOf(view) },
    hash: view.hash,
    title: definition.title ?? { type: 'plain_text', text: 'View Title', emoji: true },
    clear_on_close: definition.clear_on_close ?? false,
    notify_on_close: definition.notify_on_close ?? false,
    close: definition.close ?? null,
    submit: definition.submit ?? null,
    previous_view_id: view.previousId,
    root_view_id: view.rootId,
    app_id: app.id,
    external_id: definition.external_id ?? '',
    app_installed_team_id: team.id,
    bot_id: app.botId,
  };
}
