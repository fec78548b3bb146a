/** Rate limits in virtual time, response URLs, and everything that can go wrong on purpose. */
import { describe, expect, test } from 'vitest';
import { connect } from './bare-app.ts';
import { BUTTON, call, errorOf, makeSlack, OMAR, OPS, post, ROSA, section } from './world.ts';

describe('rate limits', () => {
  test('a channel takes a short burst, then one message a second, and says how long to wait', async () => {
    const slack = await makeSlack({ rateLimits: true });
    const send = () => call(slack, 'chat.postMessage', { channel: OPS, text: 'x' });
    for (let count = 0; count < 5; count += 1) expect((await send()).status).toBe(200);
    const sixth = await send();
    expect(sixth.status).toBe(429);
    expect(sixth.headers.get('retry-after')).toBe('1');
    expect(sixth.body).toEqual({ ok: false, error: 'rate_limited' });
    expect(await errorOf(slack, 'users.info', { user: ROSA })).toBeUndefined();
    expect(slack.as(ROSA).sees(OPS)).toHaveLength(5);
  });

  test('a second of virtual time is enough for the next message', async () => {
    const slack = await makeSlack({ rateLimits: true, clock: { t0: 0, r0: Date.now(), k: 100 } });
    const statuses: number[] = [];
    for (let count = 0; count < 8; count += 1) {
      statuses.push((await call(slack, 'chat.postMessage', { channel: OPS, text: 'x' })).status);
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  test.each([
    ['usergroups.users.list', { usergroup: 'S0LEADS' }, 20],
    ['conversations.replies', { channel: OPS, ts: '1.000001' }, 50],
    ['users.info', { user: ROSA }, 100],
  ])('%s stops after its tier', async (method, args, limit) => {
    const slack = await makeSlack({ rateLimits: true });
    const statuses: number[] = [];
    for (let count = 0; count <= limit; count += 1) statuses.push((await call(slack, method, args)).status);
    expect(statuses.indexOf(429)).toBeGreaterThanOrEqual(limit);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(limit);
  });

  test('ephemerals and updates do not count as posts', async () => {
    const slack = await makeSlack({ rateLimits: true });
    const ts = await post(slack, {});
    for (let count = 0; count < 10; count += 1)
      expect(await errorOf(slack, 'chat.update', { channel: OPS, ts, text: `${count}` })).toBeUndefined();
  });
});

describe('response_url', () => {
  async function setUp(options = {}) {
    const slack = await makeSlack(options);
    const app = await connect(slack);
    const url = (): string => app.envelopes.at(-1)?.payload.response_url;
    const send = async (body: unknown, to = url()) => {
      const response = await fetch(to, { method: 'POST', body: JSON.stringify(body) });
      return [response.status, await response.text()];
    };
    return { slack, rosa: slack.as(ROSA), send, url };
  }

  test('works five times', async () => {
    const { rosa, send } = await setUp();
    await rosa.command('/upgrade', '', OPS);
    for (let count = 0; count < 5; count += 1) expect(await send({ text: `${count}` })).toEqual([200, 'ok']);
    expect(await send({ text: 'six' })).toEqual([404, 'used_url']);
    expect(rosa.ephemerals(OPS)).toHaveLength(5);
  });

  test('works for thirty minutes of virtual time', async () => {
    const { rosa, send } = await setUp({ clock: { t0: 0, r0: Date.now(), k: 60_000 } });
    await rosa.command('/upgrade', '', OPS);
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(await send({ text: 'late' })).toEqual([404, 'expired_url']);
  });

  test('a made-up one is not there, and nonsense is refused', async () => {
    const { slack, rosa, send } = await setUp();
    await rosa.command('/upgrade', '', OPS);
    expect((await send({ text: 'x' }, `${slack.url}/response/commands/T/none`))[0]).toBe(404);
    expect((await send('x'))[0]).toBe(400);
    expect((await send({ text: '' }))[0]).toBe(400);
    expect((await send({ text: 'x', blocks: [{ type: 'alert' }] }))[0]).toBe(400);
    expect((await send({ text: 'x', thread_ts: '1.000001' }))[0]).toBe(400);
  });

  test('answers to one, to all, and in a thread', async () => {
    const { slack, rosa, send } = await setUp();
    const parent = await post(slack, { blocks: [BUTTON] });
    await rosa.click(parent, 'go');
    await send({ text: 'one' });
    await send({ text: 'all', response_type: 'in_channel' });
    await send({ text: 'thread', response_type: 'in_channel', thread_ts: parent });
    expect(
      slack
        .as(OMAR)
        .sees(OPS)
        .map(({ text }) => text),
    ).toEqual(['hello', 'all']);
    expect(rosa.ephemerals(OPS).map(({ text }) => text)).toEqual(['one']);
    expect(rosa.thread(parent).map(({ text }) => text)).toEqual(['thread']);
  });

  test('replaces and deletes the message it came from, an ephemeral one too', async () => {
    const { slack, rosa, send } = await setUp();
    await call(slack, 'chat.postEphemeral', { channel: OPS, user: ROSA, text: 'choose', blocks: [BUTTON] });
    await rosa.click(rosa.ephemerals(OPS)[0]?.ts ?? '', 'go');
    await send({ text: 'chosen', replace_original: true });
    expect(rosa.ephemerals(OPS)).toMatchObject([{ text: 'chosen', blocks: null, revision: 2 }]);
    await send({ delete_original: true });
    expect(rosa.ephemerals(OPS)).toEqual([]);
    expect(await send({ delete_original: true })).toEqual([404, 'message_not_found']);
  });
});

describe('faults of calls', () => {
  const args = { channel: OPS, text: 'x' };
  const stored = (slack: Awaited<ReturnType<typeof makeSlack>>) => slack.as(ROSA).sees(OPS).length;

  test('a 5xx before nothing is stored, and one after it was', async () => {
    const slack = await makeSlack();
    slack.faults.failNext({ method: 'chat.postMessage', status: 500 });
    expect((await call(slack, 'chat.postMessage', args)).status).toBe(500);
    expect(stored(slack)).toBe(0);
    slack.faults.failNext({ method: 'chat.postMessage', when: 'after' });
    expect((await call(slack, 'chat.postMessage', args)).status).toBe(503);
    expect(stored(slack)).toBe(1);
    expect((await call(slack, 'chat.postMessage', args)).status).toBe(200);
  });

  test('a reset and a hang, before and after', async () => {
    const slack = await makeSlack();
    slack.faults.resetNext({ when: 'after' });
    await expect(call(slack, 'chat.postMessage', args)).rejects.toThrow();
    expect(stored(slack)).toBe(1);
    slack.faults.resetNext();
    await expect(call(slack, 'chat.postMessage', args)).rejects.toThrow();
    expect(stored(slack)).toBe(1);
    slack.faults.hangNext({ when: 'after' });
    const hanging = fetch(`${slack.apiUrl}chat.postMessage`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${slack.botToken}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams(args).toString(),
      signal: AbortSignal.timeout(300),
    });
    await expect(hanging).rejects.toThrow();
    expect(stored(slack)).toBe(2);
  });

  test('a fault waits for its method and comes as often as told', async () => {
    const slack = await makeSlack();
    slack.faults.failNext({ method: 'users.info', times: 2 });
    expect(await errorOf(slack, 'chat.postMessage', args)).toBeUndefined();
    const statuses = [];
    for (let count = 0; count < 3; count += 1)
      statuses.push((await call(slack, 'users.info', { user: ROSA })).status);
    expect(statuses).toEqual([503, 503, 200]);
    slack.faults.failNext();
    slack.faults.clear();
    expect(await errorOf(slack, 'chat.postMessage', args)).toBeUndefined();
  });

  test('a 429 with and without the header, and an error that may have been carried out', async () => {
    const slack = await makeSlack();
    slack.faults.rateLimitNext({ retryAfterS: 30 });
    expect((await call(slack, 'chat.postMessage', args)).headers.get('retry-after')).toBe('30');
    slack.faults.rateLimitNext({ retryAfterS: null });
    const bare = await call(slack, 'chat.postMessage', args);
    expect([bare.status, bare.headers.get('retry-after')]).toEqual([429, null]);
    slack.faults.refuseNext({ error: 'internal_error', when: 'after' });
    expect(await errorOf(slack, 'chat.postMessage', args)).toBe('internal_error');
    expect(stored(slack)).toBe(1);
    slack.faults.refuseNext({ error: 'restricted_action' });
    expect(await errorOf(slack, 'chat.postMessage', args)).toBe('restricted_action');
    expect(stored(slack)).toBe(1);
  });

  test('uploads and response URLs can fail too', async () => {
    const slack = await makeSlack();
    const { body } = await call(slack, 'files.getUploadURLExternal', { filename: 'a', length: 3 });
    slack.faults.failNext({ method: 'upload' });
    const put = () => fetch(body.upload_url, { method: 'POST', body: 'abc' });
    expect((await put()).status).toBe(503);
    expect((await put()).status).toBe(200);
    const app = await connect(slack);
    await slack.as(ROSA).command('/upgrade', '', OPS);
    slack.faults.failNext({ method: 'response_url' });
    const respond = () =>
      fetch(app.envelopes[0]?.payload.response_url, { method: 'POST', body: JSON.stringify({ text: 'x' }) });
    expect((await respond()).status).toBe(503);
    expect((await respond()).status).toBe(200);
  });
});

test('an outage cuts sockets and calls, and when it is over all is as before', async () => {
  const slack = await makeSlack();
  const app = await connect(slack);
  const closed = new Promise((resolve) => app.socket.once('close', resolve));
  slack.faults.outage(true);
  await closed;
  await expect(call(slack, 'auth.test')).rejects.toThrow();
  expect(await slack.as(ROSA).attempt.command('/upgrade', '', OPS)).toMatchObject({
    error: 'dispatch_failed',
  });
  expect((await fetch(`${slack.url}/control/state?as=${ROSA}`)).status).toBe(200);
  slack.faults.outage(false);
  expect(await errorOf(slack, 'auth.test')).toBeUndefined();
  await connect(slack);
  expect((await slack.as(ROSA).command('/upgrade', '', OPS)).ok).toBe(true);
});

test('what people and administrators do is seen by the next call', async () => {
  const slack = await makeSlack();
  slack.faults.setGroup('S0LEADS', [ROSA]);
  expect((await call(slack, 'usergroups.users.list', { usergroup: 'S0LEADS' })).body.users).toEqual([ROSA]);
  slack.faults.leave(OPS, slack.app.botUser);
  expect(await errorOf(slack, 'chat.postMessage', { channel: OPS, text: 'x' })).toBe('not_in_channel');
  slack.faults.archive(OPS);
  slack.faults.unarchive(OPS);
  slack.faults.join(OPS, slack.app.botUser);
  expect(await errorOf(slack, 'chat.postMessage', { channel: OPS, text: 'x' })).toBeUndefined();
  slack.faults.deactivate(OMAR);
  expect((await call(slack, 'users.info', { user: OMAR })).body.user.deleted).toBe(true);
  expect(() => slack.faults.deactivate('U0NONE')).toThrow('there is no user U0NONE');
});

test('the transcript tells calls, messages, deliveries, acks and people, without tokens', async () => {
  const slack = await makeSlack();
  const app = await connect(slack, () => ({ text: 'heard' }));
  await slack.as(ROSA).command('/upgrade', 'x', OPS);
  app.answer = () => undefined;
  const ts = await post(slack, { blocks: [section('one')], token: slack.botToken });
  await call(slack, 'chat.update', { channel: OPS, ts, text: 'two' });
  await errorOf(slack, 'chat.postMessage', { channel: 'C0NONE', text: 'x' });
  const entries = slack.transcript();
  expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
  expect(entries).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ kind: 'connection', change: 'opened' }),
      expect.objectContaining({ kind: 'delivery', via: 'socket', type: 'slash_commands' }),
      expect.objectContaining({ kind: 'ack', outcome: 'acked', body: { text: 'heard' } }),
      expect.objectContaining({ kind: 'person', user: ROSA, did: 'command', ok: true }),
      expect.objectContaining({ kind: 'message', change: 'posted', ts, revision: 1 }),
      expect.objectContaining({
        kind: 'message',
        change: 'updated',
        ts,
        revision: 2,
        text: 'two',
        blocks: null,
      }),
      expect.objectContaining({
        kind: 'api',
        method: 'chat.postMessage',
        ok: false,
        error: 'channel_not_found',
      }),
    ]),
  );
  const lines = slack.transcriptLines().trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).seq)).toEqual(entries.map(({ seq }) => seq));
  expect(slack.transcriptLines()).not.toContain(slack.botToken);
});

test('waiting in vain tells what happened last', async () => {
  const slack = await makeSlack();
  await errorOf(slack, 'chat.postMessage', { channel: 'C0NONE', text: 'x' });
  await expect(slack.until(() => false, { withinMs: 50, what: 'the card' })).rejects.toThrow(
    /waiting 50 ms for the card[\s\S]*channel_not_found/,
  );
});
