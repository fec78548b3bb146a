/** Whole upgrades, each with what must be true at the end. */
import { blocked34, inPlace42, migration41 } from '../manager/cloudify/presets/presets.ts';
import type { Preset } from '../manager/cloudify/seed.ts';
import {
  approvedByBoth,
  botIsThere,
  cardText,
  decline,
  messages,
  planned,
  playOn,
  request,
  until,
} from './acts.ts';
import { AMIR, OLU } from './cast.ts';
import {
  auditProblems,
  type Before,
  ledgerProblems,
  lookBefore,
  managerProblems,
  ran,
  slackProblems,
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

interface Played {
  readonly card: string;
  readonly problems: readonly string[];
}

const IN_PLACE = { flow: 'in-place', to: '4.3.1' } as const;

function ended(stage: Stage, card: string, how: RegExp): readonly string[] {
  const text = cardText(stage, card);
  return how.test(text) ? [] : [`the card does not say ${how}: ${text}`];
}

/** What holds for every scenario. */
async function always(stage: Stage, allowed?: RegExp): Promise<readonly string[]> {
  return [...ledgerProblems(stage), ...slackProblems(stage, allowed), ...(await auditProblems(stage))];
}

async function untilApproved(stage: Stage, ask: Parameters<typeof request>[1] = IN_PLACE) {
  stage.bot.start();
  await botIsThere(stage);
  const before = await lookBefore(stage);
  const card = await request(stage, ask);
  await planned(stage, card);
  await approvedByBoth(stage, card);
  return { card, before };
}

async function inPlaceDone(
  stage: Stage,
  card: string,
  before: Before,
  allowed?: RegExp,
): Promise<readonly string[]> {
  return [
    ...ended(stage, card, /Succeeded/),
    ...(await managerProblems(stage, 'manager', '4.3.1', before)),
    ...(await always(stage, allowed)),
  ];
}

const inPlace: Scenario = {
  name: 'in-place-4.2',
  title: 'a 4.2 with agents becomes 4.3.1 on its own host; certificates are restored, the host reboots',
  preset: inPlace42,
  async play(stage) {
    const { card, before } = await untilApproved(stage);
    await playOn(stage, card);
    return { card, problems: await inPlaceDone(stage, card, before) };
  },
};

const migration: Scenario = {
  name: 'migration-4.1',
  title: 'a 4.1.1 with several users moves to another host; the old Manager is kept until the agents moved',
  preset: migration41,
  async play(stage) {
    const { card, before } = await untilApproved(stage, { flow: 'migration', to: '4.3.1' });
    await playOn(stage, card);
    const certificates = ran(stage, 'cli', /^cfy snapshots restore .*--restore-certificates/);
    return {
      card,
      problems: [
        ...ended(stage, card, /Succeeded/),
        ...(await managerProblems(stage, 'new', '4.3.1', before)),
        ...((await stage.world.manager('manager')) === null ? ['the old Manager was uninstalled'] : []),
        ...(certificates > 0 ? ['certificates of another address were restored'] : []),
        ...(await always(stage)),
      ],
    };
  },
};

const blocked: Scenario = {
  name: 'blocked-3.4',
  title: 'a 3.4.2 cannot be upgraded: the plan is blocked, with the reason and what to do',
  preset: blocked34,
  async play(stage) {
    stage.bot.start();
    await botIsThere(stage);
    const card = await request(stage, IN_PLACE);
    await planned(stage, card);
    return {
      card,
      problems: [
        ...ended(stage, card, /Blocked[\s\S]*(4\.0\.0|Support)/),
        ...(attempts(stage) === 0 ? [] : ['something was started on a host']),
        ...(await always(stage)),
      ],
    };
  },
};

function attempts(stage: Stage): number {
  return [...stage.hosts.values()]
    .flatMap(({ ledger }) => ledger)
    .filter(({ kind }) => kind === 'attempt-started').length;
}

const declined: Scenario = {
  name: 'declined',
  title: 'an approver says no, with a reason; nothing is changed',
  preset: inPlace42,
  async play(stage) {
    stage.bot.start();
    await botIsThere(stage);
    const card = await request(stage, IN_PLACE);
    await planned(stage, card);
    await decline(stage, card, AMIR, 'Not in the week of the network move.');
    await until(stage, 'the decline', () => /Declined/.test(cardText(stage, card)));
    return {
      card,
      problems: [
        ...ended(stage, card, /Declined[\s\S]*network move/),
        ...(attempts(stage) === 0 ? [] : ['something was started on a host']),
        ...(await always(stage)),
      ],
    };
  },
};

const snapshotFails: Scenario = {
  name: 'snapshot-fails',
  title: 'the execution ends well and the snapshot is `failed`: held, retried, succeeds',
  preset: inPlace42,
  async play(stage) {
    await stage.world.faults.failNextSnapshot('manager');
    const { card, before } = await untilApproved(stage);
    const holds: string[] = [];
    await playOn(stage, card, {
      held: async (message) => {
        holds.push(message.text);
        await stage.slack.as(OLU).click(message, 'retry', { confirm: true });
      },
    });
    return {
      card,
      problems: [
        ...(holds.length === 1 ? [] : [`held ${holds.length} times, not once`]),
        ...(/failed/.test(holds[0] ?? '') ? [] : [`the hold does not say that it failed: ${holds[0]}`]),
        ...(await inPlaceDone(stage, card, before)),
      ],
    };
  },
};

/** Virtual: as long as an outage that people notice. */
const OUTAGE_MS = 120_000;

const slackDown: Scenario = {
  name: 'slack-down',
  title: 'two minutes without Slack while steps finish: everything arrives later, once, in order',
  preset: inPlace42,
  async play(stage) {
    const { slack, clock } = stage;
    const { card, before } = await untilApproved(stage);
    let during = -1;
    const host = stage.hosts.get('cli');
    const outage = new Promise<void>((resolve) => {
      host?.onEvent((event) => {
        if (event.kind !== 'attempt-started' || during >= 0) return;
        const from = attempts(stage);
        during = 0;
        slack.faults.outage(true);
        setTimeout(() => {
          during = attempts(stage) - from;
          slack.faults.outage(false);
          resolve();
        }, OUTAGE_MS / clock.k);
      });
    });
    await playOn(stage, card);
    await outage;
    return {
      card,
      problems: [...orderProblems(stage, card), ...(await inPlaceDone(stage, card, before))],
    };
  },
};

/** Replies of steps stand in the order in which the steps ended, each once. */
function orderProblems(stage: Stage, card: string): readonly string[] {
  const numbers = messages(stage, card)
    .toReversed()
    .flatMap(({ text }) => {
      const step = /Step (\d+) of \d+[^\n]*: done/.exec(text);
      return step === null ? [] : [Number(step[1])];
    });
  const sorted = [...new Set(numbers)].toSorted((a, b) => a - b);
  return numbers.join() === sorted.join() && numbers.length > 0
    ? []
    : [`replies of steps are not in order or not once: ${numbers.join(', ')}`];
}

const botRestart: Scenario = {
  name: 'bot-restart',
  title: 'the bot is killed in the middle of a step’s output, and once between its exit and our reading it',
  preset: inPlace42,
  async play(stage) {
    const { card, before } = await untilApproved(stage);
    const kills: string[] = [];
    const wanted = new Set<'output' | 'exit'>(['output', 'exit']);
    const killNow = (when: 'output' | 'exit', attempt: string) => {
      if (!wanted.delete(when)) return;
      kills.push(`${when} of ${attempt}`);
      stage.bot.kill();
      void stage.bot.gone().then(() => stage.bot.start());
    };
    for (const host of stage.hosts.values())
      host.onEvent((event) => {
        // A long step, so that the rest of its output comes after the restart.
        if (event.kind === 'attempt-output' && /install_new_manager|install/.test(event.attempt))
          killNow('output', event.attempt);
        if (event.kind === 'attempt-exited' && !wanted.has('output')) killNow('exit', event.attempt);
      });
    await playOn(stage, card);
    return {
      card,
      problems: [
        ...(kills.length === 2 ? [] : [`killed ${kills.length} times, not twice: ${kills.join('; ')}`]),
        ...orderProblems(stage, card),
        ...(await inPlaceDone(stage, card, before)),
      ],
    };
  },
};

export const SCENARIOS: readonly Scenario[] = [
  inPlace,
  migration,
  blocked,
  declined,
  snapshotFails,
  slackDown,
  botRestart,
];
