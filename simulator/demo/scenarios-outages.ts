/** Slack or the bot is away in the middle of an upgrade that goes well otherwise. */
import { inPlace42 } from '../manager/cloudify/presets/presets.ts';
import { playOn } from './acts.ts';
import { orderProblems, outageOver, outageProblems } from './judge-outage.ts';
import { type Kill, restartProblems } from './judge-restart.ts';
import { done, IN_PLACE, IN_PLACE_GOAL, type Scenario, untilApproved } from './scenario.ts';
import type { Stage } from './stage.ts';

/** Virtual: as long as an outage that people notice. */
const OUTAGE_MS = 120_000;
/** Real: two virtual minutes are a fraction of a second there, so Slack is away until there is something to see. */
const LONGEST_OUTAGE_MS = 60_000;
const LOOK_MS = 20;

/** From the first step on, for as long as it takes that steps end and the bot knocks in vain. */
function outageWhileStepsRun(stage: Stage): Promise<void> {
  const { slack, clock, hosts } = stage;
  return new Promise((resolve) => {
    let began = false;
    async function away(): Promise<void> {
      const since = Date.now();
      slack.faults.outage(true);
      const lasted = () => Date.now() - since;
      while ((lasted() < OUTAGE_MS / clock.k || !outageOver(stage)) && lasted() < LONGEST_OUTAGE_MS)
        await new Promise((next) => setTimeout(next, LOOK_MS));
      slack.faults.outage(false);
      resolve();
    }
    for (const host of hosts.values())
      host.onEvent((event) => {
        if (event.kind !== 'attempt-started' || began) return;
        began = true;
        void away();
      });
  });
}

const slackDown: Scenario = {
  name: 'slack-down',
  title: 'two minutes or more without Slack while steps finish: everything arrives later, once, in order',
  preset: inPlace42,
  async play(stage) {
    const { card, before } = await untilApproved(stage, IN_PLACE);
    const outage = outageWhileStepsRun(stage);
    await playOn(stage, card);
    await outage;
    return {
      card,
      problems: [
        ...outageProblems(stage),
        ...orderProblems(stage, card),
        ...(await done(stage, card, before, IN_PLACE_GOAL)),
      ],
    };
  },
};

/** Kills the bot when a host is in the middle of a long step's output, and when another step has just ended. */
function killTwice(stage: Stage): readonly Kill[] {
  const kills: Kill[] = [];
  function kill(when: Kill['when'], attempt: string): void {
    const pid = stage.bot.pids().at(-1);
    const one: Kill = { when, attempt, pid, outputAt: 0, outputLater: 0, wentOn: false };
    kills.push(one);
    stage.bot.kill();
    void stage.bot.gone().then(() => {
      one.wentOn = ![...stage.hosts.values()].some(({ ledger }) =>
        ledger.some((entry) => entry.kind === 'attempt-exited' && entry.attempt === attempt),
      );
      stage.bot.start();
    });
  }
  for (const host of stage.hosts.values())
    host.onEvent((event) => {
      const [first, second] = kills;
      if (event.kind === 'attempt-output') {
        const bytes = event.outBytes + event.errBytes;
        // A long step, so that the rest of its output comes after the restart.
        if (first === undefined && /install/.test(event.attempt)) kill('output', event.attempt);
        const killed = kills[0];
        if (killed?.attempt !== event.attempt) return;
        if (first === undefined) killed.outputAt = bytes;
        killed.outputLater = bytes - killed.outputAt;
      }
      // Another step: whoever started it is the bot that came back.
      if (event.kind === 'attempt-exited' && first !== undefined && second === undefined)
        if (event.attempt !== first.attempt) kill('exit', event.attempt);
    });
  return kills;
}

const botRestart: Scenario = {
  name: 'bot-restart',
  title: 'the bot is killed in the middle of a step’s output, and once between its exit and our reading it',
  preset: inPlace42,
  async play(stage) {
    const { card, before } = await untilApproved(stage, IN_PLACE);
    const kills = killTwice(stage);
    await playOn(stage, card);
    return {
      card,
      problems: [
        ...(await restartProblems(stage, kills)),
        ...orderProblems(stage, card),
        ...(await done(stage, card, before, IN_PLACE_GOAL)),
      ],
    };
  },
};

export const OUTAGE_SCENARIOS: readonly Scenario[] = [slackDown, botRestart];
