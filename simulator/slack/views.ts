/** Modals lying on each other, and Home tabs. */
import { checkView, pointed, VIEW_MAX } from './block-kit/check.ts';
import { fillBlocks } from './fill.ts';
import { carriedValues, initialValues } from './state.ts';
import type { View, Workspace } from './workspace.ts';

type Definition = { readonly [field: string]: unknown };

/** Source: the error of views.push. */
const STACK_MAX = 3;

export function checkedView(
  workspace: Workspace,
  view: unknown,
  kind: 'modal' | 'home',
): { readonly fine: true } | { readonly tooLarge: true } | { readonly problems: readonly string[] } {
  if (Buffer.byteLength(JSON.stringify(view)) > VIEW_MAX) return { tooLarge: true };
  const problems = checkView(view, kind, {
    appName: workspace.app.name,
    fileExists: (id) => workspace.files.get(id)?.bytes instanceof Buffer,
  });
  return problems.length === 0 ? { fine: true } : { problems: problems.map(pointed) };
}

function newHash({ now, ids }: Workspace): string {
  return `${Math.floor(now() / 1000)}.${ids.short()}`;
}

export function topOf({ stacks, views }: Workspace, user: string): View | undefined {
  return views.get(stacks.get(user)?.at(-1) ?? '');
}

function noted(
  workspace: Workspace,
  view: View,
  change: 'opened' | 'pushed' | 'updated' | 'published' | 'closed' | 'cleared' | 'submitted',
): void {
  workspace.transcript.add({
    kind: 'view',
    change,
    view: view.id,
    user: view.user,
    callbackId: String(view.definition.callback_id ?? ''),
  });
  workspace.changed();
}

function makeView(
  workspace: Workspace,
  user: string,
  definition: Definition,
  { kind, under }: { readonly kind: 'modal' | 'home'; readonly under?: View },
): View {
  const blocks = fillBlocks(Array.isArray(definition.blocks) ? definition.blocks : [], workspace.ids);
  const id = workspace.ids.next('V');
  const view: View = {
    id,
    kind,
    user,
    rootId: under?.rootId ?? id,
    previousId: under?.id ?? null,
    definition,
    blocks,
    hash: newHash(workspace),
    revision: 1,
    values: initialValues(blocks),
    errors: {},
  };
  workspace.views.set(id, view);
  return view;
}

/** A new modal takes the place of whatever stood there. */
export function openView(workspace: Workspace, user: string, definition: Definition): View {
  for (const id of workspace.stacks.get(user) ?? []) workspace.views.delete(id);
  const view = makeView(workspace, user, definition, { kind: 'modal' });
  workspace.stacks.set(user, [view.id]);
  noted(workspace, view, 'opened');
  return view;
}

export function pushView(
  workspace: Workspace,
  user: string,
  definition: Definition,
): View | 'push_limit_reached' {
  const stack = workspace.stacks.get(user) ?? [];
  if (stack.length >= STACK_MAX) return 'push_limit_reached';
  const under = topOf(workspace, user);
  const view = makeView(workspace, user, definition, { kind: 'modal', ...(under && { under }) });
  workspace.stacks.set(user, [...stack, view.id]);
  noted(workspace, view, 'pushed');
  return view;
}

export function replaceView(workspace: Workspace, view: View, definition: Definition): void {
  const blocks = fillBlocks(Array.isArray(definition.blocks) ? definition.blocks : [], workspace.ids);
  view.values = carriedValues(view, blocks);
  view.definition = definition;
  view.blocks = blocks;
  view.hash = newHash(workspace);
  view.revision += 1;
  view.errors = {};
  noted(workspace, view, 'updated');
}

export function publishHome(workspace: Workspace, user: string, definition: Definition): View {
  const before = workspace.views.get(workspace.homes.get(user) ?? '');
  if (before !== undefined) {
    replaceView(workspace, before, definition);
    return before;
  }
  const view = makeView(workspace, user, definition, { kind: 'home' });
  workspace.homes.set(user, view.id);
  noted(workspace, view, 'published');
  return view;
}

/** The modal on top goes; what lay under it shows again. */
export function closeTop(workspace: Workspace, user: string, change: 'closed' | 'submitted'): void {
  const stack = workspace.stacks.get(user) ?? [];
  const top = topOf(workspace, user);
  if (top === undefined) return;
  workspace.stacks.set(user, stack.slice(0, -1));
  workspace.views.delete(top.id);
  noted(workspace, top, change);
}

export function clearAll(workspace: Workspace, user: string): readonly View[] {
  const gone = (workspace.stacks.get(user) ?? []).flatMap((id) => workspace.views.get(id) ?? []);
  workspace.stacks.delete(user);
  for (const view of gone) {
    workspace.views.delete(view.id);
    noted(workspace, view, 'cleared');
  }
  return gone;
}
