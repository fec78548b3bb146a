/**
 * `npm run demo`: everything embedded. A simulated Slack with a page, hosts with a Cloudify Manager to upgrade, and the real
 * bot as a process of its own.
 */
import { assertNever } from '../src/core/model.ts';
import { botIsThere } from './demo/acts.ts';
import { CHANNEL, OLU } from './demo/cast.ts';
import { AUTO_K, DEMO_K, readOptions, USAGE } from './demo/options.ts';
import type { Scenario } from './demo/scenario.ts';
import { SCENARIOS } from './demo/scenarios.ts';
import { carriedSpeed } from './demo/speed.ts';
import { createStage, PATIENT_ACK_MS, type Stage } from './demo/stage.ts';
import { inPlace42 } from './manager/cloudify/presets/presets.ts';

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
      '  3. When the window opens, press “Start now” as Rosa and watch the thread.',
      '',
      `  Time runs ${k} times faster. The bot's log: ${stage.logFile}`,
      '  Ctrl-C ends everything.',
      '',
    ].join('\n'),
  );
}

async function main(): Promise<number | undefined> {
  const asked = readOptions(process.argv.slice(2));
  switch (asked.kind) {
    case 'help':
      process.stdout.write(USAGE);
      return 0;
    case 'list':
      for (const { name, title } of SCENARIOS) process.stdout.write(`${name.padEnd(28)}${title}\n`);
      return 0;
    case 'play':
      return auto(asked.scenario, asked.speed ?? carriedSpeed(AUTO_K));
    case 'page':
      await interactive(asked.speed ?? DEMO_K, asked.port, asked.card);
      return undefined;
    default:
      return assertNever(asked);
  }
}

try {
  const code = await main();
  if (code !== undefined) process.exit(code);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  process.exit(2);
}
