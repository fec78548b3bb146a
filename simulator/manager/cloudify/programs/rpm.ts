import type { CommandContext, HostCommand } from '../../host.ts';
import type { Package } from '../model.ts';
import type { Simulation } from '../simulation.ts';
import { machineOf } from '../world-parts.ts';
import { BASE_PACKAGES, fullName, parseRpm } from './packages.ts';

interface Asked {
  readonly all: boolean;
  readonly files: boolean;
  readonly format: string | undefined;
  readonly names: readonly string[];
}

function readArguments(args: readonly string[]): Asked | string {
  const names: string[] = [];
  let letters = '';
  let format: string | undefined;
  for (let index = 0; index < args.length; index++) {
    const word = args[index] ?? '';
    if (word === '--qf' || word === '--queryformat') {
      index++;
      format = args[index] ?? '';
    } else if (word === '--query' || word === '--all') letters += word[2];
    else if (word.startsWith('--')) return `rpm: ${word}: unknown option\n`;
    else if (word.startsWith('-')) letters += word.slice(1);
    else names.push(word);
  }
  if (!letters.includes('q')) return 'rpm: only queries (-q) are simulated\n';
  const unknown = [...letters].find((letter) => !'qap'.includes(letter));
  if (unknown !== undefined) return `rpm: -${unknown}: unknown option\n`;
  return { all: letters.includes('a'), files: letters.includes('p'), format, names };
}

function show(found: Package, format: string | undefined): string {
  if (format === undefined) return `${fullName(found)}\n`;
  const [release = '', arch = 'x86_64'] = /^(.*)\.([a-z0-9_]+)$/.exec(found.release)?.slice(1) ?? [
    found.release,
  ];
  const tags: { readonly [tag: string]: string } = {
    NAME: found.name,
    VERSION: found.version,
    RELEASE: release,
    ARCH: arch,
  };
  return format
    .replaceAll(/%\{(?<tag>[A-Za-z]+)\}/g, (_, tag: string) => tags[tag.toUpperCase()] ?? '(none)')
    .replaceAll('\\n', '\n')
    .replaceAll('\\t', '\t');
}

function glob(pattern: string): RegExp {
  return new RegExp(
    `^${pattern
      .replaceAll(/[.+^${}()|\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  );
}

async function queryFile(
  path: string,
  format: string | undefined,
  context: CommandContext,
): Promise<{ out: string; err: string }> {
  const full = path.startsWith('/') ? path : `${context.cwd}/${path}`;
  if (!(await context.files.exists(full))) {
    return { out: '', err: `error: open of ${path} failed: No such file or directory\n` };
  }
  const rpm = parseRpm(await context.files.read(full));
  return rpm === undefined
    ? { out: '', err: `error: ${path}: not an rpm package (or package manifest)\n` }
    : { out: show(rpm, format), err: '' };
}

export function rpmCommand(simulation: Simulation): HostCommand {
  return async (args, context) => {
    const asked = readArguments(args);
    if (typeof asked === 'string') return { stderr: asked, exitCode: 1 };
    const installed = [...BASE_PACKAGES, ...machineOf(await simulation.look(), context.hostName).packages];
    if (asked.all) {
      const patterns = asked.names.map(glob);
      const found = installed.filter(
        (each) =>
          patterns.length === 0 ||
          patterns.some((pattern) => pattern.test(each.name) || pattern.test(fullName(each))),
      );
      return { stdout: found.map((each) => show(each, asked.format)).join(''), exitCode: 0 };
    }
    if (asked.names.length === 0) return { stderr: 'rpm: no arguments given for query\n', exitCode: 1 };
    const answers = await Promise.all(
      asked.names.map((name) =>
        asked.files
          ? queryFile(name, asked.format, context)
          : Promise.resolve(queryName(name, asked.format, installed)),
      ),
    );
    const bad = answers.filter((each) => each.err !== '' || each.out.endsWith('is not installed\n')).length;
    return {
      stdout: answers.map((each) => each.out).join(''),
      stderr: answers.map((each) => each.err).join(''),
      exitCode: bad,
    };
  };
}

function queryName(
  name: string,
  format: string | undefined,
  installed: readonly Package[],
): { out: string; err: string } {
  const found = installed.find(
    (each) => each.name === name || fullName(each) === name || `${each.name}-${each.version}` === name,
  );
  return { out: found === undefined ? `package ${name} is not installed\n` : show(found, format), err: '' };
}
