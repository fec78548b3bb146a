import { describe, expect, it } from 'vitest';
import type { Phase } from '../../src/core/model.ts';
import { ACTIONS } from '../../src/messages/actions.ts';
import type { Message } from '../../src/messages/block-kit.ts';
import { upgradeCard } from '../../src/messages/card.ts';
import { T0, window } from '../support/builders.ts';
import { DIGEST, HUGE, phasesOf, SMALL, targetOf, viewOf } from './samples.ts';
import { allTexts } from './strict.ts';

function actions({ blocks }: Message): readonly string[] {
  return blocks.flatMap((block) =>
    block.type === 'actions' ? block.elements.flatMap(({ action_id }) => action_id ?? []) : [],
  );
}

const SCHEDULED: Phase = {
  kind: 'scheduled',
  startBy: T0 + 7_200_000,
  decisions: [],
  go: null,
  opened: false,
};

describe('the card', () => {
  it('offers in each phase the buttons that do something then, and no other', () => {
    const found = phasesOf(SMALL).map((phase) => [phase.kind, ...actions(upgradeCard(viewOf(SMALL, phase)))]);
    expect(found).toEqual([
      ['preparing', ACTIONS.withdraw],
      ['blocked'],
      ['awaiting-approval', ACTIONS.review, ACTIONS.decline, ACTIONS.withdraw],
      ['scheduled', ACTIONS.go, ACTIONS.decline, ACTIONS.withdraw],
      ['scheduled', ACTIONS.decline],
      ['running', ACTIONS.cancelStep],
      ['running'],
      ['running'],
      ['held'],
      ['finished'],
      ['finished'],
      ['declined'],
      ['expired'],
      ['expired'],
      ['withdrawn'],
    ]);
  });

  it('shows no Start before the window opens, and says when it may be pressed', () => {
    const early = { ...viewOf(SMALL, SCHEDULED), now: window.opensAt - 1 };
    expect(actions(upgradeCard(early))).toEqual([ACTIONS.decline, ACTIONS.withdraw]);
    expect(upgradeCard(early).text).toContain('press “Start now” on the card when the window is open');
    const auto = { ...early, target: { ...targetOf(SMALL), start: 'auto' as const } };
    expect(upgradeCard(auto).text).toContain('It starts by itself then');
  });

  it('says what is in the way of a start by itself, and offers no Start that would be refused', () => {
    const stuck = viewOf(SMALL, { ...SCHEDULED, inTheWay: 'targets.yaml:3: teams <x>: unknown key' });
    const { text } = upgradeCard(stuck);
    expect(text).toContain('not started yet: targets.yaml:3: teams &lt;x&gt;: unknown key.');
    expect(text).toContain('then it starts by itself');
    expect(actions(upgradeCard(stuck))).toEqual([ACTIONS.decline, ACTIONS.withdraw]);
  });

  it('carries the digest of the plan on its approval buttons, and on Decline also when it is approved', () => {
    const value = `"value":"U-42|${DIGEST}"`;
    expect(JSON.stringify(upgradeCard(viewOf(SMALL, phasesOf(SMALL)[2])).blocks)).toContain(value);
    expect(JSON.stringify(upgradeCard(viewOf(SMALL, SCHEDULED)).blocks)).toContain(value);
  });

  it('has at most one button that stands out, and asks before it starts or withdraws', () => {
    for (const phase of phasesOf(SMALL)) {
      const elements = upgradeCard(viewOf(SMALL, phase)).blocks.flatMap((block) =>
        block.type === 'actions'
          ? (block.elements as { action_id: string; style?: string; confirm?: object }[])
          : [],
      );
      expect(elements.filter(({ style }) => style === 'primary').length).toBeLessThanOrEqual(1);
      for (const { action_id, confirm } of elements)
        if (action_id === ACTIONS.go || action_id === ACTIONS.withdraw) expect(confirm).toBeDefined();
    }
  });

  it('tells in its text what its blocks show: status, next, who, why, when, plan, places', () => {
    expect(upgradeCard(viewOf(SMALL, phasesOf(SMALL)[2])).text).toBe(
      [
        'U-42 · Staging the words → 4.3.1. Waiting for approval by Place 0 the words, Place 1 the words. Nothing runs before that. Approvers: “Review and approve” on the card, at the latest <!date^1795816800^{date_short_pretty} {time}|Fri, 27 Nov 2026, 23:00 Europe/Berlin>; then it expires. <@U0ROSA> asked for it and does not count as an approver, but can withdraw it.',
        'Requested by <@U0ROSA>: the words',
        'Window Fri, 27 Nov 2026, 22:00 Europe/Berlin for 4 h; once started it runs to the end.',
        'Plan v1 abcdef012345: 6 steps, about 6 min. 🟥 No way back after step 5, “Step number 5 the words”. The 4 steps before it can be taken back. From there on the only way is forward, or a restore.',
        'Place 0 the words: <@U0AMIR>, 1 of 2 still needed',
        'Place 1 the words: 1 of 1 still needed',
        '• ⚠️ Warning: Finding 0: the words. the words.',
        '2 of 6 steps are done.',
        'As of Fri, 27 Nov 2026, 22:15 Europe/Berlin.',
      ].join('\n'),
    );
  });

  it('says nothing of a way back once it is over', () => {
    for (const phase of phasesOf(SMALL)) {
      const { text, blocks } = upgradeCard(viewOf(SMALL, phase));
      const over = ['blocked', 'finished', 'declined', 'expired', 'withdrawn', 'preparing'].includes(
        phase.kind,
      );
      expect(text.includes('No way back'), phase.kind).toBe(!over);
      expect(allTexts(blocks).join().includes('No way back'), phase.kind).toBe(!over);
    }
  });

  it('shows of a long plan what is around the current step and counts the rest', () => {
    const at = (reached: number) =>
      allTexts(upgradeCard(viewOf({ ...HUGE, text: 'x' }, undefined, { reached })).blocks).join('\n');
    expect(at(0)).toContain('Step number 1 ');
    expect(at(0)).toContain('▫️ 59 more steps · to do');
    expect(at(40)).toContain('✅ 36 earlier steps · done');
    expect(at(40)).toContain('▶️ Step number 41 x · running');
    expect(at(40)).toContain('▫️ 23 more steps · to do');
    expect(at(82)).toContain('▶️ Step number 83');
    expect(at(82)).not.toContain('more steps · to do');
  });

  it('tells each state by a word as well as by a mark, in both styles', () => {
    const held = viewOf(SMALL, phasesOf(SMALL)[8]);
    expect(allTexts(upgradeCard(held, { style: 'classic' }).blocks).join('\n')).toContain(
      '⏸️ Step number 3 the words · held',
    );
    const plan = upgradeCard(held, { style: 'plan' }).blocks.find(({ type }) => type === 'plan');
    expect(plan).toMatchObject({
      tasks: [
        { status: 'complete' },
        { status: 'complete' },
        { status: 'error', title: 'Step number 3 the words (held) (attempt 2)' },
        { status: 'pending' },
        { title: 'Step number 5 the words (no way back after this)' },
        {},
      ],
    });
  });
});
