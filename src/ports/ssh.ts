/** Hosts over SSH: every call is one run of the launcher there (launcher.sh, docs/launcher.md). */
import { type ClockScale, REAL_TIME } from '../core/clock.ts';
import type { PlanHost } from '../core/plan.ts';
import {
  parseCancel,
  parseHello,
  parseReboot,
  parseStart,
  parseStat,
  parseStatus,
  parseSwept,
  parseWritten,
} from './launcher-answers.ts';
import { encodeName, readLauncher, rootOf, scriptInput, unplacedHelloLine } from './launcher-text.ts';
import {
  type AttemptRef,
  type AttemptReport,
  type Hosts,
  type Log,
  type LookResult,
  UnreachableError,
} from './ports.ts';
import { ANSWER_MS, type Answer, type Call, type Calls, createCalls, PlacingError } from './ssh-calls.ts';

/** On a scaled clock a look gets at least so long in real time: login, forks and a busy disk do not run faster on it. */
const LOOK_FLOOR_MS = 10_000;
/** What the way there and back may add before we say that there was no answer. */
const OVERHEAD_MS = 30_000;
const TIMED_OUT = 124;
const STILL_RUNNING = 75;

export interface HostsOptions {
  /** Private key for a host, OpenSSH or PEM text. */
  readonly keyFor: (hostName: string) => Promise<string> | string;
  readonly log: Log;
  readonly scale?: ClockScale;
  /** Real time between two questions whether a quiet connection still lives; three unanswered end it. */
  readonly keepaliveMs?: number;
}

function failed(host: PlanHost, verb: string, { code, stderr }: Answer): Error {
  const said = stderr.trim().replace(/^launcher: /, '') || 'it said nothing';
  return new Error(`asking ${host.name} for ${verb}: ${said} (exit code ${code})`);
}

/** sudo's own refusal: the launcher never ran. */
function sudoRefused(sudo: boolean, { code, stderr }: Answer): boolean {
  return sudo && code === 1 && /^sudo:/m.test(stderr);
}

async function ask(
  calls: Calls,
  host: PlanHost,
  call: Omit<Call, 'limitMs'> & Partial<Call>,
): Promise<Answer> {
  const answer = await calls.call(host, { limitMs: ANSWER_MS, ...call });
  // Root there is as good as away: a person has to let us in, and until then nothing can be known.
  if (sudoRefused(call.sudo, answer))
    throw new UnreachableError(host.name, `becoming root: ${answer.stderr.trim()}`);
  if (answer.code !== 0) throw failed(host, String(call.args[0]), answer);
  return answer;
}

function named({ upgrade, attempt }: AttemptRef): [string, string] {
  return [encodeName(upgrade), encodeName(attempt)];
}

function createSteps(
  calls: Calls,
): Pick<Hosts, 'start' | 'status' | 'follow' | 'printed' | 'cancel' | 'reboot'> {
  const status = async (ref: AttemptRef): Promise<AttemptReport> => {
    const { stdout } = await ask(calls, ref.host, { sudo: ref.sudo, args: ['status', ...named(ref)] });
    return parseStatus(stdout);
  };
  return {
    status,
    async start(ref, command, { epoch, timeoutS, graceS }) {
      const { host, sudo } = ref;
      const args = ['start', ...named(ref), epoch, Math.ceil(timeoutS), Math.ceil(graceS)];
      try {
        const answer = await calls.call(host, {
          sudo,
          args,
          stdin: scriptInput(command),
          limitMs: ANSWER_MS,
        });
        if (sudoRefused(sudo, answer)) return { kind: 'impossible', why: answer.stderr.trim() };
        if (answer.code !== 0) throw failed(host, 'start', answer);
        return parseStart(answer.stdout, answer.stderr);
      } catch (error) {
        if (error instanceof PlacingError) return { kind: 'impossible', why: error.message };
        throw error;
      }
    },
    async follow(ref, from, maxS, onBytes) {
      const { code } = await calls.call(ref.host, {
        sudo: ref.sudo,
        args: ['follow', ...named(ref), from.out, from.err, Math.ceil(maxS)],
        limitMs: maxS * 1000 + ANSWER_MS,
        onOut: (bytes) => onBytes('out', bytes),
        onErr: (bytes) => onBytes('err', bytes),
      });
      const report = await status(ref);
      if (code !== 0 && code !== STILL_RUNNING)
        throw new Error(
          `following ${ref.attempt} on ${ref.host.name} from ${from.out}/${from.err}: exit code ${code}, ` +
            `${report.outBytes}/${report.errBytes} bytes are there`,
        );
      return report;
    },
    async printed(ref) {
      const { host, sudo } = ref;
      const directory = [rootOf(host.state_dir, sudo), 'runs', ...named(ref)].join('/');
      const stat = async (name: string) => {
        const args = ['stat', `${directory}/${name}`];
        return parseStat((await ask(calls, host, { sudo, args, limitMs: null })).stdout);
      };
      return { out: await stat('out'), err: await stat('err') };
    },
    async cancel(ref, graceS) {
      const grace = Math.ceil(graceS);
      const { stdout } = await ask(calls, ref.host, {
        sudo: ref.sudo,
        args: ['cancel', ...named(ref), grace],
        // It waits so long after INT and after TERM.
        limitMs: 2 * grace * 1000 + ANSWER_MS,
      });
      return parseCancel(stdout);
    },
    async reboot(ref, epoch) {
      const args = ['reboot', ...named(ref), epoch];
      try {
        const answer = await calls.call(ref.host, { sudo: ref.sudo, args, limitMs: ANSWER_MS });
        if (sudoRefused(ref.sudo, answer)) return { refused: answer.stderr.trim() };
        if (answer.code !== 0) throw failed(ref.host, 'reboot', answer);
        return parseReboot(answer.stdout, answer.stderr);
      } catch (error) {
        if (error instanceof PlacingError) return { refused: error.message };
        throw error;
      }
    },
  };
}

function createFiles(calls: Calls): Pick<Hosts, 'stat' | 'read' | 'write'> {
  return {
    async stat(host, sudo, path) {
      const { stdout } = await ask(calls, host, { sudo, args: ['stat', path], limitMs: null });
      return parseStat(stdout);
    },
    async *read(host, sudo, path) {
      // A stream can't be begun anew, so that the launcher is there must be known before.
      await ask(calls, host, { sudo, args: ['hello', '-'] });
      const { channel, ended } = await calls.stream(host, sudo, ['send', path]);
      const complaints: Buffer[] = [];
      channel.stderr.on('data', (bytes: Buffer) => complaints.push(bytes));
      try {
        for await (const bytes of channel) yield bytes as Buffer;
      } finally {
        // Also when the reader stops half-way: the channel's place is needed.
        channel.close();
      }
      const code = await ended;
      if (code !== 0)
        throw failed(host, `the bytes of ${path}`, {
          code,
          stdout: '',
          stderr: Buffer.concat(complaints).toString(),
        });
    },
    async write(host, sudo, path, source, { kind, replace, mode, owner, sha256, bytes }) {
      await ask(calls, host, { sudo, args: ['hello', '-'] });
      const { stdout } = await ask(calls, host, {
        sudo,
        args: [
          'receive',
          path,
          kind === 'file' && replace ? 'replace' : kind,
          mode,
          owner ?? '-',
          sha256,
          bytes,
        ],
        stdin: source,
        limitMs: null,
      });
      const written = parseWritten(stdout);
      if (written.answer === 'different')
        throw new Error(
          `writing ${path} on ${host.name}: it is there already with SHA-256 ${written.sha256}, expected ${sha256}; ` +
            'nothing was changed',
        );
    },
  };
}

export function createHosts({ keyFor, log, scale = REAL_TIME, keepaliveMs }: HostsOptions): Hosts {
  const launcher = readLauncher();
  const calls = createCalls(launcher, keyFor, log, keepaliveMs);
  return {
    ...createSteps(calls),
    ...createFiles(calls),
    async hello(host, sudo) {
      try {
        return parseHello((await ask(calls, host, { sudo, args: ['hello', '-'] })).stdout);
      } catch (error) {
        if (!(error instanceof PlacingError)) throw error;
        log.warn({ host: host.name, why: error.message }, 'launcher not placed');
        const answer = await calls.plain(host, unplacedHelloLine(host.state_dir), launcher.bytes);
        if (answer.code !== 0) throw failed(host, 'hello', answer);
        return { ...parseHello(answer.stdout), writable: false };
      }
    },
    async look(command, timeoutMs): Promise<LookResult> {
      const virtualMs = scale.k === 1 ? timeoutMs : Math.max(timeoutMs, LOOK_FLOOR_MS * scale.k);
      try {
        const { code, stdout, stderr } = await calls.call(command.host, {
          sudo: command.sudo,
          args: ['look', Math.ceil(virtualMs / 1000)],
          stdin: scriptInput(command),
          limitMs: virtualMs / scale.k + OVERHEAD_MS,
        });
        return code === TIMED_OUT
          ? { kind: 'timed-out', stdout, stderr }
          : { kind: 'exited', code, stdout, stderr };
      } catch (error) {
        if (error instanceof UnreachableError)
          return { kind: 'unreachable', why: error.why, changedKey: error.changedKey };
        if (error instanceof PlacingError)
          return { kind: 'unreachable', why: error.message, changedKey: false };
        throw error;
      }
    },
    async sweep(host, sudo, upgrade) {
      return parseSwept((await ask(calls, host, { sudo, args: ['sweep', encodeName(upgrade)] })).stdout);
    },
    async close() {
      calls.close();
    },
  };
}
