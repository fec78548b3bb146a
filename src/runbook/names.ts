/** Which names an expression uses: paths such as fact.version or captured.create_snapshot.execution, macro variables left out. */
import type { ASTNode } from '@marcbachmann/cel-js';
import { environment } from './cel.ts';

export interface UsedName {
  readonly path: readonly string[];
  /** Offset of its first character in the expression. */
  readonly at: number;
}

const MACROS: ReadonlySet<string> = new Set(['exists', 'all', 'map', 'filter', 'exists_one']);

function chain(node: ASTNode): { readonly path: readonly string[]; readonly at: number } | null {
  if (node.op === 'id') return { path: [node.args as string], at: node.start };
  if (node.op !== '.') return null;
  const [object, field] = node.args as [ASTNode, string];
  const inner = chain(object);
  return inner === null ? null : { path: [...inner.path, field], at: inner.at };
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

function children(node: ASTNode): readonly ASTNode[] {
  const flat: unknown[] = Array.isArray(node.args) ? (node.args as unknown[]).flat(2) : [node.args];
  return flat.filter(isNode);
}

function boundBy(node: ASTNode): string | null {
  if (node.op !== 'rcall') return null;
  const [name, , args] = node.args as [string, ASTNode, ASTNode[]];
  const [first] = args;
  return MACROS.has(name) && first?.op === 'id' ? (first.args as string) : null;
}

function collect(node: ASTNode, bound: ReadonlySet<string>, found: UsedName[]): void {
  const path = chain(node);
  if (path !== null) {
    const [root] = path.path;
    if (root !== undefined && !bound.has(root)) found.push(path);
    return;
  }
  const own = boundBy(node);
  if (own === null) {
    for (const child of children(node)) collect(child, bound, found);
    return;
  }
  const [, object, args] = node.args as [string, ASTNode, ASTNode[]];
  collect(object, bound, found);
  const inner = new Set([...bound, own]);
  for (const arg of args.slice(1)) collect(arg, inner, found);
}

/** @throws Error of the CEL library when the text does not parse */
export function usedNames(cel: string): readonly UsedName[] {
  const found: UsedName[] = [];
  collect(parseCel(cel), new Set(), found);
  return found;
}

export function parseCel(cel: string): ASTNode {
  return environment([]).parse(cel).ast;
}
