/** One person at the keyboard, for scenarios and tests. Refusals are thrown, so that no script goes on over one. */
import { elementsOf, everyBlock } from './block-kit/walk.ts';
import type {
  ControlResult,
  ControlState,
  ElementRef,
  FormValue,
  HomeState,
  MessageState,
  ModalState,
  Notice,
  Place,
} from './control.ts';
import { findMessage, repliesOf } from './messages.ts';
import type { Actor } from './people/acting.ts';
import { close, submit } from './people/modal.ts';
import { click, options, select } from './people/pressing.ts';
import { sight } from './people/sight.ts';
import { command, openHome, say, shortcut } from './people/typing.ts';
import { controlState, homeState, modalState } from './snapshot.ts';
import { topOf } from './views.ts';
import type { Channel, User, Workspace } from './workspace.ts';

/** ts of a message, ts of a thread's parent (then the newest reply with such an element), or the person's view. */
type Target = string | MessageState | 'modal' | 'home';

interface PressOptions {
  readonly confirm?: boolean;
  readonly blockId?: string;
  /** An older revision: this person's client has not heard of the update yet. */
  readonly revision?: number;
}

export interface Person {
  readonly id: string;
  readonly command: (name: string, text: string, channel: string) => Promise<ControlResult>;
  readonly say: (text: string, channel: string, threadTs?: string) => Promise<ControlResult>;
  readonly click: (target: Target, actionId: string, options?: PressOptions) => Promise<ControlResult>;
  readonly select: (
    target: Target,
    actionId: string,
    value: FormValue,
    options?: PressOptions,
  ) => Promise<ControlResult>;
  readonly options: (target: Target, actionId: string, query: string) => Promise<ControlResult>;
  /** Into the modal on top, by block_id, action_id or label; options by value or label. */
  readonly fill: (values: { readonly [input: string]: FormValue }) => Promise<ControlResult>;
  readonly submit: (values?: { readonly [blockId: string]: FormValue }) => Promise<ControlResult>;
  readonly close: () => Promise<ControlResult>;
  readonly openHome: () => Promise<ControlResult>;
  readonly shortcut: (callbackId: string, target?: string | MessageState) => Promise<ControlResult>;
  readonly modal: () => ModalState | null;
  readonly home: () => HomeState | null;
  readonly notices: () => readonly Notice[];
  /** Messages standing in the channel, ephemerals included. */
  readonly sees: (channel: string) => readonly MessageState[];
  /** Replies, without the parent. */
  readonly thread: (parentTs: string) => readonly MessageState[];
  readonly ephemerals: (channel: string) => readonly MessageState[];
  readonly state: () => ControlState;
}

export class PersonRefused extends Error {
  readonly result: ControlResult;
  constructor(who: string, did: string, result: ControlResult) {
    const fields = Object.entries(result.errors ?? {}).map(([block, text]) => `${block}: ${text}`);
    super(`${who}: ${did}: ${result.error}: ${fields.length > 0 ? fields.join('; ') : (result.say ?? '')}`);
    this.name = 'PersonRefused';
    this.result = result;
  }
}

function channelWith(workspace: Workspace, ts: string): Channel | undefined {
  return [...workspace.channels.values()].find((channel) => findMessage(channel, ts) !== undefined);
}

function placeOf(actor: Actor, target: Target, actionId: string, blockId: string | undefined): Place {
  if (target === 'modal' || target === 'home') return { view: target };
  const ts = typeof target === 'string' ? target : target.ts;
  const channel = channelWith(actor.workspace, ts);
  if (channel === undefined) return { channel: '', ts };
  const has = (candidate: string) =>
    sight(actor.workspace, actor.user, {
      in: { channel: channel.id, ts: candidate },
      actionId,
      ...(blockId !== undefined && { blockId }),
    }) !== undefined;
  const own = channel.messages.filter(
    ({ threadTs, onlyFor }) => threadTs === ts && onlyFor === actor.user.id,
  );
  const candidates = [ts, ...[...repliesOf(channel, ts), ...own].map((reply) => reply.ts).toReversed()];
  return { channel: channel.id, ts: candidates.find(has) ?? ts };
}

function refOf(actor: Actor, target: Target, actionId: string, blockId: string | undefined): ElementRef {
  return {
    in: placeOf(actor, target, actionId, blockId),
    actionId,
    ...(blockId !== undefined && { blockId }),
  };
}

function inputNamed(actor: Actor, name: string): { actionId: string; blockId: string } | undefined {
  const view = topOf(actor.workspace, actor.user.id);
  const found = elementsOf(view?.blocks ?? []).find(
    ({ block, element }) =>
      block.block_id === name ||
      element.action_id === name ||
      (typeof block.label === 'object' &&
        block.label !== null &&
        'text' in block.label &&
        block.label.text === name),
  );
  return found === undefined
    ? undefined
    : { actionId: String(found.element.action_id), blockId: String(found.block.block_id) };
}

async function fill(actor: Actor, values: { readonly [input: string]: FormValue }): Promise<ControlResult> {
  for (const [name, value] of Object.entries(values)) {
    const input = inputNamed(actor, name);
    if (input === undefined) {
      const view = topOf(actor.workspace, actor.user.id);
      const known = everyBlock(view?.blocks ?? []).map(({ block }) => block.block_id);
      const say =
        view === undefined
          ? 'No modal is open.'
          : `The modal has no input “${name}”; it has ${known.join(', ')}.`;
      return { ok: false, error: view === undefined ? 'no_modal' : 'not_there', say };
    }
    const result = await select(actor, { element: { in: { view: 'modal' }, ...input }, value });
    if (!result.ok) return result;
  }
  return { ok: true };
}

function actions(
  actor: Actor,
): Omit<Person, 'id' | 'modal' | 'home' | 'notices' | 'sees' | 'thread' | 'ephemerals' | 'state'> {
  return {
    command: (name, text, channel) => command(actor, { command: name, text, channel }),
    say: (text, channel, threadTs) =>
      say(actor, { text, channel, ...(threadTs !== undefined && { threadTs }) }),
    click: (target, actionId, { blockId, ...more } = {}) =>
      click(actor, { element: refOf(actor, target, actionId, blockId), ...more }),
    select: (target, actionId, value, { blockId, confirm } = {}) =>
      select(actor, {
        element: refOf(actor, target, actionId, blockId),
        value,
        ...(confirm !== undefined && { confirm }),
      }),
    options: (target, actionId, query) =>
      options(actor, { element: refOf(actor, target, actionId, undefined), query }),
    fill: (values) => fill(actor, values),
    submit: (values) => submit(actor, values === undefined ? {} : { values }),
    close: () => Promise.resolve(close(actor)),
    openHome: () => Promise.resolve(openHome(actor)),
    shortcut: (callbackId, target) => {
      if (target === undefined) return shortcut(actor, { callbackId });
      const ts = typeof target === 'string' ? target : target.ts;
      const channel = channelWith(actor.workspace, ts)?.id ?? '';
      return shortcut(actor, { callbackId, message: { channel, ts } });
    },
  };
}

/** @param throwing false = refusals come back as results */
export function createPerson(workspace: Workspace, user: User, throwing: boolean): Person {
  const actor: Actor = { workspace, user };
  const state = () => controlState(workspace, user);
  const done = actions(actor);
  const orThrow = Object.fromEntries(
    Object.entries(done).map(([did, act]) => [
      did,
      async (...args: never[]) => {
        const result = await (act as (...given: never[]) => Promise<ControlResult>)(...args);
        if (!result.ok) throw new PersonRefused(user.name, `${did} ${JSON.stringify(args)}`, result);
        return result;
      },
    ]),
  ) as unknown as typeof done;
  const sees = (channel: string) => state().channels.find(({ id }) => id === channel)?.messages ?? [];
  return {
    id: user.id,
    ...(throwing ? orThrow : done),
    modal: () => modalState(workspace, user.id),
    home: () => homeState(workspace, user.id),
    notices: () => state().notices,
    sees,
    thread: (parentTs) => state().channels.flatMap(({ threads }) => threads[parentTs] ?? []),
    ephemerals: (channel) => {
      const found = state().channels.find(({ id }) => id === channel);
      return [...(found?.messages ?? []), ...Object.values(found?.threads ?? {}).flat()].filter(
        ({ ephemeral }) => ephemeral,
      );
    },
    state,
  };
}
