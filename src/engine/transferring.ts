/** `copy`, `write` and `reboot`: the bot does them itself, each safe to do again after a crash. */
import type { Move } from '../core/next-move.ts';
import type { Action, CopySide, Json, PlanHost } from '../core/plan.ts';
import { capturedBy } from '../core/step-fold.ts';
import type { FileStat } from '../ports/ports.ts';
import { fillPlain } from '../runbook/evaluate.ts';
import type { Deps, Next, Running } from './context.ts';

/** A host that reboots is looked at this often. */
const REBOOT_LOOK_MS = 10_000;

export interface Transferred {
  readonly ok: boolean;
  readonly captured: { readonly [name: string]: Json };
  readonly why: string | null;
}

type Driving = Extract<Move, { kind: 'drive' }>;
type Copy = Extract<Action, { kind: 'copy' }>;
type Write = Extract<Action, { kind: 'write' }>;

const failed = (why: string): Transferred => ({ ok: false, captured: {}, why });

interface Side {
  readonly shown: string;
  readonly stat: () => Promise<FileStat>;
  readonly read: () => AsyncIterable<Uint8Array>;
  readonly write: (
    source: AsyncIterable<Uint8Array>,
    stat: FileStat,
    copy: Pick<Copy, 'mode' | 'owner'>,
    replace: boolean,
  ) => Promise<void>;
}

function side(deps: Deps, running: Running, at: CopySide, sudo: boolean): Side | string {
  const filled = fillPlain(at.path, capturedBy(running.events));
  if (!filled.ok) return `filling in a path: ${filled.why}`;
  const path = filled.value;
  const { id } = running.upgrade;
  if (at.at === 'vault') {
    return {
      shown: `vault:${path}`,
      stat: () => deps.vault.stat(id, path),
      read: () => deps.vault.read(id, path),
      write: async (source, stat) => {
        const kind = stat.kind === 'dir' ? 'dir' : 'file';
        const written = await deps.vault.write(id, path, source, kind);
        if (written.sha256 !== stat.sha256)
          throw new Error(
            `copying into vault:${path}: SHA-256 is ${written.sha256}, expected ${stat.sha256}`,
          );
      },
    };
  }
  const host: PlanHost | undefined = running.plan.body.hosts[at.at];
  if (host === undefined) return `the plan has no host ${at.at}`;
  return {
    shown: `${host.name}:${path}`,
    stat: () => deps.hosts.stat(host, sudo, path),
    read: () => deps.hosts.read(host, sudo, path),
    write: (source, { kind, sha256, bytes }, { mode, owner }, replace) =>
      deps.hosts.write(host, sudo, path, source, {
        kind: kind === 'dir' ? 'dir' : 'file',
        sha256,
        bytes,
        mode,
        owner,
        replace,
      }),
  };
}

async function copy(deps: Deps, running: Running, action: Copy): Promise<Transferred> {
  const from = side(deps, running, action.from, action.sudo);
  const to = side(deps, running, action.to, action.sudo);
  if (typeof from === 'string') return failed(from);
  if (typeof to === 'string') return failed(to);
  const source = await from.stat();
  if (source.kind === 'absent') return failed(`${from.shown} is not there.`);
  const there = await to.stat();
  const captured = { sha256: source.sha256, bytes: source.bytes };
  if (there.kind !== 'absent' && there.sha256 === source.sha256) return { ok: true, captured, why: null };
  if (there.kind !== 'absent')
    return failed(
      `${to.shown} is there already and differs (SHA-256 ${there.sha256}, expected ${source.sha256}). It was left alone.`,
    );
  await to.write(from.read(), source, action, false);
  const after = await to.stat();
  if (after.sha256 !== source.sha256)
    return failed(`After the copy ${to.shown} has SHA-256 ${after.sha256}, expected ${source.sha256}.`);
  return { ok: true, captured, why: null };
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

function content(deps: Deps, running: Running, action: Write): string | { readonly why: string } {
  const parts: string[] = [];
  for (const piece of action.content) {
    if (typeof piece !== 'string' && 'secret' in piece) {
      const value = deps.secrets.value(running.upgrade.target, piece.secret);
      parts.push(piece.as === 'json' ? JSON.stringify(value) : value);
      continue;
    }
    const filled = fillPlain([piece], capturedBy(running.events));
    if (!filled.ok) return { why: filled.why };
    parts.push(filled.value);
  }
  return parts.join('');
}

async function write(deps: Deps, running: Running, action: Write): Promise<Transferred> {
  const to = side(deps, running, action.to, action.sudo);
  if (typeof to === 'string') return failed(to);
  const text = content(deps, running, action);
  if (typeof text !== 'string') return failed(`Filling in ${to.shown}: ${text.why}`);
  const bytes = new TextEncoder().encode(text);
  const sha256 = deps.sha256(text);
  // The digest of a file with secrets in it would let somebody test guesses against the audit trail.
  const secret = action.content.some((piece) => typeof piece !== 'string' && 'secret' in piece);
  const captured = { bytes: bytes.length, ...(secret ? {} : { sha256 }) };
  const there = await to.stat();
  if (there.sha256 !== sha256)
    await to.write(once(bytes), { kind: 'file', sha256, bytes: bytes.length }, action, true);
  const after = await to.stat();
  if (after.sha256 !== sha256) return failed(`${to.shown} is not what was written.`);
  return { ok: true, captured, why: null };
}

/** @throws UnreachableError while a host is away; the caller waits */
export async function transfer(deps: Deps, running: Running, { step }: Driving): Promise<Transferred> {
  const { action } = step;
  if (action.kind === 'copy') return copy(deps, running, action);
  if (action.kind === 'write') return write(deps, running, action);
  return failed(`a ${action.kind} step cannot be driven`);
}

/** Asked again and again until the boot id differs; the launcher reboots once. */
export async function rebootHost(
  deps: Deps,
  running: Running,
  move: Driving,
  name: string,
): Promise<Transferred | (Next & { again: number })> {
  const host = running.plan.body.hosts[name];
  if (host === undefined) return failed(`The plan has no host ${name}.`);
  const now = deps.clock.now();
  const ref = { host, sudo: true, upgrade: running.upgrade.id, attempt: move.attempt };
  const answer = await deps.hosts.reboot(ref, running.epoch);
  if (typeof answer !== 'string') return failed(`${host.name} was not rebooted: ${answer.refused}.`);
  if (answer === 'rebooted') return { ok: true, captured: {}, why: null };
  if (now > move.since + move.step.timeoutS * 1000)
    return failed(`${host.name} has not come back with a new boot id.`);
  return { again: now + REBOOT_LOOK_MS };
}
