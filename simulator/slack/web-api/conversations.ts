/** conversations.* methods. Source: their method pages. */
import { findMessage, imWith, publicMessages, repliesOf } from '../messages.ts';
import { channelToWire, toWire } from '../wire.ts';
import type { Message, Workspace } from '../workspace.ts';
import {
  type Answer,
  type Args,
  badArguments,
  type Call,
  channelOf,
  type Method,
  missingScope,
  mustBeIn,
  mustHaveFor,
  Refusal,
} from './call.ts';

function info(call: Call): Answer {
  const channel = channelOf(call, call.args.string('channel'));
  mustHaveFor(call.workspace, channel, 'read');
  return { channel: channelToWire(call.workspace, channel) };
}

/** A cursor is a ts in base64: opaque to the app, and refused when it is not one of ours. */
function afterCursor<T extends { readonly key: string }>(list: readonly T[], args: Args): readonly T[] {
  const cursor = args.string('cursor');
  if (cursor === undefined || cursor === '') return list;
  const key = Buffer.from(cursor, 'base64').toString().replace('next:', '');
  const index = list.findIndex((entry) => entry.key === key);
  if (index < 0) throw new Refusal('invalid_cursor');
  return list.slice(index);
}

function page<T extends { readonly key: string }>(
  list: readonly T[],
  args: Args,
  limits: { readonly max: number; readonly otherwise: number },
): { readonly entries: readonly T[]; readonly next: string; readonly more: boolean } {
  const limit = args.whole('limit', { min: 1, ...limits });
  const rest = afterCursor(list, args);
  const following = rest[limit];
  return {
    entries: rest.slice(0, limit),
    more: following !== undefined,
    next: following === undefined ? '' : Buffer.from(`next:${following.key}`).toString('base64'),
  };
}

function within(messages: readonly Message[], args: Args): readonly Message[] {
  const oldest = bound(args, 'oldest');
  const latest = bound(args, 'latest');
  const inclusive = args.flag('inclusive');
  return messages.filter(({ ts }) => {
    const at = Number(ts);
    const afterOldest = oldest === undefined || at > oldest || (inclusive && at === oldest);
    return afterOldest && (latest === undefined || at < latest || (inclusive && at === latest));
  });
}

function bound(args: Args, name: 'oldest' | 'latest'): number | undefined {
  const given = args.string(name);
  if (given === undefined || given === '' || given === 'now') return undefined;
  const value = Number(given);
  if (!Number.isFinite(value)) throw new Refusal(`invalid_ts_${name}`);
  return value;
}

function paged(workspace: Workspace, messages: readonly Message[], args: Args, otherwise: number): Answer {
  const all = args.flag('include_all_metadata');
  const { entries, next, more } = page(
    messages.map((message) => ({ key: message.ts, message })),
    args,
    { max: 1000, otherwise },
  );
  return {
    messages: entries.map(({ message }) => toWire(workspace, message, all)),
    has_more: more,
    ...(more && { response_metadata: { next_cursor: next } }),
  };
}

function replies(call: Call): Answer {
  const { workspace, args } = call;
  const channel = channelOf(call, args.string('channel'));
  mustHaveFor(workspace, channel, 'history');
  mustBeIn(workspace, channel);
  const found = findMessage(channel, args.string('ts') ?? '');
  if (found === undefined || found.onlyFor !== null) throw new Refusal('thread_not_found');
  const parent = found.threadTs === null ? found : findMessage(channel, found.threadTs);
  if (parent === undefined) throw new Refusal('thread_not_found');
  // The parent leads every page that begins at the start, whatever `oldest` says.
  return paged(workspace, [parent, ...within(repliesOf(channel, parent.ts), args)], args, 1000);
}

function history(call: Call): Answer {
  const { workspace, args } = call;
  const channel = channelOf(call, args.string('channel'));
  mustHaveFor(workspace, channel, 'history');
  mustBeIn(workspace, channel);
  const standing = publicMessages(channel).filter(
    ({ threadTs, broadcast }) => threadTs === null || broadcast,
  );
  return paged(workspace, within(standing, args).toReversed(), args, 100);
}

function members(call: Call): Answer {
  const { workspace, args } = call;
  const channel = channelOf(call, args.string('channel'));
  mustHaveFor(workspace, channel, 'read');
  const { entries, next } = page(
    [...channel.members].map((key) => ({ key })),
    args,
    { max: 1000, otherwise: 100 },
  );
  return { members: entries.map(({ key }) => key), response_metadata: { next_cursor: next } };
}

function open(call: Call): Answer {
  const { workspace, args } = call;
  const given = args.string('channel');
  if (given !== undefined) return { channel: { id: channelOf(call, given).id } };
  const users = args.required('users').split(',');
  const [user] = users;
  if (user === undefined || users.length > 1)
    throw badArguments('this simulator opens direct messages with one person only');
  const person = workspace.users.get(user);
  if (person === undefined) throw new Refusal('user_not_found');
  if (person.deleted) throw new Refusal('user_disabled');
  if (!workspace.app.scopes.includes('im:write')) throw missingScope(workspace, 'im:write');
  const known = [...workspace.channels.values()].some(
    ({ kind, members: inIt }) => kind === 'im' && inIt.has(user),
  );
  const channel = imWith(workspace, user);
  return {
    no_op: known,
    already_open: known,
    channel: args.flag('return_im') ? channelToWire(workspace, channel) : { id: channel.id },
  };
}

const kinds = (right: string) => ['channels', 'groups', 'im', 'mpim'].map((kind) => `${kind}:${right}`);

export const CONVERSATIONS: { readonly [method: string]: Method } = {
  'conversations.info': { tier: 3, token: 'bot', scopes: kinds('read'), run: info },
  'conversations.replies': { tier: 3, token: 'bot', scopes: kinds('history'), run: replies },
  'conversations.history': { tier: 3, token: 'bot', scopes: kinds('history'), run: history },
  'conversations.members': { tier: 4, token: 'bot', scopes: kinds('read'), run: members },
  'conversations.open': {
    tier: 3,
    token: 'bot',
    scopes: ['channels:manage', 'groups:write', 'im:write', 'mpim:write'],
    run: open,
  },
};
