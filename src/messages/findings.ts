/** Findings of the preflight as lines: severity in a word, what was found, what to do. */
import type { Finding } from '../core/plan.ts';
import { escaped } from './block-kit.ts';
import { sentence } from './words.ts';

export function findingLines(list: readonly Finding[]): string {
  return list
    .map(
      ({ severity, say, do: todo }) =>
        `• ${severity === 'blocker' ? '⛔ Blocker' : '⚠️ Warning'}: ${escaped(sentence(say))}${todo === '' ? '' : ` ${escaped(sentence(todo))}`}`,
    )
    .join('\n');
}
