/** What can go wrong between Slack and an app, set by a test and used up by the next call or delivery that matches. */

/** `before` = nothing was stored; `after` = it was, and the app cannot know. */
export type When = 'before' | 'after';

export type ApiFault =
  | { readonly kind: 'status'; readonly status: number; readonly when: When }
  | { readonly kind: 'hang'; readonly when: When }
  | { readonly kind: 'reset'; readonly when: When }
  | { readonly kind: 'ratelimited'; readonly retryAfterS: number | null }
  | { readonly kind: 'error'; readonly error: string; readonly when: When };

export interface ApiFaults {
  /** Every connection is cut. */
  outage: boolean;
  /** @param method a Web API method, `upload`, `response_url`; undefined = any */
  readonly next: (fault: ApiFault, options?: { readonly method?: string; readonly times?: number }) => void;
  readonly take: (method: string) => ApiFault | undefined;
  readonly clear: () => void;
}

export function createApiFaults(): ApiFaults {
  let waiting: { readonly fault: ApiFault; readonly method: string | undefined; times: number }[] = [];
  return {
    outage: false,
    next: (fault, { method, times = 1 } = {}) => {
      waiting.push({ fault, method, times });
    },
    take: (method) => {
      const found = waiting.find((entry) => entry.method === undefined || entry.method === method);
      if (found === undefined) return undefined;
      found.times -= 1;
      waiting = waiting.filter(({ times }) => times > 0);
      return found.fault;
    },
    clear: () => {
      waiting = [];
    },
  };
}

export interface DeliveryFaults {
  /** The next payload arrives twice. */
  duplicate: number;
  /** The next payload waits until another one was sent. */
  hold: number;
  /** Real milliseconds by which the next ack comes late. */
  slowAckMs: number;
  /** The next request is signed with another secret. */
  wrongSignature: number;
  /** Seconds by which the clock that signs is ahead (or, below 0, behind). */
  skewS: number;
}

export function createDeliveryFaults(): DeliveryFaults {
  return { duplicate: 0, hold: 0, slowAckMs: 0, wrongSignature: 0, skewS: 0 };
}
