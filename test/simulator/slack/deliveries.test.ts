/** How payloads reach the app, what it may answer, and what a person reads when it does not. */
import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { connect, listen } from './bare-app.ts';
import {
  BUTTON,
  call,
  errorOf,
  MANIFEST,
  makeSlack,
  modal,
  OMAR,
  OPS,
  post,
  ROSA,
  section,
} from './world.ts';

/** Real; long enough to be sure, short enough not to wait 3 s in every test. */
const SHORT = { ackWithinMs: 300 };

describe('Socket Mode', () => {
  test('a connection is greeted, and a ticket is good once', async () => {
    const slack = await makeSlack();
    const app = await connect(slack);
    expect(app.messages[0]).toMatchObject({
      type: 'hello',
      num_connections: 1,
      connection_info: { app_id: slack.app.id },
      debug_info: { approximate_connection_time: 3600 },
    });
    const { WebSocket } = await import('ws');
    const again = new WebSocket(app.socket.url);
    const error = await new Promise<Error>((resolve) => again.once('error', resolve));
    expect(error.message).toContain('401');
  });

  test('a bot token opens no socket, and an app in HTTP mode has none', async () => {
    const slack = await makeSlack({ mode: 'http' });
    expect(await errorOf(slack, 'apps.connections.open', {}, { token: slack.appToken })).toBe(
      'forbidden_team',
    );
  });

  test('the eleventh connection is one too many', async () => {
    const slack = await makeSlack();
    for (let count = 0; count < 10; count += 1) await connect(slack);
    expect(slack.connections()).toBe(10);
    const late = await connect(slack);
    expect(late.messages).toMatchObject([{ type: 'disconnect', reason: 'too_many_websockets' }]);
    expect(slack.connections()).toBe(10);
  });

  test('each payload goes to one of the connections', async () => {
    const slack = await makeSlack();
    const apps = [await connect(slack), await connect(slack), await connect(slack)];
    for (let count = 0; count < 12; count += 1) await slack.as(ROSA).command('/upgrade', `${count}`, OPS);
    const counts = apps.map(({ envelopes }) => envelopes.length);
    expect(counts.reduce((sum, count) => sum + count)).toBe(12);
    expect(counts.every((count) => count > 0)).toBe(true);
  });

  test('a command payload has the fields of a command', async () => {
    const slack = await makeSlack();
    const app = await connect(slack);
    await slack.as(ROSA).command('/upgrade', 'start now', OPS);
    expect(app.envelopes[0]).toMatchObject({
      type: 'slash_commands',
      accepts_response_payload: true,
      payload: {
        command: '/upgrade',
        text: 'start now',
        team_id: slack.team.id,
        channel_id: OPS,
        channel_name: 'ops',
        user_id: ROSA,
        user_name: 'rosa.lind',
        api_app_id: slack.app.id,
        is_enterprise_install: 'false',
        trigger_id: expect.stringMatching(/^\d+\.\d+\.[0-9a-f]+$/),
        response_url: expect.stringContaining('/response/commands/'),
      },
    });
  });

  test('pings are answered and sent', async () => {
    const slack = await makeSlack();
    const app = await connect(slack);
    const pong = new Promise((resolve) => app.socket.once('pong', resolve));
    app.socket.ping('x');
    await pong;
  });

  test('a warned connection still gets payloads; one that is told to go does not', async () => {
    const slack = await makeSlack(SHORT);
    const app = await connect(slack);
    slack.faults.disconnect('warning');
    await slack.until(() => app.messages.length === 2);
    expect((await slack.as(ROSA).command('/upgrade', '', OPS)).ok).toBe(true);
    slack.faults.disconnect('refresh_requested');
    expect(await slack.as(ROSA).attempt.command('/upgrade', '', OPS)).toMatchObject({
      error: 'dispatch_failed',
    });
    await slack.until(() => app.messages.length === 3);
    expect(app.messages.map(({ reason }) => reason)).toEqual([undefined, 'warning', 'refresh_requested']);
  });

  test('a switched-off link takes every connection and gives no new one', async () => {
    const slack = await makeSlack();
    const apps = [await connect(slack), await connect(slack)];
    slack.faults.disconnect('link_disabled');
    await slack.until(() => apps.every(({ messages }) => messages.at(-1)?.reason === 'link_disabled'));
    expect(await errorOf(slack, 'apps.connections.open', {}, { token: slack.appToken })).toBe(
      'forbidden_team',
    );
  });

  test('an ack for an unknown envelope is written down', async () => {
    const slack = await makeSlack();
    const app = await connect(slack);
    app.socket.send(JSON.stringify({ envelope_id: 'made-up' }));
    app.socket.send('not json');
    await slack.until(() => slack.transcript().filter(({ kind }) => kind === 'warning').length === 2);
  });
});

describe('the 3 seconds', () => {
  test('are three real seconds', async () => {
    const slack = await makeSlack({ clock: { t0: 0, r0: Date.now(), k: 100 } });
    await connect(slack, () => 'silent');
    const began = Date.now();
    const result = await slack.as(ROSA).attempt.command('/upgrade', '', OPS);
    expect(result).toMatchObject({ error: 'operation_timeout' });
    expect(Date.now() - began).toBeGreaterThanOrEqual(2990);
    expect(Date.now() - began).toBeLessThan(6000);
  });

  test('a silent app is an operation_timeout, which the person reads', async () => {
    const slack = await makeSlack(SHORT);
    await connect(slack, () => 'silent');
    const rosa = slack.as(ROSA);
    expect(await rosa.attempt.command('/upgrade', '', OPS)).toMatchObject({
      ok: false,
      error: 'operation_timeout',
      say: '/upgrade failed with the error “operation_timeout”',
    });
    expect(rosa.notices()).toMatchObject([
      { channel: OPS, text: expect.stringContaining('operation_timeout') },
    ]);
    await expect(rosa.command('/upgrade', '', OPS)).rejects.toThrow('operation_timeout');
  });

  test('nobody connected is a dispatch_failed', async () => {
    const slack = await makeSlack();
    expect(await slack.as(ROSA).attempt.command('/upgrade', '', OPS)).toMatchObject({
      error: 'dispatch_failed',
    });
  });

  test('an ack that is slowed on the way comes too late', async () => {
    const slack = await makeSlack(SHORT);
    await connect(slack);
    slack.faults.slowAckNext(600);
    expect(await slack.as(ROSA).attempt.command('/upgrade', '', OPS)).toMatchObject({
      error: 'operation_timeout',
    });
    expect((await slack.as(ROSA).command('/upgrade', '', OPS)).ok).toBe(true);
  });
});

describe('what a command may be answered', () => {
  test('text, and messages for one or all', async () => {
    const slack = await makeSlack();
    const app = await connect(slack, () => ({ text: 'only you' }));
    await slack.as(ROSA).command('/upgrade', '', OPS);
    app.answer = () => ({ response_type: 'in_channel', text: 'all', blocks: [section('all')] });
    await slack.as(ROSA).command('/upgrade', '', OPS);
    expect(
      slack
        .as(ROSA)
        .sees(OPS)
        .map(({ text, ephemeral }) => [text, ephemeral]),
    ).toEqual([
      ['only you', true],
      ['all', false],
    ]);
    expect(slack.as(OMAR).sees(OPS)).toHaveLength(1);
  });

  test.each([
    ['an unknown field', { message: 'x' }, 'unknown field: message'],
    ['an unknown response_type', { response_type: 'channel', text: 'x' }, 'unknown response_type'],
    ['blocks that are none', { text: 'x', blocks: [{ type: 'alert' }] }, 'invalid_blocks'],
  ])('%s is a bad ack', async (_, answer, why) => {
    const slack = await makeSlack();
    await connect(slack, () => answer);
    expect(await slack.as(ROSA).attempt.command('/upgrade', '', OPS)).toMatchObject({
      error: 'bad_ack',
      say: expect.stringContaining(why),
    });
  });

  test('a click and a shortcut may be answered by nothing but an empty body', async () => {
    const slack = await makeSlack();
    const app = await connect(slack);
    const ts = await post(slack, { blocks: [BUTTON] });
    expect((await slack.as(ROSA).click(ts, 'go')).ok).toBe(true);
    app.answer = () => ({ text: 'x' });
    expect(await slack.as(ROSA).attempt.click(ts, 'go')).toMatchObject({ error: 'bad_ack' });
    expect(await slack.as(ROSA).attempt.shortcut('start_here')).toMatchObject({ error: 'bad_ack' });
  });
});

describe('HTTP', () => {
  async function setUp(options = {}) {
    const app = await listen();
    const slack = await makeSlack({ mode: 'http', requestUrl: app.url, ...options });
    return { slack, app };
  }

  function signatureOf(secret: string, timestamp: unknown, body: string): string {
    return `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
  }

  test('a request is signed, and its content type is exactly that of a form', async () => {
    const { slack, app } = await setUp();
    await slack.as(ROSA).command('/upgrade', 'a & b', OPS);
    const [request] = app.requests;
    expect(request?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    const timestamp = request?.headers['x-slack-request-timestamp'];
    expect(Math.abs(Number(timestamp) - Date.now() / 1000)).toBeLessThan(5);
    expect(request?.headers['x-slack-signature']).toBe(
      signatureOf(slack.signingSecret, timestamp, request?.body ?? ''),
    );
    expect(new URLSearchParams(request?.body).get('text')).toBe('a & b');
  });

  test('interactions come as one form field, events as JSON', async () => {
    const { slack, app } = await setUp();
    const ts = await post(slack, { blocks: [BUTTON] });
    await slack.as(ROSA).click(ts, 'go');
    const payload = JSON.parse(new URLSearchParams(app.requests[0]?.body).get('payload') ?? '');
    expect(payload).toMatchObject({
      type: 'block_actions',
      user: { id: ROSA, team_id: slack.team.id },
      container: { type: 'message', message_ts: ts, channel_id: OPS, is_ephemeral: false },
      message: { ts, bot_id: slack.app.botId },
      actions: [{ type: 'button', action_id: 'go', block_id: 'row', value: 'U-1|-' }],
    });
    await slack.as(ROSA).openHome();
    await slack.until(() => app.requests.length === 2);
    expect(app.requests[1]?.headers['content-type']).toBe('application/json');
    expect(JSON.parse(app.requests[1]?.body ?? '')).toMatchObject({
      type: 'event_callback',
      team_id: slack.team.id,
      event: { type: 'app_home_opened', user: ROSA, tab: 'home' },
      event_id: expect.stringMatching(/^Ev/),
      authorizations: [{ user_id: slack.app.botUser }],
    });
  });

  test('an error answer is a dispatch_failed, silence an operation_timeout', async () => {
    const { slack, app } = await setUp(SHORT);
    app.answer = () => ({ status: 500 });
    expect(await slack.as(ROSA).attempt.command('/upgrade', '', OPS)).toMatchObject({
      error: 'dispatch_failed',
    });
    app.answer = () => null;
    expect(await slack.as(ROSA).attempt.command('/upgrade', '', OPS)).toMatchObject({
      error: 'operation_timeout',
    });
    slack.setRequestUrl('http://127.0.0.1:9/');
    expect(await slack.as(ROSA).attempt.command('/upgrade', '', OPS)).toMatchObject({
      error: 'dispatch_failed',
    });
  });

  test('an event that fails comes three times more, with number and reason', async () => {
    // 1 s, 1 min and 5 min of virtual time.
    const { slack, app } = await setUp({ clock: { t0: 0, r0: Date.now(), k: 2000 } });
    app.answer = () => ({ status: 503 });
    await slack.as(ROSA).openHome();
    await slack.until(() => app.requests.length === 4, { what: 'three retries' });
    expect(
      app.requests.map(({ headers }) => [headers['x-slack-retry-num'], headers['x-slack-retry-reason']]),
    ).toEqual([
      [undefined, undefined],
      ['1', 'http_error'],
      ['2', 'http_error'],
      ['3', 'http_error'],
    ]);
    expect(new Set(app.requests.map(({ body }) => JSON.parse(body).event_id)).size).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(app.requests).toHaveLength(4);
  });

  test('x-slack-no-retry stops the repetition, and commands are never repeated', async () => {
    const { slack, app } = await setUp({ clock: { t0: 0, r0: Date.now(), k: 2000 } });
    app.answer = () => ({ status: 503, headers: { 'x-slack-no-retry': '1' } });
    await slack.as(ROSA).openHome();
    await slack.as(ROSA).attempt.command('/upgrade', '', OPS);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(app.requests).toHaveLength(2);
  });

  test('a wrong signature, a skewed clock and a replay', async () => {
    const { slack, app } = await setUp();
    slack.faults.wrongSignatureNext();
    await slack.as(ROSA).command('/upgrade', '', OPS);
    slack.faults.clockSkew(-600);
    await slack.as(ROSA).command('/upgrade', '', OPS);
    slack.faults.clockSkew(0);
    await slack.as(ROSA).command('/upgrade', 'once', OPS);
    await slack.faults.replayLast();
    const [wrong, skewed, honest, replayed] = app.requests;
    const right = (request = wrong) =>
      signatureOf(slack.signingSecret, request?.headers['x-slack-request-timestamp'], request?.body ?? '');
    expect(wrong?.headers['x-slack-signature']).not.toBe(right(wrong));
    expect(skewed?.headers['x-slack-signature']).toBe(right(skewed));
    expect(Number(skewed?.headers['x-slack-request-timestamp'])).toBeLessThan(Date.now() / 1000 - 590);
    expect([replayed?.body, replayed?.headers['x-slack-signature']]).toEqual([
      honest?.body,
      honest?.headers['x-slack-signature'],
    ]);
  });
});

test('an event over the socket is repeated with its attempt', async () => {
  const slack = await makeSlack({ ackWithinMs: 100, clock: { t0: 0, r0: Date.now(), k: 2000 } });
  const app = await connect(slack, () => 'silent');
  await slack.as(ROSA).openHome();
  await slack.until(() => app.envelopes.length === 2);
  expect(app.envelopes.map(({ retry_attempt, retry_reason }) => [retry_attempt, retry_reason])).toEqual([
    [0, ''],
    [1, 'http_timeout'],
  ]);
  app.answer = () => undefined;
});

test('a duplicate has the same envelope', async () => {
  const slack = await makeSlack();
  const app = await connect(slack);
  slack.faults.duplicateNext();
  await slack.as(ROSA).command('/upgrade', '', OPS);
  await slack.until(() => app.envelopes.length === 2);
  expect(app.envelopes[0]).toEqual(app.envelopes[1]);
  expect(slack.transcript().filter(({ kind }) => kind === 'warning')).toEqual([]);
});

test('a held payload arrives after the one that follows it', async () => {
  const slack = await makeSlack();
  const app = await connect(slack);
  slack.faults.outOfOrderNext();
  const first = slack.as(ROSA).command('/upgrade', 'first', OPS);
  await slack.as(OMAR).command('/upgrade', 'second', OPS);
  await first;
  expect(app.envelopes.map(({ payload }) => payload.text)).toEqual(['second', 'first']);
});

test('apps hear of messages only when they subscribed', async () => {
  const deaf = await makeSlack();
  const deafApp = await connect(deaf);
  await deaf.as(ROSA).say('hello', OPS);
  await post(deaf, {});
  expect(deafApp.envelopes).toEqual([]);

  const settings = {
    ...MANIFEST.settings,
    event_subscriptions: { bot_events: ['message.channels', 'app_mention', 'channel_archive'] },
  };
  const slack = await makeSlack({ manifest: { ...MANIFEST, settings } });
  const app = await connect(slack);
  await slack.as(ROSA).say(`hello <@${slack.app.botUser}>`, OPS);
  slack.faults.archive(OPS);
  await slack.until(() => app.envelopes.length === 3);
  expect(app.envelopes.map(({ payload }) => payload.event.type).toSorted()).toEqual([
    'app_mention',
    'channel_archive',
    'message',
  ]);
});

describe('triggers', () => {
  test('open one modal, within three seconds', async () => {
    const slack = await makeSlack();
    const app = await connect(slack);
    const trigger = () => app.envelopes.at(-1)?.payload.trigger_id;
    await slack.as(ROSA).command('/upgrade', '', OPS);
    const open = (trigger_id: string) => errorOf(slack, 'views.open', { trigger_id, view: modal() });
    expect(await open(trigger())).toBeUndefined();
    expect(await open(trigger())).toBe('exchanged_trigger_id');
    await slack.as(ROSA).command('/upgrade', '', OPS);
    const old = trigger();
    await new Promise((resolve) => setTimeout(resolve, 3050));
    expect(await open(old)).toBe('expired_trigger_id');
  });

  test('a refused view leaves the trigger good', async () => {
    const slack = await makeSlack();
    const app = await connect(slack);
    await slack.as(ROSA).command('/upgrade', '', OPS);
    const { trigger_id } = app.envelopes[0]?.payload ?? {};
    expect(await errorOf(slack, 'views.open', { trigger_id, view: modal({ title: 'x' }) })).toBe(
      'invalid_arguments',
    );
    expect((await call(slack, 'views.open', { trigger_id, view: modal() })).body.ok).toBe(true);
  });
});
