/**
 * `when` as a formula over atoms: what is not `&&`, `||`, `!` or about the flow is an atom that may be true or false.
 * Two conditions can then be compared for every plan that a flow may give, without knowing any fact.
 */
import { type ASTNode, serialize } from '@marcbachmann/cel-js';
import { syntaxOf } from './cel.ts';
import { namesIn } from './cel-names.ts';

export type Formula =
  | { readonly op: 'const'; readonly value: boolean }
  /** `value`: an atom `x == "a"` excludes `x == "b"`. */
  | { readonly op: 'atom'; readonly key: string; readonly of: string | null }
  | { readonly op: 'and' | 'or'; readonly parts: readonly Formula[] }
  | { readonly op: 'not'; readonly part: Formula };

export const ALWAYS: Formula = { op: 'const', value: true };
export const NEVER: Formula = { op: 'const', value: false };

export function and(parts: readonly Formula[]): Formula {
  return { op: 'and', parts };
}

export function not(part: Formula): Formula {
  return { op: 'not', part };
}

/** How an atom is told apart from the same text elsewhere: one that uses a loop variable means another thing there. */
export type Prefix = (names: readonly string[]) => string;

/** Written the other way round, it is the same question. */
const OPPOSITE: { readonly [op: string]: string } = { '!=': '==', '<': '>=', '>': '<=' };

function literal(node: ASTNode): unknown {
  return node.op === 'value' ? node.args : undefined;
}

function aboutFlow(node: ASTNode, flow: string): boolean | undefined {
  if (node.op !== '==' && node.op !== '!=' && node.op !== 'in') return undefined;
  const [left, right] = node.args;
  const isFlow = (side: ASTNode): boolean => side.op === 'id' && side.args === 'flow';
  if (node.op === 'in')
    return isFlow(left) && right.op === 'list'
      ? right.args.some((item) => literal(item) === flow)
      : undefined;
  const other = isFlow(left) ? right : isFlow(right) ? left : undefined;
  if (other === undefined || typeof literal(other) !== 'string') return undefined;
  return (literal(other) === flow) === (node.op === '==');
}

function atomOf(node: ASTNode, prefix: Prefix): Formula {
  const text = serialize(node);
  const key = `${prefix(namesIn(text).map(({ path }) => path[0] ?? ''))}${text}`;
  const of = node.op === '==' && literal(node.args[1]) !== undefined ? `${serialize(node.args[0])} ==` : null;
  return { op: 'atom', key, of };
}

function formulaOf(node: ASTNode, flow: string, prefix: Prefix): Formula {
  const inner = (part: ASTNode): Formula => formulaOf(part, flow, prefix);
  if (typeof literal(node) === 'boolean') return { op: 'const', value: literal(node) === true };
  if (node.op === '&&') return and(node.args.map(inner));
  if (node.op === '||') return { op: 'or', parts: node.args.map(inner) };
  if (node.op === '!_') return not(inner(node.args));
  if (node.op === '?:') {
    const [condition, yes, no] = node.args.map(inner) as [Formula, Formula, Formula];
    return { op: 'or', parts: [and([condition, yes]), and([not(condition), no])] };
  }
  const known = aboutFlow(node, flow);
  if (known !== undefined) return { op: 'const', value: known };
  const opposite = OPPOSITE[node.op];
  if (opposite === undefined) return atomOf(node, prefix);
  const turned = { ...node, op: opposite } as ASTNode;
  return not(atomOf(turned, prefix));
}

/** @returns an atom of its own for a text that is not CEL; the check says why elsewhere */
export function condition(cel: string, flow: string, prefix: Prefix): Formula {
  const syntax = syntaxOf(cel);
  return syntax === undefined ? { op: 'atom', key: `?${cel}`, of: null } : formulaOf(syntax, flow, prefix);
}

/** undefined: it depends on what is still open. */
function decided(formula: Formula, truths: ReadonlyMap<string, boolean>): boolean | undefined {
  switch (formula.op) {
    case 'const':
      return formula.value;
    case 'atom':
      return truths.get(formula.key);
    case 'not': {
      const part = decided(formula.part, truths);
      return part === undefined ? undefined : !part;
    }
    default: {
      // One false part decides an `and`, one true part an `or`.
      const decisive = formula.op === 'or';
      let open = false;
      for (const part of formula.parts) {
        const value = decided(part, truths);
        if (value === decisive) return decisive;
        if (value === undefined) open = true;
      }
      return open ? undefined : !decisive;
    }
  }
}

function atomsIn(formula: Formula, found: Map<string, string | null>): void {
  if (formula.op === 'atom') found.set(formula.key, formula.of);
  else if (formula.op === 'not') atomsIn(formula.part, found);
  else if (formula.op !== 'const') for (const part of formula.parts) atomsIn(part, found);
}

/** In the worst case 2^18 tries, a tenth of a second. A runbook that needs more is one that nobody can follow: it counts as possible. */
const MOST_ATOMS = 18;

/** Atom by atom, and no further than until all is decided; of atoms about one thing at most one is true. */
function possible(
  formula: Formula,
  [first, ...rest]: readonly [key: string, of: string | null][],
  truths: Map<string, boolean>,
  taken: ReadonlySet<string>,
): boolean {
  const now = decided(formula, truths);
  if (now !== undefined || first === undefined) return now === true;
  const [key, of] = first;
  for (const value of of !== null && taken.has(of) ? [false] : [false, true]) {
    truths.set(key, value);
    const also = value && of !== null ? new Set([...taken, of]) : taken;
    if (possible(formula, rest, truths, also)) return true;
  }
  truths.delete(key);
  return false;
}

/** Can all of them hold in one plan? */
export function satisfiable(formulas: readonly Formula[]): boolean {
  const all = and(formulas);
  const found = new Map<string, string | null>();
  atomsIn(all, found);
  const atoms = [...found];
  if (atoms.length > MOST_ATOMS) return true;
  return possible(all, atoms, new Map(), new Set());
}
