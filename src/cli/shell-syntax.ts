/** Asks a real shell whether a text is one it would run; nothing of it is run. */
import { spawnSync } from 'node:child_process';

/** Parsing takes milliseconds; a shell that takes longer hangs. */
const TIMEOUT_MS = 10_000;

/** @returns what the shell says is wrong, or null. @throws Error when there is no `sh` */
export function shellSyntax(text: string): string | null {
  const result = spawnSync('sh', ['-n'], { input: text, encoding: 'utf8', timeout: TIMEOUT_MS });
  if (result.error !== undefined)
    throw new Error(`checking shell syntax: sh -n could not be run: ${result.error.message}`);
  if (result.status === 0) return null;
  const said = result.stderr.trim().split('\n')[0] ?? '';
  return said.replace(/^(sh|dash|bash): /, '') || `sh -n ended with exit code ${result.status}`;
}
