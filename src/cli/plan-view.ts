/** A plan as `cutover plan` shows it: one object, printed as it is or put into words. */
import { assertNever } from '../core/model.ts';
import {
  type Action,
  type CheckResult,
  type CopySide,
  type Finding,
  isBlocked,
  type Plan,
  type PlanBody,
  type PlannedStep,
  type PlannedUndo,
  type PlannedVerify,
  shownText,
} from '../core/plan.ts';
import type { Runbook } from '../runbook/runbook.ts';
import { visible } from './visible.ts';

export interface VerifyView {
  readonly on: string | null;
  readonly command: string | null;
  readonly within_s: number;
}

export interface StepView {
  readonly id: string;
  readonly refs: readonly string[];
  readonly title: string;
  readonly kind: Action['kind'];
  /** Role after `same_as`; null where no host is meant. */
  readonly on: string | null;
  readonly command: string | null;
  readonly secrets: readonly string[];
  readonly sudo: boolean;
  readonly expected_s: number;
  readonly critical: boolean;
  readonly no_return: boolean;
  readonly retry: PlannedStep['retry'];
  readonly verify: readonly VerifyView[];
  readonly undo: StepView | null;
}

export interface PlanView {
  readonly digest: string;
  readonly runbook: { readonly id: string; readonly digest: string };
  readonly flow: string;
  readonly blocked: boolean;
  readonly findings: readonly Finding[];
  readonly checks: readonly Pick<CheckResult, 'id' | 'refs' | 'ok'>[];
  readonly acknowledgements: PlanBody['acknowledgements'];
  readonly steps: readonly StepView[];
  readonly point_of_no_return: string | null;
  readonly expected_s: number;
  /** Steps that can be taken back, the last one first. */
  readonly rollback: readonly StepView[];
}

type RoleOf = (host: string) => string | null;

/** A role that stands for another one yields to it; then the order of the runbook counts. */
function rolesByHost(runbook: Runbook, body: PlanBody): RoleOf {
  const own = runbook.roles.filter(({ sameAs }) => sameAs === null);
  const ordered = [...own, ...runbook.roles.filter(({ sameAs }) => sameAs !== null)];
  return (host) => ordered.find(({ id }) => body.roles[id]?.includes(host))?.id ?? null;
}

function side({ at, path }: CopySide, roleOf: RoleOf): string {
  return `${at === 'vault' ? 'vault' : (roleOf(at) ?? at)}:${shownText(path)}`;
}

/** What approvers read; null where there is nothing beyond the title. */
function commandText(action: Action, title: string, roleOf: RoleOf): string | null {
  switch (action.kind) {
    case 'run':
      return visible(shownText(action.command.run));
    case 'copy':
      return visible(`${side(action.from, roleOf)} → ${side(action.to, roleOf)}`);
    case 'write':
      return visible(`${side(action.to, roleOf)}\n${shownText(action.content)}`);
    case 'reboot':
      return null;
    case 'gate': {
      const say = shownText(action.say);
      const lines = [...(say === title ? [] : [say]), ...action.evidence.map(shownText)];
      return lines.length === 0 ? null : visible(lines.join('\n'));
    }
    case 'manual':
      return visible(shownText(action.say));
    default:
      return assertNever(action);
  }
}

function hostOfAction(action: Action): string | null {
  switch (action.kind) {
    case 'run':
      return action.command.host;
    case 'copy':
      return action.to.at === 'vault' ? action.from.at : action.to.at;
    case 'write':
      return action.to.at;
    case 'reboot':
      return action.host;
    case 'gate':
    case 'manual':
      return null;
    default:
      return assertNever(action);
  }
}

function secretsOf(action: Action): readonly string[] {
  if (action.kind === 'run') return action.command.secrets;
  if (action.kind !== 'write') return [];
  const named = action.content.flatMap((piece) =>
    typeof piece !== 'string' && 'secret' in piece ? [piece.secret] : [],
  );
  return [...new Set(named)];
}

function sudoOf(action: Action): boolean {
  if (action.kind === 'run') return action.command.sudo;
  return action.kind === 'reboot' || ('sudo' in action && action.sudo);
}

function verifyView({ command, rebooted, withinS }: PlannedVerify, roleOf: RoleOf): VerifyView {
  const host = command?.host ?? rebooted;
  return {
    on: host === null ? null : roleOf(host),
    command: command === null ? null : visible(shownText(command.run)),
    within_s: withinS,
  };
}

function undoView(undo: PlannedUndo, refs: readonly string[], roleOf: RoleOf): StepView {
  return {
    id: undo.id,
    refs,
    title: undo.title,
    kind: 'run',
    on: roleOf(undo.command.host),
    command: visible(shownText(undo.command.run)),
    secrets: undo.command.secrets,
    sudo: undo.command.sudo,
    expected_s: undo.expectedS,
    critical: false,
    no_return: false,
    retry: 'never',
    verify: undo.verify.map((verify) => verifyView(verify, roleOf)),
    undo: null,
  };
}

function stepView(step: PlannedStep, roleOf: RoleOf): StepView {
  const { id, refs, title, action, reversal } = step;
  const host = hostOfAction(action);
  return {
    id,
    refs,
    title,
    kind: action.kind,
    on: host === null ? null : roleOf(host),
    command: commandText(action, title, roleOf),
    secrets: secretsOf(action),
    sudo: sudoOf(action),
    expected_s: step.expectedS,
    critical: step.critical,
    no_return: reversal.kind === 'no_return',
    retry: step.retry,
    verify: step.verify.map((verify) => verifyView(verify, roleOf)),
    undo: reversal.kind === 'undo' ? undoView(reversal.undo, refs, roleOf) : null,
  };
}

export function planView({ digest, body, evidence }: Plan, runbook: Runbook): PlanView {
  const roleOf = rolesByHost(runbook, body);
  const steps = body.steps.map((step) => stepView(step, roleOf));
  const end =
    body.pointOfNoReturn === null ? steps.length : steps.findIndex(({ id }) => id === body.pointOfNoReturn);
  return {
    digest,
    runbook: { id: body.runbook.id, digest: body.runbook.digest },
    flow: body.flow.id,
    blocked: isBlocked(evidence),
    findings: evidence.findings.map(({ id, severity, say, do: todo, refs }) => ({
      id,
      severity,
      say,
      do: todo,
      refs,
    })),
    checks: evidence.checks.map(({ id, refs, ok }) => ({ id, refs, ok })),
    acknowledgements: body.acknowledgements,
    steps,
    point_of_no_return: body.pointOfNoReturn,
    expected_s: body.expectedS,
    rollback: steps
      .slice(0, end)
      .filter(({ undo }) => undo !== null)
      .toReversed(),
  };
}
