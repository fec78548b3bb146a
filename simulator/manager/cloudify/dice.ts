import type { Dice } from './model.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** Numbers that look random and are the same for the same seed (mulberry32). */
export function seededDice(seed: number): Dice {
  let state = seed >>> 0;
  function next(below: number): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below;
  }
  function word(length: number, alphabet = LETTERS): string {
    let made = '';
    for (let i = 0; i < length; i++) made += alphabet.charAt(Math.floor(next(alphabet.length)));
    return made;
  }
  const hex = '0123456789abcdef';
  return {
    word,
    uuid: () =>
      `${word(8, hex)}-${word(4, hex)}-4${word(3, hex)}-${word(1, '89ab')}${word(3, hex)}-${word(12, hex)}`,
  };
}
