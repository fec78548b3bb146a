/**
 * Which `cfy` commands and options each version of the CLI accepts, 4.0 to 4.6. A table for tests: it knows what the
 * runbook may say, and refuses what it does not know.
 */
import { compare } from './planning.ts';

interface Form {
  /** First version that has it, and the first that has it no more. */
  readonly from?: string;
  readonly until?: string;
  /** Names of one option; `value` when a word follows it. */
  readonly options: readonly Option[];
  /** Least and most words that are no option. */
  readonly words: readonly [number, number];
}

interface Option {
  readonly names: readonly string[];
  readonly value: boolean;
  readonly from?: string;
  readonly until?: string;
}

const flag = (names: string, from?: string, until?: string): Option => ({
  names: names.split('/'),
  value: false,
  ...(from === undefined ? {} : { from }),
  ...(until === undefined ? {} : { until }),
});
const valued = (names: string, from?: string, until?: string): Option => ({
  ...flag(names, from, until),
  value: true,
});

const TENANT = valued('-t/--tenant-name');
const ALL_TENANTS = flag('-a/--all-tenants', '4.2');
const SORTING = [valued('--sort-by'), flag('--descending')];
const PAGES = [valued('-o/--pagination-offset', '4.3'), valued('-s/--pagination-size', '4.3')];
const LISTING = [TENANT, ALL_TENANTS, ...SORTING, ...PAGES];
const NODE = [valued('--timeout'), valued('--cluster-host-ip'), valued('--cluster-node-name')];
const GET_DATA = flag('--get-data', '4.2');

const FORMS: { readonly [command: string]: Form } = {
  '--version': { options: [], words: [0, 0] },
  status: { options: [], words: [0, 0] },
  'snapshots create': {
    options: [
      flag('--include-metrics'),
      flag('--exclude-credentials'),
      flag('--private-resource', undefined, '4.3'),
      flag('--exclude-logs', '4.3'),
      flag('--exclude-events', '4.3'),
      flag('--queue', '4.5'),
      valued('-t/--tenant-name', undefined, '4.1'),
    ],
    words: [0, 1],
  },
  'snapshots download': { options: [valued('-o/--output-path'), TENANT], words: [1, 1] },
  'snapshots upload': { options: [valued('-s/--snapshot-id'), TENANT], words: [1, 1] },
  'snapshots restore': {
    options: [
      flag('--without-deployment-envs'),
      flag('-f/--force'),
      flag('--restore-certificates', '4.1'),
      flag('--no-reboot', '4.1'),
      flag('-i/--ignore-plugin-failure', '4.5'),
      valued('-t/--tenant-name', undefined, '4.1'),
    ],
    words: [1, 1],
  },
  'snapshots list': { options: [...LISTING, valued('--search', '4.4')], words: [0, 0] },
  'snapshots delete': { options: [TENANT], words: [1, 1] },
  'executions list': {
    options: [...LISTING, flag('--include-system-workflows'), valued('-d/--deployment-id')],
    words: [0, 0],
  },
  'executions get': { options: [TENANT], words: [1, 1] },
  'blueprints list': { options: LISTING, words: [0, 0] },
  'deployments list': { options: LISTING, words: [0, 0] },
  'node-instances list': { options: LISTING, words: [0, 0] },
  'users list': { options: [...SORTING, GET_DATA, ...PAGES], words: [0, 0] },
  'users set-password': { options: [valued('-p/--password')], words: [1, 1] },
  'user-groups list': { options: [...SORTING, GET_DATA, ...PAGES], words: [0, 0] },
  'tenants list': { options: [...SORTING, GET_DATA, ...PAGES], words: [0, 0] },
  'agents install': {
    options: [
      TENANT,
      ALL_TENANTS,
      flag('--include-logs/--no-logs', undefined, '4.6'),
      flag('--stop-old-agent', '4.4'),
      valued('--manager-ip', '4.4'),
      valued('--manager_certificate', '4.4'),
      valued('--deployment-id', '4.5'),
      flag('--wait/--no-wait', '4.6'),
      valued('--install-agent-timeout', '4.6'),
    ],
    words: [0, 1],
  },
  'agents validate': { from: '4.4', options: [TENANT, ALL_TENANTS], words: [0, 1] },
  teardown: {
    until: '4.3',
    options: [flag('-f/--force'), flag('--ignore-deployments')],
    words: [0, 0],
  },
  'profiles use': {
    options: [
      valued('-u/--manager-username'),
      valued('-p/--manager-password'),
      valued('-t/--manager-tenant'),
      valued('-s/--ssh-user'),
      valued('-k/--ssh-key'),
      valued('--rest-port'),
      flag('--ssl', '4.2'),
      valued('-c/--rest-certificate', '4.2'),
    ],
    words: [1, 1],
  },
  'profiles set': {
    options: [
      valued('-u/--manager-username'),
      valued('-p/--manager-password'),
      valued('-t/--manager-tenant'),
      flag('--skip-credentials-validation'),
    ],
    words: [0, 0],
  },
  'profiles delete': { options: [], words: [1, 1] },
  'profiles list': { options: [], words: [0, 0] },
  'maintenance-mode activate': { options: [flag('--wait'), valued('--timeout')], words: [0, 0] },
  'maintenance-mode status': { options: [], words: [0, 0] },
  'maintenance-mode deactivate': { options: [], words: [0, 0] },
  'cluster status': { options: [], words: [0, 0] },
  'cluster start': { options: NODE, words: [0, 0] },
  'cluster join': { options: NODE, words: [1, 1] },
  'cluster update-profile': { options: [], words: [0, 0] },
  'cluster nodes list': { options: [], words: [0, 0] },
  'cluster nodes remove': { options: [], words: [1, 1] },
  'license upload': { from: '4.6', options: [], words: [1, 1] },
  'license list': { from: '4.6', options: [], words: [0, 0] },
};

const within = (
  version: string,
  { from, until }: { readonly from?: string; readonly until?: string },
): boolean =>
  (from === undefined || compare(version, from) >= 0) && (until === undefined || compare(version, until) < 0);

/** @returns null, or why the CLI of this version ends with a usage error */
export function refusedBy(version: string, words: readonly string[]): string | null {
  const [group = '', sub = '', third = ''] = words;
  const names = [`${group} ${sub} ${third}`, `${group} ${sub}`, group];
  const command = names.find((name) => FORMS[name] !== undefined) ?? group;
  const form = FORMS[command];
  if (form === undefined) return `no such command: ${group} ${sub}`;
  if (!within(version, form)) return `${command} is not in ${version}`;
  const rest = words.slice(command.split(' ').length);
  let plain = 0;
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at] ?? '';
    if (!word.startsWith('-')) {
      plain += 1;
      continue;
    }
    const option = form.options.find(({ names }) => names.includes(word));
    if (option === undefined || !within(version, option))
      return `${command} has no option ${word} in ${version}`;
    if (!option.value) continue;
    at += 1;
    if (rest[at] === undefined) return `${command} ${word} needs a value`;
  }
  const [least, most] = form.words;
  return plain < least || plain > most ? `${command} takes ${least} to ${most} words, not ${plain}` : null;
}

/** One word: bare text, quoted pieces and late values `‹…›` side by side. */
const WORD = /(?:[^\s'"‹;|&<>()]|'[^']*'|"(?:[^"\\]|\\.)*"|‹[^›]*›)+/y;

function wordsFrom(text: string, start: number): readonly string[] {
  const words: string[] = [];
  let at = start;
  for (;;) {
    while (text[at] === ' ') at += 1;
    WORD.lastIndex = at;
    const word = WORD.exec(text)?.[0];
    if (word === undefined) return words;
    words.push(word.replace(/^'(.*)'$|^"(.*)"$/s, '$1$2'));
    at += word.length;
  }
}

/** Every `cfy …` of a shell text, without `cfy` itself. */
export function cfyCommands(shell: string): readonly (readonly string[])[] {
  return shell
    .split('\n')
    .flatMap((line) =>
      [...line.matchAll(/(?:^|[;&|(]|\bthen\b|\bdo\b|\belse\b)\s*cfy /g)].map((match) =>
        wordsFrom(line, match.index + match[0].length),
      ),
    );
}
