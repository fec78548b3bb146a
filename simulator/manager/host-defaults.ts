/**
 * just-bash 3.4 takes `"${name:-x}"` for an unset name under `set -u` when nothing else is in the word. With an empty
 * string beside it, it does not; steps run under `set -eu` and need the form. And it takes the `!` of `[!a-z]` in a pattern
 * for a character of the set; with `^`, which shells know too, it negates.
 */
import type { TransformPlugin } from 'just-bash';

const WITH_DEFAULT = new Set(['DefaultValue', 'AssignDefault', 'UseAlternative', 'ErrorIfUnset']);

interface Node {
  readonly type?: string;
  readonly parts?: unknown[];
  pattern?: unknown;
  readonly operation?: { readonly type?: string } | null;
}

function isBareDefault(word: Node): boolean {
  const [quoted] = (word.parts ?? []) as Node[];
  if (word.type !== 'Word' || word.parts?.length !== 1 || quoted?.type !== 'DoubleQuoted') return false;
  const [inner] = (quoted.parts ?? []) as Node[];
  return quoted.parts?.length === 1 && WITH_DEFAULT.has(inner?.operation?.type ?? '');
}

function mend(node: unknown): void {
  if (node === null || typeof node !== 'object') return;
  if (isBareDefault(node)) (node as Node).parts?.push({ type: 'SingleQuoted', value: '' });
  const { type, pattern } = node as Node;
  if (type === 'Glob' && typeof pattern === 'string') (node as Node).pattern = pattern.replaceAll('[!', '[^');
  for (const value of Object.values(node)) mend(value);
}

export const quotedDefaults: TransformPlugin = {
  name: 'quoted-defaults',
  transform({ ast }) {
    mend(ast);
    return { ast };
  },
};
