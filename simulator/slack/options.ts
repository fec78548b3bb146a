/** What a simulated workspace is made of, and the part of the app's manifest that Slack acts upon. */
import type { ClockScale } from '../../src/core/clock.ts';

export interface UserOption {
  readonly id: string;
  readonly name: string;
  /** IANA time zone; `Etc/UTC` unless told. */
  readonly zone?: string;
  /** One line for the page: who this is in the story. */
  readonly role?: string;
  /** A guest of one or few channels. */
  readonly restricted?: boolean;
  readonly deleted?: boolean;
  readonly bot?: boolean;
  /** Of another workspace, through a shared channel. */
  readonly team?: string;
}

export interface ChannelOption {
  readonly id: string;
  readonly name: string;
  /** Ids of users; the app's bot is a member only when `bot` says so. */
  readonly members: readonly string[];
  readonly private?: boolean;
  /** false = the app was never invited; true unless told. */
  readonly bot?: boolean;
  readonly topic?: string;
}

export interface GroupOption {
  readonly id: string;
  readonly handle: string;
  readonly users: readonly string[];
}

/** A parsed app manifest; only what is read here. */
export interface Manifest {
  readonly display_information?: { readonly name?: string };
  readonly features?: {
    readonly app_home?: { readonly home_tab_enabled?: boolean; readonly messages_tab_enabled?: boolean };
    readonly bot_user?: { readonly display_name?: string };
    readonly slash_commands?: readonly {
      readonly command: string;
      readonly description?: string;
      readonly usage_hint?: string;
      readonly should_escape?: boolean;
    }[];
    readonly shortcuts?: readonly {
      readonly name: string;
      readonly type: 'global' | 'message';
      readonly callback_id: string;
      readonly description?: string;
    }[];
  };
  readonly oauth_config?: { readonly scopes?: { readonly bot?: readonly string[] } };
  readonly settings?: {
    readonly event_subscriptions?: { readonly bot_events?: readonly string[] };
    readonly interactivity?: { readonly is_enabled?: boolean };
    readonly socket_mode_enabled?: boolean;
  };
}

export interface SlackOptions {
  readonly clock?: ClockScale;
  readonly manifest: Manifest;
  /** How payloads travel; what the manifest says unless told. */
  readonly mode?: 'socket' | 'http';
  /** In HTTP mode: where the app listens; can be told later with `setRequestUrl`. */
  readonly requestUrl?: string;
  /** Of all ids and random choices. */
  readonly seed?: string;
  readonly team?: { readonly id?: string; readonly name?: string; readonly domain?: string };
  readonly users: readonly UserOption[];
  readonly groups?: readonly GroupOption[];
  readonly channels: readonly ChannelOption[];
  readonly tokens?: { readonly bot?: string; readonly app?: string; readonly signingSecret?: string };
  /** 0 = any free port. */
  readonly port?: number;
  /** On unless told; a load test of something else may switch them off. */
  readonly rateLimits?: boolean;
  /** A message whose top-level text is missing is silent to a screen reader; Slack takes it, a strict test may not. */
  readonly missingText?: 'warn' | 'refuse';
  /** Free workspaces have no user groups (`plan_upgrade_required`); paid unless told. */
  readonly paid?: boolean;
  /** Real milliseconds; 3 s as Slack has it. Tests that wait for a missing ack make it shorter. */
  readonly ackWithinMs?: number;
}
