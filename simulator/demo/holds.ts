/** What people choose when a run is held: the buttons and lists of the hold's own message, with the forms behind them. */
import type { BlockJson, MessageState } from '../slack/control.ts';
import { type Acting, approvedByBoth, cardText, elements, noted, until } from './acts.ts';
import { OLU } from './cast.ts';
import { hands } from './patience.ts';

/** At night it is Olu who chooses, as long as nothing else is said. */
interface By {
  readonly user?: string;
}

export async function retry(stage: Acting, hold: MessageState, { user = OLU }: By = {}): Promise<void> {
  await hands(stage, user).click(hold, 'retry', { confirm: true });
}

type Noted = 'done_by_hand' | 'skip' | 'roll_back' | 'stop';

/** A critical step is skipped, or taken as done by hand, once a second person says the same. */
export async function chooseWithNote(
  stage: Acting,
  hold: MessageState,
  choice: Noted,
  note: string,
  { user = OLU }: By = {},
): Promise<void> {
  await hands(stage, user).click(hold, choice, { confirm: true });
  await noted(stage, user, note);
}

function optionsOf(hold: MessageState, action: string): readonly string[] {
  const list = elements(hold.blocks).find((element) => element.action_id === action);
  return ((list?.options ?? []) as readonly { readonly value: string }[]).map(({ value }) => value);
}

/** @param step id of an earlier step, as the list's values name it */
export async function retryFrom(
  stage: Acting,
  hold: MessageState,
  step: string,
  { user = OLU }: By = {},
): Promise<void> {
  const values = optionsOf(hold, 'retry_from');
  const value = values.find((one) => one.endsWith(`|${step}`));
  if (value === undefined)
    throw new Error(`the hold offers no retry from ${step}, only from: ${values.join(', ')}`);
  await hands(stage, user).select(hold, 'retry_from', value, { confirm: true });
}

function blockWith(hold: MessageState, action: string, ending: string): BlockJson | undefined {
  return hold.blocks?.find((block) =>
    elements([block]).some(
      (element) => element.action_id === action && String(element.value).endsWith(ending),
    ),
  );
}

/** A way forward is planned anew and wants its own approvals; whoever plays on presses Start then. */
export async function goForward(
  stage: Acting,
  card: string,
  hold: MessageState,
  { flow, note, user = OLU }: By & { readonly flow: string; readonly note: string },
): Promise<void> {
  const block = blockWith(hold, 'go_forward', `|${flow}`);
  if (block === undefined) throw new Error(`the hold offers no way forward ${flow}:\n${hold.text}`);
  await hands(stage, user).click(hold, 'go_forward', { blockId: String(block.block_id), confirm: true });
  await noted(stage, user, note);
  await until(stage, 'the plan of the way forward', () => /Waiting for approval/.test(cardText(stage, card)));
  await approvedByBoth(stage, card);
}
