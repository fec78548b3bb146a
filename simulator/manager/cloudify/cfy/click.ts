import { inRange, type VersionRange } from '../version.ts';

/** Command-line parsing as Click 7.1 does it, with the words of its errors. */
export interface OptionSpec extends VersionRange {
  /** `['-t', '--tenant-name']` */
  readonly flags: readonly string[];
  readonly name: string;
  /** Absent: a flag without a value. */
  readonly takes?: 'text' | 'integer';
  readonly choices?: readonly string[];
  /** What a flag sets; default true. */
  readonly sets?: string | boolean;
  readonly required?: boolean;
  readonly many?: boolean;
}

export interface ArgumentSpec {
  /** As in the usage line: SNAPSHOT_ID. */
  readonly name: string;
  readonly required: boolean;
}

export interface Parsed {
  readonly args: { readonly [name: string]: string | undefined };
  readonly options: { readonly [name: string]: string | boolean | readonly string[] | undefined };
}

/** Exit code 2, on stderr. */
export class UsageError extends Error {
  override name = 'UsageError';
  readonly path: string;
  readonly usage: string;
  constructor(path: string, usage: string, message: string) {
    super(message);
    this.path = path;
    this.usage = usage;
  }
}

export function usageText(error: UsageError): string {
  return `Usage: ${error.path} ${error.usage}\nTry '${error.path} -h' for help.\n\nError: ${error.message}\n`;
}

/** `-h` somewhere: nothing else matters. */
export class HelpAsked extends Error {
  override name = 'HelpAsked';
}

const VERBOSE: OptionSpec = { flags: ['-v', '--verbose'], name: 'verbose' };
const COMMON_LATER: readonly OptionSpec[] = [
  { flags: ['--json'], name: 'json', from: '4.5' },
  { flags: ['--format'], name: 'format', takes: 'text', choices: ['plain', 'json'], from: '4.5' },
  { flags: ['-q', '--quiet'], name: 'quiet', from: '4.5' },
];

export function commonOptions(version: string): readonly OptionSpec[] {
  return [VERBOSE, ...COMMON_LATER.filter((option) => inRange(version, option))];
}

export function commandUsage(args: readonly ArgumentSpec[]): string {
  return ['[OPTIONS]', ...args.map((each) => (each.required ? each.name : `[${each.name}]`))].join(' ');
}

interface Reading {
  readonly path: string;
  readonly usage: string;
  readonly options: readonly OptionSpec[];
  readonly values: { [name: string]: string | boolean | string[] | undefined };
}

function fail(reading: Pick<Reading, 'path' | 'usage'>, message: string): never {
  throw new UsageError(reading.path, reading.usage, message);
}

function put(reading: Reading, option: OptionSpec, value: string | boolean): void {
  if (typeof value === 'string' && option.takes === 'integer' && !/^-?\d+$/.test(value)) {
    fail(reading, `Invalid value for ${hint(option)}: ${value} is not a valid integer`);
  }
  if (typeof value === 'string' && option.choices !== undefined && !option.choices.includes(value)) {
    fail(
      reading,
      `Invalid value for ${hint(option)}: invalid choice: ${value}. (choose from ${option.choices.join(', ')})`,
    );
  }
  if (option.many === true) {
    const before = reading.values[option.name];
    reading.values[option.name] = [...(Array.isArray(before) ? before : []), String(value)];
  } else {
    reading.values[option.name] = value;
  }
}

function hint(option: OptionSpec): string {
  return option.flags.map((flag) => `'${flag}'`).join(' / ');
}

function noSuchOption(reading: Reading, flag: string): never {
  const close = reading.options
    .flatMap((option) => option.flags)
    .filter((each) => each.startsWith(flag) && each.startsWith('--'));
  const [first] = close;
  if (first === undefined) fail(reading, `no such option: ${flag}`);
  if (close.length === 1) fail(reading, `no such option: ${flag}  Did you mean ${first}?`);
  fail(reading, `no such option: ${flag}  (Possible options: ${close.toSorted().join(', ')})`);
}

/** @returns how many of the following words it took */
function longOption(reading: Reading, word: string, next: string | undefined): number {
  const at = word.indexOf('=');
  const flag = at < 0 ? word : word.slice(0, at);
  const option = reading.options.find((each) => each.flags.includes(flag)) ?? noSuchOption(reading, flag);
  if (option.takes === undefined) {
    if (at >= 0) fail(reading, `${flag} option does not take a value`);
    put(reading, option, option.sets ?? true);
    return 0;
  }
  if (at >= 0) {
    put(reading, option, word.slice(at + 1));
    return 0;
  }
  if (next === undefined) fail(reading, `${flag} option requires an argument`);
  put(reading, option, next);
  return 1;
}

/** `-vf`, `-tNAME`, `-t NAME`. */
function shortOptions(reading: Reading, word: string, next: string | undefined): number {
  for (let index = 1; index < word.length; index++) {
    const flag = `-${word[index]}`;
    const option = reading.options.find((each) => each.flags.includes(flag)) ?? noSuchOption(reading, flag);
    if (option.takes === undefined) {
      put(reading, option, option.sets ?? true);
      continue;
    }
    const rest = word.slice(index + 1);
    if (rest !== '') {
      put(reading, option, rest);
      return 0;
    }
    if (next === undefined) fail(reading, `${flag} option requires an argument`);
    put(reading, option, next);
    return 1;
  }
  return 0;
}

/**
 * Options up to the first word that is none. @returns values, and the words that are left. With `stopAtWord` (groups)
 * the rest belongs to the sub-command; otherwise options and arguments mix.
 */
export function readOptions(
  words: readonly string[],
  where: { readonly path: string; readonly usage: string; readonly options: readonly OptionSpec[] },
  stopAtWord: boolean,
): { readonly values: Parsed['options']; readonly rest: readonly string[] } {
  const reading: Reading = { ...where, values: {} };
  const rest: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word === '--') return { values: reading.values, rest: [...rest, ...words.slice(index + 1)] };
    if (word === '-h' || word === '--help') throw new HelpAsked();
    if (word.startsWith('--')) index += longOption(reading, word, words[index + 1]);
    else if (word.startsWith('-') && word.length > 1) index += shortOptions(reading, word, words[index + 1]);
    else if (stopAtWord) return { values: reading.values, rest: [...rest, ...words.slice(index)] };
    else rest.push(word);
  }
  return { values: reading.values, rest };
}

export function readCommand(
  words: readonly string[],
  where: {
    readonly path: string;
    readonly args: readonly ArgumentSpec[];
    readonly options: readonly OptionSpec[];
  },
): Parsed {
  const usage = commandUsage(where.args);
  const { values, rest } = readOptions(words, { path: where.path, usage, options: where.options }, false);
  const args: { [name: string]: string | undefined } = {};
  for (const [index, argument] of where.args.entries()) {
    const value = rest[index];
    if (value === undefined && argument.required)
      fail({ path: where.path, usage }, `Missing argument '${argument.name}'.`);
    args[argument.name] = value;
  }
  const extra = rest.slice(where.args.length);
  if (extra.length > 0) {
    const plural = extra.length > 1 ? 's' : '';
    fail({ path: where.path, usage }, `Got unexpected extra argument${plural} (${extra.join(' ')})`);
  }
  for (const option of where.options) {
    if (option.required === true && values[option.name] === undefined) {
      fail({ path: where.path, usage }, `Missing option ${hint(option)}.`);
    }
  }
  return { args, options: values };
}

/** A name or a unique beginning of one. @throws UsageError for an unknown or an ambiguous one */
export function resolveName(name: string, known: readonly string[], path: string): string {
  if (known.includes(name)) return name;
  const found = known.filter((each) => each.startsWith(name)).toSorted();
  const usage = '[OPTIONS] COMMAND [ARGS]...';
  const [first] = found;
  if (first === undefined) throw new UsageError(path, usage, `No such command '${name}'.`);
  if (found.length > 1) throw new UsageError(path, usage, `Too many matches: ${found.join(', ')}`);
  return first;
}
