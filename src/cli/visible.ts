/** Text on a terminal or in a review, in which nothing is hidden: what a person reads is what a shell would get. */

/** Control characters but tab and newline; characters that hide themselves or turn the reading direction; line separators. */
const UNSEEN = /(?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

export function visible(text: string): string {
  return text.replace(UNSEEN, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}
