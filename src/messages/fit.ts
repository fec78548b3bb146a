/** All blocks of one message together have a limit too: the longest texts give way, buttons never. */
import type { KnownBlock } from '@slack/types';
import { cutLines } from './cut.ts';

/**
 * Characters of the JSON of all blocks. Slack does not document it; users of chat.postMessage measured 13,200 before
 * `msg_blocks_too_long`.
 */
const MESSAGE_MAX = 13_000;
/** A text that is cut shorter than this says nothing any more. */
const LEAST = 300;
const MORE = '… (cut to fit; the plan file and the audit trail have it in full)';

function textOf(block: KnownBlock): string {
  if (block.type === 'section') return block.text?.text ?? '';
  if (block.type !== 'rich_text') return '';
  const first = block.elements[0];
  const piece = first?.type === 'rich_text_preformatted' ? first.elements[0] : undefined;
  return piece?.type === 'text' ? piece.text : '';
}

function withText(block: KnownBlock, text: string): KnownBlock {
  if (block.type === 'section' && block.text !== undefined)
    return { ...block, text: { ...block.text, text } };
  if (block.type !== 'rich_text') return block;
  return { ...block, elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text }] }] };
}

export function fitted(blocks: readonly KnownBlock[]): readonly KnownBlock[] {
  const shown = [...blocks];
  for (;;) {
    const excess = JSON.stringify(shown).length - MESSAGE_MAX;
    const lengths = shown.map((block) => [...textOf(block)].length);
    const longest = Math.max(...lengths);
    const index = lengths.indexOf(longest);
    const block = shown[index];
    if (excess <= 0 || block === undefined || longest <= LEAST) return shown;
    // Cut at a line, a text may lose a little more than it has to; in JSON a character may count for several.
    shown[index] = withText(block, cutLines(textOf(block), Math.max(LEAST, longest - excess), MORE));
  }
}
