import type { CommandContext, CommandResult, HostCommand } from '../../host.ts';
import { listZip, unpackMember, type ZipListing } from '../zip.ts';

/** UnZip 6.00, as far as archives are tested and looked into: `-t`, `-l`, `-p`, each with `-q`. */
interface Asked {
  readonly mode: 't' | 'l' | 'p';
  readonly quiet: boolean;
  readonly file: string;
  readonly members: readonly string[];
}

function readArguments(args: readonly string[]): Asked | string {
  const letters = args.filter((word) => word.startsWith('-')).flatMap((word) => [...word.slice(1)]);
  const [file, ...members] = args.filter((word) => !word.startsWith('-'));
  const unknown = letters.find((letter) => !'tlpqo'.includes(letter));
  if (unknown !== undefined) return `error:  invalid option(s)\n`;
  const mode = letters.find((letter) => 'tlp'.includes(letter)) as Asked['mode'] | undefined;
  if (mode === undefined || file === undefined) return 'UnZip 6.00: only -t, -l and -p are simulated\n';
  return { mode, quiet: letters.includes('q'), file, members };
}

/** `*` matches across slashes, as UnZip's own patterns do. */
function matcher(pattern: string): RegExp {
  const escaped = pattern
    .replaceAll(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`);
}

function selected(
  all: readonly ZipListing[],
  patterns: readonly string[],
): { readonly found: readonly ZipListing[]; readonly missed: readonly string[] } {
  if (patterns.length === 0) return { found: all, missed: [] };
  const found = all.filter((member) => patterns.some((pattern) => matcher(pattern).test(member.name)));
  const missed = patterns.filter((pattern) => !all.some((member) => matcher(pattern).test(member.name)));
  return { found, missed };
}

function listing(file: string, members: readonly ZipListing[]): string {
  const rows = members.map((member) => {
    const at = new Date(member.modifiedAt).toISOString();
    const date = `${at.slice(5, 7)}-${at.slice(8, 10)}-${at.slice(0, 4)} ${at.slice(11, 16)}`;
    return `${String(member.bytes).padStart(9)}  ${date}   ${member.name}\n`;
  });
  const total = members.reduce((sum, member) => sum + member.bytes, 0);
  const files = `${members.length} file${members.length === 1 ? '' : 's'}`;
  return `Archive:  ${file}\n  Length      Date    Time    Name\n---------  ---------- -----   ----\n${rows.join('')}---------                     -------\n${String(total).padStart(9)}                     ${files}\n`;
}

function test(asked: Asked, members: readonly ZipListing[]): CommandResult {
  const lines = members.map((member) => ({ name: member.name, good: unpackMember(member) !== undefined }));
  const bad = lines.filter((line) => !line.good);
  const each = asked.quiet
    ? bad.map((line) => `    ${line.name}   bad CRC\n`)
    : lines.map((line) => `    testing: ${line.name.padEnd(24)} ${line.good ? 'OK' : 'bad CRC'}\n`);
  const head = asked.quiet ? '' : `Archive:  ${asked.file}\n`;
  if (bad.length > 0)
    return {
      stdout: `${head}${each.join('')}At least one error was detected in ${asked.file}.\n`,
      exitCode: 2,
    };
  return {
    stdout: `${head}${each.join('')}No errors detected in compressed data of ${asked.file}.\n`,
    exitCode: 0,
  };
}

async function archiveBytes(file: string, context: CommandContext): Promise<Uint8Array | undefined> {
  const path = file.startsWith('/') ? file : `${context.cwd.replace(/\/$/, '')}/${file}`;
  return (await context.files.exists(path)) ? context.files.read(path) : undefined;
}

export const unzipCommand: HostCommand = async (args, context) => {
  const asked = readArguments(args);
  if (typeof asked === 'string') return { stderr: asked, exitCode: 10 };
  const bytes = await archiveBytes(asked.file, context);
  if (bytes === undefined) {
    return {
      stderr: `unzip:  cannot find or open ${asked.file}, ${asked.file}.zip or ${asked.file}.ZIP.\n`,
      exitCode: 9,
    };
  }
  const all = listZip(bytes);
  if (all === undefined) {
    return {
      stderr: `[${asked.file}]\n  End-of-central-directory signature not found.  Either this file is not\n  a zipfile, or it constitutes one disk of a multi-part archive.\nunzip:  cannot find zipfile directory in one of ${asked.file} or\n        ${asked.file}.zip, and cannot find ${asked.file}.ZIP, period.\n`,
      exitCode: 9,
    };
  }
  const { found, missed } = selected(all, asked.members);
  const cautions = missed.map((pattern) => `caution: filename not matched:  ${pattern}\n`).join('');
  if (asked.mode === 'l')
    return { stdout: listing(asked.file, found), stderr: cautions, exitCode: missed.length > 0 ? 11 : 0 };
  if (found.length === 0) return { stderr: cautions, exitCode: 11 };
  if (asked.mode === 't')
    return { ...test(asked, found), ...(cautions === '' ? {} : { stderr: cautions, exitCode: 11 }) };
  const contents = found.map((member) => unpackMember(member) ?? new Uint8Array());
  return {
    stdout: Buffer.concat(contents).toString('latin1'),
    stderr: cautions,
    exitCode: missed.length > 0 ? 11 : 0,
  };
};
