import { describe, expect, it } from 'vitest';
import type { HoldOffer } from '../../src/core/model.ts';
import type { PlannedStep } from '../../src/core/plan.ts';
import { ACTIONS, parseButtonValue } from '../../src/messages/actions.ts';
import type { Message } from '../../src/messages/block-kit.ts';
import { planReply } from '../../src/messages/plan-message.ts';
import { gateReply, manualReply } from '../../src/messages/question.ts';
import { markRehearsal } from '../../src/messages/rehearsal.ts';
import { finishedReply, holdReply, noteReply, stepReply } from '../../src/messages/thread.ts';
import { T0 } from '../support/builders.ts';
import { holdOf, phasesOf, SMALL, viewOf } from './samples.ts';
import { allTexts } from './strict.ts';

const view = viewOf(SMALL);

function stepAt(index: number): PlannedStep {
  const step = view.plan?.body.steps[index];
  if (step === undefined) throw new Error(`the sample has no step ${index}`);
  return step;
}

function buttonsOf({
  blocks,
}: Message): readonly { action_id: string; value: string; accessibility_label: string }[] {
  return blocks.flatMap((block) => (block.type === 'actions' ? (block.elements as never[]) : []));
}

const shown = ({ blocks }: Message) => allTexts(blocks).join('\n');

const gone = { host: 'm1', run: ['rm it'], sudo: false, secrets: [] };

describe('a step that succeeded', () => {
  const end = {
    kind: 'succeeded',
    attempt: 'U-42.03.x.2',
    startedAt: T0,
    endedAt: T0 + 65_000,
    exitCode: 0,
    tail: ['1', '2', '3', '4', '5', '6 <!channel> & more'],
    why: null,
  } as const;

  it('says what, how long against how long expected, which attempt when it is not the first, and the last five lines', () => {
    expect(stepReply(view, stepAt(2), end).text).toBe(
      [
        '✅ U-42. Step 3 of 6 “Step number 3 the words”: done and verified. 65 s (expected about 1 min), attempt 2.',
        'Last lines:',
        '2',
        '3',
        '4',
        '5',
        '6 &lt;!channel&gt; &amp; more',
      ].join('\n'),
    );
  });

  it('cuts a long line of output at a word, and shows nothing of data that no person reads', () => {
    const long =
      stepReply(view, stepAt(2), { ...end, tail: ['word '.repeat(100)] })
        .text.split('\n')
        .at(-1) ?? '';
    expect(long.length).toBeLessThanOrEqual(160);
    expect(long).toMatch(/word…$/);
    const data = JSON.stringify({ items: Array.from({ length: 100 }, (_, n) => n) });
    expect(stepReply(view, stepAt(2), { ...end, tail: ['1', data] }).text).not.toContain('Last lines');
    expect(stepReply(view, stepAt(2), { ...end, tail: [`,${data}`, ']'] }).text).not.toContain('Last lines');
  });

  it('says of an undo by what it was undone, with the time that the undo was expected to take', () => {
    const undo = {
      id: 'u',
      title: 'Delete the snapshot',
      command: gone,
      verify: [],
      expectedS: 600,
      timeoutS: 1800,
    };
    const step: PlannedStep = { ...stepAt(2), reversal: { kind: 'undo', undo } };
    const undone = { ...end, kind: 'undone', attempt: 'U-42.03.x.undo1', tail: [] } as const;
    const why = 'This was undone by: Delete the snapshot';
    expect(stepReply(view, step, { ...undone, why }).text).toBe(
      '↩️ U-42. Step 3 of 6 “Step number 3 the words”: undone and verified. 65 s (expected about 10 min). This was undone by: Delete the snapshot.',
    );
    const again = { ...undone, attempt: 'U-42.03.x.undo2', why };
    expect(stepReply(view, step, again).text).toContain('(expected about 10 min), attempt 2.');
  });

  it('shows output where Slack parses nothing, as it is', () => {
    const pre = stepReply(view, stepAt(2), end).blocks.find(({ type }) => type === 'rich_text');
    expect(JSON.stringify(pre)).toContain('6 <!channel> & more');
  });

  it('does not claim a verify that the plan does not have, nor an exit code of what is no shell command', () => {
    const copy: PlannedStep = { ...stepAt(2), verify: [], action: { kind: 'reboot', host: 'm1' } };
    const { text } = stepReply(view, copy, { ...end, tail: [] });
    expect(text).toContain('”: done. 65 s');
    expect(text).not.toContain('exit code');
    expect(text).not.toContain('verified');
  });
});

describe('a hold', () => {
  const hold = holdOf(SMALL, {
    tail: ['tar: no space'],
    hint: 'Free some space',
    reason: 'It ended with exit code 2.',
    exitCode: 2,
  });

  it('says what is held, why, how long, the hint, where the run is and who is asked', () => {
    expect(holdReply(view, hold, stepAt(2)).text).toBe(
      [
        '⏸️ U-42 · Staging the words → 4.3.1 is held',
        'Step 3 of 6 “Step number 3 the words”: It ended with exit code 2.',
        '8 min (expected about 1 min), attempt 2.',
        '💡 Hint: Free some space.',
        '2 of 6 steps are done; nothing after this one has run.',
        'The point of no return, “Step number 5 the words”, has not been reached.',
        '🙋 <@U0ROSA> or <!subteam^S0ONCALL>, please choose. The run waits for as long as it takes.',
        '• Look again only looks whether it is in place by now. Nothing is started.',
        '• Retry runs the step once more, as it is.',
        '• Stop ends the run here for good. The target stays as it is, and its lock is released.',
        'Last line:',
        'tar: no space',
      ].join('\n'),
    );
  });

  it('offers the buttons that are safe here, each with the number of the hold, and no other', () => {
    const offers: readonly (readonly HoldOffer[])[] = [
      ['stop'],
      ['retry', 'stop'],
      ['look_again', 'stop'],
      ['look_again', 'retry', 'stop'],
      ['retry', 'done_by_hand', 'skip', 'roll_back', 'stop'],
    ];
    const action: { readonly [offer in HoldOffer]: string } = {
      retry: ACTIONS.retry,
      look_again: ACTIONS.lookAgain,
      done_by_hand: ACTIONS.doneByHand,
      skip: ACTIONS.skip,
      roll_back: ACTIONS.rollBack,
      stop: ACTIONS.stop,
    };
    for (const list of offers) {
      const message = holdReply(view, { ...hold, offers: list }, stepAt(2));
      expect(buttonsOf(message).map(({ action_id }) => action_id)).toEqual(
        list.map((offer) => action[offer]),
      );
      for (const button of buttonsOf(message)) {
        expect(parseButtonValue(button.value)).toEqual({ upgrade: 'U-42', subject: '2' });
        expect(button.accessibility_label).toMatch(/U-42 hold 2$/);
      }
    }
  });

  it('says what a retry does: nothing more, an undo first, the question again, or a first start', () => {
    const words = (step: PlannedStep, attempt: string | null = 'a') =>
      holdReply(view, { ...hold, attempt }, step).text;
    expect(words({ ...stepAt(2), retry: 'undo_first' })).toContain(
      'Retry first undoes what the failed attempt left',
    );
    expect(words(stepAt(3))).toContain('Retry asks the same question again');
    expect(words(stepAt(2), null)).toContain('Retry starts the step');
    expect(words(stepAt(2), null)).toContain('not started');
  });

  it('warns once the point of no return was tried, and once it was passed', () => {
    const at = (reached: number) => viewOf(SMALL, undefined, { reached });
    expect(holdReply(at(4), hold, stepAt(4)).text).toContain(
      '🟥 This step is the point of no return, and it has been tried.',
    );
    expect(holdReply(at(5), hold, stepAt(5)).text).toContain(
      '🟥 The point of no return, “Step number 5 the words”, has been passed.',
    );
  });

  it('keeps its story and loses its buttons when somebody has chosen', () => {
    const message = holdReply(view, hold, stepAt(2), '<@U0AMIR> chose Retry.');
    expect(buttonsOf(message)).toEqual([]);
    expect(message.text).toContain('was held');
    expect(message.text).toContain('<@U0AMIR> chose Retry.');
    expect(message.text).toContain('tar: no space');
    expect(message.text).not.toContain('please choose');
    expect(shown(message)).toContain('tar: no space');
  });

  it('leaves the asterisks of hosts in what is read aloud', () => {
    expect(holdReply(view, { ...hold, reason: 'rm *.zip failed' }, stepAt(2)).text).toContain(
      'rm *.zip failed.',
    );
  });
});

describe('questions', () => {
  it('a gate shows the question, its evidence, who may answer and how many', () => {
    const message = gateReply(view, stepAt(3), ['Cross now?', 'snapshot 3 GB', '0 users']);
    expect(message.text).toBe(
      [
        '🚦 U-42. Step 4 of 6 “Step number 4 the words”: go or no-go? Cross now?',
        'What we know:',
        '• snapshot 3 GB',
        '• 0 users',
        '🙋 <!subteam^S0OPSLEADS>, <@U0AMIR> or <@U0BEA>: go or no-go? 2 different people must say go (Place 0 the words or Place 1 the words); <@U0ROSA> asked for the upgrade and does not count. A no-go holds the run. Nothing goes on until somebody answers.',
      ].join('\n'),
    );
    expect(buttonsOf(message).map(({ action_id, value }) => [action_id, value])).toEqual([
      [ACTIONS.gateGo, 'U-42|block_3.step_3'],
      [ACTIONS.gateNo, 'U-42|block_3.step_3'],
    ]);
  });

  it('a gate of one place asks that place only', () => {
    const step: PlannedStep = {
      ...stepAt(3),
      action: { kind: 'gate', say: ['?'], evidence: [], need: { from: 'place_1', count: 1 } },
    };
    const { text } = gateReply(view, step, ['?']);
    expect(text).toContain('🙋 <@U0BEA>: go or no-go? One person must say go (Place 1 the words)');
    expect(text).not.toContain('S0OPSLEADS');
  });

  it('a manual step says what to do, who is asked, and that the bot looks for itself when it has a verify', () => {
    const message = manualReply(view, stepAt(5), 'Switch the DNS\nto the new host');
    expect(message.text).toContain(
      'Switch the DNS\nto the new host\n🙋 <@U0ROSA> or <!subteam^S0ONCALL>: do this by hand',
    );
    expect(message.text).toContain('After Done the bot looks for itself');
    expect(manualReply(view, { ...stepAt(5), verify: [] }, 'x').text).not.toContain('looks for itself');
    expect(buttonsOf(message).map(({ action_id }) => action_id)).toEqual([
      ACTIONS.manualDone,
      ACTIONS.manualCant,
    ]);
  });
});

describe('the end', () => {
  it('says the outcome, how long, what was tried twice, and the head of the audit chain', () => {
    const done = viewOf(
      SMALL,
      { kind: 'finished', outcome: 'succeeded', at: T0 + 3_600_000, by: null },
      { reached: 6 },
    );
    const { text } = finishedReply(done, { auditHead: { seq: 123, hash: '0123456789abcdef'.repeat(4) } });
    expect(text).toBe(
      'U-42 · Staging the words → 4.3.1. ✅ Succeeded. All 6 steps are done and verified. It took 1 h (expected about 6 min).\n➡️ <@U0ROSA>, have a look; nothing else is needed.\nAudit trail up to event 123, hash 0123456789abcdef. “cutover audit verify” must still find both.',
    );
  });
});

describe('the plan', () => {
  it('calls the approvers once, and nobody once it is not asked any more', () => {
    const asked = viewOf(SMALL, { kind: 'awaiting-approval', approveBy: T0 + 3_600_000, decisions: [] });
    const { text } = planReply(asked);
    expect(text.match(/<!subteam\^S0OPSLEADS>/g)).toHaveLength(1);
    expect(text).toContain('<@U0BEA>: please press “Review and approve”');
    expect(planReply(view).text).not.toContain('please press');
  });

  it('does not call the requester, who may not approve', () => {
    const phase = { kind: 'awaiting-approval', approveBy: T0 + 3_600_000, decisions: [] } as const;
    const own = viewOf(SMALL, phase, { upgrade: { requester: { team: 'T0CUTOVER', user: 'U0BEA' } } });
    expect(planReply(own).text).not.toContain('<@U0BEA>');
  });

  it('says in order what runs where and for how long, from where there is no way back, and what to confirm', () => {
    const { blocks } = planReply(view);
    const words = shown({ text: '', blocks });
    expect(words).toContain(
      '*On m1*\n1. Step number 1 the words (1 min)\n*On m2*\n2. Step number 2 the words (1 min)',
    );
    expect(words).toContain('*People*\n4. Step number 4 the words (1 min)');
    expect(words).toContain('5. Step number 5 the words (1 min) 🟥 no way back after this');
    expect(words).toContain('☐ Statement 1: the words');
    expect(words).toContain('about 6 min, plus 30 min kept free to go back');
  });
});

describe('a rehearsal', () => {
  const rehearsal = { id: view.upgrade.id, rehearsal: true };

  it('marks a note and a file, and leaves a real upgrade and what is marked already alone', () => {
    const note = noteReply('Started.');
    expect(markRehearsal(rehearsal, note).text).toBe('REHEARSAL · U-42: Started.');
    expect(shown(markRehearsal(rehearsal, note))).toContain('REHEARSAL · U-42');
    const file = { text: 'Plan of U-42', blocks: [], file: { name: 'x', content: 'y' } };
    expect(markRehearsal(rehearsal, file)).toEqual({ ...file, text: 'REHEARSAL · U-42: Plan of U-42' });
    expect(markRehearsal(view.upgrade, note)).toBe(note);
    const marked = markRehearsal(rehearsal, note);
    expect(markRehearsal(rehearsal, marked)).toBe(marked);
  });

  it('leaves every reply that has the upgrade in it as it is', () => {
    const practice = viewOf(SMALL, phasesOf(SMALL)[8], { rehearsal: true });
    const step = stepAt(2);
    for (const message of [
      holdReply(practice, holdOf(SMALL), step),
      gateReply(practice, step, ['?']),
      manualReply(practice, step, 'x'),
      planReply(practice),
    ])
      expect(markRehearsal(practice.upgrade, message)).toBe(message);
  });
});
