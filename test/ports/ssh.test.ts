/** What the network may do to a connection, through a real sshd and a cable that can be cut. */
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PlanHost } from '../../src/core/plan.ts';
import { readLauncher } from '../../src/ports/launcher-text.ts';
import { type AttemptRef, type Hosts, type Log, UnreachableError } from '../../src/ports/ports.ts';
import { createHosts } from '../../src/ports/ssh.ts';
import { silent } from '../support/hosts-contract.ts';
import { descendants, killHard, processes } from '../support/processes.ts';
import { type RealHost, realHost } from '../support/real-host.ts';
import { startProxy, type TcpProxy } from '../support/tcp-proxy.ts';

let real: RealHost;
let proxy: TcpProxy;
let host: PlanHost;
const open: Hosts[] = [];
/** Short, so that a dead cable is noticed while a test waits. */
const KEEPALIVE_MS = 300;

function client(log: Log = silent): Hosts {
  const hosts = createHosts({ keyFor: () => real.clientKey, log, keepaliveMs: KEEPALIVE_MS });
  open.push(hosts);
  return hosts;
}

beforeAll(async () => {
  real = await realHost();
  proxy = await startProxy(real.sshd.port);
  host = { ...real.host, ssh: { ...real.host.ssh, port: proxy.port } };
});
afterEach(async () => {
  proxy.blackHole(false);
  for (const hosts of open.splice(0)) await hosts.close();
});
afterAll(async () => {
  await proxy?.close();
  await real?.close();
});

let upgrades = 0;
function fresh(): AttemptRef {
  upgrades += 1;
  return { host, sudo: false, upgrade: `U-${upgrades}`, attempt: `U-${upgrades}.a.1` };
}

const LINES = 40;
const COUNTING = `i=0; while [ $i -lt ${LINES} ]; do i=$((i + 1)); echo "line $i äöü"; sleep 0.1; done`;
const COUNTED = Array.from({ length: LINES }, (_, at) => `line ${at + 1} äöü\n`).join('');

/** Follows to the end through however many connections it takes. */
async function persist(ref: AttemptRef, disturb: (times: number) => void) {
  const got: Uint8Array[] = [];
  const why: string[] = [];
  for (;;) {
    const from = { out: Buffer.concat(got).length, err: 0 };
    let chunks = 0;
    try {
      const { state } = await client().follow(ref, from, 60, (_, bytes) => {
        got.push(bytes);
        chunks += 1;
        if (chunks === 3) disturb(why.length);
      });
      if (state.kind !== 'running') return { text: String(Buffer.concat(got)), why, state };
    } catch (error) {
      expect(error).toBeInstanceOf(UnreachableError);
      why.push((error as UnreachableError).why);
    }
  }
}

const start = (ref: AttemptRef, text: string) =>
  client().start(ref, { host, text, sudo: false, secrets: {} }, { epoch: 1, timeoutS: 100, graceS: 1 });

describe('a connection that breaks', () => {
  it('by a reset is unreachable, and following goes on with the next byte', async () => {
    const ref = fresh();
    await start(ref, COUNTING);
    const { text, why, state } = await persist(ref, (times) => {
      if (times < 3) proxy.reset();
    });
    expect(why).toHaveLength(3);
    expect(text).toBe(COUNTED);
    expect(state).toEqual({ kind: 'exited', code: 0 });
  });

  it('by silence is noticed after three unanswered keepalives, and following goes on with the next byte', async () => {
    const ref = fresh();
    await start(ref, COUNTING);
    const { text, why } = await persist(ref, (times) => {
      if (times === 0) proxy.freeze();
    });
    expect(why).toHaveLength(1);
    expect(text).toBe(COUNTED);
  });

  it('because its sshd process was killed is unreachable, and the step has not noticed', async () => {
    const ref = fresh();
    await start(ref, COUNTING);
    const { text, why } = await persist(ref, (times) => {
      if (times > 0) return;
      const seen = processes();
      const config = join(real.sshd.directory, 'sshd_config');
      const daemon = seen.find(({ args }) => args.includes(config) && args.includes('[listener]'));
      const below = new Set(descendants(daemon?.pid ?? -1));
      for (const { pid, args } of seen) if (below.has(pid) && args.startsWith('sshd:')) killHard(pid);
    });
    expect(why).toHaveLength(1);
    expect(text).toBe(COUNTED);
  });

  it('during a start leaves it to the next to find out: known or started, but run once', async () => {
    for (let round = 0; round < 4; round += 1) {
      const ref = fresh();
      const line = `echo x >>${real.scratch}/round-${round}; sleep 1`;
      const first = start(ref, line).catch((error: Error) => error);
      await wait(40 * (round + 1));
      proxy.reset();
      const answer = await first;
      if (answer instanceof Error) expect(answer).toBeInstanceOf(UnreachableError);
      expect((await start(ref, line)).kind).toMatch(/^(started|known)$/);
      const { state } = await persist(ref, () => undefined);
      expect(state).toEqual({ kind: 'exited', code: 0 });
      expect(await readFile(`${real.scratch}/round-${round}`, 'utf8')).toBe('x\n');
    }
  });

  it('while nobody asks is replaced by the next question, without a word', async () => {
    const hosts = client();
    await hosts.hello(host, false);
    proxy.reset();
    await wait(100);
    expect((await hosts.hello(host, false)).setsid).toBe(true);
  });

  it('with nobody answering its greeting is unreachable within the connect time', async () => {
    proxy.blackHole(true);
    const result = await client().look({ host, text: 'true', sudo: false, secrets: {} }, 5000);
    expect(result).toMatchObject({ kind: 'unreachable', changedKey: false });
  });
});

describe('connections', () => {
  it('are one per host, whatever runs over it at once', async () => {
    const before = proxy.connections;
    const hosts = client();
    const looks = Array.from({ length: 30 }, (_, at) =>
      hosts.look({ host, text: `echo ${at}`, sudo: false, secrets: {} }, 30_000),
    );
    const answers = await Promise.all(looks);
    expect(answers).toEqual(
      answers.map((_, at) => ({ kind: 'exited', code: 0, stdout: `${at}\n`, stderr: '' })),
    );
    expect(proxy.connections - before).toBe(1);
  });

  it('carry text without breaking a character between two packets', async () => {
    const text = 'i=0; while [ $i -lt 3000 ]; do i=$((i + 1)); echo "äöü€😀 $i"; done';
    const result = await client().look({ host, text, sudo: false, secrets: {} }, 30_000);
    const expected = Array.from({ length: 3000 }, (_, at) => `äöü€😀 ${at + 1}\n`).join('');
    expect(result).toMatchObject({ kind: 'exited', stdout: expected });
  });

  it('keep the last MiB of an endless look', async () => {
    const result = await client().look(
      { host, text: 'yes 0123456789abcde | head -c 3000000; echo the end', sudo: false, secrets: {} },
      30_000,
    );
    expect(result).toMatchObject({ kind: 'exited', stdout: expect.stringMatching(/the end\n$/) });
    expect(result.kind === 'exited' && result.stdout.length).toBe(1024 * 1024);
  });

  it('refuse a host that has only other kinds of keys than the pinned one', async () => {
    const other: PlanHost = { ...host, host_keys: ['ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY='] };
    await expect(client().hello(other, false)).rejects.toMatchObject({ changedKey: true });
    const unknown: PlanHost = { ...host, host_keys: ['ssh-dss AAAAB3NzaC1kc3M=', 'nonsense'] };
    await expect(client().hello(unknown, false)).rejects.toMatchObject({ changedKey: true });
  });

  it('whose key can not be read say so as unreachable, and ask again the next time', async () => {
    let there = false;
    const hosts = createHosts({
      keyFor: () => {
        if (!there) throw new Error('no such file: /keys/mgr1');
        return real.clientKey;
      },
      log: silent,
    });
    open.push(hosts);
    const result = await hosts.look({ host, text: 'true', sudo: false, secrets: {} }, 5000);
    expect(result).toMatchObject({ kind: 'unreachable', why: expect.stringContaining('/keys/mgr1') });
    there = true;
    expect((await hosts.hello(host, false)).setsid).toBe(true);
  });
});

describe('the launcher on the host', () => {
  const placed = `launcher-${readLauncher().sha256.slice(0, 12)}.sh`;
  const at = (name: string) => join(real.host.state_dir, name);
  const counting = () => {
    let count = 0;
    const info = (_: object, message: string) => {
      if (message === 'launcher placed') count += 1;
    };
    return { log: { ...silent, info }, times: () => count };
  };

  it('is placed once for its version, and not again by another client', async () => {
    await client().hello(host, false);
    const { log, times } = counting();
    const hosts = client(log);
    for (let round = 0; round < 3; round += 1) await hosts.hello(host, false);
    expect(times()).toBe(0);
    expect(await readFile(at(placed))).toEqual(Buffer.from(readLauncher().bytes));
  });

  it('that somebody changed is not run but replaced', async () => {
    await client().hello(host, false);
    await appendFile(at(placed), `\ntouch ${real.scratch}/evil\n`);
    const { log, times } = counting();
    expect((await client(log).hello(host, false)).setsid).toBe(true);
    expect(times()).toBe(1);
    await writeFile(at(placed), `touch ${real.scratch}/evil\n`);
    expect((await client(log).status(fresh())).state).toEqual({ kind: 'absent' });
    expect(times()).toBe(2);
    await expect(readFile(`${real.scratch}/evil`)).rejects.toThrow();
    expect(await readFile(at(placed))).toEqual(Buffer.from(readLauncher().bytes));
  });

  it('that was replaced under a running step does not disturb it', async () => {
    const ref = fresh();
    await start(ref, 'echo a; sleep 1; echo b; exit 3');
    await writeFile(at(placed), 'exit 99\n');
    const { text, state } = await persist(ref, () => undefined);
    expect([text, state]).toEqual(['a\nb\n', { kind: 'exited', code: 3 }]);
  });
});
