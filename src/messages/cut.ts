/** Cuts text that is too long, and says so. */

/** Cuts at whole characters and says that it did. */
export function cut(text: string, max: number, more = '…'): string {
  const characters = [...text];
  return characters.length <= max ? text : `${characters.slice(0, max - [...more].length).join('')}${more}`;
}

/** Cuts at a line, so that no mention or escape is torn. */
export function cutLines(text: string, max: number, more = '… (the rest is in the thread)'): string {
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
