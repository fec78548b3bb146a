/** The page, the simulated Slack and a real Bolt app: a whole conversation with hands on the keyboard. */
import type { AddressInfo } from 'node:net';
import { App, HTTPReceiver, LogLevel } from '@slack/bolt';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Slack } from '../../simulator/slack/slack.ts';
import { launchChromium, openPage, PATIENCE_MS } from './chromium.ts';
import { makeSlack, OMAR, OPS, ROSA } from './slack/world.ts';

const SOON = { timeout: PATIENCE_MS };
const plain = (text: string) => ({ type: 'plain_text' as const, text });
const section = (text: string) => ({ type: 'section' as const, text: { type: 'mrkdwn' as const, text } });

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});

afterAll(() => browser?.close());

function form(target: string) {
  const options = ['lisbon', 'porto'].map((value) => ({ text: plain(`Manager in ${value}`), value }));
  return {
    type: 'modal' as const,
    callback_id: 'start',
    title: plain(`Upgrade ${target}`),
    submit: plain('Make the plan'),
    blocks: [
      {
        type: 'input' as const,
        block_id: 'target',
        dispatch_action: true,
        label: plain('Target'),
        element: { type: 'static_select' as const, action_id: 'target', options },
      },
      {
        type: 'input' as const,
        block_id: 'reason',
        label: plain('Why'),
        element: { type: 'plain_text_input' as const, action_id: 'reason' },
      },
      {
        type: 'input' as const,
        block_id: 'opens',
        label: plain('Window opens'),
        element: { type: 'datetimepicker' as const, action_id: 'opens', initial_date_time: 1_795_615_200 },
      },
    ],
  };
}

const startButton = {
  type: 'actions' as const,
  block_id: 'row',
  elements: [
    {
      type: 'button' as const,
      action_id: 'go',
      style: 'primary' as const,
      text: plain('Start now'),
      accessibility_label: 'Start U-1',
      confirm: {
        title: plain('Start U-1?'),
        text: plain('The hosts are checked once more.'),
        confirm: plain('Start'),
        deny: plain('Back'),
      },
    },
  ],
};

function listen(app: App): void {
  app.command('/upgrade', async ({ ack, body, client, respond }) => {
    if (body.text === 'silent') return;
    await ack();
    if (body.text === 'why') await respond({ text: `Only <@${body.user_id}> can read this.` });
    else await client.views.open({ trigger_id: body.trigger_id, view: form('something') });
  });
  app.action('target', async ({ ack, body, client }) => {
    await ack();
    if (body.type !== 'block_actions' || body.view === undefined) return;
    const chosen = body.view.state.values.target?.target?.selected_option?.value ?? '';
    await client.views.update({ view_id: body.view.id, view: form(chosen) });
  });
  app.view('start', async ({ ack, view, client, body }) => {
    const { reason, target, opens } = view.state.values;
    if ((reason?.reason?.value ?? '').length < 5) {
      await ack({ response_action: 'errors', errors: { reason: 'Say more: everybody reads it.' } });
      return;
    }
    await ack();
    const text = `U-1 · ${target?.target?.selected_option?.value} at ${opens?.opens?.selected_date_time}. Approved, and the window is open.`;
    const card = await client.chat.postMessage({
      channel: OPS,
      text,
      blocks: [section(`*U-1* ${reason?.reason?.value}`), startButton],
    });
    await client.chat.postMessage({ channel: OPS, thread_ts: card.ts ?? '', text: 'Preflight: all clean.' });
    await client.chat.postEphemeral({ channel: OPS, user: body.user.id, text: 'Your plan is made.' });
  });
  app.action('go', async ({ ack, body, client }) => {
    await ack();
    if (body.type !== 'block_actions' || body.message === undefined) return;
    await client.chat.update({
      channel: OPS,
      ts: body.message.ts,
      text: 'U-1 · Running since now.',
      blocks: [section(`Started by <@${body.user.id}>`)],
    });
    await client.filesUploadV2({
      channel_id: OPS,
      thread_ts: body.message.ts,
      filename: 'step-1.log',
      title: 'Output of step 1',
      content: 'one\ntwo\n',
    });
  });
  app.event('app_home_opened', async ({ event, client }) => {
    await client.views.publish({
      user_id: event.user,
      view: { type: 'home', blocks: [section(`Hello <@${event.user}>`)] },
    });
  });
}

async function start(): Promise<{
  readonly slack: Slack;
  readonly page: Page;
  readonly complaints: readonly string[];
}> {
  const slack = await makeSlack({ mode: 'http', ackWithinMs: 500 });
  const receiver = new HTTPReceiver({ signingSecret: slack.signingSecret, logLevel: LogLevel.ERROR });
  const app = new App({
    token: slack.botToken,
    receiver,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: slack.apiUrl, timeout: 5000, retryConfig: { retries: 0 } },
  });
  listen(app);
  const server = await app.start({ port: 0, host: '127.0.0.1' });
  onTestFinished(async () => {
    await app.stop();
  });
  const { port } = (server as unknown as { address: () => AddressInfo }).address();
  slack.setRequestUrl(`http://127.0.0.1:${port}/slack/events`);
  const opened = await openPage(browser, `${slack.url}/?as=${ROSA}`);
  onTestFinished(() => opened.page.context().close());
  return { slack, ...opened };
}

function isFocused(locator: Locator): Promise<boolean> {
  return locator.evaluate((node) => node === node.ownerDocument.activeElement);
}

async function focused(locator: Locator): Promise<void> {
  await expect.poll(() => isFocused(locator), SOON).toBe(true);
}

test('command, form, errors, card, thread, another person, button and log go by keyboard alone', async () => {
  const { slack, page, complaints } = await start();
  const box = page.getByRole('combobox', { name: /^Message #ops/ });
  const main = page.getByRole('main');
  const thread = page.getByRole('complementary', { name: 'Thread' });

  await page.keyboard.press('/');
  await page.keyboard.type('/upgrade start');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  await focused(dialog.getByRole('combobox', { name: 'Target' }));
  await page.keyboard.press('Tab');
  await page.keyboard.type('why');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.type('Manager in p');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Upgrade porto' }).waitFor();
  expect(await dialog.getByRole('textbox', { name: 'Why' }).inputValue()).toBe('why');
  await page.keyboard.press('Tab');
  await focused(dialog.getByRole('textbox', { name: 'Why' }));
  await page.keyboard.press('Enter');
  await dialog.getByText('Say more: everybody reads it.').waitFor();
  await focused(dialog.getByRole('textbox', { name: 'Why' }));
  await page.keyboard.press('End');
  await page.keyboard.type(' it must be done');
  await page.keyboard.press('Enter');

  await dialog.waitFor({ state: 'detached' });
  await focused(box);
  await main.getByText('why it must be done').waitFor();
  await main.getByText('Your plan is made.').waitFor();
  await thread.getByText('Preflight: all clean.').waitFor();
  expect(slack.as(OMAR).sees(OPS).at(0)?.text).toContain('U-1 · porto at 1795615200');

  await page.getByRole('radio', { name: /Omar/ }).focus();
  await page.keyboard.press('2');
  await main.getByText('Your plan is made.').waitFor({ state: 'detached' });
  await main.getByRole('button', { name: 'Start U-1' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Start U-1?' }).waitFor();
  await focused(page.getByRole('dialog').getByRole('button', { name: 'Start', exact: true }));
  await page.keyboard.press('Enter');
  await main.getByText('Started by @Omar Haddad').waitFor();
  await main.getByRole('button', { name: 'Start U-1' }).waitFor({ state: 'detached' });

  await thread.getByRole('button', { name: 'View Output of step 1' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByText('one\ntwo').waitFor();
  await page.keyboard.press('Escape');
  await focused(thread.getByRole('button', { name: 'View Output of step 1' }));

  await page.getByRole('button', { name: 'Cutover: Home' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('region', { name: 'Home' }).getByText('Hello @Omar Haddad').waitFor();
  expect(complaints).toEqual([]);
});

test('an app that stays silent is told of once, and what was typed is still there', async () => {
  const { page, complaints } = await start();
  const box = page.getByRole('combobox', { name: /^Message #ops/ });
  await box.fill('/upgrade silent');
  await box.press('Enter');

  const toast = page.getByRole('alert');
  await toast.getByText('/upgrade failed with the error “operation_timeout”').waitFor();
  expect(await toast.locator('code').textContent()).toBe('operation_timeout');
  expect(await box.inputValue()).toBe('/upgrade silent');
  expect(await page.getByRole('alert').count()).toBe(1);
  expect(complaints).toEqual([]);
});

test('a whisper to one person is not in the page of another', async () => {
  const { page, complaints } = await start();
  const box = page.getByRole('combobox', { name: /^Message #ops/ });
  await box.fill('/upgrade why');
  await box.press('Enter');
  const whisper = page.getByRole('main').getByText('Only @Rosa Lind can read this.');
  await whisper.waitFor();
  await page.getByText('Only visible to you').waitFor();

  await page.getByRole('radio', { name: /Omar/ }).check();
  await whisper.waitFor({ state: 'detached' });
  await page.getByRole('radio', { name: /Rosa/ }).check();
  await whisper.waitFor();
  expect(complaints).toEqual([]);
});
