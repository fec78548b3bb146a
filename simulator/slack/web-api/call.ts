/** What one call of a Web API method sees, and how it says no. */
import { isObject } from '../block-kit/shape.ts';
import type { Tier } from '../rate-limits.ts';
import type { Channel, Workspace } from '../workspace.ts';

export type Answer = { readonly [field: string]: unknown };

/** `ok: false` with HTTP 200, as Slack refuses. */
export class Refusal extends Error {
  readonly code: string;
  readonly more: Answer;
  constructor(code: string, more: Answer = {}) {
    super(code);
    this.code = code;
    this.more = more;
  }
}

/** Slack's way to explain an argument. */
export function badArguments(...messages: readonly string[]): Refusal {
  return new Refusal('invalid_arguments', {
    response_metadata: { messages: messages.map((message) => `[ERROR] ${message}`) },
  });
}

export interface Call {
  readonly workspace: Workspace;
  readonly method: string;
  readonly args: Args;
}

export interface Method {
  readonly tier: Tier;
  /** The call needs one of these; empty = any token will do. */
  readonly scopes: readonly string[];
  readonly token: 'bot' | 'app' | 'any';
  readonly run: (call: Call) => Answer;
}

/** Arguments as they came: strings in a form, values in JSON; objects are JSON-encoded strings in a form. */
export class Args {
  readonly raw: Answer;
  constructor(raw: Answer) {
    this.raw = raw;
  }

  has(name: string): boolean {
    return this.raw[name] !== undefined && this.raw[name] !== null;
  }

  string(name: string): string | undefined {
    const value = this.raw[name];
    return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
  }

  /** @throws Refusal invalid_arguments */
  required(name: string): string {
    const value = this.string(name);
    if (value === undefined || value === '') throw badArguments(`missing required field: ${name}`);
    return value;
  }

  flag(name: string): boolean {
    const value = this.raw[name];
    return value === true || value === 'true' || value === '1' || value === 1;
  }

  /** @param format the error for text that is no JSON */
  json(name: string, format: string): unknown {
    const value = this.raw[name];
    if (typeof value !== 'string') return value;
    try {
      return JSON.parse(value);
    } catch {
      throw new Refusal(format);
    }
  }

  whole(name: string, { min, max, otherwise }: { min: number; max: number; otherwise: number }): number {
    if (!this.has(name)) return otherwise;
    const value = Number(this.string(name));
    if (!Number.isInteger(value) || value < min)
      throw badArguments(`must be greater than or equal to ${min} [json-pointer:/${name}]`);
    return Math.min(value, max);
  }

  /** For the transcript: without tokens, JSON opened. */
  shown(): Answer {
    return Object.fromEntries(
      Object.entries(this.raw)
        .filter(([name]) => name !== 'token')
        .map(([name, value]) => [name, opened(value)]),
    );
  }
}

function opened(value: unknown): unknown {
  if (typeof value !== 'string' || !/^[[{]/.test(value)) return value;
  try {
    const parsed: unknown = JSON.parse(value);
    return isObject(parsed) || Array.isArray(parsed) ? parsed : value;
  } catch {
    return value;
  }
}

/**
 * A conversation by id, or by name where the method takes names. Private ones and strangers' direct messages do not
 * exist for an app that is not in them.
 */
export function channelOf(
  { workspace }: Pick<Call, 'workspace'>,
  given: string | undefined,
  { names = false }: { readonly names?: boolean } = {},
): Channel {
  const name = given?.replace(/^#/, '');
  const found =
    workspace.channels.get(given ?? '') ??
    (names ? [...workspace.channels.values()].find((channel) => channel.name === name) : undefined);
  if (found === undefined || (found.kind !== 'public' && !found.members.has(workspace.app.botUser)))
    throw new Refusal('channel_not_found');
  return found;
}

/** @throws Refusal not_in_channel */
export function mustBeIn(workspace: Workspace, channel: Channel): void {
  if (!channel.members.has(workspace.app.botUser)) throw new Refusal('not_in_channel');
}

/** Some scopes count per kind of conversation: `channels:history`, `groups:history`, `im:history`. */
export function mustHaveFor(workspace: Workspace, channel: Channel, right: string): void {
  const needed = `${{ public: 'channels', private: 'groups', im: 'im' }[channel.kind]}:${right}`;
  if (!workspace.app.scopes.includes(needed)) throw missingScope(workspace, needed);
}

export function missingScope({ app }: Workspace, needed: string): Refusal {
  return new Refusal('missing_scope', { needed, provided: app.scopes.join(',') });
}
