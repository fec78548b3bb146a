/** The form behind `/upgrade start`: refilled for another target, and sent. */

import { setTimeout as sleep } from 'node:timers/promises';
import type {
  AckFn,
  BlockAction,
  Middleware,
  SlackActionMiddlewareArgs,
  StaticSelectAction,
  ViewOutput,
  ViewResponseAction,
  ViewStateValue,
} from '@slack/bolt';
import { z } from 'zod';
import type { OnClose, Person } from '../src/core/model.ts';
import { unknownWords } from '../src/core/typed-words.ts';
import type { FieldErrors, StartInput } from '../src/engine/upgrades.ts';
import { escapedSay, type Modal, plainSay } from '../src/messages/block-kit.ts';
import { VALUE } from '../src/messages/modal-kit.ts';
import { notice } from '../src/messages/notice.ts';
import { requested } from '../src/messages/said.ts';
import { EMPTY_DRAFT, FIELD, fieldOf, type StartDraft, startModal } from '../src/messages/start-modal.ts';
import type { Clicked, Submitted } from './clicks.ts';
import { openForm } from './forms.ts';
import { guarded, unexpected, verb } from './guard.ts';
import { actorOf, deliveryOfForm } from './payload.ts';
import type { HandlerDeps } from './register.ts';
import { saying, showForm, tellClicker, tellInForm } from './telling.ts';

const TITLE = 'Start an upgrade';
const DOING = 'asking for an upgrade';
/** Errors under fields must be in the acknowledgement, which Slack takes within three seconds; the rest is the network's. */
const ANSWER_MS = 2000;

const Memory = z.object({
  channel: z.string(),
  suggested: z.object({ opensAt: z.number(), lengthMin: z.number() }),
});

function memoryOf(view: ViewOutput): z.infer<typeof Memory> {
  try {
    return Memory.parse(JSON.parse(view.private_metadata));
  } catch {
    // A form of an older version: everything in it counts as typed.
    return { channel: '', suggested: { opensAt: 0, lengthMin: 0 } };
  }
}

interface Typed {
  readonly target: string;
  readonly draft: StartDraft;
  /** Block of each field, for errors under it. */
  readonly blocks: ReadonlyMap<string, string>;
}

function text(value: ViewStateValue | undefined): string {
  if (value === undefined) return '';
  // A box that is not ticked is a no, also where the runbook's default is a yes.
  if (value.type === 'checkboxes') return (value.selected_options ?? []).length > 0 ? 'true' : 'false';
  return value.selected_option?.value ?? value.value ?? '';
}

function onCloseOf(value: string): OnClose {
  return value === 'pause-before-next-step' ? value : 'finish';
}

function typed(view: ViewOutput): Typed {
  const { channel } = memoryOf(view);
  const values = new Map<string, ViewStateValue>();
  const blocks = new Map<string, string>();
  const inputs: Record<string, string> = {};
  for (const [block, state] of Object.entries(view.state.values)) {
    const field = fieldOf(block);
    const value = state[VALUE] ?? Object.values(state)[0];
    if (value === undefined) continue;
    values.set(field, value);
    blocks.set(field, block);
    if (field.startsWith('input.')) inputs[field.slice('input.'.length)] = text(value);
  }
  const opens = values.get(FIELD.window)?.selected_date_time ?? null;
  const length = Number(text(values.get(FIELD.length)));
  return {
    target: text(values.get(FIELD.target)),
    blocks,
    draft: {
      flow: text(values.get(FIELD.flow)) || null,
      inputs,
      opensAt: opens === null ? null : opens * 1000,
      lengthMin: Number.isInteger(length) && length > 0 ? length : null,
      onClose: onCloseOf(text(values.get(FIELD.onClose))),
      reason: text(values.get(FIELD.reason)),
      channel,
    },
  };
}

/** A window that nobody touched is no wish: the other target suggests its own. */
function withoutSuggestion(draft: StartDraft, view: ViewOutput): StartDraft {
  const { suggested } = memoryOf(view);
  const seconds = (ms: number | null) => (ms === null ? null : Math.floor(ms / 1000));
  const untouched =
    seconds(draft.opensAt) === seconds(suggested.opensAt) && draft.lengthMin === suggested.lengthMin;
  return untouched ? { ...draft, opensAt: null, lengthMin: null } : draft;
}

/** Blocks carry the target that they belong to: the one that was shown before. */
function shownTarget(view: ViewOutput): string | undefined {
  const block = Object.keys(view.state.values).find((id) => fieldOf(id) === FIELD.flow);
  return block?.slice(FIELD.flow.length + 1);
}

export async function startForm(
  deps: HandlerDeps,
  actor: Person,
  target: string | undefined,
  draft: StartDraft,
): Promise<Modal> {
  const form = await deps.upgrades.form(actor, target);
  if (!form.ok) return notice(TITLE, `✋ ${escapedSay(form.refusal.say)}`);
  if (form.value.flows.length === 0)
    return notice(TITLE, '✋ The runbook of this target offers no flow that could be asked for.');
  return startModal(form.value, draft, {}, unknownWords(draft, form.value));
}

/** The button below `/upgrade help`: the form with nothing filled in. */
export function startClicked(deps: HandlerDeps): Clicked {
  return async ({ ack, body, respond, client }) => {
    await ack();
    const tell = tellClicker(deps, { body, respond, client });
    const opening = { client, trigger: body.trigger_id, title: TITLE, doing: 'opening the form', tell };
    const draft = { ...EMPTY_DRAFT, channel: body.channel?.id ?? '' };
    await guarded(deps, tell, 'opening the form', () =>
      openForm(deps, opening, () => startForm(deps, actorOf(body), undefined, draft)),
    );
  };
}

async function refilled(deps: HandlerDeps, actor: Person, target: string, view: ViewOutput): Promise<Modal> {
  const draft = withoutSuggestion(typed(view).draft, view);
  const form = await deps.upgrades.form(actor, target);
  // Whoever had still to choose how, has still to choose.
  const flow = draft.flow === null ? '' : null;
  if (form.ok && form.value.flows.length > 0) return startModal(form.value, { ...draft, flow });
  // What was typed stays on the screen, under the reason why the other target can't be chosen.
  const say = form.ok ? 'The runbook of that target offers no flow.' : form.refusal.say;
  const before = await deps.upgrades.form(actor, shownTarget(view));
  return before.ok
    ? startModal(before.value, { ...draft, flow: draft.flow ?? '' }, { target: say })
    : notice(TITLE, `✋ ${escapedSay(say)}`);
}

export function startTargetChosen(
  deps: HandlerDeps,
): Middleware<SlackActionMiddlewareArgs<BlockAction<StaticSelectAction>>> {
  return async ({ ack, body, action, client }) => {
    await ack();
    const { view } = body;
    if (view === undefined) return;
    const modal = await refilled(deps, actorOf(body), action.selected_option.value, view).catch(
      (error: unknown) => notice(TITLE, unexpected(deps, error, 'refilling the form')),
    );
    await showForm(client, view.id, modal, view.hash).catch((error: unknown) =>
      deps.log.info({ why: String(error) }, 'the form was closed or changed before it was refilled'),
    );
  };
}

/** Slack wants every error under a block that exists; others are said under the target. */
function underBlocks(errors: FieldErrors, blocks: ReadonlyMap<string, string>): Record<string, string> {
  const under: Record<string, string> = {};
  for (const [field, say] of Object.entries(errors)) {
    const own = blocks.get(field);
    const block = own ?? blocks.get(FIELD.target) ?? FIELD.target;
    // An input that the form does not show is named as people type it.
    const typed =
      own === undefined && field.startsWith('input.') ? `${field.slice('input.'.length)}=…: ` : '';
    const words = `${typed}${plainSay(say)}`;
    under[block] = under[block] === undefined ? words : `${under[block]} ${words}`;
  }
  return under;
}

type Answer = Awaited<ReturnType<HandlerDeps['upgrades']['request']>>;
type Result =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'repeated' }
  | { readonly kind: 'failed'; readonly error: unknown };

async function resultOf(ask: () => Promise<Answer>): Promise<Result> {
  try {
    const answer = await verb(ask);
    return answer === null ? { kind: 'repeated' } : { kind: 'answered', answer };
  } catch (error) {
    return { kind: 'failed', error };
  }
}

function wordsOf(deps: HandlerDeps, result: Result): string {
  if (result.kind === 'failed') return unexpected(deps, result.error, DOING);
  if (result.kind === 'repeated') return 'That was asked for already; /upgrade list shows it.';
  return result.answer.ok ? requested(result.answer.value) : '';
}

async function ackInTime(
  deps: HandlerDeps,
  ack: AckFn<ViewResponseAction>,
  result: Result,
  blocks: ReadonlyMap<string, string>,
): Promise<void> {
  if (result.kind === 'answered' && !result.answer.ok)
    return ack({ response_action: 'errors', errors: underBlocks(result.answer.errors, blocks) });
  await ack({ response_action: 'update', view: notice(TITLE, wordsOf(deps, result)) });
}

export function startSubmitted(deps: HandlerDeps): Submitted {
  return async ({ ack, body, client }) => {
    const { target, draft, blocks } = typed(body.view);
    const missing: Record<string, string> = {};
    if (draft.opensAt === null) missing.window = 'Choose when the window opens.';
    if (draft.lengthMin === null) missing.length = 'Choose how long the window is.';
    if (draft.reason.trim() === '') missing.reason = 'Say why in a few words: approvers decide on it.';
    if (draft.opensAt === null || draft.lengthMin === null || missing.reason !== undefined)
      return ack({ response_action: 'errors', errors: underBlocks(missing, blocks) });
    const actor = actorOf(body);
    const { flow, inputs, opensAt, lengthMin, onClose, reason, channel } = draft;
    const input: StartInput = {
      target,
      flow: flow ?? '',
      inputs,
      opensAt,
      lengthMin,
      onClose,
      reason,
      channel,
    };
    const asking = resultOf(() => deps.upgrades.request(actor, input, deliveryOfForm(body)));
    const first = await Promise.race([asking, sleep(ANSWER_MS, null, { ref: false })]);
    if (first !== null) return ackInTime(deps, ack, first, blocks);

    await ack({
      response_action: 'update',
      view: notice(TITLE, '⏳ Slack is slow to say who is who; still checking…'),
    });
    const result = await asking;
    const form = { view: body.view.id, title: TITLE, user: body.user.id };
    const tell = tellInForm(deps, client, form, () => Promise.resolve(channel === '' ? undefined : channel));
    if (result.kind !== 'answered' || result.answer.ok) return saying(tell, wordsOf(deps, result));
    // Too late for errors under fields: the form comes back with what was typed and the errors above it.
    const { errors } = result.answer;
    const again = await deps.upgrades.form(actor, target);
    const lines = Object.values(errors).map((say) => `• ${escapedSay(say)}`);
    if (!again.ok) return saying(tell, lines.join('\n'));
    await showForm(
      client,
      body.view.id,
      startModal(again.value, { ...draft, flow: draft.flow ?? '' }, errors),
    ).catch(() => saying(tell, `Not accepted, nothing was asked yet:\n${lines.join('\n')}`));
  };
}
