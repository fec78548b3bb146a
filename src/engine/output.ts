/** What a step printed: stored bytes as text, its last lines for people, and the runbook's hint about it. */
import type { PlannedStep } from '../core/plan.ts';
import { cleanOutput } from '../messages/clean.ts';
import { cut } from '../messages/cut.ts';
import type { Deps, Running } from './context.ts';

/** Expressions see at most this much of stdout. */
const OUTPUT_LIMIT = 1024 * 1024;
/** Hints and the last lines are looked for in this much of each stream. */
const TAIL_BYTES = 16 * 1024;
const TAIL_LINES = 20;
/** Slack shows 3,000 characters in one block. */
const TAIL_CHARS = 2800;
/** A line of JSON may be a megabyte. */
const LINE_CHARS = 1000;

const utf8 = new TextDecoder('utf-8');

export async function stdoutOf(deps: Deps, attempt: string): Promise<string> {
  return utf8.decode(await deps.store.outputTail(attempt, 'out', OUTPUT_LIMIT));
}

/** The last lines that are not empty, cleaned: as many whole ones as people are shown, at least one. */
export function lastWholeLines(texts: readonly string[]): readonly string[] {
  const lines = texts
    .flatMap((text) => cleanOutput(text).split('\n'))
    .filter((line) => line.trim() !== '')
    .slice(-TAIL_LINES)
    .map((line) => cut(line, LINE_CHARS));
  let room = TAIL_CHARS;
  const from = lines.findLastIndex((line) => {
    room -= [...line].length + 1;
    return room < 0;
  });
  return lines.slice(from + 1);
}

export interface OutputLines {
  /** Last lines of stdout, then of stderr, cleaned; at most 20. */
  readonly tail: readonly string[];
  readonly hint: string | null;
  readonly exitCode: number | null;
}

export function hintFor(step: PlannedStep, texts: readonly string[]): string | null {
  return step.hints.find(({ contains }) => texts.some((text) => text.includes(contains)))?.say ?? null;
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
  const ended = running.events.findLast((event) => event.kind === 'apply-ended' && event.attempt === attempt);
  const outcome = ended?.kind === 'apply-ended' ? ended.outcome : null;
  return {
    tail: lastWholeLines([out, err]),
    hint: hintFor(step, [out, err]),
    exitCode: outcome?.kind === 'exited' ? outcome.code : null,
  };
}
