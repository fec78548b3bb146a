/**
 * Tables that command-line tools draw with `+---+` and `|`: text before and after them, progress bars with carriage
 * returns, centred or left-aligned cells, and cells that go on in the next line.
 */
interface Column {
  readonly from: number;
  readonly to: number;
}

const BORDER = /^\s*\+(?:[-=]+\+)+\s*$/;

/** A terminal shows what stands after the last carriage return. */
function screenLines(text: string): readonly string[] {
  return text
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => line.slice(line.lastIndexOf('\r') + 1));
}

function columnsOf(border: string): readonly Column[] {
  const marks: number[] = [];
  for (let index = 0; index < border.length; index++) if (border[index] === '+') marks.push(index);
  return marks.slice(1).map((to, index) => ({ from: (marks[index] ?? 0) + 1, to }));
}

/** Cells by the border's columns, so that a `|` inside a cell stays text; by bars when wide letters moved them. */
function cellsOf(line: string, columns: readonly Column[]): readonly string[] | undefined {
  const letters = [...line];
  const aligned = columns.every(({ from, to }) => letters[from - 1] === '|' && letters[to] === '|');
  if (aligned) return columns.map(({ from, to }) => letters.slice(from, to).join('').trim());
  const parts = line
    .trim()
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((part) => part.trim());
  return parts.length === columns.length ? parts : undefined;
}

/** A row goes on when its first cell is empty and every line of it before had something there. */
function continues(row: readonly string[], cells: readonly string[]): boolean {
  return cells[0] === '' && row[0] !== '' && cells.some((cell) => cell !== '');
}

function joinCell(above: string, below: string): string {
  if (above === '' || below === '') return above + below;
  return `${above} ${below}`;
}

interface Block {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

function rowsOf(lines: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const rows: (readonly string[])[] = [];
  for (const cells of lines) {
    const last = rows.at(-1);
    if (last !== undefined && continues(last, cells))
      rows[rows.length - 1] = last.map((cell, index) => joinCell(cell, cells[index] ?? ''));
    else rows.push(cells);
  }
  return rows;
}

function blockAt(
  lines: readonly string[],
  start: number,
): { readonly block: Block; readonly end: number } | undefined {
  const columns = columnsOf((lines[start] ?? '').trimEnd());
  const sections: (readonly string[])[][] = [[]];
  let index = start + 1;
  for (; index < lines.length; index++) {
    const line = lines[index] ?? '';
    if (BORDER.test(line)) {
      sections.push([]);
      continue;
    }
    if (!line.trim().startsWith('|')) break;
    const cells = cellsOf(line.trimEnd(), columns);
    if (cells === undefined) return undefined;
    sections.at(-1)?.push(cells);
  }
  const [head, ...body] = sections.filter((section) => section.length > 0);
  if (head === undefined) return undefined;
  const header = head.reduce((above, below) => above.map((cell, at) => joinCell(cell, below[at] ?? '')));
  // Tools that draw a line between rows make each section one row, whatever is in its first cell.
  const ruled = body.length > 1;
  const rows = ruled
    ? body.map((section) =>
        section.reduce((above, below) => above.map((cell, at) => joinCell(cell, below[at] ?? ''))),
      )
    : rowsOf(body[0] ?? []);
  return { block: { header, rows }, end: index };
}

/** @returns every row of every table in the text, as maps by column title; no table, no rows */
export function parseTable(text: string): { [column: string]: string }[] {
  const lines = screenLines(text);
  const found: { [column: string]: string }[] = [];
  for (let index = 0; index < lines.length; index++) {
    if (!BORDER.test(lines[index] ?? '')) continue;
    const at = blockAt(lines, index);
    if (at === undefined) continue;
    for (const row of at.block.rows) {
      const made: { [column: string]: string } = Object.create(null);
      at.block.header.forEach((title, column) => {
        made[title] = row[column] ?? '';
      });
      found.push(made);
    }
    index = at.end - 1;
  }
  return found;
}
