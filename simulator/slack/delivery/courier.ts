/** How one payload travels to the app and what came back, whichever way it took. */
export interface Parcel {
  readonly type: 'slash_commands' | 'interactive' | 'events_api';
  readonly payload: { readonly [field: string]: unknown };
  /** Of the delivery: the envelope id. A duplicate has the same. */
  readonly id: string;
  /** 0 = first; only events are sent again. */
  readonly attempt: number;
  readonly retryReason?: string;
}

export type Answer =
  | { readonly outcome: 'acked'; readonly body: unknown; readonly ms: number }
  | { readonly outcome: 'timeout'; readonly ms: number }
  | { readonly outcome: 'failed'; readonly why: string; readonly ms: number; readonly noRetry?: boolean };

export interface Courier {
  readonly send: (parcel: Parcel) => Promise<Answer>;
  /** Is anybody there to take it? */
  readonly online: () => boolean;
}
