/** Everything that happened, in order, as values that fit on one JSON line each. */
import type { BlockJson } from './control.ts';

type Happening =
  | {
      readonly kind: 'api';
      readonly method: string;
      /** Arguments without the token; JSON arguments parsed. */
      readonly args: { readonly [name: string]: unknown };
      readonly status: number;
      readonly ok: boolean;
      readonly error?: string;
      /** The sentences of `response_metadata.messages`. */
      readonly messages?: readonly string[];
      readonly ts?: string;
      /** Real. */
      readonly ms: number;
    }
  | {
      readonly kind: 'message';
      readonly change: 'posted' | 'updated' | 'deleted';
      readonly channel: string;
      readonly ts: string;
      readonly threadTs: string | null;
      readonly by: string;
      readonly onlyFor: string | null;
      readonly revision: number;
      readonly text: string;
      readonly blocks: readonly BlockJson[] | null;
    }
  | {
      readonly kind: 'view';
      readonly change: 'opened' | 'pushed' | 'updated' | 'published' | 'closed' | 'cleared' | 'submitted';
      readonly view: string;
      readonly user: string;
      readonly callbackId: string;
    }
  | { readonly kind: 'file'; readonly id: string; readonly name: string; readonly size: number }
  | {
      readonly kind: 'delivery';
      readonly id: string;
      readonly via: 'socket' | 'http';
      readonly type: string;
      readonly attempt: number;
      readonly payload: unknown;
    }
  | {
      readonly kind: 'ack';
      readonly id: string;
      readonly outcome: 'acked' | 'timeout' | 'failed' | 'bad_ack';
      /** Real. */
      readonly ms: number;
      readonly body?: unknown;
      readonly why?: string;
    }
  | { readonly kind: 'response-url'; readonly status: number; readonly body: unknown; readonly why?: string }
  | {
      readonly kind: 'person';
      readonly user: string;
      readonly did: string;
      readonly what: unknown;
      readonly ok: boolean;
      readonly error?: string;
    }
  | {
      readonly kind: 'connection';
      readonly change: 'opened' | 'closed' | 'refused';
      readonly number: number;
      readonly why?: string;
    }
  | { readonly kind: 'warning'; readonly text: string; readonly about?: string }
  | { readonly kind: 'fault'; readonly what: string }
  /** A request or connection that met an outage; nothing of it was read. */
  | { readonly kind: 'cut'; readonly path: string };

export type TranscriptEntry = Happening & {
  readonly seq: number;
  /** Virtual epoch milliseconds. */
  readonly at: number;
};

export interface Transcript {
  readonly add: (happening: Happening) => void;
  readonly entries: () => readonly TranscriptEntry[];
  readonly lines: () => string;
}

export function createTranscript(now: () => number): Transcript {
  const entries: TranscriptEntry[] = [];
  return {
    add: (happening) => {
      // A copy: what was said at that moment must not change with the state it was taken from.
      entries.push({ seq: entries.length + 1, at: now(), ...structuredClone(happening) });
    },
    entries: () => entries,
    lines: () => entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''),
  };
}
