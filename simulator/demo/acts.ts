/** What the people of the demo do, through what they can see: the same commands, forms and buttons as on the page. */
import type { BlockJson, FormValue, MessageState } from '../slack/control.ts';
import { AMIR, BEA, CHANNEL, OLU, ROSA } from './cast.ts';
import { hands } from './patience.ts';
import { TARGET } from './settings.ts';
import type { Stage } from './stage.ts';

/** Real time: a preflight of some forty probes on a busy machine, and a start of the bot from its sources. */
const PATIENCE_MS = 120_000;

/** People see Slack, and the bot behind it; what is upgraded is nothing to them. */
export type Acting = Pick<Stage, 'slack' | 'bot'>;

export interface Ask {
  readonly flow: string;
  readonly to: string;
  readonly target?: string;
  /** Values of the runbook's other inputs, by their label in the form. */
  readonly inputs?: { readonly [label: string]: FormValue };
}

export function until<T>(stage: Acting, what: string, look: () => T | Promise<T>): Promise<NonNullable<T>> {
  return stage.slack
    .until(
      () => {
        const code = stage.bot.exitCode();
        if (code !== null && code !== 0) throw new Error(`the bot ended with exit code ${code}`);
        return look();
      },
      { withinMs: PATIENCE_MS, what },
    )
    .catch((error: Error) => {
      throw new Error(`${error.message}\nThe bot's last lines:\n${stage.bot.lastLines()}`);
    });
}

/** The bot answers once it is connected. */
export async function botIsThere(stage: Acting): Promise<void> {
  await until(stage, 'the bot to connect', () => stage.slack.connections() > 0);
}

export function elements(blocks: readonly BlockJson[] | null): readonly BlockJson[] {
  return (blocks ?? []).flatMap((block) => {
    const own = block.type === 'actions' ? (block.elements as readonly BlockJson[]) : [];
    return block.type === 'input' ? [...own, block.element as BlockJson] : own;
  });
}

function offers(message: MessageState, action: string): boolean {
  return elements(message.blocks).some((element) => element.action_id === action);
}

function askedBy(message: MessageState, action: string): string {
  return `${message.ts}/${action}`;
}

/** Card and thread of the upgrade, newest first. */
export function messages(stage: Acting, card: string): readonly MessageState[] {
  const olu = stage.slack.as(OLU);
  const parent = olu.sees(CHANNEL).filter(({ ts }) => ts === card);
  return [...parent, ...olu.thread(card)].toReversed();
}

export function cardText(stage: Acting, card: string): string {
  return messages(stage, card).find(({ ts }) => ts === card)?.text ?? '';
}

/** Rosa types the command, fills the form and sends it. @returns ts of the card */
export async function request(stage: Acting, ask: Ask): Promise<string> {
  const { slack } = stage;
  const rosa = slack.as(ROSA);
  const before = new Set(rosa.sees(CHANNEL).map(({ ts }) => ts));
  await hands(stage, ROSA).command(
    '/upgrade',
    `start ${ask.target ?? TARGET} ${ask.flow} to=${ask.to}`,
    CHANNEL,
  );
  await until(stage, 'the form', () => rosa.modal()?.blocks.some(({ block_id: id }) => id === 'reason'));
  await hands(stage, ROSA).fill({
    ...ask.inputs,
    // Generous, because the work of this machine counts k times in virtual time.
    'Window length': '24 h',
    Reason: 'End of support of this version; change CHG-4711.',
  });
  await hands(stage, ROSA).submit();
  const card = await until(stage, 'the card', () =>
    rosa.sees(CHANNEL).find(({ ts, ephemeral }) => !ephemeral && !before.has(ts)),
  );
  return card.ts;
}

export async function planned(stage: Acting, card: string): Promise<void> {
  await until(stage, 'the plan', () => /Waiting for approval|Blocked/.test(cardText(stage, card)));
}

async function ticked(stage: Acting, user: string): Promise<void> {
  const person = stage.slack.as(user);
  const modal = await until(stage, 'the review form', () => {
    const open = person.modal();
    return open?.submit === null ? undefined : open;
  });
  for (const block of modal.blocks) {
    const element = block.type === 'input' ? (block.element as BlockJson) : undefined;
    if (element?.type !== 'checkboxes') continue;
    const boxes = (element.options as readonly { readonly value: string }[]).map(({ value }) => value);
    await hands(stage, user).fill({ [String(block.block_id)]: boxes });
  }
}

/** Reads the plan in the form, ticks every statement, approves. */
async function approve(stage: Acting, card: string, user: string): Promise<void> {
  await hands(stage, user).click(card, 'review');
  await ticked(stage, user);
  await hands(stage, user).submit();
}

export async function approvedByBoth(stage: Acting, card: string): Promise<void> {
  await approve(stage, card, AMIR);
  await approve(stage, card, BEA);
  await until(stage, 'the approval to count', () => /Approved/.test(cardText(stage, card)));
}

export async function decline(stage: Acting, card: string, user: string, reason: string): Promise<void> {
  const person = stage.slack.as(user);
  await hands(stage, user).click(card, 'decline');
  await until(stage, 'the form', () => person.modal()?.blocks.some(({ block_id: id }) => id === 'note'));
  await hands(stage, user).fill({ note: reason });
  await hands(stage, user).submit();
}

export async function noted(stage: Acting, user: string, note: string): Promise<void> {
  const person = stage.slack.as(user);
  await until(stage, 'the form', () => person.modal()?.blocks.some(({ block_id: id }) => id === 'note'));
  await hands(stage, user).fill({ note });
  await hands(stage, user).submit();
}

/** A question or button that waits, and who of the cast answers it how. */
interface Habit {
  readonly action: string;
  readonly user: string;
  readonly note?: string;
}

const HABITS: readonly Habit[] = [
  { action: 'go', user: ROSA },
  { action: 'gate_go', user: AMIR, note: 'What it shows looks right.' },
  { action: 'manual_done', user: OLU, note: 'Done as described.' },
];

const OVER = /Succeeded|Stopped|Finished|Rolled back|Blocked|Declined|Expired|Withdrawn/;

export interface Playing {
  /** Somebody chooses what is done about a hold. Without it a hold is a failure. */
  readonly held?: (message: MessageState) => Promise<void>;
  /** What is done by hand, before it is reported as done. */
  readonly byHand?: (message: MessageState) => Promise<void>;
}

/** Answers everything that is asked until the upgrade is over. @returns the last text of the card */
export async function playOn(stage: Acting, card: string, { held, byHand }: Playing = {}): Promise<string> {
  const pressed = new Set<string>();
  for (;;) {
    const next = await until(stage, 'something to do, or the end', () => {
      if (OVER.test(cardText(stage, card))) return 'over' as const;
      const all = messages(stage, card);
      const hold = all.find((one) => offers(one, 'stop') && !pressed.has(`${one.ts}`));
      if (hold !== undefined) return { hold };
      for (const habit of HABITS) {
        const found = all.find(
          (one) => offers(one, habit.action) && !pressed.has(askedBy(one, habit.action)),
        );
        if (found !== undefined) return { habit, message: found };
      }
      return undefined;
    });
    if (next === 'over') return cardText(stage, card);
    if ('hold' in next) {
      pressed.add(next.hold.ts);
      if (held === undefined) throw new Error(`the run is held:\n${next.hold.text}`);
      await held(next.hold);
      // A way forward has a Start of its own, on the same card with the same button.
      for (const key of pressed) if (key.startsWith(`${card}/`)) pressed.delete(key);
      continue;
    }
    const { habit, message } = next;
    pressed.add(askedBy(message, habit.action));
    if (habit.action === 'manual_done') await byHand?.(message);
    await hands(stage, habit.user).click(message, habit.action, { confirm: true });
    if (habit.note !== undefined) await noted(stage, habit.user, habit.note);
  }
}
