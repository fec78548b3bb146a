/**
 * Careful people, through what they can see in Slack: they ask, approve, answer, and decide at holds by looking at the
 * ledger of the host. A click that was lost with the bot is made again, as people do.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { AMIR, BEA, CHANNEL, OLU, ROSA } from '../../simulator/demo/cast.ts';
import type { BlockJson, MessageState } from '../../simulator/slack/control.ts';
import type { Hold, Upgrade } from '../../src/core/model.ts';
import { type Stage, TARGET } from './stage.ts';
import type { StoreView } from './store-view.ts';

/** Real: a bot that lives answers much sooner; one that was killed never does. */
const ANSWER_MS = 4000;
const POLL_MS = 100;

type Person = ReturnType<Stage['slack']['as']>;

function elementsOf(message: MessageState): readonly BlockJson[] {
  return (message.blocks ?? []).flatMap((block) =>
    block.type === 'actions' ? (block.elements as readonly BlockJson[]) : [],
  );
}

/** Newest message, card or reply, that offers the action (with this value). */
function offering(person: Person, action: string, value?: string): MessageState | undefined {
  const parents = person.sees(CHANNEL).filter(({ ephemeral, threadTs }) => !ephemeral && threadTs === null);
  return parents
    .flatMap((parent) => [parent, ...person.thread(parent.ts)])
    .toReversed()
    .find((message) =>
      elementsOf(message).some(
        (element) => element.action_id === action && (value === undefined || element.value === value),
      ),
    );
}

async function soon<T>(look: () => T | undefined): Promise<T | undefined> {
  for (let spent = 0; spent < ANSWER_MS; spent += POLL_MS) {
    const found = look();
    if (found !== undefined) return found;
    await wait(POLL_MS);
  }
  return undefined;
}

const hasBlock = (person: Person, id: string) =>
  person.modal()?.blocks.some(({ block_id: block }) => block === id) ? true : undefined;

/** Forms of a bot that died are closed: they could not be sent any more. */
async function tidied(person: Person): Promise<void> {
  for (let depth = 0; depth < 3 && person.modal() !== null; depth++) await person.attempt.close();
}

async function pressed(person: Person, message: MessageState, action: string, note?: string): Promise<void> {
  await tidied(person);
  const clicked = await person.attempt.click(message, action, { confirm: true });
  if (!clicked.ok || note === undefined) return;
  if ((await soon(() => hasBlock(person, 'note'))) === undefined) return;
  await person.attempt.fill({ note });
  await person.attempt.submit();
}

async function ask(stage: Stage): Promise<void> {
  const rosa = stage.slack.as(ROSA);
  await tidied(rosa);
  const typed = await rosa.attempt.command('/upgrade', `start ${TARGET} all`, CHANNEL);
  if (!typed.ok || (await soon(() => hasBlock(rosa, 'reason'))) === undefined) return;
  const opensAt = Math.ceil(stage.slack.now() / 1000);
  await rosa.attempt.fill({ 'Window opens': opensAt, 'Window length': '24 h', Reason: 'Soak.' });
  await rosa.attempt.submit();
}

async function approve(stage: Stage, upgrade: Upgrade): Promise<void> {
  if (upgrade.phase.kind !== 'awaiting-approval') return;
  const { decisions } = upgrade.phase;
  for (const user of [AMIR, BEA].filter((id) => !decisions.some(({ by }) => by.user === id))) {
    const person = stage.slack.as(user);
    const card = offering(person, 'review');
    if (card === undefined) return;
    await tidied(person);
    if (!(await person.attempt.click(card, 'review')).ok) return;
    const form = await soon(() => person.modal()?.submit ?? undefined);
    if (form === undefined) return;
    for (const block of person.modal()?.blocks ?? []) {
      const element = block.type === 'input' ? (block.element as BlockJson) : undefined;
      if (element?.type !== 'checkboxes') continue;
      const boxes = (element.options as readonly { readonly value: string }[]).map(({ value }) => value);
      await person.attempt.fill({ [String(block.block_id)]: boxes });
    }
    await person.attempt.submit();
  }
}

/** What the step itself wrote down, on its host. */
export function ledgerOf(stage: Stage, host: 'alpha' | 'beta'): readonly (readonly string[])[] {
  return readFileSync(join(stage.hosts[host].base, 'ledger'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' '));
}

type Answer = 'look_again' | 'done_by_hand' | 'retry' | 'stop';

/** null = not yet: something of the attempt still runs, and a careful person waits for it. */
function decided(stage: Stage, { step, attempt, offers }: Hold): Answer | null {
  const own = stage.work.runSteps.find(({ id }) => id === step);
  if (own === undefined) {
    // Copies, writes and reboots do nothing that was done.
    if (offers.includes('retry')) return 'retry';
    return offers.includes('look_again') ? 'look_again' : 'stop';
  }
  if (attempt !== null && stage.hosts[own.host].lives(attempt))
    return offers.includes('look_again') ? 'look_again' : null;
  if (!offers.includes('retry') && offers.includes('look_again')) return 'look_again';
  const ended = ledgerOf(stage, own.host).some(([what, id]) => what === 'end' && id === step);
  if (ended && offers.includes('done_by_hand')) return 'done_by_hand';
  return offers.includes('retry') ? 'retry' : 'stop';
}

async function answerHold(stage: Stage, upgrade: Upgrade, hold: Hold): Promise<Answer | null> {
  const olu = stage.slack.as(OLU);
  const answer = decided(stage, hold);
  if (answer === null) return null;
  const message = offering(olu, answer, `${upgrade.id}|${hold.number}`);
  if (message === undefined) return null;
  await pressed(
    olu,
    message,
    answer,
    answer === 'done_by_hand' || answer === 'stop' ? 'As the ledger of the host shows.' : undefined,
  );
  return answer;
}

async function answerQuestion(stage: Stage, upgrade: Upgrade): Promise<void> {
  if (upgrade.phase.kind !== 'running' || upgrade.phase.waitingFor === null) return;
  const gate = upgrade.phase.waitingFor.kind === 'gate';
  const person = stage.slack.as(gate ? AMIR : OLU);
  const action = gate ? 'gate_go' : 'manual_done';
  const message = offering(person, action);
  if (message !== undefined) await pressed(person, message, action, 'Looked at it.');
}

async function once(stage: Stage, upgrade: Upgrade | undefined): Promise<void> {
  if (stage.slack.connections() === 0) return;
  if (upgrade === undefined) return ask(stage);
  const { phase } = upgrade;
  switch (phase.kind) {
    case 'awaiting-approval':
      return approve(stage, upgrade);
    case 'scheduled': {
      const rosa = stage.slack.as(ROSA);
      const message = phase.go === null ? offering(rosa, 'go') : undefined;
      return message === undefined ? undefined : pressed(rosa, message, 'go');
    }
    case 'running':
      return answerQuestion(stage, upgrade);
    case 'held':
      await answerHold(stage, upgrade, phase.hold);
      return;
    default:
      return;
  }
}

/** Acts on what is there until `over` says so; each answer is given again while nothing changed. */
export async function goOn(stage: Stage, view: StoreView, over: () => boolean): Promise<void> {
  while (!over()) {
    await once(stage, view.upgrade());
    await wait(POLL_MS);
  }
}
