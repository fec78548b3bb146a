/** Commands are POSIX sh: what only bash knows would fail on half of the hosts, some of it without a word. */

import type { Oddity, Shell, ShellCommand } from '../shell-cursor.ts';
import { parseTemplate } from '../template.ts';
import type { Checking } from './checking.ts';
import { baseName } from './command-name.ts';

/** Name → what POSIX sh has instead. */
const COMMANDS: { readonly [name: string]: string } = {
  '[[': '[ … ]',
  source: '. file',
  function: 'name() { …; }',
  let: '$(( … ))',
  declare: 'a plain assignment',
  typeset: 'a plain assignment',
  shopt: 'nothing: sh has no such option',
  pushd: 'cd, in ( … )',
  popd: 'cd, in ( … )',
  mapfile: 'while read -r',
  readarray: 'while read -r',
  disown: 'nothing: the launcher keeps a step alive',
  coproc: 'a file',
  time: 'nothing: every step is timed',
  builtin: 'command',
};

const VARIABLES =
  /^(RANDOM|SECONDS|BASH\w*|HOSTNAME|UID|EUID|FUNCNAME|PIPESTATUS|OSTYPE|MACHTYPE|DIRSTACK|GROUPS|SHLVL)$/;

interface Form {
  readonly name: string;
  readonly argument: RegExp;
  readonly what: string;
  readonly instead: string;
}

const FORMS: readonly Form[] = [
  { name: 'echo', argument: /^-[neE]+$/, what: 'echo with an option', instead: "printf '%s' or printf '%b'" },
  { name: 'read', argument: /^-[a-qs-zA-Z]/, what: 'read with an option other than -r', instead: 'read -r' },
  { name: 'printf', argument: /^-v$|%q/, what: 'printf -v or %q', instead: 'name=$(printf …)' },
  { name: '[', argument: /^(==|=~)$/, what: '== or =~ in [ ]', instead: '=' },
  { name: 'test', argument: /^(==|=~)$/, what: '== or =~ in test', instead: '=' },
  {
    name: 'set',
    argument: /^pipefail$/,
    what: 'set -o pipefail',
    instead: 'out=$(first command), then the second one',
  },
  {
    name: 'trap',
    argument: /^(ERR|DEBUG|RETURN)$/,
    what: 'trap of ERR, DEBUG or RETURN',
    instead: 'trap … EXIT',
  },
  { name: 'export', argument: /^-[fn]$/, what: 'export -f or -n', instead: 'a plain export' },
  { name: 'wait', argument: /^-n$/, what: 'wait -n', instead: 'wait PID' },
];

function inCommand({ words, assignments }: ShellCommand): readonly Oddity[] {
  const name = words[0]?.bare === words[0]?.text ? baseName(words[0]) : '';
  const instead = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  const named = instead === undefined ? [] : [{ offset: words[0]?.start ?? 0, what: name, instead }];
  const forms = words.slice(1).flatMap((word) =>
    FORMS.filter((form) => form.name === name && form.argument.test(word.literal ?? '')).map((form) => ({
      offset: word.start,
      what: form.what,
      instead: form.instead,
    })),
  );
  const braces = words
    .filter(({ bare }) => /\{[^{}\0\s]*(,|\.\.)[^{}\0\s]*\}/.test(bare))
    .map(({ start }) => ({ offset: start, what: '{a,b} or {1..3}', instead: 'the words themselves' }));
  const appended = assignments
    .filter(({ bare }) => /^\w+\+=/.test(bare))
    .map(({ start }) => ({ offset: start, what: '+=', instead: 'name=$name…' }));
  return [...named, ...forms, ...braces, ...appended];
}

function bashisms({ commands, variables, assigned, bashisms: found }: Shell): readonly Oddity[] {
  const names = variables
    .filter(({ name }) => VARIABLES.test(name) && !assigned.has(name))
    .map(({ name, offset }) => ({ offset, what: `$${name}`, instead: 'a value in CEL, or a command' }));
  return [...found, ...commands.flatMap(inCommand), ...names];
}

/** Every value as one plain word, on the same line: what `sh -n` can judge without knowing it. */
function withPlainWords(text: string): string {
  return parseTemplate(text)
    .pieces.map((piece) => (typeof piece === 'string' ? piece : 'value'))
    .join('');
}

/** A shell that misses something says so after the last line; the last line is where a reader looks. */
function offsetOfLine(text: string, said: string): number {
  const lines = text.trimEnd().split('\n');
  const line = Math.min(Number(/(?:^|\s)(?:line )?([0-9]+): /.exec(said)?.[1] ?? 1), lines.length);
  return lines.slice(0, line - 1).reduce((sum, row) => sum + row.length + 1, 0);
}

export function shellDialect({ shells, report, shellSyntax }: Checking): void {
  for (const { site, shell } of shells) {
    const odd = bashisms(shell);
    for (const { offset, what, instead } of odd)
      report(
        site.path,
        { rule: 'bashism', message: `${what} is not POSIX sh`, mend: `Use ${instead}.` },
        offset,
      );
    if (odd.length > 0) continue;
    const plain = withPlainWords(site.text);
    const said = shellSyntax?.(plain) ?? null;
    if (said !== null)
      report(
        site.path,
        { rule: 'shell_syntax', message: `sh -n: ${said}`, mend: 'Mend the command; try it with sh -n.' },
        offsetOfLine(site.text, said),
      );
  }
}
