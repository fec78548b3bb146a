/** What only the simulated host has: ledger, events, rights, virtual time. Its contract: host-contract.test.ts. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createHost,
  type HostCommand,
  type HostEvent,
  type HostOptions,
  type LedgerEntry,
  type SimulatedHost,
} from '../../simulator/manager/host.ts';
import type { PlanHost } from '../../src/core/plan.ts';
import type { Hosts } from '../../src/ports/ports.ts';
import { type AttemptRef, UnreachableError } from '../../src/ports/ports.ts';
import { createHosts } from '../../src/ports/ssh.ts';
import { silent } from '../support/hosts-contract.ts';
import { program } from '../support/programs.ts';
import { newKey } from '../support/sshd.ts';

const T0 = Date.UTC(2026, 0, 5, 12);
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

interface Set {
  readonly sim: SimulatedHost;
  readonly hosts: Hosts;
  readonly host: PlanHost;
  readonly events: HostEvent[];
  readonly key: string;
  readonly ref: AttemptRef;
  readonly look: (text: string, sudo?: boolean) => Promise<{ code: number; out: string; err: string }>;
  readonly run: (text: string, sudo?: boolean) => Promise<{ state: object; out: string; err: string }>;
}

async function setUp(
  commands: { readonly [name: string]: HostCommand } = {},
  more: Partial<HostOptions> = {},
): Promise<Set> {
  const key = newKey();
  const sim = await createHost({
    ...{ name: 'mgr1', address: '10.0.0.1', privateIp: '10.0.0.1', user: 'centos', authorizedKey: key.line },
    clock: { t0: T0, r0: Date.now(), k: 100 },
    commands,
    ...more,
    files: { '/var/lib/cutover/': { content: '', owner: 'centos', mode: 0o700 }, ...more.files },
  });
  cleanups.push(sim.close);
  const hosts = createHosts({ keyFor: () => key.secret, log: silent });
  cleanups.push(hosts.close);
  const events: HostEvent[] = [];
  sim.onEvent((event) => events.push(event));
  const host: PlanHost = {
    ...{ name: 'mgr1', address: '10.0.0.1', private_ip: '10.0.0.1', env: {}, state_dir: '/var/lib/cutover' },
    ssh: { host: '127.0.0.1', port: sim.port, user: 'centos' },
    host_keys: [sim.hostKey],
  };
  let upgrades = 0;
  const ref = { host, sudo: false, upgrade: 'U-1', attempt: 'U-1.a.1' };
  return {
    ...{ sim, hosts, host, events, key: key.secret, ref },
    async look(text, sudo = false) {
      const result = await hosts.look({ host, text, sudo, secrets: {} }, 3_600_000);
      if (result.kind !== 'exited') throw new Error(JSON.stringify(result));
      return { code: result.code, out: result.stdout, err: result.stderr };
    },
    async run(text, sudo = false) {
      upgrades += 1;
      const one = { host, sudo, upgrade: `R-${upgrades}`, attempt: `R-${upgrades}.a.1` };
      const limits = { epoch: 1, timeoutS: 36_000, graceS: 1 };
      expect(await hosts.start(one, { host, text, sudo, secrets: {} }, limits)).toMatchObject({
        kind: 'started',
      });
      const got = { out: [] as Uint8Array[], err: [] as Uint8Array[] };
      const { state } = await hosts.follow(one, { out: 0, err: 0 }, 36_000, (stream, bytes) =>
        got[stream].push(bytes),
      );
      return { state, out: String(Buffer.concat(got.out)), err: String(Buffer.concat(got.err)) };
    },
  };
}

const LIMITS = { epoch: 1, timeoutS: 36_000, graceS: 1 };
const begin = ({ hosts, host, ref }: Set, text: string) =>
  hosts.start(ref, { host, text, sudo: false, secrets: {} }, LIMITS);

const commandsIn = (ledger: readonly LedgerEntry[]) =>
  ledger.flatMap((entry) => (entry.kind === 'command' && entry.by !== 'person' ? [entry] : []));

const echo: HostCommand = async (args, context) => ({
  stdout: `${args.join(' ')}|${context.stdin}\n`,
  exitCode: args[0] === 'fail' ? 3 : 0,
});

describe('the ledger', () => {
  it('has every registered command with who ran it, as whom, where, and how it ended', async () => {
    const { sim, look, run } = await setUp({ cfy: echo });
    await look('cfy status');
    await run('cd /tmp; cfy fail || true; sudo cfy install', false);
    const [status, fail, install] = commandsIn(sim.ledger);
    expect(status).toMatchObject({
      ...{ name: 'cfy', argv: ['status'], known: true, by: 'look', attempt: null, root: false, exitCode: 0 },
    });
    expect(fail).toMatchObject({ by: 'start', attempt: 'R-1.a.1', root: false, cwd: '/tmp', exitCode: 3 });
    expect(install).toMatchObject({ argv: ['install'], root: true, exitCode: 0 });
    expect(install?.at).toBeGreaterThanOrEqual(T0);
  });

  it('has what changes files below absolute paths, and leaves out what only reads', async () => {
    const { sim, run } = await setUp();
    await run(
      'mkdir /tmp/d; echo a >/tmp/d/f; cat /tmp/d/f; cp /tmp/d/f /tmp/d/g; mv /tmp/d/g /tmp/d/h; chmod 600 /tmp/d/h; ' +
        'sed s/a/b/ /tmp/d/f; sed -i s/a/b/ /tmp/d/f; ls /tmp/d; grep b /tmp/d/f; rm -rf /tmp/d; touch relative',
    );
    const seen = commandsIn(sim.ledger).map(({ name, argv }) => [name, ...argv].join(' '));
    expect(seen).toEqual([
      ...['mkdir /tmp/d', 'cp /tmp/d/f /tmp/d/g', 'mv /tmp/d/g /tmp/d/h', 'chmod 600 /tmp/d/h'],
      ...['sed -i s/a/b/ /tmp/d/f', 'rm -rf /tmp/d'],
    ]);
  });

  it('has the beginning and the end of each attempt, once', async () => {
    const { sim, run, hosts, host } = await setUp();
    await run('exit 4');
    const ref = { host, sudo: false, upgrade: 'R-1', attempt: 'R-1.a.1' };
    await hosts.start(ref, { host, text: 'exit 4', sudo: false, secrets: {} }, LIMITS);
    expect(sim.ledger.filter(({ kind }) => kind.startsWith('attempt'))).toMatchObject([
      { kind: 'attempt-started', upgrade: 'R-1', attempt: 'R-1.a.1', epoch: 1, root: false },
      { kind: 'attempt-exited', upgrade: 'R-1', attempt: 'R-1.a.1', how: 'exited', code: 4 },
    ]);
  });

  it.each([
    ['plainly', 'nosuch --force'],
    ['with its complaint thrown away', 'nosuch 2>/dev/null || true'],
    ['in a pipe', 'echo x | nosuch | cat || true'],
    ['in a substitution', 'x=$(nosuch 2>/dev/null || true)'],
    ['under sudo', 'sudo nosuch || true'],
    ['by sh -c', "sh -c 'nosuch' || true"],
    ['by a variable', 'p=nosuch; $p || true'],
  ])('has a name that nobody knows, run %s', async (_, text) => {
    const { sim, run } = await setUp();
    await run(text);
    expect(commandsIn(sim.ledger)).toMatchObject([
      { name: 'nosuch', known: false, by: 'start', exitCode: 127 },
    ]);
  });

  it('does not take a question whether a program is there for a run of it', async () => {
    const { sim, run } = await setUp({ cfy: echo });
    const { out } = await run(
      'command -v nosuch || echo none; command -v cfy; [ -d /usr/bin ] && echo dir; test -x /usr/bin/nosuch || echo no',
    );
    expect(out).toBe('none\n/usr/bin/cfy\ndir\nno\n');
    expect(commandsIn(sim.ledger)).toEqual([]);
  });

  it('has no exit code for a command that was cut off', async () => {
    const set = await setUp({
      cfy: async (_, { sleep }) => {
        await sleep(36_000);
        return { exitCode: 0 };
      },
    });
    await begin(set, 'cfy wait; cfy never');
    await expect.poll(() => commandsIn(set.sim.ledger).length).toBe(1);
    await set.hosts.cancel(set.ref, 1);
    expect(commandsIn(set.sim.ledger)).toMatchObject([{ name: 'cfy', argv: ['wait'], exitCode: null }]);
  });
});

describe('rights', () => {
  it.each([
    'touch /etc/x',
    'mkdir /opt/x',
    'echo x >/etc/x',
    'echo x >>/var/lib/x',
    'rm -rf /etc/there',
    'rm -f /etc/there/file',
    'mv /etc/there /tmp/x',
    'mv /tmp /opt/tmp',
    'cp /tmp/mine /usr/bin/x',
    'chmod 777 /etc/there',
    'chown centos /etc/there',
    'ln -s /tmp /opt/link',
    'sed -i s/a/b/ /etc/there/file',
    'echo x | tee /etc/there/file',
    'tar -cf /opt/x.tar /tmp',
    'cat /root/secret',
    'cat /etc/private',
    'ls /root',
    'grep a /etc/private',
    'head -n 1 /etc/private',
    'cp /etc/private /tmp/x',
    'while read -r l; do echo "$l"; done </etc/private',
  ])('%s is denied without root', async (text) => {
    const { run } = await setUp(
      {},
      {
        files: {
          ...{ '/etc/there/file': 'a\n', '/tmp/mine': { content: 'm', owner: 'centos' } },
          ...{ '/root/secret': 'a', '/etc/private': { content: 'a\n', mode: 0o600 } },
        },
      },
    );
    const denied = await run(text);
    expect(denied.state).not.toEqual({ kind: 'exited', code: 0 });
    expect(denied.err).toMatch(/Permission denied|not permitted|No such file/);
    if (!text.startsWith('while')) expect(denied.err).toMatch(/Permission denied|not permitted/);
    const raised = await run(text, true);
    expect([raised.err, raised.state]).toEqual(['', { kind: 'exited', code: 0 }]);
  });

  it('leave the user what is his: home, /tmp, and directories that were given to him', async () => {
    const { run } = await setUp({}, { files: { '/opt/app/': { content: '', owner: 'centos' } } });
    const { state, err } = await run(
      'cd; touch a; mkdir b; mv a b/c; rm -r b; echo x >/tmp/y; rm /tmp/y; touch /opt/app/z; sudo touch /opt/app/root; cat /opt/app/root; echo x >/dev/null',
    );
    expect([err, state]).toEqual(['', { kind: 'exited', code: 0 }]);
    const denied = await run(
      'sudo touch /opt/app/theirs; sudo chmod 600 /opt/app/theirs; cat /opt/app/theirs',
    );
    expect(denied.err).toContain('Permission denied');
  });

  it('hold for registered commands through their files, and sudo in front raises them', async () => {
    const writer: HostCommand = async ([path = ''], { files, user }) => {
      await files.write(path, `by ${user}`);
      return { exitCode: 0 };
    };
    const { run, sim } = await setUp({ writer });
    const denied = await run('writer /etc/app.conf');
    expect([denied.state, denied.err]).toEqual([
      { kind: 'exited', code: 1 },
      'writer: /etc/app.conf: Permission denied\n',
    ]);
    await run('sudo -n writer /etc/app.conf');
    expect(await sim.files.readText('/etc/app.conf')).toBe('by root');
    expect(await sim.files.stat('/etc/app.conf')).toMatchObject({ owner: 'root', mode: 0o644 });
  });

  it('of owners are told by stat and changed by chown', async () => {
    const { run } = await setUp({}, { files: { '/opt/d/f': 'x' } });
    const { out } = await run(
      "stat -c '%U:%G %a' /opt/d/f; sudo chown -R cfyuser:cfygroup /opt/d; stat -c '%U:%G' /opt/d/f /opt/d/f; sudo mv /opt/d /opt/e; stat -c %U /opt/e/f",
    );
    expect(out).toBe('root:root 644\ncfyuser:cfygroup\ncfyuser:cfygroup\ncfyuser\n');
  });

  it('under a sudo that wants a password are not raised', async () => {
    const { run, hosts, host, ref } = await setUp({}, { sudo: false });
    expect((await run('sudo id || echo refused')).out).toBe('refused\n');
    expect(
      await hosts.start({ ...ref, sudo: true }, { host, text: 'id', sudo: true, secrets: {} }, LIMITS),
    ).toEqual({ kind: 'impossible', why: 'sudo: a password is required' });
  });
});

describe('events', () => {
  it('tell of a start, of each growth, and of the end, in this order', async () => {
    const { run, events } = await setUp({ cfy: echo });
    await run('echo one; cfy two; echo three >&2; exit 2');
    const told = events.filter(({ kind }) => kind.startsWith('attempt'));
    expect(told).toMatchObject([
      { kind: 'attempt-started', attempt: 'R-1.a.1' },
      { kind: 'attempt-output', outBytes: 4, errBytes: 0 },
      { kind: 'attempt-output', outBytes: 9, errBytes: 0 },
      { kind: 'attempt-output', outBytes: 9, errBytes: 6 },
      { kind: 'attempt-exited', how: 'exited', code: 2 },
    ]);
  });

  it('of an end come before anybody can know of it: who pulls the cable then has let nothing out', async () => {
    const set = await setUp();
    set.sim.onEvent(({ kind }) => {
      if (kind === 'attempt-exited') set.sim.unreachable(true);
    });
    await begin(set, 'sleep 60; exit 7');
    const followed = set.hosts.follow(set.ref, { out: 0, err: 0 }, 600, () => undefined);
    await expect(followed).rejects.toBeInstanceOf(UnreachableError);
    set.sim.unreachable(false);
    expect((await set.hosts.status(set.ref)).state).toEqual({ kind: 'exited', code: 7 });
  });

  it('of a start come before its answer: the next start of the attempt finds it known', async () => {
    const set = await setUp();
    await set.hosts.hello(set.host, false);
    set.sim.onEvent(({ kind }) => {
      if (kind === 'attempt-started') set.sim.unreachable(true);
    });
    await expect(begin(set, 'echo once >>/tmp/once; sleep 600')).rejects.toBeInstanceOf(UnreachableError);
    set.sim.unreachable(false);
    expect(await begin(set, 'echo once >>/tmp/once; sleep 600')).toMatchObject({ kind: 'known' });
    expect(await set.sim.files.readText('/tmp/once')).toBe('once\n');
  });

  it('of a growth come before its bytes', async () => {
    const set = await setUp();
    set.sim.onEvent((event) => {
      if (event.kind === 'attempt-output' && event.outBytes > 6) set.sim.unreachable(true);
    });
    await begin(set, 'sleep 30; echo first; sleep 30; echo second; sleep 600');
    const got: Uint8Array[] = [];
    const followed = set.hosts.follow(set.ref, { out: 0, err: 0 }, 600, (_, bytes) => got.push(bytes));
    await expect(followed).rejects.toBeInstanceOf(UnreachableError);
    expect(String(Buffer.concat(got))).toBe('first\n');
  });

  it('tell of connections and of a reboot', async () => {
    const { events, sim, hosts, host } = await setUp();
    await hosts.hello(host, false);
    await sim.reboot();
    expect(events.map((event) => (event.kind === 'connection' ? event.open : event.kind))).toEqual(
      expect.arrayContaining([true, false, 'reboot']),
    );
  });
});

describe('output', () => {
  const slow: HostCommand = async (_, { print, printError, sleep }) => {
    print('begin\n');
    printError('warned\n');
    await sleep(60);
    print('end\n');
    return { stdout: 'result\n', exitCode: 0 };
  };

  it('that a command prints is there before the command has ended', async () => {
    const set = await setUp({ slow });
    await begin(set, 'slow');
    await expect.poll(async () => (await set.hosts.status(set.ref)).outBytes).toBe(6);
    const got: Uint8Array[] = [];
    await set.hosts.follow(set.ref, { out: 0, err: 0 }, 1, (_, bytes) => got.push(bytes));
    expect(String(Buffer.concat(got))).toContain('begin\n');
    await set.hosts.cancel(set.ref, 1);
    expect(await set.hosts.status(set.ref)).toMatchObject({
      state: { kind: 'cancelled' },
      outBytes: 6,
      errBytes: 7,
    });
  });

  it('goes where the text sends it: pipe, substitution, file, function', async () => {
    const { run } = await setUp({ slow });
    const { out, err } = await run(
      'slow | tr a-z A-Z; x=$(slow); echo "<$x>"; slow >/tmp/f; wc -l </tmp/f; slow 2>&1 | head -n 2; f() { slow; }; f | wc -l; if slow; then echo then; fi',
    );
    expect(out).toBe(
      'BEGIN\nEND\nRESULT\n<begin\nend\nresult>\n3\nbegin\nend\n3\nbegin\nend\nresult\nthen\n',
    );
    expect(err.split('warned').length - 1).toBe(5);
  });

  it.each([
    ['if false; then echo a; elif true; then echo b | cat; else echo c; fi', 'b\n'],
    ['for i in 1 2; do echo $i; echo $i; done | sort -r | head -n 1', '2\n'],
    ['i=0; while [ $i -lt 2 ]; do i=$((i+1)); echo $i; done', '1\n2\n'],
    ['printf \'a\\nb\\n\' | while read -r l; do echo "<$l>"; done', '<a>\n<b>\n'],
    ['case abc in a*) echo match ;; *) echo no ;; esac', 'match\n'],
    ['(echo sub; exit 3) || echo "code $?"', 'sub\ncode 3\n'],
    ['{ echo a; echo b; } | wc -l', '2\n'],
    ['{ echo a; echo b >&2; } 2>&1', 'a\nb\n'],
    ['cat <<E\nhere $((1+1))\nE', 'here 2\n'],
    ['echo a && echo b || echo c; ! false && echo d', 'a\nb\nd\n'],
    ['echo x >/tmp/q; cat /tmp/q; cat </tmp/q', 'x\nx\n'],
    ['exec >/tmp/log; echo hidden', ''],
    ['f() { echo "$1"; return 4; }; f in || echo $?', 'in\n4\n'],
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: shell text
    ['x=$(echo a | tr a b); echo "${x:-none}" "${y:-none}"', 'b none\n'],
    [
      '[ "${1-}" = "" ] && f() { echo "${1:-no}"; }; f; f a; sh -c \'set -u; echo "${z:-child}"\'',
      'no\na\nchild\n',
    ],
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: shell text
    ['eval "echo evaluated"; sh -c "echo child; exit 0"', 'evaluated\nchild\n'],
    ['set -- a "b c"; for w in "$@"; do echo "[$w]"; done', '[a]\n[b c]\n'],
    ['timeout 10 echo in time; timeout 5 sleep 100 || echo $?', 'in time\n124\n'],
    ["trap 'echo bye' EXIT; echo hi", 'hi\nbye\n'],
    ['f=$(mktemp); echo x >"$f"; cat "$f"; rm "$f"', 'x\n'],
    ['id -un; sudo id -un; whoami; hostname; echo $HOME', 'centos\nroot\ncentos\nmgr1\n/home/centos\n'],
  ])('of %s is what a shell gives', async (text, expected) => {
    const { run } = await setUp();
    const { out, err, state } = await run(text);
    expect([out, err, state]).toEqual([expected, '', { kind: 'exited', code: 0 }]);
  });

  it('of a text that is no shell says so and is exit 2', async () => {
    const { run } = await setUp();
    const { state, err } = await run('if true; then echo x');
    expect(state).toEqual({ kind: 'exited', code: 2 });
    expect(err).toContain('syntax error');
  });
});

describe('time', () => {
  it('is virtual for sleep, date, commands and files', async () => {
    const seen: number[] = [];
    const nap: HostCommand = async (_, { sleep, now }) => {
      seen.push(now());
      await sleep(1800);
      seen.push(now());
      return { exitCode: 0 };
    };
    const began = Date.now();
    const { run, sim } = await setUp({ nap }, { clock: { t0: T0, r0: Date.now(), k: 3600 } });
    const { out } = await run('date +%s; sleep 1800; nap; date +%s; date -u +%F; touch /tmp/now');
    const [from = 0, to = 0, day] = out
      .split('\n')
      .map((line) => (line.includes('-') ? line : Number(line))) as [number, number, string];
    expect(to - from).toBeGreaterThanOrEqual(3600);
    expect(to - from).toBeLessThan(2 * 3600 + 3600 * 5);
    expect((seen[1] ?? 0) - (seen[0] ?? 0)).toBeGreaterThanOrEqual(1_800_000);
    expect(day).toBe('2026-01-05');
    expect((await sim.files.stat('/tmp/now'))?.changedAt).toBeGreaterThanOrEqual(T0 + 3_600_000);
    expect(Date.now() - began).toBeLessThan(10_000);
  });
});

describe('a reboot', () => {
  it('brings services up after all processes are gone and before SSH answers', async () => {
    const order: string[] = [];
    const { sim, hosts, host, ref, events } = await setUp(
      {
        nap: async (_, { sleep }) =>
          sleep(36_000).then(
            () => ({ exitCode: 0 }),
            () => {
              order.push('died');
              return { exitCode: 1 };
            },
          ),
      },
      { onReboot: () => void order.push('services') },
    );
    await hosts.start(ref, { host, text: 'nap', sudo: false, secrets: {} }, LIMITS);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const back = sim.reboot().then(() => order.push('back'));
    await expect(hosts.hello(host, false)).rejects.toBeInstanceOf(UnreachableError);
    await back;
    expect(order).toEqual(['died', 'services', 'back']);
    expect(events.some(({ kind }) => kind === 'reboot')).toBe(true);
    expect((await hosts.hello(host, false)).bootId).toBe(sim.bootId);
    expect((await sim.files.readText('/proc/sys/kernel/random/boot_id')).trim()).toBe(sim.bootId);
  });

  it('gives the same boot ids in every run, and others on another host', async () => {
    const one = await setUp();
    const two = await setUp();
    const other = await setUp({}, { name: 'mgr2' });
    expect(one.sim.bootId).toBe(two.sim.bootId);
    expect(other.sim.bootId).not.toBe(one.sim.bootId);
    const before = one.sim.bootId;
    await one.sim.reboot();
    expect(one.sim.bootId).not.toBe(before);
  });

  it('of a host that is away leaves it away', async () => {
    const { sim, hosts, host } = await setUp();
    sim.unreachable(true);
    await sim.reboot();
    await expect(hosts.hello(host, false)).rejects.toBeInstanceOf(UnreachableError);
    sim.unreachable(false);
    expect((await hosts.hello(host, false)).setsid).toBe(true);
  });
});

describe('programs', () => {
  it('that are registered with a whole path stand there and nowhere else', async () => {
    const { run, sim } = await setUp({ '/opt/manager/env/bin/python': echo });
    const { out } = await run('/opt/manager/env/bin/python -V; command -v python || echo none');
    expect(out).toBe('-V|\nnone\n');
    expect(commandsIn(sim.ledger)).toMatchObject([{ name: '/opt/manager/env/bin/python', argv: ['-V'] }]);
  });

  it('that are files with text in them run as scripts, with the commands of the host', async () => {
    const { run } = await setUp(
      { cfy: echo },
      { files: { '/opt/x/go': { content: '#!/bin/sh\ncfy "$1" $TOKEN\n', mode: 0o755 } } },
    );
    expect((await run('export TOKEN=t; /opt/x/go arg; PATH=/opt/x:$PATH; go arg')).out).toBe(
      'arg t|\narg t|\n',
    );
  });

  it('get their stdin, their environment and the attempt', async () => {
    const tell: HostCommand = async (_, { stdin, env, attempt, hostName, cwd }) => ({
      stdout: JSON.stringify([stdin, env.A, attempt, hostName, cwd]),
      exitCode: 0,
    });
    const { run } = await setUp({ tell });
    const { out } = await run('export A=1; echo in | tell');
    expect(JSON.parse(out)).toEqual(['in\n', '1', 'R-1.a.1', 'mgr1', '/home/centos']);
  });

  it('that have a fault of their own do not look like a failing step', async () => {
    const { run } = await setUp({
      broken: async () => {
        throw new TypeError('x is not a function');
      },
    });
    const { state, err } = await run('broken || true');
    expect(state).toEqual({ kind: 'exited', code: 70 });
    expect(err).toMatch(/^simulator: .*running broken/m);
  });
});

describe('a full disk', () => {
  it('starts nothing and says so', async () => {
    let free = 0;
    const set = await setUp({}, { freeMb: () => free });
    expect(await set.hosts.hello(set.host, false)).toMatchObject({ writable: false, freeMb: 0 });
    expect(await begin(set, 'true')).toMatchObject({
      kind: 'impossible',
      why: expect.stringContaining('full'),
    });
    free = 50;
    expect(await begin(set, 'true')).toMatchObject({ kind: 'started' });
  });
});

describe('a person with ssh', () => {
  it('is served like on any host, noted as a person, and can find a step by hand', async () => {
    const set = await setUp({ cfy: echo });
    await begin(set, 'echo working; sleep 36000');
    const directory = mkdtempSync(join(tmpdir(), 'cutover-ssh-'));
    cleanups.push(async () => rmSync(directory, { recursive: true, force: true }));
    writeFileSync(join(directory, 'key'), set.key);
    chmodSync(join(directory, 'key'), 0o600);
    writeFileSync(join(directory, 'known'), `[127.0.0.1]:${set.sim.port} ${set.sim.hostKey}\n`);
    const ssh = async (line: string, input = '', user = 'centos') => {
      const { spawn } = await import('node:child_process');
      const child = spawn(program('ssh', 'openssh-client'), [
        ...[
          '-F',
          'none',
          '-i',
          join(directory, 'key'),
          '-o',
          `UserKnownHostsFile=${join(directory, 'known')}`,
        ],
        ...[
          '-o',
          'StrictHostKeyChecking=yes',
          '-o',
          'BatchMode=yes',
          '-p',
          String(set.sim.port),
          `${user}@127.0.0.1`,
          line,
        ],
      ]);
      child.stdin.end(input);
      const out: Buffer[] = [];
      child.stdout.on('data', (bytes: Buffer) => out.push(bytes));
      const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
      return { code, out: String(Buffer.concat(out)) };
    };
    expect(await ssh('cat; cfy x; exit 5', 'typed\n')).toEqual({ code: 5, out: 'typed\nx|typed\n\n' });
    expect(await ssh('cat /var/lib/cutover/runs/U-1/*/out; ls /var/lib/cutover/runs/U-1/U-1.a.1')).toEqual({
      ...{ code: 0, out: 'working\ncmd\nerr\nout\nown\npid\n' },
    });
    expect((await ssh('true', '', 'root')).code).toBe(255);
    expect(set.sim.ledger).toContainEqual(
      expect.objectContaining({ name: 'cfy', by: 'person', attempt: null }),
    );
  });
});

describe('the real machine', () => {
  it('is out of reach: no file of it can be read or made', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'cutover-real-'));
    cleanups.push(async () => rmSync(directory, { recursive: true, force: true }));
    writeFileSync(join(directory, 'f'), 'real');
    const { run } = await setUp();
    await run(
      `cat ${directory}/f; cat /etc/hostname; mkdir -p ${directory}/made; echo x >${directory}/made/y`,
      true,
    );
    expect(spawnSync('ls', [directory], { encoding: 'utf8' }).stdout).toBe('f\n');
  });
});
