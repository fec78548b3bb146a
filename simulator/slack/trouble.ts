/** Everything that a test can let go wrong. Each of them is written into the transcript. */
import type { Answer } from './delivery/courier.ts';
import type { HttpCourier } from './delivery/http.ts';
import type { DisconnectReason, SocketCourier } from './delivery/socket.ts';
import { isEvent, sendEvent } from './events.ts';
import type { ApiFault, When } from './faults.ts';
import { deleteMessage, findMessage } from './messages.ts';
import type { Channel, User, Workspace } from './workspace.ts';

/** `method`: a Web API method, `upload` or `response_url`; any one unless told. */
interface CallFault {
  readonly method?: string;
  readonly times?: number;
  /** `before` = nothing was stored (unless told otherwise); `after` = it was, and the caller cannot know. */
  readonly when?: When;
}

export interface Faults {
  /** true: every connection is cut and every new one too, until false. */
  readonly outage: (on: boolean) => void;
  readonly failNext: (fault?: CallFault & { readonly status?: number }) => void;
  /** The connection stays open, and no answer comes. */
  readonly hangNext: (fault?: CallFault) => void;
  readonly resetNext: (fault?: CallFault) => void;
  /** `ok: false` with this error, e.g. `internal_error`, `restricted_action`. */
  readonly refuseNext: (fault: CallFault & { readonly error: string }) => void;
  /** @param fault.retryAfterS null = a 429 without the header */
  readonly rateLimitNext: (
    fault?: Omit<CallFault, 'when'> & { readonly retryAfterS?: number | null },
  ) => void;
  readonly duplicateNext: () => void;
  /** The next payload arrives after the one that follows it. */
  readonly outOfOrderNext: () => void;
  /** The next ack (Socket Mode) reaches Slack so many real milliseconds late. */
  readonly slowAckNext: (ms: number) => void;
  readonly disconnect: (reason: DisconnectReason, options?: { readonly all?: boolean }) => void;
  /** The network between goes: no close frame. */
  readonly dropConnections: () => void;
  readonly wrongSignatureNext: () => void;
  /** The last HTTP delivery once more, byte for byte. */
  readonly replayLast: () => Promise<Answer>;
  /** Seconds by which Slack's signing clock is ahead of ours. */
  readonly clockSkew: (seconds: number) => void;
  /** A person deletes a message of the app. */
  readonly deleteMessage: (ts: string) => void;
  readonly archive: (channel: string) => void;
  readonly unarchive: (channel: string) => void;
  readonly deactivate: (user: string) => void;
  /** Takes a person, or the app's bot, out of a channel. */
  readonly leave: (channel: string, user: string) => void;
  readonly join: (channel: string, user: string) => void;
  readonly setGroup: (group: string, users: readonly string[]) => void;
  readonly revokeToken: () => void;
  /** Takes back what has not happened yet. */
  readonly clear: () => void;
}

function found<T>(map: ReadonlyMap<string, T>, id: string, what: string): T {
  const value = map.get(id);
  if (value === undefined) throw new Error(`setting a fault: there is no ${what} ${id}`);
  return value;
}

type Named = Pick<
  Faults,
  'failNext' | 'hangNext' | 'resetNext' | 'refuseNext' | 'rateLimitNext' | 'clear' | 'outage'
>;

function callFaults(workspace: Workspace, cut: () => void, note: (what: string) => void): Named {
  const { apiFaults } = workspace;
  const next = (fault: ApiFault, { method, times }: CallFault = {}) => {
    note(`next ${method ?? 'call'}: ${JSON.stringify(fault)}`);
    apiFaults.next(fault, {
      ...(method !== undefined && { method }),
      ...(times !== undefined && { times }),
    });
  };
  return {
    outage: (on) => {
      note(`outage ${on ? 'begins' : 'is over'}`);
      apiFaults.outage = on;
      if (on) cut();
    },
    failNext: (fault = {}) =>
      next({ kind: 'status', status: fault.status ?? 503, when: fault.when ?? 'before' }, fault),
    hangNext: (fault = {}) => next({ kind: 'hang', when: fault.when ?? 'before' }, fault),
    resetNext: (fault = {}) => next({ kind: 'reset', when: fault.when ?? 'before' }, fault),
    refuseNext: (fault) => next({ kind: 'error', error: fault.error, when: fault.when ?? 'before' }, fault),
    rateLimitNext: ({ retryAfterS = 1, ...fault } = {}) => next({ kind: 'ratelimited', retryAfterS }, fault),
    clear: () => {
      apiFaults.clear();
      Object.assign(workspace.deliveryFaults, {
        duplicate: 0,
        hold: 0,
        slowAckMs: 0,
        wrongSignature: 0,
        skewS: 0,
      });
    },
  };
}

type Deeds = Pick<
  Faults,
  'deleteMessage' | 'archive' | 'unarchive' | 'deactivate' | 'leave' | 'join' | 'setGroup' | 'revokeToken'
>;

/** What people and administrators do to the app's surroundings. */
function deeds(workspace: Workspace, note: (what: string) => void): Deeds {
  const channel = (id: string): Channel => found(workspace.channels, id, 'channel');
  const user = (id: string): User => found(workspace.users, id, 'user');
  const tell = (event: string, fields: { readonly [field: string]: unknown }) => {
    if (isEvent(workspace, event))
      sendEvent(workspace, { type: event, ...fields, event_ts: workspace.nextTs() });
    workspace.changed();
  };
  return {
    deleteMessage: (ts) => {
      note(`a person deletes ${ts}`);
      const place = [...workspace.channels.values()].find((entry) => findMessage(entry, ts) !== undefined);
      const message = place === undefined ? undefined : findMessage(place, ts);
      if (place === undefined || message === undefined)
        throw new Error(`setting a fault: there is no message ${ts}`);
      deleteMessage(workspace, place, message);
    },
    archive: (id) => {
      note(`${id} is archived`);
      channel(id).archived = true;
      tell('channel_archive', { channel: id });
    },
    unarchive: (id) => {
      channel(id).archived = false;
      tell('channel_unarchive', { channel: id });
    },
    deactivate: (id) => {
      note(`${id} is deactivated`);
      user(id).deleted = true;
      workspace.stacks.delete(id);
      tell('user_change', { user: { id, deleted: true } });
    },
    leave: (id, who) => {
      note(`${who} leaves ${id}`);
      channel(id).members.delete(user(who).id);
      tell('member_left_channel', { channel: id, user: who });
    },
    join: (id, who) => {
      channel(id).members.add(user(who).id);
      tell('member_joined_channel', { channel: id, user: who });
    },
    setGroup: (id, users) => {
      note(`group ${id} is now ${users.join(', ')}`);
      found(workspace.groups, id, 'group').users = users;
      tell('subteam_members_changed', { subteam_id: id });
    },
    revokeToken: () => {
      note('the token is revoked');
      workspace.tokenRevoked = true;
      workspace.changed();
    },
  };
}

export function createFaults(
  workspace: Workspace,
  { sockets, http }: { readonly sockets: SocketCourier | undefined; readonly http: HttpCourier | undefined },
): Faults {
  const note = (what: string) => workspace.transcript.add({ kind: 'fault', what });
  const { deliveryFaults } = workspace;
  const socketMode = (): SocketCourier => {
    if (sockets === undefined) throw new Error('setting a fault: the app is not in Socket Mode');
    return sockets;
  };
  const httpMode = (): HttpCourier => {
    if (http === undefined) throw new Error('setting a fault: the app is not in HTTP mode');
    return http;
  };
  return {
    ...callFaults(workspace, () => sockets?.drop(), note),
    ...deeds(workspace, note),
    duplicateNext: () => {
      deliveryFaults.duplicate += 1;
    },
    outOfOrderNext: () => {
      deliveryFaults.hold += 1;
    },
    slowAckNext: (ms) => {
      socketMode();
      deliveryFaults.slowAckMs = ms;
    },
    disconnect: (reason, options) => {
      note(`disconnect: ${reason}`);
      socketMode().disconnect(reason, options);
    },
    dropConnections: () => {
      note('connections are dropped');
      socketMode().drop();
    },
    wrongSignatureNext: () => {
      httpMode();
      deliveryFaults.wrongSignature += 1;
    },
    replayLast: () => {
      note('the last request is replayed');
      return httpMode().replay();
    },
    clockSkew: (seconds) => {
      httpMode();
      deliveryFaults.skewS = seconds;
    },
  };
}
