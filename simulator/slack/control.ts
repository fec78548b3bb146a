/**
 * What the page of the simulated Slack asks and gets, as JSON over the port that also serves the Web API.
 *
 *   GET  /control/state?as=U_ROSA    ControlState: everything that this person can see now; without `as`, the first one
 *   GET  /control/events             server-sent events `data: {"version":17}`: something changed, fetch the state again
 *   GET  /control/file/F0123         bytes of a file
 *   GET  /control/transcript         everything that happened, as JSON lines
 *   GET  /control/describe?as=U_ROSA&channel=C1[&thread=ts][&view=text|blocks]    plain text
 *   POST /control/<action>           Actions[action] → ControlResult
 *
 * A POST needs `content-type: application/json`, and every request a loopback `Host`: no page of another origin may
 * press a button here. A refusal is HTTP 200 with `ok: false`; 400 means that the request itself makes no sense.
 */

/** A block, element or text object of Block Kit, as stored: `block_id` and `action_id` are always filled in. */
export type BlockJson = { readonly type: string; readonly [field: string]: unknown };

/** What a person put into an input: text, option value, user id, `YYYY-MM-DD` or `HH:mm`; epoch seconds in a datetimepicker; several in multi-selects and checkboxes; null = emptied. */
export type FormValue = string | number | readonly string[] | null;

export interface Persona {
  readonly id: string;
  readonly name: string;
  /** One line about who this is in the story: “on-call, may stop a run”. */
  readonly role: string;
  /** IANA time zone. */
  readonly zone: string;
  /** For the avatar. */
  readonly letter: string;
  readonly kind: 'person' | 'guest' | 'deactivated' | 'bot';
}

export interface FileState {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly mimetype: string;
  readonly altText: string;
  /** Bytes. */
  readonly size: number;
  /** Path on this server, for <img> and download links. */
  readonly url: string;
  /** The content, when it is text; null for pictures and archives. */
  readonly content: string | null;
}

export interface MessageState {
  readonly ts: string;
  /** ts of the parent; null for a message of the channel itself. */
  readonly threadTs: string | null;
  readonly author: Persona;
  /** Time of day belongs to the reader: show `sentAt` in the zone of `as`. Virtual epoch milliseconds. */
  readonly sentAt: number;
  /** The top-level text: all that a screen reader says. */
  readonly text: string;
  /** null = shown as its text. */
  readonly blocks: readonly BlockJson[] | null;
  readonly files: readonly FileState[];
  /** Slack's “(edited)”: text changed without blocks. */
  readonly edited: boolean;
  /** 1 = as posted; goes up with every chat.update. */
  readonly revision: number;
  /** Seen by `as` only, gone after a reload of the real client. */
  readonly ephemeral: boolean;
  /** A reply that is also shown in the channel. */
  readonly broadcast: boolean;
  /** The parent was deleted, its replies are still there. */
  readonly tombstone: boolean;
  readonly replies: {
    readonly count: number;
    readonly users: readonly string[];
    readonly latest: string | null;
  };
  readonly reactions: readonly { readonly name: string; readonly users: readonly string[] }[];
}

export interface ChannelState {
  readonly id: string;
  readonly name: string;
  readonly kind: 'public' | 'private' | 'im';
  readonly topic: string;
  readonly archived: boolean;
  readonly members: readonly string[];
  /** Is the person in it (a public channel can be read without)? */
  readonly member: boolean;
  /** What stands in the channel, oldest first: parents, broadcasts, the person's ephemerals. */
  readonly messages: readonly MessageState[];
  /** Replies of each thread by the parent's ts, oldest first, the person's ephemerals included. */
  readonly threads: { readonly [parentTs: string]: readonly MessageState[] };
}

export interface ModalState {
  readonly viewId: string;
  readonly callbackId: string;
  readonly title: string;
  readonly submit: string | null;
  readonly close: string;
  readonly blocks: readonly BlockJson[];
  /** What stands in the inputs: values[block_id][action_id], initial values included. */
  readonly values: { readonly [blockId: string]: { readonly [actionId: string]: FormValue } };
  /** Said by the app under the input, by block_id. */
  readonly errors: { readonly [blockId: string]: string };
  /** 1 = the first; up to 3 modals lie on each other. */
  readonly depth: number;
  readonly revision: number;
}

export interface HomeState {
  readonly viewId: string;
  readonly blocks: readonly BlockJson[];
  readonly revision: number;
}

/** What Slack itself says to a person, e.g. that an app did not answer in time. */
export interface Notice {
  readonly at: number;
  readonly channel: string | null;
  readonly text: string;
}

export interface ControlState {
  /** Goes up with every change; the same number as in the events. */
  readonly version: number;
  readonly as: string;
  readonly team: { readonly id: string; readonly name: string };
  readonly app: {
    readonly id: string;
    readonly name: string;
    readonly botUser: string;
    /** Connected in Socket Mode, or an URL is known in HTTP mode. */
    readonly online: boolean;
    readonly homeTab: boolean;
  };
  readonly clock: {
    /** Virtual epoch milliseconds when this was made; it then runs at `k` virtual milliseconds per real one. */
    readonly now: number;
    readonly k: number;
  };
  /** Slack refuses everything at the moment. */
  readonly outage: boolean;
  readonly personas: readonly Persona[];
  readonly groups: readonly {
    readonly id: string;
    readonly handle: string;
    readonly users: readonly string[];
  }[];
  readonly channels: readonly ChannelState[];
  readonly modal: ModalState | null;
  /** null until the app has published one for this person. */
  readonly home: HomeState | null;
  readonly notices: readonly Notice[];
  readonly commands: readonly {
    readonly command: string;
    readonly description: string;
    readonly usageHint: string;
  }[];
  readonly shortcuts: readonly {
    readonly name: string;
    readonly callbackId: string;
    readonly type: 'global' | 'message';
    readonly description: string;
  }[];
}

/** Where an element stands: in a message, in the person's modal, or in the person's Home tab. */
export type Place =
  | { readonly channel: string; readonly ts: string }
  | { readonly view: 'modal' }
  | { readonly view: 'home' };

export interface ElementRef {
  readonly in: Place;
  readonly actionId: string;
  /** Needed when several blocks have an element with this action_id. */
  readonly blockId?: string;
}

/** Bodies of `POST /control/<name>`. */
export interface Actions {
  /** Typed into a channel; never in a thread, as Slack has no slash commands there. */
  readonly command: {
    readonly as: string;
    readonly channel: string;
    readonly command: string;
    readonly text: string;
  };
  /** A person writes; the app hears of it only when it subscribed to message events. */
  readonly say: {
    readonly as: string;
    readonly channel: string;
    readonly text: string;
    readonly threadTs?: string;
  };
  /**
   * A button. When it has a confirm dialog, the first call answers `error: 'confirm_required'` with `confirm`;
   * the second one says which button of the dialog was pressed.
   */
  readonly click: { readonly as: string; readonly element: ElementRef; readonly confirm?: boolean };
  /** A choice in a select, radio, checkbox, overflow or date element, in a message or in a modal. In an input block it is only kept, unless `dispatch_action`. */
  readonly select: {
    readonly as: string;
    readonly element: ElementRef;
    readonly value: FormValue;
    readonly confirm?: boolean;
  };
  /** Options of an external_select for what was typed; the answer carries `options`. */
  readonly options: { readonly as: string; readonly element: ElementRef; readonly query: string };
  /** Submits the modal on top. `values` by block_id overrides what was kept by `select`. */
  readonly submit: { readonly as: string; readonly values?: { readonly [blockId: string]: FormValue } };
  readonly close: { readonly as: string };
  readonly 'open-home': { readonly as: string };
  readonly shortcut: {
    readonly as: string;
    readonly callbackId: string;
    readonly message?: { readonly channel: string; readonly ts: string };
  };
}
export type ActionName = keyof Actions;

interface ConfirmState {
  readonly title: string;
  readonly text: string;
  readonly confirm: string;
  readonly deny: string;
  readonly danger: boolean;
}

/**
 * `error` is one of
 * operation_timeout (no ack within 3 s), dispatch_failed (app not connected or answered with an error), bad_ack (an
 * ack that Slack would not take), confirm_required, field_errors, not_there (the element is not in the current
 * revision, or not visible to this person), not_in_channel, no_such_command, no_modal, invalid_choice, is_archived,
 * account_inactive.
 */
export interface ControlResult {
  readonly ok: boolean;
  readonly error?: string;
  /** What the person would read, in a sentence. */
  readonly say?: string;
  readonly confirm?: ConfirmState;
  /** By block_id, from Slack's own checks or from the app's ack. */
  readonly errors?: { readonly [blockId: string]: string };
  readonly options?: readonly BlockJson[];
  /** After `submit` and `close`: is there still a modal? */
  readonly modalOpen?: boolean;
}
