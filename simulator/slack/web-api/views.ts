/** views.* methods. Source: their method pages and the modals guide. */
import { isObject } from '../block-kit/shape.ts';
import { checkedView, openView, publishHome, pushView, replaceView, topOf } from '../views.ts';
import { viewToWire } from '../wire.ts';
import type { Trigger, View, Workspace } from '../workspace.ts';
import { type Answer, badArguments, type Call, type Method, Refusal } from './call.ts';

/** Real milliseconds. */
const TRIGGER_MS = 3000;

/** A trigger opens one thing, and soon. */
function useTrigger({ workspace, args }: Call): Trigger {
  const given = args.string('trigger_id');
  if (given === undefined || given === '') throw badArguments('missing required field: trigger_id');
  const trigger = workspace.triggers.get(given);
  if (trigger === undefined) throw new Refusal('invalid_trigger_id');
  if (trigger.exchanged) throw new Refusal('exchanged_trigger_id');
  if (Date.now() - trigger.madeAt > TRIGGER_MS) throw new Refusal('expired_trigger_id');
  return trigger;
}

function viewArgument(call: Call, kind: 'modal' | 'home'): { readonly [field: string]: unknown } {
  const { workspace, args } = call;
  const view = args.json('view', 'invalid_arguments');
  if (!isObject(view)) throw badArguments('missing required field: view');
  const checked = checkedView(workspace, view, kind);
  if ('tooLarge' in checked) throw new Refusal('view_too_large');
  if ('problems' in checked) throw badArguments(...checked.problems);
  return view;
}

function mustBeUnique(workspace: Workspace, view: { readonly external_id?: unknown }, except?: View): void {
  const { external_id: id } = view;
  if (id === undefined || id === '') return;
  const taken = [...workspace.views.values()].some(
    (other) => other !== except && other.definition.external_id === id,
  );
  if (taken) throw new Refusal('duplicate_external_id');
}

function open(call: Call): Answer {
  const { workspace } = call;
  const trigger = useTrigger(call);
  const definition = viewArgument(call, 'modal');
  mustBeUnique(workspace, definition);
  trigger.exchanged = true;
  const view = openView(workspace, trigger.user, definition);
  return { view: viewToWire(workspace, view) };
}

function push(call: Call): Answer {
  const { workspace } = call;
  const trigger = useTrigger(call);
  const definition = viewArgument(call, 'modal');
  mustBeUnique(workspace, definition);
  const top = topOf(workspace, trigger.user);
  if (trigger.view === null || top === undefined) throw new Refusal('not_found');
  const view = pushView(workspace, trigger.user, definition);
  if (view === 'push_limit_reached') throw new Refusal('push_limit_reached');
  trigger.exchanged = true;
  return { view: viewToWire(workspace, view) };
}

function wanted({ workspace, args }: Call): View {
  const id = args.string('view_id');
  const external = args.string('external_id');
  if (id === undefined && external === undefined) throw badArguments('missing required field: view_id');
  const view = [...workspace.views.values()].find(
    (entry) => entry.id === id || (external !== undefined && entry.definition.external_id === external),
  );
  if (view === undefined) throw new Refusal('not_found');
  return view;
}

function mustHaveHash(view: View | undefined, hash: string | undefined): void {
  if (hash !== undefined && hash !== '' && view !== undefined && hash !== view.hash)
    throw new Refusal('hash_conflict');
}

function update(call: Call): Answer {
  const { workspace, args } = call;
  const view = wanted(call);
  const definition = viewArgument(call, view.kind);
  mustHaveHash(view, args.string('hash'));
  mustBeUnique(workspace, definition, view);
  replaceView(workspace, view, definition);
  return { view: viewToWire(workspace, view) };
}

function publish(call: Call): Answer {
  const { workspace, args } = call;
  const user = args.string('user_id') ?? '';
  const person = workspace.users.get(user);
  if (person === undefined || person.bot)
    throw new Refusal('invalid_arguments', { response_metadata: { messages: ['invalid `user_id`'] } });
  if (!workspace.app.homeTab) throw new Refusal('not_enabled');
  const definition = viewArgument(call, 'home');
  const before = workspace.views.get(workspace.homes.get(user) ?? '');
  mustHaveHash(before, args.string('hash'));
  mustBeUnique(workspace, definition, before);
  return { view: viewToWire(workspace, publishHome(workspace, user, definition)) };
}

const views = { tier: 4, token: 'bot', scopes: [] } as const;

export const VIEWS: { readonly [method: string]: Method } = {
  'views.open': { ...views, run: open },
  'views.push': { ...views, run: push },
  'views.update': { ...views, run: update },
  'views.publish': { ...views, run: publish },
};
