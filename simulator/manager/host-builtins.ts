/** Programs that every host has: the interpreter's own with rights and a ledger, and those that it lacks. */
import { type Command, defineCommand, type ExecResult, latin1FromBytes } from 'just-bash';
import type { ShellContext } from './host-commands.ts';
import { HostFileError } from './host-disk.ts';
import { hostFiles } from './host-files.ts';
import type { Running } from './host-shell.ts';
import { killCommand, trapCommand } from './host-signals.ts';
import { DIRECT } from './host-streams.ts';

type Act = (args: readonly string[], shell: ShellContext) => Promise<ExecResult> | ExecResult;

const ok = (stdout = ''): ExecResult => ({ stdout, stderr: '', exitCode: 0 });
const failed = (stderr: string, exitCode = 1): ExecResult => ({ stdout: '', stderr, exitCode });

const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

function runWords(
  words: readonly string[],
  shell: ShellContext,
  options: { readonly env?: Record<string, string>; readonly signal?: AbortSignal } = {},
): Promise<ExecResult> {
  const line = words.map(quoted).join(' ');
  const { cwd, exec, signal, stdin } = shell;
  if (exec === undefined) throw new Error(`running ${line}: there is no shell to run it in`);
  const ends = options.signal ?? signal;
  return exec(line, {
    cwd,
    stdin: latin1FromBytes(stdin),
    stdinKind: 'bytes',
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(ends === undefined ? {} : { signal: ends }),
  });
}

/** Programs of the interpreter that read or change files; those that change them are noted in the ledger. */
const CHANGES: { readonly [name: string]: (args: readonly string[]) => boolean } = {
  ...Object.fromEntries(
    ['rm', 'rmdir', 'cp', 'mv', 'ln', 'chmod', 'mkdir', 'touch', 'tee', 'split'].map((name) => [
      name,
      () => true,
    ]),
  ),
  sed: (args) => args.some((arg) => /^(-[a-zA-Z]*i|--in-place)/.test(arg)),
  tar: (args) => args.some((arg, at) => /^-?[a-zA-Z]*[cxru]/.test(arg) && (at === 0 || arg.startsWith('-'))),
  gzip: () => true,
  gunzip: () => true,
};
const READS = [
  'cat',
  'grep',
  'egrep',
  'fgrep',
  'head',
  'tail',
  'wc',
  'ls',
  'find',
  'sort',
  'cut',
  'awk',
  'diff',
  'du',
  'od',
  'base64',
  'md5sum',
  'sha1sum',
  'sha256sum',
  'zcat',
  'jq',
  'yq',
  'file',
];

/** The interpreter's programs say "No such file" for what they may not read, and `rm -f` says nothing. */
function honest(name: string, result: ExecResult, denied: readonly string[]): ExecResult {
  const [path] = denied;
  if (path === undefined) return result;
  const stderr = result.stderr
    .replaceAll(/EACCES: permission denied, \w+ '[^']*'/g, 'Permission denied')
    .replaceAll('No such file or directory', 'Permission denied');
  return {
    ...result,
    stderr: stderr.includes('Permission denied') ? stderr : `${stderr}${name}: ${path}: Permission denied\n`,
    exitCode: result.exitCode === 0 ? 1 : result.exitCode,
  };
}

function watched(name: string, running: Running): Command {
  return defineCommand(name, async (args, shell) => {
    const { world, given, caller, denied } = running;
    const { by, attempt } = given;
    const changes = (CHANGES[name]?.(args) ?? false) && args.some((arg) => arg.startsWith('/'));
    const call = { name, argv: args, known: true, by, attempt, root: caller.root, cwd: shell.cwd };
    const done = changes ? world.ledger.command(call) : undefined;
    denied.length = 0;
    if (shell.origCommand === undefined)
      throw new Error(`running ${name}: the interpreter has no such program`);
    const result = honest(name, await shell.origCommand(args), denied.splice(0));
    done?.(result.exitCode);
    return result;
  });
}

/** Options that take a word of their own. */
const SUDO_WITH_WORD = new Set(['-u', '-g', '-C', '-p']);

function sudo(running: Running): Act {
  return async (args, shell) => {
    const { world, caller } = running;
    let at = 0;
    const env: Record<string, string> = { HOME: '/root', USER: 'root', LOGNAME: 'root' };
    for (; at < args.length; at += 1) {
      const arg = args[at] ?? '';
      if (SUDO_WITH_WORD.has(arg)) at += 1;
      else if (arg === '--') {
        at += 1;
        break;
      } else if (/^[A-Za-z_]\w*=/.test(arg))
        env[arg.slice(0, arg.indexOf('='))] = arg.slice(arg.indexOf('=') + 1);
      else if (!arg.startsWith('-')) break;
    }
    if (!world.sudo) return failed('sudo: a password is required\n');
    const words = args.slice(at);
    if (words.length === 0) return failed('usage: sudo command\n');
    env[DIRECT] = shell.env.get(DIRECT) === '1' && Object.hasOwn(world.commands, words[0] ?? '') ? '1' : '';
    const before = caller.root;
    caller.root = true;
    try {
      return await runWords(words, shell, { env });
    } finally {
      caller.root = before;
    }
  };
}

function timeout(running: Running): Act {
  return async (args, shell) => {
    let at = 0;
    while (/^-/.test(args[at] ?? '')) at += /^-[ks]$/.test(args[at] ?? '') ? 2 : 1;
    const [, digits, unit = 's'] = /^([\d.]+)([smhd]?)$/.exec(args[at] ?? '') ?? [];
    if (digits === undefined) return failed(`timeout: invalid time interval '${args[at] ?? ''}'\n`, 125);
    const seconds = Number(digits) * ({ s: 1, m: 60, h: 3600, d: 86_400 }[unit] ?? 1);
    const over = new AbortController();
    const inTime = new AbortController();
    const { given, world } = running;
    const run = runWords(args.slice(at + 1), shell, { signal: AbortSignal.any([over.signal, given.signal]) });
    const late = world.clock.sleep(seconds, inTime.signal).then(
      () => over.abort(124),
      () => undefined,
    );
    try {
      const result = await Promise.race([
        run,
        late.then(() => (over.signal.aborted ? failed('', 124) : run)),
      ]);
      return over.signal.aborted ? failed('', 124) : result;
    } finally {
      inTime.abort();
    }
  };
}

/** An abort of the run ends the wait, and the interpreter ends the text. */
function date(running: Running): Act {
  return async (args, shell) => {
    const said = args.some((arg) => /^(-d|--date|-r|--help)/.test(arg));
    const now = `@${Math.floor(running.world.clock.now() / 1000)}`;
    if (shell.origCommand === undefined) throw new Error('running date: the interpreter has none');
    return shell.origCommand(said ? [...args] : ['-d', now, ...args]);
  };
}

function stat(running: Running): Act {
  const { disk } = running.world;
  return async (args, shell) => {
    const orig = shell.origCommand;
    if (orig === undefined) throw new Error('running stat: the interpreter has none');
    return orig(
      args.map((arg, at) => {
        const path = shell.fs.resolvePath(shell.cwd, args.at(-1) ?? '');
        const [user = 'root', group = user] = disk.owner(path).split(':');
        const isFormat = /^(-c|--format)$/.test(args[at - 1] ?? '') || arg.startsWith('--format=');
        return isFormat ? arg.replaceAll('%U', user).replaceAll('%G', group) : arg;
      }),
    );
  };
}

function chown(running: Running): Act {
  return async (args, shell) => {
    const recursive = args.some((arg) => /^-\w*R|^--recursive$/.test(arg));
    const [owner = '', ...paths] = args.filter((arg) => !arg.startsWith('-'));
    const { world, given, caller } = running;
    const { by, attempt } = given;
    const call = { name: 'chown', argv: args, known: true, by, attempt, root: caller.root, cwd: shell.cwd };
    const done = world.ledger.command(call);
    const files = hostFiles(world.disk, caller);
    try {
      for (const given of paths) {
        const path = shell.fs.resolvePath(shell.cwd, given);
        await files.chown(path, owner);
        // What is below has no owner of its own any more, so it belongs to the directory's.
        if (recursive) {
          world.disk.moveOwners(path, undefined);
          await files.chown(path, owner);
        }
      }
      done(0);
      return ok();
    } catch (error) {
      if (!(error instanceof HostFileError)) throw error;
      done(1);
      return failed(
        `chown: changing ownership of '${error.path}': ${error.message.slice(error.path.length + 2)}\n`,
      );
    }
  };
}

function mktemp(running: Running): Act {
  return async (args) => {
    const template = args.filter((arg) => !arg.startsWith('-')).at(-1) ?? '/tmp/tmp.XXXXXXXXXX';
    const { world, given, caller } = running;
    // Like a random name, but the same in each run of a scenario.
    const name = template.replace(/X{3,}$/, (x) =>
      `${given.pid}${world.ledger.entries.length}`.padStart(x.length, '0'),
    );
    const files = hostFiles(world.disk, caller);
    if (args.some((arg) => /^-\w*d/.test(arg))) await files.makeDirectory(name, { mode: 0o700 });
    else await files.write(name, '', { mode: 0o600 });
    return ok(`${name}\n`);
  };
}

function identity(running: Running): { readonly [name: string]: Act } {
  const { world, caller } = running;
  const user = () => (caller.root ? 'root' : world.user);
  const number = () => (caller.root ? '0' : '1000');
  const rest: Act = (args, shell) => runWords(args, shell);
  return {
    whoami: () => ok(`${user()}\n`),
    id: ([option]) => {
      if (option === '-un' || option === '-gn') return ok(`${user()}\n`);
      if (option === '-u' || option === '-g') return ok(`${number()}\n`);
      return ok(`uid=${number()}(${user()}) gid=${number()}(${user()}) groups=${number()}(${user()})\n`);
    },
    hostname: ([option]) => ok(`${option === '-I' || option === '-i' ? world.address : world.name}\n`),
    uname: ([option = '-s']) => {
      const facts: { readonly [option: string]: string } = {
        ...{ '-s': 'Linux', '-n': world.name, '-r': '3.10.0-1160.el7.x86_64', '-m': 'x86_64' },
        '-a': `Linux ${world.name} 3.10.0-1160.el7.x86_64 #1 SMP x86_64 GNU/Linux`,
      };
      return facts[option] === undefined
        ? failed(`uname: invalid option '${option}'\n`)
        : ok(`${facts[option]}\n`);
    },
    umask: () => ok(),
    sync: () => ok(),
    nohup: rest,
    nice: (args, shell) => rest(args[0] === '-n' ? args.slice(2) : args, shell),
  };
}

/** Names that the interpreter has not. */
export const BUILTIN_NAMES: readonly string[] = [
  ...['id', 'uname', 'umask', 'sync', 'nohup', 'nice', 'sudo', 'chown', 'mktemp', 'kill', 'trap'],
];

export function builtinCommands(running: Running): readonly Command[] {
  const acts: { readonly [name: string]: Act } = {
    ...identity(running),
    sudo: sudo(running),
    timeout: timeout(running),
    date: date(running),
    stat: stat(running),
    chown: chown(running),
    mktemp: mktemp(running),
    kill: killCommand(running),
    trap: trapCommand(running),
  };
  return [
    ...[...Object.keys(CHANGES), ...READS].map((name) => watched(name, running)),
    ...Object.entries(acts).map(([name, act]) =>
      defineCommand(name, async (args, shell) => act(args, shell)),
    ),
  ];
}
