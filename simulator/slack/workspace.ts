/** The state of one simulated workspace with one app installed. Everything else reads and changes this. */
import type { ClockScale } from '../../src/core/clock.ts';
import type { BlockJson, FormValue } from './control.ts';
import type { Courier } from './delivery/courier.ts';
import type { ApiFaults, DeliveryFaults } from './faults.ts';
import type { Ids } from './ids.ts';
import type { Manifest } from './options.ts';
import type { RateLimits } from './rate-limits.ts';
import type { Transcript } from './transcript.ts';

export interface User {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly zone: string;
  readonly team: string;
  readonly restricted: boolean;
  readonly bot: boolean;
  deleted: boolean;
}

export interface Channel {
  readonly id: string;
  readonly name: string;
  readonly kind: 'public' | 'private' | 'im';
  readonly topic: string;
  readonly members: Set<string>;
  archived: boolean;
  readonly messages: Message[];
}

interface Revision {
  readonly text: string;
  readonly blocks: readonly BlockJson[] | null;
}

export interface Message extends Revision {
  readonly ts: string;
  readonly channel: string;
  readonly user: string;
  /** Posted by the app. */
  readonly byApp: boolean;
  readonly threadTs: string | null;
  broadcast: boolean;
  text: string;
  blocks: readonly BlockJson[] | null;
  attachments: readonly unknown[];
  metadata: { readonly [field: string]: unknown } | null;
  files: readonly string[];
  edited: { readonly user: string; readonly ts: string } | null;
  /** Older revisions, oldest first. */
  readonly past: Revision[];
  tombstone: boolean;
  /** Ephemeral: the one person who sees it. */
  readonly onlyFor: string | null;
}

export interface StoredFile {
  readonly id: string;
  readonly name: string;
  title: string;
  readonly altText: string;
  readonly snippetType: string | null;
  readonly size: number;
  readonly created: number;
  bytes: Buffer | null;
  shared: boolean;
}

export type Values = { [blockId: string]: { [actionId: string]: FormValue } };

export interface View {
  readonly id: string;
  readonly kind: 'modal' | 'home';
  readonly user: string;
  readonly rootId: string;
  readonly previousId: string | null;
  /** The definition, with every id filled in. */
  definition: { readonly [field: string]: unknown };
  blocks: readonly BlockJson[];
  hash: string;
  revision: number;
  values: Values;
  errors: { readonly [blockId: string]: string };
}

export interface Trigger {
  readonly user: string;
  /** Real epoch milliseconds. */
  readonly madeAt: number;
  /** The view from which it came, for views.push. */
  readonly view: string | null;
  exchanged: boolean;
}

export interface ResponseHook {
  readonly channel: string;
  readonly user: string;
  /** The message whose button was clicked. */
  readonly message: { readonly ts: string; readonly ephemeral: boolean } | null;
  readonly threadTs: string | null;
  /** Virtual epoch milliseconds. */
  readonly madeAt: number;
  used: number;
}

export interface App {
  readonly id: string;
  readonly name: string;
  readonly botUser: string;
  readonly botId: string;
  readonly scopes: readonly string[];
  readonly commands: NonNullable<NonNullable<Manifest['features']>['slash_commands']>;
  readonly shortcuts: NonNullable<NonNullable<Manifest['features']>['shortcuts']>;
  readonly events: readonly string[];
  readonly interactive: boolean;
  readonly homeTab: boolean;
}

export interface Workspace {
  readonly team: { readonly id: string; readonly name: string; readonly domain: string };
  readonly app: App;
  readonly tokens: { readonly bot: string; readonly app: string; readonly signingSecret: string };
  readonly mode: 'socket' | 'http';
  readonly settings: {
    readonly missingText: 'warn' | 'refuse';
    readonly paid: boolean;
    readonly ackWithinMs: number;
  };
  readonly clock: ClockScale;
  /** Virtual epoch milliseconds. */
  readonly now: () => number;
  /** A message's ts: virtual seconds, never twice. */
  readonly nextTs: () => string;
  readonly ids: Ids;
  readonly transcript: Transcript;
  readonly limits: RateLimits;
  readonly apiFaults: ApiFaults;
  readonly deliveryFaults: DeliveryFaults;
  readonly users: Map<string, User>;
  readonly groups: Map<string, { readonly id: string; readonly handle: string; users: readonly string[] }>;
  readonly channels: Map<string, Channel>;
  readonly files: Map<string, StoredFile>;
  readonly views: Map<string, View>;
  /** Open modals of each person, the one on top last. */
  readonly stacks: Map<string, string[]>;
  readonly homes: Map<string, string>;
  readonly triggers: Map<string, Trigger>;
  readonly hooks: Map<string, ResponseHook>;
  /** What a person chose in elements of a message, by message and person; Slack tells it with the next click. */
  readonly choices: Map<string, Values>;
  readonly notices: {
    readonly user: string;
    readonly at: number;
    readonly channel: string | null;
    readonly text: string;
  }[];
  /** Set when the port is known. */
  baseUrl: string;
  /** How payloads reach the app; set once at the start. */
  courier: Courier;
  /** Runs after real milliseconds, unless the workspace is closed before. */
  readonly later: (ms: number, run: () => void) => void;
  /** Forgets everything that was to run later. */
  readonly forgetTimers: () => void;
  tokenRevoked: boolean;
  version: number;
  readonly changed: () => void;
  /** @returns how to stop listening */
  readonly onChange: (listener: () => void) => () => void;
}
