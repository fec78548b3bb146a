/** Commands that were registered for a host, as the interpreter calls them. */
import { Bash, type Command, defineCommand, latin1FromBytes } from 'just-bash';
import type { CommandContext, CommandResult, HostCommand } from './host.ts';
import { InterruptedError } from './host-clock.ts';
import { HostFileError } from './host-disk.ts';
import { hostFiles } from './host-files.ts';
import type { Running, ShellWorld } from './host-shell.ts';
import { DIRECT } from './host-streams.ts';

export type ShellContext = Parameters<Command['execute']>[1];

function createOutput(running: Running, direct: boolean) {
  const kept = { out: '', err: '' };
  let written = Promise.resolve();
  const say = (stream: 'out' | 'err', text: string) => {
    if (direct) written = written.then(() => running.append(stream, text));
    else kept[stream] += text;
  };
  return { kept, say, settled: () => written };
}

function contextOf(
  running: Running,
  { env, exportedEnv, cwd, stdin, signal }: ShellContext,
  say: (stream: 'out' | 'err', text: string) => void,
): CommandContext {
  const { world, given, caller } = running;
  const { [DIRECT]: _, ...seen } = exportedEnv ?? Object.fromEntries(env);
  const ends = signal === undefined ? given.signal : AbortSignal.any([signal, given.signal]);
  // Its own, because `sudo` in front of another command must not change what this one may do.
  const own = { user: caller.user, root: caller.root };
  return {
    hostName: world.name,
    root: own.root,
    user: own.root ? 'root' : world.user,
    env: seen,
    cwd,
    stdin: latin1FromBytes(stdin),
    attempt: given.attempt,
    signal: ends,
    files: hostFiles(world.disk, own),
    sleep: (seconds) => world.clock.sleep(seconds, ends),
    now: world.clock.now,
    print: (text) => say('out', text),
    printError: (text) => say('err', text),
  };
}

async function outcome(
  faults: Error[],
  name: string,
  command: HostCommand,
  args: readonly string[],
  context: CommandContext,
): Promise<CommandResult> {
  try {
    return await command(args, context);
  } catch (error) {
    if (error instanceof HostFileError) return { stderr: `${name}: ${error.message}\n`, exitCode: 1 };
    // Cut off from outside: nobody reads this code, the signal's counts.
    if (error instanceof InterruptedError || context.signal.aborted) return { exitCode: 130 };
    const line = [name, ...args].join(' ');
    const fault = new Error(`running ${line} on ${context.hostName}: ${String(error)}`, { cause: error });
    faults.push(fault);
    throw fault;
  }
}

export function registeredCommand(name: string, command: HostCommand, running: Running): Command {
  return defineCommand(name.startsWith('/') ? pathName(name) : name, async (args, shell) => {
    const { given, caller } = running;
    const { by, attempt } = given;
    const done = running.world.ledger.command({
      ...{ name, argv: args, known: true, by, attempt, root: caller.root, cwd: shell.cwd },
    });
    const output = createOutput(running, shell.env.get(DIRECT) === '1');
    const context = contextOf(running, shell, output.say);
    const {
      stdout = '',
      stderr = '',
      exitCode,
    } = await outcome(running.faults, name, command, args, context);
    await output.settled();
    if (!context.signal.aborted) done(exitCode);
    return {
      stdout: output.kept.out + stdout,
      stderr: output.kept.err + stderr,
      stdoutKind: 'text',
      exitCode,
    };
  });
}

/** The interpreter's name for a command that is registered with its whole path. */
function pathName(path: string): string {
  return `at${path.replaceAll('/', '.')}`;
}

/**
 * Programs are files too: the interpreter puts all that it is told of into /usr/bin, where `rm` finds them. A command
 * that is registered as `/opt/…/python` stands there and nowhere else.
 */
export async function installPrograms(
  { disk, commands }: ShellWorld,
  builtins: readonly string[],
): Promise<void> {
  const files = hostFiles(disk, { user: 'root', root: true });
  const names = [...builtins, ...Object.keys(commands)].map((name) =>
    name.startsWith('/') ? pathName(name) : name,
  );
  const nothing = async () => ({ stdout: '', stderr: '', exitCode: 0 });
  new Bash({ fs: disk.fs, customCommands: names.map((name) => defineCommand(name, nothing)) });
  for (const path of Object.keys(commands).filter((name) => name.startsWith('/')))
    await files.write(path, `#!/bin/sh\n${pathName(path)} "$@"\n`, { mode: 0o755 });
}
