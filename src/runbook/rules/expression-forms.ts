/** Forms of expressions that would go wrong quietly: flows and choices that do not exist, regular expressions out of data. */
import { type ASTNode, serialize } from '@marcbachmann/cel-js';
import { everyNode } from '../cel-names.ts';
import { oneOf } from '../did-you-mean.ts';
import { own } from '../own.ts';
import type { Fault } from '../problem.ts';
import { Version } from '../version.ts';
import type { Checking } from './checking.ts';

interface Found {
  readonly fault: Fault;
  readonly node: ASTNode;
}

function literalText(node: ASTNode | undefined): string | undefined {
  return node?.op === 'value' && typeof node.args === 'string' ? node.args : undefined;
}

/** The texts that a name can have, where there is only a set of them. */
function choicesOf({ runbook }: Checking, node: ASTNode): readonly string[] | undefined {
  if (node.op === 'id' && node.args === 'flow') return Object.keys(runbook.flows);
  if (node.op !== '.' || node.args[0].op !== 'id' || node.args[0].args !== 'input') return undefined;
  const input = own(runbook.inputs, node.args[1]);
  return input?.type === 'choice' ? input.options.map(({ value }) => value) : undefined;
}

function comparisons(checking: Checking, node: ASTNode): readonly Found[] {
  if (node.op !== '==' && node.op !== '!=' && node.op !== 'in') return [];
  const [left, right] = node.args;
  const [name, others] = choicesOf(checking, left) === undefined ? [right, [left]] : [left, [right]];
  const choices = choicesOf(checking, name);
  if (choices === undefined) return [];
  const values = others.flatMap((other) => (other.op === 'list' ? other.args : [other]));
  return values.flatMap((value): readonly Found[] => {
    const text = literalText(value);
    if (text === undefined || choices.includes(text)) return [];
    const what = serialize(name);
    const mend = oneOf(text.replaceAll('-', '_'), choices);
    const rule = what === 'flow' ? 'unknown_flow' : 'unknown_choice';
    return [{ node: value, fault: { rule, message: `${what} is never ${JSON.stringify(text)}`, mend } }];
  });
}

function regexes(node: ASTNode): readonly Found[] {
  const pattern =
    node.op === 'rcall' && node.args[0] === 'matches'
      ? node.args[2][0]
      : node.op === 'call' && node.args[0] === 'matches'
        ? node.args[1][1]
        : undefined;
  if (pattern === undefined) return [];
  const text = literalText(pattern);
  if (text === undefined)
    return [
      {
        node: pattern,
        fault: {
          rule: 'regex_from_data',
          message: 'a regular expression is made from a value, in which any letter may mean something else',
          mend: 'Compare with ==, contains or startsWith, or take rows: table(output).exists(r, r.id == …).',
        },
      },
    ];
  try {
    new RegExp(text, 'u');
    return [];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return [{ node: pattern, fault: { rule: 'bad_regex', message, mend: 'Mend the regular expression.' } }];
  }
}

function versions(node: ASTNode): readonly Found[] {
  if (node.op !== 'call' || node.args[0] !== 'version') return [];
  const text = literalText(node.args[1][0]);
  if (text === undefined) return [];
  try {
    new Version(text);
    return [];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return [{ node, fault: { rule: 'bad_version', message, mend: 'Write it as version("4.3.1").' } }];
  }
}

export function expressionForms(checking: Checking): void {
  for (const site of checking.expressions)
    for (const node of everyNode(site.cel))
      for (const { fault, node: at } of [...comparisons(checking, node), ...regexes(node), ...versions(node)])
        checking.report(site.path, fault, site.offset + at.start);
}
