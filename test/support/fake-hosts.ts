/**
 * Hosts in memory that behave: attempts are started once, run for a while on the test's clock, print, end, vanish, reboot.
 * What a text does is decided by the test; everything that was started stands in `started`.
 */
import { createHash } from 'node:crypto';
import type { PlanHost } from '../../src/core/plan.ts';
import {
  type AttemptRef,
  type AttemptReport,
  type AttemptState,
  type FileStat,
  type HostCommand,
  type Hosts,
  UnreachableError,
} from '../../src/ports/ports.ts';

export interface Outcome {
  readonly code?: number;
  readonly out?: string;
  readonly err?: string;
  /** Virtual seconds that it takes. */
  readonly takesS?: number;
  readonly state?: 'vanished' | 'rebooted' | 'timed-out';
  /** Called once, when it ends. */
  readonly effect?: () => void;
}

interface Running {
  readonly text: string;
  readonly outcome: Outcome;
  endsAt: number;
  ended: boolean;
  cancelled: boolean;
}

export interface FakeHosts extends Hosts {
  /** Attempt ids in the order in which they were really started. */
  readonly started: string[];
  readonly texts: Map<string, string>;
  readonly files: Map<string, Uint8Array>;
  readonly boots: Map<string, number>;
  readonly away: Set<string>;
  readonly swept: string[];
  readonly secretsSeen: Map<string, { readonly [name: string]: string }>;
}

export function createFakeHosts(options: {
  readonly now: () => number;
  /** Following takes time: it is called with the virtual seconds that pass. */
  readonly pass: (seconds: number) => void;
  readonly start: (text: string, attempt: string) => Outcome;
  readonly look: (text: string) => Outcome;
}): FakeHosts {
  const attempts = new Map<string, Running>();
  const started: string[] = [];
  const texts = new Map<string, string>();
  const files = new Map<string, Uint8Array>();
  const boots = new Map<string, number>();
  const away = new Set<string>();
  const swept: string[] = [];
  const secretsSeen = new Map<string, { readonly [name: string]: string }>();
  const epochs = new Map<string, number>();
  const rebootsAsked = new Map<string, number>();

  const bootId = (host: PlanHost) => `boot-${boots.get(host.name) ?? 1}`;
  const reach = (host: PlanHost) => {
    if (away.has(host.name)) throw new UnreachableError(host.name, 'no route');
  };
  const bytesOf = (text: string | undefined) => new TextEncoder().encode(text ?? '');

  function stateOf(attempt: Running): AttemptState {
    if (options.now() < attempt.endsAt) return { kind: 'running' };
    if (attempt.cancelled) return { kind: 'cancelled' };
    if (!attempt.ended) {
      attempt.ended = true;
      attempt.outcome.effect?.();
    }
    return attempt.outcome.state === undefined
      ? { kind: 'exited', code: attempt.outcome.code ?? 0 }
      : { kind: attempt.outcome.state };
  }

  function report({ host, attempt }: AttemptRef): AttemptReport {
    const known = attempts.get(attempt);
    const state: AttemptState = known === undefined ? { kind: 'absent' } : stateOf(known);
    const there = known !== undefined && state.kind !== 'running';
    return {
      state,
      outBytes: there ? bytesOf(known.outcome.out).length : 0,
      errBytes: there ? bytesOf(known.outcome.err).length : 0,
      bootId: bootId(host),
    };
  }

  function stat(path: string): FileStat {
    const bytes = files.get(path);
    if (bytes === undefined) return { kind: 'absent', bytes: 0, sha256: '' };
    return {
      kind: 'file',
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    };
  }

  return {
    started,
    texts,
    files,
    boots,
    away,
    swept,
    secretsSeen,
    async hello(host) {
      reach(host);
      return { user: 'cutover', bootId: bootId(host), setsid: true, writable: true, freeMb: 9000 };
    },
    async look({ host, text }: HostCommand) {
      if (away.has(host.name)) return { kind: 'unreachable', why: 'no route', changedKey: false };
      const { code = 0, out = '', err = '', effect } = options.look(text);
      effect?.();
      return { kind: 'exited', code, stdout: out, stderr: err };
    },
    async start(ref, command, { epoch }) {
      reach(ref.host);
      const highest = epochs.get(ref.host.name) ?? 0;
      if (epoch < highest) return { kind: 'stale', epoch: highest };
      epochs.set(ref.host.name, epoch);
      const known = attempts.get(ref.attempt);
      if (known !== undefined)
        return known.text === command.text ? { kind: 'known', report: report(ref) } : { kind: 'conflict' };
      const outcome = options.start(command.text, ref.attempt);
      attempts.set(ref.attempt, {
        text: command.text,
        outcome,
        endsAt: options.now() + (outcome.takesS ?? 1) * 1000,
        ended: false,
        cancelled: false,
      });
      started.push(ref.attempt);
      texts.set(ref.attempt, command.text);
      secretsSeen.set(ref.attempt, command.secrets);
      return { kind: 'started', report: report(ref) };
    },
    async status(ref) {
      reach(ref.host);
      return report(ref);
    },
    async follow(ref, from, maxS, onBytes) {
      reach(ref.host);
      const left = ((attempts.get(ref.attempt)?.endsAt ?? 0) - options.now()) / 1000;
      if (left > 0) options.pass(Math.min(left, maxS));
      const seen = report(ref);
      const known = attempts.get(ref.attempt);
      if (known !== undefined && seen.state.kind !== 'running') {
        const out = bytesOf(known.outcome.out).slice(from.out);
        const err = bytesOf(known.outcome.err).slice(from.err);
        if (out.length > 0) onBytes('out', out);
        if (err.length > 0) onBytes('err', err);
      }
      return seen;
    },
    async printed(ref) {
      reach(ref.host);
      const { out = '', err = '' } = attempts.get(ref.attempt)?.outcome ?? {};
      const seen = (text: string): FileStat => ({
        kind: 'file',
        bytes: bytesOf(text).length,
        sha256: createHash('sha256').update(text).digest('hex'),
      });
      return { out: seen(out), err: seen(err) };
    },
    async cancel(ref) {
      reach(ref.host);
      const known = attempts.get(ref.attempt);
      if (known !== undefined && !known.ended) {
        known.ended = true;
        known.cancelled = true;
        known.endsAt = options.now();
      }
      return { ...report(ref), gone: 'yes' };
    },
    async reboot(ref) {
      reach(ref.host);
      const before = rebootsAsked.get(ref.attempt);
      const boot = boots.get(ref.host.name) ?? 1;
      if (before === undefined) {
        rebootsAsked.set(ref.attempt, boot);
        boots.set(ref.host.name, boot + 1);
        started.push(ref.attempt);
        return 'rebooting';
      }
      return boot > before ? 'rebooted' : 'rebooting';
    },
    async stat(host, _sudo, path) {
      reach(host);
      return stat(`${host.name}:${path}`);
    },
    async *read(host, _sudo, path) {
      reach(host);
      yield files.get(`${host.name}:${path}`) ?? new Uint8Array();
    },
    async write(host, _sudo, path, source) {
      reach(host);
      const parts: Uint8Array[] = [];
      for await (const part of source) parts.push(part);
      files.set(`${host.name}:${path}`, Buffer.concat(parts));
    },
    async sweep(host, sudo, upgrade) {
      reach(host);
      swept.push(`${host.name}${sudo ? ' sudo' : ''} ${upgrade}`);
      return 'swept';
    },
    async close() {},
  };
}
