/** Reproducible randomness: the same seed gives the same runbooks, bytes and troubles (never the same interleaving). */
import { createHash } from 'node:crypto';

export interface Random {
  /** In [from, to]. */
  int(from: number, to: number): number;
  /** In [from, to). */
  real(from: number, to: number): number;
  pick<T>(list: readonly [T, ...T[]]): T;
  bytes(length: number): Buffer;
}

/** SHA-256 in counter mode: good bytes, no dependency, and independent streams by name. */
export function createRandom(seed: string): Random {
  let counter = 0;
  const block = () => createHash('sha256').update(`${seed}/${counter++}`).digest();
  const real = (from: number, to: number) => from + (block().readUInt32BE(0) / 2 ** 32) * (to - from);
  const int = (from: number, to: number) => Math.floor(real(from, to + 1));
  return {
    int,
    real,
    pick: (list) => list[int(0, list.length - 1)] ?? list[0],
    bytes(length) {
      const blocks: Buffer[] = [];
      for (let have = 0; have < length; have += 32) blocks.push(block());
      return Buffer.concat(blocks).subarray(0, length);
    },
  };
}
