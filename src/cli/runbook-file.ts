/** Runbook files: found by id or path, read, checked; problems as a person or a program reads them. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { didYouMean } from '../runbook/did-you-mean.ts';
import { type Loaded, loadRunbook, type Problem } from '../runbook/load.ts';
import { UsageError } from './io.ts';
import { shellSyntax } from './shell-syntax.ts';

/** Where runbooks live, from the directory in which the command is run. */
const DIRECTORY = 'runbooks';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

async function knownIds(): Promise<readonly string[]> {
  const names = await readdir(DIRECTORY).catch(() => []);
  return names.filter((name) => name.endsWith('.yaml')).map((name) => basename(name, '.yaml'));
}

/** `cloudify-manager` → `runbooks/cloudify-manager.yaml`; a path stays a path. */
function fileOf(named: string): string {
  return named.includes('/') || /\.ya?ml$/.test(named) ? named : `${DIRECTORY}/${named}.yaml`;
}

/** @throws UsageError when there is no such file */
export async function readRunbook(
  named: string,
): Promise<{ readonly file: string; readonly loaded: Loaded }> {
  const file = fileOf(named);
  const text = await readFile(file, 'utf8').catch((error: Error) => error);
  if (text instanceof Error) {
    const near = didYouMean(basename(file, '.yaml'), await knownIds());
    throw new UsageError(`Reading runbook ${file}: ${text.message.split(',')[0]}.${near}`);
  }
  return { file, loaded: loadRunbook(text, file, sha256, shellSyntax) };
}

export function problemText({ file, line, column, rule, message, mend }: Problem): string {
  return `${file}:${line}:${column}: ${message} [${rule}]\n    ${mend.replaceAll('\n', '\n    ')}`;
}

export function problemsText(problems: readonly Problem[]): string {
  return `${problems.map(problemText).join('\n')}\n`;
}
