/** Where values stand in a command: as words, or where exactly one word must be. */

export function oneWordAt(_run: string): (start: number) => boolean {
  return () => false;
}

/** `$NAME` and `${NAME…}` that a command mentions, quoted or not. */
export function mentionedVariables(run: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [, name = ''] of run.matchAll(/\$\{?([A-Za-z_][A-Za-z0-9_]*)/g)) found.add(name);
  return found;
}
