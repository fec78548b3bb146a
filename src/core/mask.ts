/**
 * Masks secrets in a byte stream without changing its length, so that offsets on the host and in the store stay the same.
 * What could be the beginning of a secret is kept back until the next bytes decide.
 */
const STAR = 0x2a;
/** Shorter values occur everywhere by chance; masking them would only destroy output. */
export const SHORTEST_SECRET = 4;

export interface Mask {
  /** @returns bytes that are safe to store now, possibly fewer than were pushed */
  push(bytes: Uint8Array): Uint8Array;
  /** The stream has ended: what was kept back is not a secret. */
  end(): Uint8Array;
}

function startsWith(bytes: Uint8Array, at: number, secret: Uint8Array): boolean {
  for (let i = 0; i < secret.length; i++) if (bytes[at + i] !== secret[i]) return false;
  return true;
}

/** Could bytes[at…] be the beginning of the secret, cut by the end of the bytes? */
function mayStart(bytes: Uint8Array, at: number, secret: Uint8Array): boolean {
  if (bytes.length - at >= secret.length) return false;
  for (let i = at; i < bytes.length; i++) if (bytes[i] !== secret[i - at]) return false;
  return true;
}

export function createMask(secrets: readonly string[], encode: (text: string) => Uint8Array): Mask {
  const needles = secrets
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .map(encode)
    .sort((a, b) => b.length - a.length);
  let kept: Uint8Array = new Uint8Array(0);

  /** Masks in place. @returns how many bytes are decided; the rest may be the beginning of a secret */
  function masked(all: Uint8Array, ended: boolean): number {
    let at = 0;
    while (at < all.length) {
      const here = at;
      if (!ended && needles.some((needle) => mayStart(all, here, needle))) break;
      const found = needles.find((needle) => startsWith(all, here, needle));
      if (found !== undefined) all.fill(STAR, at, at + found.length);
      at += found?.length ?? 1;
    }
    return at;
  }

  return {
    push(bytes) {
      const all = new Uint8Array(kept.length + bytes.length);
      all.set(kept);
      all.set(bytes, kept.length);
      const decided = masked(all, false);
      kept = all.slice(decided);
      return all.slice(0, decided);
    },
    end() {
      const rest = kept;
      kept = new Uint8Array(0);
      masked(rest, true);
      return rest;
    },
  };
}
