/** No word of the program stands in what people read: neither the name of a phase or rule nor the path of a field. */
import { describe, expect, it } from 'vitest';
import { decide, mayApprove, mayDecline, type Question } from '../../src/core/approval.ts';
import type { Phase } from '../../src/core/model.ts';
import { phaseWords } from '../../src/core/phase-words.ts';
import { listMessage, statusMessage, whyMessage } from '../../src/messages/answers.ts';
import { upgradeCard } from '../../src/messages/card.ts';
import { alreadyDone } from '../../src/messages/said.ts';
import { finishedReply } from '../../src/messages/thread.ts';
import { RUNBOOK } from '../engine/runbook.ts';
import { amir, rosa, T0, window } from '../support/builders.ts';
import { createEngine, newStore, newWorld, person } from '../support/engine.ts';
import { delivery, phaseOf, playOn, request } from '../support/play.ts';
import { createProduct } from '../support/product.ts';
import { DIGEST, holdOf, phasesOf, SMALL, viewOf } from './samples.ts';
import { allTexts } from './strict.ts';

const ROLLED_BACK: Phase = { kind: 'finished', outcome: 'rolled-back', at: T0, by: null };
const PHASES: readonly Phase[] = [
  ...phasesOf(SMALL),
  ROLLED_BACK,
  { kind: 'rolling-back', since: T0 },
  { kind: 'held', hold: holdOf(SMALL, { rollingBack: true }) },
];

/** Kebab words of the model, and anything in snake case or with a path of an input. */
const LEAK =
  /awaiting-approval|rolling-back|rolled-back|approve-by|start-by|not-member|pause-before|by-hand\b(?<!By-hand)|\b[a-z]+_[a-z_]+\b|\binput\.[a-z]/;

/** Ids that the sample puts into values of buttons are not read by anybody. */
function readable(text: string): string {
  return text.replaceAll(/<[^>]*>/g, '').replaceAll(/`[^`]*`/g, '');
}

function expectNoLeak(text: string, where: string): void {
  expect(LEAK.exec(readable(text))?.[0], `${where}: ${text}`).toBeUndefined();
}

describe('the names of phases', () => {
  it('are told in words in every message', () => {
    for (const phase of PHASES) {
      const view = viewOf(SMALL, phase);
      const { upgrade } = view;
      const texts = [
        phaseWords(phase),
        alreadyDone(view),
        ...[
          upgradeCard(view),
          upgradeCard(view, { style: 'plan' }),
          statusMessage(view),
          whyMessage(view),
          listMessage([upgrade]),
          ...(phase.kind === 'finished'
            ? [finishedReply(view, { auditHead: { seq: 1, hash: 'f'.repeat(64) } })]
            : []),
        ].flatMap(({ text, blocks }) => [
          text,
          ...blocks.flatMap((block) => (block.type === 'section' ? [block.text?.text ?? ''] : [])),
        ]),
      ];
      for (const text of texts) expectNoLeak(text, phase.kind);
    }
  });

  it('are told in words when somebody comes too early or too late', () => {
    const by = { ...amir, name: 'Amir', zone: 'UTC', refusedAs: null };
    for (const phase of PHASES) {
      const question: Question = {
        phase,
        requester: rosa,
        planDigest: DIGEST,
        evidenceDigest: DIGEST,
        window,
        acknowledgements: ['snapshot_kept', 'no_users'],
        places: [],
      };
      for (const may of [mayApprove(question, by, DIGEST, T0), mayDecline(question, by, DIGEST)])
        if (!may.ok) expectNoLeak(may.refusal.say, phase.kind);
    }
    const open: Phase = { kind: 'awaiting-approval', approveBy: T0 + 1000, decisions: [] };
    const unticked = decide(
      {
        phase: open,
        requester: rosa,
        planDigest: DIGEST,
        evidenceDigest: DIGEST,
        window,
        acknowledgements: ['snapshot_kept', 'no_users'],
        places: [{ place: { id: 'ops', title: 'Ops', need: 1, from: [] }, members: [amir.user] }],
      },
      by,
      { kind: 'approve', digest: DIGEST, acknowledged: ['no_users'] },
      T0,
    );
    expect(unticked).toMatchObject({
      ok: false,
      refusal: { say: 'Tick every statement first; 1 of 2 are still open.' },
    });
  });
});

describe('every verb of an upgrade, in every phase of its life', () => {
  it('refuses in words for people', async () => {
    const world = newWorld(RUNBOOK);
    const product = createProduct(world);
    const engine = createEngine(world, await newStore(world), product.hosts);
    const { upgrades } = engine;
    const id = await request(world, engine);
    const heard = new Set<string>();
    const tryAll = async () => {
      const rosaToo = person('U0ROSA');
      const note = 'x';
      const kind = (await phaseOf(engine, id)).kind;
      const answers = [
        ...(kind === 'scheduled' ? [] : [await upgrades.go(rosaToo, id, delivery())]),
        await upgrades.answerGate(person('U0AMIR'), id, { step: 'nowhere', go: true, note }, delivery()),
        await upgrades.answerManual(rosaToo, id, { step: 'nowhere', done: true, note }, delivery()),
        await upgrades.cancelStep(rosaToo, id, { attempt: 'none' }, delivery()),
        await upgrades.review(person('U0AMIR'), id, { digest: 'another', to: 'approve' }),
        await upgrades.review(person('U0AMIR'), id, { digest: 'another', to: 'decline' }),
        await upgrades.approve(rosaToo, id, { digest: 'x', acknowledged: [] }, delivery()),
        await upgrades.approve(person('U0BEA'), id, { digest: 'x', acknowledged: [] }, delivery()),
        await upgrades.retry(rosaToo, id, { hold: 99, how: 'retry', from: null }, delivery()),
        await upgrades.skip(rosaToo, id, { hold: 99, note }, delivery()),
        await upgrades.rollBack(rosaToo, id, { hold: 99, note }, delivery()),
        await upgrades.stop(rosaToo, id, { hold: 99, note }, delivery()),
        await upgrades.stop(person('U0EVE'), id, { hold: null, note }, delivery()),
        await upgrades.withdraw(person('U0EVE'), id, delivery()),
        ...(['finished', 'held', 'running'].includes(kind)
          ? [await upgrades.withdraw(rosaToo, id, delivery())]
          : []),
      ];
      for (const answer of answers) {
        expect(answer.ok, JSON.stringify(answer)).toBe(false);
        if (!answer.ok) {
          expectNoLeak(answer.refusal.say, kind);
          heard.add(answer.refusal.say);
        }
      }
    };
    const seen = new Set<string>();
    const each = async () => {
      const { kind } = await phaseOf(engine, id);
      if (!seen.has(kind)) {
        seen.add(kind);
        await tryAll();
      }
      return false;
    };
    await each();
    await playOn(engine, id, each);
    await each();

    expect([...seen].sort()).toEqual(['awaiting-approval', 'finished', 'preparing', 'running', 'scheduled']);
    expect([...heard]).toContain(
      `${id} can't be started: it is still being prepared. /upgrade status ${id} shows what happens next.`,
    );
    expect([...heard]).toContain(`There is nothing to choose: ${id} is over (it succeeded).`);
    for (const { text } of world.messages) expectNoLeak(text, 'message');
  });

  it('names the field of a plan that is refused as people see it and type it, before it looks at any host', async () => {
    const world = newWorld(RUNBOOK);
    const engine = createEngine(world, await newStore(world), createProduct(world).hosts);
    const looked: string[] = [];
    const preview = async (flow: string | undefined, inputs: { readonly [name: string]: string }) => {
      const made = await engine.upgrades.preview(
        person('U0ROSA'),
        { target: 'staging', flow, inputs },
        async () => {
          looked.push('looked');
        },
      );
      return made.ok ? '' : made.refusal.say;
    };
    expect(await preview(undefined, {})).toBe('Version is needed. Type to=… behind the command.');
    expect(await preview(undefined, { to: 'new' })).toBe(
      'Version (to=…): "new" is not a version. Type numbers between dots, such as 4.3.1.',
    );
    expect(await preview('migrate', { to: '2.0' })).toBe(
      'Test product has no flow "migrate". Did you mean in-place? Choose one of: in-place (Replace it in place).',
    );
    expect(looked).toEqual([]);
    expect(await preview('in-place', { to: '2.0' })).toBe('');
    expect(looked).toEqual(['looked']);
  });
});

it('an outcome is told in words in the trail too', () => {
  expect(allTexts(upgradeCard(viewOf(SMALL, ROLLED_BACK)).blocks).join('\n')).toContain('↩️ Rolled back');
});
