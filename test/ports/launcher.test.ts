/** What only the real launcher has: shells, tools, disks, processes. Its contract: launcher-*.test.ts. */
import { spawn, spawnSync } from 'node:child_process';
import { chmod, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'just-bash';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLauncher } from '../../src/ports/launcher-text.ts';
import type { AttemptRef, Hosts } from '../../src/ports/ports.ts';
import { createHosts } from '../../src/ports/ssh.ts';
import { silent } from '../support/hosts-contract.ts';
import { killHard, processes } from '../support/processes.ts';
import { program } from '../support/programs.ts';
import { type RealHost, realHost } from '../support/real-host.ts';

const LAUNCHER = new URL('../../src/ports/launcher.sh', import.meta.url).pathname;
const text = Buffer.from(readLauncher().bytes).toString();

/**
 * Tools of CentOS 7 and the options that its versions have: coreutils 8.22, util-linux 2.23, findutils 4.5.11,
 * grep 2.20, tar 1.26. A new line here needs a look into that version's manual.
 */
const CENTOS_7: { readonly [tool: string]: readonly string[] } = {
  cat: [],
  chmod: [],
  chown: ['-R'],
  dd: [],
  find: ['-print0'],
  grep: ['-qsx', '-slF', '-qxF'],
  head: ['-c'],
  id: ['-un'],
  ln: [],
  ls: ['-dL'],
  mkdir: ['-p'],
  mv: ['-f'],
  rm: ['-f', '-rf'],
  rmdir: [],
  setsid: [],
  sh: ['-eu', '-c', '-'],
  sha256sum: [],
  sleep: [],
  sort: ['-z'],
  stat: ['-c', '-f', '-L'],
  // Files as arguments are newer; there it warns, ignores them and syncs everything.
  sync: [],
  tail: ['-c'],
  tar: [
    ...[
      '--null',
      '--no-recursion',
      '--format=gnu',
      '--numeric-owner',
      '--owner=0',
      '--group=0',
      '-cf',
      '-T',
      '-',
    ],
    ...['-xpf', '--no-same-owner', '--delay-directory-restore'],
  ],
  tee: [],
  tr: ['-d'],
  wc: ['-c'],
};

/** POSIX special and regular built-ins. `kill` and `[` take what they take in every shell. */
const BUILTINS = new Set(
  ...[
    [
      '[',
      ':',
      'cd',
      'command',
      'echo',
      'eval',
      'exec',
      'exit',
      'export',
      'kill',
      'printf',
      'read',
      'return',
      'set',
      'shift',
      'trap',
      'true',
      'umask',
      'wait',
      'break',
      'continue',
    ],
  ],
);

interface Used {
  readonly name: string;
  readonly options: readonly string[];
}

/** All simple commands of a script, in functions, `$(…)` and behind `exec` too. */
function commandsOf(script: string): {
  readonly used: readonly Used[];
  readonly functions: ReadonlySet<string>;
} {
  const used: Used[] = [];
  const functions = new Set<string>();
  const literal = (word: { parts?: readonly { type: string; value?: string }[] } | null | undefined) =>
    (word?.parts ?? []).map((part) => (part.type === 'Literal' ? (part.value ?? '') : '\u0000')).join('');
  const visit = (node: unknown): void => {
    if (node === null || typeof node !== 'object') return;
    const { type, name, args } = node as { type?: string; name?: unknown; args?: unknown[] };
    if (type === 'FunctionDef') functions.add(String(name));
    if (type === 'SimpleCommand' && name !== null) {
      let words = [name, ...(args ?? [])].map((word) => literal(word as Parameters<typeof literal>[0]));
      while (words[0] === 'exec' || (words[0] === 'command' && words[1] !== '-v')) words = words.slice(1);
      if (words[0] === 'setsid') {
        used.push({ name: 'setsid', options: words[1]?.startsWith('-') ? [words[1]] : [] });
        words = words.slice(1);
      }
      const [first = '', ...rest] = words;
      const ends = rest.indexOf('-c');
      const own = first === 'sh' && ends >= 0 ? rest.slice(0, ends + 1) : rest;
      if (first !== '') used.push({ name: first, options: own.filter((word) => word.startsWith('-')) });
    }
    for (const value of Object.values(node)) visit(value);
  };
  visit(parse(script));
  return { used, functions };
}

describe('the text of the launcher', () => {
  it('passes shellcheck', () => {
    const { stdout, stderr, status } = spawnSync(
      program('shellcheck', 'shellcheck'),
      ['-s', 'sh', LAUNCHER],
      {
        encoding: 'utf8',
      },
    );
    expect([status, stdout, stderr]).toEqual([0, '', '']);
  });

  it('uses no tool and no option that CentOS 7 lacks', () => {
    const { used, functions } = commandsOf(text);
    expect(used.length).toBeGreaterThan(150);
    const unknown = used.flatMap(({ name, options }) => {
      if (functions.has(name) || BUILTINS.has(name) || name.includes('\u0000')) return [];
      const known = CENTOS_7[name];
      if (known === undefined) return [name];
      return options
        .filter((option) => !option.includes('\u0000') && !known.includes(option))
        .map((option) => `${name} ${option}`);
    });
    expect(unknown).toEqual([]);
  });

  it('has no line that another shell than the one at hand would read differently', () => {
    for (const shell of [
      [program('dash', 'dash')],
      [program('bash', 'bash'), '--posix'],
      [program('busybox', 'busybox'), 'sh'],
    ]) {
      const [path = '', ...args] = shell;
      const { status, stderr } = spawnSync(path, [...args, '-n', LAUNCHER], { encoding: 'utf8' });
      expect([shell, status, stderr]).toEqual([shell, 0, '']);
    }
  });

  it('does nothing when its own text was cut short, wherever', async () => {
    const root = '/tmp/cutover-cut-root';
    const lines = text.split('\n');
    for (let kept = 1; kept < lines.length - 1; kept += 7) {
      const part = lines.slice(0, kept).join('\n');
      spawnSync(program('dash', 'dash'), ['-s', '--', root, 'hello', '-'], { input: part, encoding: 'utf8' });
    }
    await expect(readFile(`${root}/runs`)).rejects.toThrow('ENOENT');
  });

  it.each([
    ['a relative root', ['state', 'status', 'U-1', 'a']],
    ['an unknown verb', ['/tmp/x', 'destroy', 'U-1', 'a']],
    ['too few arguments', ['/tmp/x', 'status', 'U-1']],
    ['a name with a slash', ['/tmp/x', 'status', 'U-1', '../../etc']],
    ['a name that begins with a dot', ['/tmp/x', 'status', '..', 'a']],
    ['an epoch that is no number', ['/tmp/x', 'reboot', 'U-1', 'a', '1;id']],
  ])('refuses %s with code 64', (_, args) => {
    const { status, stderr, stdout } = spawnSync(program('dash', 'dash'), [LAUNCHER, ...args], {
      encoding: 'utf8',
    });
    expect([status, stdout]).toEqual([64, '']);
    expect(stderr).toMatch(/^launcher: reading the arguments: /);
  });
});

describe('the launcher on a host', () => {
  let real: RealHost;
  let hosts: Hosts;
  let upgrades = 0;
  const LIMITS = { epoch: 1, timeoutS: 60, graceS: 1 };
  const fresh = (): AttemptRef => {
    upgrades += 1;
    return { host: real.host, sudo: false, upgrade: `U-${upgrades}`, attempt: `U-${upgrades}.a.1` };
  };
  const start = (ref: AttemptRef, line: string) =>
    hosts.start(ref, { host: real.host, text: line, sudo: ref.sudo, secrets: {} }, LIMITS);
  const finish = (ref: AttemptRef) => hosts.follow(ref, { out: 0, err: 0 }, 60, () => undefined);
  const marked = (ref: AttemptRef) =>
    processes().filter(({ environment }) => environment.includes(`CUTOVER_ATTEMPT=${ref.attempt}`));
  /** What stands as `sh` on the host from now on. */
  const shell = async (script: string | null) => {
    const path = join(real.sshd.directory, 'bin/sh');
    await rm(`${path}.new`, { force: true });
    if (script === null) await symlink(program('dash', 'dash'), `${path}.new`);
    else {
      await writeFile(
        `${path}.new`,
        `#!${program('dash', 'dash')}\n${script}\nexec ${program('dash', 'dash')} "$@"\n`,
      );
      await chmod(`${path}.new`, 0o755);
    }
    await rename(`${path}.new`, path);
  };

  beforeAll(async () => {
    real = await realHost();
    hosts = createHosts({ keyFor: () => real.clientKey, log: silent });
    await hosts.hello(real.host, false);
  });
  afterAll(async () => {
    await hosts?.close();
    await real?.close();
  });

  it('with no room for a file starts nothing and says so, and works when there is room again', async () => {
    const ref = fresh();
    const line = `touch ${real.scratch}/full`;
    await shell('ulimit -f 0');
    try {
      expect(await start(ref, line)).toMatchObject({ kind: 'impossible' });
      expect(await hosts.hello(real.host, false)).toMatchObject({ writable: false });
    } finally {
      await shell(null);
    }
    expect((await hosts.status(ref)).state.kind).toMatch(/^(absent|ready)$/);
    await expect(readFile(`${real.scratch}/full`)).rejects.toThrow('ENOENT');
    expect(await start(ref, line)).toMatchObject({ kind: 'started' });
    expect((await finish(ref)).state).toEqual({ kind: 'exited', code: 0 });
  });

  it('tells the exit code of a step whose output had no room', async () => {
    const ref = fresh();
    // 16 blocks of 512 bytes.
    await shell('ulimit -f 16');
    try {
      expect(await start(ref, 'exec head -c 100000 /dev/zero')).toMatchObject({ kind: 'started' });
      await finish(ref);
    } finally {
      await shell(null);
    }
    const report = await hosts.status(ref);
    // 128 + SIGXFSZ.
    expect(report.state).toEqual({ kind: 'exited', code: 153 });
    expect(report.outBytes).toBe(16 * 512);
  });

  it('with a state directory where nobody may write starts nothing', async () => {
    const path = join(real.sshd.directory, 'file');
    await writeFile(path, '');
    const host = { ...real.host, state_dir: `${path}/state` };
    const ref = { ...fresh(), host };
    expect(await hosts.start(ref, { host, text: 'true', sudo: false, secrets: {} }, LIMITS)).toMatchObject({
      kind: 'impossible',
    });
  });

  it('loses no last word of a step that ends while it is looked at', async () => {
    // Whoever asks for sizes gets them late, so that the end falls between the state and the sizes.
    const path = join(real.sshd.directory, 'bin/stat');
    await writeFile(path, '#!/bin/sh\n/usr/bin/stat "$@"\ncode=$?\nsleep 0.4\nexit $code\n', { mode: 0o755 });
    try {
      for (const pause of ['1.0', '1.2', '1.4']) {
        const ref = fresh();
        await start(ref, `sleep ${pause}; echo last`);
        const got: Uint8Array[] = [];
        const { state, outBytes } = await hosts.follow(ref, { out: 0, err: 0 }, 60, (_, bytes) =>
          got.push(bytes),
        );
        expect([String(Buffer.concat(got)), state, outBytes]).toEqual([
          'last\n',
          { kind: 'exited', code: 0 },
          5,
        ]);
      }
    } finally {
      await rm(path);
    }
  });

  it('is not sure that a cancelled attempt is gone when a process has left its session', async () => {
    const ref = fresh();
    await start(ref, 'setsid sleep 31.4 </dev/null >/dev/null 2>&1 & echo on; sleep 60');
    for (let tries = 0; tries < 100 && (await hosts.status(ref)).outBytes === 0; tries += 1);
    expect(await hosts.cancel(ref, 1)).toMatchObject({ state: { kind: 'cancelled' }, gone: 'unsure' });
    const left = marked(ref);
    expect(left.map(({ args }) => args.split('\0')[0])).toEqual(['sleep']);
    for (const { pid } of left) killHard(pid);
    expect(await hosts.cancel(ref, 1)).toMatchObject({ gone: 'yes' });
  });

  it('does not take the attempt of another bot on the same host for its own', async () => {
    const ref = fresh();
    const theirs = spawn('sleep', ['30'], { env: { ...process.env, CUTOVER_ATTEMPT: ref.attempt } });
    try {
      await start(ref, 'echo on; sleep 60');
      for (let tries = 0; tries < 100 && (await hosts.status(ref)).outBytes === 0; tries += 1);
      expect(await hosts.cancel(ref, 1)).toMatchObject({ state: { kind: 'cancelled' }, gone: 'yes' });
      expect(theirs.exitCode ?? theirs.signalCode).toBeNull();
    } finally {
      theirs.kill();
    }
  });

  it('ends the whole tree of a cancelled attempt, and nobody else', async () => {
    const other = fresh();
    await start(other, 'sleep 60');
    const ref = fresh();
    await start(ref, 'sleep 60 & sleep 60 & sh -c "sleep 60; true" & echo on; wait');
    for (let tries = 0; tries < 100 && (await hosts.status(ref)).outBytes === 0; tries += 1);
    expect(marked(ref).length).toBeGreaterThan(3);
    expect(await hosts.cancel(ref, 2)).toMatchObject({ gone: 'yes' });
    expect(marked(ref)).toEqual([]);
    expect((await hosts.status(other)).state).toEqual({ kind: 'running' });
    await hosts.cancel(other, 1);
  });

  it('keeps a step alive when every session and the sshd are killed', async () => {
    const ref = fresh();
    await start(ref, 'echo a; sleep 2; echo b');
    await real.sshd.stop();
    await real.sshd.start();
    const got: Uint8Array[] = [];
    const report = await hosts.follow(ref, { out: 0, err: 0 }, 60, (_, bytes) => got.push(bytes));
    expect([report.state, String(Buffer.concat(got))]).toEqual([{ kind: 'exited', code: 0 }, 'a\nb\n']);
  });

  it('gives the step no stdin, the default signals and the umask of the login', async () => {
    const ref = fresh();
    await start(ref, 'umask; cat; grep -E "^Sig(Ign|Blk)" /proc/self/status; ls -l /proc/self/fd/0');
    const got: Uint8Array[] = [];
    await hosts.follow(ref, { out: 0, err: 0 }, 60, (_, bytes) => got.push(bytes));
    const lines = String(Buffer.concat(got)).split('\n');
    const login = spawnSync('sh', ['-c', 'umask'], { encoding: 'utf8' }).stdout.trim();
    expect(lines[0]).toBe(login);
    expect(lines[1]).toMatch(/^SigBlk:\t0+$/);
    expect(lines[2]).toMatch(/^SigIgn:\t0+$/);
    expect(lines[3]).toMatch(/\/dev\/null$/);
  });

  it('leaves run directories that only their user can read', async () => {
    const ref = fresh();
    await start(ref, 'echo x');
    await finish(ref);
    for (const path of ['', '/runs', `/runs/${ref.upgrade}`, `/runs/${ref.upgrade}/${ref.attempt}`])
      expect([path, ((await real.mode(real.host.state_dir + path)) & 0o077).toString(8)]).toEqual([
        path,
        '0',
      ]);
    for (const name of ['cmd', 'out', 'err', 'rc', 'pid'])
      expect(
        (await real.mode(`${real.host.state_dir}/runs/${ref.upgrade}/${ref.attempt}/${name}`)) & 0o077,
      ).toBe(0);
  });

  it('under a sudo that wants a password starts nothing and says so', async () => {
    const sudo = join(real.sshd.directory, 'bin/sudo');
    const kept = await readFile(sudo);
    await writeFile(sudo, '#!/bin/sh\necho "sudo: a password is required" >&2\nexit 1\n');
    try {
      const answer = await start({ ...fresh(), sudo: true }, 'true');
      expect(answer).toEqual({ kind: 'impossible', why: 'sudo: a password is required' });
      expect(await hosts.reboot({ ...fresh(), sudo: true }, 1)).toEqual({
        refused: 'sudo: a password is required',
      });
      await expect(hosts.status({ ...fresh(), sudo: true })).rejects.toMatchObject({
        ...{ name: 'UnreachableError', why: 'becoming root: sudo: a password is required' },
      });
    } finally {
      await writeFile(sudo, kept);
    }
  });

  it('makes the directory of the upgrade for the user, also when root asks first', async () => {
    const ref = { ...fresh(), sudo: true };
    await start(ref, 'true');
    await finish(ref);
    expect(await real.mode(`${real.host.state_dir}/${ref.upgrade}`)).toBe(0o700);
  });

  it('finds a path that is neither file nor directory, or that it may not see, and does not call it absent', async () => {
    await mkdir(`${real.scratch}/d`);
    spawnSync(program('mkfifo', 'coreutils'), [`${real.scratch}/d/pipe`]);
    await expect(hosts.stat(real.host, false, `${real.scratch}/d/pipe`)).rejects.toThrow(
      /neither a file nor/,
    );
    await symlink('/nowhere/at/all', `${real.scratch}/d/link`);
    expect(await hosts.stat(real.host, false, `${real.scratch}/d/link`)).toMatchObject({ kind: 'absent' });
  });
});
