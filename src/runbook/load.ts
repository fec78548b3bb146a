/** Text of a runbook file → runbook, or everything that is wrong with it. */
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { checkMeaning } from './check.ts';
import { nearest } from './did-you-mean.ts';
import { locate, type Path, type Problem, type Report, type Source } from './problem.ts';
import { lostComments } from './rules/lost-comment.ts';
import { type Runbook, runbookOf } from './runbook.ts';
import {
  AcknowledgementSource,
  Block,
  Check,
  Copy,
  Flow,
  Input,
  Probe,
  Role,
  RunbookSource,
  Step,
  Undo,
  Verify,
  Write,
} from './schema.ts';

export type { Problem } from './problem.ts';
export type { Runbook } from './runbook.ts';

export type Loaded =
  | { readonly ok: true; readonly runbook: Runbook }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const INNER: { readonly [key: string]: { readonly shape: object } } = {
  verify: Verify,
  undo: Undo,
  copy: Copy,
  write: Write,
};
const OUTER: { readonly [key: string]: { readonly shape: object } } = {
  flows: Flow,
  hosts: Role,
  inputs: Input,
  probes: Probe,
  checks: Check,
  acknowledgements: AcknowledgementSource,
  steps: Step,
};

/** Keys that may stand in the map at this place. */
function keysAt(path: Path): readonly string[] {
  const [first] = path;
  const inner = INNER[String(path.findLast((part) => typeof part === 'string') ?? '')];
  if (inner !== undefined) return Object.keys(inner.shape);
  if (first === undefined) return Object.keys(RunbookSource.shape);
  if (first === 'blocks') return Object.keys(path.includes('steps') ? Step.shape : Block.shape);
  return Object.keys(OUTER[first]?.shape ?? {});
}

function keyMend(path: Path, key: string): string {
  const near = nearest(key, keysAt(path));
  return near === undefined
    ? 'Remove it, or see docs/runbook-language.md for the keys that stand here.'
    : `Did you mean ${near}? \`cutover runbook schema\` prints all keys.`;
}

function reportIssue(report: Report, issue: z.core.$ZodIssue): void {
  const path: Path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys)
      report(
        [...path, key],
        { rule: 'unknown_key', message: `unknown key ${key}`, mend: keyMend(path, key) },
        'key',
      );
    return;
  }
  if (issue.code === 'invalid_union') {
    // The branch that got furthest says what is wrong; the others only say that it is another kind of value.
    const [deepest] = issue.errors
      .flat()
      .toSorted(
        (a, b) =>
          b.path.length - a.path.length ||
          Number(b.code === 'unrecognized_keys') - Number(a.code === 'unrecognized_keys'),
      );
    if (deepest !== undefined && (deepest.path.length > 0 || deepest.code === 'unrecognized_keys')) {
      reportIssue(report, { ...deepest, path: [...issue.path, ...deepest.path] });
      return;
    }
  }
  const name = path.join('.');
  report(path, {
    rule: 'schema',
    message: `${name === '' ? 'the runbook' : name}: ${sayIssue(issue)}`,
    mend: 'Write it as docs/runbook-language.md shows.',
  });
}

function sayIssue(issue: z.core.$ZodIssue): string {
  const text = issue.message.replace(/^Invalid input: /, '');
  return text.endsWith('received undefined') ? 'it is missing' : text;
}

function sourceOf(text: string, file: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, version: '1.2', prettyErrors: false });
  return { file, text, document, lines };
}

/** Longest text of one runbook: a person is to read it aloud. */
const MOST_CHARS = 1_000_000;

export function loadRunbook(
  text: string,
  file: string,
  sha256: (text: string) => string,
  shellSyntax?: (text: string) => string | null,
): Loaded {
  const source = sourceOf(text.slice(0, MOST_CHARS), file);
  const problems: Problem[] = [];
  const report: Report = (path, fault, offset) => {
    problems.push({ file, ...locate(source, path, offset), ...fault });
  };
  for (const error of [...source.document.errors, ...source.document.warnings]) {
    const { line, col } = source.lines.linePos(error.pos[0]);
    problems.push({
      file,
      line,
      column: col,
      rule: 'yaml',
      message: error.message,
      mend: 'Mend the YAML here.',
    });
  }
  if (problems.length > 0) return { ok: false, problems };
  let plain: unknown;
  try {
    plain = source.document.toJS();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    report([], { rule: 'yaml', message, mend: 'Write the values out instead of using aliases.' });
    return { ok: false, problems };
  }
  problems.push(...lostComments(source));
  const parsed = RunbookSource.safeParse(plain ?? {});
  if (!parsed.success) {
    for (const issue of parsed.error.issues) reportIssue(report, issue);
    return { ok: false, problems: inOrder(problems) };
  }
  problems.push(...checkMeaning(parsed.data, source, plain, shellSyntax));
  if (problems.length > 0) return { ok: false, problems: inOrder(problems) };
  return { ok: true, runbook: runbookOf(parsed.data, file, sha256(text)) };
}

function inOrder(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
}
