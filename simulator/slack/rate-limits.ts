/**
 * Rate limits per method and posting limits per channel, in virtual time. Source: the rate-limits page and the tier of
 * each method page. Slack publishes the rates and says that short bursts pass, not how long: a bucket holds one
 * minute's calls of a tier; a channel's holds five messages.
 */
export type Tier = 1 | 2 | 3 | 4 | 'post' | 'none';

const PER_MINUTE = { 1: 1, 2: 20, 3: 50, 4: 100 } as const;
const CHANNEL_BURST = 5;
/** “Several hundred” messages a minute in a workspace. */
const WORKSPACE_PER_MINUTE = 300;
const MINUTE_MS = 60_000;

interface Bucket {
  left: number;
  filledAt: number;
}

export interface RateLimits {
  /** @returns 0 = go on, else virtual seconds to wait, as in `Retry-After` */
  readonly take: (method: string, tier: Tier, channel: string | undefined) => number;
}

export function createRateLimits(now: () => number, on: boolean): RateLimits {
  const buckets = new Map<string, Bucket>();
  const filled = (key: string, size: number, perMs: number): Bucket => {
    const at = now();
    const bucket = buckets.get(key) ?? { left: size, filledAt: at };
    bucket.left = Math.min(size, bucket.left + (at - bucket.filledAt) * perMs);
    bucket.filledAt = at;
    buckets.set(key, bucket);
    return bucket;
  };
  const take = (parts: readonly { key: string; size: number; perMs: number }[]): number => {
    const found = parts.map((part) => ({ ...part, bucket: filled(part.key, part.size, part.perMs) }));
    const waits = found.map(({ bucket, perMs }) => (bucket.left >= 1 ? 0 : (1 - bucket.left) / perMs / 1000));
    const wait = Math.ceil(Math.max(...waits));
    if (wait === 0) for (const { bucket } of found) bucket.left -= 1;
    return wait;
  };
  return {
    take: (method, tier, channel) => {
      if (!on || tier === 'none') return 0;
      if (tier === 'post')
        return take([
          { key: `channel ${channel ?? ''}`, size: CHANNEL_BURST, perMs: 1 / 1000 },
          { key: 'workspace', size: WORKSPACE_PER_MINUTE, perMs: WORKSPACE_PER_MINUTE / MINUTE_MS },
        ]);
      return take([{ key: method, size: PER_MINUTE[tier], perMs: PER_MINUTE[tier] / MINUTE_MS }]);
    },
  };
}
