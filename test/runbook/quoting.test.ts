import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LateText } from '../../src/core/plan.ts';
import { fillShell } from '../../src/runbook/evaluate.ts';
import { asWords, lateText } from '../../src/runbook/scope.ts';
import { oneWordAt, SAFE } from '../../src/runbook/shell-holes.ts';
import { parseShell } from '../../src/runbook/shell-parse.ts';
import { quoteWord } from '../../src/runbook/shell-quote.ts';
import { inDirectory, runIn, SHELLS } from './shells.ts';

const HOSTILE: readonly string[] = [
  '',
  ' ',
  'two words',
  '  both ends  ',
  'tab\there',
  'line\nbreak',
  '\n',
  'ends with newline\n',
  "it's",
  "'",
  "''",
  '"',
  '"quoted"',
  '$HOME',
  '${HOME}',
  '$(id)',
  '`id`',
  '$((1+1))',
  ';',
  'a; id',
  '&& id',
  '| id',
  '& id',
  '> /tmp/x',
  '< /etc/passwd',
  '-rf',
  '--help',
  '-',
  '--',
  '-n',
  '*',
  '?',
  '[a-z]*',
  '~',
  '~root',
  'a=b',
  'PATH=/x',
  '=',
  '\\',
  '\\\\',
  '\\n',
  'ends with \\',
  '!',
  '!!',
  '#',
  '# comment',
  'a#b',
  '{a,b}',
  '{1..3}',
  '(',
  ')',
  '()',
  'if',
  'then',
  'done',
  'esac',
  'case',
  'in',
  '{',
  '}',
  '[[',
  'time',
  'function',
  'eval',
  ';;',
  '<<EOF',
  'EOF',
  '${{ x }}',
  'grüße',
  '日本語',
  '🙂 \u200B zero width',
  '\u001B[31mred',
  '\u0007\u0008',
  '\r',
  '1>',
  '2>&1',
  '%s%n',
  'x'.repeat(5000),
];

function words(run: string, values: { readonly [name: string]: unknown }): LateText {
  const made = lateText(run, { values, steps: {} }, asWords, oneWordAt(run));
  if (!made.ok) throw new Error(made.why);
  return made.value;
}

/** As the planner fills it, and as the executor fills what is captured during the run: both must agree. */
function commandsFor(run: string, value: unknown): readonly [string, string] {
  const planned = words(run, { value }).join('');
  const late = words(run.replaceAll('value', 'captured.step.value'), {});
  const filled = fillShell(late, { step: { value: value as never } });
  if (!filled.ok) throw new Error(filled.why);
  return [planned, filled.value];
}

interface Position {
  readonly where: string;
  readonly run: string;
  readonly shown: (value: string) => string;
}

const POSITIONS: readonly Position[] = [
  { where: 'an argument', run: "printf '%s\\0' a ${{ value }} b", shown: (v) => `a\0${v}\0b\0` },
  { where: 'the last argument', run: "printf '%s\\0' ${{ value }}", shown: (v) => `${v}\0` },
  { where: 'an assignment', run: 'A=${{ value }}\nprintf \'%s\\0\' "$A"', shown: (v) => `${v}\0` },
  {
    where: 'an exported assignment',
    run: 'export A=${{ value }}\nprintf \'%s\\0\' "$A"',
    shown: (v) => `${v}\0`,
  },
  {
    where: 'the environment of a command',
    run: `A=\${{ value }} sh -c 'printf "%s\\0" "$A"'`,
    shown: (v) => `${v}\0`,
  },
  {
    where: 'the list of a loop',
    run: 'for x in ${{ value }} z; do printf \'%s\\0\' "$x"; done',
    shown: (v) => `${v}\0z\0`,
  },
  {
    where: 'the word of a case',
    run: 'case ${{ value }} in zzz) printf no;; *) printf yes;; esac',
    shown: () => 'yes',
  },
  {
    where: 'a pattern of a case',
    run: 'A=${{ value }}\ncase "$A" in ${{ value }}) printf yes;; *) printf no;; esac',
    shown: () => 'yes',
  },
  {
    where: 'a pattern that must not match all',
    run: 'case zzz in ${{ value }}) printf no;; *) printf yes;; esac',
    shown: () => 'yes',
  },
  {
    where: 'a substitution',
    run: "x=$(printf '%s.' ${{ value }})\nprintf '%s\\0' \"$x\"",
    shown: (v) => `${v}.\0`,
  },
  {
    where: 'a substitution in quotes',
    run: "printf '%s\\0' \"$(printf '<%s>' ${{ value }})\"",
    shown: (v) => `<${v}>\0`,
  },
  {
    where: 'a test',
    run: 'A=${{ value }}\nif [ "$A" = ${{ value }} ]; then printf yes; fi',
    shown: () => 'yes',
  },
  { where: 'a function', run: 'f() { printf \'%s\\0\' "$@"; }\nf ${{ value }} b', shown: (v) => `${v}\0b\0` },
  { where: 'a subshell and a pipe', run: "( printf '%s\\0' ${{ value }} ) | cat", shown: (v) => `${v}\0` },
  {
    where: 'the line after a continuation',
    run: "printf '%s\\0' \\\n  ${{ value }}",
    shown: (v) => `${v}\0`,
  },
];

describe.each(SHELLS)('a value in $name', (shell) => {
  it.each(POSITIONS)('arrives byte for byte as $where', ({ run, shown }) => {
    // One process for all of them: each in a subshell, so that none sees what another one left.
    const cases = HOSTILE.flatMap((value) =>
      [...new Set(commandsFor(run, value))].map((text) => ({ value, text })),
    );
    const ran = runIn(shell, cases.map(({ text }) => `(\n${text}\n)\nprintf '\\0next\\0'`).join('\n'));
    const seen = ran.stdout.toString().split('\0next\0').slice(0, -1);
    expect(seen.map((out, index) => ({ value: cases[index]?.value, out }))).toEqual(
      cases.map(({ value }) => ({ value, out: shown(value) })),
    );
    expect({ code: ran.code, err: ran.stderr }).toEqual({ code: 0, err: '' });
  });

  it('becomes a file of exactly that name as the target of a redirection', async () => {
    for (const value of HOSTILE.filter((name) => name !== '' && name.length < 200 && !name.includes('/'))) {
      await inDirectory((cwd) => {
        const [text] = commandsFor('printf x > ${{ value }}', value);
        expect(runIn(shell, text, { cwd }).stderr).toBe('');
        expect(readdirSync(cwd)).toEqual([value]);
      });
    }
  });

  it('is the program of exactly that path as a command', async () => {
    for (const value of HOSTILE.filter((name) => name !== '' && name.length < 200 && !name.includes('/'))) {
      await inDirectory((cwd) => {
        const path = join(cwd, value);
        writeFileSync(path, '#!/bin/sh\nprintf \'%s\\0\' "$@"\n');
        chmodSync(path, 0o755);
        const [text] = commandsFor('${{ value }} a', path);
        expect({ value, out: runIn(shell, text, { cwd }).stdout.toString() }).toEqual({ value, out: 'a\0' });
      });
    }
  });

  it('becomes as many words as the list has items', () => {
    for (const list of [[], HOSTILE, [''], ['', ''], [1, true, 'x y']]) {
      for (const text of commandsFor("printf '%s\\0' start ${{ value }} end", list)) {
        const out = runIn(shell, text).stdout.toString();
        expect(out).toBe(['start', ...list.map(String), 'end'].map((word) => `${word}\0`).join(''));
      }
    }
  });

  it('is any text at all', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 }).map((value) => value.replaceAll('\0', ''));
    fc.assert(
      fc.property(
        text.filter((value) => !/\p{Surrogate}/u.test(value)),
        (value) => {
          const ran = runIn(shell, `printf '%s\\0' ${quoteWord(value)}`);
          expect(ran.stdout.toString()).toBe(`${value}\0`);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('a value that is not one word', () => {
  it.each([
    ['a list in an assignment', 'A=${{ value }}', ['a', 'b']],
    ['a list as the target of a redirection', 'printf x > ${{ value }}', ['a', 'b']],
    ['an empty list as a command', '${{ value }} rm', []],
    ['a list as a pattern', 'case x in ${{ value }}) id;; esac', ['a', 'b']],
  ])('is refused: %s', (_title, run, value) => {
    const planned = lateText(run, { values: { value }, steps: {} }, asWords, oneWordAt(run));
    expect(planned).toMatchObject({ ok: false, why: expect.stringContaining('one word') });
    const late = words(run.replaceAll('value', 'captured.step.value'), {});
    expect(fillShell(late, { step: { value } })).toMatchObject({
      ok: false,
      why: expect.stringContaining('one word'),
    });
  });

  it.each([
    ['null', null, /null/],
    ['a map', { a: 'b' }, /map/],
    ['a list in a list', [['a']], /list or map/],
    ['a zero byte', 'a\0b', /zero byte/],
  ])('is refused: %s', (_title, value, why) => {
    const planned = lateText('id ${{ value }}', { values: { value }, steps: {} }, asWords);
    expect(planned).toMatchObject({ ok: false, why: expect.stringMatching(why) });
  });
});

const VALUES = [
  'a b',
  '$(printf INJECTED)',
  '*',
  "'",
  '"; printf INJECTED; "',
  '\nprintf INJECTED\n',
  '',
  'E',
  '`printf INJECTED`',
  '-n',
];

/** Shell texts made at random around values; nothing in them does harm in an empty directory. */
const AROUND: readonly ((inner: string, other: string) => string)[] = [
  (a) => `printf '<%s>' ${a}`,
  (a) => `"${a}"`,
  (a) => `'${a}'`,
  (a) => `$(${a})`,
  (a) => `"$(${a})"`,
  (a) => `\`${a}\``,
  (a) => `( ${a} )`,
  (a) => `{ ${a}\n}`,
  (a) => `if ${a}\nthen :; fi`,
  (a) => `x=${a}`,
  (a) => `x=${a} env`,
  (a) => `cat <<E\n${a}\nE\n`,
  (a) => `cat <<'E'\n${a}\nE\n`,
  (a) => `cat <<E ; printf '<%s>' ${a}\nbody\nE\n`,
  (a) => `# ${a}\n`,
  (a) => `: a#${a}`,
  (a) => `: ;# ${a}\n`,
  (a) => `case ${a} in *) : ;; esac`,
  (a) => `case y in ${a}) printf Y ;; *) printf N ;; esac`,
  (a, b) => `case y in y) ${a} ;; n) ${b} ;; esac`,
  (a) => `for i in ${a}; do printf '(%s)' "$i"; done`,
  (a) => `$((${a}))`,
  (a) => `\${X:-${a}}`,
  (a) => `"\${X:-${a}}"`,
  (a) => `a${a}`,
  (a) => `${a}a`,
  (a) => `\\${a}`,
  (a) => `${a}\\`,
  (a) => `\\\n${a}`,
  (a) => `printf x > ${a}`,
  (a) => `2>${a} :`,
  (a, b) => `${a} ${b}`,
  (a, b) => `${a}\n${b}`,
  (a, b) => `${a}; ${b}`,
  (a, b) => `${a} | ${b}`,
  (a, b) => `${a} || ${b}`,
  (a) => `f() { printf '<%s>' "$@"; }; f ${a}`,
  (a) => `export x=${a}; printf '<%s>' "$x"`,
  (a) => `! ${a}`,
  (a) => `${a} "it's"`,
  (a) => `${a} 'say "'`,
];
const LEAVES = ['${{ v }}', '${{ v }}', '${{ v }}', 'a', "printf '<%s>' ${{ v }}", '"b"', '', "'"];

const shellText = fc.letrec<{ text: string }>((tie) => ({
  text: fc.oneof(
    { depthSize: 'small', maxDepth: 4 },
    fc.constantFrom(...LEAVES),
    fc.tuple(fc.constantFrom(...AROUND), tie('text'), tie('text')).map(([around, a, b]) => around(a, b)),
  ),
})).text;

/**
 * In a safe place a quoted value does the same as `"$V"` with that value in V. Where the check would be wrong (in quotes,
 * a comment, a here-document, glued) the two differ for some value.
 */
describe('the reader of commands agrees with real shells', () => {
  it.each(SHELLS)('about every place that it calls safe: $name', async (shell) => {
    let tried = 0;
    await inDirectory((cwd) => {
      fc.assert(
        fc.property(shellText, fc.constantFrom(...VALUES), (run, value) => {
          const { holes } = parseShell(run);
          if (holes.length === 0 || !holes.every(({ place }) => SAFE.has(place) && place !== 'command'))
            return;
          const byVariable = run.replaceAll('${{ v }}', '"$V"');
          if (runIn(shell, `set -n\n${byVariable}`, { cwd }).stderr !== '') return;
          tried++;
          const env = { V: value, x: '1' };
          const filled = run.replaceAll('${{ v }}', quoteWord(value));
          const results = [filled, byVariable].map((text) => runIn(shell, text, { cwd, env }));
          expect({ run, value, out: results[0]?.stdout.toString(), code: results[0]?.code }).toEqual({
            run,
            value,
            out: results[1]?.stdout.toString(),
            code: results[1]?.code,
          });
        }),
        { numRuns: 1500 },
      );
    });
    expect(tried).toBeGreaterThan(100);
  });

  it('about every value that it lost: each one has a place', () => {
    fc.assert(
      fc.property(shellText, (run) => {
        const count = run.split('${{ v }}').length - 1;
        expect(new Set(parseShell(run).holes.map(({ hole }) => hole.start)).size).toBe(count);
      }),
      { numRuns: 3000 },
    );
  });
});
