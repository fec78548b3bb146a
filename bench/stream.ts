/**
 * 100 MiB of output of a step, from the host into this process: through the launcher's `follow`, and what else could carry it.
 * The contenders take turns in each round; what came is held against its digest.
 *
 *   npm run -s bench:stream [-- --rounds 3 --mib 100]
 */
import { execFile, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { NodeSSH } from 'node-ssh';
import type { AttemptRef } from '../src/ports/ports.ts';
import { createHosts } from '../src/ports/ssh.ts';
import { silent } from '../test/support/engine.ts';
import { program } from '../test/support/programs.ts';
import { startSshd, type TestSshd } from '../test/support/sshd.ts';
import { planHost, sshOptions } from './ssh-options.ts';
import { median, table } from './table.ts';

const MIB = 1024 * 1024;
/** As long as the engine follows at once; then it saves and asks again from where it was. */
const FOLLOW_S = 30;
const run = promisify(execFile);

interface Contender {
  readonly name: string;
  readonly carry: (onBytes: (bytes: Uint8Array) => void) => Promise<void>;
}

/** A step that has printed it all, as the engine would find it after a restart. */
async function launcher(sshd: TestSshd, file: string): Promise<Contender & { close(): Promise<void> }> {
  const hosts = createHosts({ keyFor: () => sshd.clientKey, log: silent });
  const host = planHost(sshd, 'bench');
  const ref: AttemptRef = { host, sudo: false, upgrade: 'B-1', attempt: 'B-1.print.1' };
  const command = { host, text: `cat '${file}'\n`, sudo: false, secrets: {} };
  await hosts.start(ref, command, { epoch: 1, timeoutS: 600, graceS: 5 });
  for (;;) {
    const { state } = await hosts.status(ref);
    if (state.kind === 'exited') break;
    if (state.kind !== 'running') throw new Error(`printing: ${JSON.stringify(state)}`);
  }
  return {
    name: 'Cutover: follow through the launcher by offset, over an open connection',
    async carry(onBytes) {
      let from = 0;
      for (;;) {
        const report = await hosts.follow(ref, { out: from, err: 0 }, FOLLOW_S, (_, bytes) => {
          from += bytes.length;
          onBytes(bytes);
        });
        if (from >= report.outBytes) return;
      }
    },
    close: () => hosts.close(),
  };
}

function openssh(
  sshd: TestSshd,
  key: string,
  file: string,
  name: string,
  master: readonly string[],
): Contender {
  const ssh = program('ssh', 'openssh-client');
  return {
    name,
    async carry(onBytes) {
      const at = `${sshd.user}@127.0.0.1`;
      const child = spawn(ssh, [...sshOptions(sshd, key), ...master, at, `cat '${file}'`], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      child.stdout.on('data', onBytes);
      const [code] = await once(child, 'close');
      if (code !== 0) throw new Error(`ssh host cat: exit code ${code}`);
    },
  };
}

function library(sshd: TestSshd, file: string): Contender {
  return {
    name: 'node-ssh as it is delivered, cat, connecting included',
    async carry(onBytes) {
      const ssh = new NodeSSH();
      await ssh.connect({
        host: '127.0.0.1',
        port: sshd.port,
        username: sshd.user,
        privateKey: sshd.clientKey,
      });
      // The server may be gone before the connection is: without a listener that would end the measurement.
      ssh.connection?.on('error', () => undefined);
      const channel = await new Promise<NodeJS.ReadableStream>((resolve, reject) =>
        ssh.connection?.exec(`cat '${file}'`, (error, opened) => (error ? reject(error) : resolve(opened))),
      );
      channel.on('data', onBytes);
      await once(channel, 'close');
      ssh.dispose();
    },
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '3' }, mib: { type: 'string', default: '100' } },
  });
  const size = Number(values.mib) * MIB;
  const directory = mkdtempSync(join(tmpdir(), 'cutover-bench-'));
  const sshd = await startSshd();
  try {
    const file = join(directory, 'output');
    const key = join(directory, 'key');
    // Nothing that a compressing or sparse-minded layer could shorten.
    const output = randomBytes(size);
    writeFileSync(file, output);
    writeFileSync(key, sshd.clientKey, { mode: 0o600 });
    const expected = createHash('sha256').update(output).digest('hex');
    const ours = await launcher(sshd, file);
    const master = ['-o', `ControlPath=${join(directory, 'master')}`];
    const at = `${sshd.user}@127.0.0.1`;
    const ssh = program('ssh', 'openssh-client');
    const opening = [
      ...sshOptions(sshd, key),
      ...master,
      '-o',
      'ControlMaster=yes',
      '-o',
      'ControlPersist=60',
    ];
    await run(ssh, [...opening, '-fN', at]);
    const contenders: readonly Contender[] = [
      openssh(sshd, key, file, 'ssh host cat, connecting included', []),
      openssh(sshd, key, file, 'ssh host cat, over an open ControlMaster', master),
      library(sshd, file),
      ours,
    ];
    const times = new Map<string, number[]>();
    for (let round = 1; round <= Number(values.rounds); round++)
      for (const { name, carry } of contenders) {
        const digest = createHash('sha256');
        const began = performance.now();
        await carry((bytes) => digest.update(bytes));
        times.set(name, [...(times.get(name) ?? []), performance.now() - began]);
        if (digest.digest('hex') !== expected) throw new Error(`${name}: other bytes came than were printed`);
      }
    await ours.close();
    await run(ssh, [...sshOptions(sshd, key), ...master, '-O', 'exit', at]);
    const base = median(times.get(contenders[0]?.name ?? '') ?? []);
    const rows = contenders.map(({ name }) => {
      const mine = times.get(name) ?? [];
      const speed = (ms: number) => (Number(values.mib) / (ms / 1000)).toFixed(0);
      return [name, speed(Math.min(...mine)), speed(median(mine)), (median(mine) / base).toFixed(2)];
    });
    process.stdout.write(
      table([`${values.mib} MiB`, 'best MiB/s', 'median MiB/s', 'time, ratio to ssh host cat'], rows),
    );
  } finally {
    await sshd.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

await main();
