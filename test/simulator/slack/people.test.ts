/** What people can do: only what they see, as the client lets them. */
import { describe, expect, test } from 'vitest';
import { PersonRefused } from '../../../simulator/slack/person.ts';
import type { Slack } from '../../../simulator/slack/slack.ts';
import { connect, type SocketApp } from './bare-app.ts';
import {
  BUTTON,
  call,
  errorOf,
  GINA,
  GONE,
  LOUNGE,
  makeSlack,
  modal,
  OMAR,
  OPS,
  post,
  ROSA,
  SECRET,
  section,
} from './world.ts';

async function setUp() {
  const slack = await makeSlack();
  const app = await connect(slack);
  return { slack, app, rosa: slack.as(ROSA), omar: slack.as(OMAR) };
}

/** Opens a modal for Rosa by way of a command. @returns its id */
async function openModal(slack: Slack, app: SocketApp, view: object = modal()): Promise<string> {
  await slack.as(ROSA).command('/upgrade', '', OPS);
  const { trigger_id } = app.envelopes.at(-1)?.payload ?? {};
  const { body } = await call(slack, 'views.open', { trigger_id, view });
  if (body.ok !== true) throw new Error(JSON.stringify(body));
  return body.view.id;
}

describe('commands', () => {
  test('are typed where one is a member, are in the manifest, and are not typed in threads', async () => {
    const { slack, rosa } = await setUp();
    expect(await rosa.attempt.command('/deploy', '', OPS)).toMatchObject({ error: 'no_such_command' });
    expect(await rosa.attempt.command('/upgrade', '', SECRET)).toMatchObject({ error: 'channel_not_found' });
    expect(await slack.as(OMAR).attempt.command('/upgrade', '', LOUNGE)).toMatchObject({
      error: 'not_in_channel',
    });
    const ts = await post(slack, {});
    expect(await rosa.attempt.say('/upgrade status', OPS, ts)).toMatchObject({
      error: 'no_commands_in_threads',
      say: '/upgrade is not supported in threads. Sorry!',
    });
    slack.faults.archive(OPS);
    expect(await rosa.attempt.command('/upgrade', '', OPS)).toMatchObject({ error: 'is_archived' });
  });

  test('a line that begins with a slash is a command', async () => {
    const { rosa, app } = await setUp();
    await rosa.say('/upgrade status U-42', OPS);
    expect(app.envelopes[0]?.payload).toMatchObject({ command: '/upgrade', text: 'status U-42' });
  });

  test('a deactivated person and a bot do nothing', async () => {
    const { slack } = await setUp();
    expect(await slack.as(GONE).attempt.command('/upgrade', '', OPS)).toMatchObject({
      error: 'account_inactive',
    });
    slack.faults.deactivate(OMAR);
    const ts = await post(slack, { blocks: [BUTTON] });
    expect(await slack.as(OMAR).attempt.click(ts, 'go')).toMatchObject({ error: 'account_inactive' });
    expect(await slack.as(slack.app.botUser).attempt.click(ts, 'go')).toMatchObject({
      error: 'account_inactive',
    });
  });
});

describe('sight', () => {
  test('guests and strangers to a private channel see nothing of it', async () => {
    const { slack } = await setUp();
    expect(
      slack
        .as(GINA)
        .state()
        .channels.map(({ id }) => id),
    ).toEqual([LOUNGE]);
    expect(
      slack
        .as(ROSA)
        .state()
        .channels.map(({ id }) => id),
    ).toEqual([OPS, LOUNGE]);
    expect(
      slack
        .as(OMAR)
        .state()
        .channels.map(({ id }) => id),
    ).toEqual([OPS, LOUNGE, SECRET]);
    const ts = await post(slack, { blocks: [BUTTON] });
    expect(await slack.as(GINA).attempt.click(ts, 'go')).toMatchObject({ error: 'not_there' });
  });

  test('an ephemeral button is pressed by its one reader', async () => {
    const { slack, rosa, omar, app } = await setUp();
    await call(slack, 'chat.postEphemeral', { channel: OPS, user: ROSA, text: 'x', blocks: [BUTTON] });
    const [message] = rosa.ephemerals(OPS);
    expect(await omar.attempt.click(message?.ts ?? '', 'go')).toMatchObject({ error: 'not_there' });
    await rosa.click(message?.ts ?? '', 'go');
    expect(app.envelopes[0]?.payload.container.is_ephemeral).toBe(true);
    expect(app.envelopes[0]?.payload.message).toBeUndefined();
  });
});

describe('clicks', () => {
  test('an element that is not in the current revision is not there any more', async () => {
    const { slack, rosa, app } = await setUp();
    const ts = await post(slack, { blocks: [BUTTON] });
    await call(slack, 'chat.update', { channel: OPS, ts, text: 'done', blocks: [section('done')] });
    expect(await rosa.attempt.click(ts, 'go')).toMatchObject({ error: 'not_there' });
    expect(await rosa.attempt.click('1.000001', 'go')).toMatchObject({ error: 'not_there' });
    expect(await rosa.attempt.click(ts, 'nothing')).toMatchObject({ error: 'not_there' });
    expect(app.envelopes).toEqual([]);
  });

  test('a client that has not heard of the update can still press the old button', async () => {
    const { slack, rosa, app } = await setUp();
    const ts = await post(slack, { blocks: [BUTTON] });
    await call(slack, 'chat.update', { channel: OPS, ts, text: 'done', blocks: [section('done')] });
    await rosa.click(ts, 'go', { revision: 1 });
    expect(app.envelopes[0]?.payload.actions[0].value).toBe('U-1|-');
  });

  test('a confirm dialog is asked first; its other button sends nothing', async () => {
    const { slack, rosa, app } = await setUp();
    const ts = await post(slack, { blocks: [BUTTON] });
    expect(await rosa.attempt.click(ts, 'stop')).toMatchObject({
      error: 'confirm_required',
      confirm: { title: 'Are you sure?', text: 'Really?', confirm: 'Yes', deny: 'Cancel', danger: false },
    });
    expect((await rosa.click(ts, 'stop', { confirm: false })).ok).toBe(true);
    expect(app.envelopes).toEqual([]);
    await rosa.click(ts, 'stop', { confirm: true });
    expect(app.envelopes).toHaveLength(1);
  });

  test('of two elements with one action_id the block decides', async () => {
    const { slack, rosa, app } = await setUp();
    const row = (block_id: string) => ({ ...BUTTON, block_id });
    const ts = await post(slack, { blocks: [row('one'), row('two')] });
    expect(await rosa.attempt.click(ts, 'go')).toMatchObject({ error: 'not_there' });
    await rosa.click(ts, 'go', { blockId: 'two' });
    expect(app.envelopes[0]?.payload.actions[0].block_id).toBe('two');
  });

  test('the ts of a thread finds the newest reply with such a button', async () => {
    const { slack, rosa, app } = await setUp();
    const parent = await post(slack, {});
    await post(slack, { thread_ts: parent, blocks: [BUTTON] });
    const newest = await post(slack, { thread_ts: parent, blocks: [BUTTON] });
    await post(slack, { thread_ts: parent });
    await rosa.click(parent, 'go');
    expect(app.envelopes[0]?.payload.container).toMatchObject({ message_ts: newest, thread_ts: parent });
  });

  test('two clicks are two payloads with their own triggers', async () => {
    const { slack, rosa, app } = await setUp();
    const ts = await post(slack, { blocks: [BUTTON] });
    await Promise.all([rosa.click(ts, 'go'), rosa.click(ts, 'go')]);
    const [a, b] = app.envelopes.map(({ payload }) => payload);
    expect(a.trigger_id).not.toBe(b.trigger_id);
    expect(a.actions[0].action_ts).not.toBe(b.actions[0].action_ts);
  });

  test('nothing is pressed in an archived channel', async () => {
    const { slack, rosa } = await setUp();
    const ts = await post(slack, { blocks: [BUTTON] });
    slack.faults.archive(OPS);
    expect(await rosa.attempt.click(ts, 'go')).toMatchObject({ error: 'is_archived' });
  });
});

test('a choice in a message is told at once, and again with the next click', async () => {
  const { slack, rosa, app } = await setUp();
  const select = {
    type: 'static_select',
    action_id: 'pick',
    options: [{ text: { type: 'plain_text', text: 'Lab' }, value: 'lab' }],
  };
  const ts = await post(slack, { blocks: [{ type: 'actions', block_id: 'b', elements: [select] }, BUTTON] });
  expect(await rosa.attempt.select(ts, 'pick', 'moon')).toMatchObject({ error: 'invalid_choice' });
  await rosa.select(ts, 'pick', 'Lab');
  await rosa.click(ts, 'go');
  const [choice, click] = app.envelopes.map(({ payload }) => payload);
  expect(choice.actions[0]).toMatchObject({ type: 'static_select', selected_option: { value: 'lab' } });
  expect(click.state.values).toMatchObject({ b: { pick: { selected_option: { value: 'lab' } } } });
});

describe('modals', () => {
  test('required, too short and malformed inputs never reach the app', async () => {
    const { slack, app, rosa } = await setUp();
    const input = (block_id: string, element: object) => ({
      type: 'input',
      block_id,
      label: { type: 'plain_text', text: block_id },
      element: { action_id: 'a', ...element },
    });
    await openModal(
      slack,
      app,
      modal({
        blocks: [
          input('none', { type: 'plain_text_input' }),
          input('short', { type: 'plain_text_input', min_length: 5 }),
          input('long', { type: 'plain_text_input', max_length: 3 }),
          input('mail', { type: 'email_text_input' }),
          input('link', { type: 'url_text_input' }),
          input('number', { type: 'number_input', is_decimal_allowed: false, max_value: '9' }),
        ],
      }),
    );
    const before = app.envelopes.length;
    await rosa.fill({ short: 'abc', long: 'abcd', mail: 'rosa', link: 'x', number: '3.5' });
    const result = await rosa.attempt.submit();
    expect(Object.keys(result.errors ?? {})).toEqual(['none', 'short', 'long', 'mail', 'link', 'number']);
    expect(app.envelopes).toHaveLength(before);
  });

  test('a submission tells what stands in the inputs', async () => {
    const { slack, app, rosa } = await setUp();
    await openModal(slack, app, modal({ private_metadata: 'U-1', callback_id: 'cb' }));
    await rosa.fill({ reason: 'fixes' });
    expect(await rosa.submit({ target: 'prod' })).toMatchObject({ ok: true, modalOpen: false });
    expect(app.envelopes.at(-1)?.payload).toMatchObject({
      type: 'view_submission',
      view: {
        callback_id: 'cb',
        private_metadata: 'U-1',
        state: {
          values: {
            reason: { text: { type: 'plain_text_input', value: 'fixes' } },
            target: { pick: { type: 'static_select', selected_option: { value: 'prod' } } },
          },
        },
      },
    });
    expect(rosa.modal()).toBeNull();
  });

  test('field errors show under inputs that exist', async () => {
    const { slack, app, rosa } = await setUp();
    await openModal(slack, app);
    await rosa.fill({ reason: 'x' });
    app.answer = () => ({ response_action: 'errors', errors: { reason: 'Say more.' } });
    expect(await rosa.attempt.submit()).toMatchObject({
      error: 'field_errors',
      errors: { reason: 'Say more.' },
    });
    app.answer = () => ({ response_action: 'errors', errors: { text: 'by action_id' } });
    expect(await rosa.attempt.submit()).toMatchObject({
      error: 'bad_ack',
      say: expect.stringContaining('no input block has the block_id “text”'),
    });
    app.answer = () => ({ response_action: 'errors', errors: {} });
    expect(await rosa.attempt.submit()).toMatchObject({ error: 'bad_ack' });
    app.answer = () => ({ response_action: 'shut' });
    expect(await rosa.attempt.submit()).toMatchObject({ error: 'bad_ack' });
    app.answer = () => 'silly text';
    expect(await rosa.attempt.submit()).toMatchObject({ error: 'bad_ack' });
    expect(rosa.modal()).not.toBeNull();
  });

  test('update, push and clear', async () => {
    const { slack, app, rosa } = await setUp();
    await openModal(slack, app);
    await rosa.fill({ reason: 'x' });
    const named = (text: string) => modal({ title: { type: 'plain_text', text } });
    app.answer = () => ({ response_action: 'update', view: named('Second') });
    await rosa.submit();
    expect(rosa.modal()).toMatchObject({ title: 'Second', depth: 1, values: { reason: { text: 'x' } } });
    app.answer = () => ({ response_action: 'push', view: named('Upon') });
    await rosa.submit();
    await rosa.fill({ reason: 'y' });
    await rosa.submit();
    expect(rosa.modal()).toMatchObject({ title: 'Upon', depth: 3 });
    await rosa.fill({ reason: 'z' });
    expect(await rosa.attempt.submit()).toMatchObject({
      error: 'bad_ack',
      say: expect.stringContaining('push_limit'),
    });
    app.answer = () => ({ response_action: 'update', view: named('x'.repeat(25)) });
    expect(await rosa.attempt.submit()).toMatchObject({
      error: 'bad_ack',
      say: expect.stringContaining('25 characters'),
    });
    await rosa.close();
    expect(rosa.modal()).toMatchObject({ title: 'Upon', depth: 2 });
    app.answer = () => ({ response_action: 'clear' });
    await rosa.submit();
    expect(rosa.modal()).toBeNull();
  });

  test('a silent app leaves the modal open', async () => {
    const slack = await makeSlack({ ackWithinMs: 200 });
    const app = await connect(slack);
    await openModal(slack, app);
    await slack.as(ROSA).fill({ reason: 'x' });
    app.answer = () => 'silent';
    expect(await slack.as(ROSA).attempt.submit()).toMatchObject({
      error: 'operation_timeout',
      say: 'We had some trouble connecting. Try again?',
      modalOpen: true,
    });
  });

  test('a second press while the first is under way is not sent', async () => {
    const { slack, app, rosa } = await setUp();
    await openModal(slack, app);
    await rosa.fill({ reason: 'x' });
    const before = app.envelopes.length;
    const [first, second] = await Promise.all([rosa.attempt.submit(), rosa.attempt.submit()]);
    expect([first.ok, second.error]).toEqual([true, 'busy']);
    expect(app.envelopes).toHaveLength(before + 1);
  });

  test('closing is told to apps that want to know', async () => {
    const { slack, app, rosa } = await setUp();
    await openModal(slack, app);
    const quiet = app.envelopes.length;
    await rosa.close();
    await openModal(slack, app, modal({ notify_on_close: true, clear_on_close: true }));
    await rosa.close();
    await slack.until(() => app.envelopes.at(-1)?.payload.type === 'view_closed');
    expect(app.envelopes.at(-1)?.payload.is_cleared).toBe(true);
    expect(app.envelopes.filter(({ payload }) => payload.type === 'view_closed')).toHaveLength(1);
    expect(quiet).toBe(1);
    expect(await rosa.attempt.close()).toMatchObject({ error: 'no_modal' });
    expect(await rosa.attempt.submit()).toMatchObject({ error: 'no_modal' });
  });

  test('views.update keeps typed text where block and action stay, and guards by hash', async () => {
    const { slack, app, rosa } = await setUp();
    const view_id = await openModal(slack, app);
    await rosa.fill({ reason: 'typed', target: 'lab' });
    const other = modal({
      blocks: [...(modal() as { blocks: object[] }).blocks.slice(0, 1), { ...BUTTON, block_id: 'row' }],
    });
    const { body } = await call(slack, 'views.update', { view_id, view: other });
    expect(rosa.modal()).toMatchObject({ revision: 2, values: { reason: { text: 'typed' } } });
    expect(rosa.modal()?.values.target).toBeUndefined();
    expect(await errorOf(slack, 'views.update', { view_id, view: other, hash: 'old' })).toBe('hash_conflict');
    expect(
      await errorOf(slack, 'views.update', { view_id, view: other, hash: body.view.hash }),
    ).toBeUndefined();
    await rosa.close();
    expect(await errorOf(slack, 'views.update', { view_id, view: other })).toBe('not_found');
  });

  test('views.push needs a trigger of the modal, and stops at three', async () => {
    const { slack, app, rosa } = await setUp();
    const withButton = (text: string) =>
      modal({ title: { type: 'plain_text', text }, blocks: [{ ...BUTTON, block_id: text }] });
    await openModal(slack, app, withButton('1'));
    const push = async (text: string) => {
      await rosa.click('modal', 'go');
      const { trigger_id } = app.envelopes.at(-1)?.payload ?? {};
      return await errorOf(slack, 'views.push', { trigger_id, view: withButton(text) });
    };
    expect(await push('2')).toBeUndefined();
    expect(await push('3')).toBeUndefined();
    expect(await push('4')).toBe('push_limit_reached');
    await rosa.command('/upgrade', '', OPS);
    const { trigger_id } = app.envelopes.at(-1)?.payload ?? {};
    expect(await errorOf(slack, 'views.push', { trigger_id, view: withButton('x') })).toBe('not_found');
  });

  test('external_id is unique', async () => {
    const { slack, app, rosa } = await setUp();
    await openModal(slack, app, modal({ external_id: 'one' }));
    await slack.as(OMAR).command('/upgrade', '', OPS);
    const { trigger_id } = app.envelopes.at(-1)?.payload ?? {};
    expect(await errorOf(slack, 'views.open', { trigger_id, view: modal({ external_id: 'one' }) })).toBe(
      'duplicate_external_id',
    );
    expect(
      await errorOf(slack, 'views.update', { external_id: 'one', view: modal({ external_id: 'one' }) }),
    ).toBe(undefined);
    expect(rosa.modal()?.revision).toBe(2);
  });

  test('an input tells the app at once only with dispatch_action', async () => {
    const { slack, app, rosa } = await setUp();
    const [reason, target] = (modal() as { blocks: object[] }).blocks;
    await openModal(slack, app, modal({ blocks: [reason, { ...target, dispatch_action: true }] }));
    const before = app.envelopes.length;
    await rosa.fill({ reason: 'x' });
    expect(app.envelopes).toHaveLength(before);
    await rosa.fill({ target: 'prod' });
    expect(app.envelopes.at(-1)?.payload).toMatchObject({
      type: 'block_actions',
      container: { type: 'view' },
      actions: [{ action_id: 'pick', selected_option: { value: 'prod' } }],
      view: { state: { values: { reason: { text: { value: 'x' } } } } },
    });
    expect(app.envelopes.at(-1)?.payload.response_url).toBeUndefined();
  });

  test('an external select takes only what the app offered, asked for with enough letters', async () => {
    const { slack, app, rosa } = await setUp();
    const element = { type: 'external_select', action_id: 'who', min_query_length: 2 };
    const label = { type: 'plain_text', text: 'Who' };
    await openModal(slack, app, modal({ blocks: [{ type: 'input', block_id: 'b', label, element }] }));
    expect(await rosa.attempt.fill({ b: 'omar' })).toMatchObject({ error: 'invalid_choice' });
    expect(await rosa.attempt.options('modal', 'who', 'o')).toMatchObject({ error: 'query_too_short' });
    app.answer = () => ({ options: [{ text: { type: 'plain_text', text: 'Omar' }, value: 'omar' }] });
    expect(await rosa.options('modal', 'who', 'om')).toMatchObject({ options: [{ value: 'omar' }] });
    expect(app.envelopes.at(-1)?.payload).toMatchObject({
      type: 'block_suggestion',
      action_id: 'who',
      value: 'om',
    });
    await rosa.fill({ b: 'Omar' });
    app.answer = () => undefined;
    await rosa.submit();
    expect(app.envelopes.at(-1)?.payload.view.state.values.b.who.selected_option.text.text).toBe('Omar');
  });

  test.each([
    [{ options: [{ text: { type: 'plain_text', text: 'x' } }] }, 'missing required field: value'],
    [{ options: [], option_groups: [] }, 'either `options` or `option_groups`'],
    [undefined, 'either `options` or `option_groups`'],
  ])('options that are none are a bad ack', async (answer, why) => {
    const { slack, app, rosa } = await setUp();
    const element = { type: 'external_select', action_id: 'who', min_query_length: 0 };
    const label = { type: 'plain_text', text: 'Who' };
    await openModal(slack, app, modal({ blocks: [{ type: 'input', block_id: 'b', label, element }] }));
    app.answer = () => answer;
    expect(await rosa.attempt.options('modal', 'who', '')).toMatchObject({
      error: 'bad_ack',
      say: expect.stringContaining(why),
    });
  });

  test('choices are those of the element', async () => {
    const { slack, app, rosa } = await setUp();
    const label = { type: 'plain_text', text: 'L' };
    const input = (block_id: string, element: object) => ({ type: 'input', block_id, label, element });
    await openModal(
      slack,
      app,
      modal({
        blocks: [
          input('date', { type: 'datepicker', action_id: 'a', initial_date: '2026-11-25' }),
          input('time', { type: 'timepicker', action_id: 'a' }),
          input('who', { type: 'multi_users_select', action_id: 'a', max_selected_items: 1 }),
          input('when', { type: 'datetimepicker', action_id: 'a' }),
        ],
      }),
    );
    expect(rosa.modal()?.values.date).toEqual({ a: '2026-11-25' });
    for (const wrong of [
      { date: '2026-02-31' },
      { time: '25:00' },
      { who: [ROSA, OMAR] },
      { who: [GONE] },
      { when: 'soon' },
    ])
      expect(await rosa.attempt.fill(wrong as never)).toMatchObject({ error: 'invalid_choice' });
    await rosa.fill({ date: '2026-12-01', time: '03:00', who: [OMAR], when: 1_800_000_000 });
    await rosa.submit();
    expect(app.envelopes.at(-1)?.payload.view.state.values).toEqual({
      date: { a: { type: 'datepicker', selected_date: '2026-12-01' } },
      time: { a: { type: 'timepicker', selected_time: '03:00' } },
      who: { a: { type: 'multi_users_select', selected_users: [OMAR] } },
      when: { a: { type: 'datetimepicker', selected_date_time: 1_800_000_000 } },
    });
  });
});

test('shortcuts are those of the manifest, on messages that are seen', async () => {
  const { slack, app, rosa } = await setUp();
  const ts = await post(slack, {});
  await rosa.shortcut('start_here');
  await rosa.shortcut('why_waiting', ts);
  expect(app.envelopes.map(({ payload }) => [payload.type, payload.callback_id, payload.message_ts])).toEqual(
    [
      ['shortcut', 'start_here', undefined],
      ['message_action', 'why_waiting', ts],
    ],
  );
  expect(await rosa.attempt.shortcut('why_waiting')).toMatchObject({ error: 'no_such_shortcut' });
  expect(await rosa.attempt.shortcut('why_waiting', '1.000001')).toMatchObject({ error: 'not_there' });
});

test('a script does not go on over a refusal', async () => {
  const { rosa } = await setUp();
  await expect(rosa.click('1.000001', 'go')).rejects.toThrow(PersonRefused);
  await expect(rosa.click('1.000001', 'go')).rejects.toThrow(/Rosa Lind: click .*not_there/);
});
