/** People read “We had some trouble connecting. Try again?”, and do: a busy machine cuts the bot's connection now and then. */
import { type Person, PersonRefused } from '../slack/person.ts';
import type { Stage } from './stage.ts';

const MOST_TRIES = 5;
/** Real time, until the bot's client has connected anew; it looks for a lost connection every few seconds. */
const CONNECT_MS = 60_000;

type Hands = Pick<Person, 'command' | 'click' | 'select' | 'fill' | 'submit'>;

/** Nobody took it, so nothing was done; after a timeout that is not known, and it is not repeated. */
function wasNotTaken(error: unknown): boolean {
  return error instanceof PersonRefused && error.result.error === 'dispatch_failed';
}

export function hands(stage: Pick<Stage, 'slack'>, user: string): Hands {
  const person = stage.slack.as(user);
  async function again<T>(act: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await act();
      } catch (error) {
        if (tries >= MOST_TRIES || !wasNotTaken(error)) throw error;
        await stage.slack.until(() => stage.slack.connections() > 0, {
          ...{ withinMs: CONNECT_MS, what: 'the bot to connect again' },
        });
      }
    }
  }
  return {
    command: (...words) => again(() => person.command(...words)),
    click: (...words) => again(() => person.click(...words)),
    select: (...words) => again(() => person.select(...words)),
    fill: (...words) => again(() => person.fill(...words)),
    submit: (...words) => again(() => person.submit(...words)),
  };
}
