import type { Dice, Effect, Manager, World } from '../model.ts';
import type { Refusal } from '../refusal.ts';
import type { Caller } from '../snapshots.ts';
import type { RestAnswer, RestRequest } from './request.ts';

/** What a handler of the REST service gets and gives. */
export interface Handled {
  readonly world: World;
  readonly answer: RestAnswer;
  readonly effects?: readonly Effect[];
}

export interface RouteCall {
  readonly world: World;
  readonly hostName: string;
  readonly manager: Manager;
  readonly request: RestRequest;
  /** What stood where the path has `*`. */
  readonly parts: readonly string[];
  readonly now: number;
  readonly dice: Dice;
  readonly caller: Caller;
}

export interface Route {
  readonly method: RestRequest['method'];
  readonly path: readonly string[];
  readonly run: (call: RouteCall) => Handled | Refusal;
}
