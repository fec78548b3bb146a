/** The known word that somebody probably meant. */
import { closest, distance } from 'fastest-levenshtein';

/** As far as a slip of the finger goes; a longer way is another word. */
const SLIP = 3;

export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0 || word === '') return undefined;
  const near = closest(word, [...known]);
  const slip = Math.min(SLIP, Math.ceil(word.length / 2));
  return distance(word, near) <= slip || near.startsWith(word) || word.startsWith(near) ? near : undefined;
}

/** ` Did you mean X?`, or nothing when no known word is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === undefined ? '' : ` Did you mean ${near}?`;
}

/** A mend: the near word, or all there are. */
export function oneOf(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  if (near !== undefined) return `Did you mean ${near}?`;
  return known.length === 0 ? 'None is declared.' : `There is ${known.join(', ')}.`;
}
