/**
 * just-bash 3.4 takes `"${name:-x}"` for an unset name under `set -u` when nothing else is in the word. With an empty
 * string beside it, it does not; steps run under `set -eu` and need the form.
 */
import type { TransformPlugin } from 'just-bash';

const WITH_DEFAULT = new Set(['DefaultValue', 'AssignDefault', 'UseAlternative', 'ErrorIfUnset']);

interface Node {
  readonly type?: string;
  readonly parts?: unknown[];
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
  for (const value of Object.values(node)) mend(value);
}

export const quotedDefaults: TransformPlugin = {
  name: 'quoted-defaults',
  transform({ ast }) {
    mend(ast);
    return { ast };
  },
};
