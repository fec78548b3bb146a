import type { CommandContext, CommandResult, HostCommand } from '../../host.ts';
import type { Simulation } from '../simulation.ts';
import { inRange } from '../version.ts';
import { AGENT_COMMANDS } from './agent-commands.ts';
import {
  commandUsage,
  commonOptions,
  HelpAsked,
  type Parsed,
  readCommand,
  readOptions,
  resolveName,
  UsageError,
  usageText,
} from './click.ts';
import { activeProfile, ClientError, clientErrorText, connect, credentialsOf } from './client.ts';
import { CLUSTER_COMMANDS } from './cluster-commands.ts';
import { type CfyCall, CfyError, type CommandSpec, SuppressedError } from './command.ts';
import { EXECUTION_COMMANDS } from './execution-commands.ts';
import { otherNames, otherSubcommands } from './names.ts';
import { PEOPLE_COMMANDS } from './people-commands.ts';
import { PROFILE_COMMANDS } from './profile-commands.ts';
import { activeProfileName } from './profiles.ts';
import type { CliRelease } from './releases.ts';
import { RESOURCE_COMMANDS } from './resource-commands.ts';
import { SNAPSHOT_COMMANDS } from './snapshot-commands.ts';
import { STATE_COMMANDS } from './state-commands.ts';
import { TEARDOWN_COMMANDS } from './teardown-command.ts';

/** Starting Python and importing the CLI. */
const START_SECONDS = 1;

const GROUP_USAGE = '[OPTIONS] COMMAND [ARGS]...';

const MANAGER_COMMANDS: readonly CommandSpec[] = [
  ...SNAPSHOT_COMMANDS,
  ...EXECUTION_COMMANDS,
  ...AGENT_COMMANDS,
  ...STATE_COMMANDS,
  ...CLUSTER_COMMANDS,
  ...RESOURCE_COMMANDS,
  ...PEOPLE_COMMANDS,
  ...PROFILE_COMMANDS,
  ...TEARDOWN_COMMANDS,
];

function localOnly(): Promise<void> {
  throw new CfyError('No blueprint was initialised in the local profile. Run `cfy init` first.');
}

/** Without an active manager these are the local ones, with other options. */
const LOCAL_GROUPS = ['executions', 'node-instances', 'deployments', 'blueprints'];
const LOCAL_COMMANDS: readonly CommandSpec[] = LOCAL_GROUPS.map((group) => ({
  group,
  name: 'list',
  options: [{ flags: ['-b', '--blueprint-id'], name: 'blueprint_id', takes: 'text' }],
  run: localOnly,
}));

function commandsFor(cli: CliRelease, managerActive: boolean): readonly CommandSpec[] {
  const all = managerActive
    ? MANAGER_COMMANDS
    : [
        ...LOCAL_COMMANDS,
        ...MANAGER_COMMANDS.filter((command) => !LOCAL_GROUPS.includes(command.group ?? '')),
      ];
  return all.filter((command) => inRange(cli.version, command));
}

interface Found {
  readonly path: string;
  readonly spec: CommandSpec;
  readonly words: readonly string[];
  readonly options: Parsed['options'];
}

function help(path: string, names: readonly string[]): string {
  const listed = [...new Set(names)].toSorted().map((name) => `  ${name}\n`);
  return `Usage: ${path} ${GROUP_USAGE}\n\nOptions:\n  -v, --verbose  Show verbose output. You can supply this up to three times (i.e. -vvv)\n  -h, --help     Show this message and exit.\n\nCommands:\n${listed.join('')}`;
}

/** Walks down the groups. @returns the command and its own words, or the help text of where it ended */
function find(
  cli: CliRelease,
  specs: readonly CommandSpec[],
  words: readonly string[],
  options: Parsed['options'],
): Found | string {
  let path = 'cfy';
  let group = '';
  let rest = words;
  let seen = options;
  for (;;) {
    const names = namesIn(cli, specs, group);
    const [typed, ...more] = rest;
    if (typed === undefined) return help(path, names);
    const name = resolveName(typed, names, path);
    path = `${path} ${typed}`;
    const spec = specs.find((each) => (each.group ?? '') === group && each.name === name);
    if (spec !== undefined) return { path, spec, words: more, options: seen };
    const inner = group === '' ? name : `${group}.${name}`;
    const isGroup = specs.some(
      (each) => each.group === inner || each.group?.startsWith(`${inner}.`) === true,
    );
    if (!isGroup) throw new CfyError(`simulator: \`${path}\` exists in the real CLI and is not simulated`);
    const read = readGroup(cli, path, more);
    if (read === undefined) return help(path, namesIn(cli, specs, inner));
    seen = { ...seen, ...read.values };
    rest = read.rest;
    group = inner;
  }
}

/** undefined: `-h`. */
function readGroup(
  cli: CliRelease,
  path: string,
  words: readonly string[],
): ReturnType<typeof readOptions> | undefined {
  try {
    return readOptions(words, { path, usage: GROUP_USAGE, options: commonOptions(cli.version) }, true);
  } catch (error) {
    if (error instanceof HelpAsked) return undefined;
    throw error;
  }
}

function namesIn(cli: CliRelease, specs: readonly CommandSpec[], group: string): readonly string[] {
  if (group === '') {
    const own = specs.map((spec) => spec.group?.split('.')[0] ?? spec.name);
    return [...new Set([...own, ...otherNames(cli.version)])];
  }
  const own = specs.filter((spec) => spec.group === group).map((spec) => spec.name);
  const inner = specs.flatMap((spec) =>
    spec.group?.startsWith(`${group}.`) === true ? [spec.group.slice(group.length + 1)] : [],
  );
  return [...new Set([...own, ...inner, ...otherSubcommands(group)])];
}

async function showVersion(call: CfyCall): Promise<void> {
  const manager = await managerVersion(call).catch(() => undefined);
  if (manager === undefined) {
    call.context.print(`Cloudify CLI ${call.cli.version}\n`);
    return;
  }
  const edition = `${manager.edition.charAt(0).toUpperCase()}${manager.edition.slice(1)}`;
  call.context.print(
    `${edition} edition\n\nCloudify CLI ${call.cli.version}\nCloudify Manager ${manager.version} [ip=${manager.ip}]\n`,
  );
}

async function managerVersion(
  call: CfyCall,
): Promise<{ version: string; edition: string; ip: string } | undefined> {
  if ((await activeProfileName(call.context)) === undefined) return undefined;
  const client = await connect(call);
  const answer = await client.get('version');
  return {
    version: String(answer.version),
    edition: String(answer.edition ?? 'community'),
    ip: client.credentials.ip,
  };
}

async function execute(
  cli: CliRelease,
  simulation: Simulation,
  args: readonly string[],
  context: CommandContext,
): Promise<void> {
  const root = readOptions(
    args,
    {
      path: 'cfy',
      usage: GROUP_USAGE,
      options: [...commonOptions(cli.version), { flags: ['--version'], name: 'version' }],
    },
    true,
  );
  const call = (parsed: Parsed): CfyCall => {
    const asJson = parsed.options.json === true || parsed.options.format === 'json';
    return {
      ...parsed,
      cli,
      context,
      simulation,
      asJson,
      log: (text) => (asJson ? undefined : context.print(`${text}\n`)),
    };
  };
  if (root.values.version === true) return showVersion(call({ args: {}, options: {} }));
  const managerActive = (await activeProfileName(context)) !== undefined;
  const found = find(cli, commandsFor(cli, managerActive), root.rest, root.values);
  if (typeof found === 'string') {
    context.print(found);
    return;
  }
  const { path, spec } = found;
  const options = [
    ...(spec.options ?? []).filter((option) => inRange(cli.version, option)),
    ...commonOptions(cli.version),
  ];
  const parsed = commandWords(path, spec, options, found.words, context);
  if (parsed === undefined) return;
  const made = call({ args: parsed.args, options: { ...found.options, ...parsed.options } });
  // As the real decorators: a manager and its credentials come before the command's own first word.
  if (spec.group !== 'profiles' && spec.run !== localOnly) credentialsOf(made, await activeProfile(made));
  await spec.run(made);
}

function commandWords(
  path: string,
  spec: CommandSpec,
  options: Parameters<typeof readCommand>[1]['options'],
  words: readonly string[],
  context: CommandContext,
): Parsed | undefined {
  try {
    return readCommand(words, { path, args: spec.args ?? [], options });
  } catch (error) {
    if (!(error instanceof HelpAsked)) throw error;
    const lines = options.map((option) => `  ${option.flags.join(', ')}\n`).join('');
    context.print(`Usage: ${path} ${commandUsage(spec.args ?? [])}\n\nOptions:\n${lines}  -h, --help\n`);
    return undefined;
  }
}

function failure(error: unknown): CommandResult {
  if (error instanceof UsageError) return { stderr: usageText(error), exitCode: 2 };
  if (error instanceof SuppressedError) return { exitCode: 1 };
  if (error instanceof ClientError) return { stdout: `${clientErrorText(error)}\n`, exitCode: 1 };
  if (error instanceof CfyError) {
    const solutions = error.solutions.map((line) => `  - ${line}\n`).join('');
    return {
      stdout: `${error.message}\n${solutions === '' ? '' : `Possible solutions:\n${solutions}`}`,
      exitCode: 1,
    };
  }
  throw error;
}

/** The `cfy` of one release, on any host. Everything it says goes to stdout but usage errors. */
export function cfyCommand(cli: CliRelease, simulation: Simulation): HostCommand {
  return async (args, context) => {
    await context.sleep(START_SECONDS);
    try {
      if (args.length === 1 && (args[0] === '-h' || args[0] === '--help')) {
        const active = (await activeProfileName(context)) !== undefined;
        return { stdout: help('cfy', namesIn(cli, commandsFor(cli, active), '')), exitCode: 0 };
      }
      await execute(cli, simulation, args, context);
      return { exitCode: 0 };
    } catch (error) {
      return failure(error);
    }
  };
}
