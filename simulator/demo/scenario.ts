/** What every scenario is made of. */
import type { Preset } from '../manager/cloudify/seed.ts';
import { type Ask, approvedByBoth, botIsThere, cardText, planned, request } from './acts.ts';
import {
  auditProblems,
  type Before,
  ledgerProblems,
  lookBefore,
  managerProblems,
  type Repeated,
  slackProblems,
  twiceProblems,
} from './judge.ts';
import type { Stage } from './stage.ts';

/** Played on a stage whose bot has not been started yet. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly preset: Preset;
  /** @returns ts of the card, and what is wrong at the end: nothing, when all is well */
  readonly play: (stage: Stage) => Promise<Played>;
}

export interface Played {
  readonly card: string;
  readonly problems: readonly string[];
}

export function ended(stage: Stage, card: string, how: RegExp): readonly string[] {
  const text = cardText(stage, card);
  return how.test(text) ? [] : [`the card does not say ${how}: ${text}`];
}

/** What holds for every scenario. */
export async function always(stage: Stage, repeated: readonly Repeated[] = []): Promise<readonly string[]> {
  return [
    ...ledgerProblems(stage),
    ...twiceProblems(stage, repeated),
    ...slackProblems(stage),
    ...(await auditProblems(stage)),
  ];
}

export async function untilApproved(
  stage: Stage,
  ask: Ask,
): Promise<{ readonly card: string; readonly before: Before }> {
  stage.bot.start();
  await botIsThere(stage);
  const before = await lookBefore(stage);
  const card = await request(stage, ask);
  await planned(stage, card);
  await approvedByBoth(stage, card);
  return { card, before };
}

/** How many steps were started on any host. */
export function attempts(stage: Stage): number {
  return [...stage.hosts.values()]
    .flatMap(({ ledger }) => ledger)
    .filter(({ kind }) => kind === 'attempt-started').length;
}

/** The plan is blocked, for the reason that is looked for, and no host was touched. */
export async function blocked(stage: Stage, ask: Ask, why: RegExp): Promise<Played> {
  stage.bot.start();
  await botIsThere(stage);
  const card = await request(stage, ask);
  await planned(stage, card);
  return {
    card,
    problems: [
      ...ended(stage, card, /Blocked/),
      ...ended(stage, card, why),
      ...(attempts(stage) === 0 ? [] : ['something was started on a host']),
      ...(await always(stage)),
    ],
  };
}

export interface Goal {
  readonly host: 'manager' | 'new';
  readonly version: string;
  /** What somebody chooses to try again. */
  readonly repeated?: readonly Repeated[];
}

/** What most scenarios ask for, and where it leads. */
export const IN_PLACE = { flow: 'in-place', to: '4.3.1' } as const;
export const IN_PLACE_GOAL: Goal = { host: 'manager', version: '4.3.1' };

/** All that was there is there again, on a Manager of the new version that every agent obeys. */
export async function done(
  stage: Stage,
  card: string,
  before: Before,
  goal: Goal,
): Promise<readonly string[]> {
  return [
    ...ended(stage, card, /Succeeded/),
    ...(await managerProblems(stage, goal.host, goal.version, before)),
    ...(await always(stage, goal.repeated)),
  ];
}
