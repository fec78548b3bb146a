/** One run from the request to its end, with troubles all the way, and what is found afterwards. */
import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { isLive } from '../../src/core/model.ts';
import type { App } from './bot.ts';
import { judge, type Verdict } from './judge.ts';
import { goOn } from './people.ts';
import { createRandom } from './random.ts';
import { createStage, type Stage } from './stage.ts';
import { openStoreView, type StoreView } from './store-view.ts';
import { createTroubles, type Kind, type Restart } from './trouble.ts';
import { HOSTS } from './work.ts';

/** Real. Undisturbed it takes under a minute; a black hole may cost one more, and other lanes the processor. */
const RUN_MS = 8 * 60_000;
/** The last messages, at Slack's pace on our clock, and the bot's own patience with a Slack that did not answer. */
const DRAIN_MS = 60_000;
/** The first start of a bot on a busy machine, and people who type a command. */
const START_MS = 30_000;
const POLL_MS = 50;

export interface RunOptions {
  readonly parent: string;
  readonly app: App;
  readonly seed: string;
  readonly k: number;
  /** The next trouble, or undefined when there are to be no more. */
  readonly next: () => Kind | undefined;
  readonly perRun: number;
  /** The soak is told to end: the run is given up. */
  readonly signal: AbortSignal;
}

export interface RunResult {
  readonly outcome: string;
  readonly verdict: Verdict;
  /** Real milliseconds from each start of the bot to its first question about the attempt that lived. */
  readonly reattachMs: readonly number[];
  /** See Bot. */
  readonly deaths: readonly string[];
  readonly holds: number;
  /** Where the evidence is, when something was wrong. */
  readonly kept: string | null;
}

function reattached(stage: Stage, restarts: readonly Restart[]): readonly number[] {
  const calls = HOSTS.flatMap((name) => stage.hosts[name].calls());
  return restarts.flatMap(({ attempt, at }, index) => {
    if (attempt === null) return [];
    const until = restarts[index + 1]?.at ?? Number.POSITIVE_INFINITY;
    const first = calls
      .filter((call) => call.at >= at && call.at < until && call.line.includes(`'${attempt}'`))
      .map((call) => call.at - at);
    return first.length === 0 ? [] : [Math.min(...first)];
  });
}

async function until(what: () => boolean, withinMs: number): Promise<boolean> {
  for (const end = Date.now() + withinMs; Date.now() < end; await wait(POLL_MS)) if (what()) return true;
  return false;
}

const NOTHING: Verdict = { startedTwice: [], lost: [], bytesWrong: [], statesWrong: [] };

async function troubled(stage: Stage, view: StoreView, options: RunOptions, over: () => boolean) {
  const random = createRandom(`${options.seed}/troubles`);
  const troubles = createTroubles(stage, view, random);
  try {
    for (let n = 0; n < options.perRun && !over(); n++) {
      await wait(random.int(100, 1500));
      if (over()) break;
      const kind = options.next();
      if (kind === undefined) break;
      await troubles.inflict(kind);
    }
  } finally {
    troubles.close();
  }
  return troubles.restarts;
}

async function played(stage: Stage, options: RunOptions): Promise<Omit<RunResult, 'kept'>> {
  const end = Date.now() + RUN_MS;
  stage.bot.start();
  if (!(await until(() => existsSync(stage.database) && stage.slack.connections() > 0, START_MS)))
    throw new Error(`the bot does not start:\n${stage.bot.lastLines(10)}`);
  const view = openStoreView(stage.database);
  try {
    const over = () => {
      const upgrade = view.upgrade();
      return options.signal.aborted || Date.now() > end || (upgrade !== undefined && !isLive(upgrade));
    };
    const people = goOn(stage, view, over);
    // Hosts in trouble while the plan is made would only block it, and there is nothing yet that could be lost.
    if (!(await until(() => view.upgrade()?.phase.kind === 'awaiting-approval', START_MS)))
      throw new Error(`no plan was made:\n${stage.bot.lastLines(10)}`);
    const restarts = await troubled(stage, view, options, over);
    await people;
    const drained = await until(() => options.signal.aborted || view.unsent() === 0, DRAIN_MS);
    const upgrade = view.upgrade();
    const phase = upgrade?.phase;
    const outcome = phase?.kind === 'finished' ? phase.outcome : (phase?.kind ?? 'not asked for');
    const verdict = await judge(stage, view);
    const unfinished = [
      ...(phase?.kind === 'finished' ? [] : [`the run made no end: it is ${JSON.stringify(phase)}`]),
      ...(drained ? [] : [`${view.unsent()} messages are not in Slack`]),
    ];
    return {
      outcome,
      verdict: { ...verdict, statesWrong: [...verdict.statesWrong, ...unfinished] },
      reattachMs: reattached(stage, restarts),
      deaths: stage.bot.deaths(),
      holds: view.events().filter(({ kind }) => kind === 'held').length,
    };
  } finally {
    view.close();
  }
}

export async function playRun(options: RunOptions): Promise<RunResult> {
  const stage = await createStage(options);
  let result: Omit<RunResult, 'kept'> | undefined;
  try {
    result = await played(stage, options);
  } catch (error) {
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const verdict = { ...NOTHING, statesWrong: [`the run broke off: ${why}`] };
    result = { outcome: 'broken', verdict, reattachMs: [], deaths: stage.bot.deaths(), holds: 0 };
  }
  const wrong = Object.values(result.verdict).some((list: readonly string[]) => list.length > 0);
  // Nobody judges a run that was given up half-way.
  const keep = wrong && !options.signal.aborted;
  await stage.close(keep);
  return { ...result, kept: keep ? stage.directory : null };
}
