/** `${{ }}`: closed, not empty, and only where a value can be put. */
import { parseTemplate } from '../template.ts';
import type { Checking } from './checking.ts';

const OPEN = '${{';

export function templates({ sites, report }: Checking): void {
  for (const site of sites) {
    const text = site.kind === 'cel' ? site.cel : site.text;
    const start = text.indexOf(OPEN);
    if (start < 0) continue;
    if (site.kind === 'cel') {
      const message = `${site.key} is an expression already`;
      report(site.path, { rule: 'template_syntax', message, mend: 'Leave out ${{ and }}.' }, start);
      continue;
    }
    if (site.sight === null) {
      const message = 'no value can be put into this text';
      report(site.path, { rule: 'misplaced_value', message, mend: 'Write the text out.' }, start);
      continue;
    }
    const { pieces, unclosed } = parseTemplate(text);
    if (unclosed !== null)
      report(
        site.path,
        { rule: 'template_syntax', message: '${{ without }}', mend: 'Close it with }}.' },
        unclosed,
      );
    for (const piece of pieces)
      if (typeof piece !== 'string' && piece.cel === '')
        report(
          site.path,
          {
            rule: 'template_syntax',
            message: 'there is nothing between ${{ and }}',
            mend: 'Put an expression in.',
          },
          piece.start,
        );
  }
}
