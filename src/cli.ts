#!/usr/bin/env node
/** The `cutover` command: chooses the subcommand, says how to call it, ends with its exit code. */
import { EXIT, type ExitCode, FailedError, type Io, UsageError } from './cli/io.ts';
import { nodeProblem } from './node-version.ts';
import { didYouMean } from './runbook/did-you-mean.ts';
import { own } from './runbook/own.ts';

interface Command {
  readonly summary: string;
  readonly run: (argv: readonly string[], io: Io) => Promise<ExitCode>;
}

/** Each command is loaded when it is called: a dry plan needs neither SSH nor a database. */
const COMMANDS: { readonly [name: string]: Command } = {
  plan: {
    summary: 'make a plan: dry from a facts file, or live from a target',
    run: async (argv, io) => {
      const { runPlan } = await import('./cli/plan.ts');
      return runPlan(argv, io, {
        live: async (ask) => (await import('./cli/live-plan.ts')).livePlan(ask),
      });
    },
  },
  runbook: {
    summary: 'check runbooks, or print their JSON Schema',
    run: async (argv, io) => (await import('./cli/runbook.ts')).runRunbook(argv, io),
  },
  audit: {
    summary: 'verify or export the audit trail',
    run: async (argv, io) => (await import('./cli/audit.ts')).runAudit(argv, io),
  },
  doctor: {
    summary: 'try settings, files, hosts and Slack before going live',
    run: async (argv, io) => (await import('./cli/doctor.ts')).runDoctor(argv, io),
  },
};

const NAMES = Object.keys(COMMANDS);

const USAGE = `cutover: what an operator, a runbook author and an auditor do without Slack.

Usage:
  cutover COMMAND [options]
  cutover COMMAND --help

Commands:
${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  ${name.padEnd(10)}${summary}`)
  .join('\n')}

Examples (from a checkout, no build step):
  npm run -s cutover -- runbook check runbooks/*.yaml
  npm run -s cutover -- plan --runbook cloudify-manager --flow in-place --input to=4.3.1
  npm run -s cutover -- plan --runbook cloudify-manager --flow in-place --facts facts.json --format json
  npm run -s cutover -- plan --target cloudify-staging --flow in-place --input to=4.3.1
  npm run -s cutover -- audit verify --head 118:3fa0c1d2e4b5
  npm run -s cutover -- doctor
`;

async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  const [name, ...rest] = argv;
  const problem = nodeProblem(process.versions.node);
  if (problem !== null) {
    io.err(`cutover: ${problem}
`);
    return EXIT.failed;
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    io.out(USAGE);
    return EXIT.ok;
  }
  const command = own(COMMANDS, name);
  if (command === undefined) {
    io.err(
      `${name === undefined ? '' : `There is no command ${name}.${didYouMean(name, NAMES)}\n\n`}${USAGE}`,
    );
    return EXIT.usage;
  }
  try {
    return await command.run(rest, io);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof FailedError)) throw error;
    io.err(`${error.message.trimEnd()}\n`);
    return error instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
}

const code = await main(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
}).catch((error: unknown) => {
  process.stderr.write(
    `cutover: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return EXIT.failed;
});
// Not by itself: Node 20 may spin for ever on its way out when a connection was broken off. A slow reader gets everything first.
for (const stream of [process.stdout, process.stderr])
  await new Promise<void>((done) => stream.write('', () => done()));
process.exit(code);
