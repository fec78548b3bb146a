/** Expressions: CEL at all, of the right types, and giving what their key needs. */
import type { Environment } from '@marcbachmann/cel-js';
import { reasonOf, typedEnvironment } from '../cel.ts';
import { isCelWord } from '../cel-names.ts';
import type { RunbookSource } from '../schema.ts';
import type { CelSite, Root, Sight } from '../sight.ts';
import type { Checking } from './checking.ts';
import { hasWrongName } from './names.ts';

type Schema = { [field: string]: string | Schema };

const CEL_TYPE: { readonly [as: string]: string } = {
  version: 'Version',
  text: 'string',
  int: 'int',
  bool: 'bool',
  map: 'map<string, dyn>',
};

function factType(as: string): string {
  const list = as.startsWith('list of ');
  const type = CEL_TYPE[as.replace('list of ', '')] ?? 'dyn';
  return list ? `list<${type}>` : type;
}

/** One that may be left out is null then, so only its own comparisons can tell what it is. */
function inputType({ type, required, default: unlessTyped }: RunbookSource['inputs'][string]): string {
  if (type === 'boolean') return 'bool';
  if (!required && unlessTyped === undefined) return 'dyn';
  return type === 'version' ? 'Version' : 'string';
}

function mapped<T>(of: { readonly [name: string]: T }, type: (value: T) => string | Schema): Schema {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, type(value)]));
}

const HOST: Schema = { name: 'string', address: 'string', private_ip: 'string' };

function declare(env: Environment, runbook: RunbookSource, root: Root): void {
  switch (root) {
    case 'flow':
    case 'output':
      env.registerVariable(root, 'string');
      break;
    case 'exit_code':
      env.registerVariable(root, 'int');
      break;
    case 'target':
      env.registerVariable(root, 'map<string, dyn>');
      break;
    case 'upgrade':
      env.registerVariable({ name: root, schema: { id: 'string', dir: 'string' } });
      break;
    case 'input':
      env.registerVariable({ name: root, schema: mapped(runbook.inputs, inputType) });
      break;
    case 'fact':
      env.registerVariable({ name: root, schema: mapped(runbook.probes, ({ as }) => factType(as)) });
      break;
    case 'host':
      env.registerVariable({
        name: root,
        schema: mapped(runbook.hosts, ({ many }) => (many ? 'list<map<string, string>>' : HOST)),
      });
      break;
    default:
      env.registerVariable(root, 'dyn');
  }
}

function environmentFor(runbook: RunbookSource, { roots, locals }: Sight): Environment {
  const env = typedEnvironment();
  const shadowed = new Set(locals);
  for (const root of roots) if (!shadowed.has(root)) declare(env, runbook, root);
  for (const local of shadowed) if (!isCelWord(local)) env.registerVariable(local, 'dyn');
  return env;
}

function mendFor(why: string): string {
  if (/overload: (Version \S+ string|string \S+ Version)/.test(why) && !why.includes(' + '))
    return 'Compare it with a version: version("4.3").';
  if (/overload: .*\+/.test(why)) return 'Turn both sides into text: string(…).';
  if (/overload: .*(== null|!= null|null ==|null !=)/.test(why))
    return 'It is never null: leave the comparison out.';
  return 'See “Names and functions” in docs/runbook-language.md.';
}

const GIVES: { readonly [gives in CelSite['gives']]: { readonly type: RegExp; readonly said: string } } = {
  bool: { type: /^(bool|dyn)$/, said: 'true or false' },
  list: { type: /^(list.*|dyn)$/, said: 'a list' },
  duration: { type: /^(string|dyn)$/, said: 'a duration as text, such as "5m"' },
  value: { type: /^(?!null$)/, said: 'a value' },
  text: { type: /^/, said: 'a value' },
};

function wrongResult(site: CelSite, type: string): string | null {
  const { type: allowed, said } = GIVES[site.gives];
  if (!allowed.test(type)) return `${site.key} must give ${said}, and this gives ${type}`;
  if (site.key === 'run' && /^map|^\$host|^null/.test(type))
    return `a ${type.replace('$host', 'host')} is not a word of a command`;
  return null;
}

export function expressionTypes(checking: Checking): void {
  const environments = new Map<string, Environment>();
  for (const site of checking.expressions) {
    if (site.cel === '' || hasWrongName(checking, site)) continue;
    const key = JSON.stringify([site.sight.roots, site.sight.locals]);
    const env = environments.get(key) ?? environmentFor(checking.runbook, site.sight);
    environments.set(key, env);
    const { valid, type, error } = env.check(site.cel);
    if (!valid) {
      const why = reasonOf(error);
      const rule = error?.name === 'ParseError' ? 'cel_syntax' : 'cel_type';
      const fault = { rule, message: `${site.key}: ${why}`, mend: mendFor(why) };
      checking.report(site.path, fault, site.offset + (error?.range?.start ?? 0));
      continue;
    }
    const wrong = wrongResult(site, type ?? 'dyn');
    if (wrong !== null)
      checking.report(
        site.path,
        {
          rule: 'cel_type',
          message: wrong,
          mend: `Write an expression that gives ${GIVES[site.gives].said}.`,
        },
        site.offset,
      );
  }
}
