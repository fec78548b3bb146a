/** Probes that can run now, and what their output means. */
import type { Fact, Finding } from '../core/plan.ts';
import { evaluate } from './cel.ts';
import { namesIn } from './cel-names.ts';
import { blocker, factOf, factValue } from './facts.ts';
import { type Runbook, titleOf } from './runbook.ts';
import type { ProbeSource } from './schema.ts';
import { asWords, decideBool, finishedText, onHost } from './scope.ts';
import { holesIn, parseTemplate } from './template.ts';
import { hostFor, type PlanScope, worldOf } from './world.ts';

export interface PlannedProbe {
  readonly id: string;
  readonly title: string;
  /** Name of the host. */
  readonly host: string;
  /** Finished shell command. */
  readonly text: string;
  readonly sudo: boolean;
  readonly secrets: readonly string[];
  readonly timeoutS: number;
}

/** A probe reads; one that takes longer than this hangs. */
const PROBE_TIMEOUT_S = 60;

/** Facts that must be known before this probe can run. */
export function factsNeeded(probe: ProbeSource): readonly string[] {
  const expressions = [
    probe.when ?? 'true',
    probe.read,
    probe.ok_when,
    ...holesIn(probe.run).map(({ cel }) => cel),
  ];
  const names = expressions.flatMap(namesIn);
  return [...new Set(names.filter(({ path }) => path[0] === 'fact').map(({ path }) => path[1] ?? ''))];
}

/** `dry: ${{ fact.version }}`: what stands in depends on the rest of the situation. */
export function dryExpression({
  dry,
}: ProbeSource): { readonly cel: string; readonly start: number } | undefined {
  if (typeof dry !== 'string') return undefined;
  const { pieces } = parseTemplate(dry);
  const [only] = pieces;
  if (pieces.length !== 1 || only === undefined || typeof only === 'string') return undefined;
  return { cel: only.cel, start: only.celStart };
}

/** Those whose names are known; the ones that need other facts come in a later round. */
export function plannedProbes(
  runbook: Runbook,
  asked: PlanScope,
  known: readonly Fact[],
): readonly PlannedProbe[] {
  const world = worldOf(runbook, asked, known);
  const ids = new Set(known.map(({ id }) => id));
  return Object.entries(runbook.probes).flatMap(([id, probe]): PlannedProbe[] => {
    if (ids.has(id) || !factsNeeded(probe).every((fact) => ids.has(fact))) return [];
    const wanted = decideBool(probe.when ?? 'true', world.scope);
    if (wanted.ok && !wanted.value) return [];
    const host = hostFor(world, world.scope, probe.on);
    if (!host.ok) return [];
    const text = finishedText(probe.run, onHost(world.scope, host.value, world.upgradeId), asWords);
    if (!text.ok) return [];
    const { sudo, secrets, timeout } = probe;
    const timeoutS = timeout ?? PROBE_TIMEOUT_S;
    const title = probe.title ?? titleOf(id);
    return [{ id, title, host: host.value.name, text: text.value, sudo, secrets, timeoutS }];
  });
}

/** The part of an output that a finding shows. */
const SHOWN_CHARS = 300;

function shownOutput(stdout: string): string {
  const text = stdout.trim();
  if (text === '') return 'There was no output.';
  return `The output was ${JSON.stringify(text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text)}.`;
}

export type ReadFact =
  | { readonly ok: true; readonly fact: Fact }
  | { readonly ok: false; readonly finding: Finding };

/** Nonsense is a blocker that says what was probed and what came back, never a fact. */
export function readFact(
  runbook: Runbook,
  probeId: string,
  result: { readonly stdout: string; readonly exitCode: number },
  host: string,
  seenAt: number,
): ReadFact {
  const probe = runbook.probes[probeId];
  const title = probe?.title ?? titleOf(probeId);
  const refuse = (why: string): ReadFact => ({
    ok: false,
    finding: blocker(
      probeId,
      `${title}: ${why} ${shownOutput(result.stdout)}`,
      `Look at ${host} yourself, then ask for a new plan.`,
      probe?.ref ?? [],
    ),
  });
  if (probe === undefined) return refuse('the runbook has no such probe.');
  const values = { output: result.stdout, exit_code: BigInt(result.exitCode) };
  const ended = evaluate(probe.ok_when, values);
  if (!ended.ok || ended.value !== true)
    return refuse(`the probe on ${host} ended with exit code ${result.exitCode}.`);
  const read = evaluate(probe.read, values);
  if (!read.ok) return refuse(`what ${host} answered cannot be read: ${read.why}.`);
  const typed = factValue(read.value, probe.as);
  if (!typed.ok) return refuse(`what ${host} answered cannot be read: ${typed.why}.`);
  return { ok: true, fact: factOf(probeId, title, typed.value, host, seenAt) };
}
