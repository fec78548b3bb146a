/** The real engine and the real handlers in a strict Slack: people type, read, click what they see, and nothing else. */
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { App, HTTPReceiver } from '@slack/bolt';
import { WebClient } from '@slack/web-api';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { registerHandlers } from '../../handlers/register.ts';
import type { MessageState } from '../../simulator/slack/control.ts';
import { createSlack, type Slack } from '../../simulator/slack/slack.ts';
import { ACTIONS } from '../../src/messages/actions.ts';
import type { NewMessage } from '../../src/ports/ports.ts';
import { RUNBOOK } from '../engine/runbook.ts';
import { createEngine, type Engine, newStore, newWorld, TEAM, type World } from '../support/engine.ts';
import { createProduct } from '../support/product.ts';

const CHANNEL = 'C0UPGRADES';
const MANIFEST = parse(readFileSync(new URL('../../manifest.yml', import.meta.url), 'utf8'));
const [ROSA, AMIR, BEA, OLU] = ['U0ROSA', 'U0AMIR', 'U0BEA', 'U0OLU'] as const;

async function connect(slack: Slack, engine: Engine): Promise<readonly string[]> {
  const errors: string[] = [];
  const clientOptions = { slackApiUrl: slack.apiUrl, timeout: 5000, retryConfig: { retries: 0 } };
  const receiver = new HTTPReceiver({ signingSecret: slack.signingSecret });
  const app = new App({ token: slack.botToken, receiver, clientOptions, convoStore: false });
  registerHandlers(app, {
    upgrades: engine.upgrades,
    log: {
      info: () => undefined,
      warn: (data, message) => void errors.push(`${message} ${JSON.stringify(data)}`),
      error: (data, message) => void errors.push(`${message} ${String((data as { err?: unknown }).err)}`),
    },
  });
  const server = (await app.start({ port: 0, host: '127.0.0.1' })) as Server;
  slack.setRequestUrl(`http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`);
  onTestFinished(async () => {
    await app.stop();
    await slack.close();
  });
  return errors;
}

/** Posts what was committed, in order, one Slack message for each slot. */
function courier(slack: Slack, world: World) {
  const client = new WebClient(slack.botToken, { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } });
  const posted = new Map<string, string>();
  let sent = 0;

  async function send({ slot, channel, text, blocks, file, broadcast }: NewMessage): Promise<void> {
    const body = { channel, text, blocks: [...blocks] as never[] };
    const card = posted.get('card');
    const ts = posted.get(slot);
    if (file !== undefined)
      await client.filesUploadV2({
        channel_id: channel,
        thread_ts: card ?? '',
        filename: file.name,
        content: file.content,
        initial_comment: text,
      });
    else if (ts !== undefined) await client.chat.update({ ...body, ts });
    else {
      const thread = card === undefined ? {} : { thread_ts: card, reply_broadcast: broadcast === true };
      const answer = await client.chat.postMessage({ ...body, ...(thread as { thread_ts: string }) });
      posted.set(slot, answer.ts ?? '');
    }
  }

  return {
    card: () => posted.get('card') ?? '',
    async flush(): Promise<void> {
      for (const message of world.messages.slice(sent)) {
        sent += 1;
        await send(message);
      }
    },
  };
}

async function begin() {
  const world = newWorld(RUNBOOK);
  const product = createProduct(world);
  const engine = createEngine(world, await newStore(world), product.hosts);
  const person = (id: string, name: string) => ({ id, name, zone: 'Europe/Berlin' });
  const slack = await createSlack({
    manifest: MANIFEST,
    mode: 'http',
    seed: 'handlers',
    team: { id: TEAM },
    users: [person(ROSA, 'Rosa'), person(AMIR, 'Amir'), person(BEA, 'Bea'), person(OLU, 'Olu')],
    channels: [{ id: CHANNEL, name: 'upgrades', members: [ROSA, AMIR, BEA, OLU] }],
    rateLimits: false,
    missingText: 'refuse',
  });
  const errors = await connect(slack, engine);
  const { flush, card } = courier(slack, world);

  /** The engine goes on until somebody is asked or it is over; then Slack shows it. */
  async function goOn(): Promise<void> {
    await engine.run({
      horizonS: 3600,
      stop: async () => {
        const view = await engine.upgrades.view('U-1');
        const phase = view.ok ? view.value.upgrade.phase : undefined;
        return (
          phase?.kind === 'awaiting-approval' || (phase?.kind === 'running' && phase.waitingFor !== null)
        );
      },
    });
    await flush();
  }

  const modal = (who: string, words: string) =>
    slack.until(
      () => {
        const open = slack.as(who).modal();
        return open !== null && JSON.stringify(open).includes(words) ? open : undefined;
      },
      { what: `a form with “${words}” for ${who}` },
    );
  const told = (who: string, words: string) =>
    slack.until(
      () =>
        slack
          .as(who)
          .ephemerals(CHANNEL)
          .find(({ text }) => text.includes(words)),
      {
        what: `“${words}” for ${who}`,
      },
    );
  const reply = (words: string): MessageState => {
    const found = slack
      .as(OLU)
      .thread(card())
      .findLast(({ text }) => text.includes(words));
    if (found === undefined)
      throw new Error(
        `no reply has “${words}”:\n${slack.describe(CHANNEL, { thread: card(), view: 'text' })}`,
      );
    return found;
  };

  /** @param bare as somebody who knows nothing yet: by the button below the help */
  async function ask(bare = false): Promise<void> {
    const rosa = slack.as(ROSA);
    await rosa.command('/upgrade', bare ? '' : 'start staging to=2.0', CHANNEL);
    if (bare) await rosa.click(await told(ROSA, '/upgrade start'), ACTIONS.start);
    await modal(ROSA, 'Reason');
    await rosa.submit({ ...(bare && { 'input.to@staging': '2.0' }), reason: 'end of support' });
    await modal(ROSA, 'is asked for');
    await rosa.close();
    await goOn();
  }

  async function approve(who: string): Promise<void> {
    const one = slack.as(who);
    await one.click(card(), ACTIONS.review);
    await modal(who, 'I confirm');
    await one.submit({ 'ack:0': ['0'] });
    await modal(who, 'You approved');
    await one.close();
    await flush();
  }

  async function startIt(): Promise<void> {
    await goOn();
    await slack.as(ROSA).click(card(), ACTIONS.go, { confirm: true });
    await told(ROSA, 'You pressed “Start now”');
    await goOn();
  }

  return { world, product, engine, slack, errors, card, goOn, modal, told, reply, ask, approve, startIt };
}

test('an upgrade is asked for, approved, started, answered and finished by people who only click what they see', async () => {
  const { slack, product, errors, card, goOn, modal, reply, ask, approve, startIt } = await begin();
  await ask();
  await approve(AMIR);
  await approve(BEA);
  await startIt();
  const amir = slack.as(AMIR);
  await amir.click(reply('go or no-go?'), ACTIONS.gateGo);
  await modal(AMIR, 'You say *go*');
  await amir.submit({});
  await modal(AMIR, 'The run goes on.');
  await goOn();
  const olu = slack.as(OLU);
  await olu.click(reply('to be done by hand'), ACTIONS.manualDone);
  await modal(OLU, 'What was done');
  await olu.submit({ note: 'looks well' });
  await modal(OLU, 'Reported as done');
  await goOn();

  expect(product.version).toBe('2.0');
  const thread = slack.as(OLU).thread(card());
  expect(thread.at(-1)?.text).toContain('✅ Succeeded.');
  expect(thread.at(-1)?.broadcast).toBe(true);
  expect(thread.some(({ files }) => files.some(({ name }) => name.startsWith('plan-')))).toBe(true);
  // Nothing is left to press, on the card or below it.
  for (const message of [...thread, ...slack.as(OLU).sees(CHANNEL)])
    expect(JSON.stringify(message.blocks), message.text).not.toContain('"type":"actions"');
  expect(errors).toEqual([]);
});

test('a hold is answered from its message, which keeps its story and loses its buttons', async () => {
  const { slack, product, errors, goOn, told, reply, ask, approve, startIt } = await begin();
  product.backupStates.splice(0, 2, 'broken');
  await ask();
  await approve(AMIR);
  await approve(BEA);
  await startIt();
  const held = reply('is held');
  expect(held.broadcast).toBe(true);
  product.backupStates.splice(0, 1, 'done');
  await slack.as(OLU).click(held, ACTIONS.retry, { confirm: true });
  await told(OLU, 'is under way');
  await goOn();
  expect(reply('was held').ts).toBe(held.ts);
  expect(JSON.stringify(reply('was held').blocks)).not.toContain('"type":"actions"');
  // Somebody whose client has not heard of it presses the button of before: refused before a reason is typed.
  await slack.as(AMIR).click(held, ACTIONS.stop, { revision: 1 });
  await slack.until(() => JSON.stringify(slack.as(AMIR).modal())?.includes('is running'));
  expect(errors).toEqual([]);
});

test('somebody who types nothing but /upgrade gets to the plan card by clicking', async () => {
  const { errors, reply, ask, approve } = await begin();
  await ask(true);
  expect(reply('Plan v1').text).toContain('Plan v1');
  await approve(AMIR);
  expect(errors).toEqual([]);
});

test('an approver takes back a yes on the card of an approved upgrade, and nothing is left to press', async () => {
  const { slack, product, errors, card, goOn, modal, reply, ask, approve } = await begin();
  await ask();
  await approve(AMIR);
  await approve(BEA);
  const bea = slack.as(BEA);
  await bea.click(card(), ACTIONS.decline);
  await modal(BEA, 'also for those who have approved it');
  await bea.submit({ note: 'the disk is failing' });
  await modal(BEA, 'You declined');
  await goOn();

  expect(reply('took back the approval').text).toContain('<@U0BEA> took back the approval and declined');
  expect(JSON.stringify(slack.as(OLU).sees(CHANNEL))).toContain('Declined by <@U0BEA>');
  for (const message of [...slack.as(OLU).thread(card()), ...slack.as(OLU).sees(CHANNEL)])
    expect(JSON.stringify(message.blocks), message.text).not.toContain('"type":"actions"');
  expect(product.hosts.started).toEqual([]);
  expect(errors).toEqual([]);
});

test('the wrong people are refused where they look, with the reason', async () => {
  const { slack, modal, told, card, ask, approve, errors } = await begin();
  await ask();
  await slack.as(ROSA).click(card(), ACTIONS.review);
  await modal(ROSA, 'somebody else decides');
  await slack.as(OLU).click(card(), ACTIONS.decline);
  await modal(OLU, 'You are in none of them');
  await slack.as(AMIR).click(card(), ACTIONS.withdraw, { confirm: true });
  await told(AMIR, 'Only <@U0ROSA>');
  await approve(AMIR);
  await slack.as(AMIR).click(card(), ACTIONS.review);
  await modal(AMIR, 'You have approved this plan already');
  expect(errors).toEqual([]);
});
