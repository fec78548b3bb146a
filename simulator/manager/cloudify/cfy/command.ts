import type { CommandContext } from '../../host.ts';
import type { Simulation } from '../simulation.ts';
import type { VersionRange } from '../version.ts';
import type { ArgumentSpec, OptionSpec, Parsed } from './click.ts';
import type { CliRelease } from './releases.ts';

/** What a sub-command of `cfy` gets to work with. */
export interface CfyCall extends Parsed {
  readonly cli: CliRelease;
  readonly context: CommandContext;
  readonly simulation: Simulation;
  /** `--json` or `--format json`: only errors are logged then. */
  readonly asJson: boolean;
  /** One message of the logger: to stdout, errors too. */
  log(text: string): void;
}

export interface CommandSpec extends VersionRange {
  /** Absent: a command of its own, like `status`. */
  readonly group?: string;
  readonly name: string;
  readonly args?: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  readonly run: (call: CfyCall) => Promise<void>;
}

/** Ends the command with exit code 1; the message goes to stdout, as everything that the logger says. */
export class CfyError extends Error {
  override name = 'CfyError';
  readonly solutions: readonly string[];
  constructor(message: string, solutions: readonly string[] = []) {
    super(message);
    this.solutions = solutions;
  }
}

/** Exit code 1 without a further word. */
export class SuppressedError extends Error {
  override name = 'SuppressedError';
}

export function text(value: Parsed['options'][string]): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Reads an argument that the parser has made sure of. */
export function need(call: CfyCall, name: string): string {
  const value = call.args[name];
  if (value === undefined) throw new Error(`reading ${name}: the parser let a missing argument through`);
  return value;
}
