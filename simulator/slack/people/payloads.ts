/** Payloads of commands and interactions. Source: the interaction payload pages and the types of @slack/bolt. */
import type { Json } from '../block-kit/shape.ts';
import { toWire, viewToWire } from '../wire.ts';
import type { Channel, Message, User, View, Workspace } from '../workspace.ts';

export function newTrigger({ ids, triggers }: Workspace, user: string, view: string | null): string {
  const id = ids.trigger();
  triggers.set(id, { user, madeAt: Date.now(), view, exchanged: false });
  return id;
}

export function newResponseUrl(
  workspace: Workspace,
  kind: 'commands' | 'actions' | 'app',
  about: {
    readonly channel: string;
    readonly user: string;
    readonly message?: Message;
  },
): string {
  const { ids, hooks, now } = workspace;
  const id = `${kind}/${workspace.team.id}/${ids.secret(24)}`;
  const { message } = about;
  hooks.set(id, {
    channel: about.channel,
    user: about.user,
    message: message === undefined ? null : { ts: message.ts, ephemeral: message.onlyFor !== null },
    threadTs: message?.threadTs ?? null,
    madeAt: now(),
    used: 0,
  });
  return `${workspace.baseUrl}/response/${id}`;
}

/** As it stands in `channel_name` and `channel.name`. */
function channelName({ kind, name }: Channel): string {
  return kind === 'im' ? 'directmessage' : kind === 'private' ? 'privategroup' : name;
}

function loginName({ name }: User): string {
  return name.toLowerCase().replaceAll(' ', '.');
}

function userFields(user: User): Json {
  const name = loginName(user);
  return { id: user.id, username: name, name, team_id: user.team };
}

function common({ app, team }: Workspace, user: User): Json {
  return {
    user: userFields(user),
    api_app_id: app.id,
    token: 'deprecated',
    team: { id: team.id, domain: team.domain },
    enterprise: null,
    is_enterprise_install: false,
  };
}

export function commandPayload(
  workspace: Workspace,
  { user, channel, command, text }: { user: User; channel: Channel; command: string; text: string },
): Json {
  const { team, app } = workspace;
  return {
    token: 'deprecated',
    team_id: team.id,
    team_domain: team.domain,
    channel_id: channel.id,
    channel_name: channelName(channel),
    user_id: user.id,
    user_name: loginName(user),
    command,
    text,
    api_app_id: app.id,
    // A string, in this payload only.
    is_enterprise_install: 'false',
    response_url: newResponseUrl(workspace, 'commands', { channel: channel.id, user: user.id }),
    trigger_id: newTrigger(workspace, user.id, null),
  };
}

export type Spot = { readonly channel: Channel; readonly message: Message } | { readonly view: View };

function spotFields(workspace: Workspace, spot: Spot): Json {
  if ('view' in spot)
    return {
      container: { type: 'view', view_id: spot.view.id },
      view: viewToWire(workspace, spot.view),
    };
  const { channel, message } = spot;
  const thread = message.threadTs === null ? {} : { thread_ts: message.threadTs };
  return {
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: channel.id,
      is_ephemeral: message.onlyFor !== null,
      ...thread,
    },
    channel: { id: channel.id, name: channelName(channel) },
    // Of an ephemeral message Slack sends no body.
    ...(message.onlyFor === null && { message: toWire(workspace, message) }),
  };
}

export function blockActionsPayload(
  workspace: Workspace,
  { user, spot, action, state }: { user: User; spot: Spot; action: Json; state: Json },
): Json {
  const inView = 'view' in spot;
  return {
    type: 'block_actions',
    ...common(workspace, user),
    ...spotFields(workspace, spot),
    trigger_id: newTrigger(workspace, user.id, inView && spot.view.kind === 'modal' ? spot.view.id : null),
    ...(!inView && {
      response_url: newResponseUrl(workspace, 'actions', {
        channel: spot.channel.id,
        user: user.id,
        message: spot.message,
      }),
    }),
    state: { values: state },
    actions: [action],
  };
}

export function suggestionPayload(
  workspace: Workspace,
  { user, spot, ids, query }: { user: User; spot: Spot; ids: Json; query: string },
): Json {
  return {
    type: 'block_suggestion',
    ...common(workspace, user),
    ...spotFields(workspace, spot),
    ...ids,
    value: query,
  };
}

export function viewPayload(
  workspace: Workspace,
  { type, user, view }: { type: 'view_submission' | 'view_closed'; user: User; view: View },
  more: Json,
): Json {
  return { type, ...common(workspace, user), view: viewToWire(workspace, view), ...more };
}

export function shortcutPayload(
  workspace: Workspace,
  {
    user,
    callbackId,
    spot,
  }: { user: User; callbackId: string; spot?: { channel: Channel; message: Message } },
): Json {
  const actionTs = `${workspace.now() / 1000}`;
  const base = {
    ...common(workspace, user),
    callback_id: callbackId,
    action_ts: actionTs,
    trigger_id: newTrigger(workspace, user.id, null),
  };
  if (spot === undefined) return { type: 'shortcut', ...base };
  return {
    type: 'message_action',
    ...base,
    message_ts: spot.message.ts,
    channel: { id: spot.channel.id, name: channelName(spot.channel) },
    message: toWire(workspace, spot.message),
    response_url: newResponseUrl(workspace, 'app', {
      channel: spot.channel.id,
      user: user.id,
      message: spot.message,
    }),
  };
}
