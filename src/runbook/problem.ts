/** What the check refuses, with its place in the file and the mend. */
import {
  type Document,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  type Scalar,
} from 'yaml';

export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Stable name of the rule. */
  readonly rule: string;
  readonly message: string;
  readonly mend: string;
}

export type Path = readonly (string | number)[];

export interface Fault {
  readonly rule: string;
  readonly message: string;
  readonly mend: string;
}

export interface Source {
  readonly file: string;
  readonly text: string;
  readonly document: Document;
  readonly lines: LineCounter;
}

/** In the value at `path`, not in the file; or at the key under which the value stands. */
type Offset = number | 'key';

/** Collects problems. */
export type Report = (path: Path, fault: Fault, offset?: Offset) => void;

/** A lone item may be written without its list, so an index that finds a map stays there. */
function nodeAt(document: Document, path: Path): { readonly node: Node | null; readonly key: Node | null } {
  let node: unknown = document.contents;
  let key: Node | null = null;
  for (const part of path) {
    if (isSeq(node) && typeof part === 'number') {
      const item: unknown = node.items[part];
      if (item === undefined) break;
      node = item;
      key = null;
    } else if (isMap(node) && typeof part === 'string') {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === part);
      if (pair === undefined) break;
      key = pair.key as Node;
      node = isPair(pair) && pair.value !== null ? pair.value : pair.key;
    }
  }
  return { node: node as Node | null, key };
}

/** Offset in the file of the character `offset` of a scalar's value: exact for block literals and one-line scalars. */
function offsetIn(source: Source, scalar: Scalar, offset: number): number {
  const [start, end] = scalar.range ?? [0, 0];
  const raw = source.text.slice(start, end);
  if (scalar.type === 'PLAIN') return raw.includes('\n') ? start : start + offset;
  if (scalar.type === 'QUOTE_SINGLE' || scalar.type === 'QUOTE_DOUBLE')
    return raw.includes('\n') || raw.includes('\\') ? start : start + 1 + offset;
  if (scalar.type !== 'BLOCK_LITERAL') return start;
  const before = String(scalar.value).slice(0, offset).split('\n');
  const rows = raw.split('\n');
  const values = String(scalar.value).split('\n');
  const first = values.findIndex((line) => line.trim() !== '');
  const indent = Math.max(0, (rows[first + 1]?.length ?? 0) - (values[first]?.length ?? 0));
  const above = rows.slice(0, before.length).reduce((sum, row) => sum + row.length + 1, 0);
  return start + above + indent + (before.at(-1)?.length ?? 0);
}

export function locate(
  source: Source,
  path: Path,
  offset?: Offset,
): { readonly line: number; readonly column: number } {
  const { node, key } = nodeAt(source.document, path);
  const at =
    typeof offset === 'number' && isScalar(node)
      ? offsetIn(source, node, offset)
      : startOf(node, key, offset === 'key');
  const { line, col } = source.lines.linePos(at);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** A whole map or list is pointed at by its key, which is where a reader looks. */
function startOf(node: Node | null, key: Node | null, always: boolean): number {
  if (key !== null && (always || !isScalar(node))) return key.range?.[0] ?? 0;
  return node?.range?.[0] ?? 0;
}
