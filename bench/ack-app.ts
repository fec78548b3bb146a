/**
 * One of the apps that `bench:ack` clicks in, as a process of its own: `bare`, `bare-and-writes` or `cutover`.
 * argv: KIND API-URL SIGNING-SECRET. Says its port to its parent; ends when the parent is gone.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { App, HTTPReceiver } from '@slack/bolt';
import { registerHandlers } from '../handlers/register.ts';
import type { Store } from '../src/ports/ports.ts';
import { createSlackApp } from '../src/ports/slack-app.ts';
import { openStore } from '../src/ports/sqlite-store.ts';
import { RUNBOOK } from '../test/engine/runbook.ts';
import { createEngine, newWorld, silent } from '../test/support/engine.ts';
import { phaseOf, request } from '../test/support/play.ts';
import { createProduct } from '../test/support/product.ts';

const [kind = '', apiUrl = '', signingSecret = ''] = process.argv.slice(2);
const directory = mkdtempSync(join(tmpdir(), 'cutover-ack-'));
/** As often as ten busy runs save their output. */
const WRITE_EVERY_MS = 20;
const WRITE_BYTES = 16 * 1024;

const world = newWorld(RUNBOOK);
const store = await openStore({ path: join(directory, 'cutover.db'), now: () => world.now, log: silent });
const engine = createEngine(world, store, createProduct(world).hosts, { vault: join(directory, 'vault') });
const upgrade = await request(world, engine);
await engine.run({
  horizonS: 3600,
  stop: async () => (await phaseOf(engine, upgrade)).kind === 'awaiting-approval',
});
const view = await engine.upgrades.view(upgrade);
if (!view.ok) throw new Error(`planning the upgrade to click on: ${view.refusal.say}`);

let saves = 0;

/** Output and an audit event each time: what a run saves, with the same guarantees. */
async function writeOn(to: Store): Promise<never> {
  const bytes = new Uint8Array(WRITE_BYTES).fill(65);
  for (let n = 0; ; n++) {
    const now = await to.upgrade(upgrade);
    if (now === undefined) throw new Error(`writing: ${upgrade} is not in the store`);
    await to.commit({
      upgrade: now,
      events: [
        { at: world.now, upgrade, actor: 'cutover', kind: 'apply-started', data: { step: 'bench', n } },
      ],
      messages: [],
      output: [{ attempt: `${upgrade}.bench.1`, stream: 'out', offset: n * WRITE_BYTES, bytes }],
    });
    saves += 1;
    await sleep(WRITE_EVERY_MS);
  }
}

async function listenBare(): Promise<number> {
  const app = new App({
    token: 'xoxb-bench',
    receiver: new HTTPReceiver({ signingSecret }),
    clientOptions: { slackApiUrl: apiUrl },
    convoStore: false,
  });
  app.action(/.*/, ({ ack }) => ack());
  const server = (await app.start({ port: 0, host: '127.0.0.1' })) as Server;
  return (server.address() as AddressInfo).port;
}

async function listenCutover(): Promise<number> {
  const slack = createSlackApp({
    slack: {
      botToken: 'xoxb-bench',
      apiUrl,
      transport: { mode: 'http', signingSecret },
      card: 'classic',
    },
    listen: { host: '127.0.0.1', port: 0 },
    log: silent,
    health: () => ({ ready: true }),
  });
  registerHandlers(slack.app, { upgrades: engine.upgrades, log: silent });
  return (await slack.start()).port;
}

process.on('message', () => process.send?.({ saves }));
process.on('disconnect', () => {
  rmSync(directory, { recursive: true, force: true });
  process.exit(0);
});
const port = kind === 'cutover' ? await listenCutover() : await listenBare();
if (kind !== 'bare') void writeOn(store);
process.send?.({ port, upgrade, digest: view.value.plan?.digest });
