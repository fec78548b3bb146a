/** A command or a sentence that is written without quotes ends at ` #`: YAML takes the rest for a comment. */
import { isScalar, type Scalar, visit } from 'yaml';
import type { Problem, Source } from '../problem.ts';

const TEXTS = new Set(
  'run say do when expect fail ok_when read for_each title gate manual evidence match no_undo_needed secret_in_arguments text'.split(
    ' ',
  ),
);

function rowAfter(text: string, offset: number): string {
  const end = text.indexOf('\n', offset);
  return text.slice(offset, end < 0 ? text.length : end);
}

export function lostComments(source: Source): readonly Problem[] {
  const problems: Problem[] = [];
  visit(source.document, {
    Pair(_key, { key, value }) {
      if (!isScalar(key) || !TEXTS.has(String(key.value)) || !isScalar(value) || value.type !== 'PLAIN')
        return;
      const [start, end] = (value as Scalar).range ?? [0, 0];
      const after = rowAfter(source.text, end);
      if (start === end || !/^[ \t]+#/.test(after)) return;
      const { line, col } = source.lines.linePos(end + after.indexOf('#'));
      problems.push({
        file: source.file,
        line,
        column: col,
        rule: 'lost_comment',
        message: `the text of ${String(key.value)} ends before ${JSON.stringify(after.trim())}, which YAML takes for a comment`,
        mend: 'Put the whole text into quotes or into a block (|), or put the comment on a line of its own.',
      });
    },
  });
  return problems;
}
