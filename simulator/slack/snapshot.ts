/** What one person can see, as the page and scenarios get it. */
import { isObject } from './block-kit/shape.ts';
import type {
  ChannelState,
  ControlState,
  FileState,
  HomeState,
  MessageState,
  ModalState,
  Persona,
} from './control.ts';
import { repliesOf } from './messages.ts';
import { canSee, isShown } from './people/sight.ts';
import { topOf } from './views.ts';
import { mimetypeOf } from './wire.ts';
import type { Channel, Message, StoredFile, User, Workspace } from './workspace.ts';

function personaOf(user: User): Persona {
  return {
    id: user.id,
    name: user.name,
    role: user.role,
    zone: user.zone,
    letter: ([...user.name][0] ?? '?').toUpperCase(),
    kind: user.deleted ? 'deactivated' : user.bot ? 'bot' : user.restricted ? 'guest' : 'person',
  };
}

const UNKNOWN: Persona = {
  id: '',
  name: 'Unknown',
  role: '',
  zone: 'Etc/UTC',
  letter: '?',
  kind: 'deactivated',
};

function fileState(file: StoredFile): FileState {
  const mimetype = mimetypeOf(file.name);
  const isText = mimetype.startsWith('text/') || mimetype === 'application/json';
  return {
    id: file.id,
    name: file.name,
    title: file.title,
    mimetype,
    altText: file.altText,
    size: file.size,
    url: `/control/file/${file.id}`,
    content: isText ? (file.bytes?.toString() ?? '') : null,
  };
}

function messageState(workspace: Workspace, channel: Channel, message: Message): MessageState {
  const replies = repliesOf(channel, message.ts);
  const author = workspace.users.get(message.user);
  return {
    ts: message.ts,
    threadTs: message.threadTs,
    author: author === undefined ? UNKNOWN : personaOf(author),
    sentAt: Math.round(Number(message.ts) * 1000),
    text: message.text,
    blocks: message.blocks,
    files: message.files.flatMap((id) => {
      const file = workspace.files.get(id);
      return file === undefined ? [] : [fileState(file)];
    }),
    edited: message.edited !== null,
    revision: message.past.length + 1,
    ephemeral: message.onlyFor !== null,
    broadcast: message.broadcast,
    tombstone: message.tombstone,
    replies: {
      count: replies.length,
      users: [...new Set(replies.map(({ user }) => user))],
      latest: replies.at(-1)?.ts ?? null,
    },
    reactions: [],
  };
}

function shownIn(channel: Channel, user: User): readonly Message[] {
  return channel.messages.filter((message) => isShown(user, channel, message));
}

function channelState(workspace: Workspace, channel: Channel, user: User): ChannelState {
  const shown = shownIn(channel, user);
  const state = (message: Message) => messageState(workspace, channel, message);
  const threads: { [parentTs: string]: MessageState[] } = {};
  for (const message of shown)
    if (message.threadTs !== null) {
      const thread = threads[message.threadTs] ?? [];
      thread.push(state(message));
      threads[message.threadTs] = thread;
    }
  return {
    id: channel.id,
    name: channel.kind === 'im' ? workspace.app.name : channel.name,
    kind: channel.kind,
    topic: channel.topic,
    archived: channel.archived,
    members: [...channel.members],
    member: channel.members.has(user.id),
    messages: shown.filter(({ threadTs, broadcast }) => threadTs === null || broadcast).map(state),
    threads,
  };
}

function plain(value: unknown): string | null {
  return isObject(value) && typeof value.text === 'string' ? value.text : null;
}

export function modalState(workspace: Workspace, user: string): ModalState | null {
  const view = topOf(workspace, user);
  if (view === undefined) return null;
  const { definition } = view;
  return {
    viewId: view.id,
    callbackId: String(definition.callback_id ?? ''),
    title: plain(definition.title) ?? '',
    submit: plain(definition.submit),
    close: plain(definition.close) ?? 'Cancel',
    blocks: view.blocks,
    values: structuredClone(view.values),
    errors: view.errors,
    depth: workspace.stacks.get(user)?.length ?? 1,
    revision: view.revision,
  };
}

export function homeState(workspace: Workspace, user: string): HomeState | null {
  const view = workspace.views.get(workspace.homes.get(user) ?? '');
  return view === undefined ? null : { viewId: view.id, blocks: view.blocks, revision: view.revision };
}

export function controlState(workspace: Workspace, user: User): ControlState {
  const { app, team, clock } = workspace;
  return {
    version: workspace.version,
    as: user.id,
    team: { id: team.id, name: team.name },
    app: {
      id: app.id,
      name: app.name,
      botUser: app.botUser,
      online: workspace.courier.online(),
      homeTab: app.homeTab,
    },
    clock: { now: workspace.now(), k: clock.k },
    outage: workspace.apiFaults.outage,
    personas: [...workspace.users.values()].map(personaOf),
    groups: [...workspace.groups.values()],
    channels: [...workspace.channels.values()]
      .filter((channel) => canSee(user, channel))
      .map((channel) => channelState(workspace, channel, user)),
    modal: modalState(workspace, user.id),
    home: homeState(workspace, user.id),
    notices: workspace.notices
      .filter((entry) => entry.user === user.id)
      .map(({ at, channel, text }) => ({ at, channel, text })),
    commands: app.commands.map((entry) => ({
      command: entry.command,
      description: entry.description ?? '',
      usageHint: entry.usage_hint ?? '',
    })),
    shortcuts: app.shortcuts.map((entry) => ({
      name: entry.name,
      callbackId: entry.callback_id,
      type: entry.type,
      description: entry.description ?? '',
    })),
  };
}
