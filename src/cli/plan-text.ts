/** A plan for a terminal: everything that an approver would read, in order. */
import { type Plan, shortDigest } from '../core/plan.ts';
import { textOf } from '../runbook/cel-values.ts';
import { sayDuration } from '../runbook/duration.ts';
import type { PlanView, StepView, VerifyView } from './plan-view.ts';

function indented(text: string, by: string, first = by): string {
  return `${first}${text.trimEnd().replaceAll('\n', `\n${by}`)}`;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines];
}

function refsText(refs: readonly string[]): string {
  return refs.length === 0 ? '' : ` [${refs.join(', ')}]`;
}

function verifyLines({ on, command, within_s }: VerifyView): readonly string[] {
  const said = command ?? 'it has rebooted';
  return [
    `      verify${on === null ? '' : ` on ${on}`} within ${sayDuration(within_s)}`,
    indented(said, '          '),
  ];
}

function flags(step: StepView): string {
  const said = [
    step.kind === 'run' ? '' : step.kind,
    step.on === null ? '' : `on ${step.on}`,
    step.sudo ? 'sudo' : '',
    step.secrets.length === 0 ? '' : `secrets ${step.secrets.join(', ')}`,
    step.critical ? 'critical' : '',
    step.retry === 'never' ? '' : `retry ${step.retry.replace('_', ' ')}`,
    sayDuration(step.expected_s),
  ];
  return said.filter((part) => part !== '').join(' · ');
}

function stepLines(step: StepView, index: number, noReturn: string | null): readonly string[] {
  const number = `${index + 1}`.padStart(3);
  return [
    '',
    ...(step.id === noReturn ? ['  ─── point of no return: what follows is not undone ───', ''] : []),
    `${number}  ${step.title}${refsText(step.refs)}`,
    `     ${step.id} · ${flags(step)}`,
    ...(step.command === null ? [] : [indented(step.command, '        ')]),
    ...step.verify.flatMap(verifyLines),
    ...(step.undo === null
      ? []
      : [
          `      undo${step.undo.on === null ? '' : ` on ${step.undo.on}`}`,
          indented(step.undo.command ?? '', '          '),
        ]),
  ];
}

/** `plan` beside its view: facts and hosts stand only there. */
export function planText(view: PlanView, { body, evidence }: Plan): string {
  const inputs = Object.entries(body.inputs).filter(([, value]) => value !== null);
  const lines = [
    `${body.runbook.title}: ${body.flow.title}`,
    `Plan ${shortDigest(view.digest)} for ${body.target.name}, runbook ${body.runbook.id} ${shortDigest(body.runbook.digest)}, flow ${view.flow}`,
    view.blocked
      ? 'BLOCKED: it cannot be approved until the blockers below are gone.'
      : 'Ready for approval.',
    `Declared duration ${sayDuration(view.expected_s)}; kept free for rolling back ${sayDuration(body.rollbackReserveS)}.`,
    ...section(
      'Inputs',
      inputs.map(([name, value]) => `  ${name}: ${textOf(value)}`),
    ),
    ...section(
      'Hosts',
      Object.entries(body.roles).map(([role, names]) => {
        const said = names.map((name) => `${name} (${body.hosts[name]?.address ?? '?'})`);
        return `  ${role}: ${said.join(', ') || 'none'}`;
      }),
    ),
    ...section(
      'Facts',
      evidence.facts.map(({ title, shown }) => indented(`${title}: ${shown}`, '    ', '  ')),
    ),
    ...section(
      'Findings',
      view.findings.flatMap(({ severity, id, say, do: todo, refs }) => [
        indented(`${severity} ${id}${refsText(refs)}: ${say}`, '    ', '  '),
        ...(todo === '' ? [] : [indented(todo, '      ', '    → ')]),
      ]),
    ),
    ...section(
      'Checks',
      view.checks.map(({ id, ok, refs }) => `  ${ok ? 'ok ' : 'NOT'} ${id}${refsText(refs)}`),
    ),
    ...section(
      'Approvers confirm',
      view.acknowledgements.map(({ say, refs }) => indented(`${say}${refsText(refs)}`, '      ', '  [ ] ')),
    ),
    ...section(
      'Steps',
      view.steps.flatMap((step, index) => stepLines(step, index, view.point_of_no_return)),
    ),
    ...section(
      'Rolling back would undo, in this order',
      view.rollback.map(({ title }) => `  ${title}`),
    ),
  ];
  return `${lines.join('\n')}\n`;
}
