import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Slack } from '../../simulator/slack/slack.ts';
import type { Config } from '../../src/config.ts';
import { createSlackApp, type SlackApp } from '../../src/ports/slack-app.ts';
import { makeSlack, OPS, ROSA } from '../simulator/slack/world.ts';
import { recordedLog } from '../support/recorded-log.ts';

type Mode = 'socket' | 'http';

function configOf(slack: Slack, mode: Mode, more: Partial<Config['slack']> = {}): Config['slack'] {
  return {
    botToken: slack.botToken,
    apiUrl: slack.apiUrl,
    transport:
      mode === 'socket' ? { mode, appToken: slack.appToken } : { mode, signingSecret: slack.signingSecret },
    card: 'classic',
    ...more,
  };
}

interface Running {
  readonly slack: Slack;
  readonly bot: SlackApp;
  readonly log: ReturnType<typeof recordedLog>;
  readonly url: string;
  readonly ready: () => Promise<{
    readonly status: number;
    readonly body: { readonly [field: string]: unknown };
  }>;
}

/** A bot that answers `/upgrade <ms>` after that time. */
async function start(
  mode: Mode,
  options: { readonly staggerMs?: number; readonly start?: boolean } = {},
): Promise<Running> {
  const slack = await makeSlack({ mode, ackWithinMs: 1500 });
  const log = recordedLog();
  const bot = createSlackApp({
    slack: configOf(slack, mode),
    listen: { host: '127.0.0.1', port: 0 },
    log,
    health: () => ({ ready: true, store: 'open' }),
    ...(options.staggerMs !== undefined && { staggerMs: options.staggerMs }),
  });
  bot.app.command('/upgrade', async ({ ack, command }) => {
    if (command.text === 'throw') {
      await ack();
      throw new Error('a bug');
    }
    await sleep(Number(command.text));
    await ack(`answer ${command.text}`);
  });
  onTestFinished(() => bot.stop());
  const { port } = await bot.start();
  const url = `http://127.0.0.1:${port}`;
  if (mode === 'http') slack.setRequestUrl(`${url}/slack/events`);
  return {
    slack,
    bot,
    log,
    url,
    async ready() {
      const answer = await fetch(`${url}/readyz`);
      return { status: answer.status, body: (await answer.json()) as { [field: string]: unknown } };
    },
  };
}

const refused = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'not refused',
    (error: unknown) => (error as Error).message,
  );

describe.each<Mode>(['socket', 'http'])('the app over %s', (mode) => {
  test('hears a command and answers it', async () => {
    const { slack } = await start(mode);
    await slack.as(ROSA).command('/upgrade', '0', OPS);
    expect(
      slack
        .as(ROSA)
        .ephemerals(OPS)
        .map(({ text }) => text),
    ).toEqual(['answer 0']);
  });

  test('says that it is alive, and when it is ready', async () => {
    const { url, ready } = await start(mode);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(await ready()).toEqual({
      status: 200,
      body: { ready: true, store: 'open', slack: true, stopping: false },
    });
    expect((await fetch(`${url}/elsewhere`)).status).toBe(404);
    expect((await fetch(`${url}/readyz`, { method: 'POST' })).status).toBe(404);
  });

  test('logs what a listener throws, once, without the text of the payload', async () => {
    const { slack, log } = await start(mode);
    await slack.as(ROSA).command('/upgrade', 'throw', OPS);
    await slack.until(() => log.count('a listener failed') > 0);
    const errors = log.lines.filter(({ level }) => level === 'error');
    expect(errors).toMatchObject([{ message: 'a listener failed', data: { what: '/upgrade' } }]);
    expect(JSON.stringify(errors)).not.toContain('"throw"');
  });

  test('a bot token that Slack does not take stops the start, with the mend', async () => {
    const slack = await makeSlack({ mode });
    const bot = createSlackApp({
      slack: configOf(slack, mode, { botToken: 'xoxb-wrong' }),
      listen: { host: '127.0.0.1', port: 0 },
      log: recordedLog(),
      health: () => ({ ready: true }),
    });
    expect(await refused(bot.start())).toMatch(
      /connecting to Slack: Slack does not take SLACK_BOT_TOKEN \(invalid_auth\); copy the bot token/,
    );
  });

  test('a port that somebody else has stops the start, with the mend', async () => {
    const slack = await makeSlack({ mode });
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    const bot = createSlackApp({
      slack: configOf(slack, mode),
      listen: { host: '127.0.0.1', port },
      log: recordedLog(),
      health: () => ({ ready: true }),
    });
    expect(await refused(bot.start())).toMatch(/another program has this port. Is Cutover running already\?/);
  });

  test('stopping waits for a listener that runs, and its answer arrives', async () => {
    const { slack, bot, ready } = await start(mode);
    const asked = slack.as(ROSA).command('/upgrade', '600', OPS);
    await slack.until(() => slack.transcript().some(({ kind }) => kind === 'delivery'));
    await sleep(100);
    const stopping = bot.stop();
    const then = await ready().catch(() => ({ status: 0, body: {} }));
    expect([503, 0]).toContain(then.status);
    await asked;
    await stopping;
    expect(
      slack
        .as(ROSA)
        .ephemerals(OPS)
        .map(({ text }) => text),
    ).toEqual(['answer 600']);
    await expect(ready()).rejects.toThrow();
  });

  test('a listener that never ends does not keep it from stopping', async () => {
    const { slack, bot } = await start(mode);
    const asked = slack.as(ROSA).attempt.command('/upgrade', '60000', OPS);
    await slack.until(() => slack.transcript().some(({ kind }) => kind === 'delivery'));
    const began = Date.now();
    await bot.stop();
    expect(Date.now() - began).toBeLessThan(4500);
    expect((await asked).ok).toBe(false);
  });

  test('a Slack that can’t be reached at the start is tried again; runs need no Slack', async () => {
    const slack = await makeSlack({ mode });
    slack.faults.outage(true);
    const log = recordedLog();
    const bot = createSlackApp({
      slack: configOf(slack, mode),
      listen: { host: '127.0.0.1', port: 0 },
      log,
      health: () => ({ ready: true }),
    });
    onTestFinished(() => bot.stop());
    const { port } = await bot.start();
    const readyz = () => fetch(`http://127.0.0.1:${port}/readyz`).then(({ status }) => status);
    expect(await readyz()).toBe(503);
    slack.faults.outage(false);
    await slack.until(async () => (await readyz()) === 200, { withinMs: 15_000, what: 'readiness' });
    expect(log.count('Slack can’t be reached; trying again, runs go on')).toBe(1);
  });
});

describe('Socket Mode', () => {
  test('an app token that Slack does not take stops the start, with the mend', async () => {
    const slack = await makeSlack({ mode: 'socket' });
    const attempt = (appToken: string) =>
      refused(
        createSlackApp({
          slack: configOf(slack, 'socket', { transport: { mode: 'socket', appToken } }),
          listen: { host: '127.0.0.1', port: 0 },
          log: recordedLog(),
          health: () => ({ ready: true }),
        }).start(),
      );
    expect(await attempt('xapp-wrong')).toMatch(
      /does not take SLACK_APP_TOKEN \(invalid_auth\); copy the app-level token/,
    );
    expect(await attempt(slack.botToken)).toMatch(/SLACK_APP_TOKEN is another kind of token/);
  });

  test('two connections are kept, the second one later', async () => {
    const { slack } = await start('socket', { staggerMs: 300 });
    expect(slack.connections()).toBe(1);
    await slack.until(() => slack.connections() === 2, { what: 'the second connection' });
  });

  test('while Slack renews one of them, nothing that people type is lost', async () => {
    const { slack, log } = await start('socket', { staggerMs: 50 });
    await slack.until(() => slack.connections() === 2);
    const rosa = slack.as(ROSA);
    for (let n = 0; n < 3; n++) {
      await slack.until(() => slack.connections() === 2, { what: 'both connections' });
      slack.faults.disconnect('refresh_requested');
      await rosa.command('/upgrade', '0', OPS);
      await sleep(20);
      await rosa.command('/upgrade', '0', OPS);
    }
    expect(rosa.ephemerals(OPS)).toHaveLength(6);
    await slack.until(() => slack.connections() === 2, { what: 'both connections', withinMs: 20_000 });
    expect(log.lines.filter(({ level }) => level !== 'info')).toEqual([]);
  });

  test('after the network was gone it is connected again, and says so once each', async () => {
    const { slack, log, ready } = await start('socket', { staggerMs: 50 });
    await slack.until(() => slack.connections() === 2);
    slack.faults.outage(true);
    await slack.until(async () => (await ready()).status === 503, { what: 'not ready' });
    await sleep(2500);
    slack.faults.outage(false);
    await slack.until(async () => (await ready()).status === 200, { withinMs: 20_000, what: 'ready again' });
    await slack.as(ROSA).command('/upgrade', '0', OPS);
    expect(log.count('Slack is not connected; trying again')).toBe(1);
    expect(log.count('Slack is connected again')).toBe(1);
  });

  test('an operator who turns Socket Mode off does not end the process', async () => {
    const { slack, ready } = await start('socket', { staggerMs: 50 });
    await slack.until(() => slack.connections() === 2);
    slack.faults.revokeToken();
    slack.faults.disconnect('link_disabled', { all: true });
    await slack.until(async () => (await ready()).status === 503, { what: 'not ready' });
    await sleep(300);
    expect((await ready()).body).toMatchObject({ ready: false, slack: false });
  });

  test('stopping closes both connections', async () => {
    const { slack, bot } = await start('socket', { staggerMs: 50 });
    await slack.until(() => slack.connections() === 2);
    await bot.stop();
    await slack.until(() => slack.connections() === 0, { what: 'closed connections', withinMs: 2000 });
  });

  test('stopping before Slack was reached does not hang', async () => {
    const slack = await makeSlack({ mode: 'socket' });
    slack.faults.outage(true);
    const bot = createSlackApp({
      slack: configOf(slack, 'socket'),
      listen: { host: '127.0.0.1', port: 0 },
      log: recordedLog(),
      health: () => ({ ready: true }),
    });
    await bot.start();
    const began = Date.now();
    await bot.stop();
    expect(Date.now() - began).toBeLessThan(1500);
  });
});

describe('HTTP mode', () => {
  const send = (url: string, body: string, secret: string, at = Date.now() / 1000) => {
    const timestamp = String(Math.floor(at));
    return fetch(`${url}/slack/events`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`,
      },
      body,
    });
  };
  const command = (more: { readonly [field: string]: string } = {}) =>
    new URLSearchParams({
      command: '/upgrade',
      text: '0',
      user_id: ROSA,
      team_id: 'T0CUTOVER',
      channel_id: OPS,
      api_app_id: 'A0',
      is_enterprise_install: 'false',
      trigger_id: '1.2.3',
      response_url: 'http://127.0.0.1:9/x',
      ...more,
    }).toString();

  test('a request with a wrong or old signature, and one that is too long, are refused', async () => {
    const { slack, url } = await start('http');
    expect((await send(url, command(), slack.signingSecret)).status).toBe(200);
    expect((await send(url, command(), 'another-secret')).status).toBe(401);
    expect((await send(url, command(), slack.signingSecret, Date.now() / 1000 - 600)).status).toBe(401);
    const long = command({ text: 'x'.repeat(600_000) });
    expect(
      await send(url, long, slack.signingSecret).then(
        ({ status }) => status,
        () => 413,
      ),
    ).toBe(413);
  });

  test('an organisation-wide payload is refused in words, and no listener hears it', async () => {
    const { slack, url, log } = await start('http');
    const answer = await send(
      url,
      command({ is_enterprise_install: 'true', enterprise_id: 'E0OTHER' }),
      slack.signingSecret,
    );
    expect(await answer.text()).toContain('Cutover does not serve this organisation.');
    expect(log.count('a payload that is not for this app was refused')).toBe(1);
  });
});
