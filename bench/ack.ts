/**
 * From a click to its acknowledgement: signed requests to Bolt's real HTTP receiver, 50 a second whether or not the last one
 * was answered, while the same process writes to its database. A bare Bolt app is the base of the ratios.
 *
 *   npm run -s bench:ack [-- --rounds 3 --seconds 10]
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { TEAM } from '../test/support/engine.ts';
import { percentile, table } from './table.ts';

const PER_SECOND = 50;
/** Compilers and caches warm up for so many clicks that are not counted. */
const WARM_UP = 100;
const SECRET = 'bench-signing-secret';
const APP = fileURLToPath(new URL('./ack-app.ts', import.meta.url));

const KINDS = [
  { kind: 'bare', name: 'bare Bolt app: every click is acknowledged at once' },
  { kind: 'bare-and-writes', name: 'the same with saves in its process' },
  { kind: 'cutover', name: 'Cutover: its handlers, engine and store, with saves' },
] as const;

interface Ready {
  readonly port: number;
  readonly upgrade: string;
  readonly digest: string;
}

/** As much Web API as handlers call: who am I, a form, a line for the clicker. */
async function startApi() {
  const answers: { readonly [method: string]: object } = {
    'auth.test': { team_id: TEAM, user_id: 'U0BOT', bot_id: 'B0BOT' },
    'views.open': { view: { id: 'V1', hash: 'h1' } },
    'views.update': { view: { id: 'V1', hash: 'h2' } },
  };
  const called = new Map<string, number>();
  const server = createServer((incoming, response) => {
    const method = (incoming.url ?? '').split('/').at(-1) ?? '';
    called.set(method, (called.get(method) ?? 0) + 1);
    incoming.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ ok: true, ...answers[method] }));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `${base}/api/`,
    responseUrl: `${base}/response`,
    called,
    close: () => server.closeAllConnections(),
    server,
  };
}

let clicks = 0;

/** Amir opens the form of the plan; Bea presses a button that is not for her: a read and a write by turns. */
function clickBody({ upgrade, digest }: Ready, responseUrl: string): string {
  clicks += 1;
  const reads = clicks % 2 === 0;
  const payload = {
    type: 'block_actions',
    team: { id: TEAM, domain: 'bench' },
    user: { id: reads ? 'U0AMIR' : 'U0BEA', username: 'x', name: 'x', team_id: TEAM },
    channel: { id: 'C0UPGRADES', name: 'upgrades' },
    message: { type: 'message', ts: '100.1' },
    container: { type: 'message', message_ts: '100.1', channel_id: 'C0UPGRADES' },
    actions: [
      {
        type: 'button',
        action_id: reads ? 'review' : 'withdraw',
        block_id: 'b',
        action_ts: `${clicks}.1`,
        value: `${upgrade}|${digest}`,
      },
    ],
    trigger_id: `${clicks}.1.bench`,
    response_url: responseUrl,
    api_app_id: 'A0BENCH',
  };
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
}

function click(agent: Agent, port: number, body: string): Promise<void> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', SECRET).update(`v0:${timestamp}:${body}`).digest('hex');
  return new Promise((resolve, reject) => {
    const call = request(
      {
        ...{ agent, port, host: '127.0.0.1', method: 'POST', path: '/slack/events' },
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': Buffer.byteLength(body),
          'x-slack-request-timestamp': timestamp,
          'x-slack-signature': `v0=${signature}`,
        },
      },
      (response) => {
        response.resume().once('end', () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`a click was answered with ${response.statusCode}`));
        });
      },
    );
    call.once('error', reject);
    call.end(body);
  });
}

/** Sent by the clock, not by the answers: a slow app does not slow its own measurement down. */
async function load(ready: Ready, responseUrl: string, count: number): Promise<readonly number[]> {
  const agent = new Agent({ keepAlive: true });
  const began = performance.now();
  const all = Array.from({ length: count }, async (_, index) => {
    const due = began + (index * 1000) / PER_SECOND;
    await sleep(Math.max(0, due - performance.now()));
    const sent = performance.now();
    await click(agent, ready.port, clickBody(ready, responseUrl));
    return performance.now() - sent;
  });
  const times = await Promise.all(all);
  agent.destroy();
  return times;
}

async function startApp(kind: string, apiUrl: string): Promise<{ child: ChildProcess; ready: Ready }> {
  const child = fork(APP, [kind, apiUrl, SECRET], { execArgv: ['--import', 'tsx'] });
  const ready = await Promise.race([
    once(child, 'message').then(([message]) => message as Ready),
    once(child, 'exit').then(([code]) => {
      throw new Error(`${kind}: ended with exit code ${code} before it listened`);
    }),
  ]);
  return { child, ready };
}

async function savesOf(child: ChildProcess): Promise<number> {
  child.send('saves?');
  const [{ saves }] = (await once(child, 'message')) as [{ readonly saves: number }];
  return saves;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '3' }, seconds: { type: 'string', default: '10' } },
  });
  const api = await startApi();
  const times = new Map<string, number[]>();
  const saves = new Map<string, number>();
  for (let round = 1; round <= Number(values.rounds); round++)
    for (const { kind } of KINDS) {
      const { child, ready } = await startApp(kind, api.url);
      await load(ready, api.responseUrl, WARM_UP);
      const before = await savesOf(child);
      const measured = await load(ready, api.responseUrl, Number(values.seconds) * PER_SECOND);
      times.set(kind, [...(times.get(kind) ?? []), ...measured]);
      saves.set(kind, (saves.get(kind) ?? 0) + (await savesOf(child)) - before);
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    }
  if ((api.called.get('views.open') ?? 0) === 0)
    throw new Error('no form was opened: the clicks did nothing');
  const of = (kind: string, share: number) => percentile(times.get(kind) ?? [], share);
  const rows = KINDS.map(({ kind, name }) => {
    const cells = [0.5, 0.99].flatMap((share) => [
      of(kind, share).toFixed(1),
      (of(kind, share) / of('bare', share)).toFixed(2),
    ]);
    const perSecond = (saves.get(kind) ?? 0) / (Number(values.rounds) * Number(values.seconds));
    return [
      name,
      String(times.get(kind)?.length),
      perSecond.toFixed(0),
      ...cells,
      Math.max(...(times.get(kind) ?? [])).toFixed(0),
    ];
  });
  process.stdout.write(
    table(
      ['click → acknowledgement', 'clicks', 'saves/s', 'p50 ms', 'ratio', 'p99 ms', 'ratio', 'max ms'],
      rows,
    ),
  );
  api.server.close();
  api.close();
}

await main();
