/**
 * `npm run demo`: everything embedded. A simulated Slack with a page, hosts with a Cloudify Manager to upgrade, and the real
 * bot as a process of its own.
 */
import { parseArgs } from 'node:util';
import { botIsThere } from './demo/acts.ts';
import { CHANNEL, OLU } from './demo/cast.ts';
import type { Scenario } from './demo/scenario.ts';
import { SCENARIOS } from './demo/scenarios.ts';
import { carriedSpeed } from './demo/speed.ts';
import { createStage, PATIENT_ACK_MS, type Stage } from './demo/stage.ts';
import { inPlace42 } from './manager/cloudify/presets/presets.ts';

/** An upgrade of an hour is watched in two minutes. */
const DEMO_K = 30;
/** Nobody watches: as fast as a quiet machine carries it. */
const AUTO_K = 300;

const USAGE = `npm run demo [-- OPTIONS]

  (no option)        starts everything and prints the address of a page; Ctrl-C ends it
  --port N           port of the page (any free one)
  --auto             plays the upgrade without a browser, prints the thread, checks the result
  --scenario NAME    plays another one (with --auto)
  --list             names the scenarios
  --speed K          virtual seconds per second (${DEMO_K}; with --auto up to ${AUTO_K}, less on a busy machine)
  --card plan        the card with Slack's own task list
`;

function chosen(name: string): Scenario {
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (scenario === undefined)
    throw new Error(
      `There is no scenario ${name}. --list names them: ${SCENARIOS.map((s) => s.name).join(', ')}.`,
    );
  return scenario;
}

function printThread(stage: Stage, card: string): void {
  process.stdout.write(`\n${stage.slack.describe(CHANNEL, { thread: card, as: OLU, view: 'text' })}\n`);
}

async function auto(scenario: Scenario, k: number): Promise<number> {
  const stage = await createStage({ preset: scenario.preset, k, ackWithinMs: PATIENT_ACK_MS });
  try {
    const { card, problems } = await scenario.play(stage);
    printThread(stage, card);
    if (problems.length === 0) {
      process.stdout.write(`\n${scenario.name}: as it should be.\n`);
      return 0;
    }
    process.stdout.write(`\n${scenario.name}: NOT as it should be:\n`);
    for (const problem of problems) process.stdout.write(`  - ${problem}\n`);
    return 1;
  } catch (error) {
    process.stderr.write(`${scenario.name}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.stderr.write(`The bot's last lines:\n${stage.bot.lastLines()}\n`);
    return 1;
  } finally {
    await stage.close();
  }
}

async function interactive(k: number, port: number, card: 'classic' | 'plan'): Promise<void> {
  const stage = await createStage({ preset: inPlace42, k, port, card });
  let closing = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (closing) return;
      closing = true;
      void stage.close().then(() => process.exit(0));
    });
  stage.bot.start();
  await botIsThere(stage);
  process.stdout.write(
    [
      '',
      `  Cutover demo: ${stage.slack.url}`,
      '',
      '  1. As Rosa type  /upgrade start cloudify-staging in-place to=4.3.1  and send the form.',
      '  2. Read the plan; switch to Amir and to Bea, review and approve.',
      '  3. When the window opens, press Start as Rosa and watch the thread.',
      '',
      `  Time runs ${k} times faster. The bot's log: ${stage.logFile}`,
      '  Ctrl-C ends everything.',
      '',
    ].join('\n'),
  );
}

async function main(): Promise<number | undefined> {
  const { values } = parseArgs({
    options: {
      auto: { type: 'boolean', default: false },
      scenario: { type: 'string' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      port: { type: 'string', default: '0' },
      speed: { type: 'string' },
      card: { type: 'string', default: 'classic' },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (values.list) {
    for (const { name, title } of SCENARIOS) process.stdout.write(`${name.padEnd(28)}${title}\n`);
    return 0;
  }
  const play = values.auto || values.scenario !== undefined;
  const k = Number(values.speed ?? (play ? carriedSpeed(AUTO_K) : DEMO_K));
  if (!(k >= 1)) throw new Error(`--speed is a number from 1 on, not ${values.speed}.`);
  if (play) return auto(chosen(values.scenario ?? 'in-place-4.2'), k);
  await interactive(k, Number(values.port), values.card === 'plan' ? 'plan' : 'classic');
  return undefined;
}

try {
  const code = await main();
  if (code !== undefined) process.exit(code);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  process.exit(2);
}
