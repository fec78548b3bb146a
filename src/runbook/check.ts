/** What a runbook must keep beyond its shape; each rule in a file of its own. */
import type { Report, Source } from './problem.ts';
import type { RunbookSource } from './schema.ts';

export function checkMeaning(
  _runbook: RunbookSource,
  _source: Source,
  _report: Report,
  _shellSyntax?: (text: string) => string | null,
): void {}
