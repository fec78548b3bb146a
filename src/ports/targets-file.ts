/** targets.yaml → Inventory. An error names file, line, field and the mend. */
import { closest } from 'fastest-levenshtein';
import { isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import { z } from 'zod';
import type { Inventory, Recurring, Target } from '../core/inventory.ts';
import type { PlanHost } from '../core/plan.ts';
import { recurringProblem } from './calendar.ts';

const UNIT_S: { readonly [unit: string]: number } = { s: 1, m: 60, h: 3600, d: 86_400 };

const Duration = z
  .string()
  .regex(/^([1-9]\d*)(s|m|h|d)$/, 'a duration looks like 30m, 4h or 2d')
  .transform((text) => Number(text.slice(0, -1)) * (UNIT_S[text.slice(-1)] ?? 1));

const Name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,60}$/, 'a name is lower case letters, digits and “-”, beginning with a letter');
const SlackId = z
  .string()
  .regex(
    /^[A-Z][A-Z0-9]{2,}$/,
    'use the id, not the name: it looks like U012ABCDEF, S012ABCDEF or C012ABCDEF',
  );
const HostKey = z
  .string()
  .regex(
    /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp\d+) [A-Za-z0-9+/=]+( .*)?$/,
    'the line of ssh-keyscan without the host name: ssh-ed25519 AAAA…',
  );
const SecretSource = z.union(
  [
    z.strictObject({ file: z.string().min(1) }),
    z.strictObject({ env: z.string().regex(/^[A-Z_][A-Z0-9_]*$/) }),
  ],
  { error: 'a secret is { file: … } or { env: … }, never the value' },
);

const Rule = z
  .strictObject({ title: z.string().min(1), cron: z.string(), length: Duration, zone: z.string() })
  .superRefine((rule, context) => {
    const problem = recurringProblem(rule);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  })
  .transform(({ title, cron, length, zone }): Recurring => ({ title, cron, lengthS: length, zone }));

const Host = z.strictObject({
  name: Name,
  address: z.string().min(1),
  private_ip: z.string().optional(),
  ssh: z.strictObject({
    host: z.string().optional(),
    port: z.number().int().min(1).max(65_535).default(22),
    user: z.string().regex(/^[a-z_][a-z0-9_-]*$/),
  }),
  key: z.strictObject({ file: z.string().min(1) }),
  host_keys: z.array(HostKey).min(1, 'pin at least one host key; an unknown host is refused'),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).default({}),
  state_dir: z.string().startsWith('/', 'must be an absolute path').optional(),
});
type Host = z.infer<typeof Host>;

const PlaceRule = z.strictObject({
  id: Name,
  title: z.string().min(1),
  need: z.number().int().min(1),
  from: z.array(SlackId).min(1),
});

const TargetEntry = z.strictObject({
  title: z.string().min(1),
  runbook: Name,
  rehearsal: z.boolean().default(false),
  channel: SlackId,
  requesters: z.array(SlackId).min(1),
  approvers: z.array(PlaceRule).min(1),
  on_call: z.array(SlackId).default([]),
  hosts: z.record(z.string().regex(/^[a-z][a-z0-9_]*$/), z.union([Host, z.array(Host).min(1)])),
  facts: z
    .record(z.string().regex(/^[a-z][a-z0-9_]*$/), z.union([z.string(), z.number(), z.boolean()]))
    .default({}),
  secrets: z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), SecretSource).default({}),
  windows: z.array(Rule).default([]),
  freezes: z.array(Rule).default([]),
  start: z.enum(['go', 'auto']).default('go'),
  approve_within: Duration.default(86_400),
});

const TargetsFile = z.strictObject({ teams: z.array(SlackId).min(1), targets: z.record(Name, TargetEntry) });

export interface TargetsRead {
  readonly inventory: Inventory;
  /** Host name → file of the private key. */
  readonly keys: ReadonlyMap<string, string>;
}

function stateDir({ ssh, state_dir }: Host): string {
  return state_dir ?? `${ssh.user === 'root' ? '/root' : `/home/${ssh.user}`}/.local/state/cutover`;
}

/** A comment at the end of a key is for people; it would make two equal keys differ. */
function bareKey(key: string): string {
  return key.split(' ').slice(0, 2).join(' ');
}

function planHost(host: Host): PlanHost {
  return {
    name: host.name,
    address: host.address,
    private_ip: host.private_ip ?? host.address,
    ssh: { host: host.ssh.host ?? host.address, port: host.ssh.port, user: host.ssh.user },
    host_keys: host.host_keys.map(bareKey),
    env: host.env,
    state_dir: stateDir(host),
  };
}

function targetOf(name: string, entry: z.infer<typeof TargetEntry>): Target {
  const hosts = Object.fromEntries(
    Object.entries(entry.hosts).map(([role, filled]) => [
      role,
      (Array.isArray(filled) ? filled : [filled]).map(planHost),
    ]),
  );
  return {
    name,
    title: entry.title,
    runbook: entry.runbook,
    rehearsal: entry.rehearsal,
    hosts,
    facts: entry.facts,
    channel: entry.channel,
    requesters: entry.requesters,
    approvers: entry.approvers,
    onCall: entry.on_call,
    secrets: entry.secrets,
    windows: entry.windows,
    freezes: entry.freezes,
    start: entry.start,
    approveWithinS: entry.approve_within,
  };
}

/** One name is one host: two definitions that differ would make "the host" depend on who asks. */
function sameHosts(entries: readonly Host[]): string | null {
  const known = new Map<string, string>();
  for (const host of entries) {
    const text = JSON.stringify(host);
    const before = known.get(host.name);
    if (before !== undefined && before !== text)
      return `host ${host.name} is described twice and differently; give it one description or two names`;
    known.set(host.name, text);
  }
  return null;
}

function nodeAt(root: Node | null, path: readonly PropertyKey[]): Node | null {
  let node: Node | null = root;
  for (const key of path) {
    if (node === null || !('get' in node) || typeof node.get !== 'function') break;
    const child: unknown = (node as { get(key: unknown, keep: boolean): unknown }).get(key, true);
    if (child === undefined || child === null || typeof child !== 'object') break;
    node = child as Node;
  }
  return node;
}

function keysAllowed(path: readonly PropertyKey[]): readonly string[] {
  if (path.length === 0) return Object.keys(TargetsFile.shape);
  if (path.length === 2) return Object.keys(TargetEntry.shape);
  return path.at(-1) === 'ssh'
    ? ['host', 'port', 'user']
    : [...Object.keys(Host.shape), ...Object.keys(PlaceRule.shape), 'title', 'cron', 'length', 'zone'];
}

function mend(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'unrecognized_keys') return issue.message;
  const [key] = issue.keys;
  const near = key === undefined ? '' : closest(key, [...keysAllowed(issue.path)]);
  return `unknown key “${issue.keys.join('”, “')}”${near === '' ? '' : `; did you mean “${near}”?`}`;
}

/** @throws Error with one line per problem: `file:line: field: what is wrong` */
export function parseTargets(text: string, file: string): TargetsRead {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [broken] = document.errors;
  if (broken !== undefined)
    throw new Error(`${file}:${lines.linePos(broken.pos[0]).line}: ${broken.message.split('\n')[0]}`);
  const parsed = TargetsFile.safeParse(document.toJS());
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => {
      const node = nodeAt(document.contents, issue.path);
      const key =
        issue.code === 'unrecognized_keys' && isMap(node)
          ? node.items.find((item) => isScalar(item.key) && item.key.value === issue.keys[0])?.key
          : node;
      const at = (key as Node | null)?.range?.[0] ?? 0;
      return `${file}:${lines.linePos(at).line}: ${issue.path.map(String).join('.') || 'file'}: ${mend(issue)}`;
    });
    throw new Error(problems.join('\n'));
  }
  const entries = Object.values(parsed.data.targets).flatMap(({ hosts }) => Object.values(hosts).flat());
  const twice = sameHosts(entries);
  if (twice !== null) throw new Error(`${file}: hosts: ${twice}`);
  const targets = Object.fromEntries(
    Object.entries(parsed.data.targets).map(([name, entry]) => [name, targetOf(name, entry)]),
  );
  return {
    inventory: { teams: parsed.data.teams, targets },
    keys: new Map(entries.map((host) => [host.name, host.key.file])),
  };
}
