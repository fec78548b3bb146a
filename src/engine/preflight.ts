/** Looks at the hosts, read-only and in parallel, and makes the plan. Done for the plan, and again at T-0. */
import type { RunbookFile, Target } from '../core/inventory.ts';
import { granted, refused, type Verdict } from '../core/model.ts';
import type { Fact, Finding, Json, Plan } from '../core/plan.ts';
import { loadRunbook, type Problem, type Runbook } from '../runbook/load.ts';
import { planUpgrade } from '../runbook/plan.ts';
import { plannedProbes, readFact } from '../runbook/probe.ts';
import type { Deps } from './context.ts';
import { greet, hostsOf, rootFindings } from './greeting.ts';
import { hiddenValues, hide, secretsOf } from './secrets-of.ts';

/** What looking at hosts needs; the `cutover` command has no more than this. */
export type PreflightDeps = Pick<Deps, 'hosts' | 'policies' | 'secrets' | 'sha256'> & {
  readonly clock: Pick<Deps['clock'], 'now'>;
};

export interface Asked {
  readonly upgrade: string;
  readonly target: Target;
  readonly flow: string;
  /** As typed or as stored; parsed by the runbook's declarations. */
  readonly inputs: { readonly [name: string]: string };
  /** Facts of an earlier plan of the same upgrade, for a way forward. */
  readonly before?: readonly Fact[];
}

export type Preflight =
  | { readonly kind: 'planned' | 'blocked'; readonly plan: Plan }
  | {
      readonly kind: 'refused';
      readonly errors: readonly { readonly field: string; readonly say: string }[];
    };

/** Checking a long runbook takes seconds of processor time, and nobody else is served meanwhile: once for each text. */
const checked = new WeakMap<RunbookFile, Runbook>();

type RunbookDeps = Pick<Deps, 'policies' | 'sha256'>;

/** A runbook that is missing, cannot be read or does not pass its check: with file, line and column. */
export class RunbookError extends Error {
  override name = 'RunbookError';
  /** All that the check found; none when there was no text to check. */
  readonly problems: readonly Problem[];
  constructor(why: string, problems: readonly Problem[] = []) {
    super(why);
    this.problems = problems;
  }
}

function notPassed(id: string, problems: readonly Problem[]): RunbookError {
  const [first, ...more] = problems;
  const where = first === undefined ? '' : `: ${first.file}:${first.line}:${first.column}: ${first.message}`;
  const others = more.length === 0 ? '' : ` (and ${more.length} more)`;
  return new RunbookError(`The runbook ${id} does not pass its check${where}${others}.`, problems);
}

/** @throws RunbookError */
export async function runbookOf(deps: RunbookDeps, id: string): Promise<Runbook> {
  const file = await deps.policies.runbook(id).catch((error: Error) => {
    throw new RunbookError(`The runbook ${id} cannot be read: ${error.message}.`);
  });
  if (file === undefined)
    throw new RunbookError(`There is no runbook ${id} in the runbooks directory, and targets.yaml names it.`);
  const known = checked.get(file);
  if (known !== undefined) return known;
  const loaded = loadRunbook(file.text, file.file, deps.sha256);
  if (!loaded.ok) throw notPassed(id, loaded.problems);
  checked.set(file, loaded.runbook);
  return loaded.runbook;
}

/** In Slack nobody can mend a file. */
export function forPeople({ message }: RunbookError): string {
  return `${message} Tell whoever runs the bot.`;
}

/** The same as an answer, where somebody asks: a broken runbook is refused with its place, not an accident. */
export async function usableRunbook(deps: RunbookDeps, id: string): Promise<Verdict<Runbook>> {
  try {
    return granted(await runbookOf(deps, id));
  } catch (error) {
    if (error instanceof RunbookError) return refused('runbook-broken', forPeople(error));
    throw error;
  }
}

export interface Observed {
  readonly facts: readonly Fact[];
  readonly findings: readonly Finding[];
  /** Ids of the findings that say that a host cannot be used. */
  readonly hostFindings: readonly string[];
}

type Probe = ReturnType<typeof plannedProbes>[number];

async function probe(
  deps: PreflightDeps,
  asked: Asked,
  runbook: Runbook,
  planned: Probe,
): Promise<ReturnType<typeof readFact>> {
  const host = hostsOf(asked.target).find(({ name }) => name === planned.host);
  const refuse = (say: string, todo: string): ReturnType<typeof readFact> => ({
    ok: false,
    finding: { id: planned.id, severity: 'blocker', say, do: todo, refs: [] },
  });
  if (host === undefined)
    return refuse(`${planned.title}: no host ${planned.host} in the inventory.`, 'Mend targets.yaml.');
  const secrets = secretsOf(deps, asked.target.name, planned.secrets);
  if (!secrets.ok) return refuse(`${planned.title}: ${secrets.why}.`, 'Mend it, then ask again.');
  const { text, sudo } = planned;
  const result = await deps.hosts.look({ host, text, sudo, secrets: secrets.value }, planned.timeoutS * 1000);
  if (result.kind === 'unreachable')
    return refuse(
      `${planned.title}: ${host.name} cannot be reached: ${result.why}.`,
      'Check the host, then ask again.',
    );
  if (result.kind === 'timed-out')
    return refuse(
      `${planned.title}: no answer from ${host.name} within ${planned.timeoutS} s.`,
      'Check the host, then ask again.',
    );
  return readFact(
    runbook,
    planned.id,
    { stdout: hide(hiddenValues(deps, asked.target.name), result.stdout), exitCode: result.code },
    host.name,
    deps.clock.now(),
  );
}

/**
 * All probes, in rounds: those whose names are known run together, the ones that need their facts come next. Facts of an
 * earlier plan stand in for probes that do not run in this flow, as when the Manager that they asked is gone.
 */
async function observe(deps: PreflightDeps, asked: Asked, runbook: Runbook): Promise<Observed> {
  const unusable = await unusableHosts(deps, asked);
  // Probes of a host that does not answer would only repeat it.
  if (unusable.length > 0)
    return { facts: [], findings: unusable, hostFindings: unusable.map(({ id }) => id) };
  const facts: Fact[] = [];
  const findings: Finding[] = [];
  const tried = new Set<string>();
  let before = asked.before ?? [];
  for (;;) {
    const round = plannedProbes(runbook, scopeOf(asked), facts).filter(({ id }) => !tried.has(id));
    for (const planned of round) tried.add(planned.id);
    for (const answer of await Promise.all(round.map((planned) => probe(deps, asked, runbook, planned)))) {
      if (answer.ok) facts.push(answer.fact);
      else findings.push(answer.finding);
    }
    if (round.length > 0) continue;
    const kept = before.filter(({ id }) => !tried.has(id));
    if (kept.length === 0) return { facts, findings, hostFindings: [] };
    facts.push(...kept);
    before = [];
  }
}

async function unusableHosts(deps: PreflightDeps, { target }: Asked): Promise<readonly Finding[]> {
  const greetings = await Promise.all(hostsOf(target).map((host) => greet(deps, host)));
  return greetings.filter((finding) => finding !== null);
}

/** Facts as they are now, for somebody who comes back after a long hold. An approved plan goes on without its runbook. */
export async function observeAgain(
  deps: PreflightDeps,
  asked: Asked,
): Promise<Observed & { readonly unread: string | null }> {
  const runbook = await usableRunbook(deps, asked.target.runbook);
  if (runbook.ok) return { ...(await observe(deps, asked, runbook.value)), unread: null };
  const unusable = await unusableHosts(deps, asked);
  const hostFindings = unusable.map(({ id }) => id);
  return { facts: [], findings: unusable, hostFindings, unread: runbook.refusal.say };
}

function scopeOf({ upgrade, target, flow, inputs }: Asked) {
  return {
    upgradeId: upgrade,
    flow,
    inputs,
    target: {
      name: target.name,
      rehearsal: target.rehearsal,
      facts: target.facts as { readonly [name: string]: Json },
    },
    hosts: target.hosts,
  };
}

/** Facts from the hosts, now. */
export async function preflight(deps: PreflightDeps, asked: Asked): Promise<Preflight> {
  const runbook = await runbookOf(deps, asked.target.runbook);
  const early = planUpgrade({
    ...scopeOf(asked),
    runbook,
    facts: [],
    probeFindings: [],
    dry: true,
    sha256: deps.sha256,
  });
  // A field that the runbook refuses is refused before anybody connects to a host.
  if (early.kind === 'refused') return early;
  const { facts, findings } = await observe(deps, asked, runbook);
  const planned = (found: readonly Finding[]) =>
    planUpgrade({
      ...scopeOf(asked),
      runbook,
      facts,
      probeFindings: found,
      dry: found.length > 0,
      sha256: deps.sha256,
    });
  const made = planned(findings);
  if (made.kind !== 'planned') return made;
  // Which hosts have steps under sudo is known only now.
  const refused = await rootFindings(deps, made.plan.body);
  return refused.length === 0 ? made : planned([...findings, ...refused]);
}

/** No host is asked: dry values stand in for facts. For the form: which fields are wrong, how long it will take about. */
export async function rehearse(deps: PreflightDeps, asked: Asked): Promise<Preflight> {
  const runbook = await runbookOf(deps, asked.target.runbook);
  return planUpgrade({
    ...scopeOf(asked),
    runbook,
    facts: [],
    probeFindings: [],
    dry: true,
    sha256: deps.sha256,
  });
}
