import type { CommandContext } from '../../host.ts';

export interface CurlOptions {
  url?: string;
  method?: string;
  /** `name:password` */
  user?: string;
  data?: string;
  output?: string;
  writeOut?: string;
  maxTime?: number;
  /** By lower-case name. */
  readonly headers: Map<string, string>;
  fail: boolean;
  silent: boolean;
  showError: boolean;
  include: boolean;
}

export class CurlUsageError extends Error {
  override name = 'CurlUsageError';
}

type Taker = (options: CurlOptions, value: string) => void;

const FLAGS: { readonly [name: string]: (options: CurlOptions) => void } = {
  fail: (options) => {
    options.fail = true;
  },
  silent: (options) => {
    options.silent = true;
  },
  'show-error': (options) => {
    options.showError = true;
  },
  include: (options) => {
    options.include = true;
  },
  location: () => undefined,
  insecure: () => undefined,
  compressed: () => undefined,
};

const TAKERS: { readonly [name: string]: Taker } = {
  url: (options, value) => {
    options.url = value;
  },
  request: (options, value) => {
    options.method = value;
  },
  user: (options, value) => {
    options.user = value;
  },
  data: (options, value) => {
    options.data = value;
  },
  'data-binary': (options, value) => {
    options.data = value;
  },
  output: (options, value) => {
    options.output = value;
  },
  'write-out': (options, value) => {
    options.writeOut = value;
  },
  header: (options, value) => {
    const at = value.indexOf(':');
    options.headers.set(value.slice(0, at).trim().toLowerCase(), value.slice(at + 1).trim());
  },
  'max-time': (options, value) => {
    options.maxTime = Number(value);
  },
  'connect-timeout': () => undefined,
  retry: () => undefined,
  'upload-file': (options, value) => {
    options.method ??= 'PUT';
    options.data = `@${value}`;
  },
};

const SHORT: { readonly [letter: string]: string } = {
  f: 'fail',
  s: 'silent',
  S: 'show-error',
  i: 'include',
  L: 'location',
  k: 'insecure',
  X: 'request',
  u: 'user',
  d: 'data',
  o: 'output',
  w: 'write-out',
  H: 'header',
  m: 'max-time',
  T: 'upload-file',
  K: 'config',
};

/** A config file's value: quoted with \" \\ \n \t \r \v, or bare up to a blank. */
function configValue(text: string): string {
  if (!text.startsWith('"')) return text.split(/\s/)[0] ?? '';
  const escapes: { readonly [letter: string]: string } = { n: '\n', t: '\t', r: '\r', v: '\v' };
  let value = '';
  for (let at = 1; at < text.length && text[at] !== '"'; at++) {
    if (text[at] !== '\\') {
      value += text[at];
      continue;
    }
    at++;
    value += escapes[text[at] ?? ''] ?? text[at] ?? '';
  }
  return value;
}

function readConfig(options: CurlOptions, text: string): void {
  for (const line of text.split('\n')) {
    const found = /^\s*-{0,2}(?<name>[A-Za-z-]+)\s*[=: ]?\s*(?<value>.*)$/.exec(line)?.groups;
    const name = found?.name;
    if (name === undefined || /^\s*#/.test(line)) continue;
    const long = name.length === 1 ? (SHORT[name] ?? name) : name;
    if (FLAGS[long] !== undefined) FLAGS[long](options);
    else if (TAKERS[long] !== undefined) TAKERS[long](options, configValue(found?.value ?? ''));
  }
}

async function take(
  options: CurlOptions,
  long: string,
  value: string,
  context: CommandContext,
): Promise<void> {
  if (long === 'config') {
    const text =
      value === '-'
        ? Buffer.from(context.stdin, 'latin1').toString('utf8')
        : await context.files.readText(value.startsWith('/') ? value : `${context.cwd}/${value}`);
    readConfig(options, text);
    return;
  }
  TAKERS[long]?.(options, value);
}

function takesValue(long: string): boolean {
  return long === 'config' || TAKERS[long] !== undefined;
}

/** @throws CurlUsageError with the words behind `curl: ` */
export async function readCurlArguments(
  args: readonly string[],
  context: CommandContext,
): Promise<CurlOptions> {
  const options: CurlOptions = {
    headers: new Map(),
    fail: false,
    silent: false,
    showError: false,
    include: false,
  };
  for (let index = 0; index < args.length; index++) {
    const word = args[index] ?? '';
    if (word.startsWith('--')) {
      const long = word.slice(2);
      if (FLAGS[long] !== undefined) FLAGS[long](options);
      else if (takesValue(long)) {
        index++;
        if (args[index] === undefined) throw new CurlUsageError(`option ${word}: requires parameter`);
        await take(options, long, args[index] ?? '', context);
      } else throw new CurlUsageError(`option ${word}: is unknown`);
    } else if (word.startsWith('-') && word.length > 1) {
      index += await shortWord(options, word, args[index + 1], context);
    } else {
      options.url = word;
    }
  }
  return options;
}

/** @returns how many of the following words it took */
async function shortWord(
  options: CurlOptions,
  word: string,
  next: string | undefined,
  context: CommandContext,
): Promise<number> {
  for (let at = 1; at < word.length; at++) {
    const long = SHORT[word[at] ?? ''];
    if (long === undefined) throw new CurlUsageError(`option -${word[at]}: is unknown`);
    if (!takesValue(long)) {
      FLAGS[long]?.(options);
      continue;
    }
    const rest = word.slice(at + 1);
    const value = rest === '' ? next : rest;
    if (value === undefined) throw new CurlUsageError(`option -${word[at]}: requires parameter`);
    await take(options, long, value, context);
    return rest === '' ? 1 : 0;
  }
  return 0;
}
