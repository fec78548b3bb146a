/** Tables as PrettyTable draws them: centred, the odd space to the right of text of odd length, else to the left. */
export function renderTable(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  maxWidth = Number.POSITIVE_INFINITY,
): string {
  const cells = [columns, ...rows].map((row) => row.map((text) => wrap(text, maxWidth)));
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => widest(row[index] ?? []))));
  const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`;
  const [header = [], ...body] = cells.map((row) => renderRow(row, widths));
  return [rule, ...header, rule, ...body.flat(), rule].join('\n');
}

function widest(lines: readonly string[]): number {
  return Math.max(0, ...lines.map((line) => line.length));
}

function renderRow(row: readonly (readonly string[])[], widths: readonly number[]): readonly string[] {
  const height = Math.max(1, ...row.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) => {
    const texts = widths.map((width, index) => ` ${centre(row[index]?.[line] ?? '', width)} `);
    return `|${texts.join('|')}|`;
  });
}

function centre(text: string, width: number): string {
  const excess = width - text.length;
  const half = Math.floor(excess / 2);
  const left = excess % 2 === 1 && text.length % 2 === 0 ? half + 1 : half;
  return ' '.repeat(left) + text + ' '.repeat(excess - left);
}

/** Breaks at spaces, and inside a word only when the word alone is too long (Python's textwrap). */
function wrap(text: string, width: number): readonly string[] {
  if (!Number.isFinite(width)) return text.split('\n');
  return text.split('\n').flatMap((line) => (line.length <= width ? [line] : wrapLine(line, width)));
}

function wrapLine(line: string, width: number): readonly string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(' ')) {
    let rest = word;
    if (current !== '' && current.length + 1 + rest.length <= width) {
      current += ` ${rest}`;
      continue;
    }
    if (current !== '') lines.push(current);
    while (rest.length > width) {
      lines.push(rest.slice(0, width));
      rest = rest.slice(width);
    }
    current = rest;
  }
  return current === '' ? lines : [...lines, current];
}

/** A value in a cell: empty for nothing, `2026-01-02 03:04:05.678 ` for a time, Python's spelling for the rest. */
export function cellText(value: unknown): string {
  if (value === undefined) return 'None';
  if (value === null || value === '' || value === 0) return '';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return value.map(String).join(',');
  if (typeof value === 'object') return pythonDict(value as { readonly [name: string]: unknown });
  const text = String(value);
  return /^\d{4}-\d\d-\d\dT/.test(text) ? text.replace('T', ' ').replace('Z', ' ') : text;
}

/** Without the braces, as `users list --get-data` prints it. */
function pythonDict(value: { readonly [name: string]: unknown }): string {
  const parts = Object.entries(value).map(([name, item]) => {
    const text = Array.isArray(item)
      ? `[${item.map((each) => `'${String(each)}'`).join(', ')}]`
      : `'${String(item)}'`;
    return `'${name}': ${text}`;
  });
  return parts.join(', ');
}
