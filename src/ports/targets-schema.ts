/** What may stand in targets.yaml, field by field, with what to write instead. */
import { z } from 'zod';
import type { Recurring } from '../core/inventory.ts';
import { recurringProblem } from './calendar.ts';

const UNIT_S: { readonly [unit: string]: number } = { s: 1, m: 60, h: 3600, d: 86_400 };

const Duration = z
  .string({ error: 'must be a duration such as 30m, 4h or 2d' })
  .regex(/^([1-9]\d*)(s|m|h|d)$/, 'a duration looks like 30m, 4h or 2d')
  .transform((text) => Number(text.slice(0, -1)) * (UNIT_S[text.slice(-1)] ?? 1));

const Name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,60}$/, 'a name is lower case letters, digits and “-”, beginning with a letter');
const Title = z.string().min(1, 'must say something: people read it');

function slackId(kinds: string, what: string) {
  return z
    .string({ error: `must be ${what}` })
    .regex(new RegExp(`^[${kinds}][A-Z0-9]{2,}$`), `must be ${what}; use the id, not the name`);
}
const TeamId = slackId('TE', 'the id of a workspace, which looks like T012ABCDEF');
const ChannelId = slackId('CGD', 'the id of a channel, which looks like C012ABCDEF');
const PeopleId = slackId(
  'UWS',
  'the id of a person or of a user group, which looks like U012ABCDEF or S012ABCDEF',
);

/** The base64 begins with the length and the name of the kind; a key that was cut or mixed up when it was pasted does not. */
function keyProblem(key: string): string | null {
  const [kind = '', data = ''] = key.split(' ');
  const bytes = Buffer.from(data, 'base64');
  const length = bytes.length < 4 ? 0 : bytes.readUInt32BE(0);
  if (bytes.subarray(4, 4 + length).toString() !== kind)
    return `the key after ${kind} is not one of that kind; paste the whole line of ssh-keyscan again`;
  return kind === 'ssh-ed25519' && bytes.length !== 51
    ? 'the key is cut off; paste the whole line of ssh-keyscan again'
    : null;
}

const HostKey = z
  .string({ error: 'must be a key: ssh-ed25519 AAAA…' })
  .regex(
    /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp\d+) [A-Za-z0-9+/]+=*( .*)?$/,
    'the line of ssh-keyscan without the host name: ssh-ed25519 AAAA…',
  )
  .superRefine((key, context) => {
    const problem = keyProblem(key);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  });

const SecretSource = z.union(
  [
    z.strictObject({ file: z.string().min(1) }),
    z.strictObject({ env: z.string().regex(/^[A-Z_][A-Z0-9_]*$/) }),
  ],
  { error: 'a secret is { file: … } or { env: … }, never the value' },
);

const Rule = z
  .strictObject({ title: Title, cron: z.string(), length: Duration, zone: z.string() })
  .superRefine((rule, context) => {
    const problem = recurringProblem(rule);
    if (problem !== null) context.addIssue({ code: 'custom', path: [problem.field], message: problem.say });
  })
  .transform(({ title, cron, length, zone }): Recurring => ({ title, cron, lengthS: length, zone }));

const Host = z.strictObject({
  name: Name,
  address: z.string().min(1),
  private_ip: z.string().optional(),
  ssh: z.strictObject({
    host: z.string().optional(),
    port: z
      .number({ error: 'must be a number' })
      .int()
      .min(1, 'a port is 1 to 65535')
      .max(65_535, 'a port is 1 to 65535')
      .default(22),
    user: z
      .string()
      .regex(
        /^[a-z_][a-z0-9_-]*$/,
        'must be a user name of the host: lower case letters, digits, “_” and “-”',
      ),
  }),
  key: z.strictObject(
    { file: z.string().min(1) },
    { error: 'must be { file: … }, the private key on this computer; the key itself never stands here' },
  ),
  host_keys: z
    .array(HostKey, { error: 'must be a list of keys' })
    .min(1, 'pin at least one host key; an unknown host is refused'),
  env: z
    .record(
      z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable'),
      z.string({ error: 'must be text; put numbers in quotes' }),
    )
    .default({}),
  state_dir: z.string().startsWith('/', 'must be an absolute path').optional(),
});
export type Host = z.infer<typeof Host>;

/** One host may stand alone; the list is what it means. */
const Hosts = z.preprocess(
  (hosts) => (Array.isArray(hosts) ? hosts : [hosts]),
  z.array(Host).min(1, 'must name at least one host'),
);

const PlaceRule = z
  .strictObject({
    id: Name,
    title: Title,
    need: z.number({ error: 'must be a number' }).int().min(1, 'needs at least 1'),
    from: z.array(PeopleId, { error: 'must be a list of ids' }).min(1, 'must name who can fill it'),
  })
  .superRefine(({ need, from }, context) => {
    const people = new Set(from);
    // A group can have any number of members; they are counted when somebody asks.
    if (need > people.size && ![...people].some((id) => id.startsWith('S')))
      context.addIssue({
        code: 'custom',
        path: ['need'],
        message: `${need} people are needed and only ${people.size} are listed in “from”; it could never be filled`,
      });
  });

function sameTwice(ids: readonly string[]): string | undefined {
  return ids.find((id, n) => ids.indexOf(id) !== n);
}

const Places = z
  .array(PlaceRule, { error: 'must be a list of places' })
  .min(1, 'must have at least one place: nothing runs without an approval')
  .superRefine((places, context) => {
    const twice = sameTwice(places.map(({ id }) => id));
    if (twice !== undefined)
      context.addIssue({
        code: 'custom',
        message: `the place “${twice}” is there twice; give one another id`,
      });
  });

const TargetEntry = z.strictObject({
  title: Title,
  runbook: Name,
  rehearsal: z.boolean({ error: 'must be true or false' }).default(false),
  channel: ChannelId,
  requesters: z
    .array(PeopleId, { error: 'must be a list of ids' })
    .min(1, 'must name who may ask for an upgrade'),
  approvers: Places,
  on_call: z.array(PeopleId, { error: 'must be a list of ids' }).default([]),
  hosts: z
    .record(
      z
        .string()
        .regex(/^[a-z][a-z0-9_]*$/, 'a role is lower case letters, digits and “_”, beginning with a letter'),
      Hosts,
    )
    .refine((hosts) => Object.keys(hosts).length > 0, 'must have at least one role with a host'),
  facts: z
    .record(
      z
        .string()
        .regex(
          /^[a-z][a-z0-9_]*$/,
          'a fact’s name is lower case letters, digits and “_”, beginning with a letter',
        ),
      z.union([z.string(), z.number(), z.boolean()], { error: 'a fact is text, a number, true or false' }),
    )
    .default({}),
  secrets: z
    .record(
      z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'a secret’s name is upper case letters, digits and “_”'),
      SecretSource,
    )
    .default({}),
  windows: z.array(Rule, { error: 'must be a list of rules' }).default([]),
  freezes: z.array(Rule, { error: 'must be a list of rules' }).default([]),
  start: z.enum(['go', 'auto'], { error: 'must be go or auto' }).default('go'),
  approve_within: Duration.default(86_400),
});
export type TargetEntry = z.infer<typeof TargetEntry>;

export const TargetsFile = z.strictObject({
  teams: z
    .array(TeamId, { error: 'must be a list of workspace ids' })
    .min(1, 'must name the workspace whose people may act'),
  targets: z.record(Name, TargetEntry),
});

/** Keys that may stand at a place of the file, for “did you mean”. */
export function keysAllowed(path: readonly PropertyKey[]): readonly string[] {
  if (path.length === 0) return Object.keys(TargetsFile.shape);
  if (path.length === 2) return Object.keys(TargetEntry.shape);
  const [, , part] = path;
  if (part === 'approvers') return Object.keys(PlaceRule.shape);
  if (part === 'windows' || part === 'freezes') return ['title', 'cron', 'length', 'zone'];
  if (part !== 'hosts') return [];
  if (path.at(-1) === 'ssh') return Object.keys(Host.shape.ssh.shape);
  return path.at(-1) === 'key' ? ['file'] : Object.keys(Host.shape);
}
