/** Verify: looks read-only whether it is so. In place, not yet, or failed; never guessed. */
import type { Move } from '../core/next-move.ts';
import type { PlannedVerify } from '../core/plan.ts';
import type { RunEvent } from '../core/run.ts';
import { capturedBy, verifiesOf } from '../core/step-fold.ts';
import { formatDuration } from '../core/window.ts';
import { stepReply } from '../messages/thread.ts';
import { UnreachableError } from '../ports/ports.ts';
import { evaluateBool, fillShell } from '../runbook/evaluate.ts';
import type { Deps, Next, Running } from './context.ts';
import { lastWholeLines, outputLines } from './output.ts';
import { save } from './save.ts';
import { hiddenValues, hide, secretsOf } from './secrets-of.ts';

/** One look; a slow `cfy` takes some seconds, a hanging one must not take the whole deadline. */
const LOOK_MS = 90_000;

/** What a look printed, and the expression that judged it: for the lines below a sentence and for the trail, never in the sentence. */
interface Sight {
  readonly output: readonly string[];
  readonly rule: string;
}

type Unclear = {
  readonly kind: 'not-yet' | 'failed';
  /** '' = there is nothing to say but what it printed. */
  readonly why: string;
  readonly sight?: Sight;
};
type Seen = { readonly kind: 'in-place' } | Unclear;

async function rebootSeen(
  deps: Deps,
  running: Running,
  name: string,
  boots: { readonly [host: string]: string },
): Promise<Seen> {
  const host = running.plan.body.hosts[name];
  if (host === undefined) return { kind: 'failed', why: `The plan has no host ${name}.` };
  try {
    const { bootId } = await deps.hosts.hello(host, false);
    return bootId === boots[name]
      ? { kind: 'not-yet', why: `${name} has not rebooted` }
      : { kind: 'in-place' };
  } catch (error) {
    if (error instanceof UnreachableError) return { kind: 'not-yet', why: error.message };
    throw error;
  }
}

async function commandSeen(deps: Deps, running: Running, verify: PlannedVerify): Promise<Seen> {
  const { command } = verify;
  if (command === null) return { kind: 'in-place' };
  const host = running.plan.body.hosts[command.host];
  if (host === undefined) return { kind: 'failed', why: `The plan has no host ${command.host}.` };
  const captured = capturedBy(running.events);
  const text = fillShell(command.run, captured);
  if (!text.ok) return { kind: 'failed', why: `Filling in the verify: ${text.why}` };
  const secrets = secretsOf(deps, running.upgrade.target, command.secrets);
  if (!secrets.ok) return { kind: 'not-yet', why: secrets.why };
  const { sudo } = command;
  const result = await deps.hosts.look({ host, text: text.value, sudo, secrets: secrets.value }, LOOK_MS);
  if (result.kind === 'unreachable')
    return { kind: 'not-yet', why: `${host.name} cannot be reached: ${result.why}` };
  if (result.kind === 'timed-out') return { kind: 'not-yet', why: `no answer within ${LOOK_MS / 1000} s` };
  const scope = { captured, output: result.stdout, exitCode: result.code };
  const printed = hide(hiddenValues(deps, running.upgrade.target), `${result.stdout}\n${result.stderr}`);
  const output = lastWholeLines([printed]);
  if (verify.fail !== null) {
    const fail = evaluateBool(verify.fail, scope);
    const why = verify.failSay ?? 'Its verify says that it has failed.';
    if (fail.ok && fail.value) return { kind: 'failed', why, sight: { output, rule: verify.fail.shown } };
  }
  const expect = evaluateBool(verify.expect, scope);
  if (expect.ok && expect.value) return { kind: 'in-place' };
  const rule = expect.ok ? verify.expect.shown : `${verify.expect.shown}: ${expect.why}`;
  const why = result.code === 0 ? '' : `the last look ended with exit code ${result.code}`;
  return { kind: 'not-yet', why, sight: { output, rule } };
}

async function see(
  deps: Deps,
  running: Running,
  verify: PlannedVerify,
  boots: { readonly [host: string]: string },
): Promise<Seen> {
  if (verify.rebooted !== null) {
    const seen = await rebootSeen(deps, running, verify.rebooted, boots);
    if (seen.kind !== 'in-place') return seen;
  }
  return commandSeen(deps, running, verify);
}

type Look = Extract<Move, { kind: 'look' }>;

async function verified(deps: Deps, running: Running, { step, attempt, index }: Look): Promise<Next> {
  const at = deps.clock.now();
  const last = index + 1 >= verifiesOf(step).length;
  const { tail, exitCode } = await outputLines(deps, running, step, attempt);
  const started = running.events.find(
    (event) =>
      (event.kind === 'apply-started' || event.kind === 'gate-opened' || event.kind === 'manual-asked') &&
      event.attempt === attempt,
  );
  await save(deps, {
    upgrade: running.upgrade,
    by: null,
    epoch: running.epoch,
    run: [{ kind: 'verified', at, step: step.id, attempt, index }],
    did: [
      { kind: 'verified', data: { step: step.id, attempt, index } },
      ...(last ? [{ kind: 'step-succeeded' as const, data: { step: step.id, attempt } }] : []),
    ],
    say: (view) =>
      last
        ? [
            {
              slot: `step:${attempt}`,
              channel: running.upgrade.channel,
              ...stepReply(view, step, {
                kind: 'succeeded',
                attempt,
                startedAt: started?.at ?? at,
                endedAt: at,
                exitCode,
                tail,
                why: null,
              }),
            },
          ]
        : [],
  });
  return { again: at };
}

async function verifyFailed(
  deps: Deps,
  running: Running,
  move: Pick<Look, 'step' | 'attempt' | 'index'>,
  { why, sight }: Pick<Unclear, 'why' | 'sight'>,
): Promise<Next> {
  const at = deps.clock.now();
  const { step, attempt, index } = move;
  const event: RunEvent = {
    kind: 'verify-failed',
    at,
    step: step.id,
    attempt,
    index,
    why,
    ...(sight && { output: sight.output }),
  };
  const seen = sight && { rule: sight.rule, output: sight.output.join('\n') };
  await save(deps, {
    upgrade: running.upgrade,
    by: null,
    epoch: running.epoch,
    run: [event],
    did: [{ kind: 'verify-failed', data: { step: step.id, attempt, index, why, ...seen } }],
    card: false,
  });
  return { again: at };
}

function late(withinS: number, seen: Pick<Unclear, 'why' | 'sight'>): Pick<Unclear, 'why' | 'sight'> {
  const more = seen.why === '' ? '.' : `: ${seen.why}`;
  return { ...seen, why: `It was not in place within ${formatDuration(withinS)}${more}` };
}

export async function look(deps: Deps, running: Running, move: Look): Promise<Next> {
  const { verify, since, attempt, index } = move;
  const first = since + verify.afterS * 1000;
  if (deps.clock.now() < first) return { again: first };
  const seen = await see(deps, running, verify, move.boots);
  const now = deps.clock.now();
  const key = `${attempt}#${index}`;
  if (seen.kind === 'failed') deps.streaks.delete(key);
  if (seen.kind === 'failed') return verifyFailed(deps, running, move, seen);
  const streak = seen.kind === 'in-place' ? (deps.streaks.get(key) ?? 0) + 1 : 0;
  deps.streaks.set(key, streak);
  if (streak >= verify.stable) {
    deps.streaks.delete(key);
    return verified(deps, running, move);
  }
  if (now > since + verify.withinS * 1000) {
    const last = seen.kind === 'not-yet' ? seen : { why: 'it did not stay so' };
    return verifyFailed(deps, running, move, late(verify.withinS, last));
  }
  return { again: now + verify.everyS * 1000 };
}

/** Before an undo: already gone = done. After it: gone, or a person is asked. */
export async function lookUndone(
  deps: Deps,
  running: Running,
  move: Extract<Move, { kind: 'look-undone' }>,
): Promise<Next> {
  const { step, undo, attempt, since, applied } = move;
  const at = deps.clock.now();
  const seen: Seen[] = [];
  for (const verify of undo.verify) seen.push(await see(deps, running, verify, {}));
  const open = seen.find(({ kind }) => kind !== 'in-place');
  if (open === undefined && undo.verify.length > 0) return undone(deps, running, move);
  if (!applied) {
    await save(deps, {
      upgrade: running.upgrade,
      by: null,
      epoch: running.epoch,
      run: [{ kind: 'apply-started', at, step: step.id, attempt, undo: true, boots: {} }],
      did: [{ kind: 'apply-started', data: { step: step.id, attempt, title: undo.title, undo: true } }],
    });
    return { again: at };
  }
  if (undo.verify.length === 0) return undone(deps, running, move);
  const withinS = Math.max(...undo.verify.map((verify) => verify.withinS));
  if (open !== undefined && 'why' in open && (open.kind === 'failed' || at > since + withinS * 1000))
    return verifyFailed(
      deps,
      running,
      { step, attempt, index: 0 },
      { ...open, why: `The undo is not in place${open.why === '' ? '.' : `: ${open.why}`}` },
    );
  return { again: at + Math.min(...undo.verify.map((verify) => verify.everyS)) * 1000 };
}

async function undone(
  deps: Deps,
  running: Running,
  { step, undo, attempt, since, applied }: Extract<Move, { kind: 'look-undone' }>,
): Promise<Next> {
  const at = deps.clock.now();
  const back = running.upgrade.phase.kind === 'rolling-back';
  await save(deps, {
    upgrade: running.upgrade,
    by: null,
    epoch: running.epoch,
    run: [{ kind: 'verified', at, step: step.id, attempt, index: 0 }],
    did: [
      { kind: 'verified', data: { step: step.id, attempt, index: 0, undo: true } },
      ...(back ? [{ kind: 'step-undone' as const, data: { step: step.id, attempt } }] : []),
    ],
    say: (view) =>
      back
        ? [
            {
              slot: `step:${attempt}`,
              channel: running.upgrade.channel,
              ...stepReply(view, step, {
                kind: 'undone',
                attempt,
                startedAt: since,
                endedAt: at,
                exitCode: null,
                tail: [],
                why: applied ? `This was undone by: ${undo.title}` : 'There was nothing to take back.',
              }),
            },
          ]
        : [],
  });
  return { again: at };
}
