/** What stands around every verb: the same delivery twice is no error, a race is decided again, the unexpected gets an id. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Verdict } from '../src/core/model.ts';
import { escapedSay } from '../src/messages/block-kit.ts';
import type { HandlerDeps } from './register.ts';
import type { Tell } from './telling.ts';
import { saying } from './telling.ts';

/** Two people clicking at once are decided one after the other; more than this in one moment is no accident. */
const RACES = 4;
const RACE_MS = 40;

/** Handlers know the store's errors by name only: they hold no connections. */
function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}

/** Words for the person, and the same id in the log. */
export function unexpected(deps: HandlerDeps, error: unknown, doing: string): string {
  if (isNamed(error, 'StaleWriteError'))
    return 'Others acted on it at the same moment. Look at the card, and click again if it is still needed.';
  const id = `E-${randomBytes(4).toString('hex')}`;
  deps.log.error({ err: error, errorId: id }, `${doing} failed`);
  return `Something went wrong on our side while ${doing}. The card and /upgrade status show what is so. Try again; if it comes back, give the bot operator the error id *${id}*.`;
}

/** Runs a verb; somebody else's change at the same moment is read and decided upon again. `null` = this delivery was done before. */
export async function verb<T>(act: () => Promise<T>): Promise<T | null> {
  for (let race = 1; ; race++) {
    try {
      return await act();
    } catch (error) {
      if (isNamed(error, 'AlreadyDeliveredError')) return null;
      if (!isNamed(error, 'StaleWriteError') || race >= RACES) throw error;
      await sleep(RACE_MS * race);
    }
  }
}

/** Does something for a person; whatever goes wrong, they are told. */
export async function guarded(
  deps: HandlerDeps,
  tell: Tell,
  doing: string,
  act: () => Promise<void>,
): Promise<void> {
  try {
    await act();
  } catch (error) {
    const words = unexpected(deps, error, doing);
    await saying(tell, words).catch((second: unknown) =>
      deps.log.error({ err: second }, `telling somebody that ${doing} failed`),
    );
  }
}

/** A verdict in words; a repeated delivery says nothing, because the first one did. */
export async function tellVerdict<T>(
  tell: Tell,
  verdict: Verdict<T> | null,
  words: (value: T) => string,
): Promise<void> {
  if (verdict === null) return;
  await saying(tell, verdict.ok ? words(verdict.value) : `✋ ${escapedSay(verdict.refusal.say)}`);
}
