/** Each rule of the Web API, by the call that breaks it. */
import { describe, expect, test } from 'vitest';
import { lengthOf } from '../../../simulator/slack/block-kit/shape.ts';
import {
  BUTTON,
  call,
  errorOf,
  GONE,
  LOUNGE,
  MANIFEST,
  makeSlack,
  modal,
  OMAR,
  OPS,
  post,
  ROSA,
  SECRET,
  section,
} from './world.ts';

const scoped = (...bot: string[]) => ({ manifest: { ...MANIFEST, oauth_config: { scopes: { bot } } } });

describe('tokens and scopes', () => {
  test('no token, a wrong one, the wrong kind, and a revoked one are four errors', async () => {
    const slack = await makeSlack();
    expect(await errorOf(slack, 'auth.test', {}, { token: null })).toBe('not_authed');
    expect(await errorOf(slack, 'auth.test', {}, { token: 'xoxb-made-up' })).toBe('invalid_auth');
    expect(await errorOf(slack, 'chat.postMessage', {}, { token: slack.appToken })).toBe(
      'not_allowed_token_type',
    );
    expect(await errorOf(slack, 'apps.connections.open')).toBe('not_allowed_token_type');
    slack.faults.revokeToken();
    expect(await errorOf(slack, 'auth.test')).toBe('account_inactive');
  });

  test('a token is also taken from the form, but not from a JSON body', async () => {
    const slack = await makeSlack();
    expect(await errorOf(slack, 'auth.test', { token: slack.botToken }, { token: null })).toBeUndefined();
    const response = await fetch(`${slack.apiUrl}auth.test`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: slack.botToken }),
    });
    expect(await response.json()).toMatchObject({ ok: false, error: 'not_authed' });
  });

  test('auth.test tells who the app is', async () => {
    const slack = await makeSlack();
    const { body, headers } = await call(slack, 'auth.test');
    expect(body).toMatchObject({
      ok: true,
      team_id: slack.team.id,
      user_id: slack.app.botUser,
      bot_id: slack.app.botId,
    });
    expect(headers.get('x-oauth-scopes')).toContain('chat:write');
  });

  test('a scope that the manifest does not ask for is missing, and is named', async () => {
    const slack = await makeSlack(scoped('commands'));
    const { body, status } = await call(slack, 'chat.postMessage', { channel: OPS, text: 'x' });
    expect(status).toBe(200);
    expect(body).toEqual({ ok: false, error: 'missing_scope', needed: 'chat:write', provided: 'commands' });
    expect(await errorOf(slack, 'users.info', { user: ROSA })).toBe('missing_scope');
    expect(await errorOf(slack, 'usergroups.users.list', { usergroup: 'S0LEADS' })).toBe('missing_scope');
    expect(await errorOf(slack, 'files.getUploadURLExternal', { filename: 'x', length: 1 })).toBe(
      'missing_scope',
    );
  });

  test('history scopes count per kind of channel', async () => {
    const slack = await makeSlack(scoped('chat:write', 'groups:history'));
    const { body } = await call(slack, 'conversations.replies', { channel: OPS, ts: '1.1' });
    expect(body).toMatchObject({ error: 'missing_scope', needed: 'channels:history' });
  });

  test('the accepted scopes stand in a header', async () => {
    const slack = await makeSlack();
    const { headers } = await call(slack, 'chat.postMessage', { channel: OPS, text: 'x' });
    expect(headers.get('x-accepted-oauth-scopes')).toBe('chat:write');
  });
});

describe('requests', () => {
  test('a method that is not there is HTTP 200 with unknown_method', async () => {
    const slack = await makeSlack();
    const { status, body } = await call(slack, 'chat.postMassage');
    expect([status, body.ok, body.error]).toEqual([200, false, 'unknown_method']);
    expect(await errorOf(slack, 'toString')).toBe('unknown_method');
  });

  test('JSON bodies work as forms do', async () => {
    const slack = await makeSlack();
    const send = async (body: string, type = 'application/json; charset=utf-8') => {
      const response = await fetch(`${slack.apiUrl}chat.postMessage`, {
        method: 'POST',
        headers: { 'content-type': type, authorization: `Bearer ${slack.botToken}` },
        body,
      });
      return await response.json();
    };
    expect(await send(JSON.stringify({ channel: OPS, blocks: [BUTTON], text: 'x' }))).toMatchObject({
      ok: true,
    });
    expect(await send('{"channel":')).toMatchObject({ error: 'invalid_json' });
    expect(await send('[]')).toMatchObject({ error: 'json_not_object' });
    expect(await send('channel=x', 'application/xml')).toMatchObject({ error: 'invalid_post_type' });
  });
});

describe('posting', () => {
  test('channels that are unknown, private, or not joined are refused', async () => {
    const slack = await makeSlack();
    expect(await errorOf(slack, 'chat.postMessage', { channel: 'C0NONE', text: 'x' })).toBe(
      'channel_not_found',
    );
    expect(await errorOf(slack, 'chat.postMessage', { text: 'x' })).toBe('channel_not_found');
    expect(await errorOf(slack, 'chat.postMessage', { channel: SECRET, text: 'x' })).toBe(
      'channel_not_found',
    );
    expect(await errorOf(slack, 'chat.postMessage', { channel: LOUNGE, text: 'x' })).toBe('not_in_channel');
    slack.faults.join(LOUNGE, slack.app.botUser);
    expect(await errorOf(slack, 'chat.postMessage', { channel: LOUNGE, text: 'x' })).toBeUndefined();
  });

  test('chat:write.public posts into public channels without joining', async () => {
    const slack = await makeSlack(scoped('chat:write', 'chat:write.public'));
    expect(await errorOf(slack, 'chat.postMessage', { channel: LOUNGE, text: 'x' })).toBeUndefined();
    expect(await errorOf(slack, 'chat.postMessage', { channel: SECRET, text: 'x' })).toBe(
      'channel_not_found',
    );
  });

  test('names and people are taken as targets', async () => {
    const slack = await makeSlack();
    expect((await call(slack, 'chat.postMessage', { channel: '#ops', text: 'x' })).body.channel).toBe(OPS);
    const { body } = await call(slack, 'chat.postMessage', { channel: ROSA, text: 'for you' });
    expect(body.channel).toMatch(/^D/);
    expect(
      slack
        .as(ROSA)
        .sees(body.channel)
        .map(({ text }) => text),
    ).toEqual(['for you']);
    expect(slack.as(OMAR).sees(body.channel)).toEqual([]);
  });

  test('an archived channel takes nothing', async () => {
    const slack = await makeSlack();
    const ts = await post(slack, {});
    slack.faults.archive(OPS);
    expect(await errorOf(slack, 'chat.postMessage', { channel: OPS, text: 'x' })).toBe('is_archived');
    expect(await errorOf(slack, 'chat.update', { channel: OPS, ts, text: 'x' })).toBe('is_inactive');
    expect(await errorOf(slack, 'chat.postEphemeral', { channel: OPS, user: ROSA, text: 'x' })).toBe(
      'is_archived',
    );
  });

  test('nothing to say is no_text', async () => {
    const slack = await makeSlack();
    expect(await errorOf(slack, 'chat.postMessage', { channel: OPS })).toBe('no_text');
    expect(await errorOf(slack, 'chat.postMessage', { channel: OPS, text: ' ', blocks: [] })).toBe('no_text');
  });

  test('text beyond 40,000 characters is cut, with a warning', async () => {
    const slack = await makeSlack();
    const { body } = await call(slack, 'chat.postMessage', { channel: OPS, text: 'x'.repeat(40_001) });
    expect(body.warning).toBe('message_truncated');
    expect(lengthOf(body.message.text)).toBe(40_000);
  });

  test('invalid blocks come back with pointers, and nothing is stored', async () => {
    const slack = await makeSlack();
    const { body } = await call(slack, 'chat.postMessage', {
      channel: OPS,
      text: 'x',
      blocks: [{ type: 'header', text: { type: 'mrkdwn', text: 'x' } }],
    });
    const line = 'unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]';
    expect(body).toMatchObject({
      ok: false,
      error: 'invalid_blocks',
      errors: [line],
      response_metadata: { messages: [`[ERROR] ${line}`] },
    });
    expect(slack.as(ROSA).sees(OPS)).toEqual([]);
    expect(await errorOf(slack, 'chat.postMessage', { channel: OPS, text: 'x', blocks: '{"no' })).toBe(
      'invalid_blocks_format',
    );
    expect(await errorOf(slack, 'chat.postMessage', { channel: OPS, text: 'x', blocks: {} })).toBe(
      'invalid_blocks_format',
    );
  });

  test('blocks of more than 13,200 characters together are too long', async () => {
    const slack = await makeSlack();
    const blocks = (count: number) => Array.from({ length: count }, () => section('x'.repeat(2900)));
    expect(
      await errorOf(slack, 'chat.postMessage', { channel: OPS, text: 'x', blocks: blocks(4) }),
    ).toBeUndefined();
    expect(await errorOf(slack, 'chat.postMessage', { channel: OPS, text: 'x', blocks: blocks(5) })).toBe(
      'msg_blocks_too_long',
    );
  });

  test('markdown_text stands alone', async () => {
    const slack = await makeSlack();
    const send = (more: object) =>
      errorOf(slack, 'chat.postMessage', { channel: OPS, markdown_text: '**x**', ...more });
    expect(await send({})).toBeUndefined();
    expect(await send({ text: 'x' })).toBe('markdown_text_conflict');
    expect(await send({ markdown_text: 'x'.repeat(12_001) })).toBe('msg_too_long');
  });

  test('attachments are counted, and their blocks are checked', async () => {
    const slack = await makeSlack();
    const send = (attachments: unknown) =>
      call(slack, 'chat.postMessage', { channel: OPS, text: 'x', attachments });
    expect((await send(Array(101).fill({ fallback: 'x' }))).body.error).toBe('too_many_attachments');
    expect((await send([{ blocks: [{ type: 'alert' }] }])).body.errors).toEqual([
      'unsupported type: alert [json-pointer:/attachments/0/blocks/0/type]',
    ]);
  });

  test('a silent message is a warning, or an error when a test wants it so', async () => {
    const slack = await makeSlack();
    await post(slack, { text: undefined, blocks: [section('seen, not heard')] });
    expect(slack.transcript()).toContainEqual(
      expect.objectContaining({ kind: 'warning', text: expect.stringContaining('screen reader') }),
    );
    const strict = await makeSlack({ missingText: 'refuse' });
    expect(await errorOf(strict, 'chat.postMessage', { channel: OPS, blocks: [section('x')] })).toBe(
      'no_text',
    );
  });

  test('metadata must have its shape, and is read back only when asked for', async () => {
    const slack = await makeSlack();
    expect(await errorOf(slack, 'chat.postMessage', { channel: OPS, text: 'x', metadata: '{"event' })).toBe(
      'invalid_metadata_format',
    );
    expect(
      await errorOf(slack, 'chat.postMessage', { channel: OPS, text: 'x', metadata: { event_type: 'a b' } }),
    ).toBe('invalid_metadata_format');
    const metadata = { event_type: 'card_posted', event_payload: { row: 7 } };
    const ts = await post(slack, { metadata });
    const read = async (more: object) =>
      (await call(slack, 'conversations.replies', { channel: OPS, ts, ...more })).body.messages[0].metadata;
    expect(await read({})).toBeUndefined();
    expect(await read({ include_all_metadata: true })).toEqual(metadata);
  });
});

describe('threads', () => {
  test('a reply needs a parent that is there and is a parent', async () => {
    const slack = await makeSlack();
    const parent = await post(slack, {});
    const reply = await post(slack, { thread_ts: parent });
    expect(await errorOf(slack, 'chat.postMessage', { channel: OPS, text: 'x', thread_ts: '1.000001' })).toBe(
      'thread_not_found',
    );
    expect(await errorOf(slack, 'chat.postMessage', { channel: OPS, text: 'x', thread_ts: reply })).toBe(
      'cannot_reply_to_message',
    );
  });

  test('parent and replies tell of each other, and a broadcast stands in the channel too', async () => {
    const slack = await makeSlack();
    const parent = await post(slack, {});
    await post(slack, { text: 'quiet', thread_ts: parent });
    const loud = await post(slack, { text: 'loud', thread_ts: parent, reply_broadcast: true });
    const { body } = await call(slack, 'conversations.replies', { channel: OPS, ts: parent });
    expect(body.messages).toMatchObject([
      { ts: parent, thread_ts: parent, reply_count: 2, reply_users_count: 1, latest_reply: loud },
      { thread_ts: parent, parent_user_id: slack.app.botUser, bot_id: slack.app.botId },
      { subtype: 'thread_broadcast' },
    ]);
    expect(
      slack
        .as(ROSA)
        .sees(OPS)
        .map(({ text }) => text),
    ).toEqual(['hello', 'loud']);
  });

  test('replies come in pages', async () => {
    const slack = await makeSlack();
    const parent = await post(slack, {});
    for (const text of ['a', 'b', 'c']) await post(slack, { text, thread_ts: parent });
    const page = (cursor?: string) =>
      call(slack, 'conversations.replies', { channel: OPS, ts: parent, limit: 2, cursor });
    const first = (await page()).body;
    expect([first.messages.length, first.has_more]).toEqual([2, true]);
    const second = (await page(first.response_metadata.next_cursor)).body;
    expect(second.messages.map(({ text }: { text: string }) => text)).toEqual(['b', 'c']);
    expect(second.has_more).toBe(false);
    expect((await page('bm9uc2Vuc2U=')).body.error).toBe('invalid_cursor');
  });

  test('a thread that is not there, and channels that are not ours, cannot be read', async () => {
    const slack = await makeSlack();
    expect(await errorOf(slack, 'conversations.replies', { channel: OPS, ts: '1.000001' })).toBe(
      'thread_not_found',
    );
    expect(await errorOf(slack, 'conversations.history', { channel: LOUNGE })).toBe('not_in_channel');
    expect(await errorOf(slack, 'conversations.history', { channel: SECRET })).toBe('channel_not_found');
    expect(await errorOf(slack, 'conversations.history', { channel: OPS, oldest: 'yesterday' })).toBe(
      'invalid_ts_oldest',
    );
  });

  test('history is newest first and keeps replies and ephemerals out', async () => {
    const slack = await makeSlack();
    const first = await post(slack, { text: 'first' });
    await post(slack, { text: 'reply', thread_ts: first });
    await post(slack, { text: 'second' });
    await call(slack, 'chat.postEphemeral', { channel: OPS, user: ROSA, text: 'secret' });
    const { body } = await call(slack, 'conversations.history', { channel: OPS });
    expect(body.messages.map(({ text }: { text: string }) => text)).toEqual(['second', 'first']);
    const later = await call(slack, 'conversations.history', { channel: OPS, oldest: first });
    expect(later.body.messages).toHaveLength(1);
  });

  test('a deleted parent with replies leaves a tombstone; one without is gone', async () => {
    const slack = await makeSlack();
    const parent = await post(slack, {});
    await post(slack, { text: 'reply', thread_ts: parent });
    const alone = await post(slack, {});
    slack.faults.deleteMessage(parent);
    slack.faults.deleteMessage(alone);
    const { body } = await call(slack, 'conversations.replies', { channel: OPS, ts: parent });
    expect(body.messages[0]).toMatchObject({ subtype: 'tombstone' });
    expect(await errorOf(slack, 'chat.update', { channel: OPS, ts: parent, text: 'x' })).toBe(
      'message_not_found',
    );
    expect(await errorOf(slack, 'chat.postMessage', { channel: OPS, text: 'x', thread_ts: alone })).toBe(
      'thread_not_found',
    );
  });
});

describe('updating and deleting', () => {
  test('only own messages, and only those that are there', async () => {
    const slack = await makeSlack();
    await slack.as(ROSA).say('mine', OPS);
    const ts = slack.as(ROSA).sees(OPS)[0]?.ts;
    expect(await errorOf(slack, 'chat.update', { channel: OPS, ts, text: 'x' })).toBe('cant_update_message');
    expect(await errorOf(slack, 'chat.delete', { channel: OPS, ts })).toBe('cant_delete_message');
    expect(await errorOf(slack, 'chat.update', { channel: OPS, ts: '1.000001', text: 'x' })).toBe(
      'message_not_found',
    );
  });

  test('names are no channels here, 4,001 characters are too long, nothing is no_text', async () => {
    const slack = await makeSlack();
    const ts = await post(slack, {});
    expect(await errorOf(slack, 'chat.update', { channel: '#ops', ts, text: 'x' })).toBe('channel_not_found');
    expect(await errorOf(slack, 'chat.update', { channel: OPS, ts, text: 'x'.repeat(4001) })).toBe(
      'msg_too_long',
    );
    expect(await errorOf(slack, 'chat.update', { channel: OPS, ts })).toBe('no_text');
    expect(
      await errorOf(slack, 'chat.update', { channel: OPS, ts, text: 'x', blocks: [{ type: 'x' }] }),
    ).toBe('invalid_blocks');
  });

  test('ephemeral messages cannot be reached', async () => {
    const slack = await makeSlack();
    const { body } = await call(slack, 'chat.postEphemeral', { channel: OPS, user: ROSA, text: 'x' });
    expect(body.ts).toBeUndefined();
    const ts = body.message_ts;
    expect(await errorOf(slack, 'chat.update', { channel: OPS, ts, text: 'y' })).toBe('message_not_found');
    expect(await errorOf(slack, 'chat.delete', { channel: OPS, ts })).toBe('message_not_found');
  });

  test('text alone removes the blocks and shows (edited); with blocks it does not', async () => {
    const slack = await makeSlack();
    const ts = await post(slack, { blocks: [BUTTON] });
    const rosa = slack.as(ROSA);
    await call(slack, 'chat.update', { channel: OPS, ts, text: 'b', blocks: [section('b')] });
    expect(rosa.sees(OPS)[0]).toMatchObject({ edited: false, revision: 2, blocks: [{ type: 'section' }] });
    await call(slack, 'chat.update', { channel: OPS, ts, text: 'c' });
    expect(rosa.sees(OPS)[0]).toMatchObject({ edited: true, revision: 3, blocks: null });
  });

  test('metadata stays when it is left out, and goes with {}', async () => {
    const slack = await makeSlack();
    const ts = await post(slack, { metadata: { event_type: 'a', event_payload: { n: 1 } } });
    const read = async () =>
      (await call(slack, 'conversations.replies', { channel: OPS, ts, include_all_metadata: true })).body
        .messages[0].metadata;
    await call(slack, 'chat.update', { channel: OPS, ts, text: 'x' });
    expect(await read()).toBeDefined();
    await call(slack, 'chat.update', { channel: OPS, ts, text: 'x', metadata: {} });
    expect(await read()).toBeUndefined();
  });

  test('an old reply can be broadcast, but not changed in the same call', async () => {
    const slack = await makeSlack();
    const parent = await post(slack, {});
    const ts = await post(slack, { text: 'reply', thread_ts: parent });
    expect(await errorOf(slack, 'chat.update', { channel: OPS, ts, text: 'y', reply_broadcast: true })).toBe(
      'no_dual_broadcast_content_update',
    );
    expect(await errorOf(slack, 'chat.update', { channel: OPS, ts, reply_broadcast: true })).toBeUndefined();
    expect(slack.as(ROSA).sees(OPS)).toHaveLength(2);
  });

  test('rich text stays rich text', async () => {
    const slack = await makeSlack();
    const rich = {
      type: 'rich_text',
      elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'x' }] }],
    };
    const ts = await post(slack, { blocks: [rich] });
    expect(await errorOf(slack, 'chat.update', { channel: OPS, ts, text: 'x', blocks: [section('x')] })).toBe(
      'block_mismatch',
    );
  });
});

describe('ephemeral messages', () => {
  test('go to people in the channel only', async () => {
    const slack = await makeSlack();
    const send = (args: object) =>
      errorOf(slack, 'chat.postEphemeral', { channel: OPS, user: ROSA, text: 'x', ...args });
    expect(await send({ user: GONE })).toBe('user_not_in_channel');
    expect(await send({ channel: LOUNGE })).toBe('not_in_channel');
    expect(await send({ text: undefined })).toBe('no_text');
    expect(await send({})).toBeUndefined();
    expect(slack.as(ROSA).ephemerals(OPS)).toHaveLength(1);
    expect(slack.as(OMAR).ephemerals(OPS)).toHaveLength(0);
  });

  test('show in a thread only when it has replies', async () => {
    const slack = await makeSlack();
    const parent = await post(slack, {});
    await call(slack, 'chat.postEphemeral', { channel: OPS, user: ROSA, text: 'x', thread_ts: parent });
    expect(slack.as(ROSA).thread(parent)).toEqual([]);
    await post(slack, { text: 'reply', thread_ts: parent });
    expect(slack.as(ROSA).thread(parent)).toHaveLength(2);
  });
});

test('a permalink names the message, and the thread of a reply', async () => {
  const slack = await makeSlack();
  const parent = await post(slack, {});
  const ts = await post(slack, { thread_ts: parent });
  const { body } = await call(slack, 'chat.getPermalink', { channel: OPS, message_ts: ts });
  expect(body.permalink).toBe(
    `https://simulated.slack.com/archives/${OPS}/p${ts.replace('.', '')}?thread_ts=${parent}&cid=${OPS}`,
  );
  expect(await errorOf(slack, 'chat.getPermalink', { channel: OPS, message_ts: '1.000001' })).toBe(
    'message_not_found',
  );
});

describe('people and conversations', () => {
  test('users.info tells zone, guest and deactivated', async () => {
    const slack = await makeSlack({
      clock: { t0: Date.UTC(2026, 6, 1), r0: Date.now(), k: 1 },
    });
    const info = async (user: string) => (await call(slack, 'users.info', { user })).body.user;
    expect(await info(ROSA)).toMatchObject({ tz: 'Europe/Stockholm', tz_offset: 7200, is_restricted: false });
    expect(await info('U0GUEST')).toMatchObject({ is_restricted: true });
    expect(await info(GONE)).toMatchObject({ deleted: true });
    expect((await info(GONE)).tz).toBeUndefined();
    expect(await info(slack.app.botUser)).toMatchObject({ is_bot: true });
    expect(await errorOf(slack, 'users.info', { user: 'U0NONE' })).toBe('user_not_found');
  });

  test('a person of another workspace shows as a stranger', async () => {
    const slack = await makeSlack({
      users: [{ id: ROSA, name: 'Rosa', team: 'T0OTHER' }],
      channels: [],
      groups: [],
    });
    const { body } = await call(slack, 'users.info', { user: ROSA });
    expect(body.user).toMatchObject({ team_id: 'T0OTHER', is_stranger: true });
  });

  test('groups list their people, and exist on paid workspaces only', async () => {
    const slack = await makeSlack();
    expect((await call(slack, 'usergroups.users.list', { usergroup: 'S0LEADS' })).body.users).toEqual([OMAR]);
    expect((await call(slack, 'usergroups.list')).body.usergroups).toMatchObject([
      { id: 'S0LEADS', handle: 'ops-leads', user_count: 1 },
    ]);
    expect(await errorOf(slack, 'usergroups.users.list', { usergroup: 'S0NONE' })).toBe('no_such_subteam');
    const free = await makeSlack({ paid: false });
    expect(await errorOf(free, 'usergroups.list')).toBe('plan_upgrade_required');
  });

  test('conversations.info, members and open', async () => {
    const slack = await makeSlack();
    expect((await call(slack, 'conversations.info', { channel: OPS })).body.channel).toMatchObject({
      name: 'ops',
      is_member: true,
      is_archived: false,
    });
    expect((await call(slack, 'conversations.members', { channel: OPS })).body.members).toEqual([
      ROSA,
      OMAR,
      slack.app.botUser,
    ]);
    const { body } = await call(slack, 'conversations.open', { users: ROSA });
    expect(body.channel.id).toMatch(/^D/);
    expect((await call(slack, 'conversations.open', { users: ROSA })).body).toMatchObject({
      already_open: true,
      channel: { id: body.channel.id },
    });
    expect(await errorOf(slack, 'conversations.open', { users: GONE })).toBe('user_disabled');
    expect(await errorOf(slack, 'conversations.info', { channel: SECRET })).toBe('channel_not_found');
  });
});

describe('files', () => {
  async function upload(slack: Awaited<ReturnType<typeof makeSlack>>, bytes: string, length = bytes.length) {
    const { body } = await call(slack, 'files.getUploadURLExternal', { filename: 'a.log', length });
    const response = await fetch(body.upload_url, { method: 'POST', body: bytes });
    return { id: body.file_id as string, status: response.status };
  }

  test('an empty file is a missing argument', async () => {
    const slack = await makeSlack();
    expect(await errorOf(slack, 'files.getUploadURLExternal', { filename: 'a', length: 0 })).toBe(
      'missing_argument',
    );
    expect(await errorOf(slack, 'files.getUploadURLExternal', { length: 3 })).toBe('invalid_arguments');
    expect(
      await errorOf(slack, 'files.getUploadURLExternal', {
        filename: 'a',
        length: 2_000_000,
        snippet_type: 'text',
      }),
    ).toBe('snippet_too_large');
  });

  test('the bytes must be as many as announced', async () => {
    const slack = await makeSlack();
    expect((await upload(slack, 'abc', 4)).status).toBe(400);
    expect((await upload(slack, 'abc')).status).toBe(200);
  });

  test('only uploaded files are shared, once, and where the app is', async () => {
    const slack = await makeSlack();
    const { body } = await call(slack, 'files.getUploadURLExternal', { filename: 'a.log', length: 3 });
    const complete = (id: string, channel_id: string) =>
      errorOf(slack, 'files.completeUploadExternal', { files: [{ id }], channel_id });
    expect(await complete(body.file_id, OPS)).toBe('file_not_found');
    const { id } = await upload(slack, 'abc');
    expect(await complete(id, LOUNGE)).toBe('not_in_channel');
    expect(await complete(id, OPS)).toBeUndefined();
    expect(await complete(id, OPS)).toBe('file_not_found');
    expect(slack.as(ROSA).sees(OPS)[0]?.files).toMatchObject([{ id, content: 'abc' }]);
  });
});

describe('views', () => {
  test('a trigger that was made up, is old, or was used opens nothing', async () => {
    const slack = await makeSlack();
    expect(await errorOf(slack, 'views.open', { trigger_id: '1.2.abc', view: modal() })).toBe(
      'invalid_trigger_id',
    );
    expect(await errorOf(slack, 'views.open', { view: modal() })).toBe('invalid_arguments');
  });

  test('a view that is not one, or is too large, is refused', async () => {
    const slack = await makeSlack();
    expect(await errorOf(slack, 'views.update', { view_id: 'V0NONE', view: modal() })).toBe('not_found');
    expect(await errorOf(slack, 'views.update', { view: modal() })).toBe('invalid_arguments');
    const { body } = await call(slack, 'views.publish', {
      user_id: ROSA,
      view: { type: 'home', blocks: [{ type: 'plan', title: 'p' }] },
    });
    expect(body).toMatchObject({
      error: 'invalid_arguments',
      response_metadata: {
        messages: [
          '[ERROR] failed to match all allowed schemas [json-pointer:/view]',
          '[ERROR] unsupported type: plan [json-pointer:/view/blocks/0/type]',
        ],
      },
    });
    const huge = Array.from({ length: 100 }, () => section('x'.repeat(2900)));
    expect(
      await errorOf(slack, 'views.publish', { user_id: ROSA, view: { type: 'home', blocks: huge } }),
    ).toBe('view_too_large');
  });

  test('a Home tab is published for people, under its hash, when the app has one', async () => {
    const slack = await makeSlack();
    const home = { type: 'home', blocks: [section('x')] };
    const first = (await call(slack, 'views.publish', { user_id: ROSA, view: home })).body.view;
    const again = (hash: string) => errorOf(slack, 'views.publish', { user_id: ROSA, view: home, hash });
    expect(await again(first.hash)).toBeUndefined();
    expect(await again(first.hash)).toBe('hash_conflict');
    expect(await errorOf(slack, 'views.publish', { user_id: 'U0NONE', view: home })).toBe(
      'invalid_arguments',
    );
    const without = await makeSlack({ manifest: { ...MANIFEST, features: {} } });
    expect(await errorOf(without, 'views.publish', { user_id: ROSA, view: home })).toBe('not_enabled');
  });
});

test('blocks.validate explains, with pointers from the root', async () => {
  const slack = await makeSlack();
  const { body } = await call(slack, 'blocks.validate', {
    blocks: [{ type: 'section', text: { type: 'invalid' } }],
  });
  expect(body).toMatchObject({
    ok: false,
    error: 'invalid_blocks',
    errors: [
      {
        code: 'failed_constraint',
        message: 'unsupported type: invalid',
        pointer: '/0/text/type',
        constraint: { type: 'enum', expected: ['plain_text', 'mrkdwn'], got: 'invalid' },
      },
    ],
  });
  expect(await errorOf(slack, 'blocks.validate', { blocks: [BUTTON] })).toBeUndefined();
  expect(await errorOf(slack, 'blocks.validate', { view: modal() })).toBeUndefined();
  expect(await errorOf(slack, 'blocks.validate', { message: { blocks: [BUTTON] } })).toBeUndefined();
  expect(await errorOf(slack, 'blocks.validate', { blocks: [BUTTON], view: modal() })).toBe(
    'invalid_arguments',
  );
});

test('the same seed gives the same ids', async () => {
  const [first, second] = [await makeSlack({ seed: 'a' }), await makeSlack({ seed: 'a' })];
  const other = await makeSlack({ seed: 'b' });
  expect([second.app.id, second.botToken]).toEqual([first.app.id, first.botToken]);
  expect(other.app.id).not.toBe(first.app.id);
});

test('ts runs on virtual time', async () => {
  const t0 = Date.UTC(2030, 0, 1);
  const slack = await makeSlack({ clock: { t0, r0: Date.now(), k: 1000 } });
  const ts = await post(slack, {});
  expect(Number(ts) * 1000).toBeGreaterThanOrEqual(t0);
});
