/** Cuts text that is too long, and says so. */

/** Cuts at whole characters and says that it did. */
export function cut(text: string, max: number, more = '…'): string {
  const characters = [...text];
  return characters.length <= max ? text : `${characters.slice(0, max - [...more].length).join('')}${more}`;
}

/** Cuts at a line, so that no mention or escape is torn. */
export function cutLines(text: string, max: number, more = '… (cut to fit)'): string {
  if ([...text].length <= max) return text;
  const kept: string[] = [];
  let size = [...more].length;
  for (const line of text.split('\n')) {
    size += [...line].length + 1;
    if (size > max) break;
    kept.push(line);
  }
  return kept.length === 0 ? cut(text, max, more) : [...kept, more].join('\n');
}

/** At lines, in at most `most` pieces of `max` characters; what is left after them is cut. */
export function inPieces(text: string, max: number, most: number, more?: string): readonly string[] {
  const pieces: string[] = [];
  let rest = text.split('\n');
  while (rest.length > 0) {
    const taken = pieces.length === most - 1 ? rest.length : linesThatFit(rest, max);
    pieces.push(cutLines(rest.slice(0, taken).join('\n'), max, more));
    rest = rest.slice(taken);
  }
  return pieces;
}

/** At least one, so that a line of any length is taken and cut. */
function linesThatFit(lines: readonly string[], max: number): number {
  let size = 0;
  for (const [index, line] of lines.entries()) {
    size += [...line].length + 1;
    if (size - 1 > max) return Math.max(1, index);
  }
  return lines.length;
}
