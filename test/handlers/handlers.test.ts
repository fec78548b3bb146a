import { afterEach, describe, expect, it } from 'vitest';
import type { Phase } from '../../src/core/model.ts';
import { ACTIONS, VIEWS } from '../../src/messages/actions.ts';
import { DIGEST, HUGE, holdOf, phasesOf, type Size, SMALL } from '../messages/samples.ts';
import { allTexts } from '../messages/strict.ts';
import { T0, window } from '../support/builders.ts';
import { type Desk, openDesk, picked, ticked, typed } from './desk.ts';
import { type Fake, fakeUpgrades } from './fake-upgrades.ts';

const AWAITING: Phase = { kind: 'awaiting-approval', approveBy: T0 + 3_600_000, decisions: [] };
const SCHEDULED: Phase = { kind: 'scheduled', startBy: T0 + 1, decisions: [], go: null, opened: true };
const HELD: Phase = { kind: 'held', hold: holdOf(SMALL) };
const GATE: Phase = {
  kind: 'running',
  since: T0,
  waitingFor: { kind: 'gate', step: 'block_3.step_3', since: T0, go: [] },
};
const MANUAL: Phase = {
  kind: 'running',
  since: T0,
  waitingFor: { kind: 'manual', step: 'block_5.step_5', since: T0 },
};

let desk: Desk;
let fake: Fake;

async function open(phase: Phase, size: Size = SMALL): Promise<void> {
  fake = fakeUpgrades(phase, size);
  desk = await openDesk(fake);
}

afterEach(async () => {
  // Whatever a test looks at: nothing that was shown may break Slack's rules.
  expect(desk.problems).toEqual([]);
  await desk.close();
});

const said = () => desk.told.at(-1)?.text ?? '';
const formText = () => allTexts(desk.form()).join('\n');
const reviewButton = `U-42|${DIGEST}`;

describe('/upgrade', () => {
  it('answers in private and acknowledges with nothing', async () => {
    await open(AWAITING);
    expect(await desk.command('help')).toBeUndefined();
    expect(said()).toContain('/upgrade start');
    expect(desk.told).toMatchObject([{ by: 'response-url' }]);
  });

  it('offers the form with a button below the help, also when nothing was typed', async () => {
    for (const text of ['', 'help']) {
      await open(AWAITING);
      await desk.command(text);
      expect(JSON.stringify(desk.told.at(-1)?.blocks)).toContain(`"action_id":"${ACTIONS.start}"`);
      await desk.click(ACTIONS.start, '-', 'U0ROSA');
      expect(desk.shown.map(({ call }) => call)).toEqual(['open', 'update']);
      expect(desk.form().callback_id).toBe(VIEWS.start);
      await desk.submit({ reason: typed('because') }, 'U0ROSA');
      expect(fake.done).toMatchObject([['request', 'U0ROSA', { channel: 'C0UPGRADES' }]]);
      if (text === '') await desk.close();
    }
  });

  it('tells in the form why the button below the help leads nowhere', async () => {
    await open(AWAITING);
    await desk.click(ACTIONS.start, '-', 'U0GUEST');
    expect(formText()).toContain('Guests can look, and cannot act.');
    expect(desk.form().submit).toBeUndefined();
  });

  it('says what was not understood, with nothing of it parsed by Slack', async () => {
    await open(AWAITING);
    await desk.command('<!channel> U-42');
    expect(said()).toBe('“&lt;!channel&gt;” is not known. /upgrade help shows what can be typed.');
  });

  it('shows the only live upgrade without an id, and the list when there are none', async () => {
    await open(AWAITING);
    await desk.command('status');
    expect(said()).toContain('Waiting for approval by');
    fake.now = { ...fake.now, phase: { kind: 'withdrawn', by: fake.now.requester, at: T0 } };
    await desk.command('status');
    expect(said()).toContain('*Over*');
    await desk.command('why U-42');
    expect(said()).toContain('Withdrawn by <@U0ROSA>');
    await desk.command('status U-7');
    expect(said()).toBe('✋ There is no upgrade U-7. /upgrade list shows them.');
  });

  it('tells the audit trail as sentences with the head of the chain', async () => {
    await open(AWAITING);
    await desk.command('audit U-42');
    expect(said()).toMatch(/7\. <!date\^.*> <@U0ROSA> withdrew it; nothing was changed\./);
    expect(said()).toContain('Last event 7, hash ab12ab12ab12ab12');
  });

  it('says at once that it looks, and then shows the plan that would run', async () => {
    await open(AWAITING);
    await desk.command('plan staging in-place to=4.3.1');
    expect(desk.told).toHaveLength(2);
    expect(desk.told[0]?.text).toContain('read-only');
    expect(said()).toContain('No way back after step 5');
    expect(said()).toContain('/upgrade start staging in-place');
    expect(fake.done).toEqual([['preview', 'staging', { to: '4.3.1' }]]);
    await desk.command('plan staging to=x');
    expect(said()).toBe('✋ Version (to=…): "x" is not a version.');
  });

  it('withdraws for the requester only', async () => {
    await open(AWAITING);
    await desk.command('withdraw 42', 'U0AMIR');
    expect(said()).toBe('✋ Only <@U0ROSA> can withdraw U-42.');
    await desk.command('withdraw 42');
    expect(said()).toContain('*U-42* is withdrawn');
    expect(fake.done).toEqual([['withdraw', 'U0ROSA', null]]);
  });

  it('reaches the person by an ephemeral message when the response URL is used up', async () => {
    await open(AWAITING);
    desk.faults.set('/response', 'gone');
    await desk.command('list');
    expect(desk.told).toMatchObject([{ by: 'ephemeral' }]);
    expect(said()).toContain('*Live*');
  });

  it('does not wait for ever when the response URL hangs', async () => {
    await open(AWAITING);
    desk.faults.set('/response', 'hang');
    const before = Date.now();
    await desk.command('list');
    expect(Date.now() - before).toBeLessThan(8000);
    expect(desk.told).toMatchObject([{ by: 'ephemeral' }]);
  });

  it('says calmly that something went wrong, with an id that the log has too', async () => {
    await open(AWAITING);
    fake.breaks = new Error('the disk is full');
    await desk.command('status U-42');
    const id = /\*(E-[0-9a-f]{8})\*/.exec(said())?.[1];
    expect(id).toBeDefined();
    expect(said()).not.toContain('disk');
    expect(desk.lines.find(({ data }) => data.errorId === id)).toMatchObject({
      level: 'error',
      data: { err: { message: 'the disk is full' } },
    });
  });

  it('survives that nobody can be told', async () => {
    await open(AWAITING);
    desk.faults.set('/response', 'gone');
    desk.faults.set('/api/chat.postEphemeral', { error: 'user_not_in_channel' });
    await desk.command('list');
    expect(desk.lines.filter(({ level }) => level === 'error').length).toBeGreaterThan(0);
  });
});

describe('the form of /upgrade start', () => {
  it('opens at once, prefilled with what was typed', async () => {
    await open(AWAITING);
    await desk.command('start staging migration to=4.3.1');
    expect(desk.shown.map(({ call }) => call)).toEqual(['open', 'update']);
    expect(allTexts(desk.shown[0]?.view).join(' ')).toContain('One moment');
    expect(formText()).toContain('4.3.1');
    const flow = desk.form().blocks.find(({ block_id }) => block_id === 'flow@staging');
    expect(flow).toMatchObject({ element: { initial_option: { value: 'migration' } } });
  });

  it('says what it does not know above the form, and takes no flow instead of a mistyped one', async () => {
    await open(AWAITING);
    await desk.command('start staging migraton to=4.3.1 kep=yes');
    const flow = () => desk.form().blocks.find(({ block_id }) => block_id === 'flow@staging');
    expect(formText()).toContain('There is no flow “migraton” here. Did you mean migration?');
    expect(formText()).toContain(
      'There is no input “kep” here, so “kep=yes” was left out. Did you mean keep=?',
    );
    expect(formText()).toContain('4.3.1');
    expect(flow()).toMatchObject({ element: { action_id: 'value' } });
    expect(flow()).not.toHaveProperty('element.initial_option');

    await desk.choose(ACTIONS.startTarget, 'staging');
    expect(flow()).not.toHaveProperty('element.initial_option');
    await desk.choose(ACTIONS.startTarget, 'production');
    expect(flow()).not.toHaveProperty('element.initial_option');
  });

  it('says nothing of words that it knows', async () => {
    await open(AWAITING);
    await desk.command('start staging in-place to=4.3.1 keep=no');
    expect(formText()).not.toContain('Not understood');
  });

  it('asks for exactly what was typed and chosen', async () => {
    await open(AWAITING);
    await desk.command('start staging');
    const answer = await desk.submit(
      {
        'input.to@staging': typed('4.3.1'),
        'input.keep@staging': ticked(),
        'input.dir@staging': typed('/srv/backup'),
        'input.sum@staging': typed('a'.repeat(64)),
        'input.note@staging': typed('x'),
        'length@staging': picked('300'),
        on_close: picked('pause-before-next-step'),
        reason: typed('end of support'),
      },
      'U0ROSA',
    );
    expect(answer?.response_action).toBe('update');
    expect(formText()).toContain('*U-42* is asked for');
    expect(fake.done).toEqual([
      [
        'request',
        'U0ROSA',
        {
          target: 'staging',
          flow: 'in_place',
          inputs: {
            to: '4.3.1',
            // Its default is yes, and the box was emptied.
            keep: 'false',
            mode: 'careful',
            odd: 'y',
            rpm: 'https://mirror.example/x.rpm',
            dir: '/srv/backup',
            sum: 'a'.repeat(64),
            note: 'x',
          },
          opensAt: window.opensAt,
          lengthMin: 300,
          onClose: 'pause-before-next-step',
          reason: 'end of support',
          channel: 'C0TYPED',
        },
      ],
    ]);
  });

  it('shows refusals under their fields, and those of no field under the target, without markup', async () => {
    await open(AWAITING);
    await desk.command('start staging');
    fake.errors = {
      window: 'That is in the past.',
      'input.to': 'Not a version.',
      'input.gone': 'There is no such input.',
      target: 'The bot is not in <#C0UPGRADES>.',
    };
    const answer = await desk.submit({ reason: typed('because') }, 'U0ROSA');
    expect(answer).toEqual({
      response_action: 'errors',
      errors: {
        'window@staging': 'That is in the past.',
        'input.to@staging': 'Not a version.',
        target: expect.stringContaining('The bot is not in #C0UPGRADES.'),
      },
    });
    expect(answer?.errors?.target).toContain('gone=…: There is no such input.');
    expect(fake.done).toEqual([]);
  });

  it('refuses blanks as a reason before anybody is asked', async () => {
    await open(AWAITING);
    await desk.command('start staging');
    const answer = await desk.submit({ reason: typed('   ') }, 'U0ROSA');
    expect(answer).toMatchObject({ response_action: 'errors', errors: { reason: expect.any(String) } });
    expect(fake.done).toEqual([]);
  });

  it('acknowledges in time when the answer takes longer, and says the answer later', async () => {
    await open(AWAITING);
    await desk.command('start staging');
    fake.slowMs = 2600;
    const answer = await desk.submit({ reason: typed('because') }, 'U0ROSA');
    expect(answer?.response_action).toBe('update');
    expect(desk.shown.map(({ call }) => call)).toEqual(['open', 'update', 'ack', 'update']);
    expect(formText()).toContain('*U-42* is asked for');
  });

  it('brings the form back with what was typed when a refusal comes too late for its field', async () => {
    await open(AWAITING);
    await desk.command('start staging');
    fake.slowMs = 2600;
    fake.errors = { window: 'That is inside a freeze.' };
    await desk.submit({ reason: typed('because'), 'input.to@staging': typed('4.4.0') }, 'U0ROSA');
    expect(formText()).toContain('That is inside a freeze.');
    expect(formText()).toContain('because');
    expect(formText()).toContain('4.4.0');
    expect(desk.form().submit).toBeDefined();
  });

  it('says it in the channel when the form was closed before the late answer', async () => {
    await open(AWAITING);
    await desk.command('start staging');
    fake.slowMs = 2600;
    const sent = desk.submit({ reason: typed('because') }, 'U0ROSA');
    desk.faults.set('/api/views.update', { error: 'not_found' });
    await sent;
    expect(desk.told).toMatchObject([{ by: 'ephemeral', text: expect.stringContaining('is asked for') }]);
  });

  it('asks once when the same form comes twice', async () => {
    await open(AWAITING);
    await desk.command('start staging');
    const form = desk.form();
    await desk.submit({ reason: typed('because') }, 'U0ROSA', { form, hash: 'same' });
    await desk.submit({ reason: typed('because') }, 'U0ROSA', { form, hash: 'same' });
    expect(fake.done).toHaveLength(1);
    expect(formText()).toContain('asked for already');
  });

  it('refuses a person who may not ask, in the form', async () => {
    await open(AWAITING);
    await desk.command('start staging', 'U0GUEST');
    expect(formText()).toContain('Guests can look, and cannot act.');
    expect(desk.form().submit).toBeUndefined();
  });

  it('keeps what was typed when the target changes, and says why a target cannot be chosen', async () => {
    await open(AWAITING);
    await desk.command('start staging');
    await desk.choose(ACTIONS.startTarget, 'staging', {
      reason: typed('because'),
      'input.to@staging': typed('4.5'),
    });
    expect(formText()).toContain('because');
    expect(formText()).toContain('4.5');
    await desk.choose(ACTIONS.startTarget, 'production', { reason: typed('because') });
    expect(formText()).toContain('You may not ask for upgrades of Production. See <#C0UPGRADES>.');
    expect(formText()).toContain('because');
  });

  it('says so when Slack did not open the form in time', async () => {
    await open(AWAITING);
    desk.faults.set('/api/views.open', { error: 'expired_trigger_id' });
    await desk.command('start staging');
    expect(said()).toContain('Slack did not open the form in time');
  });

  it('does not mind a form that was closed before it was filled', async () => {
    await open(AWAITING);
    desk.faults.set('/api/views.update', { error: 'not_found' });
    await desk.command('start staging');
    expect(desk.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('review and approve', () => {
  async function approve(by: string, more: { readonly hash?: string } = {}) {
    await desk.click(ACTIONS.review, reviewButton, by);
    return desk.submit({ 'ack:0': ticked('0', '1') }, by, more);
  }

  it('records the approval of the digest on the screen with every statement', async () => {
    await open(AWAITING);
    await approve('U0AMIR');
    expect(fake.done).toEqual([
      [
        'approve',
        'U0AMIR',
        { kind: 'approve', digest: DIGEST, acknowledged: ['statement_0', 'statement_1'] },
      ],
    ]);
    expect(formText()).toContain('You approved *U-42*, plan abcdef012345.');
    expect(formText()).toContain('Still needed');
  });

  it('says when all places are filled', async () => {
    await open(AWAITING);
    await approve('U0AMIR');
    await approve('U0BEA');
    await approve('U0CORA');
    expect(fake.now.phase.kind).toBe('scheduled');
    expect(formText()).toContain('All places are filled');
  });

  it('asks for every statement before anything is recorded', async () => {
    await open(AWAITING);
    await desk.click(ACTIONS.review, reviewButton);
    const answer = await desk.submit({ 'ack:0': ticked('0') });
    expect(answer).toEqual({
      response_action: 'errors',
      errors: { 'ack:0': 'Tick every statement. If one is not so, decline instead.' },
    });
    expect(fake.done).toEqual([]);
  });

  it('asks in groups of ten and records all of them', async () => {
    await open(AWAITING, { ...HUGE, text: 'x' });
    await desk.click(ACTIONS.review, reviewButton);
    const boxes = (from: number, to: number) =>
      ticked(...Array.from({ length: to - from }, (_, n) => String(from + n)));
    const groups = { 'ack:0': boxes(0, 10), 'ack:1': boxes(10, 20), 'ack:2': boxes(20, 30) };
    expect(await desk.submit(groups)).toMatchObject({ errors: { 'ack:3': expect.any(String) } });
    await desk.submit({ ...groups, 'ack:3': boxes(30, 37) });
    expect(fake.done[0]?.[2]).toMatchObject({
      acknowledged: Array.from({ length: 37 }, (_, n) => `statement_${n}`),
    });
  });

  it('refuses the requester, a stranger, somebody of another workspace and an old card, each with its reason', async () => {
    await open(AWAITING);
    await desk.click(ACTIONS.review, reviewButton, 'U0ROSA');
    expect(formText()).toContain('somebody else decides');
    await desk.click(ACTIONS.review, reviewButton, 'U0ZOE');
    expect(formText()).toContain('You are in none of them');
    await desk.click(ACTIONS.review, reviewButton, 'U0AMIR', { team: 'T0OTHER' });
    expect(formText()).toContain('Slack lists you as external');
    await desk.click(ACTIONS.review, `U-42|${'0'.repeat(64)}`);
    expect(formText()).toContain('That button belongs to an earlier plan.');
    expect(desk.form().submit).toBeUndefined();
    expect(fake.done).toEqual([]);
  });

  it('does not approve a plan that changed while the form was open', async () => {
    await open(AWAITING);
    await desk.click(ACTIONS.review, reviewButton);
    const form = { ...desk.form(), private_metadata: `U-42|${'0'.repeat(64)}` };
    await desk.submit({ 'ack:0': ticked('0', '1') }, 'U0AMIR', { form });
    expect(formText()).toContain('That button belongs to an earlier plan.');
    expect(fake.done).toEqual([]);
  });

  it('approves once when the same form comes twice, and says so', async () => {
    await open(AWAITING);
    await desk.click(ACTIONS.review, reviewButton);
    const form = desk.form();
    await desk.submit({ 'ack:0': ticked('0', '1') }, 'U0AMIR', { form, hash: 'same' });
    await desk.submit({ 'ack:0': ticked('0', '1') }, 'U0AMIR', { form, hash: 'same' });
    expect(fake.done).toHaveLength(1);
    expect(formText()).toContain('That was recorded already');
  });

  it('decides again when somebody else acted at the same moment', async () => {
    await open(AWAITING);
    fake.races = 2;
    await approve('U0AMIR');
    expect(fake.done).toHaveLength(1);
    expect(formText()).toContain('You approved');
    fake.races = 100;
    await approve('U0BEA');
    expect(fake.done).toHaveLength(1);
    expect(formText()).toContain('Others acted on it at the same moment');
  });

  it('tells it in the channel when the form was closed meanwhile', async () => {
    await open(AWAITING);
    await desk.click(ACTIONS.review, reviewButton);
    desk.faults.set('/api/views.update', { error: 'not_found' });
    await desk.submit({ 'ack:0': ticked('0', '1') });
    expect(desk.told).toMatchObject([{ by: 'ephemeral', text: expect.stringContaining('You approved') }]);
  });

  it('says in the form that something went wrong, with an id', async () => {
    await open(AWAITING);
    await desk.click(ACTIONS.review, reviewButton);
    fake.breaks = new Error('no directory');
    await desk.submit({ 'ack:0': ticked('0', '1') });
    expect(formText()).toMatch(/error id \*E-[0-9a-f]{8}\*/);
    expect(formText()).not.toContain('no directory');
  });

  it('declines with a reason, and not with blanks', async () => {
    await open(AWAITING);
    await desk.click(ACTIONS.decline, reviewButton);
    expect(await desk.submit({ note: typed(' ') })).toMatchObject({ errors: { note: expect.any(String) } });
    await desk.submit({ note: typed(' too risky ') });
    expect(fake.done).toEqual([
      ['decline', 'U0AMIR', { kind: 'decline', digest: DIGEST, reason: 'too risky' }],
    ]);
    expect(formText()).toContain('You declined *U-42*');
  });

  it('withdraws by button, and tells a late clicker how things are', async () => {
    await open(AWAITING);
    await desk.click(ACTIONS.withdraw, 'U-42|-', 'U0ROSA');
    expect(said()).toContain('*U-42* is withdrawn');
    await desk.click(ACTIONS.withdraw, 'U-42|-', 'U0ROSA');
    expect(said()).toContain('There is nothing to withdraw');
    expect(fake.done).toHaveLength(1);
  });
});

describe('during a run', () => {
  it('starts once, however often the same click is delivered', async () => {
    await open(SCHEDULED);
    await desk.click(ACTIONS.go, 'U-42|-', 'U0ROSA', { trigger: 'same' });
    await desk.click(ACTIONS.go, 'U-42|-', 'U0ROSA', { trigger: 'same' });
    expect(fake.done).toEqual([['go', 'U0ROSA', null]]);
    expect(desk.told).toHaveLength(1);
    expect(said()).toContain('You pressed “Start now”');
  });

  it('answers a gate with a go without words and a no-go with words', async () => {
    await open(GATE);
    await desk.click(ACTIONS.gateNo, 'U-42|block_3.step_3', 'U0AMIR', { thread: '90.1' });
    expect(await desk.submit({})).toMatchObject({ errors: { note: expect.any(String) } });
    await desk.submit({ note: typed('users are online') });
    expect(fake.done).toEqual([
      ['gate', 'U0AMIR', { step: 'block_3.step_3', go: false, note: 'users are online' }],
    ]);
    expect(formText()).toContain('You said no-go');
    await desk.close();

    await open(GATE);
    await desk.click(ACTIONS.gateGo, 'U-42|block_3.step_3');
    await desk.submit({});
    expect(fake.done).toEqual([['gate', 'U0AMIR', { step: 'block_3.step_3', go: true, note: '' }]]);
  });

  it('a question that is over is refused before anybody types, and at submission when it ended meanwhile', async () => {
    await open(GATE);
    await desk.click(ACTIONS.gateGo, 'U-42|block_3.step_3');
    const form = desk.form();
    await desk.submit({});
    await desk.submit({}, 'U0BEA', { form });
    expect(formText()).toContain('answered already');
    for (const action of [ACTIONS.gateGo, ACTIONS.gateNo, ACTIONS.manualDone, ACTIONS.manualCant]) {
      await desk.click(action, 'U-42|block_3.step_3', 'U0BEA');
      expect(formText(), action).toContain('answered already');
      expect(desk.form().submit, action).toBeUndefined();
    }
    expect(fake.done).toHaveLength(1);
  });

  it('a choice of a hold that is over is refused before anybody types', async () => {
    await open(HELD);
    for (const action of [ACTIONS.doneByHand, ACTIONS.skip, ACTIONS.rollBack, ACTIONS.stop]) {
      await desk.click(action, 'U-42|1');
      expect(formText(), action).toContain('earlier hold');
      expect(desk.form().submit, action).toBeUndefined();
    }
    await desk.click(ACTIONS.goForward, 'U-42|1|rebuild');
    expect(formText()).toContain('earlier hold');
    expect(desk.form().submit).toBeUndefined();
  });

  it('takes the report of a manual step in words', async () => {
    await open(MANUAL);
    await desk.click(ACTIONS.manualDone, 'U-42|block_5.step_5', 'U0ROSA');
    await desk.submit({ note: typed('switched the DNS') }, 'U0ROSA');
    expect(fake.done).toEqual([
      ['manual', 'U0ROSA', { step: 'block_5.step_5', done: true, note: 'switched the DNS' }],
    ]);
    await desk.close();

    await open(MANUAL);
    await desk.click(ACTIONS.manualCant, 'U-42|block_5.step_5', 'U0ROSA');
    await desk.submit({ note: typed('no access') }, 'U0ROSA');
    expect(fake.done).toEqual([
      ['manual', 'U0ROSA', { step: 'block_5.step_5', done: false, note: 'no access' }],
    ]);
  });

  it('retries and looks again at the hold whose number is on the button, and answers in the thread', async () => {
    await open(HELD);
    await desk.click(ACTIONS.retry, 'U-42|1', 'U0AMIR', { thread: '90.1' });
    expect(said()).toContain('earlier hold');
    await desk.click(ACTIONS.retry, 'U-42|two', 'U0AMIR', { thread: '90.1' });
    expect(said()).toContain('earlier hold');
    await desk.click(ACTIONS.lookAgain, 'U-42|2', 'U0AMIR', { thread: '90.1' });
    expect(fake.done).toEqual([['retry', 'U0AMIR', { hold: 2, how: 'look_again', from: null }]]);
    expect(desk.told.at(-1)).toMatchObject({
      thread: '90.1',
      text: expect.stringContaining('nothing is started'),
    });
    await desk.click(ACTIONS.retry, 'U-42|2', 'U0AMIR', { thread: '90.1' });
    expect(said()).toContain('not held any more');
  });

  it('answers a click on the card itself in the channel', async () => {
    await open(SCHEDULED);
    await desk.click(ACTIONS.go, 'U-42|-', 'U0ROSA', { thread: '100.1' });
    expect(desk.told.at(-1)?.thread).toBeUndefined();
  });

  it('stops with a reason by button, and by command the hold that is on the screen', async () => {
    await open(HELD);
    await desk.click(ACTIONS.stop, 'U-42|2');
    expect(formText()).toContain('2 of 6 steps are done, and nothing is undone');
    expect(await desk.submit({})).toMatchObject({ errors: { note: expect.any(String) } });
    await desk.submit({ note: typed('we go home') });
    expect(fake.done).toEqual([['stop', 'U0AMIR', { hold: 2, note: 'we go home' }]]);
    await desk.close();

    await open(HELD);
    await desk.command('stop U-42', 'U0AMIR');
    fake.now = { ...fake.now, phase: { kind: 'held', hold: holdOf(SMALL, { number: 3 }) } };
    await desk.submit({ note: typed('we go home') });
    expect(formText()).toContain('earlier hold');
    expect(fake.done).toEqual([]);
  });

  it('a run that is not held is not stopped: it is said before a reason is typed, with the right verb', async () => {
    await open(AWAITING);
    await desk.command('stop U-42', 'U0AMIR');
    expect(formText()).toContain('/upgrade withdraw U-42');
    expect(desk.form().submit).toBeUndefined();
  });
});

describe('what nobody expects any more', () => {
  it('a button of an older version is acknowledged and explained', async () => {
    await open(AWAITING);
    await desk.click('abort_everything', 'U-42|x');
    expect(said()).toContain('That button is not in use any more, and nothing was changed.');
  });

  it('a button without its value is explained too', async () => {
    await open(AWAITING);
    // The button below the help is about no upgrade.
    const others: readonly string[] = [ACTIONS.startTarget, ACTIONS.start];
    for (const action of Object.values(ACTIONS).filter((id) => !others.includes(id))) {
      await desk.click(action, undefined);
      expect(said()).toContain('not in use any more');
    }
    expect(fake.done).toEqual([]);
  });

  it('an old form, one without its subject and a notice that is sent are acknowledged', async () => {
    await open(AWAITING);
    await desk.click(ACTIONS.review, reviewButton);
    const form = desk.form();
    await desk.submit({}, 'U0AMIR', { form: { ...form, callback_id: 'old_form' } });
    expect(formText()).toContain('of an older version');
    await desk.submit({}, 'U0AMIR', { form: { ...form, private_metadata: '' } });
    expect(formText()).toContain('of an older version');
    expect(await desk.submit({}, 'U0AMIR')).toBeUndefined();
    expect(fake.done).toEqual([]);
  });

  it('a choice inside a form that is read when the form is sent says nothing', async () => {
    await open(AWAITING);
    await desk.command('start staging');
    await desk.choose('some_select', 'x');
    expect(desk.told).toEqual([]);
  });
});

describe('every phase', () => {
  it.each(phasesOf(SMALL).map((phase) => [phase.kind, phase] as const))(
    '%s: every button and command is acknowledged and answered, and only verbs change anything',
    async (_, phase) => {
      await open(phase);
      for (const action of Object.values(ACTIONS).filter((id) => id !== ACTIONS.startTarget)) {
        const before = desk.told.length + desk.shown.length;
        await desk.click(action, 'U-42|2', 'U0ZOE');
        expect(desk.told.length + desk.shown.length, action).toBeGreaterThan(before);
      }
      for (const text of ['status U-42', 'why U-42', 'list', 'targets', 'audit U-42', 'stop U-42']) {
        const before = desk.told.length + desk.shown.length;
        await desk.command(text);
        expect(desk.told.length + desk.shown.length, text).toBeGreaterThan(before);
      }
      expect(desk.lines.filter(({ level }) => level === 'error')).toEqual([]);
    },
  );
});
