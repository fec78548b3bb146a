import type { Dice } from './model.ts';

/** `snapshot_` and six capital letters or digits, as the CLI makes one when no id is given. */
export function randomSnapshotName(dice: Dice): string {
  return `snapshot_${dice.word(6, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789')}`;
}
