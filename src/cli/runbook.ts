/** `cutover runbook check FILE…` and `cutover runbook schema`. */

import { didYouMean } from '../runbook/did-you-mean.ts';
import type { Runbook } from '../runbook/load.ts';
import { runbookJsonSchema } from '../runbook/schema.ts';
import { readArguments } from './arguments.ts';
import { EXIT, type ExitCode, type Io, UsageError } from './io.ts';
import { problemsText, readRunbook } from './runbook-file.ts';

export const RUNBOOK_USAGE = `Usage:
  cutover runbook check FILE… [--format text|json]   check runbooks; a file may be given by its id
  cutover runbook schema                             print the JSON Schema of a runbook, for editors

Examples:
  npm run -s cutover -- runbook check runbooks/*.yaml
  npm run -s cutover -- runbook check cloudify-manager
  npm run -s cutover -- runbook schema > runbooks/runbook.schema.json

Exit codes: 0 in order, 2 called wrongly, 4 a runbook does not pass.
`;

function inOrder({ probes, checks, flows, steps }: Runbook): string {
  const count = (what: object): number => Object.keys(what).length;
  return `in order (${count(flows)} flows, ${count(probes)} probes, ${count(checks)} checks, ${count(steps)} steps)`;
}

async function check(files: readonly string[], format: string, io: Io): Promise<ExitCode> {
  if (files.length === 0) throw new UsageError('Say which runbook to check: runbook check runbooks/*.yaml');
  if (!['text', 'json'].includes(format)) throw new UsageError(`--format is text or json, not ${format}.`);
  const read = [];
  for (const file of files) read.push(await readRunbook(file));
  const problems = read.flatMap(({ loaded }) => (loaded.ok ? [] : loaded.problems));
  if (format === 'json') io.out(`${JSON.stringify({ ok: problems.length === 0, problems }, null, 2)}\n`);
  else {
    for (const { file, loaded } of read) if (loaded.ok) io.out(`${file}: ${inOrder(loaded.runbook)}\n`);
    if (problems.length > 0) io.err(`${problemsText(problems)}${problems.length} to mend.\n`);
  }
  return problems.length === 0 ? EXIT.ok : EXIT.badRunbook;
}

export async function runRunbook(argv: readonly string[], io: Io): Promise<ExitCode> {
  const args = readArguments(argv, { format: { type: 'string' } });
  const [verb, ...files] = args.words;
  if (args.flag('help')) {
    io.out(RUNBOOK_USAGE);
    return EXIT.ok;
  }
  if (verb === 'check') return check(files, args.text('format') ?? 'text', io);
  if (verb === 'schema') {
    io.out(`${JSON.stringify(runbookJsonSchema(), null, 2)}\n`);
    return EXIT.ok;
  }
  const said =
    verb === undefined
      ? 'Say check or schema.'
      : `There is no runbook ${verb}.${didYouMean(verb, ['check', 'schema'])}`;
  throw new UsageError(`${said}\n\n${RUNBOOK_USAGE}`);
}
