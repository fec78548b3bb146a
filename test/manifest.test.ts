import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from '@slack/bolt';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { registerHandlers } from '../handlers/register.ts';
import { ACTIONS, COMMAND, VIEWS } from '../src/messages/actions.ts';
import { declineModal, gateModal, holdModal, manualModal, stopModal } from '../src/messages/answer-modals.ts';
import { helpMessage } from '../src/messages/answers.ts';
import { upgradeCard } from '../src/messages/card.ts';
import { notice } from '../src/messages/notice.ts';
import { planReply } from '../src/messages/plan-message.ts';
import { gateReply, manualReply } from '../src/messages/question.ts';
import { reviewModal } from '../src/messages/review-modal.ts';
import { EMPTY_DRAFT, startModal } from '../src/messages/start-modal.ts';
import { holdReply } from '../src/messages/thread.ts';
import { fakeUpgrades } from './handlers/fake-upgrades.ts';
import { formOf, holdOf, phasesOf, SMALL, viewOf } from './messages/samples.ts';
import { T0 } from './support/builders.ts';

/** A hold that offers whatever a hold can offer. */
const EVERY_CHOICE = {
  offers: ['look_again', 'retry', 'done_by_hand', 'skip', 'roll_back', 'stop'],
  retryFrom: ['block_1.step_1'],
  forward: [{ flow: 'rebuild', title: 'Bring the old version back' }],
} as const;

const ROOT = new URL('..', import.meta.url).pathname;
const manifest = parse(readFileSync(join(ROOT, 'manifest.yml'), 'utf8'));

function sources(...directories: readonly string[]): string {
  return directories
    .flatMap((directory) =>
      readdirSync(join(ROOT, directory), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => readFileSync(join(ROOT, directory, name), 'utf8')),
    )
    .join('\n');
}

/** Bot scopes by Web API method, from Slack's method pages. Either of a list that is needed for our kinds of channel is needed. */
const SCOPES: { readonly [method: string]: readonly string[] } = {
  // Called with the app-level token, whose scope connections:write is no part of a manifest.
  'apps.connections.open': [],
  'auth.test': [],
  'chat.postMessage': ['chat:write'],
  'chat.postEphemeral': ['chat:write'],
  'chat.update': ['chat:write'],
  'chat.delete': ['chat:write'],
  'chat.getPermalink': [],
  'conversations.info': ['channels:read', 'groups:read'],
  'conversations.history': ['channels:history', 'groups:history'],
  'conversations.replies': ['channels:history', 'groups:history'],
  'files.uploadV2': ['files:write'],
  'users.info': ['users:read'],
  'usergroups.users.list': ['usergroups:read'],
  'views.open': [],
  'views.update': [],
  'views.publish': [],
};

/** `client.chat.update(…)` and `apiCall('chat.update', …)`. */
function calledMethods(): readonly string[] {
  const families =
    'admin|api|apps|auth|bookmarks|bots|calls|canvases|chat|conversations|dnd|emoji|files|pins|reactions|reminders|search|team|usergroups|users|views';
  const text = sources('handlers', 'src');
  const members = text.matchAll(new RegExp(`\\bclient\\s*\\.((?:${families})\\.[a-zA-Z.]+)\\s*[(\\n]`, 'g'));
  const chained = text.matchAll(new RegExp(`\\bclient\\.(${families})\\s*\\n?\\s*\\.([a-zA-Z]+)\\(`, 'g'));
  const named = text.matchAll(new RegExp(`['"\`]((?:${families})\\.[a-zA-Z][a-zA-Z0-9.]+)['"\`]`, 'g'));
  const upload = /\bfilesUploadV2\b/.test(text) ? ['files.uploadV2'] : [];
  return [
    ...new Set([
      ...[...members].map(([, method]) => method ?? ''),
      ...[...chained].map(([, family, method]) => `${family}.${method}`),
      ...[...named].map(([, method]) => method ?? ''),
      ...upload,
    ]),
  ].sort();
}

interface Listeners {
  readonly command: unknown[];
  readonly action: unknown[];
  readonly view: unknown[];
  readonly event: unknown[];
  readonly shortcut: unknown[];
  readonly options: unknown[];
}

function listeners(): Listeners {
  const heard: Listeners = { command: [], action: [], view: [], event: [], shortcut: [], options: [] };
  const note = (list: unknown[]) => (what: unknown) => void list.push(what);
  const recorder = Object.fromEntries(Object.entries(heard).map(([kind, list]) => [kind, note(list)]));
  const silent = () => undefined;
  registerHandlers(recorder as unknown as App, {
    upgrades: fakeUpgrades({ kind: 'preparing', since: T0 }),
    log: { info: silent, warn: silent, error: silent },
  });
  return heard;
}

const strings = (list: readonly unknown[]) =>
  list.filter((one): one is string => typeof one === 'string').sort();

/** Every action id of a clickable or dispatching element, at any depth. */
function actionIds(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(actionIds);
  if (typeof value !== 'object' || value === null) return [];
  const { type, action_id, dispatch_action, element } = value as {
    type?: string;
    action_id?: string;
    dispatch_action?: boolean;
    element?: { action_id?: string };
  };
  if (type === 'input') return dispatch_action === true ? [element?.action_id ?? ''] : [];
  return [...(action_id === undefined ? [] : [action_id]), ...Object.values(value).flatMap(actionIds)];
}

describe('manifest.yml and the code', () => {
  it('have the same slash commands', () => {
    const commands = manifest.features.slash_commands.map(({ command }: { command: string }) => command);
    expect(strings(listeners().command)).toEqual([...commands].sort());
    expect(commands).toEqual([COMMAND]);
  });

  it('have the same shortcuts and events', () => {
    const shortcuts = (manifest.features.shortcuts ?? []).map(
      ({ callback_id }: { callback_id: string }) => callback_id,
    );
    expect(strings(listeners().shortcut)).toEqual(shortcuts);
    expect(strings(listeners().event)).toEqual(manifest.settings.event_subscriptions?.bot_events ?? []);
    // A Home tab or messages tab that nobody fills would be an empty page.
    expect(manifest.features.app_home.home_tab_enabled).toBe(listeners().event.includes('app_home_opened'));
  });

  it('have the same bot scopes: those of the Web API methods that the code calls, and commands', () => {
    const methods = calledMethods();
    expect(
      methods.filter((method) => SCOPES[method] === undefined),
      'methods without a known scope',
    ).toEqual([]);
    const needed = new Set(['commands', ...methods.flatMap((method) => SCOPES[method] ?? [])]);
    expect([...manifest.oauth_config.scopes.bot].sort()).toEqual([...needed].sort());
  });

  it('turn interactivity on, because there are buttons', () => {
    expect(manifest.settings.interactivity.is_enabled).toBe(true);
  });
});

describe('buttons, forms and listeners', () => {
  it('every action and form that is listed has exactly one listener, and one catches the rest', () => {
    const { action, view } = listeners();
    expect(strings(action)).toEqual(Object.values(ACTIONS).sort());
    expect(strings(view)).toEqual(Object.values(VIEWS).sort());
    const rest = action.filter((one) => typeof one !== 'string') as readonly { action_id: RegExp }[];
    expect(rest).toHaveLength(1);
    const forms = view.filter((one): one is RegExp => one instanceof RegExp);
    expect(forms).toHaveLength(1);
    for (const id of Object.values(ACTIONS)) expect(rest[0]?.action_id.test(id), id).toBe(false);
    for (const id of Object.values(VIEWS)) expect(forms[0]?.test(id), id).toBe(false);
    for (const id of ['other', `${ACTIONS.go}x`, `x${ACTIONS.go}`, '']) {
      expect(rest[0]?.action_id.test(id), id).toBe(true);
      expect(forms[0]?.test(id), id).toBe(true);
    }
  });

  it('every button of every message is listed, and every listed action is a button somewhere', () => {
    const seen = new Set<string>();
    for (const phase of phasesOf(SMALL)) {
      const view = viewOf(SMALL, phase);
      const late = {
        ...view,
        now: view.upgrade.window.opensAt - 1,
      };
      const step = view.plan?.body.steps[2];
      const messages = [
        upgradeCard(view),
        upgradeCard(late),
        planReply(view),
        ...(step === undefined
          ? []
          : [
              holdReply(view, holdOf(SMALL, EVERY_CHOICE), step),
              gateReply(view, step, ['?']),
              manualReply(view, step, 'do'),
            ]),
      ];
      for (const { blocks } of messages) for (const id of actionIds(blocks)) seen.add(id);
    }
    for (const id of actionIds(startModal(formOf(SMALL), EMPTY_DRAFT).blocks)) seen.add(id);
    for (const id of actionIds(helpMessage.blocks)) seen.add(id);
    expect([...seen].sort()).toEqual(Object.values(ACTIONS).sort());
  });

  it('every form has a listed id, and every listed id is a form', () => {
    const view = viewOf(SMALL);
    const draft = {
      flow: null,
      inputs: {},
      opensAt: null,
      lengthMin: null,
      onClose: 'finish',
      reason: '',
      channel: '',
    } as const;
    const forms = [
      startModal(formOf(SMALL), draft),
      reviewModal(view),
      declineModal(view, 'd'),
      gateModal(view, 'block_3.step_3', true),
      manualModal(view, 'block_5.step_5', true),
      stopModal(view, 1),
      holdModal(view, 'doneByHand', '1'),
      holdModal(view, 'skip', '1'),
      holdModal(view, 'rollBack', '1'),
      holdModal(view, 'goForward', '1|rebuild'),
      notice('Title', 'words'),
    ];
    expect(forms.map(({ callback_id }) => callback_id ?? '').sort()).toEqual(Object.values(VIEWS).sort());
  });

  it('nothing else in the handlers listens to a name that is not listed', () => {
    expect(sources('handlers')).not.toMatch(
      /app\.(action|view|command|event|shortcut|options|message)\(\s*['"`]/,
    );
  });
});

describe('lengths and shape of manifest.yml', () => {
  it('keep to the limits of the manifest reference', () => {
    const { display_information: display, features } = manifest;
    expect(display.name.length).toBeLessThanOrEqual(35);
    expect(display.description.length).toBeLessThanOrEqual(140);
    expect(display.long_description.length).toBeLessThanOrEqual(4000);
    expect(display.background_color).toMatch(/^#[0-9a-f]{6}$/i);
    expect(features.bot_user.display_name).toMatch(/^[\w .-]{1,80}$/);
    expect(features.slash_commands.length).toBeLessThanOrEqual(50);
    for (const { command, description, usage_hint, should_escape } of features.slash_commands) {
      expect(command).toMatch(/^\/[a-z0-9_-]{1,31}$/);
      expect(description.length).toBeLessThanOrEqual(2000);
      expect(usage_hint.length).toBeLessThanOrEqual(1000);
      // Ids and inputs are plain words; typed mentions would arrive as markup.
      expect(should_escape).toBe(false);
    }
  });

  it('have no key that the manifest reference does not know', () => {
    const known = {
      '': ['_metadata', 'display_information', 'features', 'oauth_config', 'settings'],
      display_information: ['name', 'description', 'long_description', 'background_color'],
      features: ['app_home', 'bot_user', 'slash_commands', 'shortcuts'],
      settings: [
        'event_subscriptions',
        'interactivity',
        'socket_mode_enabled',
        'org_deploy_enabled',
        'token_rotation_enabled',
      ],
    };
    for (const [at, keys] of Object.entries(known))
      for (const key of Object.keys(at === '' ? manifest : manifest[at]))
        expect(keys, `${at}.${key}`).toContain(key);
  });

  it('need no public address in Socket Mode', () => {
    const text = JSON.stringify(manifest);
    if (manifest.settings.socket_mode_enabled) expect(text).not.toMatch(/"(request_url|url)":/);
  });
});
