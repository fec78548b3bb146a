import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/core/audit.ts';
import { VERBS } from '../../src/core/command.ts';
import { UpgradeId } from '../../src/core/model.ts';
import {
  auditMessage,
  helpMessage,
  listMessage,
  statusMessage,
  targetsMessage,
  whyMessage,
} from '../../src/messages/answers.ts';
import { escaped, escapedSay, plainSay } from '../../src/messages/block-kit.ts';
import { cut, cutLines } from '../../src/messages/cut.ts';
import { approved, gateAnswered } from '../../src/messages/said.ts';
import { T0 } from '../support/builders.ts';
import { phasesOf, SMALL, targetOf, viewOf } from './samples.ts';

function event(seq: number, more: Partial<AuditEvent>): AuditEvent {
  return {
    seq,
    at: T0,
    upgrade: UpgradeId.parse('U-42'),
    actor: 'cutover',
    kind: 'bot-started',
    data: {},
    prev: '0'.repeat(64),
    hash: '0123456789abcdef'.repeat(4),
    ...more,
  };
}

describe('answers', () => {
  it('help names every word that can be typed', () => {
    for (const verb of VERBS.filter((word) => word !== 'help'))
      expect(helpMessage.text).toContain(`/upgrade ${verb}`);
  });

  it('why says what it waits for, for whom and until when', () => {
    const [, , awaiting, , , , atGate] = phasesOf(SMALL).map(
      (phase) => whyMessage(viewOf(SMALL, phase)).text,
    );
    expect(awaiting).toContain('Waiting for approval by Place 0 the words, Place 1 the words.');
    expect(awaiting).toContain('at the latest <!date^');
    expect(atGate).toContain('Waiting for go or no-go at “Step number 4 the words”');
  });

  it('status says where it is, the steps, and where the thread is', () => {
    const { text } = statusMessage(viewOf(SMALL));
    expect(text).toContain('Step 3 of 6 “Step number 3 the words”: running.');
    expect(text).toContain('✅ Step number 1 the words · done, 45 s');
    expect(text).toContain('The thread is in <#C0UPGRADES>');
  });

  it('the list shows the live ones first, and says what to type when there is none', () => {
    const { upgrade } = viewOf(SMALL);
    const { text } = listMessage(phasesOf(SMALL).map((phase) => ({ ...upgrade, phase })));
    expect(text.indexOf('*Live*')).toBeLessThan(text.indexOf('held since'));
    expect(text.indexOf('held since')).toBeLessThan(text.indexOf('*Over*'));
    expect(text.indexOf('*Over*')).toBeLessThan(text.indexOf('declined'));
    expect(listMessage([]).text).toContain('/upgrade start');
  });

  it('targets name their runbook, hosts, approvers and channel, and the next command', () => {
    const { text } = targetsMessage([targetOf(SMALL, true)]);
    expect(text).toContain(
      '*staging* (REHEARSAL) Staging the words: runbook cloudify-manager; hosts m1, m2; approval by Place 0 the words (2 people), Place 1 the words; thread in <#C0UPGRADES>',
    );
    expect(text).toContain('/upgrade start staging');
    expect(targetsMessage([]).text).toContain('targets.yaml is empty');
  });

  it('the audit trail shows the last twenty events with who and when, and the head of the chain', () => {
    const trail = Array.from({ length: 25 }, (_, index) => event(index + 1, {}));
    const last = event(26, {
      actor: 'T0CUTOVER/U0AMIR',
      kind: 'declined',
      data: { digest: 'abc', reason: '<!channel> no' },
    });
    const { text } = auditMessage(viewOf(SMALL).upgrade, [...trail, last]);
    expect(text).toContain('(6 earlier events are not shown)');
    expect(text).not.toContain('\n6. ');
    expect(text).toContain('\n7. ');
    expect(text).toContain('<@U0AMIR> declined plan abc: &lt;!channel&gt; no.');
    expect(text).toContain('Last event 26, hash 0123456789abcdef');
    expect(auditMessage(viewOf(SMALL).upgrade, []).text).toContain('Nothing is recorded yet.');
  });

  it('an approver hears whether more are needed', () => {
    expect(approved(viewOf(SMALL, phasesOf(SMALL)[2]))).toContain(
      'Still needed: Place 0 the words or Place 1 the words.',
    );
    expect(approved(viewOf(SMALL, phasesOf(SMALL)[3]))).toContain('All places are filled; the window opens');
    expect(gateAnswered(viewOf(SMALL, phasesOf(SMALL)[6]), true)).toContain('Somebody else must say go too.');
    expect(gateAnswered(viewOf(SMALL), true)).toContain('The run goes on.');
  });
});

describe('texts of the verbs', () => {
  const said =
    'Only <@U0ROSA> or <!subteam^S0OPS> in <#C0A> at <!date^1^{time}|22:00>, not “<!channel> <@evil> <https://x|y> &”.';

  it('keep their mentions and lose everything else that Slack would read', () => {
    expect(escapedSay(said)).toBe(
      'Only <@U0ROSA> or <!subteam^S0OPS> in <#C0A> at <!date^1^{time}|22:00>, not “&lt;!channel&gt; &lt;@evil&gt; &lt;https://x|y&gt; &amp;”.',
    );
  });

  it('are plain under a field', () => {
    expect(plainSay('Invite it to <#C0A>, <@U0ROSA>: 1 < 2 & 3')).toBe(
      'Invite it to #C0A, @U0ROSA: 1 < 2 & 3',
    );
  });
});

describe('cutting', () => {
  it('counts characters as people do, and says that something is missing', () => {
    expect(cut('🚀🚀🚀', 3)).toBe('🚀🚀🚀');
    expect(cut('🚀🚀🚀🚀', 3)).toBe('🚀🚀…');
    expect(cutLines('one\ntwo\nthree', 9, '…')).toBe('one\ntwo\n…');
    expect(cutLines('one long line', 6, '…')).toBe('one l…');
  });

  it('escapes the three characters that mean something, once', () => {
    expect(escaped('a & b < c > d &amp;')).toBe('a &amp; b &lt; c &gt; d &amp;amp;');
  });
});
