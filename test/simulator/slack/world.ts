/** A small workspace for the tests of the simulator, and the crudest possible app in it. */
import { onTestFinished } from 'vitest';
import type { Manifest, SlackOptions } from '../../../simulator/slack/options.ts';
import { createSlack, type Slack } from '../../../simulator/slack/slack.ts';

export const MANIFEST: Manifest = {
  display_information: { name: 'Cutover' },
  features: {
    app_home: { home_tab_enabled: true },
    bot_user: { display_name: 'cutover' },
    slash_commands: [{ command: '/upgrade', description: 'Upgrades', usage_hint: 'start' }],
    shortcuts: [
      { name: 'Start an upgrade', type: 'global', callback_id: 'start_here' },
      { name: 'Why is it waiting?', type: 'message', callback_id: 'why_waiting' },
    ],
  },
  oauth_config: {
    scopes: {
      bot: [
        'commands',
        'chat:write',
        'files:write',
        'users:read',
        'usergroups:read',
        'channels:read',
        'channels:history',
        'groups:history',
        'im:write',
        'im:history',
      ],
    },
  },
  settings: {
    event_subscriptions: { bot_events: ['app_home_opened'] },
    interactivity: { is_enabled: true },
    socket_mode_enabled: true,
  },
};

export const OPS = 'C0OPS';
export const LOUNGE = 'C0LOUNGE';
export const SECRET = 'C0SECRET';
export const ROSA = 'U0ROSA';
export const OMAR = 'U0OMAR';
export const GINA = 'U0GUEST';
export const GONE = 'U0GONE';

/** Closed by itself when the test ends. */
export async function makeSlack(options: Partial<SlackOptions> = {}): Promise<Slack> {
  const slack = await createSlack({
    manifest: MANIFEST,
    seed: 'tests',
    users: [
      { id: ROSA, name: 'Rosa Lind', zone: 'Europe/Stockholm', role: 'requester' },
      { id: OMAR, name: 'Omar Haddad', zone: 'Asia/Dubai', role: 'approver' },
      { id: GINA, name: 'Gina Guest', restricted: true },
      { id: GONE, name: 'Greg Gone', deleted: true },
    ],
    groups: [{ id: 'S0LEADS', handle: 'ops-leads', users: [OMAR] }],
    channels: [
      { id: OPS, name: 'ops', members: [ROSA, OMAR] },
      { id: LOUNGE, name: 'lounge', members: [ROSA, GINA], bot: false },
      { id: SECRET, name: 'secret', members: [OMAR], private: true, bot: false },
    ],
    rateLimits: false,
    ...options,
  });
  onTestFinished(() => slack.close());
  return slack;
}

export interface Called {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: answers of forty kinds, looked at field by field
  readonly body: any;
}

/** As the SDK sends it: a form, objects as JSON in strings, the bot token in the header. */
export async function call(
  slack: Slack,
  method: string,
  args: { readonly [name: string]: unknown } = {},
  { token = slack.botToken }: { readonly token?: string | null } = {},
): Promise<Called> {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(args))
    if (value !== undefined)
      form.set(name, typeof value === 'object' ? JSON.stringify(value) : String(value));
  const response = await fetch(`${slack.apiUrl}${method}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(token !== null && { authorization: `Bearer ${token}` }),
    },
    body: form.toString(),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text.startsWith('{') ? JSON.parse(text) : text,
  };
}

/** The error code, or undefined when it went through. */
export async function errorOf(
  slack: Slack,
  method: string,
  args: { readonly [name: string]: unknown } = {},
  options: { readonly token?: string | null } = {},
): Promise<string | undefined> {
  const { body } = await call(slack, method, args, options);
  return body.ok === true ? undefined : body.error;
}

/** Posts and must succeed. @returns ts */
export async function post(slack: Slack, args: { readonly [name: string]: unknown }): Promise<string> {
  const { body } = await call(slack, 'chat.postMessage', { channel: OPS, text: 'hello', ...args });
  if (body.ok !== true) throw new Error(`posting failed: ${JSON.stringify(body)}`);
  return body.ts;
}

export const BUTTON = {
  type: 'actions',
  block_id: 'row',
  elements: [
    { type: 'button', action_id: 'go', value: 'U-1|-', text: { type: 'plain_text', text: 'Start now' } },
    {
      type: 'button',
      action_id: 'stop',
      style: 'danger',
      text: { type: 'plain_text', text: 'Stop' },
      confirm: { text: { type: 'plain_text', text: 'Really?' } },
    },
  ],
} as const;

export function section(text: string): { readonly [field: string]: unknown } {
  return { type: 'section', text: { type: 'mrkdwn', text } };
}

export function modal(more: { readonly [field: string]: unknown } = {}): {
  readonly [field: string]: unknown;
} {
  return {
    type: 'modal',
    callback_id: 'start_upgrade',
    title: { type: 'plain_text', text: 'Start' },
    submit: { type: 'plain_text', text: 'Go' },
    blocks: [
      {
        type: 'input',
        block_id: 'reason',
        label: { type: 'plain_text', text: 'Reason' },
        element: { type: 'plain_text_input', action_id: 'text' },
      },
      {
        type: 'input',
        block_id: 'target',
        optional: true,
        label: { type: 'plain_text', text: 'Target' },
        element: {
          type: 'static_select',
          action_id: 'pick',
          options: [
            { text: { type: 'plain_text', text: 'Lab' }, value: 'lab' },
            { text: { type: 'plain_text', text: 'Production' }, value: 'prod' },
          ],
        },
      },
    ],
    ...more,
  };
}
