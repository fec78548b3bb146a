/** A person at Slack's desk: sends what Slack would send to a real Bolt app, and sees what the app shows through a local Web API. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { App, type Receiver, type ReceiverEvent } from '@slack/bolt';
import { registerHandlers } from '../../handlers/register.ts';
import { checkBlocks, checkView, pointed } from '../../simulator/slack/block-kit/check.ts';
import type { Upgrades } from '../../src/engine/upgrades.ts';
import type { Modal } from '../../src/messages/block-kit.ts';

const TEAM = 'T0CUTOVER';
const CHANNEL = 'C0UPGRADES';

interface Told {
  readonly by: 'response-url' | 'ephemeral';
  readonly text: string;
  readonly blocks: readonly unknown[];
  readonly thread: string | undefined;
}

interface Shown {
  readonly call: 'open' | 'update' | 'ack';
  readonly view: Modal;
}

/** What can go wrong on Slack's side, by the path of the request. */
type Fault = 'hang' | 'gone' | { readonly error: string };

export interface Line {
  readonly level: 'info' | 'warn' | 'error';
  readonly data: { readonly err?: unknown; readonly errorId?: string };
  readonly message: string;
}

const fileExists = () => false;

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  if (request.headers['content-type']?.includes('json')) return JSON.parse(text);
  return Object.fromEntries(
    [...new URLSearchParams(text)].map(([name, value]) => [
      name,
      /^[[{]/.test(value) ? JSON.parse(value) : value,
    ]),
  );
}

export async function openDesk(upgrades: Upgrades) {
  const told: Told[] = [];
  const shown: Shown[] = [];
  const lines: Line[] = [];
  const faults = new Map<string, Fault>();
  const problems: string[] = [];
  const hanging: ServerResponse[] = [];

  function judge(view: unknown): void {
    problems.push(...checkView(view, 'modal', { fileExists, appName: 'Cutover' }).map(pointed));
  }

  function answer(path: string, body: Record<string, unknown>): unknown {
    if (path.startsWith('/response/')) {
      const { text, blocks, thread_ts } = body as { text: string; blocks: unknown[]; thread_ts?: string };
      problems.push(...checkBlocks(blocks, 'message', { fileExists }).map(pointed));
      told.push({ by: 'response-url', text, blocks, thread: thread_ts });
      return { ok: true };
    }
    switch (path) {
      case '/api/views.open':
      case '/api/views.update': {
        const view = body.view as Modal;
        judge(view);
        shown.push({ call: path === '/api/views.open' ? 'open' : 'update', view });
        return { ok: true, view: { id: 'V1', hash: `h${shown.length}` } };
      }
      case '/api/chat.postEphemeral': {
        const { text, blocks, thread_ts } = body as { text: string; blocks: unknown[]; thread_ts?: string };
        problems.push(...checkBlocks(blocks, 'message', { fileExists }).map(pointed));
        told.push({ by: 'ephemeral', text, blocks, thread: thread_ts });
        return { ok: true, message_ts: '1.1' };
      }
      default:
        return { ok: false, error: 'unknown_method' };
    }
  }

  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const path = request.url ?? '';
      const fault = faults.get(path.replace(/^\/response\/.*/, '/response'));
      if (fault === 'hang') {
        hanging.push(response);
        return;
      }
      response.statusCode = fault === 'gone' ? 404 : 200;
      response.setHeader('content-type', 'application/json');
      const error = typeof fault === 'object' ? { ok: false, error: fault.error } : undefined;
      response.end(JSON.stringify(error ?? (fault === 'gone' ? { ok: false } : answer(path, body))));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  let app: App | undefined;
  const receiver: Receiver = {
    init: (own) => {
      app = own;
    },
    start: async () => undefined,
    stop: async () => undefined,
  };
  const bolt = new App({
    receiver,
    authorize: async () => ({ botToken: 'xoxb-desk', botId: 'B0', botUserId: 'U0BOT' }),
    clientOptions: { slackApiUrl: `${base}/api/`, timeout: 3000, retryConfig: { retries: 0 } },
    convoStore: false,
  });
  const log = (level: Line['level']) => (data: object, message: string) =>
    void lines.push({ level, data, message });
  registerHandlers(bolt, {
    upgrades,
    log: { info: log('info'), warn: log('warn'), error: log('error') },
  });

  let triggers = 0;
  const trigger = () => `${++triggers}.1.abc`;

  /** Delivers like Slack: three seconds for the acknowledgement, and the listener goes on after it. */
  async function deliver(body: Record<string, unknown>): Promise<unknown> {
    let ack: { readonly body: unknown } | undefined;
    let late: NodeJS.Timeout | undefined;
    const acked = new Promise<void>((resolve, reject) => {
      late = setTimeout(() => reject(new Error('operation_timeout: not acknowledged within 3 s')), 3000);
      const event: ReceiverEvent = {
        body,
        ack: async (response) => {
          if (ack !== undefined) throw new Error('acknowledged twice');
          ack = { body: response };
          resolve();
        },
      };
      const processing = app?.processEvent(event);
      running.push(processing);
    });
    await acked.finally(() => clearTimeout(late));
    const response = ack?.body as { response_action?: string; view?: Modal } | undefined;
    if (response?.response_action === 'update' && response.view !== undefined) {
      judge(response.view);
      shown.push({ call: 'ack', view: response.view });
    }
    return response;
  }

  const running: (Promise<void> | undefined)[] = [];
  async function settled(): Promise<void> {
    await Promise.all(running.splice(0));
  }

  const user = (id: string, team = TEAM) => ({ id, name: id, username: id, team_id: team });

  return {
    told,
    shown,
    lines,
    problems,
    faults,
    settled,
    /** What stands in the form on the screen. */
    form: () => {
      const last = shown.at(-1)?.view;
      if (last === undefined) throw new Error('no form is open');
      return last;
    },
    async command(text: string, by = 'U0ROSA', more: Record<string, unknown> = {}) {
      const response = await deliver({
        command: '/upgrade',
        text,
        user_id: by,
        team_id: TEAM,
        channel_id: 'C0TYPED',
        channel_name: 'ops',
        trigger_id: trigger(),
        response_url: `${base}/response/1`,
        api_app_id: 'A0',
        ...more,
      });
      await settled();
      return response;
    },
    async click(
      action: string,
      value: string | undefined,
      by = 'U0AMIR',
      more: { readonly trigger?: string; readonly thread?: string; readonly team?: string } = {},
    ) {
      const ts = '100.1';
      const response = await deliver({
        type: 'block_actions',
        team: { id: TEAM, domain: 'x' },
        user: user(by, more.team),
        channel: { id: CHANNEL, name: 'upgrades' },
        message: { type: 'message', ts, ...(more.thread !== undefined && { thread_ts: more.thread }) },
        container: { type: 'message', message_ts: ts, channel_id: CHANNEL },
        actions: [
          {
            type: 'button',
            action_id: action,
            block_id: 'b',
            action_ts: '1',
            ...(value !== undefined && { value }),
          },
        ],
        trigger_id: more.trigger ?? trigger(),
        response_url: `${base}/response/2`,
        api_app_id: 'A0',
      });
      await settled();
      return response;
    },
    /** Sends the form on the screen with these values; initial values count where nothing was typed. */
    async submit(
      values: Record<string, Record<string, unknown>> = {},
      by = 'U0AMIR',
      more: { readonly hash?: string; readonly form?: Modal; readonly wait?: boolean } = {},
    ) {
      const form = more.form ?? shown.at(-1)?.view;
      if (form === undefined) throw new Error('no form is open');
      const response = await deliver({
        type: 'view_submission',
        team: { id: TEAM, domain: 'x' },
        user: user(by),
        view: {
          ...form,
          id: 'V1',
          hash: more.hash ?? `h${shown.length}`,
          state: { values: stateOf(form, values) },
        },
        trigger_id: trigger(),
        response_urls: [],
        api_app_id: 'A0',
      });
      if (more.wait !== false) await settled();
      return response as
        | { response_action?: string; errors?: Record<string, string>; view?: Modal }
        | undefined;
    },
    async choose(
      action: string,
      chosen: string,
      values: Record<string, Record<string, unknown>> = {},
      by = 'U0ROSA',
    ) {
      const form = shown.at(-1)?.view;
      if (form === undefined) throw new Error('no form is open');
      const option = { text: { type: 'plain_text', text: chosen }, value: chosen };
      await deliver({
        type: 'block_actions',
        team: { id: TEAM, domain: 'x' },
        user: user(by),
        container: { type: 'view', view_id: 'V1' },
        view: { ...form, id: 'V1', hash: 'h', state: { values: stateOf(form, values) } },
        actions: [
          {
            type: 'static_select',
            action_id: action,
            block_id: 'target',
            action_ts: '1',
            selected_option: option,
          },
        ],
        trigger_id: trigger(),
        api_app_id: 'A0',
      });
      await settled();
    },
    async raw(body: Record<string, unknown>) {
      const response = await deliver(body);
      await settled();
      return response;
    },
    async close() {
      for (const response of hanging) response.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export type Desk = Awaited<ReturnType<typeof openDesk>>;

interface Element {
  readonly type: string;
  readonly action_id: string;
  readonly initial_value?: string;
  readonly initial_option?: unknown;
  readonly initial_options?: readonly unknown[];
  readonly initial_date_time?: number;
}

function initial(element: Element): Record<string, unknown> {
  switch (element.type) {
    case 'plain_text_input':
      return { type: element.type, value: element.initial_value ?? null };
    case 'checkboxes':
      return { type: element.type, selected_options: element.initial_options ?? [] };
    case 'datetimepicker':
      return { type: element.type, selected_date_time: element.initial_date_time ?? null };
    default:
      return { type: element.type, selected_option: element.initial_option ?? null };
  }
}

function stateOf(form: Modal, values: Record<string, Record<string, unknown>>) {
  const state: Record<string, Record<string, unknown>> = {};
  for (const block of form.blocks) {
    if (block.type !== 'input') continue;
    const { block_id: id, element } = block as { block_id: string; element: Element };
    state[id] = { [element.action_id]: { ...initial(element), ...values[id] } };
  }
  const unknown = Object.keys(values).filter((id) => state[id] === undefined);
  if (unknown.length > 0) throw new Error(`the form has no block ${unknown.join(', ')}`);
  return state;
}

export const typed = (value: string) => ({ value });
export const picked = (value: string) => ({
  selected_option: { text: { type: 'plain_text', text: value }, value },
});
export const ticked = (...values: readonly string[]) => ({
  selected_options: values.map((value) => ({ text: { type: 'plain_text', text: value }, value })),
});
