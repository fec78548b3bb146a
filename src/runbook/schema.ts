/** The shape of a runbook file: keys and kinds of values. What they mean together is checked by check.ts. */
import { z } from 'zod';
import { parseDuration } from './duration.ts';

/** CEL would read a hyphen as minus. */
const Id = z
  .string()
  .regex(/^[a-z][a-z0-9_]*$/, 'an id is snake_case: small letters, digits and _, beginning with a letter')
  .refine((id) => id !== 'constructor', 'constructor is a name of the language below; choose another one');
/** `as: default`, never a number or a date by accident. */
const Text = z.string().min(1, 'it must not be empty');
const Expression = z
  .union([Text, z.boolean()])
  .transform((value) => String(value))
  .describe('CEL');
const Command = Text.describe('POSIX sh, run as sh -eu; ${{ CEL }} stands as a whole, unquoted word');
const Say = Text.describe('Text for people; ${{ CEL }} puts a value into it');
const Duration = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, 'a duration looks like 10s, 5m or 1h30m')
  .transform((text) => parseDuration(text) ?? 0)
  .describe('10s, 5m, 1h30m');
const Refs = z
  .union([Text, z.array(Text)])
  .transform((value) => (typeof value === 'string' ? [value] : value))
  .describe('Where the rule comes from');
const Names = z.array(Text);
const Mode = z
  .union([z.string(), z.number()])
  .transform((value) => String(value).padStart(4, '0'))
  .refine((value) => /^[0-7]{4}$/.test(value), 'a mode is four octal digits, such as "0600"');

export const Flow = z.strictObject({
  title: Text,
  offered: z.literal('after_no_return').optional(),
  steps: Id.optional().describe('A block whose steps are those of this flow, in place of `steps`'),
});

export const Role = z.strictObject({
  title: Text.optional(),
  many: z.boolean().default(false),
  same_as: z.strictObject({ role: Id, when: Expression.optional() }).optional(),
});

const Scalar = z.union([z.string(), z.number(), z.boolean()]).transform((value) => String(value));

const Option = z
  .union([Scalar, z.strictObject({ value: Scalar, title: Text })])
  .transform((option) => (typeof option === 'string' ? { value: option, title: option } : option))
  .describe('A value, or { value, title }: people choose by the title');

export const Input = z.strictObject({
  title: Text.optional(),
  type: z.enum(['version', 'boolean', 'text', 'path', 'url', 'sha256', 'choice']),
  required: z.boolean().default(false),
  hint: z.string().default(''),
  pattern: Text.optional(),
  options: z.array(Option).default([]),
  default: Scalar.optional(),
});

const SecretInArguments = Text.describe('Why a secret stands in arguments; shown to approvers');

export const Probe = z.strictObject({
  title: Text.optional(),
  when: Expression.optional(),
  on: Text,
  sudo: z.boolean().default(false),
  secrets: Names.default([]),
  secret_in_arguments: SecretInArguments.optional(),
  run: Command,
  ok_when: Expression.default('exit_code == 0'),
  read: Expression.default('output.trim()'),
  as: z
    .string()
    .regex(
      /^(list of )?(version|text|int|bool|map|any)$/,
      'version, text, int, bool, map or any, or list of those',
    ),
  dry: z
    .unknown()
    .optional()
    .describe('Stands in for the fact in a dry plan; ${{ CEL }} alone is a value of other facts'),
  timeout: Duration.optional(),
  ref: Refs.default([]),
});

export const Check = z.strictObject({
  title: Text.optional(),
  when: Expression.optional(),
  expect: Expression,
  else: z.enum(['blocker', 'warning']).default('blocker'),
  say: Say,
  do: Say.default(''),
  ref: Refs.default([]),
});

export const AcknowledgementSource = z.strictObject({
  when: Expression.optional(),
  say: Say,
  ref: Refs.default([]),
});

export const Verify = z.strictObject({
  on: Text.optional(),
  run: Command.optional(),
  sudo: z.boolean().default(false),
  secrets: Names.optional(),
  secret_in_arguments: SecretInArguments.optional(),
  when: Expression.optional(),
  expect: Expression.default('exit_code == 0'),
  fail: Expression.optional(),
  say: Say.optional().describe('What people read when `fail` holds'),
  stable: z.int().min(1).default(1),
  after: Duration.default(0),
  every: Duration.optional(),
  within: Duration.optional(),
  rebooted: z.boolean().default(false),
});

const Verifies = z
  .union([Verify, z.array(Verify)])
  .transform((value) => (Array.isArray(value) ? value : [value]));

export const Undo = z.strictObject({
  title: Text.optional(),
  on: Text.optional(),
  run: Command,
  sudo: z.boolean().optional(),
  secrets: Names.optional(),
  secret_in_arguments: SecretInArguments.optional(),
  verify: Verifies.default([]),
  expected: Expression.optional(),
  timeout: Duration.optional(),
});

const Capture = z.union([
  Expression,
  z.strictObject({ match: Text.describe('A regular expression with a group (?<value>…)') }),
]);

const Side = Text.describe('role:path or vault:name');

export const Copy = z.strictObject({
  from: Side,
  to: Side,
  sudo: z.boolean().optional(),
  mode: Mode.optional(),
  owner: Text.optional(),
});

const SecretPiece = z.strictObject({ secret: Text });

export const Write = z.strictObject({
  to: Side,
  yaml: z.unknown().optional(),
  text: z.union([z.string(), z.array(z.union([z.string(), SecretPiece]))]).optional(),
  sudo: z.boolean().optional(),
  mode: Mode.optional(),
  owner: Text.optional(),
});

const Need = z.strictObject({ from: Text.optional(), count: z.int().min(1).default(1) });
const Evidence = z
  .union([Say, z.array(Say)])
  .transform((value) => (typeof value === 'string' ? [value] : value));

const Gate = z.union([
  Say,
  z.literal(true),
  z.strictObject({ say: Say.optional(), evidence: Evidence.optional(), need: Need.optional() }),
]);

export const Hint = z.strictObject({ contains: Text, say: Say });

export const Step = z.strictObject({
  id: Id.optional(),
  ref: Refs.default([]),
  title: Text.optional(),
  when: Expression.optional(),
  for_each: Expression.optional(),
  as: Id.optional(),
  use: Id.optional(),
  with: z.record(Id, Scalar).default({}),
  on: Text.optional(),
  sudo: z.boolean().optional(),
  secrets: Names.default([]),
  secret_in_arguments: SecretInArguments.optional(),
  run: Command.optional(),
  copy: Copy.optional(),
  write: Write.optional(),
  reboot: Text.optional(),
  gate: Gate.optional(),
  manual: z.union([Say, z.strictObject({ say: Say })]).optional(),
  say: Say.optional(),
  evidence: Evidence.optional(),
  need: Need.optional(),
  mode: Mode.optional(),
  owner: Text.optional(),
  ok_when: Expression.default('exit_code == 0'),
  capture: z.record(Id, Capture).default({}),
  verify: Verifies.default([]),
  retry: z.enum(['never', 'as_is', 'undo_first']).default('never'),
  undo: Undo.optional(),
  no_undo_needed: Text.optional(),
  no_return: z.literal(true).optional(),
  changes: z.literal(false).optional(),
  critical: z.boolean().default(false),
  reboots: z
    .union([Text, z.array(Text)])
    .transform((value) => (typeof value === 'string' ? [value] : value))
    .default([]),
  expected: Expression.optional(),
  timeout: Duration.optional(),
  silence: Duration.optional(),
  hints: z.array(Hint).default([]),
});

export const Block = z.strictObject({
  title: Text.optional(),
  with: z.array(Id).default([]),
  steps: z.array(Step).min(1),
});

export const RunbookSource = z.strictObject({
  runbook: z
    .string()
    .regex(/^[a-z][a-z0-9_-]*$/, 'small letters, digits, - and _, beginning with a letter')
    .describe('Id; the file name must agree'),
  title: Text,
  language: z.literal(1),
  source: Text.optional(),
  freshness: Duration.optional().describe(
    'A hold longer than this: the hosts are looked at again before a retry; 4h',
  ),
  flows: z.record(Id, Flow),
  hosts: z.record(Id, Role),
  inputs: z.record(Id, Input).default({}),
  secrets: z
    .array(z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'a secret is named like MANAGER_PASSWORD'))
    .default([]),
  probes: z.record(Id, Probe).default({}),
  checks: z.record(Id, Check).default({}),
  acknowledgements: z.record(Id, AcknowledgementSource).default({}),
  blocks: z.record(Id, Block).default({}),
  steps: z.array(Step).min(1),
});

export type RunbookSource = z.infer<typeof RunbookSource>;
export type StepSource = z.infer<typeof Step>;
export type VerifySource = z.infer<typeof Verify>;
export type UndoSource = z.infer<typeof Undo>;
export type ProbeSource = z.infer<typeof Probe>;

/** JSON Schema of the file as it is written, for editors. */
export function runbookJsonSchema(): object {
  return z.toJSONSchema(RunbookSource, { io: 'input', target: 'draft-2020-12' });
}
