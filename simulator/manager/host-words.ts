/** Reads the lines that the launcher's client sends. Anything else is a person's command and goes to the shell. */

export interface LauncherCall {
  /** Where the launcher's text must be, and its SHA-256. */
  readonly path: string;
  readonly sha256: string;
  readonly sudo: boolean;
  readonly words: readonly string[];
}

const CALL =
  /^l=(?<path>'[^']*'); \[ "\$\(sha256sum <"\$l" 2>\/dev\/null\)" = '(?<sha256>[0-9a-f]{64}) {2}-' \] \|\| exit 213; exec (?<sudo>sudo -n )?sh "\$l" (?<rest>.*)$/s;

const UNPLACED = /^exec sh -s -- (?<rest>.*)$/s;

/** Words of a line that is quoted with `'…'` and `\'` alone. @returns undefined for any other shell syntax */
function shellWords(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at] as string;
    if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === "'") {
      const end = line.indexOf("'", at + 1);
      if (end < 0) return undefined;
      word = (word ?? '') + line.slice(at + 1, end);
      at = end;
    } else if (char === '\\' && at + 1 < line.length) {
      word = (word ?? '') + line[at + 1];
      at += 1;
    } else if (/["$`;&|<>(){}*?[\]#~!]/.test(char)) return undefined;
    else word = (word ?? '') + char;
  }
  if (word !== undefined) words.push(word);
  return words;
}

export function parseCall(line: string): LauncherCall | undefined {
  const groups = CALL.exec(line)?.groups;
  if (groups === undefined) return undefined;
  const { path = '', sha256 = '', sudo, rest = '' } = groups;
  const words = shellWords(rest);
  return words && { path: path.slice(1, -1), sha256, sudo: sudo !== undefined, words };
}

/** `hello` where nothing can be placed: the text comes through stdin, the words stand in the line. */
export function parseUnplaced(line: string): readonly string[] | undefined {
  const rest = UNPLACED.exec(line)?.groups?.rest;
  return rest === undefined ? undefined : shellWords(rest);
}

/** `NAME='value'` and `export NAME`, one after the other. */
export function parseSecrets(text: string): { readonly [name: string]: string } {
  const words = shellWords(text) ?? [];
  return Object.fromEntries(
    words
      .filter((word) => word.includes('='))
      .map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]),
  );
}
