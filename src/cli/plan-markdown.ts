/** A plan as Markdown, for a change record or a review. */
import { type Plan, shortDigest } from '../core/plan.ts';
import { textOf } from '../runbook/cel-values.ts';
import { sayDuration } from '../runbook/duration.ts';
import type { PlanView, StepView } from './plan-view.ts';

/** Text in a line of Markdown: nothing in it may turn into markup or end the table cell. */
function plain(text: string): string {
  return text
    .replace(/[\\`*_{}[\]<>#|~]/g, '\\$&')
    .replace(/\s*\n\s*/g, ' ')
    .trim();
}

function code(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text.trimEnd()}\n${fence}`;
}

function bold(text: string): string {
  return `**${text}**`;
}

function refsText(refs: readonly string[]): string {
  return refs.length === 0 ? '' : ` (${refs.map(plain).join(', ')})`;
}

function stepPart(step: StepView, index: number): readonly string[] {
  const where = step.on === null ? '' : ` on ${plain(step.on)}`;
  const facts = [
    `${step.kind}${where}, ${sayDuration(step.expected_s)}`,
    ...(step.sudo ? ['under sudo'] : []),
    ...(step.secrets.length === 0 ? [] : [`secrets ${step.secrets.map(plain).join(', ')}`]),
    ...(step.critical ? ['critical'] : []),
    ...(step.no_return ? [bold('point of no return')] : []),
    ...(step.retry === 'never' ? [] : [`retry ${step.retry.replace('_', ' ')}`]),
  ];
  return [
    `### ${index + 1}. ${plain(step.title)}${refsText(step.refs)}`,
    `\`${step.id}\`: ${facts.join('; ')}`,
    ...(step.command === null ? [] : [code(step.command, step.kind === 'run' ? 'sh' : '')]),
    ...step.verify.flatMap(({ on, command, within_s }) => [
      `Verify${on === null ? '' : ` on ${plain(on)}`}, within ${sayDuration(within_s)}${command === null ? ': it has rebooted.' : ':'}`,
      ...(command === null ? [] : [code(command, 'sh')]),
    ]),
    ...(step.undo === null
      ? []
      : [
          `Undo${step.undo.on === null ? '' : ` on ${plain(step.undo.on)}`}:`,
          code(step.undo.command ?? '', 'sh'),
        ]),
  ];
}

function list(title: string, items: readonly string[]): readonly string[] {
  return items.length === 0 ? [] : [`## ${title}`, items.map((item) => `- ${item}`).join('\n')];
}

export function planMarkdown(view: PlanView, { body, evidence }: Plan): string {
  const inputs = Object.entries(body.inputs).filter(([, value]) => value !== null);
  const parts = [
    `# ${plain(body.runbook.title)}: ${plain(body.flow.title)}`,
    [
      `- Plan \`${view.digest}\``,
      `- Target ${plain(body.target.name)}, runbook ${plain(body.runbook.id)} \`${shortDigest(body.runbook.digest)}\`, flow ${plain(view.flow)}`,
      `- ${view.blocked ? bold('Blocked') : 'Ready for approval'}; declared duration ${sayDuration(view.expected_s)}; kept free for rolling back ${sayDuration(body.rollbackReserveS)}`,
    ].join('\n'),
    ...list(
      'Inputs',
      inputs.map(([name, value]) => `${plain(name)}: ${plain(textOf(value))}`),
    ),
    ...list(
      'Facts',
      evidence.facts.map(({ title, shown }) => `${plain(title)}: ${plain(shown)}`),
    ),
    ...list(
      'Findings',
      view.findings.map(({ severity, say, do: todo, refs }) =>
        `${bold(severity)}${refsText(refs)}: ${plain(say)} ${plain(todo)}`.trim(),
      ),
    ),
    ...list(
      'Checks',
      view.checks.map(({ id, ok, refs }) => `${ok ? 'ok' : bold('not ok')}: \`${id}\`${refsText(refs)}`),
    ),
    ...list(
      'Approvers confirm',
      view.acknowledgements.map(({ say, refs }) => `${plain(say)}${refsText(refs)}`),
    ),
    '## Steps',
    ...view.steps.flatMap(stepPart),
    ...list(
      'Rolling back undoes, in this order',
      view.rollback.map(({ title }) => plain(title)),
    ),
  ];
  return `${parts.join('\n\n')}\n`;
}
