/** Names in expressions, checked against the runbook's own declarations and against where they are known. */
import { namesIn, type UsedName } from '../cel-names.ts';
import { oneOf } from '../did-you-mean.ts';
import type { CelSite, Root } from '../sight.ts';
import type { Checking } from './checking.ts';

const HOST_FIELDS = ['name', 'address', 'private_ip'];
/** CEL's own names of types, as in `type(x) == string`. */
const TYPES = new Set([
  'bool',
  'int',
  'uint',
  'double',
  'string',
  'bytes',
  'list',
  'map',
  'null_type',
  'type',
]);

const WHERE: { readonly [root in Root]: string } = {
  flow: '',
  input: '',
  target: '',
  upgrade: '',
  host: 'Hosts are known where a plan is made, but not in same_as, ok_when and read of a probe.',
  fact: 'Facts are known where a plan is made, but not in same_as, ok_when and read of a probe.',
  captured:
    'captured.* is known only during the run: use it in run, verify, undo, copy, write, gate or manual.',
  output: 'output is what a command printed: use it in ok_when, capture, expect, fail or read.',
  exit_code: 'exit_code is how a command ended: use it in ok_when, capture, expect, fail or read.',
};

interface Wrong {
  readonly rule: string;
  readonly message: string;
  readonly mend: string;
}

function unknown(name: string, known: readonly string[], before: string): Wrong {
  return { rule: 'unknown_name', message: `unknown name ${before}${name}`, mend: oneOf(name, known) };
}

function wrongHost({ runbook }: Checking, role: string, field: string | undefined): Wrong | null {
  const declared = runbook.hosts[role];
  if (declared === undefined) return unknown(role, Object.keys(runbook.hosts), 'host.');
  if (declared.many || field === undefined || HOST_FIELDS.includes(field)) return null;
  return unknown(field, HOST_FIELDS, `host.${role}.`);
}

function wrongUpgrade(field: string, site: CelSite): Wrong | null {
  if (field === 'id' || (field === 'dir' && site.sight.dir)) return null;
  if (field === 'dir')
    return {
      rule: 'unknown_name',
      message: 'upgrade.dir is not known here',
      mend: 'It is a directory on a host: use it in a command, or in a path on a host.',
    };
  return unknown(field, ['id', 'dir'], 'upgrade.');
}

function wrongMember(checking: Checking, site: CelSite, { path }: UsedName): Wrong | null {
  const { runbook } = checking;
  const [root, member, field] = path;
  const declared: { readonly [root: string]: readonly string[] } = {
    fact: Object.keys(runbook.probes),
    input: Object.keys(runbook.inputs),
  };
  if (
    root === 'flow' ||
    root === 'output' ||
    root === 'exit_code' ||
    root === 'target' ||
    root === 'captured'
  )
    return null;
  if (member === undefined)
    return {
      rule: 'unknown_name',
      message: `${root} is not a value by itself`,
      mend: `Say which one: ${root}.…`,
    };
  if (root === 'host') return wrongHost(checking, member, field);
  if (root === 'upgrade') return wrongUpgrade(member, site);
  const known = declared[root ?? ''] ?? [];
  return known.includes(member) ? null : unknown(member, known, `${root}.`);
}

function wrongRoot({ runbook }: Checking, site: CelSite, root: string): Wrong {
  if (root in WHERE) {
    const rule = root === 'captured' && site.key === 'when' ? 'captured_in_when' : 'late_value';
    return { rule, message: `${root} is not known in ${site.key}`, mend: WHERE[root as Root] };
  }
  if (runbook.secrets.includes(root) || root === 'secret' || root === 'secrets')
    return {
      rule: 'secret_in_expression',
      message: `a secret cannot stand in an expression: ${root}`,
      mend: 'List it in secrets: and write "$NAME" in run; in write, { secret: NAME }.',
    };
  return unknown(root, [...site.sight.roots, ...site.sight.locals], '');
}

function wrongName(checking: Checking, site: CelSite, name: UsedName): Wrong | null {
  const root = name.path[0] ?? '';
  if (site.sight.locals.includes(root) || TYPES.has(root)) return null;
  if ((site.sight.roots as readonly string[]).includes(root)) return wrongMember(checking, site, name);
  return wrongRoot(checking, site, root);
}

export function hasWrongName(checking: Checking, site: CelSite): boolean {
  return namesIn(site.cel).some((name) => wrongName(checking, site, name) !== null);
}

export function names(checking: Checking): void {
  for (const site of checking.expressions)
    for (const name of namesIn(site.cel)) {
      const wrong = wrongName(checking, site, name);
      if (wrong !== null) checking.report(site.path, wrong, site.offset + name.offset);
    }
}
