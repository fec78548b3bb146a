import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/core/audit.ts';
import type { InputField } from '../../src/core/inventory.ts';
import { UpgradeId } from '../../src/core/model.ts';
import type { UpgradeView } from '../../src/core/view.ts';
import { declineModal, gateModal, manualModal, stopModal } from '../../src/messages/answer-modals.ts';
import {
  auditMessage,
  helpMessage,
  listMessage,
  say,
  statusMessage,
  targetsMessage,
  whyMessage,
} from '../../src/messages/answers.ts';
import { escapedSay, type Message, type Modal } from '../../src/messages/block-kit.ts';
import { upgradeCard } from '../../src/messages/card.ts';
import { loading, notice } from '../../src/messages/notice.ts';
import { planReply, previewMessages } from '../../src/messages/plan-message.ts';
import { gateReply, manualReply } from '../../src/messages/question.ts';
import { reviewModal } from '../../src/messages/review-modal.ts';
import {
  alreadyDone,
  approved,
  declined,
  gateAnswered,
  goGiven,
  manualAnswered,
  requested,
  retried,
  stopped,
  withdrawn,
} from '../../src/messages/said.ts';
import { EMPTY_DRAFT, startModal } from '../../src/messages/start-modal.ts';
import { finishedReply, holdReply, noteReply, stepReply } from '../../src/messages/thread.ts';
import { T0 } from '../support/builders.ts';
import {
  EVIL,
  formOf,
  HOSTILE,
  HUGE,
  holdOf,
  phasesOf,
  planOf,
  type Size,
  SMALL,
  targetOf,
  viewOf,
} from './samples.ts';
import { allTexts, expectFits, expectHarmless, expectModalFits, parsedTexts } from './strict.ts';

const HEAD = { seq: 123, hash: 'f00d'.repeat(16) };
const DRAFT = { ...EMPTY_DRAFT, channel: 'C1' };

function stepAt(view: UpgradeView, index: number) {
  const found = view.plan?.body.steps[index];
  if (found === undefined) throw new Error(`the sample has no step ${index}`);
  return found;
}

function trail({ text }: Size): readonly AuditEvent[] {
  return Array.from({ length: 300 }, (_, index) => ({
    seq: index + 1,
    at: T0 + index * 1000,
    upgrade: UpgradeId.parse('U-42'),
    actor: index % 2 === 0 ? 'cutover' : 'T0CUTOVER/U0AMIR',
    kind: 'gate-answered' as const,
    data: { step: text, go: false, note: text },
    prev: '0'.repeat(64),
    hash: '1'.repeat(64),
  }));
}

/** One of each message that can be posted or answered about this upgrade. */
function messagesOf(size: Size, view: UpgradeView): { readonly [name: string]: Message } {
  const plan = planOf(size);
  const lines = [size.text, ...Array.from({ length: size.findings }, () => size.text)];
  const end = {
    kind: 'succeeded',
    attempt: 'a',
    startedAt: T0,
    endedAt: T0 + 65_000,
    exitCode: 0,
    tail: holdOf(size).tail,
    why: size.text,
  } as const;
  const base = {
    classic: upgradeCard(view, { style: 'classic' }),
    plan: upgradeCard(view, { style: 'plan' }),
    status: statusMessage(view),
    why: whyMessage(view),
    ...Object.fromEntries(
      previewMessages(targetOf(size), plan).map((one, index) => [`preview${index}`, one]),
    ),
    planReply: planReply(view),
    list: listMessage(phasesOf(size).map((phase) => ({ ...view.upgrade, phase }))),
    targets: targetsMessage(Array.from({ length: 40 }, () => targetOf(size))),
    audit: auditMessage(view, trail(size)),
    help: helpMessage,
    note: noteReply(escapedSay(`${size.text}\n`.repeat(10))),
    finished: finishedReply(view, { auditHead: HEAD }),
    alreadyDone: say(alreadyDone(view)),
    approved: say(approved(view)),
    declined: say(declined(view)),
    goGiven: say(goGiven(view)),
    gate: say(gateAnswered(view, true)),
    manual: say(manualAnswered(view, false)),
    requested: say(requested(view.upgrade)),
    retried: say(retried(view, 'look_again')),
    stopped: say(stopped(view)),
    withdrawn: say(withdrawn(view)),
  };
  if (view.plan === null) return base;
  return {
    ...base,
    step: stepReply(view, stepAt(view, 2), end),
    hold: holdReply(view, holdOf(size), stepAt(view, 2)),
    holdAnswered: holdReply(view, holdOf(size), stepAt(view, 2), '<@U0AMIR> chose Retry.'),
    gateReply: gateReply(view, stepAt(view, 3), lines),
    gateReplyAnswered: gateReply(view, stepAt(view, 3), lines, '<@U0AMIR> said go.'),
    manualReply: manualReply(view, stepAt(view, 5), size.text.repeat(size === HUGE ? 20 : 1)),
  };
}

function modalsOf(size: Size, view: UpgradeView): { readonly [name: string]: Modal } {
  return {
    review: reviewModal(view),
    decline: declineModal(view, 'd'),
    gateGo: gateModal(view, 'block_3.step_3', true),
    gateNo: gateModal(view, 'block_3.step_3', false),
    manualDone: manualModal(view, 'block_5.step_5', true),
    manualCant: manualModal(view, 'block_5.step_5', false),
    stop: stopModal(view, 2),
    loading: loading('Review U-42'),
    notice: notice('Review U-42', escapedSay(size.text)),
    start: startModal(formOf(size), DRAFT),
    startRefused: startModal(
      formOf(size),
      { ...DRAFT, reason: size.text, inputs: { to: size.text, keep: 'false', rpm: '' } },
      { target: size.text, 'input.to': size.text },
    ),
  };
}

const SIZES: readonly (readonly [string, Size])[] = [
  ['small', SMALL],
  ['huge', HUGE],
  ['hostile', HOSTILE],
];

describe.each(SIZES)('an upgrade that is %s', (_, size) => {
  it.each(phasesOf(size).map((phase) => [phase.kind, phase] as const))(
    '%s: every message fits',
    (_kind, phase) => {
      for (const rehearsal of [false, true]) {
        const messages = Object.entries(messagesOf(size, viewOf(size, phase, { rehearsal })));
        for (const [name, message] of messages) {
          expect.soft(name, name).toBe(name);
          expectFits(message);
        }
      }
    },
  );

  it('every form fits', () => {
    for (const phase of phasesOf(size))
      for (const modal of Object.values(modalsOf(size, viewOf(size, phase)))) expectModalFits(modal);
  });
});

describe('limits that are reached one by one', () => {
  it('any number of steps, statements, findings and facts fits into the review and the card', () => {
    for (const count of [0, 1, 9, 10, 11, 24, 25, 48, 49, 50, 100, 101, 250, 600]) {
      const size = {
        ...HUGE,
        steps: Math.max(6, count),
        acknowledgements: Math.min(count, 100),
        findings: count,
        facts: count,
      };
      for (const reached of [0, 2, size.steps - 1]) {
        const view = viewOf(size, undefined, { reached });
        expectFits(upgradeCard(view, { style: 'classic' }));
        expectFits(upgradeCard(view, { style: 'plan' }));
        expectFits(planReply(view));
        expectModalFits(reviewModal(view));
      }
    }
  });

  it('a hundred and more targets, flows and fields still make a form, with the chosen target in it', () => {
    const targets = Array.from({ length: 150 }, (_, index) => ({
      name: `t-${index}`,
      title: `Target ${index}`,
    }));
    const form = formOf(SMALL, {
      targets: [...targets, { name: 'staging', title: 'Staging' }],
      flows: Array.from({ length: 120 }, (_, index) => ({ id: `flow_${index}`, title: 'x'.repeat(200) })),
      fields: Array.from(
        { length: 130 },
        (_, index) => ({ ...formOf(SMALL).fields[0], id: `f_${index}` }) as InputField,
      ),
    });
    const modal = startModal(form, { ...DRAFT, flow: 'flow_119' });
    expectModalFits(modal);
    expect(JSON.stringify(modal.blocks[0])).toContain(
      '"initial_option":{"text":{"type":"plain_text","text":"Staging (staging)"',
    );
    expect(JSON.stringify(modal)).toContain('40 more inputs');
  });
});

describe('what people, runbooks and hosts wrote', () => {
  it('calls nobody and links nowhere, in any message of any phase', () => {
    for (const phase of phasesOf(HOSTILE)) {
      const view = viewOf(HOSTILE, phase);
      for (const [name, { text, blocks }] of Object.entries(messagesOf(HOSTILE, view))) {
        // A verb's sentence and a note are escaped by who makes them; their own tests look at them.
        if (name === 'note') continue;
        expectHarmless([text, ...parsedTexts(blocks)]);
      }
    }
  });

  it('calls nobody and links nowhere in any form', () => {
    for (const phase of phasesOf(HOSTILE))
      for (const [name, modal] of Object.entries(modalsOf(HOSTILE, viewOf(HOSTILE, phase))))
        if (name !== 'notice' && name !== 'startRefused') expectHarmless(parsedTexts(modal));
  });

  it('cannot call a channel through a note whose author forgot to escape', () => {
    const { text, blocks } = noteReply(`done ${EVIL}`);
    for (const one of [text, ...parsedTexts(blocks)]) expect(one).not.toMatch(/<!(channel|here|everyone)/i);
  });
});

describe('a rehearsal', () => {
  it('says so in the text and the blocks of every message about it, and of no other', () => {
    for (const phase of phasesOf(SMALL)) {
      const about = ({ help, note, list, targets, ...rest }: { readonly [name: string]: Message }) =>
        Object.fromEntries(Object.entries(rest).filter(([name]) => !name.startsWith('preview')));
      const rehearsal = about(messagesOf(SMALL, viewOf(SMALL, phase, { rehearsal: true })));
      for (const { text, blocks } of Object.values(rehearsal)) {
        expect(text).toContain('REHEARSAL');
        expect(allTexts(blocks).join('\n')).toContain('REHEARSAL');
      }
      for (const { text, blocks } of Object.values(about(messagesOf(SMALL, viewOf(SMALL, phase)))))
        expect([text, ...allTexts(blocks)].join('\n')).not.toContain('REHEARSAL');
    }
  });

  it('says so in the forms about it', () => {
    const view = viewOf(SMALL, undefined, { rehearsal: true });
    const { review, decline, gateGo, manualDone, stop } = modalsOf(SMALL, view);
    for (const modal of [review, decline, gateGo, manualDone, stop])
      expect(allTexts(modal).join(' ')).toContain('REHEARSAL');
    expect(
      allTexts(startModal({ ...formOf(SMALL), target: targetOf(SMALL, true) }, DRAFT)).join(' '),
    ).toContain('REHEARSAL');
  });
});
