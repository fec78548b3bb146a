import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Slack } from '../../simulator/slack/slack.ts';
import { type Upgrade, UpgradeId } from '../../src/core/model.ts';
import { createClock } from '../../src/ports/clock.ts';
import type { NewMessage, Store } from '../../src/ports/ports.ts';
import { createOutbox } from '../../src/ports/slack-outbox.ts';
import { openStore } from '../../src/ports/sqlite-store.ts';
import { LOUNGE, makeSlack, OMAR, OPS, ROSA } from '../simulator/slack/world.ts';
import { T0, upgrade } from '../support/builders.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { change, U1 } from '../support/store-contract.ts';
import { tempDirectory } from '../support/temp.ts';

/** A minute of waiting takes a second. */
const K = 60;

const block = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });

function message(slot: string, more: Partial<NewMessage> = {}): NewMessage {
  const text = more.text ?? slot;
  return { slot, channel: OPS, text, blocks: [block(text)], ...more };
}

interface World {
  readonly slack: Slack;
  readonly store: Store;
  readonly log: ReturnType<typeof recordedLog>;
  /** Ends this outbox as a crash would, and begins with another one on the same file. */
  readonly restart: () => Promise<World>;
  readonly put: (...messages: readonly NewMessage[]) => Promise<void>;
  readonly sent: (withinMs?: number) => Promise<void>;
  readonly calls: (method: string) => number;
  /** Texts under the card that stands in the channel last. */
  readonly thread: () => readonly string[];
  readonly cards: () => readonly string[];
  readonly now: () => number;
  readonly kick: () => void;
  readonly stop: () => Promise<void>;
}

async function world(options: { readonly started?: boolean; readonly k?: number } = {}): Promise<World> {
  const scale = { t0: T0, r0: Date.now(), k: options.k ?? K };
  const slack = await makeSlack({ clock: scale, rateLimits: true });
  const clock = createClock(scale);
  const path = join(tempDirectory(), 'cutover.db');

  async function begin(started = true): Promise<World> {
    const log = recordedLog();
    const store = await openStore({ path, now: () => clock.now(), log });
    const outbox = createOutbox({ store, slack, clock, log });
    onTestFinished(async () => {
      await outbox.stop();
      await store.close();
    });
    if (started) outbox.start();
    const rosa = slack.as(ROSA);
    const standing = () =>
      rosa.sees(OPS).filter(({ threadTs, ephemeral }) => threadTs === null && !ephemeral);
    return {
      slack,
      store,
      log,
      now: () => clock.now(),
      kick: () => outbox.kick(),
      stop: () => outbox.stop(),
      async restart() {
        await outbox.stop();
        return begin();
      },
      async put(...messages) {
        const based: Upgrade = (await store.upgrade(U1)) ?? upgrade();
        await store.commit(change(based, { messages }));
        outbox.kick();
      },
      async sent(withinMs = 20_000) {
        await slack.until(async () => (await store.outboxDepth()) === 0, {
          withinMs,
          what: 'an empty outbox',
        });
      },
      calls: (method) =>
        slack.transcript().filter((entry) => entry.kind === 'api' && entry.method === method).length,
      cards: () => standing().map(({ text }) => text),
      thread: () => {
        const card = standing().at(-1);
        return card === undefined ? [] : rosa.thread(card.ts).map(({ text }) => text);
      },
    };
  }
  return begin(options.started);
}

describe('the thread', () => {
  test('is a card in the channel and replies under it, in the order in which they were committed', async () => {
    const { put, sent, cards, thread, calls } = await world();
    await put(message('requested'), message('card'), message('plan:1'));
    await put(message('card', { text: 'card 2' }), message('approved'));
    await sent();
    expect(cards()).toEqual(['card 2']);
    expect(thread()).toEqual(['requested', 'plan:1', 'approved']);
    expect(calls('chat.postMessage')).toBe(4);
  });

  test('two hundred messages in a burst stand in order, each once, within Slack’s limits', async () => {
    const { put, sent, thread, slack } = await world();
    const names = Array.from({ length: 200 }, (_, n) => `step ${n + 1}`);
    await put(message('card'), ...names.map((name) => message(name)));
    await sent(40_000);
    expect(thread()).toEqual(names);
    expect(slack.transcript().filter((entry) => entry.kind === 'api' && entry.status === 429)).toEqual([]);
  });

  test('a slot is edited in place, with what is newest', async () => {
    const { put, sent, thread, calls, slack } = await world();
    await put(message('card'), message('step:1', { text: 'runs' }));
    await sent();
    for (let n = 1; n <= 30; n++)
      await put(message('card', { text: `card ${n}` }), message('step:1', { text: `${n}` }));
    await sent();
    expect(thread()).toEqual(['30']);
    expect(calls('chat.postMessage')).toBe(2);
    // Most of the thirty were overtaken before their turn.
    expect(calls('chat.update')).toBeLessThan(12);
    expect(slack.as(ROSA).sees(OPS).at(-1)).toMatchObject({ text: 'card 30', edited: false });
  });

  test('carries ids only in its metadata, and turns nothing into mentions or previews', async () => {
    const { put, sent, slack } = await world();
    await put(message('card'), message('a'));
    await sent();
    const posts = slack
      .transcript()
      .flatMap((entry) => (entry.kind === 'api' && entry.method === 'chat.postMessage' ? [entry.args] : []));
    expect(posts[1]).toMatchObject({
      unfurl_links: 'false',
      unfurl_media: 'false',
      link_names: 'false',
      metadata: { event_type: 'cutover_message', event_payload: { upgrade: 'U-1', slot: 'a', row: 2 } },
    });
    expect(Object.keys((posts[1] as { metadata: { event_payload: object } }).metadata.event_payload)).toEqual(
      ['upgrade', 'slot', 'row'],
    );
  });

  test('a broadcast stands in the channel too; a note is seen by one person only', async () => {
    const { put, sent, slack } = await world();
    await put(message('card'), message('held', { broadcast: true }), message('note', { onlyFor: ROSA }));
    await sent();
    expect(
      slack
        .as(OMAR)
        .sees(OPS)
        .map(({ text, broadcast }) => [text, broadcast]),
    ).toEqual([
      ['card', false],
      ['held', true],
    ]);
    const [card] = slack.as(ROSA).sees(OPS);
    expect(
      slack
        .as(ROSA)
        .thread(card?.ts ?? '')
        .filter(({ ephemeral }) => ephemeral)
        .map(({ text }) => text),
    ).toEqual(['note']);
  });

  test('a note for somebody who is not in the channel is dropped, and the thread goes on', async () => {
    const { put, sent, thread, log } = await world();
    await put(message('card'), message('note', { onlyFor: 'U0GUEST' }), message('after'));
    await sent();
    expect(thread()).toEqual(['after']);
    expect(
      log.lines.filter(({ message: said }) => said === 'a message was dropped').map(({ data }) => data.why),
    ).toEqual(['user_not_in_channel']);
  });

  test('a file stands where it belongs: after what was said before it, before what is said after it', async () => {
    const { put, sent, slack } = await world();
    await put(
      message('card'),
      message('before'),
      message('log', {
        text: 'Log of step 1',
        file: { name: 'U-1.one.1.log', content: 'line ✓\n'.repeat(1000) },
      }),
      message('empty', { text: 'It printed nothing', file: { name: 'empty.log', content: '' } }),
      message('after'),
    );
    await sent();
    const [card] = slack.as(ROSA).sees(OPS);
    const replies = slack.as(ROSA).thread(card?.ts ?? '');
    expect(
      replies.map(({ text, files }) => [text, ...files.map(({ name, size }) => `${name} ${size}`)]),
    ).toEqual([
      ['before'],
      ['Log of step 1', `U-1.one.1.log ${Buffer.byteLength('line ✓\n') * 1000}`],
      ['It printed nothing'],
      ['after'],
    ]);
    expect(replies[1]?.files[0]?.content).toBe('line ✓\n'.repeat(1000));
  });

  test('what is said after a file waits until Slack shows the file', async () => {
    // A Slack that shows a file a few looks after it took it.
    const said: string[] = [];
    let looks = 0;
    let ts = 0;
    const server = createServer((request, response) => {
      const method = request.url?.split('/').at(-1) ?? '';
      let body = '';
      request.on('data', (bytes: Buffer) => {
        body += bytes.toString();
      });
      request.on('end', () => {
        const answers: { readonly [method: string]: () => object } = {
          'chat.postMessage': () => {
            said.push(new URLSearchParams(body).get('text') ?? '');
            ts += 1;
            return { ok: true, ts: `${ts}.000000` };
          },
          'files.getUploadURLExternal': () => ({
            ok: true,
            upload_url: `http://${request.headers.host}/upload`,
            file_id: 'F1',
          }),
          upload: () => ({}),
          'files.completeUploadExternal': () => ({ ok: true, files: [{ id: 'F1' }] }),
          'conversations.replies': () => {
            looks += 1;
            if (looks === 4) said.push('the file');
            const shown =
              looks >= 4 ? [{ ts: '2.000000', files: [{ id: 'F1', name: 'a.log', size: 1 }] }] : [];
            return { ok: true, messages: [{ ts: '1.000000' }, ...shown] };
          },
        };
        const answer = answers[method]?.() ?? { ok: false, error: 'unknown_method' };
        response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const clock = createClock({ t0: T0, r0: Date.now(), k: K });
    const log = recordedLog();
    const store = await openStore({ path: ':memory:', now: () => clock.now(), log });
    const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`;
    const outbox = createOutbox({ store, slack: { botToken: 'xoxb-1', apiUrl }, clock, log });
    onTestFinished(() => outbox.stop());
    await store.commit(
      change(upgrade(), {
        messages: [
          message('card'),
          message('log', { file: { name: 'a.log', content: 'x' } }),
          message('after'),
        ],
      }),
    );
    outbox.start();
    while ((await store.outboxDepth()) > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(said).toEqual(['card', 'the file', 'after']);
  });

  test('threads do not wait for each other', async () => {
    const { put, sent, store, slack } = await world();
    const U2 = UpgradeId.parse('U-2');
    await put(message('card', { channel: LOUNGE }), message('a', { channel: LOUNGE }));
    await store.commit(
      change(upgrade({ id: U2, target: 'other', hostKeys: [] }), {
        messages: [message('card', { text: 'other' })],
      }),
    );
    // The bot is not in the first channel.
    await slack.until(() => slack.as(ROSA).sees(OPS).length === 1, { what: 'the second thread' });
    slack.faults.join(LOUNGE, slack.app.botUser);
    await sent();
    expect(
      slack
        .as(ROSA)
        .sees(LOUNGE)
        .map(({ text }) => text),
    ).toEqual(['card']);
  });
});

describe('when Slack is in trouble', () => {
  test('an outage of hours keeps everything in order and delivers each once', async () => {
    const { put, sent, cards, thread, calls, slack, log, now } = await world({ k: 5000 });
    await put(message('card'), message('first'));
    await sent();
    slack.faults.outage(true);
    const began = now();
    const names = Array.from({ length: 40 }, (_, n) => `step ${n}`);
    for (const [n, name] of names.entries()) {
      await put(message(name), message('card', { text: `card ${n}` }));
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    await slack.until(() => now() - began > 3 * 3_600_000, { what: 'the outage' });
    slack.faults.outage(false);
    await sent();
    expect(thread()).toEqual(['first', ...names]);
    expect(cards()).toEqual(['card 39']);
    // In words: once when it began, once when it ended.
    expect(log.count('Slack takes no messages; they wait in order')).toBe(1);
    expect(log.count('Slack takes messages again')).toBe(1);
    expect(calls('chat.postMessage')).toBe(42);
  });

  test.each([
    [
      'a 503 after Slack stored it',
      (slack: Slack) => slack.faults.failNext({ method: 'chat.postMessage', when: 'after' }),
    ],
    ['a 503 before', (slack: Slack) => slack.faults.failNext({ method: 'chat.postMessage', when: 'before' })],
    [
      'a reset after Slack stored it',
      (slack: Slack) => slack.faults.resetNext({ method: 'chat.postMessage', when: 'after' }),
    ],
    [
      'a reset before',
      (slack: Slack) => slack.faults.resetNext({ method: 'chat.postMessage', when: 'before' }),
    ],
    [
      'internal_error after Slack stored it',
      (slack: Slack) =>
        slack.faults.refuseNext({ method: 'chat.postMessage', error: 'internal_error', when: 'after' }),
    ],
    [
      'several failures in a row',
      (slack: Slack) => slack.faults.failNext({ method: 'chat.postMessage', when: 'after', times: 3 }),
    ],
  ])('%s: no message twice, none lost, for replies and the card', async (_how, trouble) => {
    const { put, sent, cards, thread, slack } = await world();
    trouble(slack);
    await put(message('card'), message('a'));
    await sent();
    trouble(slack);
    await put(message('b'), message('c'));
    await sent();
    expect(cards()).toEqual(['card']);
    expect(thread()).toEqual(['a', 'b', 'c']);
  });

  test('a hang after Slack stored it: no message twice', async () => {
    const { put, sent, thread, slack } = await world();
    await put(message('card'));
    await sent();
    slack.faults.hangNext({ method: 'chat.postMessage', when: 'after' });
    await put(message('a'), message('b'));
    await sent(30_000);
    expect(thread()).toEqual(['a', 'b']);
  });

  test('a file whose sharing got no answer is not shared twice', async () => {
    const { put, sent, slack, thread } = await world();
    await put(message('card'));
    await sent();
    slack.faults.failNext({ method: 'files.completeUploadExternal', when: 'after' });
    slack.faults.failNext({ method: 'files.getUploadURLExternal', when: 'before' });
    await put(message('log', { text: 'the log', file: { name: 'a.log', content: 'abc' } }), message('after'));
    await sent();
    expect(thread()).toEqual(['the log', 'after']);
  });

  test('an edit that got no answer is made again', async () => {
    const { put, sent, cards, slack } = await world();
    await put(message('card'));
    await sent();
    slack.faults.failNext({ method: 'chat.update', when: 'after' });
    await put(message('card', { text: 'new' }));
    await sent();
    expect(cards()).toEqual(['new']);
  });

  test('looking for a message may fail as well: it is looked for again before anything is posted', async () => {
    const { put, sent, thread, slack } = await world();
    await put(message('card'));
    await sent();
    slack.faults.failNext({ method: 'chat.postMessage', when: 'after' });
    slack.faults.failNext({ method: 'conversations.replies', times: 2 });
    slack.faults.rateLimitNext({ method: 'conversations.replies', retryAfterS: 5 });
    await put(message('a'));
    await sent();
    expect(thread()).toEqual(['a']);
  });

  test('a message of somebody else with our metadata is not taken for ours', async () => {
    // A Slack in which another app has posted what ours was about to post.
    const posted: string[] = [];
    const bot = async (own: string) => {
      const server = createServer((request, response) => {
        const method = request.url?.split('/').at(-1) ?? '';
        const answers: { readonly [method: string]: () => object } = {
          'auth.test': () => ({ ok: true, bot_id: 'B0OURS' }),
          'conversations.history': () => ({
            ok: true,
            messages: [
              {
                ts: '1.000001',
                bot_id: own,
                metadata: {
                  event_type: 'cutover_message',
                  event_payload: { upgrade: 'U-1', slot: 'card', row: 1 },
                },
              },
            ],
          }),
          'chat.postMessage': () => ({ ok: true, ts: `9.00000${posted.push(own)}` }),
        };
        request.resume().on('end', () => {
          const answer = answers[method]?.() ?? { ok: false, error: 'unknown_method' };
          response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      onTestFinished(() => void server.close());
      const path = join(tempDirectory(), 'c.db');
      const log = recordedLog();
      const clock = createClock({ t0: T0, r0: Date.now(), k: K });
      const died = await openStore({ path, now: () => clock.now(), log });
      await died.commit(change(upgrade(), { messages: [message('card')] }));
      await died.outboxSending(1, T0);
      const store = await openStore({ path, now: () => clock.now(), log });
      const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`;
      const outbox = createOutbox({ store, slack: { botToken: 'xoxb-1', apiUrl }, clock, log });
      outbox.start();
      while ((await store.outboxDepth()) > 0) await new Promise((resolve) => setTimeout(resolve, 10));
      await outbox.stop();
      await store.close();
      await died.close();
    };
    await bot('B0OURS');
    expect(posted).toEqual([]);
    await bot('B0THEIRS');
    expect(posted).toEqual(['B0THEIRS']);
  });

  test('Retry-After is waited out, on the clock of the bot, and nothing overtakes', async () => {
    const { put, sent, thread, slack, now } = await world();
    await put(message('card'));
    await sent();
    slack.faults.rateLimitNext({ method: 'chat.postMessage', retryAfterS: 120 });
    const began = now();
    await put(message('a'), message('b'));
    await sent();
    expect(now() - began).toBeGreaterThanOrEqual(120_000);
    expect(thread()).toEqual(['a', 'b']);
  });

  test('a 429 without a time is waited out too', async () => {
    const { put, sent, thread, slack } = await world();
    slack.faults.rateLimitNext({ method: 'chat.postMessage', retryAfterS: null });
    await put(message('card'), message('a'));
    await sent();
    expect(thread()).toEqual(['a']);
  });

  test('a token that Slack does not take any more: everything waits, and is said once', async () => {
    const { put, store, slack, log } = await world();
    await put(message('card'));
    await slack.until(async () => (await store.outboxDepth()) === 0);
    slack.faults.revokeToken();
    await put(message('a'), message('b'));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await store.outboxDepth()).toBe(2);
    expect(
      log.lines.filter(({ level }) => level !== 'info').map(({ message: said, data }) => [said, data.why]),
    ).toEqual([['Slack takes no messages; they wait in order', 'account_inactive']]);
  });

  test('stopping cuts off a request that hangs, and the next start looks it up', async () => {
    const first = await world();
    await first.put(message('card'));
    await first.sent();
    first.slack.faults.hangNext({ method: 'chat.postMessage', when: 'after' });
    await first.put(message('a'), message('b'));
    await first.slack.until(() => first.calls('chat.postMessage') === 2, { what: 'the request that hangs' });
    const began = Date.now();
    const next = await first.restart();
    expect(Date.now() - began).toBeLessThan(5000);
    await next.sent();
    expect(next.thread()).toEqual(['a', 'b']);
  });
});

describe('when people are in the way', () => {
  test('a reply that somebody deleted is posted anew', async () => {
    const { put, sent, thread, slack } = await world();
    await put(message('card'), message('step:1', { text: 'runs' }));
    await sent();
    const [card] = slack.as(ROSA).sees(OPS);
    slack.faults.deleteMessage(slack.as(ROSA).thread(card?.ts ?? '')[0]?.ts ?? '');
    await put(message('step:1', { text: 'succeeded' }), message('b'));
    await sent();
    expect(thread()).toEqual(['succeeded', 'b']);
  });

  test('a card that somebody deleted is posted anew, and what follows goes under it', async () => {
    const { put, sent, cards, thread, slack, log } = await world();
    await put(message('card', { text: 'card 1' }));
    await sent();
    slack.faults.deleteMessage(slack.as(ROSA).sees(OPS)[0]?.ts ?? '');
    await put(message('a'), message('b'));
    await sent();
    expect(cards()).toEqual(['card 1']);
    expect(thread()).toEqual(['a', 'b']);
    await put(message('card', { text: 'card 2' }));
    await sent();
    expect(cards()).toEqual(['card 2']);
    expect(log.count(/posted anew/)).toBe(1);
  });

  test('a card that was deleted while it had replies is posted anew with the next news', async () => {
    const { put, sent, cards, thread, slack } = await world();
    await put(message('card', { text: 'card 1' }), message('a'));
    await sent();
    slack.faults.deleteMessage(slack.as(ROSA).sees(OPS)[0]?.ts ?? '');
    await put(message('card', { text: 'card 2' }), message('b'));
    await sent();
    expect(cards().at(-1)).toBe('card 2');
    expect(thread()).toEqual(['b']);
  });

  test('a channel in which nothing can be answered does not fill with cards', async () => {
    const { put, sent, cards, slack, log } = await world();
    await put(message('card'));
    await sent();
    slack.faults.refuseNext({ method: 'chat.postMessage', error: 'cannot_reply_to_message' });
    slack.faults.refuseNext({ method: 'chat.update', error: 'cannot_reply_to_message' });
    await put(message('a'));
    await slack.until(() => cards().length === 2, { what: 'the second card' });
    slack.faults.refuseNext({ method: 'chat.postMessage', error: 'cannot_reply_to_message' });
    await sent();
    expect(cards()).toHaveLength(2);
    expect(log.count('a message was dropped')).toBeLessThanOrEqual(1);
  });

  test('an archived channel keeps what waits for it until it is taken out again', async () => {
    const { put, sent, thread, slack, log, store } = await world();
    await put(message('card'), message('a'));
    await sent();
    slack.faults.archive(OPS);
    await put(
      message('card', { text: 'card 2' }),
      message('b'),
      message('log', { file: { name: 'l', content: 'x' } }),
      message('c'),
    );
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(await store.outboxDepth()).toBe(4);
    slack.faults.unarchive(OPS);
    await sent(30_000);
    expect(thread()).toEqual(['a', 'b', 'log', 'c']);
    expect(log.count(/takes no messages; they wait for a day/)).toBe(1);
    expect(log.count('a channel takes messages again')).toBe(1);
  });

  test('what a channel did not take for a day is dropped with the reason, and blocks nothing for ever', async () => {
    const { put, sent, log, slack, store } = await world({ k: 36_000 });
    await put(message('card', { channel: 'C0NOWHERE' }), message('a', { channel: 'C0NOWHERE' }));
    await sent(30_000);
    expect(log.lines.filter(({ message: said }) => said === 'a message was dropped')).toMatchObject([
      { data: { slot: 'card', why: 'channel_not_found' } },
    ]);
    // Five minutes apart at the most: a day of them, not a flood.
    const tries = slack.transcript().filter((entry) => entry.kind === 'api').length;
    expect(tries).toBeLessThan(24 * 12 + 20);
    expect(await store.outboxDue(T0 * 2)).toEqual([]);
  });
});

describe('when Slack refuses the content', () => {
  const wrong = [{ type: 'no_such_block' }];

  test('the fallback is sent, then the text alone, and nothing is lost', async () => {
    const { put, sent, slack, log } = await world();
    await put(
      message('card', { blocks: wrong, fallback: { blocks: [block('classic')] } }),
      message('a', { text: 'the text', blocks: wrong, fallback: { blocks: wrong } }),
      message('b', { text: 'plain', blocks: wrong }),
    );
    await sent();
    const [card] = slack.as(ROSA).sees(OPS);
    expect(card?.blocks).toMatchObject([block('classic')]);
    expect(
      slack
        .as(ROSA)
        .thread(card?.ts ?? '')
        .map(({ text, blocks }) => [text, blocks]),
    ).toEqual([
      ['the text', null],
      ['plain', null],
    ]);
    expect(log.count('Slack took a message only in a simpler form')).toBe(3);
  });

  test('the same for an edit: what stood there does not stay', async () => {
    const { put, sent, slack } = await world();
    await put(message('card'));
    await sent();
    await put(message('card', { text: 'newest', blocks: wrong }));
    await sent();
    expect(slack.as(ROSA).sees(OPS)[0]).toMatchObject({ text: 'newest', blocks: null });
  });

  test('a text that is too long is cut, on a whole character', async () => {
    const { put, sent, slack } = await world();
    const long = '😀'.repeat(5000);
    await put(message('card', { text: long, blocks: [block('short')] }));
    await sent();
    await put(message('card', { text: `${long}!`, blocks: [block('short')] }));
    await sent();
    const text = slack.as(ROSA).sees(OPS)[0]?.text ?? '';
    expect([...text]).toHaveLength(4000);
    expect(text.endsWith('😀…')).toBe(true);
  });

  test('what it takes in no form is dropped with the reason, and the thread goes on', async () => {
    const { put, sent, thread, slack, log } = await world();
    await put(message('card'));
    await sent();
    slack.faults.refuseNext({ method: 'chat.postMessage', error: 'no_text', times: 2 });
    await put(message('a'), message('b'));
    await sent();
    expect(thread()).toEqual(['b']);
    expect(log.lines.find(({ message: said }) => said === 'a message was dropped')?.data).toMatchObject({
      slot: 'a',
      why: 'no_text',
    });
  });

  test('a file that it does not take leaves its text in the thread', async () => {
    const { put, sent, thread, slack } = await world();
    await put(message('card'));
    await sent();
    slack.faults.refuseNext({ method: 'files.getUploadURLExternal', error: 'missing_scope' });
    await put(message('log', { text: 'the log', file: { name: 'a', content: 'x' } }), message('after'));
    await sent();
    expect(thread()).toEqual(['the log', 'after']);
  });
});

describe('after a crash', () => {
  test('a row that was being sent is posted only when Slack does not have it', async () => {
    const first = await world({ started: false });
    await first.put(message('card'), message('a'), message('b'));
    // Sent by hand, up to the moment before the answer is written down.
    const begin = async () => {
      const [row] = await first.store.outboxDue(first.now());
      if (row === undefined) throw new Error('nothing is due');
      await first.store.outboxSending(row.id, first.now());
      return row;
    };
    await begin();
    const second = await first.restart();
    await second.sent();
    expect(second.cards()).toEqual(['card']);
    expect(second.thread()).toEqual(['a', 'b']);
  });

  test('nothing is sent before it is started, and everything after', async () => {
    const { put, store, calls, restart } = await world({ started: false });
    await put(message('card'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(calls('chat.postMessage')).toBe(0);
    expect(await store.outboxDepth()).toBe(1);
    const next = await restart();
    await next.sent();
    expect(next.cards()).toEqual(['card']);
  });

  test('a row that was put back for later is sent by the next process, without being told', async () => {
    const first = await world();
    await first.put(message('card'));
    await first.sent();
    first.slack.faults.rateLimitNext({ method: 'chat.postMessage', retryAfterS: 60 });
    await first.put(message('a'));
    await first.slack.until(() => first.calls('chat.postMessage') === 2, { what: 'the 429' });
    const next = await first.restart();
    await next.sent();
    expect(next.thread()).toEqual(['a']);
  });
});
