/** The shells that hosts have. A test that misses one fails and names the package. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface ShellProgram {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

/** bash reads its start file when it believes that it was started over a network. */
export const SHELLS: readonly ShellProgram[] = [
  { name: 'dash', command: ['dash'] },
  { name: 'bash', command: ['bash', '--norc'] },
  { name: 'busybox', command: ['busybox', 'sh'] },
];

/** A script that hangs is a failure, not a wait. */
const TIMEOUT_MS = 10_000;

export interface Ran {
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly code: number | null;
}

/** Runs the text as the launcher does: `sh -eu file`-like, from standard input being empty. */
export function runIn(
  { name, command: [program, ...args] }: ShellProgram,
  text: string,
  more: { readonly cwd?: string; readonly env?: { readonly [name: string]: string } } = {},
): Ran {
  const result = spawnSync(program, [...args, '-eu', '-c', text], {
    cwd: more.cwd ?? '/',
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8', ...more.env },
    input: '',
    timeout: TIMEOUT_MS,
  });
  if (result.error !== undefined && 'code' in result.error && result.error.code === 'ENOENT')
    throw new Error(`${program} is not installed: apt-get install ${name}`);
  return { stdout: result.stdout, stderr: result.stderr.toString(), code: result.status };
}

export async function inDirectory<T>(work: (directory: string) => T | Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'cutover-shell-'));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
