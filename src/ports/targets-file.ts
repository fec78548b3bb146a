/** targets.yaml → Inventory. An error names file, line, field and the mend. */
import { closest, distance } from 'fastest-levenshtein';
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import type { Inventory, Target } from '../core/inventory.ts';
import type { PlanHost } from '../core/plan.ts';
import { type Host, keysAllowed, type TargetEntry, TargetsFile } from './targets-schema.ts';

export interface TargetsRead {
  readonly inventory: Inventory;
  /** Host name → file of the private key. */
  readonly keys: ReadonlyMap<string, string>;
}

type Path = readonly PropertyKey[];
interface Problem {
  readonly path: Path;
  readonly say: string;
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

function targetOf(name: string, entry: TargetEntry): Target {
  return {
    name,
    title: entry.title,
    runbook: entry.runbook,
    rehearsal: entry.rehearsal,
    hosts: Object.fromEntries(
      Object.entries(entry.hosts).map(([role, hosts]) => [role, hosts.map(planHost)]),
    ),
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
function sameHosts(targets: { readonly [name: string]: TargetEntry }): readonly Problem[] {
  const known = new Map<string, string>();
  return Object.entries(targets).flatMap(([target, { hosts }]) =>
    Object.entries(hosts).flatMap(([role, filled]) =>
      filled.flatMap((host, index): readonly Problem[] => {
        const text = JSON.stringify(host);
        const before = known.get(host.name) ?? text;
        known.set(host.name, before);
        if (before === text) return [];
        const say = `host ${host.name} is described twice and differently; give it one description or two names`;
        return [{ path: ['targets', target, 'hosts', role, index, 'name'], say }];
      }),
    ),
  );
}

function startOf(node: unknown): number | undefined {
  return (node as { readonly range?: readonly number[] | null } | null)?.range?.[0];
}

/** Walks as far as the file goes: what is missing is told at what should hold it. */
function locate(document: Document, path: Path): { readonly field: string; readonly offset: number } {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  const field: string[] = [];
  for (const step of path) {
    const inside = isAlias(node) ? node.resolve(document) : node;
    // A role with one host has no list in the file; the index is ours.
    if (typeof step === 'number' && !isSeq(inside)) continue;
    field.push(String(step));
    const pair = isMap(inside)
      ? inside.items.find(({ key }) => isScalar(key) && String(key.value) === step)
      : undefined;
    node = isSeq(inside) && typeof step === 'number' ? inside.items[step] : pair?.value;
    // The line of the key: what stands behind it may begin lines later.
    offset = startOf(pair?.key ?? node) ?? offset;
  }
  return { field: field.join('.') || 'file', offset };
}

function near(path: Path, key: string): { readonly key: string | null; readonly allowed: readonly string[] } {
  const allowed = keysAllowed(path.filter((part) => typeof part !== 'number'));
  const found = allowed.length === 0 ? '' : closest(key, [...allowed]);
  // Half of it different is another word.
  const same = found !== '' && distance(key, found) <= Math.max(2, key.length / 2);
  return { key: same ? found : null, allowed };
}

function unknownKey(path: Path, key: string): string {
  const meant = near(path, key);
  if (meant.key !== null) return `unknown key “${key}”; did you mean “${meant.key}”?`;
  const possible = meant.allowed.length === 0 ? '' : `; possible are ${meant.allowed.join(', ')}`;
  return `unknown key “${key}”${possible}`;
}

/** A key that is misspelt is one mistake: that the right one is missing is not told as well. */
function problemsOf(issues: readonly z.core.$ZodIssue[]): readonly Problem[] {
  const meant = new Set(
    issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => [...issue.path, near(issue.path, key).key].join('.'))
        : [],
    ),
  );
  return issues.flatMap((issue): readonly Problem[] => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ path: [...issue.path, key], say: unknownKey(issue.path, key) }));
    if (issue.code === 'invalid_key')
      return [{ path: issue.path, say: issue.issues[0]?.message ?? issue.message }];
    const consequence = issue.code === 'invalid_type' && meant.has(issue.path.join('.'));
    return consequence ? [] : [{ path: issue.path, say: issue.message }];
  });
}

const WANTED: { readonly [type: string]: string } = {
  string: 'text (put it in quotes)',
  object: 'a map of keys',
  record: 'a map of keys',
  array: 'a list',
};

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a map of keys' : JSON.stringify(value);
}

/** Zod says “expected string, received undefined”, which is true and no help. */
function plainly(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'invalid_type') return undefined;
  if (issue.input === undefined || issue.input === null) return 'is missing';
  return `must be ${WANTED[issue.expected] ?? `a ${issue.expected}`}, not ${shown(issue.input)}`;
}

/** @throws Error with one line per problem: `file:line: field: what is wrong` */
export function parseTargets(text: string, file: string): TargetsRead {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const fail = (problems: readonly Problem[]): never => {
    const told = problems
      .map(({ path, say }) => ({ ...locate(document, path), say }))
      .sort((a, b) => a.offset - b.offset)
      .map(({ field, offset, say }) => `${file}:${lines.linePos(offset).line}: ${field}: ${say}`);
    throw new Error(told.join('\n'));
  };
  const [broken] = document.errors;
  if (broken !== undefined)
    throw new Error(
      `${file}:${lines.linePos(broken.pos[0]).line}: not YAML: ${broken.message.split('\n')[0]}`,
    );
  if (document.contents === null)
    throw new Error(`${file}:1: file: it is empty; copy targets.example.yaml and edit it`);
  const parsed = TargetsFile.safeParse(document.toJS(), { error: plainly });
  if (!parsed.success) return fail(problemsOf(parsed.error.issues));
  const { teams, targets } = parsed.data;
  const twice = sameHosts(targets);
  if (twice.length > 0) return fail(twice);
  const hosts = Object.values(targets).flatMap((entry) => Object.values(entry.hosts).flat());
  return {
    inventory: {
      teams,
      targets: Object.fromEntries(
        Object.entries(targets).map(([name, entry]) => [name, targetOf(name, entry)]),
      ),
    },
    keys: new Map(hosts.map((host) => [host.name, host.key.file])),
  };
}
