import { inRange, type VersionRange } from '../version.ts';

/** `cfy_manager` of 4.3–4.6 parses with argh: what it does not know ends with exit code 2. */
export interface ManagerArguments {
  readonly verb: string;
  readonly verbose: boolean;
  readonly force: boolean;
  readonly cleanDb: boolean;
  readonly privateIp: string | undefined;
  readonly publicIp: string | undefined;
  readonly adminPassword: string | undefined;
}

const VERBS: readonly (VersionRange & { readonly name: string; readonly options: readonly string[] })[] = [
  { name: 'install', options: ['verbose', 'clean-db', 'private-ip', 'public-ip', 'admin-password'] },
  { name: 'configure', options: ['verbose', 'clean-db', 'private-ip', 'public-ip', 'admin-password'] },
  { name: 'remove', options: ['verbose', 'force'] },
  { name: 'create-internal-certs', options: ['verbose', 'manager-hostname', 'metadata'] },
  { name: 'create-external-certs', options: ['verbose', 'public-ip', 'private-ip'] },
  { name: 'create-pkcs12', options: ['verbose'] },
  {
    name: 'validate',
    options: ['verbose', 'private-ip', 'public-ip', 'admin-password', 'clean-db'],
    from: '4.4',
  },
  { name: 'start', options: ['verbose'], from: '4.4' },
  { name: 'stop', options: ['verbose', 'force'], from: '4.4' },
  { name: 'restart', options: ['verbose', 'force'], from: '4.4' },
  { name: 'sanity-check', options: ['verbose', 'private-ip'], from: '4.4' },
  { name: 'add-networks', options: ['verbose', 'networks', 'broker-ip'], from: '4.5' },
];

const SHORT: { readonly [letter: string]: string } = { v: 'verbose', f: 'force', a: 'admin-password' };
const FLAGS = ['verbose', 'force', 'clean-db'];

function usage(version: string): string {
  const names = VERBS.filter((verb) => inRange(version, verb)).map((verb) => verb.name);
  return `usage: cfy_manager [-h] {${names.toSorted().join(',')}} ...\n`;
}

/** @returns text for stderr when the arguments are wrong */
export function readManagerArguments(args: readonly string[], version: string): ManagerArguments | string {
  const [name, ...words] = args;
  const verb = VERBS.find((each) => each.name === name && inRange(version, each));
  if (verb === undefined) {
    const why = name === undefined ? 'too few arguments' : `argument : invalid choice: '${name}'`;
    return `${usage(version)}cfy_manager: error: ${why}\n`;
  }
  const values = new Map<string, string>();
  for (let index = 0; index < words.length; index++) {
    const [word = '', inline] = splitValue(words[index] ?? '');
    const option = word.startsWith('--') ? word.slice(2) : (SHORT[word.slice(1)] ?? '');
    if (!word.startsWith('-') || !verb.options.includes(option)) {
      return `${usage(version)}cfy_manager: error: unrecognized arguments: ${words[index]}\n`;
    }
    if (FLAGS.includes(option)) {
      values.set(option, 'true');
      continue;
    }
    if (inline === undefined) index++;
    const value = inline ?? words[index];
    if (value === undefined)
      return `${usage(version)}cfy_manager ${verb.name}: error: argument --${option}: expected one argument\n`;
    values.set(option, value);
  }
  return {
    verb: verb.name,
    verbose: values.has('verbose'),
    force: values.has('force'),
    cleanDb: values.has('clean-db'),
    privateIp: values.get('private-ip'),
    publicIp: values.get('public-ip'),
    adminPassword: values.get('admin-password'),
  };
}

function splitValue(word: string): readonly [string, string?] {
  const at = word.indexOf('=');
  return word.startsWith('--') && at > 0 ? [word.slice(0, at), word.slice(at + 1)] : [word];
}
