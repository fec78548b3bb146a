import type { CommandContext, CommandResult, HostCommand } from '../../host.ts';
import { shownDigest } from './published-scripts.ts';

async function bytesOf(path: string, context: CommandContext): Promise<Uint8Array | undefined> {
  if (path === '-') return Buffer.from(context.stdin, 'latin1');
  const full = path.startsWith('/') ? path : `${context.cwd.replace(/\/$/, '')}/${path}`;
  const stat = await context.files.stat(full);
  return stat === undefined || stat.kind === 'dir' ? undefined : context.files.read(full);
}

async function print(paths: readonly string[], context: CommandContext): Promise<CommandResult> {
  const lines: string[] = [];
  const missing: string[] = [];
  for (const path of paths) {
    const bytes = await bytesOf(path, context);
    if (bytes === undefined) missing.push(`sha256sum: ${path}: No such file or directory\n`);
    else lines.push(`${shownDigest(bytes)}  ${path}\n`);
  }
  return { stdout: lines.join(''), stderr: missing.join(''), exitCode: missing.length > 0 ? 1 : 0 };
}

interface Checking {
  readonly quiet: boolean;
  readonly silent: boolean;
}

async function checkLines(
  list: string,
  { quiet, silent }: Checking,
  context: CommandContext,
): Promise<CommandResult> {
  const lines: string[] = [];
  const errors: string[] = [];
  const count = { failed: 0, unread: 0, rows: 0 };
  for (const line of list.split('\n')) {
    const [, digest, path] = /^\\?([0-9a-f]{64}) [ *](.+)$/i.exec(line) ?? [];
    if (digest === undefined || path === undefined) continue;
    count.rows += 1;
    const bytes = await bytesOf(path, context);
    if (bytes === undefined) {
      count.unread += 1;
      errors.push(`sha256sum: ${path}: No such file or directory\n`);
      lines.push(`${path}: FAILED open or read\n`);
    } else if (shownDigest(bytes) === digest.toLowerCase()) {
      if (!quiet) lines.push(`${path}: OK\n`);
    } else {
      count.failed += 1;
      lines.push(`${path}: FAILED\n`);
    }
  }
  if (count.rows === 0)
    return {
      stderr: 'sha256sum: standard input: no properly formatted SHA256 checksum lines found\n',
      exitCode: 1,
    };
  const many = (n: number) =>
    `${n} ${n === 1 ? 'computed checksum did' : 'computed checksums did'} NOT match`;
  if (count.unread > 0) errors.push(`sha256sum: WARNING: ${count.unread} listed file could not be read\n`);
  if (count.failed > 0) errors.push(`sha256sum: WARNING: ${many(count.failed)}\n`);
  return {
    ...(silent ? {} : { stdout: lines.join(''), stderr: errors.join('') }),
    exitCode: count.failed + count.unread > 0 ? 1 : 0,
  };
}

/** coreutils' own, but for the stand-ins of published scripts: of those it tells the digest of the real file. */
export const sha256sumCommand: HostCommand = async (args, context) => {
  const flags = args.filter((word) => word.startsWith('-') && word !== '-');
  const unknown = flags.find(
    (word) => !/^(?:-[cbt]+|--check|--binary|--text|--quiet|--status|--strict|--)$/.test(word),
  );
  if (unknown !== undefined) return { stderr: `sha256sum: unrecognized option '${unknown}'\n`, exitCode: 1 };
  const named = args.filter((word) => !word.startsWith('-') || word === '-');
  const paths = named.length > 0 ? named : ['-'];
  if (!flags.some((word) => word === '--check' || /^-[bt]*c/.test(word))) return print(paths, context);
  const how = { quiet: flags.includes('--quiet'), silent: flags.includes('--status') };
  const lists: string[] = [];
  for (const path of paths) {
    const bytes = await bytesOf(path, context);
    if (bytes === undefined)
      return { stderr: `sha256sum: ${path}: No such file or directory\n`, exitCode: 1 };
    lists.push(Buffer.from(bytes).toString('utf8'));
  }
  return checkLines(lists.join('\n'), how, context);
};
