/** What one person can see now: channels, messages, elements. Only what is seen can be pressed. */
import { isObject, type Json } from '../block-kit/shape.ts';
import { elementsOf } from '../block-kit/walk.ts';
import type { BlockJson, ElementRef } from '../control.ts';
import { findMessage, repliesOf } from '../messages.ts';
import { topOf } from '../views.ts';
import type { Channel, Message, User, Workspace } from '../workspace.ts';
import type { Spot } from './payloads.ts';

/** Guests see only the channels they are in. */
export function canSee(user: User, channel: Channel): boolean {
  return channel.members.has(user.id) || (channel.kind === 'public' && !user.restricted);
}

/** An ephemeral message in a thread shows only when the thread has replies. Source: chat.postEphemeral. */
export function isShown(user: User, channel: Channel, message: Message): boolean {
  if (message.onlyFor === null) return true;
  if (message.onlyFor !== user.id) return false;
  return message.threadTs === null || repliesOf(channel, message.threadTs).length > 0;
}

export interface Sighted {
  readonly spot: Spot;
  readonly block: Json;
  readonly element: Json;
}

function spotOf(workspace: Workspace, user: User, place: ElementRef['in']): Spot | undefined {
  if ('view' in place) {
    const view =
      place.view === 'modal'
        ? topOf(workspace, user.id)
        : workspace.views.get(workspace.homes.get(user.id) ?? '');
    return view === undefined ? undefined : { view };
  }
  const channel = workspace.channels.get(place.channel);
  if (channel === undefined || !canSee(user, channel)) return undefined;
  const message = findMessage(channel, place.ts);
  if (message === undefined || message.tombstone || !isShown(user, channel, message)) return undefined;
  return { channel, message };
}

function blocksAt(spot: Spot, revision: number | undefined): readonly BlockJson[] {
  if ('view' in spot) return spot.view.blocks;
  const { message } = spot;
  if (revision === undefined) return message.blocks ?? [];
  return (revision > message.past.length ? message.blocks : message.past[revision - 1]?.blocks) ?? [];
}

function visibleTo(user: User, element: Json): boolean {
  const only = element.visible_to_user_ids;
  return !Array.isArray(only) || only.includes(user.id);
}

/**
 * @param revision an older one: a client that has not heard of the update yet
 * @returns undefined when this person cannot see such an element there, `many` when several fit
 */
export function sight(
  workspace: Workspace,
  user: User,
  ref: ElementRef,
  revision?: number,
): Sighted | 'many' | undefined {
  const spot = spotOf(workspace, user, ref.in);
  if (spot === undefined) return undefined;
  const found = elementsOf(blocksAt(spot, revision)).filter(
    ({ block, element }) =>
      element.action_id === ref.actionId &&
      (ref.blockId === undefined || block.block_id === ref.blockId) &&
      visibleTo(user, element),
  );
  const [first, ...others] = found;
  if (first === undefined) return undefined;
  return others.length > 0 ? 'many' : { spot, block: first.block, element: first.element };
}

function plain(value: unknown, otherwise: string): string {
  return isObject(value) && typeof value.text === 'string' ? value.text : otherwise;
}

/** The dialog with Slack's own words where the app left them out. */
export function confirmOf(element: Json): {
  readonly title: string;
  readonly text: string;
  readonly confirm: string;
  readonly deny: string;
  readonly danger: boolean;
} | null {
  const { confirm } = element;
  if (!isObject(confirm)) return null;
  return {
    title: plain(confirm.title, 'Are you sure?'),
    text: plain(confirm.text, ''),
    confirm: plain(confirm.confirm, 'Yes'),
    deny: plain(confirm.deny, 'Cancel'),
    danger: confirm.style === 'danger',
  };
}
