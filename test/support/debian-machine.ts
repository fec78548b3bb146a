/** A real Debian machine with its own sshd, sudo, apt and dpkg, that ends with the test (scripts/run-test-machine). */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import ssh2 from 'ssh2';
import { buildRepository, type DebianPackage } from './debian-packages.ts';
import { program } from './programs.ts';
import { freePort, greets, newKey } from './sshd.ts';

const SCRIPTS = fileURLToPath(new URL('../../scripts/', import.meta.url));
/** A tree is made once, and from a mirror: most of it is downloading. */
export const MAKING_MS = 300_000;

export interface DebianMachine {
  readonly port: number;
  readonly user: string;
  readonly hostKey: string;
  readonly clientKey: string;
  /** As root. @returns what it printed; @throws Error with all that it said when it does not end with 0 */
  run(text: string): Promise<string>;
  close(): Promise<void>;
}

export interface MachineOptions {
  /** What its only repository holds: /srv/packages. */
  readonly packages: readonly DebianPackage[];
  /** Run as root before the machine is reached: what is installed. */
  readonly setUp: string;
}

/** Of an account that cannot become root, the scripts say so themselves. */
function root(): string {
  program('debootstrap', 'debootstrap');
  program('unshare', 'util-linux');
  return execFileSync(join(SCRIPTS, 'make-test-root'), { encoding: 'utf8', timeout: MAKING_MS }).trim();
}

function furnish(
  seed: string,
  port: number,
  keys: { host: string; client: string },
  options: MachineOptions,
) {
  const put = (path: string, text: string, mode = 0o644) => {
    mkdirSync(join(seed, path, '..'), { recursive: true });
    writeFileSync(join(seed, path), text, { mode });
    chmodSync(join(seed, path), mode);
  };
  buildRepository(join(seed, 'srv/packages'), options.packages);
  // sudo asks who this machine is; nobody answers for it but this file.
  put('etc/hosts', `127.0.0.1 localhost ${hostname()}\n`);
  put('etc/apt/sources.list', 'deb [trusted=yes] file:/srv/packages ./\n');
  put('etc/ssh/host_key_test', keys.host, 0o600);
  put('etc/ssh/authorized_keys_test', `${keys.client}\n`);
  put(
    'etc/ssh/sshd_config_test',
    [
      `ListenAddress 127.0.0.1:${port}`,
      ...['HostKey /etc/ssh/host_key_test', 'AuthorizedKeysFile /etc/ssh/authorized_keys_test'],
      ...['PidFile none', 'UsePAM no', 'PasswordAuthentication no', 'KbdInteractiveAuthentication no'],
      ...['LogLevel ERROR', 'MaxStartups 100', ''],
    ].join('\n'),
  );
  put(
    'set-up',
    `#!/bin/sh\nset -eu\nexport LC_ALL=C DEBIAN_FRONTEND=noninteractive\nexec >&2\napt-get -q update\n${options.setUp}\n`,
    0o755,
  );
}

function runOver(client: ssh2.Client, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    client.exec('sudo -n sh -eu', (error, channel) => {
      if (error !== undefined) return reject(error);
      const out: string[] = [];
      const err: string[] = [];
      channel.on('data', (bytes: Buffer) => out.push(bytes.toString()));
      channel.stderr.on('data', (bytes: Buffer) => err.push(bytes.toString()));
      channel.on('close', (code: number | null) =>
        code === 0
          ? resolve(out.join(''))
          : reject(new Error(`running on the machine: exit code ${code}: ${out.join('')}${err.join('')}`)),
      );
      channel.end(text);
    });
  });
}

export async function startMachine(options: MachineOptions): Promise<DebianMachine> {
  const tree = root();
  const seed = mkdtempSync(join(tmpdir(), 'cutover-machine-'));
  const host = newKey();
  const client = newKey();
  const port = await freePort();
  furnish(seed, port, { host: host.secret, client: client.line }, options);
  const machine = spawn(join(SCRIPTS, 'run-test-machine'), [tree, seed], { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = once(machine, 'exit');
  const said: string[] = [];
  machine.stderr.on('data', (bytes: Buffer) => said.push(bytes.toString()));
  const close = async () => {
    connection.end();
    machine.stdin.end();
    await ended;
    rmSync(seed, { recursive: true, force: true });
  };
  const connection = new ssh2.Client();
  const ready = once(createInterface(machine.stdout), 'line').then(() => true);
  if (!(await Promise.race([ready, ended.then(() => false)]))) {
    rmSync(seed, { recursive: true, force: true });
    throw new Error(`starting a machine: it ended at once; it said: ${said.join('').slice(-2000)}`);
  }
  // 10 s: sshd is started, a busy machine forks slowly.
  for (let tries = 0; tries < 100 && !(await greets(port)); tries += 1) await wait(100);
  connection.connect({ host: '127.0.0.1', port, username: 'cutover', privateKey: client.secret });
  await once(connection, 'ready').catch(async (error: Error) => {
    await close();
    throw new Error(`logging in to the machine: ${error.message}; it said: ${said.join('').slice(-2000)}`);
  });
  return {
    ...{ port, user: 'cutover', hostKey: host.line, clientKey: client.secret, close },
    run: (text) => runOver(connection, text),
  };
}
