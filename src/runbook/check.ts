/** What a runbook must keep beyond its shape: one rule after the other, each in a file of its own. */
import { locate, type Problem, type Report, type Source } from './problem.ts';
import { captured } from './rules/captured.ts';
import type { Checking, Rule } from './rules/checking.ts';
import { declarations } from './rules/declarations.ts';
import { destructive } from './rules/destructive.ts';
import { expressionForms } from './rules/expression-forms.ts';
import { expressionTypes } from './rules/expression-types.ts';
import { gates } from './rules/gates.ts';
import { ids } from './rules/ids.ts';
import { names } from './rules/names.ts';
import { positions } from './rules/positions.ts';
import { references } from './rules/references.ts';
import { secrets } from './rules/secrets.ts';
import { shellDialect } from './rules/shell-dialect.ts';
import { shellHabits } from './rules/shell-habits.ts';
import { stepSafety } from './rules/step-safety.ts';
import { stepShape } from './rules/step-shape.ts';
import { templates } from './rules/templates.ts';
import { unused } from './rules/unused.ts';
import type { RunbookSource } from './schema.ts';
import { parseShell } from './shell-parse.ts';
import { expressionsOf, sitesOf } from './sites.ts';
import { placedSteps, staticUnits } from './units.ts';

const RULES: readonly Rule[] = [
  declarations,
  ids,
  references,
  templates,
  names,
  expressionTypes,
  expressionForms,
  captured,
  positions,
  secrets,
  shellHabits,
  shellDialect,
  stepShape,
  stepSafety,
  gates,
  destructive,
  unused,
];

/** A block that is used twice would say everything twice. */
function once(problems: readonly Problem[]): readonly Problem[] {
  const key = ({ line, column, rule, message }: Problem): string =>
    JSON.stringify([line, column, rule, message]);
  return [...new Map(problems.map((problem) => [key(problem), problem])).values()];
}

export function checkMeaning(
  runbook: RunbookSource,
  source: Source,
  raw: unknown,
  shellSyntax?: (text: string) => string | null,
): readonly Problem[] {
  const problems: Problem[] = [];
  const report: Report = (path, fault, offset) => {
    problems.push({ file: source.file, ...locate(source, path, offset), ...fault });
  };
  const sites = sitesOf(runbook);
  const checking: Checking = {
    runbook,
    source,
    raw,
    report,
    sites,
    expressions: expressionsOf(sites),
    shells: sites.flatMap((site) => (site.kind === 'shell' ? [{ site, shell: parseShell(site.text) }] : [])),
    placed: placedSteps(runbook),
    units: staticUnits(runbook),
    shellSyntax,
  };
  for (const rule of RULES) rule(checking);
  return once(problems);
}
