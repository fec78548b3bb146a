/** The upgrade that goes well, the one that may not begin, and the trouble that any upgrade may meet. */
import { blocked34, inPlace42, migration41 } from '../manager/cloudify/presets/presets.ts';
import { botIsThere, cardText, decline, messages, planned, playOn, request, until } from './acts.ts';
import { AMIR } from './cast.ts';
import { retry } from './holds.ts';
import { type Before, managerProblems, ran } from './judge.ts';
import { always, attempts, blocked, done, ended, type Scenario, untilApproved } from './scenario.ts';
import type { Stage } from './stage.ts';

const IN_PLACE = { flow: 'in-place', to: '4.3.1' } as const;

function inPlaceDone(stage: Stage, card: string, before: Before): Promise<readonly string[]> {
  return done(stage, card, before, { host: 'manager', version: '4.3.1' });
}

const inPlace: Scenario = {
  name: 'in-place-4.2',
  title: 'a 4.2 with agents becomes 4.3.1 on its own host; certificates are restored, the host reboots',
  preset: inPlace42,
  async play(stage) {
    const { card, before } = await untilApproved(stage, IN_PLACE);
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

const blocked34Scenario: Scenario = {
  name: 'blocked-3.4',
  title: 'a 3.4.2 cannot be upgraded: the plan is blocked, with the reason and what to do',
  preset: blocked34,
  play: (stage) => blocked(stage, IN_PLACE, /4\.0\.0|Support/),
};

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
    const { card, before } = await untilApproved(stage, IN_PLACE);
    const holds: string[] = [];
    await playOn(stage, card, {
      held: async (message) => {
        holds.push(message.text);
        await retry(stage, message);
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
    const { card, before } = await untilApproved(stage, IN_PLACE);
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
    const { card, before } = await untilApproved(stage, IN_PLACE);
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

export const COMMON_SCENARIOS: readonly Scenario[] = [
  inPlace,
  migration,
  blocked34Scenario,
  declined,
  snapshotFails,
  slackDown,
  botRestart,
];
