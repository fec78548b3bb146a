/** What can become of a message, and what Slack's error codes mean for it. */
import type { WebClient } from '@slack/web-api';
import type { Log, OutboxRow } from './ports.ts';
import { accessRefused, type SlackFailure } from './slack-client.ts';
import type { Request } from './slack-pace.ts';

export type SendOutcome =
  | { readonly kind: 'sent'; readonly ts: string | null }
  /** Nothing gets through at the moment. `maybe`: Slack may have this one all the same. */
  | { readonly kind: 'away'; readonly maybe: boolean; readonly why: string }
  | { readonly kind: 'rate-limited'; readonly request: Request; readonly ms: number; readonly why: string }
  /** The slot's message was deleted or can't be edited any more. */
  | { readonly kind: 'gone'; readonly why: string }
  /** The thread's parent is not there any more. */
  | { readonly kind: 'orphan'; readonly why: string }
  /** This channel does not take messages from us. */
  | { readonly kind: 'closed'; readonly maybe: boolean; readonly why: string }
  /** Slack takes it in no form. */
  | { readonly kind: 'refused'; readonly why: string };

/** What sending, looking and uploading share. */
export interface Tools {
  readonly client: WebClient;
  readonly log: Log;
  /** Waits for the turn of a request; returns at once when we stop. */
  turn(request: Request, channel: string): Promise<void>;
  /** bot_id of our own messages. @throws the Web API's errors */
  ownBot(): Promise<string | null>;
  stopping(): boolean;
}

const GONE = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed']);
const ORPHAN = new Set([
  'message_not_found',
  'thread_not_found',
  'cannot_reply_to_message',
  'restricted_action_thread_locked',
]);
const CLOSED = new Set([
  'channel_not_found',
  'not_in_channel',
  'is_archived',
  'channel_is_archived',
  // What chat.update says of an archived channel, and sharing a file.
  'is_inactive',
  'posting_to_channel_denied',
  'channel_type_not_supported',
  'restricted_action',
  'restricted_action_read_only_channel',
  'restricted_action_thread_only_channel',
  'restricted_action_non_threadable_channel',
  'messages_tab_disabled',
  'team_not_found',
]);

/** Of a failed attempt to send. @returns null when Slack may take the message in another form */
export function sendFailed(row: OutboxRow, failure: SlackFailure, request: Request): SendOutcome | null {
  const { why } = failure;
  if (failure.kind === 'rate-limited')
    return { kind: 'rate-limited', request, ms: failure.retryAfterMs, why };
  if (failure.kind === 'unreached') return { kind: 'away', maybe: false, why };
  // Editing twice is harmless, and a note for one person is better read twice than not at all.
  if (failure.kind === 'unknown')
    return { kind: 'away', maybe: request === 'post' || request === 'upload', why };
  const { error } = failure;
  if (accessRefused(error)) return { kind: 'away', maybe: false, why };
  if (CLOSED.has(error)) return { kind: 'closed', maybe: false, why };
  if (request === 'update') return GONE.has(error) ? { kind: 'gone', why } : null;
  if (row.threadTs !== null && ORPHAN.has(error)) return { kind: 'orphan', why };
  return null;
}

/** Of a failed look for a message that Slack may have. @returns null when Slack can't have it */
export function lookFailed(failure: SlackFailure): SendOutcome | null {
  const { why } = failure;
  if (failure.kind === 'rate-limited')
    return { kind: 'rate-limited', request: 'look', ms: failure.retryAfterMs, why };
  if (failure.kind !== 'refused') return { kind: 'away', maybe: true, why };
  // Without its parent there is no thread in which it could stand.
  if (ORPHAN.has(failure.error)) return null;
  if (CLOSED.has(failure.error)) return { kind: 'closed', maybe: true, why };
  return { kind: 'away', maybe: true, why };
}
