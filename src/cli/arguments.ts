/** Arguments of one command, with errors that say what would have been right. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { didYouMean } from '../runbook/did-you-mean.ts';
import { UsageError } from './io.ts';

type Options = NonNullable<ParseArgsConfig['options']>;
type Values = { readonly [name: string]: string | boolean | readonly (string | boolean)[] | undefined };

export interface Arguments {
  readonly words: readonly string[];
  text(name: string): string | undefined;
  texts(name: string): readonly string[];
  flag(name: string): boolean;
}

function unknownOption(error: Error, options: Options): string {
  const name = /'--?([^']+)'/.exec(error.message)?.[1]?.split(' ')[0] ?? '';
  const known = Object.keys(options).map((option) => `--${option}`);
  return `There is no option --${name}.${didYouMean(`--${name}`, known)} The options are ${known.join(', ')}.`;
}

/** @throws UsageError */
export function readArguments(argv: readonly string[], options: Options): Arguments {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: { ...options, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    });
    const read = values as Values;
    const texts = (name: string): readonly string[] =>
      [read[name]].flat().filter((value): value is string => typeof value === 'string');
    return {
      words: positionals,
      texts,
      text: (name) => texts(name).at(-1),
      flag: (name) => read[name] === true,
    };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if ('code' in error && error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION')
      throw new UsageError(unknownOption(error, options));
    throw new UsageError(
      error.message.split('\n')[0]?.replace(/\.?$/, '.') ?? 'The arguments cannot be read.',
    );
  }
}
