/** `/upgrade …`: what was typed is read, one verb is called, and the answer is private. */
import type { Middleware, SlackCommandMiddlewareArgs, SlashCommand } from '@slack/bolt';
import type { WebClient } from '@slack/web-api';
import { type Command, parseCommand } from '../src/core/command.ts';
import { assertNever, granted, isLive, type Person, type Verdict } from '../src/core/model.ts';
import { stopModal } from '../src/messages/answer-modals.ts';
import {
  auditMessage,
  helpMessage,
  listMessage,
  statusMessage,
  targetsMessage,
  whyMessage,
} from '../src/messages/answers.ts';
import { escaped, escapedSay, type Message } from '../src/messages/block-kit.ts';
import { previewMessages } from '../src/messages/plan-message.ts';
import { withdrawn } from '../src/messages/said.ts';
import { EMPTY_DRAFT } from '../src/messages/start-modal.ts';
import { openForm, openFormOn } from './forms.ts';
import { guarded, tellVerdict, verb } from './guard.ts';
import { deliveryOfClick, typist } from './payload.ts';
import type { HandlerDeps } from './register.ts';
import { startForm } from './start-modal.ts';
import { saying, type Tell, tellTypist } from './telling.ts';

interface Typed {
  readonly actor: Person;
  readonly client: WebClient;
  readonly typed: SlashCommand;
  readonly tell: Tell;
}

/** What is found is shown, and what is refused is said. */
async function show<T>(tell: Tell, verdict: Verdict<T>, message: (value: T) => Message): Promise<void> {
  if (verdict.ok) return tell(message(verdict.value));
  await saying(tell, `✋ ${escapedSay(verdict.refusal.say)}`);
}

/** Without an id: the only one that is live, else the list. */
async function look(deps: HandlerDeps, { tell }: Typed, command: Of<'status' | 'why'>): Promise<void> {
  const message = command.kind === 'why' ? whyMessage : statusMessage;
  if (command.upgrade !== null) return show(tell, await deps.upgrades.view(command.upgrade), message);
  const all = await deps.upgrades.list();
  const [only, ...others] = all.filter(isLive);
  if (only === undefined || others.length > 0) return tell(listMessage(all));
  await show(tell, await deps.upgrades.view(only.id), message);
}

type Of<K extends Command['kind']> = Extract<Command, { kind: K }>;

async function plan(
  deps: HandlerDeps,
  { actor, tell }: Typed,
  { target, flow, inputs }: Of<'plan'>,
): Promise<void> {
  const about = deps.upgrades.targets().find(({ name }) => name === target);
  const looking = () =>
    saying(
      tell,
      `🔎 Looking at the hosts of *${escaped(about?.title ?? target)}*, read-only. The plan comes in about a minute.`,
    );
  const made = await deps.upgrades.preview(actor, { target, flow: flow ?? undefined, inputs }, looking);
  if (!made.ok) return saying(tell, `✋ ${escapedSay(made.refusal.say)}`);
  const { rehearsal } = made.value.body.target;
  for (const message of previewMessages(about ?? { name: target, title: target, rehearsal }, made.value))
    await tell(message);
}

async function audit(deps: HandlerDeps, { tell }: Typed, id: string): Promise<void> {
  const view = await deps.upgrades.view(id);
  if (!view.ok) return show(tell, view, statusMessage);
  await show(tell, await deps.upgrades.trail(id), (trail) => auditMessage(view.value.upgrade, trail));
}

function stop(deps: HandlerDeps, { actor, client, typed, tell }: Typed, id: string): Promise<void> {
  const title = `Stop ${id}`;
  const opening = { client, trigger: typed.trigger_id, title, doing: `opening “${title}”`, tell };
  return openFormOn(
    deps,
    opening,
    () => deps.upgrades.mayChoose(actor, id, { hold: null, what: 'stop' }),
    (view) => {
      const { phase } = view.upgrade;
      // The hold that is on the screen: a later one is not stopped by this form.
      return stopModal(view, phase.kind === 'held' ? phase.hold.number : null);
    },
  );
}

function start(
  deps: HandlerDeps,
  { actor, client, typed, tell }: Typed,
  command: Of<'start'>,
): Promise<void> {
  const { target, flow, inputs } = command;
  const opening = {
    client,
    trigger: typed.trigger_id,
    title: 'Start an upgrade',
    doing: 'opening the form',
    tell,
  };
  return openForm(deps, opening, () =>
    startForm(deps, actor, target ?? undefined, { ...EMPTY_DRAFT, flow, inputs, channel: typed.channel_id }),
  );
}

async function carryOut(deps: HandlerDeps, typed: Typed, command: Command): Promise<void> {
  const { tell, actor } = typed;
  switch (command.kind) {
    case 'help':
      return tell(helpMessage);
    case 'mistake':
      return saying(tell, escaped(command.say));
    case 'targets':
      return tell(targetsMessage(deps.upgrades.targets()));
    case 'list':
      return show(tell, granted(await deps.upgrades.list()), listMessage);
    case 'status':
    case 'why':
      return look(deps, typed, command);
    case 'audit':
      return audit(deps, typed, command.upgrade);
    case 'plan':
      return plan(deps, typed, command);
    case 'start':
      return start(deps, typed, command);
    case 'stop':
      return stop(deps, typed, command.upgrade);
    case 'withdraw': {
      const delivery = deliveryOfClick(typed.typed);
      const done = await verb(() => deps.upgrades.withdraw(actor, command.upgrade, delivery));
      return tellVerdict(tell, done, withdrawn);
    }
    default:
      return assertNever(command);
  }
}

export function upgradeTyped(deps: HandlerDeps): Middleware<SlackCommandMiddlewareArgs> {
  return async ({ ack, command: typed, respond, client }) => {
    await ack();
    const tell = tellTypist(deps, { command: typed, respond, client });
    await guarded(deps, tell, 'answering /upgrade', () => {
      const names = deps.upgrades.targets().map(({ name }) => name);
      const command = parseCommand(typed.text ?? '', names);
      return carryOut(deps, { actor: typist(typed), client, typed, tell }, command);
    });
  };
}
