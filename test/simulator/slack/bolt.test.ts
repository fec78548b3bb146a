/** The real SDK against the simulator, over both ways. */
import type { AddressInfo } from 'node:net';
import { App, type BlockAction, type ButtonAction, HTTPReceiver, LogLevel } from '@slack/bolt';
import { WebClient, WebClientEvent } from '@slack/web-api';
import { expect, onTestFinished, test } from 'vitest';
import type { Slack } from '../../../simulator/slack/slack.ts';
import { BUTTON, makeSlack, modal, OMAR, OPS, ROSA, section } from './world.ts';

function clientOptions(slack: Slack) {
  return { slackApiUrl: slack.apiUrl, timeout: 5000, retryConfig: { retries: 0 } };
}

/** Command → modal → field errors → message with buttons → click → chat.update. */
function listeners(app: App): void {
  app.command('/upgrade', async ({ ack, client, body }) => {
    await ack({ text: `heard ${body.text}` });
    await client.views.open({
      trigger_id: body.trigger_id,
      view: { ...modal(), private_metadata: body.channel_id } as never,
    });
  });
  app.view('start_upgrade', async ({ ack, view, body, client }) => {
    const reason = view.state.values.reason?.text?.value ?? '';
    if (reason.length < 5) {
      await ack({ response_action: 'errors', errors: { reason: 'Say more.' } });
      return;
    }
    await ack();
    await client.chat.postMessage({
      channel: view.private_metadata,
      text: `Upgrade of ${view.state.values.target?.pick?.selected_option?.value} by <@${body.user.id}>`,
      blocks: [section(`*Upgrade* ${reason}`), BUTTON] as never,
      metadata: { event_type: 'card_posted', event_payload: { upgrade: 'U-1' } },
    });
  });
  app.action<BlockAction<ButtonAction>>('go', async ({ ack, body, client }) => {
    await ack();
    await client.chat.update({
      channel: body.channel?.id ?? '',
      ts: body.message?.ts ?? '',
      text: `Started by <@${body.user.id}>`,
      blocks: [section(`Started by <@${body.user.id}>`)] as never,
    });
  });
  app.event('app_home_opened', async ({ event, client }) => {
    await client.views.publish({
      user_id: event.user,
      view: { type: 'home', blocks: [section('Nothing waits for you.')] as never },
    });
  });
}

async function story(slack: Slack): Promise<void> {
  const rosa = slack.as(ROSA);
  const omar = slack.as(OMAR);
  await rosa.command('/upgrade', 'start', OPS);
  expect(rosa.ephemerals(OPS).map(({ text }) => text)).toEqual(['heard start']);
  expect(omar.ephemerals(OPS)).toEqual([]);
  await slack.until(() => rosa.modal(), { what: 'the modal' });

  expect(await rosa.attempt.submit()).toMatchObject({
    error: 'field_errors',
    errors: { reason: 'Please complete this required field.' },
  });
  await rosa.fill({ Reason: 'why', target: 'Production' });
  expect(await rosa.attempt.submit()).toMatchObject({
    error: 'field_errors',
    errors: { reason: 'Say more.' },
  });
  expect(rosa.modal()?.errors).toEqual({ reason: 'Say more.' });
  await rosa.fill({ reason: 'security fixes' });
  expect(await rosa.submit()).toMatchObject({ ok: true, modalOpen: false });

  const card = await slack.until(() => omar.sees(OPS).find(({ text }) => text.includes('prod by')), {
    what: 'the card',
  });
  await omar.click(card, 'go');
  const updated = await slack.until(() => omar.sees(OPS).find(({ text }) => text.startsWith('Started')), {
    what: 'the update',
  });
  expect(updated).toMatchObject({ ts: card.ts, revision: 2, edited: false });
  expect(await omar.attempt.click(card, 'go')).toMatchObject({ ok: false, error: 'not_there' });

  await omar.openHome();
  await slack.until(() => omar.home(), { what: 'the Home tab' });
  expect(slack.transcript().filter(({ kind }) => kind === 'warning')).toEqual([]);
}

test('a Bolt app in Socket Mode goes through command, modal, field errors, click and update', async () => {
  const slack = await makeSlack();
  const app = new App({
    token: slack.botToken,
    appToken: slack.appToken,
    socketMode: true,
    logLevel: LogLevel.ERROR,
    clientOptions: clientOptions(slack),
  });
  listeners(app);
  await app.start();
  onTestFinished(async () => {
    await app.stop();
  });
  expect(slack.connections()).toBe(1);
  await story(slack);
});

test('a Bolt app over HTTP goes through the same story, every request signed', async () => {
  const slack = await makeSlack({ mode: 'http' });
  const receiver = new HTTPReceiver({ signingSecret: slack.signingSecret, logLevel: LogLevel.ERROR });
  const app = new App({
    token: slack.botToken,
    receiver,
    logLevel: LogLevel.ERROR,
    clientOptions: clientOptions(slack),
  });
  listeners(app);
  const server = await app.start({ port: 0, host: '127.0.0.1' });
  onTestFinished(async () => {
    await app.stop();
  });
  const { port } = (server as unknown as { address: () => AddressInfo }).address();
  slack.setRequestUrl(`http://127.0.0.1:${port}/slack/events`);
  await story(slack);
});

test('the SDK uploads a file into a thread', async () => {
  const slack = await makeSlack();
  const client = new WebClient(slack.botToken, clientOptions(slack));
  const parent = await client.chat.postMessage({ channel: OPS, text: 'Run' });
  await client.filesUploadV2({
    channel_id: OPS,
    thread_ts: parent.ts as string,
    filename: 'step-3.log',
    title: 'Log of step 3',
    content: 'line 1\nline 2 — done\n',
    initial_comment: 'Log of step 3',
  } as never);
  const [reply] = slack.as(ROSA).thread(parent.ts as string);
  expect(reply?.files[0]).toMatchObject({ title: 'Log of step 3', content: 'line 1\nline 2 — done\n' });
});

test('the SDK meets a 429 with Retry-After and comes again', async () => {
  const slack = await makeSlack();
  const client = new WebClient(slack.botToken, {
    ...clientOptions(slack),
    retryConfig: { retries: 1, minTimeout: 1, maxTimeout: 1 },
  });
  const limited: number[] = [];
  client.on(WebClientEvent.RATE_LIMITED, (seconds: number) => limited.push(seconds));
  slack.faults.rateLimitNext({ method: 'users.info', retryAfterS: 1 });
  const { user } = await client.users.info({ user: ROSA });
  expect(user).toMatchObject({ tz: 'Europe/Stockholm', deleted: false, is_restricted: false });
  expect(limited).toEqual([1]);
});
