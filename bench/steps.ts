/**
 * The same 20 steps on one host, one run, one table: durable steps through our launcher, and what else people use. A real
 * sshd on loopback; connecting is part of each contender. They take turns, each round begins with another one, so that load
 * on the machine falls on all of them; a first round places what stays on the host and is not counted.
 *
 *   npm run -s bench:steps [-- --rounds 5]
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { NodeSSH } from 'node-ssh';
import { createHosts } from '../src/ports/ssh.ts';
import { silent } from '../test/support/engine.ts';
import { program } from '../test/support/programs.ts';
import { startSshd, type TestSshd } from '../test/support/sshd.ts';
import { planHost, sshOptions } from './ssh-options.ts';
import { median, table } from './table.ts';

const STEPS = 20;
const run = promisify(execFile);

interface Contender {
  readonly name: string;
  readonly survives: string;
  /** Runs the 20 steps, one after another; connecting is part of it. @returns what each printed */
  readonly play: (round: number) => Promise<readonly string[]>;
}

const words = Array.from({ length: STEPS }, (_, index) => `step-${index}`);

function durable(sshd: TestSshd): Contender {
  const host = planHost(sshd, 'bench');
  return {
    name: 'Cutover: status, start, follow, outcome through the launcher',
    survives: 'bot, network, reboot noticed',
    async play(round) {
      const hosts = createHosts({ keyFor: () => sshd.clientKey, log: silent });
      const printed: string[] = [];
      for (const word of words) {
        const ref = { host, sudo: false, upgrade: `B-${round}`, attempt: `B-${round}.${word}.1` };
        const command = { host, text: `echo ${word}\n`, sudo: false, secrets: {} };
        // In the order of the engine, which asks before it starts.
        const { state } = await hosts.status(ref);
        if (state.kind !== 'absent') throw new Error(`${word}: it is there already: ${state.kind}`);
        await hosts.start(ref, command, { epoch: 1, timeoutS: 60, graceS: 5 });
        const chunks: Uint8Array[] = [];
        await hosts.follow(ref, { out: 0, err: 0 }, 30, (stream, bytes) => {
          if (stream === 'out') chunks.push(bytes);
        });
        const report = await hosts.status(ref);
        if (report.state.kind !== 'exited' || report.state.code !== 0)
          throw new Error(`${word}: ${JSON.stringify(report.state)}`);
        printed.push(Buffer.concat(chunks).toString().trim());
      }
      await hosts.close();
      return printed;
    },
  };
}

function controlMaster(sshd: TestSshd, key: string, directory: string): Contender {
  const ssh = program('ssh', 'openssh-client');
  return {
    name: 'ssh host cmd, ControlMaster',
    survives: 'nothing',
    async play(round) {
      const socket = join(directory, `cm-${round}`);
      const options = [...sshOptions(sshd, key), '-o', `ControlPath=${socket}`];
      const at = `${sshd.user}@127.0.0.1`;
      await run(ssh, [...options, '-o', 'ControlMaster=yes', '-o', 'ControlPersist=60', '-fN', at]);
      const printed: string[] = [];
      for (const word of words)
        printed.push((await run(ssh, [...options, at, `echo ${word}`])).stdout.trim());
      await run(ssh, [...options, '-O', 'exit', at]).catch(() => undefined);
      return printed;
    },
  };
}

function raw(sshd: TestSshd): Contender {
  return {
    name: 'node-ssh exec, one connection, as it is delivered',
    survives: 'nothing',
    async play() {
      const ssh = new NodeSSH();
      await ssh.connect({
        host: '127.0.0.1',
        port: sshd.port,
        username: sshd.user,
        privateKey: sshd.clientKey,
      });
      // The server may be gone before the connection is: without a listener that would end the measurement.
      ssh.connection?.on('error', () => undefined);
      const printed: string[] = [];
      for (const word of words) printed.push((await ssh.execCommand(`echo ${word}`)).stdout);
      ssh.dispose();
      return printed;
    },
  };
}

function ansible(sshd: TestSshd, key: string, directory: string, module: 'shell' | 'raw'): Contender {
  const playbook = program('ansible-playbook', 'ansible-core');
  const inventory = join(directory, 'inventory');
  const book = join(directory, `${module}.yml`);
  const options = sshOptions(sshd, key).join(' ');
  writeFileSync(
    inventory,
    `bench ansible_host=127.0.0.1 ansible_user=${sshd.user} ansible_port=${sshd.port} ansible_ssh_private_key_file=${key} ansible_ssh_common_args='${options.replace(/^-i \S+ -p \S+ /, '')}' ansible_python_interpreter=/usr/bin/python3\n`,
  );
  const tasks = words.map((word) => `    - ${module}: echo ${word}\n`).join('');
  writeFileSync(book, `- hosts: all\n  gather_facts: false\n  tasks:\n${tasks}`);
  return {
    name: `ansible-playbook, 20 ${module} tasks`,
    survives: 'nothing',
    async play() {
      const env = { PATH: process.env.PATH, HOME: directory, LANG: 'C.UTF-8', ANSIBLE_LOCAL_TEMP: directory };
      const { stdout } = await run(playbook, ['-v', '-i', inventory, book], { env, maxBuffer: 1 << 24 });
      return [...stdout.matchAll(/"stdout": "(step-\d+)\\?n?"|"stdout": "(step-\d+)/g)].map(
        (match) => match[1] ?? match[2] ?? '',
      );
    },
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
  const sshd = await startSshd();
  const directory = mkdtempSync(join(tmpdir(), 'cutover-bench-'));
  const key = join(directory, 'key');
  writeFileSync(key, sshd.clientKey, { mode: 0o600 });
  try {
    const contenders = [
      controlMaster(sshd, key, directory),
      durable(sshd),
      raw(sshd),
      ansible(sshd, key, directory, 'raw'),
      ansible(sshd, key, directory, 'shell'),
    ];
    const times = new Map<string, number[]>();
    for (let round = 0; round <= Number(values.rounds); round++) {
      const first = round % contenders.length;
      for (const { name, play } of [...contenders.slice(first), ...contenders.slice(0, first)]) {
        const began = performance.now();
        const printed = await play(round);
        if (round > 0) times.set(name, [...(times.get(name) ?? []), performance.now() - began]);
        if (printed.length !== STEPS || printed.some((text, index) => text !== words[index]))
          throw new Error(`${name}: printed ${JSON.stringify(printed)}`);
      }
    }
    const base = median(times.get(contenders[0]?.name ?? '') ?? []);
    const rows = contenders.map(({ name, survives }) => {
      const mine = times.get(name) ?? [];
      return [
        name,
        `${Math.round(Math.min(...mine))}`,
        `${Math.round(median(mine))}`,
        (median(mine) / base).toFixed(2),
        survives,
      ];
    });
    process.stdout.write(
      table(['20 steps', 'min ms', 'median ms', 'ratio', 'a step in progress survives the end of'], rows),
    );
  } finally {
    await sshd.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

await main();
