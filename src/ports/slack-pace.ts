/** When Slack takes the next request of a kind. All times are of the (possibly scaled) clock. */

/**
 * `post`: one message a second in each channel. `update` and `look` (chat.update, conversations.replies and .history):
 * Slack's tier 3, fifty a minute in the workspace. `whisper` and `upload`: tier 4, a hundred a minute.
 */
export type Request = 'post' | 'update' | 'look' | 'whisper' | 'upload';

const GAP_MS: { readonly [request in Request]: number } = {
  post: 1000,
  update: 1200,
  look: 1200,
  whisper: 600,
  upload: 600,
};

export interface Pace {
  /** Epoch ms; past = now. */
  freeAt(request: Request, channel: string): number;
  /** Takes the next place. @returns when it is */
  take(request: Request, channel: string, now: number): number;
  /** Slack asked for a pause. */
  hold(request: Request, channel: string, until: number): void;
}

export function createPace(): Pace {
  const free = new Map<string, number>();
  const key = (request: Request, channel: string) => (request === 'post' ? `post ${channel}` : request);
  return {
    freeAt: (request, channel) => free.get(key(request, channel)) ?? 0,
    take(request, channel, now) {
      const at = Math.max(now, free.get(key(request, channel)) ?? 0);
      free.set(key(request, channel), at + GAP_MS[request]);
      return at;
    },
    hold(request, channel, until) {
      free.set(key(request, channel), Math.max(until, free.get(key(request, channel)) ?? 0));
    },
  };
}
