/** `${{ }}` in a command stands as a whole, unquoted word, and never where its value would be read as a program. */
import type { HolePlace, Place, Shell, ShellCommand, ShellWord } from '../shell-cursor.ts';
import { SAFE } from '../shell-holes.ts';
import type { Hole } from '../template.ts';
import { parseTemplate } from '../template.ts';
import type { Checking } from './checking.ts';
import { baseName, programAt } from './command-name.ts';

const MEND: { readonly [place in Place]?: string } = {
  'here-document': "Give it as a word: printf '%s\\n' ${{ … }}, or write the file with a write step.",
  'here-document delimiter': 'Write the delimiter out.',
  backticks: 'Use $( … ), in which the value can stand as a word.',
  comment:
    'Take it out of the comment: it would be text for nobody, and a line break in it would end the comment.',
  arithmetic: 'Calculate in CEL: ${{ 1 + fact.count }}.',
  'parameter expansion': 'Choose in CEL: ${{ has(fact.x) ? fact.x : "other" }}.',
  name: 'Write the name out.',
};

function wordsOf({ assignments, words, redirections }: ShellCommand): readonly ShellWord[] {
  return [...assignments, ...words, ...redirections.map(({ word }) => word)];
}

function wordAround({ commands }: Shell, hole: Hole): ShellWord | undefined {
  const around = commands.flatMap(wordsOf).filter(({ start, end }) => start <= hole.start && hole.end <= end);
  return around.toSorted((a, b) => a.end - a.start - (b.end - b.start))[0];
}

/** The text of a word that is quoted at most as a whole; undefined where the shell would change anything in it. */
function plainText(text: string): string | undefined {
  const quoted = /^(["'])([\s\S]*)\1$/.exec(text);
  const inner = quoted?.[2] ?? text;
  const literal = parseTemplate(inner)
    .pieces.filter((piece) => typeof piece === 'string')
    .join('');
  return /["'`\\$\n]/.test(literal) ? undefined : inner;
}

function piece(part: string | Hole): string {
  if (typeof part === 'string') return JSON.stringify(part);
  return /^[\w.]+$|^[\w.]+\([^()]*\)$/.test(part.cel) ? part.cel : `(${part.cel})`;
}

/** `"http://${{ x }}/api"` → `${{ "http://" + x + "/api" }}` */
function rebuilt(text: string): string | undefined {
  const inner = plainText(text);
  if (inner === undefined) return undefined;
  const { pieces } = parseTemplate(inner);
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined && typeof only !== 'string') return `\${{ ${only.cel} }}`;
  return `\${{ ${pieces.map(piece).join(' + ')} }}`;
}

function mendFor(shell: Shell, { hole, place }: HolePlace): string {
  const said = MEND[place];
  if (said !== undefined) return said;
  const word = wordAround(shell, hole);
  const whole = word === undefined ? undefined : rebuilt(word.text);
  return `Make the whole word in CEL, without quotes around it: ${whole ?? '${{ "…" + value + "…" }}'}`;
}

const SHELLS = new Set(['sh', 'bash', 'dash', 'ash', 'ksh', 'zsh', 'su']);
/** Programs that read one argument as a program: by the option before it, or as their first operand. */
const INTERPRETERS: { readonly [name: string]: RegExp | 'first' } = {
  python: /^-c$/,
  python3: /^-c$/,
  perl: /^-[a-z]*[eE]$/,
  ruby: /^-e$/,
  node: /^-[ep]$/,
  psql: /^-c$/,
  mysql: /^-e$/,
  awk: 'first',
  gawk: 'first',
  sed: 'first',
  jq: 'first',
};

function afterShellOption(words: readonly ShellWord[], index: number): string | undefined {
  for (const [at, word] of words.entries()) {
    if (at >= index || !SHELLS.has(baseName(word))) continue;
    const option = words.findIndex((other, place) => place > at && /^-[a-zA-Z]*c$/.test(other.literal ?? ''));
    if (option > at && option < index) return `${baseName(word)} ${words[option]?.literal}`;
  }
  return undefined;
}

function isFirstOperand(words: readonly ShellWord[], program: number, index: number): boolean {
  const scripted = words.slice(program + 1).some(({ literal }) => literal === '-f' || literal === '-e');
  if (words[index - 1]?.literal === '-e') return true;
  const first = words.findIndex((word, at) => at > program && !(word.literal ?? '').startsWith('-'));
  return !scripted && first === index;
}

/** The program that would read the value at `words[index]` as commands of its own. */
function readsAsProgram(command: ShellCommand, index: number): string | undefined {
  const { words } = command;
  const program = programAt(command);
  const name = baseName(words[program]);
  if (['eval', 'ssh', 'trap'].includes(name) && index > program) return name;
  const shell = afterShellOption(words, index);
  if (shell !== undefined) return shell;
  const rule = INTERPRETERS[name];
  if (rule === undefined || index <= program) return undefined;
  if (rule === 'first') return isFirstOperand(words, program, index) ? name : undefined;
  const option = words[index - 1]?.literal ?? '';
  return rule.test(option) ? `${name} ${option}` : undefined;
}

export function positions({ shells, report }: Checking): void {
  for (const { site, shell } of shells) {
    for (const found of shell.holes) {
      if (SAFE.has(found.place)) continue;
      const where = found.place === 'glued' ? 'glued to other text' : `in ${found.place}`;
      report(
        site.path,
        {
          rule: 'unsafe_position',
          message: `a value stands ${where}, where it cannot be quoted`,
          mend: mendFor(shell, found),
        },
        found.hole.start,
      );
    }
    for (const command of shell.commands)
      for (const [index, { hole }] of command.words.entries()) {
        const reader = hole === null ? undefined : readsAsProgram(command, index);
        if (reader === undefined || hole === null) continue;
        const mend = `Start the program without ${reader.split(' ')[0]}, so that the value is an argument; on another host, give the step its own on:.`;
        report(
          site.path,
          { rule: 'unsafe_position', message: `${reader} would read the value as a program`, mend },
          hole.start,
        );
      }
  }
}
