/** What people read after somebody has left the plan's path: skipped counts as passed, and it is told who said what. */
import { describe, expect, it } from 'vitest';
import type { Override, StepProgress, StepState } from '../../src/core/run.ts';
import type { UpgradeView } from '../../src/core/view.ts';
import { statusMessage } from '../../src/messages/answers.ts';
import { upgradeCard } from '../../src/messages/card.ts';
import { finishedReply } from '../../src/messages/thread.ts';
import { amir, rosa, T0 } from '../support/builders.ts';
import { HUGE, type Size, SMALL, viewOf } from './samples.ts';
import { allTexts } from './strict.ts';

const LONG: Size = { ...HUGE, text: 'x' };
const HEAD = { auditHead: { seq: 9, hash: '0123456789abcdef'.repeat(4) } };
const SKIPPED: Override = { how: 'skipped', by: amir, second: null };

function changed(view: UpgradeView, more: { readonly [index: number]: Partial<StepProgress> }): UpgradeView {
  return { ...view, progress: view.progress.map((step, index) => ({ ...step, ...more[index] })) };
}

function finished(
  outcome: 'succeeded' | 'rolled-back' | 'stopped',
  states: readonly StepState[],
  more: { readonly [index: number]: Partial<StepProgress> } = {},
): UpgradeView {
  const by = outcome === 'stopped' ? amir : null;
  const view = viewOf(SMALL, { kind: 'finished', outcome, at: T0 + 3_600_000, by }, { reached: 6 });
  const set = Object.fromEntries(states.map((state, index) => [index, { state }]));
  return changed(changed(view, set), more);
}

const shown = (view: UpgradeView, style: 'classic' | 'plan' = 'classic') =>
  allTexts(upgradeCard(view, { style }).blocks).join('\n');

describe('after a skip', () => {
  const skipped = { state: 'skipped', override: SKIPPED } as const;

  it('the card is at the step that runs, and says who skipped which', () => {
    const view = changed(viewOf(SMALL, undefined, { reached: 3 }), { 1: skipped });
    for (const text of [upgradeCard(view).text, shown(view), statusMessage(view).text]) {
      expect(text).toContain(
        'Step 4 of 6 “Step number 4 the words”: running. Skipped: “Step number 2 the words” by <@U0AMIR>.',
      );
      expect(text).not.toContain('Step 2 of 6');
    }
    expect(upgradeCard(view).text).toContain('2 of 6 steps are done, 1 skipped.');
  });

  it('a long list goes on with the run, and counts what is behind truly', () => {
    const view = changed(viewOf(LONG, undefined, { reached: 40 }), { 1: skipped });
    expect(shown(view)).toContain('✅ 36 earlier steps · 35 done, 1 skipped');
    expect(shown(view)).toContain('▶️ Step number 41 x · running');
    expect(shown(view, 'plan')).toContain('36 earlier steps (35 done, 1 skipped)');
    const near = changed(viewOf(LONG, undefined, { reached: 40 }), { 39: skipped });
    expect(shown(near, 'plan')).toContain('Step number 40 x (skipped)');
  });

  it('the end says how many are done, which were skipped and by whom, and what is to be made up for', () => {
    const view = finished('succeeded', ['succeeded', 'skipped'], { 1: skipped });
    expect(finishedReply(view, HEAD).text).toBe(
      [
        'U-42 · Staging the words → 4.3.1. ✅ Succeeded. 5 of 6 steps are done, 1 skipped. Skipped: “Step number 2 the words” by <@U0AMIR>. It took 1 h (expected about 6 min).',
        '➡️ <@U0ROSA>, make up for what was skipped, then have a look: nothing has checked it.',
        'Audit trail up to event 9, hash 0123456789abcdef. “cutover audit verify” must still find both.',
      ].join('\n'),
    );
    expect(upgradeCard(view).text).toContain(
      '5 of 6 steps are done, 1 skipped. Skipped: “Step number 2 the words”',
    );
    expect(upgradeCard(view).text).not.toContain('All 6 steps');
  });
});

describe('after something was done by hand', () => {
  it('the end says who says so', () => {
    const view = finished('succeeded', [], {
      2: { override: { how: 'by-hand', by: amir, second: rosa } },
    });
    expect(finishedReply(view, HEAD).text).toContain(
      'All 6 steps are done and verified. Done by hand: “Step number 3 the words” says <@U0AMIR> and <@U0ROSA>.',
    );
  });
});

describe('other ends', () => {
  it('rolled back: what was taken back, what needed no undo, and what to do next', () => {
    const { text } = finishedReply(
      finished('rolled-back', ['undone', 'undone', 'succeeded', 'pending', 'pending', 'pending']),
      HEAD,
    );
    expect(text).toContain(
      '↩️ Rolled back. What the run had changed is taken back: 2 steps are undone, and each undo was verified. 1 step had run that needs no undo. It took',
    );
    expect(text).toContain(
      '➡️ <@U0ROSA>, have a look that all is as it was. When the reason is mended, ask again',
    );
    expect(text).not.toContain('0 of 6');
    expect(text).not.toContain('stays as it is');
  });

  it('rolled back with an undo left out: it is said, with who left it out', () => {
    const view = finished('rolled-back', ['undone', 'skipped', 'pending', 'pending', 'pending', 'pending'], {
      1: { override: { how: 'undo-skipped', by: amir, second: null } },
    });
    const { text } = finishedReply(view, HEAD);
    expect(text).toContain(
      'Not undone, because its undo was skipped: “Step number 2 the words” by <@U0AMIR>.',
    );
    expect(text).toContain('take back by hand what was not undone');
  });

  it('stopped: the target may be neither old nor new, and nothing is to do any more', () => {
    const view = finished('stopped', ['succeeded', 'succeeded', 'held', 'pending', 'pending', 'pending']);
    expect(upgradeCard(view).text).toContain('may be neither old nor new: 2 of 6 steps are done.');
    expect(upgradeCard(view).text).toContain('<@U0ROSA>, look at the target');
    expect(shown(view)).toContain('▫️ Step number 4 the words · not run');
    expect(shown(view)).not.toContain('to do');
  });
});

describe('the title', () => {
  it('names the first input of any runbook, and the version when an input is called to', () => {
    const named = (inputs: { readonly [name: string]: string | boolean }) =>
      upgradeCard(viewOf(SMALL, undefined, { upgrade: { inputs } })).text.split('. ')[0];
    expect(named({ package: 'nginx', to: '1.2-1', hold: true })).toBe(
      'U-42 · Staging the words · nginx → 1.2-1',
    );
    expect(named({ to: '4.3.1', rpm: '/opt/x.rpm' })).toBe('U-42 · Staging the words → 4.3.1');
    expect(named({ release: '7' })).toBe('U-42 · Staging the words · 7');
    expect(named({ fast: true })).toBe('U-42 · Staging the words');
    expect(named({})).toBe('U-42 · Staging the words');
  });
});
