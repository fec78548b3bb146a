/** Checks judged over facts, and what approvers confirm. */
import type { Acknowledgement, CheckResult, Finding } from '../core/plan.ts';
import { namesIn } from './cel-names.ts';
import { blocker } from './facts.ts';
import { titleOf } from './runbook.ts';
import { asText, decideBool, finishedText, type Scope, type Undecided } from './scope.ts';
import { holesIn } from './template.ts';
import type { World } from './world.ts';

export interface Judged {
  readonly checks: readonly CheckResult[];
  readonly findings: readonly Finding[];
  /** What could only not be judged because facts are missing. */
  readonly undecided: readonly Finding[];
}

type CheckSource = World['runbook']['checks'][string];

/** A sentence is said even when one of its values is missing: the finding matters more than its wording. */
function sentence(text: string, scope: Scope): string {
  const said = finishedText(text, scope, asText);
  return (said.ok ? said.value : text).trim();
}

/** Nothing but facts is missing: no host, no mistake in the runbook. */
export function lacksFactsOnly(missing: readonly string[]): boolean {
  return missing.length > 0 && missing.every((name) => name.startsWith('fact.'));
}

function undecidable(id: string, check: CheckSource, { why, missing }: Undecided): Judged {
  const title = check.title ?? titleOf(id);
  const finding = blocker(
    id,
    `${title}: this could not be judged: ${why}.`,
    'Find out the missing value, then ask for a new plan.',
    check.ref,
  );
  const checks = [{ id, ok: false, refs: check.ref }];
  return lacksFactsOnly(missing)
    ? { checks, findings: [], undecided: [finding] }
    : { checks, findings: [finding], undecided: [] };
}

function needsOneOf(check: CheckSource, facts: ReadonlySet<string>): boolean {
  const expressions = [check.when ?? 'true', check.expect, ...holesIn(check.say).map(({ cel }) => cel)];
  return expressions.flatMap(namesIn).some(({ path }) => path[0] === 'fact' && facts.has(path[1] ?? ''));
}

function judge(id: string, check: CheckSource, scope: Scope): Judged {
  const refs = check.ref;
  const wanted = decideBool(check.when ?? 'true', scope);
  if (wanted.ok && !wanted.value) return { checks: [], findings: [], undecided: [] };
  const holds = wanted.ok ? decideBool(check.expect, scope) : wanted;
  if (!holds.ok) return undecidable(id, check, holds);
  if (holds.value) return { checks: [{ id, ok: true, refs }], findings: [], undecided: [] };
  const finding: Finding = {
    id,
    severity: check.else,
    say: sentence(check.say, scope),
    do: sentence(check.do, scope),
    refs,
  };
  return { checks: [{ id, ok: false, refs }], findings: [finding], undecided: [] };
}

/** `unseen`: facts that a failed probe owes. Their checks are not clean, and the probe's own finding says why. */
export function judgeChecks(world: World, unseen: ReadonlySet<string>): Judged {
  const parts = Object.entries(world.runbook.checks).map(([id, check]): Judged => {
    if (needsOneOf(check, unseen))
      return { checks: [{ id, ok: false, refs: check.ref }], findings: [], undecided: [] };
    return judge(id, check, world.scope);
  });
  return {
    checks: parts.flatMap(({ checks }) => checks),
    findings: parts.flatMap(({ findings }) => findings),
    undecided: parts.flatMap(({ undecided }) => undecided),
  };
}

export interface ToConfirm {
  readonly acknowledgements: readonly Acknowledgement[];
  readonly findings: readonly Finding[];
  readonly undecided: readonly Finding[];
}

export function acknowledgementsOf(world: World): ToConfirm {
  const acknowledgements: Acknowledgement[] = [];
  const findings: Finding[] = [];
  const undecided: Finding[] = [];
  for (const [id, source] of Object.entries(world.runbook.acknowledgements)) {
    const wanted = decideBool(source.when ?? 'true', world.scope);
    const say = wanted.ok && wanted.value ? finishedText(source.say, world.scope, asText) : undefined;
    const lack = wanted.ok ? say : wanted;
    if (lack?.ok === false)
      (lacksFactsOnly(lack.missing) ? undecided : findings).push(
        blocker(
          id,
          `What approvers must confirm (${id}) cannot be said: ${lack.why}.`,
          'Find out the missing value, then ask for a new plan.',
          source.ref,
        ),
      );
    if (say?.ok === true) acknowledgements.push({ id, say: say.value.trim(), refs: source.ref });
  }
  return { acknowledgements, findings, undecided };
}
