/** The known word that somebody who typed into Slack probably meant. */
import { distance } from 'fastest-levenshtein';

/** Two letters swapped count as two; more than that, or than one letter in three, is another word. */
export function near(word: string, known: readonly string[]): string | undefined {
  const close = known
    .map((name) => ({ name, far: distance(word.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.far - b.far)[0];
  if (close === undefined) return undefined;
  const most = close.name.length <= 3 ? 1 : Math.max(2, Math.floor(close.name.length / 3));
  return close.far <= most ? close.name : undefined;
}
