/** Secrets are named, listed where they are used, and stay out of arguments. */
import { nearest, oneOf } from '../did-you-mean.ts';
import { secretName } from '../plan-content.ts';
import type { Path } from '../problem.ts';
import type { Shell, ShellCommand, VariableUse } from '../shell-cursor.ts';
import type { ShellSite } from '../sight.ts';
import type { Checking } from './checking.ts';

/** Run inside the shell itself: their arguments are in no process list. */
const BUILTINS = new Set([
  'printf',
  'echo',
  'test',
  '[',
  ':',
  'true',
  'export',
  'readonly',
  'local',
  'read',
  'set',
  'unset',
  'return',
  'exit',
  'shift',
]);

/** Nearer than this to a secret's name, a variable that nobody sets is that secret, misspelt. */
const SLIP = 2;

function inArguments({ words }: ShellCommand): readonly VariableUse[] {
  return BUILTINS.has(words[0]?.literal ?? '') ? [] : words.flatMap(({ variables }) => variables);
}

function secretArguments(shell: Shell, secrets: readonly string[]): readonly VariableUse[] {
  return shell.commands.flatMap(inArguments).filter(({ name }) => secrets.includes(name));
}

function misspelt(name: string, shell: Shell, secrets: readonly string[]): string | undefined {
  if (shell.assigned.has(name) || secrets.includes(name) || !/^[A-Z][A-Z0-9_]{3,}$/.test(name))
    return undefined;
  const near = nearest(name, secrets);
  if (near === undefined || Math.abs(near.length - name.length) > SLIP) return undefined;
  return near;
}

function checkUses({ runbook, report }: Checking, site: ShellSite, shell: Shell): void {
  for (const { name, offset } of shell.variables) {
    const near = misspelt(name, shell, runbook.secrets);
    if (near !== undefined)
      report(
        site.path,
        { rule: 'unknown_secret', message: `nothing sets $${name}`, mend: `Did you mean $${near}?` },
        offset,
      );
    if (!runbook.secrets.includes(name) || site.secrets.includes(name) || shell.assigned.has(name)) continue;
    const mend = `Add secrets: [${name}] to this ${site.part === 'apply' ? 'step' : site.part}.`;
    report(
      site.path,
      { rule: 'unlisted_secret', message: `the secret $${name} is not listed, so it is not set here`, mend },
      offset,
    );
  }
  if (site.secretInArguments) return;
  for (const { name, offset } of secretArguments(shell, runbook.secrets))
    report(
      site.path,
      {
        rule: 'secret_in_arguments',
        message: `the secret $${name} is an argument, which every user of the host can read`,
        mend: 'Give it over standard input: printf \'%s\\n\' "$NAME" | command. If the tool cannot, say why: secret_in_arguments: …',
      },
      offset,
    );
}

function checkLists({ runbook, placed, report }: Checking): void {
  const listed = (path: Path, names: readonly string[] | undefined): void => {
    for (const [index, name] of (names ?? []).entries())
      if (!runbook.secrets.includes(name))
        report([...path, index], {
          rule: 'unknown_secret',
          message: `no secret ${name} is declared`,
          mend: oneOf(name, runbook.secrets),
        });
  };
  for (const [id, { secrets }] of Object.entries(runbook.probes)) listed(['probes', id, 'secrets'], secrets);
  for (const { step, path } of placed) {
    listed([...path, 'secrets'], step.secrets);
    listed([...path, 'undo', 'secrets'], step.undo?.secrets);
    for (const [index, { secrets }] of step.verify.entries())
      listed([...path, 'verify', index, 'secrets'], secrets);
    for (const [index, { secrets }] of (step.undo?.verify ?? []).entries())
      listed([...path, 'undo', 'verify', index, 'secrets'], secrets);
  }
}

/** `{ secret: NAME }` in what a step writes. */
export function writtenSecrets(
  value: unknown,
  path: Path,
): readonly { readonly name: string; readonly path: Path }[] {
  const name = secretName(value);
  if (name !== undefined) return [{ name, path: [...path, 'secret'] }];
  if (Array.isArray(value)) return value.flatMap((item, index) => writtenSecrets(item, [...path, index]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => writtenSecrets(item, [...path, key]));
}

function checkWritten({ runbook, placed, report }: Checking): void {
  for (const { step, path } of placed)
    for (const { name, path: at } of writtenSecrets(step.write, [...path, 'write']))
      if (!runbook.secrets.includes(name))
        report(at, {
          rule: 'unknown_secret',
          message: `no secret ${name} is declared`,
          mend: oneOf(name, runbook.secrets),
        });
}

/** A reason that excuses nothing would be shown to approvers as if it did. */
function checkReasons({ runbook, placed, shells, report }: Checking): void {
  for (const { step, path } of placed) {
    if (step.secret_in_arguments === undefined) continue;
    const own = shells.filter(({ site }) => site.step?.path.join() === path.join());
    if (own.some(({ shell }) => secretArguments(shell, runbook.secrets).length > 0)) continue;
    report([...path, 'secret_in_arguments'], {
      rule: 'secret_in_arguments',
      message: 'no secret stands in arguments here',
      mend: 'Remove secret_in_arguments: approvers would be shown a danger that is not there.',
    });
  }
}

export function secrets(checking: Checking): void {
  for (const { site, shell } of checking.shells) checkUses(checking, site, shell);
  checkLists(checking);
  checkWritten(checking);
  checkReasons(checking);
}
