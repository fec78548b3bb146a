/** A real OpenSSH server on a loopback port, with its own keys, for one test file. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import ssh2 from 'ssh2';
import { descendants, killHard } from './processes.ts';
import { program } from './programs.ts';

export interface KeyPair {
  readonly secret: string;
  /** `ssh-ed25519 AAAA…` */
  readonly line: string;
}

export function newKey(): KeyPair {
  const pair = ssh2.utils.generateKeyPairSync('ed25519');
  // One in two hundred that ssh2 1.17 makes can't be read.
  if (ssh2.utils.parseKey(pair.private) instanceof Error) return newKey();
  const [kind, base64] = pair.public.split(' ');
  return { secret: pair.private, line: `${kind} ${base64}` };
}

export interface TestSshd {
  readonly port: number;
  readonly user: string;
  readonly hostKey: string;
  /** Accepted for `user`. */
  readonly clientKey: string;
  /** Removed at the end; `bin` in it comes first in the PATH of every session. */
  readonly directory: string;
  /** No new connections, and the open ones are ended hard. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Stops it and removes its directory. */
  close(): Promise<void>;
}

export interface SshdOptions {
  /** Program that stands as `sh` in the PATH of every session, with its first argument. */
  readonly shell?: readonly [path: string, ...args: string[]];
  readonly env?: { readonly [name: string]: string };
}

/** Becomes sshd, and leaves somebody behind who ends it when our end of the pipe closes: also when a test run is killed. */
const GUARD = 'exec 3<&0; (cat <&3 >/dev/null; kill -KILL $$) & exec "$@" </dev/null 3<&-';

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string')
    throw new Error('looking for a free port: none was given');
  return address.port;
}

/** @returns whether somebody answers with an SSH greeting */
export function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', () => done(true));
    socket.once('error', () => done(false));
  });
}

function furnish(
  directory: string,
  options: SshdOptions,
  port: number,
  host: KeyPair,
  client: KeyPair,
): string {
  const at = (name: string) => join(directory, name);
  mkdirSync(at('bin'));
  const [shell, ...args] = options.shell ?? [program('dash', 'dash')];
  if (args.length === 0) symlinkSync(shell, at('bin/sh'));
  else writeFileSync(at('bin/sh'), `#!${shell} ${args.join(' ')}\n`, { mode: 0o755 });
  // Not every test machine has sudo; what we rely on is only that it runs the words after `-n`.
  writeFileSync(at('bin/sudo'), '#!/bin/sh\n[ "$1" = -n ] && shift\nexec "$@"\n', { mode: 0o755 });
  writeFileSync(at('host_key'), host.secret, { mode: 0o600 });
  writeFileSync(at('authorized_keys'), `${client.line}\n`, { mode: 0o600 });
  const env = Object.entries({ PATH: `${at('bin')}:/usr/bin:/bin`, ...options.env });
  writeFileSync(
    at('sshd_config'),
    [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey ${at('host_key')}`,
      `AuthorizedKeysFile ${at('authorized_keys')}`,
      ...['PidFile none', 'StrictModes no', 'UsePAM no', 'PasswordAuthentication no', 'LogLevel ERROR'],
      ...['KbdInteractiveAuthentication no', 'PermitRootLogin prohibit-password', 'MaxStartups 100'],
      // The start-up files of whoever runs the tests are not part of them.
      `SetEnv HOME=${directory}`,
      `ForceCommand exec env ${env.map(([name, value]) => `'${name}=${value}'`).join(' ')} sh -c "$SSH_ORIGINAL_COMMAND"`,
      '',
    ].join('\n'),
  );
  return at('sshd_config');
}

export async function startSshd(options: SshdOptions = {}): Promise<TestSshd> {
  const sshd = program('sshd', 'openssh-server');
  const { username: user, uid } = userInfo();
  // Privilege separation of a root sshd wants it, and only a boot script makes it.
  if (uid === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const directory = mkdtempSync(join(tmpdir(), 'cutover-sshd-'));
  chmodSync(directory, 0o755);
  const port = await freePort();
  const host = newKey();
  const client = newKey();
  const config = furnish(directory, options, port, host, client);
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const started = spawn(program('dash', 'dash'), ['-c', GUARD, 'sshd', sshd, '-D', '-e', '-f', config], {
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    started.stdin?.on('error', () => undefined);
    child = started;
    const said: string[] = [];
    started.stderr?.on('data', (bytes: Buffer) => said.push(bytes.toString()));
    // 10 s: key generation is done, a busy machine forks slowly.
    for (let tries = 0; tries < 100; tries += 1) {
      if (started.exitCode !== null) break;
      if (await greets(port)) return;
      await wait(100);
    }
    throw new Error(`starting sshd on port ${port}: no greeting; it said: ${said.join('') || 'nothing'}`);
  }

  async function stop(): Promise<void> {
    const running = child;
    child = undefined;
    if (running?.pid === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'exit');
    // Steps have left its tree; only the sessions go.
    for (const pid of descendants(running.pid)) killHard(pid);
    running.kill('SIGKILL');
    await ended;
  }

  await start();
  return {
    ...{ port, user, hostKey: host.line, clientKey: client.secret, directory, stop, start },
    async close() {
      await stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
