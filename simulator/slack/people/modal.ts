/** Submitting and closing the modal on top. */
import { elementsOf } from '../block-kit/walk.ts';
import type { Actions, ControlResult, FormValue } from '../control.ts';
import { deliver } from '../delivery/deliver.ts';
import { clearAll, closeTop, pushView, replaceView, topOf } from '../views.ts';
import type { View } from '../workspace.ts';
import { type BadAck, readViewAck, type ViewAck } from './ack.ts';
import { type Actor, badAck, hand, mayAct, no, record } from './acting.ts';
import { formProblems } from './input.ts';
import { newResponseUrl, newTrigger, viewPayload } from './payloads.ts';
import { select } from './pressing.ts';

/** Views whose submission is under way: the button spins and takes no second press. */
const busy = new WeakSet<View>();

function stillOpen({ workspace, user }: Actor): { readonly modalOpen: boolean } {
  return { modalOpen: topOf(workspace, user.id) !== undefined };
}

/** Conversation selects of the form that were to give a response_url. */
function responseUrls(actor: Actor, view: View): readonly { readonly [field: string]: string }[] {
  return elementsOf(view.blocks).flatMap(({ block, element }) => {
    const blockId = String(block.block_id);
    const actionId = String(element.action_id);
    const channel = view.values[blockId]?.[actionId];
    if (element.response_url_enabled !== true || typeof channel !== 'string') return [];
    return {
      block_id: blockId,
      action_id: actionId,
      channel_id: channel,
      response_url: newResponseUrl(actor.workspace, 'app', { channel, user: actor.user.id }),
    };
  });
}

async function fillIn(
  actor: Actor,
  view: View,
  values: { readonly [blockId: string]: FormValue },
): Promise<ControlResult | null> {
  for (const [blockId, value] of Object.entries(values)) {
    const found = elementsOf(view.blocks).find(({ block }) => block.block_id === blockId);
    if (found === undefined) return no('not_there', `The modal has no block “${blockId}”.`);
    const actionId = String(found.element.action_id);
    if (JSON.stringify(view.values[blockId]?.[actionId]) === JSON.stringify(value)) continue;
    const result = await select(actor, { element: { in: { view: 'modal' }, actionId, blockId }, value });
    if (!result.ok) return result;
  }
  return null;
}

/** Does what the app's acknowledgement says. */
function follow(actor: Actor, view: View, ack: ViewAck | BadAck): ControlResult {
  const { workspace, user } = actor;
  if ('bad' in ack) {
    const bad = badAck(actor, 'view_submission', ack.bad);
    return { ...bad, say: `We had some trouble connecting. Try again? (${bad.say})`, ...stillOpen(actor) };
  }
  switch (ack.kind) {
    case 'close':
      if (topOf(workspace, user.id) === view) closeTop(workspace, user.id, 'submitted');
      break;
    case 'clear':
      clearAll(workspace, user.id);
      break;
    case 'update':
      replaceView(workspace, view, ack.view);
      break;
    case 'push':
      if (pushView(workspace, user.id, ack.view) === 'push_limit_reached')
        return { ...badAck(actor, 'view_submission', 'push_limit_reached'), ...stillOpen(actor) };
      break;
    default:
      view.errors = ack.errors;
      workspace.changed();
      return {
        ...no('field_errors', Object.values(ack.errors).join(' ')),
        errors: ack.errors,
        modalOpen: true,
      };
  }
  return { ok: true, ...stillOpen(actor) };
}

async function send(actor: Actor, view: View): Promise<ControlResult> {
  const { workspace, user } = actor;
  const payload = viewPayload(
    workspace,
    { type: 'view_submission', user, view },
    {
      trigger_id: newTrigger(workspace, user.id, view.id),
      response_urls: responseUrls(actor, view),
    },
  );
  const handed = await hand(actor, { type: 'interactive', payload }, 'modal', '');
  if ('refused' in handed) return { ...handed.refused, modalOpen: true };
  return follow(actor, view, readViewAck(workspace, view, handed.body));
}

async function press(
  actor: Actor,
  view: View,
  values: { readonly [blockId: string]: FormValue },
): Promise<ControlResult> {
  const stopped = await fillIn(actor, view, values);
  if (stopped !== null) return { ...stopped, modalOpen: true };
  const problems = formProblems(view);
  view.errors = problems;
  actor.workspace.changed();
  if (Object.keys(problems).length === 0) return await send(actor, view);
  return {
    ...no('field_errors', Object.values(problems).join(' ')),
    errors: problems,
    modalOpen: true,
  };
}

export async function submit(actor: Actor, what: Omit<Actions['submit'], 'as'>): Promise<ControlResult> {
  const { workspace, user } = actor;
  const done = (result: ControlResult) => record(actor, 'submit', what, result);
  const barred = mayAct(actor);
  if (barred !== null) return done(barred);
  const view = topOf(workspace, user.id);
  if (view === undefined) return done(no('no_modal', 'No modal is open.'));
  if (!('submit' in view.definition)) return done(no('no_modal', 'This modal has nothing to submit.'));
  if (busy.has(view)) return done(no('busy', 'It is being submitted already.'));
  busy.add(view);
  try {
    return done(await press(actor, view, what.values ?? {}));
  } finally {
    busy.delete(view);
  }
}

export function close(actor: Actor): ControlResult {
  const { workspace, user } = actor;
  const done = (result: ControlResult) => record(actor, 'close', {}, result);
  const barred = mayAct(actor);
  if (barred !== null) return done(barred);
  const view = topOf(workspace, user.id);
  if (view === undefined) return done(no('no_modal', 'No modal is open.'));
  const clears = view.definition.clear_on_close === true;
  const gone = clears ? clearAll(workspace, user.id) : [view];
  if (!clears) closeTop(workspace, user.id, 'closed');
  for (const closed of gone)
    if (closed.definition.notify_on_close === true)
      // The person is gone from it: nobody waits for the acknowledgement.
      void deliver(workspace, {
        type: 'interactive',
        payload: viewPayload(workspace, { type: 'view_closed', user, view: closed }, { is_cleared: clears }),
      });
  return done({ ok: true, ...stillOpen(actor) });
}
