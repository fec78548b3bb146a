/** What a step printed: stored bytes as text, its last lines for people, and the runbook's hint about it. */
import type { PlannedStep } from '../core/plan.ts';
import { cleanOutput } from '../messages/clean.ts';
import type { Deps, Running } from './context.ts';

/** Expressions see at most this much of stdout. */
const OUTPUT_LIMIT = 1024 * 1024;
/** Hints and the last lines are looked for in this much of each stream. */
const TAIL_BYTES = 16 * 1024;
const TAIL_LINES = 20;

const utf8 = new TextDecoder('utf-8');

export async function stdoutOf(deps: Deps, attempt: string): Promise<string> {
  return utf8.decode(await deps.store.outputTail(attempt, 'out', OUTPUT_LIMIT));
}

export interface OutputLines {
  /** Last lines of stdout, then of stderr, cleaned; at most 20. */
  readonly tail: readonly string[];
  readonly hint: string | null;
  readonly exitCode: number | null;
}

export async function outputLines(
  deps: Deps,
  running: Pick<Running, 'events'>,
  step: PlannedStep,
  attempt: string | null,
): Promise<OutputLines> {
  if (attempt === null) return { tail: [], hint: null, exitCode: null };
  const out = utf8.decode(await deps.store.outputTail(attempt, 'out', TAIL_BYTES));
  const err = utf8.decode(await deps.store.outputTail(attempt, 'err', TAIL_BYTES));
  const lines = [out, err]
    .flatMap((text) => cleanOutput(text).split('\n'))
    .filter((line) => line.trim() !== '');
  const ended = running.events.findLast((event) => event.kind === 'apply-ended' && event.attempt === attempt);
  const outcome = ended?.kind === 'apply-ended' ? ended.outcome : null;
  return {
    tail: lines.slice(-TAIL_LINES),
    hint: step.hints.find(({ contains }) => out.includes(contains) || err.includes(contains))?.say ?? null,
    exitCode: outcome?.kind === 'exited' ? outcome.code : null,
  };
}
