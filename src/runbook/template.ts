/** Text with `${{ … }}`: literal pieces and CEL expressions, with their places in the text. */
export interface Hole {
  readonly cel: string;
  /** Of `${{` in the text. */
  readonly start: number;
  /** After `}}`. */
  readonly end: number;
  /** Where the expression itself begins. */
  readonly celStart: number;
}

export interface Template {
  readonly pieces: readonly (string | Hole)[];
  /** Offset of a `${{` without its `}}`. */
  readonly unclosed: number | null;
}

const OPEN = '${{';

/** After a CEL string that begins at `at`; a `}}` inside one does not end the expression. */
function afterString(text: string, at: number): number {
  const quote = text.startsWith(text[at] === '"' ? '"""' : "'''", at)
    ? text.slice(at, at + 3)
    : (text[at] ?? '');
  let index = at + quote.length;
  while (index < text.length && !text.startsWith(quote, index)) index += text[index] === '\\' ? 2 : 1;
  return Math.min(index + quote.length, text.length);
}

function endOfHole(text: string, from: number): number | undefined {
  let depth = 0;
  let index = from;
  while (index < text.length) {
    const char = text[index];
    if (char === '"' || char === "'") {
      index = afterString(text, index);
      continue;
    }
    if (char === '{') depth++;
    if (char === '}') {
      if (depth === 0 && text[index + 1] === '}') return index;
      depth--;
    }
    index++;
  }
  return undefined;
}

export function parseTemplate(text: string): Template {
  const pieces: (string | Hole)[] = [];
  let index = 0;
  for (;;) {
    const start = text.indexOf(OPEN, index);
    if (start < 0) break;
    const end = endOfHole(text, start + OPEN.length);
    if (end === undefined) return { pieces: [...pieces, text.slice(index)], unclosed: start };
    if (start > index) pieces.push(text.slice(index, start));
    const inner = text.slice(start + OPEN.length, end);
    const lead = inner.length - inner.trimStart().length;
    pieces.push({ cel: inner.trim(), start, end: end + 2, celStart: start + OPEN.length + lead });
    index = end + 2;
  }
  if (index < text.length) pieces.push(text.slice(index));
  return { pieces, unclosed: null };
}

export function holesIn(text: string): readonly Hole[] {
  return parseTemplate(text).pieces.filter((piece) => typeof piece !== 'string');
}
