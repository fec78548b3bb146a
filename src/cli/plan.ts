/** `cutover plan`: dry from a runbook and a facts file, or live from a target's read-only probes. */
import type { Plan } from '../core/plan.ts';
import { didYouMean } from '../runbook/did-you-mean.ts';
import type { Problem, Runbook } from '../runbook/load.ts';
import { type Planned, planUpgrade } from '../runbook/plan.ts';
import { flowId } from '../runbook/world.ts';
import { type Arguments, readArguments } from './arguments.ts';
import { checkNames, dryFacts, dryHosts, type FactsFile, NO_FACTS, readFactsFile } from './facts-file.ts';
import { EXIT, type ExitCode, type Io, UsageError } from './io.ts';
import { planMarkdown } from './plan-markdown.ts';
import { planText } from './plan-text.ts';
import { planView } from './plan-view.ts';
import { problemsText, readRunbook, sha256 } from './runbook-file.ts';
import { visible } from './visible.ts';

const PLAN_USAGE = `Usage:
  cutover plan --runbook ID|FILE --flow FLOW [--facts FILE.json] [--input NAME=VALUE]… [--format text|json|markdown]
  cutover plan --target NAME --flow FLOW [--input NAME=VALUE]… [--format text|json|markdown]

With --runbook no host is asked: facts come from the file, and those it lacks from the runbook's dry values.
With --target the hosts in targets.yaml are looked at, read-only.

Examples:
  npm run -s cutover -- plan --runbook cloudify-manager --flow in-place --input to=4.3.1
  npm run -s cutover -- plan --runbook cloudify-manager --flow migration --facts facts.json --format json
  npm run -s cutover -- plan --target cloudify-staging --flow in_place --input to=4.3.1

A facts file: {"fact": {"version": "4.2.0"}, "host": {"cli": {"address": "10.0.0.5"}}, "input": {"to": "4.3.1"}}

Exit codes: 0 planned, 1 targets.yaml or a file that it names cannot be used, 2 called wrongly,
3 blocked (the plan is printed), 4 the runbook does not pass its check.
`;

export interface LiveAsk {
  readonly target: string;
  /** In snake case, not checked. */
  readonly flow: string;
  readonly inputs: { readonly [name: string]: string };
}

export interface LivePlan {
  readonly runbook: Runbook;
  readonly planned: Planned;
}

export interface PlanDeps {
  /**
   * Reads targets.yaml, probes the hosts and plans. @returns what is wrong with the runbook when it does not pass its check
   * @throws UsageError for an unknown target, FailedError when targets.yaml or a file that it names cannot be used
   */
  readonly live: (ask: LiveAsk) => Promise<LivePlan | readonly Problem[]>;
}

const FORMATS = ['text', 'json', 'markdown'];

function typedInputs(args: Arguments): { readonly [name: string]: string } {
  const typed: { [name: string]: string } = {};
  for (const pair of args.texts('input')) {
    const at = pair.indexOf('=');
    if (at < 1) throw new UsageError(`--input is NAME=VALUE, such as --input to=4.3.1, not ${pair}.`);
    typed[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return typed;
}

function fileInputs({ input }: FactsFile): { readonly [name: string]: string } {
  return Object.fromEntries(
    Object.entries(input).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]])),
  );
}

async function dryPlan(args: Arguments, named: string, flow: string): Promise<LivePlan | readonly Problem[]> {
  const { loaded } = await readRunbook(named);
  if (!loaded.ok) return loaded.problems;
  const { runbook } = loaded;
  const factsName = args.text('facts');
  const file = factsName === undefined ? NO_FACTS : await readFactsFile(factsName);
  checkNames(runbook, file, factsName ?? '');
  const planned = planUpgrade({
    upgradeId: 'U-0',
    flow,
    inputs: { ...fileInputs(file), ...typedInputs(args) },
    target: { name: 'dry-run', rehearsal: false, facts: file.target },
    hosts: dryHosts(runbook, file),
    runbook,
    facts: dryFacts(runbook, file),
    probeFindings: [],
    dry: true,
    sha256,
  });
  return { runbook, planned };
}

function rendered(format: string, plan: Plan, runbook: Runbook): string {
  const view = planView(plan, runbook);
  if (format === 'json') return `${JSON.stringify(view, null, 2)}\n`;
  return visible(format === 'markdown' ? planMarkdown(view, plan) : planText(view, plan));
}

function show(made: LivePlan | readonly Problem[], format: string, io: Io): ExitCode {
  if (!('planned' in made)) {
    io.err(problemsText(made));
    return EXIT.badRunbook;
  }
  const { runbook, planned } = made;
  if (planned.kind === 'refused')
    throw new UsageError(planned.errors.map(({ field, say }) => `${field}: ${say}`).join('\n'));
  io.out(rendered(format, planned.plan, runbook));
  return planned.kind === 'blocked' ? EXIT.blocked : EXIT.ok;
}

export async function runPlan(argv: readonly string[], io: Io, deps: PlanDeps): Promise<ExitCode> {
  const args = readArguments(argv, {
    runbook: { type: 'string' },
    target: { type: 'string' },
    flow: { type: 'string' },
    facts: { type: 'string' },
    input: { type: 'string', multiple: true },
    format: { type: 'string' },
  });
  if (args.flag('help')) {
    io.out(PLAN_USAGE);
    return EXIT.ok;
  }
  const format = args.text('format') ?? 'text';
  const [runbook, target, flow] = [args.text('runbook'), args.text('target'), args.text('flow')];
  if (args.words.length > 0) throw new UsageError(`${args.words[0]} is not expected here.\n\n${PLAN_USAGE}`);
  if (!FORMATS.includes(format))
    throw new UsageError(`--format is text, json or markdown, not ${format}.${didYouMean(format, FORMATS)}`);
  if ((runbook === undefined) === (target === undefined))
    throw new UsageError(
      `Give --runbook for a dry plan or --target for a live one, not both.\n\n${PLAN_USAGE}`,
    );
  if (flow === undefined) throw new UsageError(`Give the flow: --flow in_place.\n\n${PLAN_USAGE}`);
  if (target !== undefined) {
    if (args.text('facts') !== undefined)
      throw new UsageError('--facts is for a dry plan; --target asks the hosts.');
    return show(await deps.live({ target, flow: flowId(flow), inputs: typedInputs(args) }), format, io);
  }
  return show(await dryPlan(args, runbook ?? '', flow), format, io);
}
