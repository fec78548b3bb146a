/** Apply and undo: asks the launcher for the attempt, starts it once, follows it by byte offset, reads its outcome. */
import { createMask } from '../core/mask.ts';
import type { Upgrade } from '../core/model.ts';
import type { Move } from '../core/next-move.ts';
import type { PlannedStep } from '../core/plan.ts';
import type { ApplyOutcome } from '../core/run.ts';
import { capturedBy } from '../core/step-fold.ts';
import {
  type AttemptRef,
  type AttemptReport,
  type HostCommand,
  type OutputChunk,
  UnreachableError,
} from '../ports/ports.ts';
import { fillShell } from '../runbook/evaluate.ts';
import { noteAway } from './away.ts';
import { conclude, type Driven, end, ended, refusedEnd } from './concluding.ts';
import { type Deps, type Next, type Running, runningSince } from './context.ts';
import { hold } from './holding.ts';
import { save } from './save.ts';
import { encodeText, hiddenValues, secretsOf } from './secrets-of.ts';
import { noteSilence } from './silence.ts';
import { rebootHost, transfer } from './transferring.ts';

/** An advance is bounded: it follows output for at most so long, then commits and is woken again. */
const FOLLOW_S = 30;
/** TERM and KILL get so long after INT or a timeout. */
const GRACE_S = 10;
/** A host that is away is asked again after this; as often as the step's deadline allows. */
const AWAY_MS = 10_000;
/** After the step's own timeout, a host that stays away gets so long before a person is asked. */
const AWAY_LIMIT_MS = 15 * 60_000;
/** A claim without a process: its supervisor died between the two, and nobody can know how far it came. */
const CLAIM_LIMIT_MS = 60_000;

function hostsToNote(step: PlannedStep): readonly string[] {
  const own =
    step.action.kind === 'run'
      ? step.action.reboots
      : step.action.kind === 'reboot'
        ? [step.action.host]
        : [];
  return [
    ...new Set([...own, ...step.verify.flatMap(({ rebooted }) => (rebooted === null ? [] : [rebooted]))]),
  ];
}

/** Boot ids just before; a host that must reboot has to be there to begin with. */
async function boots(
  deps: Deps,
  running: Running,
  step: PlannedStep,
): Promise<{ readonly [host: string]: string }> {
  const found: Record<string, string> = {};
  for (const name of hostsToNote(step)) {
    const host = running.plan.body.hosts[name];
    if (host !== undefined) found[name] = (await deps.hosts.hello(host, false)).bootId;
  }
  return found;
}

export async function begin(
  deps: Deps,
  running: Running,
  move: Extract<Move, { kind: 'begin' }>,
): Promise<Next> {
  const { step, attempt } = move;
  const noted = await boots(deps, running, step).catch((error: Error) => error);
  const at = deps.clock.now();
  if (noted instanceof Error) {
    if (!(noted instanceof UnreachableError)) throw noted;
    const since = running.events.at(-1)?.at ?? at;
    if (!noted.changedKey && at <= since + AWAY_LIMIT_MS) {
      await noteAway(deps, running, step, noted);
      return { again: at + AWAY_MS };
    }
    const reason = `${noted.message}. The step has not been started.`;
    return hold(deps, running, { step, attempt: null, reason });
  }
  await save(deps, {
    upgrade: {
      ...running.upgrade,
      phase: { kind: 'running', since: runningSince(running.upgrade, at), waitingFor: null },
    },
    by: null,
    epoch: running.epoch,
    run: [{ kind: 'apply-started', at, step: step.id, attempt, undo: false, boots: noted }],
    did: [{ kind: 'apply-started', data: { step: step.id, attempt, title: step.title } }],
  });
  return { again: at };
}

interface Followed {
  readonly report: AttemptReport;
  /** With our output in it; null when somebody else changed the upgrade while we followed. */
  readonly upgrade: Upgrade | null;
}

/** Stored output is masked, and a piece that could be the beginning of a secret is read again the next time. */
async function follow(
  deps: Deps,
  running: Running,
  ref: AttemptRef,
  command: HostCommand,
): Promise<Followed> {
  const sizes = await deps.store.outputSize(ref.attempt);
  const hidden = [
    ...new Set([...Object.values(command.secrets), ...hiddenValues(deps, running.upgrade.target)]),
  ];
  const masks = { out: createMask(hidden, encodeText), err: createMask(hidden, encodeText) };
  const at = { out: sizes.out, err: sizes.err };
  const chunks: OutputChunk[] = [];
  const keep = (stream: 'out' | 'err', bytes: Uint8Array) => {
    if (bytes.length === 0) return;
    chunks.push({ attempt: ref.attempt, stream, offset: at[stream], bytes });
    at[stream] += bytes.length;
  };
  const store = async (): Promise<Upgrade | null> => {
    const upgrade = (await deps.store.upgrade(running.upgrade.id)) ?? running.upgrade;
    const ours = upgrade.version === running.upgrade.version;
    if (chunks.length === 0) return ours ? upgrade : null;
    const output = chunks.splice(0);
    const saved = await save(deps, {
      upgrade,
      by: null,
      did: [],
      epoch: running.epoch,
      output,
      card: false,
    });
    return ours ? saved.upgrade : null;
  };
  let report: AttemptReport;
  try {
    report = await deps.hosts.follow(ref, sizes, FOLLOW_S, (stream, bytes) =>
      keep(stream, masks[stream].push(bytes)),
    );
    if (ended(report.state)) for (const stream of ['out', 'err'] as const) keep(stream, masks[stream].end());
  } catch (error) {
    await store();
    throw error;
  }
  return { report, upgrade: await store() };
}

async function complete(deps: Deps, attempt: string, report: AttemptReport): Promise<boolean> {
  const sizes = await deps.store.outputSize(attempt);
  return sizes.out >= report.outBytes && sizes.err >= report.errBytes;
}

async function driveCommand(deps: Deps, running: Running, driven: Driven): Promise<Next> {
  const { command } = driven;
  const host = running.plan.body.hosts[command.host];
  if (host === undefined) return refusedEnd(deps, running, driven, `The plan has no host ${command.host}.`);
  const filled = fillShell(command.run, capturedBy(running.events));
  if (!filled.ok) return refusedEnd(deps, running, driven, `Filling in the command: ${filled.why}`);
  const secrets = secretsOf(deps, running.upgrade.target, command.secrets);
  if (!secrets.ok) return refusedEnd(deps, running, driven, `${secrets.why}. Nothing was started.`);
  const ready: HostCommand = { host, text: filled.value, sudo: command.sudo, secrets: secrets.value };
  const ref: AttemptRef = { host, sudo: command.sudo, upgrade: running.upgrade.id, attempt: driven.attempt };
  let report = await deps.hosts.status(ref);
  if (report.state.kind === 'absent' || report.state.kind === 'ready') {
    const limits = { epoch: running.epoch, timeoutS: driven.timeoutS, graceS: GRACE_S };
    const answer = await deps.hosts.start(ref, ready, limits);
    if (answer.kind === 'stale')
      throw new Error(
        `driving ${driven.attempt}: the host has seen epoch ${answer.epoch}, ours is ${running.epoch}`,
      );
    if (answer.kind === 'conflict')
      return refusedEnd(deps, running, driven, 'The host has this attempt with another text.');
    if (answer.kind === 'busy')
      return refusedEnd(
        deps,
        running,
        driven,
        `Another attempt is alive on ${host.name}: ${answer.attempt}.`,
      );
    if (answer.kind === 'impossible')
      return refusedEnd(
        deps,
        running,
        driven,
        `${host.name} could not start it: ${answer.why}. Nothing was started.`,
      );
    report = answer.report;
  }
  if (driven.cancel && report.state.kind === 'running') return cancelled(deps, running, driven, ref);
  if (report.state.kind === 'claimed' && deps.clock.now() > driven.since + CLAIM_LIMIT_MS)
    return conclude(deps, running, driven, { kind: 'vanished' });
  if (ended(report.state) && (await complete(deps, driven.attempt, report)))
    return conclude(deps, running, driven, report.state);
  const followed = await follow(deps, running, ref, ready);
  // What has ended stays as it is: to ask again would be one more call for the same answer. If somebody changed the upgrade
  // meanwhile, what to do next is decided anew.
  if (
    followed.upgrade !== null &&
    ended(followed.report.state) &&
    (await complete(deps, driven.attempt, followed.report))
  )
    return conclude(deps, { ...running, upgrade: followed.upgrade }, driven, followed.report.state);
  await noteSilence(deps, running, driven);
  return { again: deps.clock.now() };
}

/** Either its processes are seen to be gone, or it is said that nobody can be sure. */
async function cancelled(deps: Deps, running: Running, driven: Driven, ref: AttemptRef): Promise<Next> {
  const report = await deps.hosts.cancel(ref, GRACE_S);
  if (ended(report.state)) return { again: deps.clock.now() };
  return refusedEnd(
    deps,
    running,
    driven,
    `It was cancelled, and whether its processes are gone could not be made sure (${report.gone}). Look on ${ref.host.name} before anything else.`,
  );
}

/** A host that is away is waited for; after the deadline a person is asked, and nothing is started anew. */
async function patiently(
  deps: Deps,
  running: Running,
  driven: Pick<Driven, 'step' | 'attempt' | 'since' | 'timeoutS'>,
  act: () => Promise<Next>,
  giveUp: (why: string) => Promise<Next>,
): Promise<Next> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    const now = deps.clock.now();
    deps.log.warn({ attempt: driven.attempt, host: error.host, why: error.why }, 'host away');
    if (error.changedKey || now > driven.since + driven.timeoutS * 1000 + AWAY_LIMIT_MS)
      return giveUp(error.message);
    await noteAway(deps, running, driven.step, error);
    return { again: now + AWAY_MS };
  }
}

function away(
  deps: Deps,
  running: Running,
  { step, attempt }: Pick<Driven, 'step' | 'attempt'>,
  why: string,
): Promise<Next> {
  const reason = `${why}. Whether the step still runs there is not known; it is not started again.`;
  return hold(deps, running, { step, attempt, reason });
}

export function drive(deps: Deps, running: Running, move: Extract<Move, { kind: 'drive' }>): Promise<Next> {
  const { step, attempt, since } = move;
  const { action } = step;
  const base = { step, attempt, undo: false, since, timeoutS: step.timeoutS, cancel: move.cancel };
  const act = (): Promise<Next> => {
    if (action.kind === 'run') return driveCommand(deps, running, { ...base, command: action.command });
    const done =
      action.kind === 'reboot' ? rebootHost(deps, running, move, action.host) : transfer(deps, running, move);
    return done.then((result) => {
      if ('again' in result) return result;
      const outcome: ApplyOutcome = result.ok
        ? { kind: 'exited', code: 0 }
        : { kind: 'refused', why: result.why ?? '' };
      return end(deps, running, base, outcome, result);
    });
  };
  return patiently(deps, running, base, act, (why) => away(deps, running, base, why));
}

export function driveUndo(
  deps: Deps,
  running: Running,
  move: Extract<Move, { kind: 'drive-undo' }>,
): Promise<Next> {
  const { step, undo, attempt, since } = move;
  const driven: Driven = {
    step,
    attempt,
    undo: true,
    since,
    timeoutS: undo.timeoutS,
    command: undo.command,
    cancel: false,
  };
  return patiently(
    deps,
    running,
    driven,
    () => driveCommand(deps, running, driven),
    (why) => away(deps, running, driven, why),
  );
}
