/** The longest real plans, as approvers and `/upgrade plan` get them. */
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/core/plan.ts';
import type { Message } from '../../src/messages/block-kit.ts';
import { planReply, previewMessages } from '../../src/messages/plan-message.ts';
import { planOf, type Situation } from '../runbooks/planning.ts';
import { T0 } from '../support/builders.ts';
import { SMALL, viewOf } from './samples.ts';
import { allTexts, expectFits } from './strict.ts';

const LONGEST: readonly Situation[] = [
  { flow: 'in_place', version: '4.0.0', to: '4.3.4', users: 4, agents: 12, standbys: 2 },
  { flow: 'in_place', version: '4.3.1', to: '4.6', users: 4, agents: 12, standbys: 2 },
];
const TARGET = { name: 'staging', title: 'Staging', rehearsal: false };
const AWAITING = { kind: 'awaiting-approval', approveBy: T0 + 3_600_000, decisions: [] } as const;

const blocked = (plan: Plan): Plan => ({
  ...plan,
  evidence: {
    ...plan.evidence,
    findings: [{ id: 'x', severity: 'blocker', say: 'The disk is full', do: 'Free some.', refs: [] }],
  },
});
const shown = (messages: readonly Message[]) => messages.flatMap(({ blocks }) => allTexts(blocks)).join('\n');
const heard = (messages: readonly Message[]) => messages.map(({ text }) => text).join('\n');
const plain = (text: string) => text.replaceAll('&gt;', '>').replaceAll('&lt;', '<').replaceAll('&amp;', '&');

describe.each(LONGEST)('the plan $flow $version → $to', (situation) => {
  it('calls the approvers, with the deadline, before its steps', async () => {
    const { plan } = await planOf(situation);
    expect(plan.body.steps.length).toBeGreaterThan(40);
    const message = planReply({ ...viewOf(SMALL, AWAITING), plan });
    expectFits(message);
    for (const text of [message.text, allTexts(message.blocks).join('\n')]) {
      const asked = text.indexOf('please press “Review and approve”');
      expect(asked).toBeGreaterThan(0);
      expect(text.slice(asked)).toContain('at the latest <!date^');
      expect(text.indexOf('No way back')).toBeGreaterThan(asked);
      expect(text.indexOf('\n1. ')).toBeGreaterThan(asked);
    }
    expect(message.text).toContain('… (the whole plan is in the file)');
  });

  it('is shown and read aloud with every step by /upgrade plan, in no more answers than Slack takes', async () => {
    const { plan } = await planOf(situation);
    const messages = previewMessages(TARGET, plan);
    expect(messages.length).toBeGreaterThan(1);
    expect(messages.length).toBeLessThanOrEqual(4);
    for (const message of messages) expectFits(message);
    for (const text of [plain(shown(messages)), plain(heard(messages))]) {
      for (const [index, { title }] of plan.body.steps.entries())
        expect(text).toContain(`${index + 1}. ${title}`);
      expect(text).toContain('Nothing was stored or asked. To ask for it: /upgrade start staging');
      expect(text).not.toContain('…');
      expect(text).not.toContain('in the thread)');
    }
    expect(messages[0]?.text).toContain('Nothing was stored');
    for (const [index, { text }] of messages.slice(1).entries())
      expect(text).toMatch(new RegExp(`: steps, part ${index + 1} of ${messages.length - 1}\\n(On |People)`));
  });

  it('says first that it is blocked', async () => {
    const { plan } = await planOf(situation);
    const [first] = previewMessages(TARGET, blocked(plan));
    for (const text of [first?.text ?? '', allTexts(first?.blocks).join('\n')]) {
      expect(text).toContain('It is blocked: mend the blockers, then look again. Nothing was stored.');
      expect(text).toContain('The disk is full.');
    }
  });
});
