/** Buttons, selects and other elements, in messages and views. */
import type { Json } from '../block-kit/shape.ts';
import type { Actions, BlockJson, ControlResult, ElementRef, FormValue } from '../control.ts';
import { initialValues, rememberOffer, stateFrom, valueFields } from '../state.ts';
import type { Message, Values } from '../workspace.ts';
import { isEmpty, readOptions } from './ack.ts';
import { type Actor, badAck, hand, mayAct, no, record } from './acting.ts';
import { accepted } from './input.ts';
import { blockActionsPayload, type Spot, suggestionPayload } from './payloads.ts';
import { confirmOf, type Sighted, sight } from './sight.ts';

const BUTTONS: ReadonlySet<unknown> = new Set([
  'button',
  'workflow_button',
  'icon_button',
  'feedback_buttons',
]);

function lookFor(
  actor: Actor,
  ref: ElementRef,
  revision?: number,
): Sighted | { readonly refused: ControlResult } {
  const barred = mayAct(actor);
  if (barred !== null) return { refused: barred };
  const seen = sight(actor.workspace, actor.user, ref, revision);
  if (seen === undefined)
    return { refused: no('not_there', `“${ref.actionId}” is not there any more, or not for this person.`) };
  if (seen === 'many')
    return { refused: no('not_there', `Several elements are called “${ref.actionId}”: say which block.`) };
  if (!('view' in seen.spot) && seen.spot.channel.archived)
    return { refused: no('is_archived', 'The channel is archived: nothing in it can be pressed.') };
  return seen;
}

/** @returns null = go on */
function askFirst(element: Json, confirm: boolean | undefined): ControlResult | null {
  const dialog = confirmOf(element);
  if (dialog === null) return null;
  if (confirm === undefined) return { ...no('confirm_required', dialog.title), confirm: dialog };
  return confirm ? null : { ok: true, say: dialog.deny };
}

function choicesKey({ channel, ts }: Message, user: string): string {
  return `${channel} ${ts} ${user}`;
}

function valuesAt({ workspace, user }: Actor, spot: Spot): { blocks: readonly BlockJson[]; values: Values } {
  if ('view' in spot) return spot.view;
  const blocks = spot.message.blocks ?? [];
  const chosen = workspace.choices.get(choicesKey(spot.message, user.id)) ?? {};
  const values = initialValues(blocks);
  for (const [blockId, actions] of Object.entries(chosen))
    values[blockId] = { ...values[blockId], ...actions };
  return { blocks, values };
}

function keep(actor: Actor, { spot, block, element }: Sighted, value: FormValue): void {
  const blockId = String(block.block_id);
  const put = { [String(element.action_id)]: value };
  if ('view' in spot) spot.view.values[blockId] = { ...spot.view.values[blockId], ...put };
  else {
    const key = choicesKey(spot.message, actor.user.id);
    const before = actor.workspace.choices.get(key) ?? {};
    actor.workspace.choices.set(key, { ...before, [blockId]: { ...before[blockId], ...put } });
  }
  actor.workspace.changed();
}

async function dispatch(
  actor: Actor,
  { spot, block, element }: Sighted,
  fields: Json,
): Promise<ControlResult> {
  const { workspace, user } = actor;
  const { blocks, values } = valuesAt(actor, spot);
  const action = {
    type: element.type,
    action_id: element.action_id,
    block_id: block.block_id,
    ...fields,
    action_ts: workspace.nextTs(),
  };
  const payload = blockActionsPayload(workspace, { user, spot, action, state: stateFrom(blocks, values) });
  const handed = await hand(actor, { type: 'interactive', payload }, 'element', String(element.action_id));
  if ('refused' in handed) return handed.refused;
  return isEmpty(handed.body)
    ? { ok: true }
    : badAck(actor, 'block_actions', 'only an empty body may stand there');
}

function buttonFields(element: Json): Json {
  const { text, value, url, style, type } = element;
  return {
    ...(text !== undefined && { text }),
    ...(value !== undefined && { value }),
    ...(url !== undefined && { url }),
    ...(style !== undefined && { style }),
    ...(type === 'icon_button' && { icon: element.icon }),
  };
}

/** @param what.revision an older one of the message: this person's client has not heard of the update yet */
export async function click(
  actor: Actor,
  what: Omit<Actions['click'], 'as'> & { readonly revision?: number },
): Promise<ControlResult> {
  const done = (result: ControlResult) => record(actor, 'click', what, result);
  const seen = lookFor(actor, what.element, what.revision);
  if ('refused' in seen) return done(seen.refused);
  if (!BUTTONS.has(seen.element.type))
    return done(no('not_there', `“${what.element.actionId}” is no button: choose something in it.`));
  const asked = askFirst(seen.element, what.confirm);
  if (asked !== null) return done(asked);
  return done(await dispatch(actor, seen, buttonFields(seen.element)));
}

export async function select(actor: Actor, what: Omit<Actions['select'], 'as'>): Promise<ControlResult> {
  const done = (result: ControlResult) => record(actor, 'select', what, result);
  const seen = lookFor(actor, what.element);
  if ('refused' in seen) return done(seen.refused);
  const { element, block } = seen;
  if (BUTTONS.has(element.type))
    return done(no('not_there', `“${what.element.actionId}” is a button: nothing can be chosen in it.`));
  const value = accepted(actor.workspace, element, what.value);
  if (value === undefined)
    return done(
      no('invalid_choice', `${JSON.stringify(what.value)} cannot be put into “${what.element.actionId}”.`),
    );
  const asked = askFirst(element, what.confirm);
  if (asked !== null) return done(asked);
  if (element.type !== 'overflow') keep(actor, seen, value);
  // In an input block a value waits for the submission, unless the app asked to hear of it at once.
  if (block.type === 'input' && block.dispatch_action !== true) return done({ ok: true });
  return done(await dispatch(actor, seen, valueFields(element, value)));
}

export async function options(actor: Actor, what: Omit<Actions['options'], 'as'>): Promise<ControlResult> {
  const done = (result: ControlResult) => record(actor, 'options', what, result);
  const seen = lookFor(actor, what.element);
  if ('refused' in seen) return done(seen.refused);
  const { element, block, spot } = seen;
  if (!String(element.type).endsWith('external_select'))
    return done(no('not_there', `“${what.element.actionId}” does not ask the app for its options.`));
  const min = typeof element.min_query_length === 'number' ? element.min_query_length : 3;
  if ([...what.query].length < min) return done(no('query_too_short', `Type ${min} characters or more.`));
  const payload = suggestionPayload(actor.workspace, {
    user: actor.user,
    spot,
    ids: { action_id: element.action_id, block_id: block.block_id },
    query: what.query,
  });
  const handed = await hand(actor, { type: 'interactive', payload }, 'element', String(element.action_id));
  if ('refused' in handed) return done(handed.refused);
  const read = readOptions(handed.body);
  if ('bad' in read) return done(badAck(actor, 'block_suggestion', read.bad));
  rememberOffer(element, read);
  return done({ ok: true, options: read.map((entry) => ({ type: 'option', ...entry })) });
}
