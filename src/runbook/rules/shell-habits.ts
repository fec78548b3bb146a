/** Commands that hide a failure or change who they run as. */
import type { ShellCommand } from '../shell-cursor.ts';
import type { Checking } from './checking.ts';
import { baseName, programAt, programName } from './command-name.ts';

/** They print what they are given and cannot fail in a way that matters. */
const PRODUCERS = new Set(['printf', 'echo', ':', 'true', 'yes']);
/** They change text on its way; without a file they fail only on a mistake in their own arguments. */
const FILTERS = new Set([
  'tr',
  'sed',
  'cut',
  'sort',
  'head',
  'tail',
  'uniq',
  'awk',
  'grep',
  'wc',
  'base64',
  'fold',
  'jq',
  'xargs',
]);
const SHELLS = new Set(['sh', 'bash', 'dash', 'ash', 'ksh', 'zsh']);

/** `cat <<EOF | …` prints what stands in the runbook. */
function printsItsOwnText({ words, redirections }: ShellCommand): boolean {
  return (
    words.length === 1 &&
    baseName(words[0]) === 'cat' &&
    redirections.some(({ operator }) => operator.startsWith('<<'))
  );
}

function hidesFailure(command: ShellCommand): boolean {
  if (!command.toPipe) return false;
  if (command.ends !== null) return true;
  const name = programName(command);
  if (PRODUCERS.has(name) || printsItsOwnText(command)) return false;
  return !(command.fromPipe && FILTERS.has(name));
}

function isBareShell({ words, ends }: ShellCommand): boolean {
  if (ends !== null) return false;
  const program = programAt({ words });
  if (!SHELLS.has(baseName(words[program]))) return false;
  return words.slice(program + 1).every(({ literal }) => literal === '-s' || /^-[eux]+$/.test(literal ?? ''));
}

const PIPE_MEND =
  'Let it end first: out=$(first command), then printf \'%s\\n\' "$out" | second command. Under sh -e a failing assignment ends the step.';

export function shellHabits({ shells, report }: Checking): void {
  for (const { site, shell } of shells)
    for (const command of shell.commands) {
      const { start, words } = command;
      const what = command.ends ?? words[0]?.text ?? '';
      if (hidesFailure(command))
        report(
          site.path,
          {
            rule: 'pipeline',
            message: `${what} is piped on, and sh does not notice when it fails`,
            mend: PIPE_MEND,
          },
          start,
        );
      if (command.fromPipe && isBareShell(command))
        report(
          site.path,
          {
            rule: 'pipe_to_shell',
            message: 'what is piped into a shell is not what people approved',
            mend: 'Write the commands into run.',
          },
          start,
        );
      const program = words[programAt(command)];
      if (['sudo', 'doas'].includes(baseName(program)))
        report(
          site.path,
          {
            rule: 'sudo_in_run',
            message: `${baseName(program)} inside run`,
            mend: 'Set sudo: true on the step: the launcher as a whole then runs under sudo, and can stop what it started.',
          },
          program?.start ?? start,
        );
    }
}
