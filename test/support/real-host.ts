/** The real launcher over a real sshd, as the contract wants it. */

import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlanHost } from '../../src/core/plan.ts';
import type { HostUnderTest } from './hosts-contract.ts';
import { killHard, processes } from './processes.ts';
import { type SshdOptions, startSshd, type TestSshd } from './sshd.ts';

export interface RealHost extends HostUnderTest {
  readonly sshd: TestSshd;
}

/** Files below a directory, whatever they are called. */
function filesBelow(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Steps and supervisors below a state directory, while they live. */
function liveSteps(stateDir: string): readonly number[] {
  return processes()
    .filter(({ args }) => args.includes(stateDir))
    .map(({ pid }) => pid);
}

export async function realHost(options: SshdOptions = {}): Promise<RealHost> {
  const bootId = `/tmp/cutover-boot-${randomUUID()}`;
  const sshd = await startSshd({
    ...options,
    env: {
      ...options.env,
      CUTOVER_BOOT_ID: bootId,
      CUTOVER_REBOOT: `echo x >>${bootId}.asked; cat /proc/sys/kernel/random/uuid >${bootId}.new && mv ${bootId}.new ${bootId}`,
    },
  });
  const stateDir = join(sshd.directory, 'state');
  const scratch = join(sshd.directory, 'scratch');
  await mkdir(scratch);
  await writeFile(bootId, `${randomUUID()}\n`);
  const host: PlanHost = {
    ...{ name: 'mgr1', address: '127.0.0.1', private_ip: '127.0.0.1', env: {}, state_dir: stateDir },
    ssh: { host: '127.0.0.1', port: sshd.port, user: sshd.user },
    host_keys: [sshd.hostKey],
  };
  const endAll = () => {
    for (const pid of liveSteps(stateDir)) killHard(pid);
  };
  return {
    ...{ sshd, host, scratch, clientKey: sshd.clientKey },
    read: (path) => readFile(path).catch(() => undefined),
    write: (path, content) => writeFile(path, content),
    makeDirectory: async (path) => void (await mkdir(path, { recursive: true })),
    mode: async (path) => (await stat(path)).mode & 0o7777,
    async reboot() {
      // Supervisors first: a step that dies alone would be given an outcome.
      for (const { pid, args } of processes())
        if (args.includes(stateDir) && args.includes('supervise')) killHard(pid);
      endAll();
      await writeFile(bootId, `${randomUUID()}\n`);
    },
    askedReboots: async () =>
      (await readFile(`${bootId}.asked`, 'utf8').catch(() => '')).split('x').length - 1,
    kill: (...pids) => pids.forEach(killHard),
    unreachable: (on) => (on ? sshd.stop() : sshd.start()),
    async placesOf(text) {
      const needle = Buffer.from(text);
      return [
        ...filesBelow(stateDir).filter(
          (path) => statSync(path).isFile() && readFileSync(path).includes(needle),
        ),
        ...processes()
          .filter(({ args }) => args.includes(text))
          .map(({ pid, args }) => `arguments of ${pid}: ${args.replaceAll('\0', ' ')}`),
      ];
    },
    async close() {
      endAll();
      await sshd.close();
    },
  };
}
