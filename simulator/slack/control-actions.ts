/** Reading the bodies of `POST /control/<action>` and doing what they ask. */
import { isObject, type Json } from './block-kit/shape.ts';
import type { ActionName, ControlResult, ElementRef, FormValue } from './control.ts';
import type { Actor } from './people/acting.ts';
import { close, submit } from './people/modal.ts';
import { click, options, select } from './people/pressing.ts';
import { command, openHome, say, shortcut } from './people/typing.ts';
import type { Workspace } from './workspace.ts';

/** The request itself makes no sense: HTTP 400. */
export class BadRequest extends Error {}

function text(body: Json, field: string): string {
  const value = body[field];
  if (typeof value !== 'string') throw new BadRequest(`${field}: must be a string`);
  return value;
}

function optionalText(body: Json, field: string): string | undefined {
  return body[field] === undefined || body[field] === null ? undefined : text(body, field);
}

function formValue(value: unknown): FormValue {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value;
  throw new BadRequest('value: must be a string, a number, a list of strings, or null');
}

function element(body: Json): ElementRef {
  const { element: ref } = body;
  if (!isObject(ref) || !isObject(ref.in))
    throw new BadRequest('element: must be { in, actionId, blockId? }');
  const blockId = optionalText(ref, 'blockId');
  const place = ref.in;
  const where: ElementRef['in'] =
    place.view === 'modal' || place.view === 'home'
      ? { view: place.view }
      : { channel: text(place, 'channel'), ts: text(place, 'ts') };
  return { in: where, actionId: text(ref, 'actionId'), ...(blockId !== undefined && { blockId }) };
}

function confirm(body: Json): { readonly confirm?: boolean } {
  if (body.confirm === undefined || body.confirm === null) return {};
  if (typeof body.confirm !== 'boolean') throw new BadRequest('confirm: must be true or false');
  return { confirm: body.confirm };
}

function values(body: Json): { readonly values?: { readonly [blockId: string]: FormValue } } {
  if (body.values === undefined || body.values === null) return {};
  if (!isObject(body.values)) throw new BadRequest('values: must be an object by block_id');
  return {
    values: Object.fromEntries(
      Object.entries(body.values).map(([blockId, value]) => [blockId, formValue(value)]),
    ),
  };
}

const ACTIONS: {
  readonly [name in ActionName]: (actor: Actor, body: Json) => Promise<ControlResult> | ControlResult;
} = {
  command: (actor, body) =>
    command(actor, {
      channel: text(body, 'channel'),
      command: text(body, 'command'),
      text: text(body, 'text'),
    }),
  say: (actor, body) => {
    const threadTs = optionalText(body, 'threadTs');
    return say(actor, {
      channel: text(body, 'channel'),
      text: text(body, 'text'),
      ...(threadTs !== undefined && { threadTs }),
    });
  },
  click: (actor, body) => click(actor, { element: element(body), ...confirm(body) }),
  select: (actor, body) =>
    select(actor, { element: element(body), value: formValue(body.value), ...confirm(body) }),
  options: (actor, body) => options(actor, { element: element(body), query: text(body, 'query') }),
  submit: (actor, body) => submit(actor, values(body)),
  close: (actor) => close(actor),
  'open-home': (actor) => openHome(actor),
  shortcut: (actor, body) => {
    const { message } = body;
    return shortcut(actor, {
      callbackId: text(body, 'callbackId'),
      ...(isObject(message) && {
        message: { channel: text(message, 'channel'), ts: text(message, 'ts') },
      }),
    });
  },
};

export function isAction(name: string): name is ActionName {
  return Object.hasOwn(ACTIONS, name);
}

/** @throws BadRequest */
export async function doAction(
  workspace: Workspace,
  name: ActionName,
  body: unknown,
): Promise<ControlResult> {
  if (!isObject(body)) throw new BadRequest('the body must be a JSON object');
  const user = workspace.users.get(text(body, 'as'));
  if (user === undefined) throw new BadRequest(`as: there is no user ${String(body.as)}`);
  return await ACTIONS[name]({ workspace, user }, body);
}
