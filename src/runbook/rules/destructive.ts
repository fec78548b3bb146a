/** Text that looks destructive needs an undo, or the honest word that there is no return. */
import type { Checking } from './checking.ts';

/** `#` and `}` end what may stand between a command and its option. */
const LOOKS_DESTRUCTIVE: readonly RegExp[] = [
  /\brm\s+(?:-\S+\s+)*-(?=[a-z]*r)(?=[a-z]*f)[a-z]+/i,
  /\brm\s+(?:-\S+\s+)*(?:-r\S*\s+-f|-f\S*\s+-r|--recursive\s+--force|--force\s+--recursive)/i,
  /\bteardown\b/i,
  /\bremove\b[^\n;|&]*\s(?:-[a-z]*f[a-z]*|--force)\b/i,
  /(?:^|[\s"'(])drop(?:db)?\s/i,
  /\b(?:mkfs|wipefs|shred)\b/,
  /\bdd\b[^\n;|&]*\bof=\/dev\//,
];

export function destructive({ shells, report }: Checking): void {
  for (const { site } of shells) {
    if (site.part === 'undo') continue;
    const step = site.part === 'apply' ? site.step?.step : undefined;
    if (step?.no_return === true || step?.undo !== undefined) continue;
    const found = LOOKS_DESTRUCTIVE.map((pattern) => pattern.exec(site.text)).find((match) => match !== null);
    if (found === undefined || found === null) continue;
    const mend =
      step === undefined
        ? `A ${site.part} only reads: move it to a step.`
        : 'Give the step an undo, or no_return: true and a gate before it. If it destroys nothing, write it so that it does not look like it.';
    report(
      site.path,
      { rule: 'destructive', message: `${found[0].trim()} looks destructive`, mend },
      found.index,
    );
  }
}
