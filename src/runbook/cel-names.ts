/** Which names an expression uses, without those that its own macros bind. */
import type { ASTNode } from '@marcbachmann/cel-js';
import { syntaxOf } from './cel.ts';

export interface UsedName {
  /** `host.manager.address` → ['host', 'manager', 'address']; as far as the expression selects by fixed names. */
  readonly path: readonly string[];
  /** Where it begins in the expression. */
  readonly offset: number;
  /** Asked for by `has(…)`: it may be missing. */
  readonly optional: boolean;
}

const ITERATING = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

/** A chain of selections that starts at a name. */
function chainOf(node: ASTNode): readonly string[] | undefined {
  if (node.op === 'id') return [node.args];
  if (node.op === '.' || node.op === '.?') {
    const base = chainOf(node.args[0]);
    return base === undefined ? undefined : [...base, node.args[1]];
  }
  if (node.op === '[]') {
    const [left, key] = node.args;
    const base = chainOf(left);
    return base !== undefined && key.op === 'value' && typeof key.args === 'string'
      ? [...base, key.args]
      : undefined;
  }
  return undefined;
}

function startOf(node: ASTNode): number {
  if (node.op === '.' || node.op === '.?' || node.op === '[]') return startOf(node.args[0]);
  return node.start;
}

interface Walk {
  readonly bound: ReadonlySet<string>;
  readonly optional: boolean;
}

function walkCall(node: ASTNode, walk: Walk, found: UsedName[]): boolean {
  if (node.op === 'call') {
    const optional = walk.optional || node.args[0] === 'has';
    for (const child of node.args[1]) visit(child, { ...walk, optional }, found);
    return true;
  }
  if (node.op !== 'rcall') return false;
  const [method, receiver, args] = node.args;
  const [first, ...rest] = args;
  const binds = receiver.op === 'id' && receiver.args === 'cel' && method === 'bind';
  if ((binds || ITERATING.has(method)) && first !== undefined && first.op === 'id' && rest.length > 0) {
    const inner = { ...walk, bound: new Set([...walk.bound, first.args]) };
    if (binds && rest[0] !== undefined) visit(rest[0], walk, found);
    else visit(receiver, walk, found);
    for (const child of binds ? rest.slice(1) : rest) visit(child, inner, found);
    return true;
  }
  for (const child of [receiver, ...args]) visit(child, walk, found);
  return true;
}

function visit(node: ASTNode, walk: Walk, found: UsedName[]): void {
  const chain = chainOf(node);
  if (chain !== undefined) {
    if (!walk.bound.has(chain[0] ?? ''))
      found.push({ path: chain, offset: startOf(node), optional: walk.optional });
    return;
  }
  if (walkCall(node, walk, found)) return;
  for (const child of childrenOf(node)) visit(child, walk, found);
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

/** Operators keep their operands in different shapes; those that are nodes are the children. */
function childrenOf(node: ASTNode): readonly ASTNode[] {
  const args: unknown = node.args;
  if (isNode(args)) return [args];
  return Array.isArray(args) ? (args.flat() as unknown[]).filter(isNode) : [];
}

/** Every node, for rules about the form of an expression. */
export function everyNode(cel: string): readonly ASTNode[] {
  const found: ASTNode[] = [];
  const collect = (node: ASTNode): void => {
    found.push(node);
    if (node.op === 'call') node.args[1].forEach(collect);
    else if (node.op === 'rcall') [node.args[1], ...node.args[2]].forEach(collect);
    else childrenOf(node).forEach(collect);
  };
  const syntax = syntaxOf(cel);
  if (syntax !== undefined) collect(syntax);
  return found;
}

/** @returns no names when the text is not CEL; the check says why */
export function namesIn(cel: string): readonly UsedName[] {
  const syntax = syntaxOf(cel);
  if (syntax === undefined) return [];
  const found: UsedName[] = [];
  visit(syntax, { bound: new Set(), optional: false }, found);
  return found;
}

/** CEL's own words: types, and those that it keeps for itself. A variable of that name would not be seen. */
const CEL_WORDS = new Set(
  (
    'bool int uint double string bytes list map null_type type dyn optional cel true false null in as break const continue ' +
    'else for function if import let loop package namespace return var void while'
  ).split(' '),
);

export function isCelWord(name: string): boolean {
  return CEL_WORDS.has(name);
}
