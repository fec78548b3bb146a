/**
 * What every implementation of `Hosts` must do, run against the real launcher on a real sshd and against the
 * simulated host. Seconds in the texts of steps are the host's own: a simulated host may run faster.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlanHost } from '../../src/core/plan.ts';
import { readLauncher, rootOf, scriptInput } from '../../src/ports/launcher-text.ts';
import type { Hosts } from '../../src/ports/ports.ts';
import {
  type AttemptRef,
  type AttemptReport,
  type AttemptState,
  type HostCommand,
  type Log,
  UnreachableError,
} from '../../src/ports/ports.ts';
import { createHosts } from '../../src/ports/ssh.ts';
import { createCalls } from '../../src/ports/ssh-calls.ts';
import { newKey } from './sshd.ts';

export interface HostUnderTest {
  readonly host: PlanHost;
  /** Private key that `host` accepts. */
  readonly clientKey: string;
  /** An empty directory that the user may write. */
  readonly scratch: string;
  readonly read: (path: string) => Promise<Uint8Array | undefined>;
  readonly write: (path: string, content: string) => Promise<void>;
  readonly makeDirectory: (path: string) => Promise<void>;
  readonly mode: (path: string) => Promise<number>;
  /** Nobody asked for it: all processes of steps die, the boot id changes. */
  readonly reboot: () => Promise<void>;
  /** How often the host was rebooted because the launcher said so. */
  readonly askedReboots: () => Promise<number>;
  /** As `kill -9`, in this order. */
  readonly kill: (...pids: readonly number[]) => void;
  readonly unreachable: (on: boolean) => Promise<void>;
  /** Places where a text stands: files below the state directory, arguments of processes. */
  readonly placesOf: (text: string) => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
}

export const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function* pieces(...all: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* all;
}

async function gather(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const bytes of source) chunks.push(bytes);
  return Buffer.concat(chunks);
}

/** All bytes, and bytes that no text encoding leaves alone; two lines of text at the end. */
const BINARY = Buffer.concat([
  Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
  Buffer.from([0xc3, 0x28, 0xff, 0x00, 0x0a, 0x0d, 0x0a]),
  Buffer.from('ä€😀\nend'),
]);

export function hostsContract(name: string, make: () => Promise<HostUnderTest>): void {
  describe(`Hosts: ${name}`, () => {
    let under: HostUnderTest;
    let hosts: Hosts;
    let host: PlanHost;
    let upgrades = 0;
    const clients: Hosts[] = [];

    const connect = (): Hosts => {
      const client = createHosts({ keyFor: () => under.clientKey, log: silent });
      clients.push(client);
      return client;
    };
    beforeAll(async () => {
      under = await make();
      host = under.host;
      hosts = connect();
    });
    afterAll(async () => {
      for (const client of clients) await client.close();
      await under?.close();
    });

    const LIMITS = { epoch: 1, timeoutS: 120, graceS: 1 };
    /** A new upgrade each: other attempts of the same one would be in the way. */
    const fresh = (step = 'a', more: Partial<AttemptRef> = {}): AttemptRef => {
      upgrades += 1;
      const upgrade = `U-${upgrades}`;
      return { host, sudo: false, upgrade, attempt: `${upgrade}.${step}.1`, ...more };
    };
    const sibling = (ref: AttemptRef, step: string): AttemptRef => ({
      ...ref,
      attempt: `${ref.upgrade}.${step}.1`,
    });
    const text = (line: string, more: Partial<HostCommand> = {}): HostCommand => ({
      ...{ host, text: line, sudo: false, secrets: {} },
      ...more,
    });
    const start = (ref: AttemptRef, line: string, limits: Partial<typeof LIMITS> = {}) =>
      hosts.start(ref, text(line, { sudo: ref.sudo }), { ...LIMITS, ...limits });
    const follow = async (ref: AttemptRef, from = { out: 0, err: 0 }, maxS = 60, client = hosts) => {
      const got = { out: [] as Uint8Array[], err: [] as Uint8Array[] };
      const report = await client.follow(ref, from, maxS, (stream, bytes) => got[stream].push(bytes));
      return { report, out: Buffer.concat(got.out), err: Buffer.concat(got.err) };
    };
    const finish = async (ref: AttemptRef, line: string, limits: Partial<typeof LIMITS> = {}) => {
      expect(await start(ref, line, limits)).toMatchObject({ kind: 'started' });
      return follow(ref);
    };
    const until = async (
      ref: AttemptRef,
      enough: (report: AttemptReport) => boolean,
    ): Promise<AttemptReport> => {
      for (let tries = 0; tries < 200; tries += 1) {
        const report = await hosts.status(ref);
        if (enough(report)) return report;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error(`waiting for ${ref.attempt}: ${JSON.stringify(await hosts.status(ref))}`);
    };
    const runDirectory = ({ sudo, upgrade, attempt }: AttemptRef) =>
      `${rootOf(host.state_dir, sudo)}/runs/${upgrade}/${attempt}`;
    const pidsOf = async (ref: AttemptRef): Promise<[supervisor: number, step: number]> => {
      const line = Buffer.from((await under.read(`${runDirectory(ref)}/pid`)) ?? []).toString();
      const [supervisor, , step] = line.split(' ').map(Number);
      if (!supervisor || !step) throw new Error(`reading the numbers of ${ref.attempt}: '${line}'`);
      return [supervisor, step];
    };

    describe('hello', () => {
      it('tells who we are, the boot, and whether a step can be started', async () => {
        const facts = await hosts.hello(host, false);
        expect(facts).toMatchObject({ user: host.ssh.user, setsid: true, writable: true });
        expect(facts.bootId).toMatch(/^[0-9a-f-]{36}$/);
        expect(facts.freeMb).toBeGreaterThan(10);
      });

      it('says that nothing can be written where that is so, and starts nothing there', async () => {
        const there = { ...host, state_dir: '/proc/cutover' };
        expect(await hosts.hello(there, false)).toMatchObject({ setsid: true, writable: false });
        const ref = fresh('a', { host: there });
        expect(await start(ref, 'true')).toMatchObject({ kind: 'impossible' });
      });
    });

    describe('start', () => {
      it('runs the text, keeps out and err apart and its exit code', async () => {
        const ref = fresh();
        const { report, out, err } = await finish(ref, 'echo one\necho two >&2\necho three; exit 3');
        expect({ out: String(out), err: String(err) }).toEqual({ out: 'one\nthree\n', err: 'two\n' });
        expect(report).toMatchObject({ state: { kind: 'exited', code: 3 }, outBytes: 10, errBytes: 4 });
      });

      it('of one attempt forty times at once over five connections runs it once', async () => {
        const ref = fresh();
        const line = `echo ran >>${under.scratch}/once\nsleep 1`;
        const five = Array.from({ length: 5 }, connect);
        const answers = await Promise.all(
          Array.from({ length: 40 }, (_, at) => (five[at % 5] as Hosts).start(ref, text(line), LIMITS)),
        );
        expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(['started', 'known']));
        expect((await follow(ref)).report.state).toEqual({ kind: 'exited', code: 0 });
        expect(String(Buffer.from((await under.read(`${under.scratch}/once`)) ?? []))).toBe('ran\n');
      });

      it('of a known attempt with the same text answers known, while it runs and after it', async () => {
        const ref = fresh();
        const line = `echo again >>${under.scratch}/known; sleep 2`;
        expect(await start(ref, line)).toMatchObject({ kind: 'started' });
        expect(await start(ref, line)).toMatchObject({
          kind: 'known',
          report: { state: { kind: 'running' } },
        });
        await follow(ref);
        const after = await start(ref, line);
        expect(after).toMatchObject({ kind: 'known', report: { state: { kind: 'exited', code: 0 } } });
        expect(String(Buffer.from((await under.read(`${under.scratch}/known`)) ?? []))).toBe('again\n');
      });

      it('of a known attempt with another text is a conflict and changes nothing', async () => {
        const ref = fresh();
        await finish(ref, 'echo first');
        expect(await start(ref, `touch ${under.scratch}/conflict`)).toEqual({ kind: 'conflict' });
        expect(await start(ref, 'echo first ')).toEqual({ kind: 'conflict' });
        expect(String((await follow(ref)).out)).toBe('first\n');
        expect(await under.read(`${under.scratch}/conflict`)).toBeUndefined();
      });

      it('while another attempt of the upgrade is alive names that one, and works when it has ended', async () => {
        const first = fresh('copy[mgr]');
        const second = sibling(first, 'b');
        expect(await start(first, 'sleep 2')).toMatchObject({ kind: 'started' });
        expect(await start(second, 'echo second')).toEqual({ kind: 'busy', attempt: first.attempt });
        await follow(first);
        expect(String((await finish(second, 'echo second')).out)).toBe('second\n');
      });

      it('of two attempts of one upgrade at the same moment never starts both', async () => {
        const clients = [hosts, connect()];
        for (const client of clients) await client.hello(host, false);
        for (let round = 0; round < 4; round += 1) {
          const first = fresh('a');
          const both = [first, sibling(first, 'b')];
          const file = `${under.scratch}/both-${round}`;
          const answers = await Promise.all(
            both.map((ref, at) =>
              (clients[at] as Hosts).start(ref, text(`echo x >>${file}; sleep 1.5`), LIMITS),
            ),
          );
          for (const ref of both) await follow(ref);
          const started = answers.filter(({ kind }) => kind === 'started').length;
          expect(started).toBeLessThanOrEqual(1);
          expect(answers.every(({ kind }) => kind === 'started' || kind === 'busy')).toBe(true);
          const ran = String(Buffer.from((await under.read(file)) ?? []));
          expect(ran).toBe('x\n'.repeat(started));
        }
      });

      it('with an older epoch than the host has seen is stale, and nothing is started', async () => {
        const ref = fresh();
        const later = sibling(ref, 'b');
        await hosts.start(ref, text('true'), { ...LIMITS, epoch: 7 });
        await follow(ref);
        const line = `touch ${under.scratch}/stale`;
        expect(await start(later, line, { epoch: 6 })).toEqual({ kind: 'stale', epoch: 7 });
        expect(await start(later, line, { epoch: 1 })).toEqual({ kind: 'stale', epoch: 7 });
        expect(await hosts.reboot(later, 6)).toMatchObject({ refused: expect.stringContaining('7') });
        expect(await under.read(`${under.scratch}/stale`)).toBeUndefined();
        expect((await hosts.status(later)).state.kind).toMatch(/^(absent|ready)$/);
        expect(await start(later, 'true', { epoch: 10 })).toMatchObject({ kind: 'started' });
      });

      it('stops at the first failing command and at a name that is not set', async () => {
        const failing = await finish(fresh(), 'echo before; false; echo after');
        expect(String(failing.out)).toBe('before\n');
        expect(failing.report.state).toEqual({ kind: 'exited', code: 1 });
        const unset = await finish(fresh(), 'echo before; echo "$CUTOVER_NOT_SET"; echo after');
        expect(String(unset.out)).toBe('before\n');
        expect(unset.report.state).toMatchObject({ kind: 'exited' });
        expect(unset.report.state).not.toEqual({ kind: 'exited', code: 0 });
      });

      it('of a text that was cut short starts nothing, wherever it was cut', async () => {
        const calls = createCalls(readLauncher(), () => under.clientKey, silent);
        const ref = fresh();
        const command = text(`touch ${under.scratch}/cut\ntouch ${under.scratch}/cut2`, {
          secrets: { TOKEN: 's3cret' },
        });
        const whole = scriptInput(command);
        try {
          for (const size of [0, 1, 5, whole.length - 60, whole.length - 20, whole.length - 1]) {
            const { code, stderr } = await calls.call(host, {
              ...{ sudo: false, stdin: whole.subarray(0, size), limitMs: 20_000 },
              args: ['start', ref.upgrade, ref.attempt, 1, 60, 1],
            });
            expect([size, code, stderr]).toEqual([
              size,
              expect.toBeOneOf([64, 74]),
              expect.stringContaining('launcher: '),
            ]);
          }
        } finally {
          calls.close();
        }
        expect(await under.read(`${under.scratch}/cut`)).toBeUndefined();
        expect((await hosts.status(ref)).state).toEqual({ kind: 'absent' });
      });

      it('under sudo keeps its attempts apart from those without', async () => {
        const ref = fresh();
        await finish(ref, 'echo plain');
        const raised = { ...ref, sudo: true };
        expect((await hosts.status(raised)).state).toEqual({ kind: 'absent' });
        expect(String((await finish(raised, 'id -u')).out)).toBe('0\n');
      });
    });

    describe('the environment of a step', () => {
      it('has what the host exports, whatever characters are in it', async () => {
        const value = `two words 'single' "double" $HOME \`x\` \\ \n second line`;
        const there = { ...host, env: { CFY_WORKDIR: value, EMPTY: '' } };
        const ref = fresh();
        const line = 'printf "%s|%s" "$CFY_WORKDIR" "$EMPTY"';
        await hosts.start(ref, { host: there, text: line, sudo: false, secrets: {} }, LIMITS);
        expect(String((await follow(ref)).out)).toBe(`${value}|`);
        const looked = await hosts.look({ host: there, text: line, sudo: false, secrets: {} }, 20_000);
        expect(looked).toMatchObject({ kind: 'exited', code: 0, stdout: `${value}|` });
      });

      it('has the secrets, and they stand in no file and no argument list', async () => {
        const secret = `s3cret-${name.length}'"$x\\y`;
        const ref = fresh();
        const line = 'sh -c \'printf %s "$TOKEN" | wc -c\'; sleep 2';
        await hosts.start(ref, text(line, { secrets: { TOKEN: secret } }), LIMITS);
        await until(ref, ({ outBytes }) => outBytes > 0);
        expect(await under.placesOf('s3cret-')).toEqual([]);
        expect(String((await follow(ref)).out).trim()).toBe(String(secret.length));
        expect(await under.placesOf('s3cret-')).toEqual([]);
        const looking = hosts.look(
          text('sleep 1; printf %s "$TOKEN" | wc -c', { secrets: { TOKEN: secret } }),
          20_000,
        );
        await new Promise((resolve) => setTimeout(resolve, 20));
        expect(await under.placesOf('s3cret-')).toEqual([]);
        const looked = await looking;
        expect(looked).toMatchObject({ kind: 'exited', code: 0 });
        expect(looked.kind === 'exited' && looked.stdout.trim()).toBe(String(secret.length));
      });

      it('does not keep the secrets of one start for the next', async () => {
        await hosts.look(text('true', { secrets: { TOKEN: 'x' } }), 20_000);
        const { out } = await finish(fresh(), 'env | grep TOKEN || echo none');
        expect(String(out)).toBe('none\n');
      });
    });

    describe('follow', () => {
      it('hands on exact bytes, and from any offset just the rest', async () => {
        const path = `${under.scratch}/binary`;
        await hosts.write(host, false, path, pieces(BINARY), {
          ...{ kind: 'file', replace: false, mode: '0600', owner: null, bytes: BINARY.length },
          sha256: sha256(BINARY),
        });
        const ref = fresh();
        const { out, err } = await finish(ref, `cat ${path}; cat ${path} >&2`);
        expect(out.equals(BINARY)).toBe(true);
        expect(err.equals(BINARY)).toBe(true);
        const size = BINARY.length;
        for (const [o, e] of [
          [0, size],
          [size, 0],
          [1, 2],
          [128, size - 1],
          [size, size],
        ] as const) {
          const part = await follow(ref, { out: o, err: e });
          expect([o, part.out.equals(BINARY.subarray(o))]).toEqual([o, true]);
          expect([e, part.err.equals(BINARY.subarray(e))]).toEqual([e, true]);
        }
      });

      it('from behind the end is an error: our offsets belong to another host or another attempt', async () => {
        const ref = fresh();
        await finish(ref, 'echo x');
        await expect(follow(ref, { out: 3, err: 0 })).rejects.toThrow(/offset|bytes are there/);
        await expect(follow(ref, { out: 0, err: 1 })).rejects.toThrow(/offset|bytes are there/);
      });

      it('stops after its time with the attempt still running, and goes on where it stopped', async () => {
        const ref = fresh();
        await start(ref, 'echo early; sleep 4; echo late');
        const first = await follow(ref, { out: 0, err: 0 }, 1);
        expect(String(first.out)).toBe('early\n');
        expect(first.report.state).toEqual({ kind: 'running' });
        const second = await follow(ref, { out: first.out.length, err: first.err.length });
        expect(String(second.out)).toBe('late\n');
        expect(second.report.state).toEqual({ kind: 'exited', code: 0 });
      });

      it('loses and doubles no byte when the client goes away again and again', async () => {
        const ref = fresh();
        const lines = 60;
        await start(
          ref,
          `i=0; while [ $i -lt ${lines} ]; do i=$((i + 1)); echo "line $i ä"; echo "err $i" >&2; sleep 0.1; done`,
        );
        const got = { out: [] as Uint8Array[], err: [] as Uint8Array[] };
        let breaks = 0;
        for (;;) {
          const client = connect();
          const size = { out: Buffer.concat(got.out).length, err: Buffer.concat(got.err).length };
          let chunks = 0;
          try {
            const { state } = await client.follow(ref, size, 60, (stream, bytes) => {
              got[stream].push(bytes);
              chunks += 1;
              if (chunks === 4) void client.close();
            });
            if (state.kind !== 'running') break;
          } catch (error) {
            expect(error).toBeInstanceOf(UnreachableError);
            breaks += 1;
          }
        }
        expect(breaks).toBeGreaterThan(2);
        const numbers = Array.from({ length: lines }, (_, at) => at + 1);
        expect(String(Buffer.concat(got.out))).toBe(numbers.map((at) => `line ${at} ä\n`).join(''));
        expect(String(Buffer.concat(got.err))).toBe(numbers.map((at) => `err ${at}\n`).join(''));
      });

      it('of an attempt that was never heard of says absent', async () => {
        const { report, out } = await follow(fresh());
        expect([report.state, out.length]).toEqual([{ kind: 'absent' }, 0]);
      });
    });

    describe('the outcome', () => {
      it.each([0, 1, 2, 124, 127, 255])('exit %i is told as it is', async (code) => {
        expect((await finish(fresh(), `exit ${code}`)).report.state).toEqual({ kind: 'exited', code });
      });

      it.each([
        ['KILL', 137],
        ['TERM', 143],
      ])('death by SIG%s is told as %i', async (signal, code) => {
        const { report, out } = await finish(fresh(), `echo before; kill -${signal} $$; sleep 5; echo after`);
        expect(report.state).toEqual({ kind: 'exited', code });
        expect(String(out)).toBe('before\n');
      });

      it('after the timeout is timed-out, with the output until then', async () => {
        const ref = fresh();
        const { report, out } = await finish(ref, 'echo before; sleep 100; echo after', { timeoutS: 1 });
        expect(report.state).toEqual({ kind: 'timed-out' });
        expect(String(out)).toBe('before\n');
      });

      it('a text that ignores INT and TERM is ended by its timeout all the same', async () => {
        const { report } = await finish(
          fresh(),
          "trap '' INT TERM; echo stubborn; while :; do sleep 0.2; done",
          { timeoutS: 1 },
        );
        expect(report.state).toEqual({ kind: 'timed-out' });
      });

      it('of a cancelled attempt is cancelled, and a polite one gets to say goodbye', async () => {
        const ref = fresh();
        await start(ref, "trap 'echo bye; exit 3' INT; echo hi; while :; do sleep 0.2; done", {});
        await until(ref, ({ outBytes }) => outBytes > 0);
        const cancelled = await hosts.cancel(ref, 5);
        expect(cancelled).toMatchObject({ state: { kind: 'cancelled' }, gone: 'yes' });
        expect(String((await follow(ref)).out)).toBe('hi\nbye\n');
        expect(await hosts.cancel(ref, 1)).toMatchObject({ state: { kind: 'cancelled' }, gone: 'yes' });
      });

      it('of a cancelled tree that ignores INT and TERM is cancelled too, and nothing of it is left', async () => {
        const ref = fresh();
        await start(
          ref,
          `trap '' INT TERM; echo hi; while :; do sleep 0.2; echo x >>${under.scratch}/left; done`,
        );
        await until(ref, ({ outBytes }) => outBytes > 0);
        expect(await hosts.cancel(ref, 1)).toMatchObject({ state: { kind: 'cancelled' }, gone: 'yes' });
        const size = (await under.read(`${under.scratch}/left`))?.length;
        await new Promise((resolve) => setTimeout(resolve, 600));
        expect((await under.read(`${under.scratch}/left`))?.length).toBe(size);
      });

      it('of an attempt that ended before it was cancelled stays what it was', async () => {
        const ref = fresh();
        await finish(ref, 'exit 4');
        expect(await hosts.cancel(ref, 1)).toMatchObject({ state: { kind: 'exited', code: 4 }, gone: 'yes' });
        expect(await hosts.cancel(fresh(), 1)).toMatchObject({ state: { kind: 'absent' }, gone: 'yes' });
      });
    });

    describe('the state', () => {
      const live = async (): Promise<AttemptRef> => {
        const ref = fresh();
        await start(ref, 'echo on; sleep 60');
        await until(ref, ({ outBytes }) => outBytes > 0);
        return ref;
      };
      /** One way to reach each state; the type wants all of them. */
      const ways: { readonly [kind in AttemptState['kind']]: () => Promise<AttemptRef> } = {
        absent: async () => fresh(),
        ready: async () => {
          const ref = fresh();
          await under.makeDirectory(runDirectory(ref));
          await under.write(`${runDirectory(ref)}/cmd`, 'true');
          return ref;
        },
        claimed: async () => {
          const ref = await ways.ready();
          await under.makeDirectory(`${runDirectory(ref)}/own`);
          return ref;
        },
        running: live,
        exited: async () => {
          const ref = fresh();
          await finish(ref, 'true');
          return ref;
        },
        'timed-out': async () => {
          const ref = fresh();
          await finish(ref, 'sleep 60', { timeoutS: 1 });
          return ref;
        },
        cancelled: async () => {
          const ref = await live();
          await hosts.cancel(ref, 1);
          return ref;
        },
        vanished: async () => {
          const ref = await live();
          under.kill(...(await pidsOf(ref)));
          return ref;
        },
        rebooted: async () => {
          const ref = await live();
          await under.reboot();
          return ref;
        },
      };

      it.each(Object.keys(ways) as AttemptState['kind'][])('%s is reached and told', async (kind) => {
        const ref = await ways[kind]();
        const report = await until(ref, ({ state }) => state.kind === kind);
        expect(report.state).toEqual(kind === 'exited' ? { kind, code: 0 } : { kind });
        if (kind === 'running') await hosts.cancel(ref, 1);
      });

      it('of an attempt whose supervisor alone was killed is running as long as the step lives', async () => {
        const ref = fresh();
        await start(ref, 'echo on; sleep 2');
        await until(ref, ({ outBytes }) => outBytes > 0);
        const [supervisor] = await pidsOf(ref);
        under.kill(supervisor);
        expect((await hosts.status(ref)).state).toEqual({ kind: 'running' });
        await until(ref, ({ state }) => state.kind === 'vanished');
      });

      it('of an attempt whose step alone was killed is an exit by that signal', async () => {
        const ref = await live();
        const [, step] = await pidsOf(ref);
        under.kill(step);
        await until(ref, ({ state }) => state.kind === 'exited' && state.code === 137);
      });

      it('of an attempt under which the host rebooted keeps its output and is not run again', async () => {
        const ref = fresh();
        const line = `echo kept; echo x >>${under.scratch}/rebooted; sleep 60`;
        await start(ref, line);
        await until(ref, ({ outBytes }) => outBytes > 0);
        const before = (await hosts.hello(host, false)).bootId;
        await under.reboot();
        const { report, out } = await follow(ref);
        expect(report.state).toEqual({ kind: 'rebooted' });
        expect(report.bootId).not.toBe(before);
        expect(String(out)).toBe('kept\n');
        expect(await start(ref, line)).toMatchObject({
          kind: 'known',
          report: { state: { kind: 'rebooted' } },
        });
        expect(String(Buffer.from((await under.read(`${under.scratch}/rebooted`)) ?? []))).toBe('x\n');
      });

      it('of an attempt that ended before the reboot stays its outcome', async () => {
        const ref = fresh();
        await finish(ref, 'exit 5');
        await under.reboot();
        expect((await hosts.status(ref)).state).toEqual({ kind: 'exited', code: 5 });
      });

      it('ready, claimed and vanished are not live: another attempt of the upgrade may start', async () => {
        for (const kind of ['ready', 'vanished'] as const) {
          const ref = await ways[kind]();
          expect(await start(sibling(ref, 'b'), 'true')).toMatchObject({ kind: 'started' });
        }
      });
    });

    describe('reboot', () => {
      it('happens once though it was asked three times, and is answered with rebooted afterwards', async () => {
        const ref = fresh('boot', { sudo: true });
        const asked = await under.askedReboots();
        const { bootId } = await hosts.hello(host, false);
        const answers = [await hosts.reboot(ref, 1), await hosts.reboot(ref, 1)];
        expect(answers).toEqual(['rebooting', 'rebooting']);
        for (let tries = 0; ; tries += 1) {
          const now = await hosts.hello(host, false).catch((error) => {
            expect(error).toBeInstanceOf(UnreachableError);
            return undefined;
          });
          if (now !== undefined && now.bootId !== bootId) break;
          if (tries > 200) throw new Error('waiting for the reboot: the boot id stays the same');
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        expect(await hosts.reboot(ref, 1)).toBe('rebooted');
        expect((await hosts.status(ref)).state).toEqual({ kind: 'rebooted' });
        expect(await under.askedReboots()).toBe(asked + 1);
      });

      it('is refused while an attempt of the upgrade is alive', async () => {
        const step = fresh('step', { sudo: true });
        await start(step, 'echo on; sleep 60');
        const asked = await under.askedReboots();
        expect(await hosts.reboot(sibling(step, 'boot'), 1)).toMatchObject({
          refused: expect.stringContaining(step.attempt),
        });
        await hosts.cancel(step, 1);
        expect(await under.askedReboots()).toBe(asked);
      });
    });

    describe('look', () => {
      it('gives the exit code and both streams', async () => {
        expect(await hosts.look(text('echo out; echo err >&2; exit 5'), 20_000)).toEqual({
          ...{ kind: 'exited', code: 5, stdout: 'out\n', stderr: 'err\n' },
        });
        expect(await hosts.look(text('false; echo not here'), 20_000)).toMatchObject({ code: 1, stdout: '' });
      });

      it('that takes too long is timed-out with what it said until then', async () => {
        const result = await hosts.look(text('echo before; sleep 100; echo after'), 1000);
        expect(result).toMatchObject({ kind: 'timed-out', stdout: 'before\n' });
      });

      it('may run while a step runs, and many at once', async () => {
        const ref = fresh();
        await start(ref, 'sleep 2');
        const looks = Array.from({ length: 20 }, (_, at) => hosts.look(text(`echo ${at}`), 30_000));
        expect(await Promise.all(looks)).toEqual(
          Array.from({ length: 20 }, (_, at) => ({ kind: 'exited', code: 0, stdout: `${at}\n`, stderr: '' })),
        );
        await follow(ref);
      });

      it('at a host with another key than the pinned one says so, and every other call refuses too', async () => {
        const other: PlanHost = { ...host, host_keys: [newKey().line] };
        const result = await hosts.look({ host: other, text: 'true', sudo: false, secrets: {} }, 20_000);
        expect(result).toMatchObject({
          kind: 'unreachable',
          changedKey: true,
          why: expect.stringContaining('SHA256:'),
        });
        await expect(hosts.status(fresh('a', { host: other }))).rejects.toMatchObject({ changedKey: true });
        const none: PlanHost = { ...host, host_keys: [] };
        await expect(hosts.hello(none, false)).rejects.toMatchObject({ changedKey: true });
      });

      it('at a host that is away says so, and calls throw until it is back', async () => {
        const ref = fresh();
        await finish(ref, 'echo stays');
        await under.unreachable(true);
        try {
          expect(await hosts.look(text('true'), 20_000)).toMatchObject({
            kind: 'unreachable',
            changedKey: false,
          });
          await expect(hosts.status(ref)).rejects.toBeInstanceOf(UnreachableError);
          await expect(start(fresh(), 'true')).rejects.toBeInstanceOf(UnreachableError);
          await expect(follow(ref)).rejects.toBeInstanceOf(UnreachableError);
        } finally {
          await under.unreachable(false);
        }
        expect(String((await follow(ref)).out)).toBe('stays\n');
      });

      it('with a key that the host does not accept says so', async () => {
        const stranger = createHosts({ keyFor: () => newKey().secret, log: silent });
        clients.push(stranger);
        expect(await stranger.look(text('true'), 20_000)).toMatchObject({
          ...{ kind: 'unreachable', changedKey: false, why: expect.stringContaining('key') },
        });
      });
    });

    describe('files', () => {
      const put = (path: string, bytes: Uint8Array, more: object = {}) =>
        hosts.write(host, false, path, pieces(bytes.subarray(0, 3), bytes.subarray(3)), {
          ...{ kind: 'file', replace: false, mode: '0640', owner: null },
          ...{ bytes: bytes.length, sha256: sha256(bytes), ...more },
        });
      const at = (file: string) => `${under.scratch}/${file}`;
      const bytesAt = async (file: string) => Buffer.from((await under.read(at(file))) ?? []);

      it('arrive as they are, with their mode, and can be measured and read', async () => {
        await put(at('f1'), BINARY);
        expect((await bytesAt('f1')).equals(BINARY)).toBe(true);
        expect((await under.mode(at('f1'))).toString(8)).toBe('640');
        expect(await hosts.stat(host, false, at('f1'))).toEqual({
          ...{ kind: 'file', bytes: BINARY.length, sha256: sha256(BINARY) },
        });
        expect((await gather(hosts.read(host, false, at('f1')))).equals(BINARY)).toBe(true);
      });

      it('that are not there are absent, and reading them fails', async () => {
        expect(await hosts.stat(host, false, at('nothing'))).toEqual({
          kind: 'absent',
          bytes: 0,
          sha256: '',
        });
        await expect(gather(hosts.read(host, false, at('nothing')))).rejects.toThrow(/not there/);
      });

      it('that differ are left alone, unless they are to be replaced', async () => {
        await put(at('f2'), Buffer.from('old text'));
        await expect(put(at('f2'), Buffer.from('new text'))).rejects.toThrow(/nothing was changed/);
        expect(String(await bytesAt('f2'))).toBe('old text');
        await put(at('f2'), Buffer.from('old text'));
        await put(at('f2'), Buffer.from('new text'), { replace: true, mode: '0600' });
        expect(String(await bytesAt('f2'))).toBe('new text');
        expect((await under.mode(at('f2'))).toString(8)).toBe('600');
      });

      it('whose digest is another change nothing, and both digests are named', async () => {
        const wrong = sha256(Buffer.from('something else'));
        const told = put(at('f3'), Buffer.from('some text'), { sha256: wrong });
        await expect(told).rejects.toThrow(wrong);
        await expect(put(at('f3'), Buffer.from('some text'), { sha256: wrong })).rejects.toThrow(
          sha256(Buffer.from('some text')),
        );
        expect(await hosts.stat(host, false, at('f3'))).toMatchObject({ kind: 'absent' });
        await put(at('f4'), Buffer.from('kept'));
        await expect(put(at('f4'), Buffer.from('x'), { sha256: wrong, replace: true })).rejects.toThrow(
          wrong,
        );
        expect(String(await bytesAt('f4'))).toBe('kept');
      });

      it('whose source breaks off change nothing', async () => {
        async function* broken() {
          yield Buffer.from('half');
          throw new Error('the vault broke');
        }
        const half = { bytes: 8, sha256: sha256(Buffer.from('halfhalf')), owner: null, mode: '0600' };
        const told = hosts.write(host, false, at('f5'), broken(), { ...half, kind: 'file', replace: false });
        await expect(told).rejects.toThrow();
        expect(await hosts.stat(host, false, at('f5'))).toMatchObject({ kind: 'absent' });
      });

      it('in a directory below the state directory get it made; elsewhere it must be there', async () => {
        const path = `${host.state_dir}/U-900/deep/file`;
        await put(path, Buffer.from('x'));
        expect(await hosts.stat(host, false, path)).toMatchObject({ kind: 'file', bytes: 1 });
        await expect(put(at('missing/dir/file'), Buffer.from('x'))).rejects.toThrow();
      });

      it('in directories travel as one tar that is the same for the same tree', async () => {
        await under.makeDirectory(at('tree/sub'));
        await under.write(at('tree/b'), 'b');
        await under.write(at('tree/sub/a file'), 'in a sub directory');
        await under.write(at('tree/empty'), '');
        const stat = await hosts.stat(host, false, at('tree'));
        const tar = await gather(hosts.read(host, false, at('tree')));
        expect(stat).toEqual({ kind: 'dir', bytes: tar.length, sha256: sha256(tar) });
        expect(sha256(await gather(hosts.read(host, false, at('tree'))))).toBe(stat.sha256);

        const directory = mkdtempSync(join(tmpdir(), 'cutover-tar-'));
        writeFileSync(join(directory, 't.tar'), tar);
        const listed = spawnSync('tar', ['-tf', join(directory, 't.tar')], { encoding: 'utf8' });
        rmSync(directory, { recursive: true });
        expect([listed.stderr, listed.stdout.trim().split('\n')]).toEqual([
          '',
          ['./', './b', './empty', './sub/', './sub/a file'],
        ]);

        const copy = { ...stat, kind: 'dir' as const, replace: false, mode: '0755', owner: null };
        await hosts.write(host, false, at('copy'), pieces(tar.subarray(0, 700), tar.subarray(700)), copy);
        expect(await hosts.stat(host, false, at('copy'))).toEqual(stat);
        expect(String(await bytesAt('copy/sub/a file'))).toBe('in a sub directory');
        await hosts.write(host, false, at('copy'), pieces(tar), copy);
        await under.write(at('copy/b'), 'B');
        expect((await hosts.stat(host, false, at('copy'))).sha256).not.toBe(stat.sha256);
        await expect(hosts.write(host, false, at('copy'), pieces(tar), copy)).rejects.toThrow(
          /nothing was changed/,
        );
        expect(String(await bytesAt('copy/b'))).toBe('B');
      });

      it('of a directory whose bytes are cut or changed are not put in place', async () => {
        await under.makeDirectory(at('tree2'));
        await under.write(at('tree2/x'), 'x');
        const stat = await hosts.stat(host, false, at('tree2'));
        const tar = await gather(hosts.read(host, false, at('tree2')));
        const copy = { ...stat, kind: 'dir' as const, replace: false, mode: '0755', owner: null };
        await expect(
          hosts.write(host, false, at('copy2'), pieces(tar.subarray(0, 900)), copy),
        ).rejects.toThrow(stat.sha256);
        const changed = Buffer.from(tar);
        changed.write('Y', tar.lastIndexOf('x'));
        await expect(hosts.write(host, false, at('copy2'), pieces(changed), copy)).rejects.toThrow();
        expect(await hosts.stat(host, false, at('copy2'))).toMatchObject({ kind: 'absent' });
      });
    });

    describe('sweep', () => {
      it('leaves a live attempt alone, removes ended ones, and keeps the epoch', async () => {
        const ref = fresh();
        await start(ref, 'echo on; sleep 60', { epoch: 3 });
        expect(await hosts.sweep(host, false, ref.upgrade)).toBe('live');
        expect((await hosts.status(ref)).state).toEqual({ kind: 'running' });
        await hosts.cancel(ref, 1);
        expect(await hosts.sweep(host, false, ref.upgrade)).toBe('swept');
        expect((await hosts.status(ref)).state).toEqual({ kind: 'absent' });
        expect(await start(ref, 'echo again', { epoch: 2 })).toEqual({ kind: 'stale', epoch: 3 });
        expect(await start(ref, 'echo again', { epoch: 4 })).toMatchObject({ kind: 'impossible' });
        expect(await hosts.sweep(host, false, ref.upgrade)).toBe('swept');
        expect(await hosts.sweep(host, false, 'U-never')).toBe('swept');
      });
    });
  });
}
