/** Ids in Slack's shapes out of a seed: the same seed and the same order of events give the same ids. */
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const LOWER = 'abcdefghijklmnopqrstuvwxyz0123456789';
const MIXED = `${UPPER}abcdefghijklmnopqrstuvwxyz`;

export interface Ids {
  /** `F0A1B2C3D4`: letter by kind, ten characters in all as in today's workspaces. */
  readonly next: (prefix: string) => string;
  /** `aB3dE`: what Slack gives to blocks and elements without an id of their own. */
  readonly short: () => string;
  /** `123456789.987654321.abcdef…` */
  readonly trigger: () => string;
  readonly secret: (length: number) => string;
  /** [0, 1) */
  readonly random: () => number;
}

function hash(seed: string): number {
  // FNV-1a, 32 bit.
  let value = 0x811c9dc5;
  for (const character of seed) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return value >>> 0;
}

export function createIds(seed: string): Ids {
  let state = hash(seed);
  // mulberry32: small, well spread, and the same on every platform.
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const pick = (alphabet: string, length: number) =>
    Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join('');
  const digits = (length: number) => String(1 + Math.floor(random() * 9)) + pick('0123456789', length - 1);
  return {
    next: (prefix) => `${prefix}0${pick(UPPER, 9)}`,
    short: () => pick(MIXED, 5),
    trigger: () => `${digits(12)}.${digits(12)}.${pick('0123456789abcdef', 32)}`,
    secret: (length) => pick(LOWER, length),
    random,
  };
}
