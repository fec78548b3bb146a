/** What an attempt came to: its outcome, whether that is success, what was captured; committed and told. */
import type { Json, PlannedCommand, PlannedStep } from '../core/plan.ts';
import type { ApplyOutcome, RunEvent } from '../core/run.ts';
import { capturedBy, verifiesOf } from '../core/step-fold.ts';
import { stepReply } from '../messages/thread.ts';
import type { AttemptState, FileStat } from '../ports/ports.ts';
import { evaluateBool, evaluateCapture } from '../runbook/evaluate.ts';
import type { Deps, Next, Running } from './context.ts';
import { outputLines, stdoutOf } from './output.ts';
import { save } from './save.ts';

export interface Driven {
  readonly step: PlannedStep;
  readonly attempt: string;
  readonly undo: boolean;
  readonly since: number;
  readonly timeoutS: number;
  /** A person wants its processes ended. */
  readonly cancel: boolean;
  readonly command: PlannedCommand;
}

export async function end(
  deps: Deps,
  running: Running,
  driven: Pick<Driven, 'step' | 'attempt' | 'undo' | 'since'>,
  outcome: ApplyOutcome,
  judged: {
    readonly ok: boolean;
    readonly captured: { readonly [name: string]: Json };
    readonly why: string | null;
  },
  printed: { readonly [name: string]: Json } = {},
): Promise<Next> {
  const { step, attempt, undo } = driven;
  const at = deps.clock.now();
  const event: RunEvent = { kind: 'apply-ended', at, step: step.id, attempt, undo, outcome, ...judged };
  const finished = judged.ok && !undo && verifiesOf(step).length === 0;
  const { tail } = await outputLines(deps, running, step, attempt);
  await save(deps, {
    upgrade: running.upgrade,
    by: null,
    epoch: running.epoch,
    run: [event],
    did: [
      {
        kind: 'apply-ended',
        data: {
          step: step.id,
          attempt,
          outcome: { ...outcome },
          ok: judged.ok,
          captured: judged.captured,
          why: judged.why,
          ...printed,
        },
      },
      ...(finished ? [{ kind: 'step-succeeded' as const, data: { step: step.id, attempt } }] : []),
    ],
    say: (view) =>
      finished
        ? [
            {
              slot: `step:${attempt}`,
              channel: running.upgrade.channel,
              ...stepReply(view, step, {
                kind: 'succeeded',
                attempt,
                startedAt: driven.since,
                endedAt: at,
                exitCode: outcome.kind === 'exited' ? outcome.code : null,
                tail,
                why: null,
              }),
            },
          ]
        : [],
  });
  return { again: at };
}

export function refusedEnd(deps: Deps, running: Running, driven: Driven, why: string): Promise<Next> {
  return end(deps, running, driven, { kind: 'refused', why }, { ok: false, captured: {}, why });
}

const WHY: {
  readonly [kind in Exclude<
    AttemptState['kind'],
    'absent' | 'ready' | 'claimed' | 'running' | 'exited'
  >]: string;
} = {
  'timed-out': 'It did not end within its timeout and was ended.',
  cancelled: 'It was cancelled.',
  vanished:
    'Its process is gone and left no exit code: killed, or the host ran out of memory. How far it came is not known.',
  rebooted: 'The host rebooted while it ran. How far it came is not known.',
};

/** What is too long to be kept whole stays on the host; its digest makes it evidence all the same. */
async function digests(
  deps: Deps,
  running: Running,
  { command, attempt }: Driven,
): Promise<{ readonly [name: string]: Json }> {
  const host = running.plan.body.hosts[command.host];
  if (host === undefined || !(await deps.store.outputCut(attempt))) return {};
  const ref = { host, sudo: command.sudo, upgrade: running.upgrade.id, attempt };
  const { out, err } = await deps.hosts.printed(ref);
  const shown = ({ bytes, sha256 }: FileStat) => ({ bytes, sha256 });
  return { output: { out: shown(out), err: shown(err) } };
}

export async function conclude(
  deps: Deps,
  running: Running,
  driven: Driven,
  state: AttemptState,
): Promise<Next> {
  const { step, attempt, undo } = driven;
  switch (state.kind) {
    case 'timed-out':
    case 'cancelled':
    case 'vanished':
      return end(
        deps,
        running,
        driven,
        { kind: state.kind },
        { ok: false, captured: {}, why: WHY[state.kind] },
      );
    case 'rebooted': {
      const planned =
        !undo && step.action.kind === 'run' && step.action.reboots.includes(driven.command.host);
      return end(
        deps,
        running,
        driven,
        { kind: 'rebooted' },
        { ok: planned, captured: {}, why: planned ? null : WHY.rebooted },
      );
    }
    case 'exited': {
      const judged = await judge(deps, running, driven, state.code);
      const printed = await digests(deps, running, driven);
      return end(deps, running, driven, { kind: 'exited', code: state.code }, judged, printed);
    }
    default:
      throw new Error(`concluding ${attempt}: it is ${state.kind}`);
  }
}

async function judge(deps: Deps, running: Running, { step, attempt, undo }: Driven, code: number) {
  const none: { readonly [name: string]: Json } = {};
  if (undo || step.action.kind !== 'run')
    return code === 0
      ? { ok: true, captured: none, why: null }
      : { ok: false, captured: none, why: `It ended with exit code ${code}.` };
  const scope = {
    captured: capturedBy(running.events),
    output: await stdoutOf(deps, attempt),
    exitCode: code,
  };
  const ok = evaluateBool(step.action.okWhen, scope);
  if (!ok.ok) return { ok: false, captured: none, why: `Judging its output: ${ok.why}` };
  if (!ok.value)
    return {
      ok: false,
      captured: none,
      why: `It ended with exit code ${code}${code === 0 ? ', and its output is not what success looks like' : ''}.`,
    };
  const captured: Record<string, Json> = {};
  for (const capture of step.action.capture) {
    const got = evaluateCapture(capture, scope);
    if (!got.ok)
      return { ok: false, captured: none, why: `Reading ${capture.name} from its output: ${got.why}` };
    captured[capture.name] = got.value;
  }
  return { ok: true, captured, why: null };
}

export function ended(state: AttemptState): boolean {
  return !['absent', 'ready', 'claimed', 'running'].includes(state.kind);
}
