import type { Block, InputBlock } from '@slack/types';
import { describe, expect, it } from 'vitest';
import { reviewModal } from '../../src/messages/review-modal.ts';
import { phasesOf, SMALL, viewOf } from './samples.ts';
import { allTexts } from './strict.ts';

const SENTENCE = 'Every user of the old Manager knows that it is closed during the whole window, and that';

function review(acknowledgements: number, say: (place: number) => string) {
  const view = viewOf({ ...SMALL, acknowledgements }, phasesOf(SMALL)[2]);
  if (view.plan === null) throw new Error('no plan');
  const { body } = view.plan;
  const list = body.acknowledgements.map((one, place) => ({ ...one, say: say(place) }));
  return reviewModal({ ...view, plan: { ...view.plan, body: { ...body, acknowledgements: list } } }).blocks;
}

function isStatement(block: Block): block is InputBlock {
  return (
    block.type === 'input' && 'element' in block && JSON.stringify(block.element).includes('"checkboxes"')
  );
}

function boxesOf({ element }: InputBlock) {
  return element.type === 'checkboxes' ? element.options : [];
}

describe('statements that an approver signs', () => {
  const long = (place: number) => `${SENTENCE} statement ${place} is true to its last word.`;

  it('stand whole, each once, each with one box of its own', () => {
    const blocks = review(3, long);
    const asked = blocks.filter(isStatement);
    expect(asked.map(({ label }) => label.text)).toEqual([long(0), long(1), long(2)]);
    expect(asked.map((block) => boxesOf(block).map(({ text, value }) => [text.text, value]))).toEqual([
      [['I confirm this', '0']],
      [['I confirm this', '1']],
      [['I confirm this', '2']],
    ]);
    expect(new Set(asked.map(({ block_id }) => block_id)).size).toBe(3);
    for (const place of [0, 1, 2])
      expect(allTexts(blocks).filter((text) => text.includes(`statement ${place} is true`))).toHaveLength(1);
  });

  it('that are longer than a label stand whole above their box', () => {
    const blocks = review(1, () => `${'The same again.\n'.repeat(200)}The end.`);
    expect(allTexts(blocks).join('\n')).toContain('The end.');
    expect(blocks.filter(isStatement)).toHaveLength(1);
  });

  it('are all there and can all be ticked when there are more than a form has room for', () => {
    const blocks = review(150, (place) => `Statement ${place} is true.`);
    expect(blocks.length).toBeLessThanOrEqual(100);
    const boxes = blocks.filter(isStatement).flatMap(boxesOf);
    expect(boxes.map(({ value }) => value)).toEqual(Array.from({ length: 150 }, (_, place) => String(place)));
    const texts = allTexts(blocks).join('\n');
    for (let place = 0; place < 150; place += 1) expect(texts).toContain(`Statement ${place} is true.`);
  });
});
