/** What the page asks, over HTTP; and the same as plain text. */
import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { ControlResult, ControlState } from '../../../simulator/slack/control.ts';
import type { Slack } from '../../../simulator/slack/slack.ts';
import { connect } from './bare-app.ts';
import { BUTTON, call, GINA, makeSlack, modal, OMAR, OPS, post, ROSA, section } from './world.ts';

async function stateOf(slack: Slack, as: string): Promise<ControlState> {
  return (await (await fetch(`${slack.url}/control/state?as=${as}`)).json()) as ControlState;
}

async function act(slack: Slack, name: string, body: unknown): Promise<ControlResult & { status: number }> {
  const response = await fetch(`${slack.url}/control/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { ...((await response.json()) as ControlResult), status: response.status };
}

test('the state is what one person sees', async () => {
  const slack = await makeSlack();
  const parent = await post(slack, { text: 'card', blocks: [BUTTON] });
  await post(slack, { text: 'step 1', thread_ts: parent });
  await call(slack, 'chat.postEphemeral', { channel: OPS, user: ROSA, text: 'only Rosa' });
  const rosa = await stateOf(slack, ROSA);
  expect(rosa).toMatchObject({
    as: ROSA,
    app: { name: 'Cutover', online: false, homeTab: true },
    clock: { k: 1 },
    outage: false,
    modal: null,
    home: null,
    commands: [{ command: '/upgrade', usageHint: 'start' }],
    shortcuts: [
      { callbackId: 'start_here', type: 'global' },
      { callbackId: 'why_waiting', type: 'message' },
    ],
  });
  expect(rosa.personas.find(({ id }) => id === ROSA)).toEqual({
    id: ROSA,
    name: 'Rosa Lind',
    role: 'requester',
    zone: 'Europe/Stockholm',
    letter: 'R',
    kind: 'person',
  });
  const [ops] = rosa.channels;
  expect(ops).toMatchObject({ name: 'ops', kind: 'public', member: true, archived: false });
  expect(ops?.messages.map(({ text, ephemeral, replies }) => [text, ephemeral, replies.count])).toEqual([
    ['card', false, 1],
    ['only Rosa', true, 0],
  ]);
  expect(ops?.threads[parent]?.map(({ text }) => text)).toEqual(['step 1']);
  expect((await stateOf(slack, GINA)).channels.map(({ name }) => name)).toEqual(['lounge']);
});

test('actions go through the same doors, and confirm dialogs come back', async () => {
  const slack = await makeSlack();
  const app = await connect(slack);
  const ts = await post(slack, { blocks: [BUTTON] });
  const stop = { in: { channel: OPS, ts }, actionId: 'stop' };
  expect(await act(slack, 'click', { as: OMAR, element: stop })).toMatchObject({
    status: 200,
    ok: false,
    error: 'confirm_required',
    confirm: { text: 'Really?' },
  });
  expect(await act(slack, 'click', { as: OMAR, element: stop, confirm: true })).toMatchObject({ ok: true });
  expect(
    await act(slack, 'command', { as: ROSA, channel: OPS, command: '/upgrade', text: 'start' }),
  ).toMatchObject({
    ok: true,
  });
  const { trigger_id } = app.envelopes.at(-1)?.payload ?? {};
  await call(slack, 'views.open', { trigger_id, view: modal() });
  expect((await stateOf(slack, ROSA)).modal).toMatchObject({ title: 'Start', submit: 'Go', close: 'Cancel' });
  expect(await act(slack, 'submit', { as: ROSA })).toMatchObject({ error: 'field_errors', modalOpen: true });
  expect((await stateOf(slack, ROSA)).modal?.errors).toEqual({
    reason: 'Please complete this required field.',
  });
  const select = { in: { view: 'modal' }, actionId: 'pick', blockId: 'target' };
  expect(await act(slack, 'select', { as: ROSA, element: select, value: 'lab' })).toMatchObject({ ok: true });
  expect(await act(slack, 'submit', { as: ROSA, values: { reason: 'x' } })).toMatchObject({
    ok: true,
    modalOpen: false,
  });
  expect(app.envelopes.at(-1)?.payload.view.state.values.target.pick.selected_option.value).toBe('lab');
  expect(await act(slack, 'close', { as: ROSA })).toMatchObject({ error: 'no_modal' });
  expect(await act(slack, 'open-home', { as: ROSA })).toMatchObject({ ok: true });
  expect(await act(slack, 'shortcut', { as: ROSA, callbackId: 'start_here' })).toMatchObject({ ok: true });
  expect(await act(slack, 'say', { as: ROSA, channel: OPS, text: 'hello' })).toMatchObject({ ok: true });
});

describe('requests that make no sense', () => {
  test.each([
    ['click', { as: 'U0NONE', element: {} }, 'there is no user'],
    ['click', { as: ROSA }, 'element: must be'],
    ['command', { as: ROSA, channel: OPS, text: '' }, 'command: must be a string'],
    ['select', { as: ROSA, element: { in: { view: 'modal' }, actionId: 'x' }, value: {} }, 'value: must be'],
    ['submit', { as: ROSA, values: 'x' }, 'values: must be'],
    ['click', [], 'must be a JSON object'],
  ])('%s %j is HTTP 400', async (name, body, say) => {
    const slack = await makeSlack();
    expect(await act(slack, name, body)).toMatchObject({ status: 400, say: expect.stringContaining(say) });
  });

  test('an unknown person, action and file', async () => {
    const slack = await makeSlack();
    expect((await fetch(`${slack.url}/control/state?as=nobody`)).status).toBe(400);
    expect((await act(slack, 'toString', { as: ROSA })).status).toBe(404);
    expect((await fetch(`${slack.url}/control/file/F0NONE`)).status).toBe(404);
  });

  test('a form of another page, and another host name, press nothing', async () => {
    const slack = await makeSlack();
    const form = await fetch(`${slack.url}/control/open-home`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: JSON.stringify({ as: ROSA }),
    });
    expect(form.status).toBe(400);
    const { port } = new URL(slack.url);
    const status = await new Promise((resolve) =>
      request(
        { port, host: '127.0.0.1', path: `/control/state?as=${ROSA}`, headers: { host: 'evil.example' } },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      ).end(),
    );
    expect(status).toBe(403);
    expect(slack.transcript().filter(({ kind }) => kind === 'person')).toEqual([]);
  });

  test.each(['/../../package.json', '/%2e%2e/slack.ts', '/.hidden.js', '/slack.ts'])(
    '%s is not served',
    async (path) => {
      const slack = await makeSlack();
      const { port } = new URL(slack.url);
      const status = await new Promise((resolve) =>
        request({ port, host: '127.0.0.1', path }, (response) => {
          response.resume();
          resolve(response.statusCode);
        }).end(),
      );
      expect(status).toBe(404);
    },
  );
});

test('changes are told as they come, a burst as one', async () => {
  const slack = await makeSlack();
  const controller = new AbortController();
  const response = await fetch(`${slack.url}/control/events`, { signal: controller.signal });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const versions: number[] = [];
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? [])
      for (const [, version] of decoder.decode(chunk as Uint8Array).matchAll(/data: \{"version":(\d+)\}/g))
        versions.push(Number(version));
  })().catch(() => {});
  await slack.until(() => versions.length === 1);
  for (let count = 0; count < 20; count += 1) await post(slack, {});
  const { version } = await stateOf(slack, ROSA);
  await slack.until(() => versions.at(-1) === version);
  expect(versions.length).toBeLessThan(12);
  controller.abort();
  await reading;
});

test('files are served as what they are, and never as a page that runs', async () => {
  const slack = await makeSlack();
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"/>';
  const { body } = await call(slack, 'files.getUploadURLExternal', {
    filename: 'time.svg',
    length: svg.length,
  });
  await fetch(body.upload_url, { method: 'POST', body: svg });
  await call(slack, 'files.completeUploadExternal', { files: [{ id: body.file_id }], channel_id: OPS });
  const file = (await stateOf(slack, ROSA)).channels[0]?.messages[0]?.files[0];
  expect(file).toMatchObject({ mimetype: 'image/svg+xml', content: null });
  const response = await fetch(`${slack.url}${file?.url}`);
  expect(response.headers.get('content-security-policy')).toContain('sandbox');
  expect(await response.text()).toBe(svg);
});

describe('describe', () => {
  async function thread(): Promise<Slack> {
    const slack = await makeSlack({ clock: { t0: Date.UTC(2026, 10, 25, 2, 0), r0: Date.now(), k: 1 } });
    const at = Date.UTC(2026, 10, 25, 3, 30) / 1000;
    const parent = await post(slack, {
      text: `U-1: <@${OMAR}> and <!subteam^S0LEADS> at <!date^${at}^{date_short_pretty} {time}|03:30 UTC>. 1 &lt; 2`,
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: 'U-1' } },
        section(`By <@${OMAR}>`),
        BUTTON,
      ],
    });
    await post(slack, { text: 'Step 1 done.', thread_ts: parent });
    return slack;
  }

  test('text is what a screen reader says, in the zone of the reader', async () => {
    const slack = await thread();
    expect(slack.describe(OPS, { view: 'text', as: ROSA })).toBe(
      [
        '03:00 cutover',
        '  U-1: @Omar Haddad and @ops-leads at Wed 25 Nov, 04:30. 1 < 2',
        '    03:00 cutover',
        '      Step 1 done.',
      ].join('\n'),
    );
    expect(slack.describe(OPS, { view: 'text', as: OMAR })).toContain('07:30');
  });

  test('blocks is what stands there, buttons in brackets', async () => {
    const slack = await thread();
    expect(slack.describe(OPS, { as: ROSA })).toBe(
      [
        '03:00 cutover',
        '  == U-1 ==',
        '  By @Omar Haddad',
        '  [Start now] [Stop]',
        '    03:00 cutover',
        '      Step 1 done.',
      ].join('\n'),
    );
  });

  test('every kind of block says something', async () => {
    const slack = await makeSlack();
    const raw = (text: string) => ({ type: 'raw_text', text });
    await post(slack, {
      blocks: [
        {
          type: 'plan',
          title: 'Steps',
          tasks: [{ type: 'task_card', task_id: 'a', title: 'Stop', status: 'complete' }],
        },
        { type: 'table', rows: [[raw('host'), raw('state')]] },
        {
          type: 'rich_text',
          elements: [
            { type: 'rich_text_preformatted', elements: [{ type: 'text', text: 'a\nb' }] },
            {
              type: 'rich_text_list',
              style: 'bullet',
              elements: [{ type: 'rich_text_section', elements: [{ type: 'user', user_id: ROSA }] }],
            },
          ],
        },
        { type: 'image', image_url: 'https://x.example/a.png', alt_text: 'a timeline' },
        { type: 'markdown', text: '# Title' },
        {
          type: 'container',
          title: { type: 'plain_text', text: 'Output' },
          child_blocks: [section('inside')],
        },
      ],
    });
    expect(
      slack
        .describe(OPS)
        .split('\n')
        .slice(1)
        .map((line) => line.slice(2)),
    ).toEqual([
      'Steps',
      '- Stop · done',
      'host | state',
      '    a',
      '    b',
      '• @Rosa Lind',
      '(picture: a timeline)',
      '# Title',
      'Output',
      'inside',
    ]);
  });
});
