/** What is sent to a host: the launcher's own text, the lines that run it, and the text of a step. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { HostCommand } from './ports.ts';

export interface LauncherText {
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

/** Beside this file, in a checkout and in a build alike. */
export function readLauncher(): LauncherText {
  const bytes = readFileSync(new URL('./launcher.sh', import.meta.url));
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** Single-quoted for a POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** `.` is kept, so that `U-42.create_snapshot.1` is a readable directory name; anything unusual becomes %XX. */
export function encodeName(name: string): string {
  return encodeURIComponent(name)
    .replaceAll(/[!~*'()]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%5B', '[')
    .replaceAll('%5D', ']');
}

export function decodeName(name: string): string {
  return decodeURIComponent(name);
}

/** The launcher's exit code for "no launcher, or another text, is placed here". */
export const NOT_PLACED = 213;

function placedPath(stateDir: string, { sha256 }: LauncherText): string {
  // Twelve digits tell versions apart by eye; the whole digest is checked before each use.
  return `${stateDir}/launcher-${sha256.slice(0, 12)}.sh`;
}

export function rootOf(stateDir: string, sudo: boolean): string {
  return sudo ? `${stateDir}/sudo` : stateDir;
}

export function callLine(
  launcher: LauncherText,
  stateDir: string,
  sudo: boolean,
  args: readonly (string | number)[],
): string {
  const words = [rootOf(stateDir, sudo), ...args].map((word) => quote(String(word)));
  // The root and the arguments are quoted; the verb stands bare, it is one of ours.
  words[1] = String(args[0]);
  return [
    `l=${quote(placedPath(stateDir, launcher))}; `,
    `[ "$(sha256sum <"$l" 2>/dev/null)" = '${launcher.sha256}  -' ] || exit ${NOT_PLACED}; `,
    `exec ${sudo ? 'sudo -n ' : ''}sh "$l" ${words.join(' ')}`,
  ].join('');
}

/** `unique` keeps two that place at once apart; the rename makes either of them whole. */
export function placeLine(launcher: LauncherText, stateDir: string, unique: string): string {
  const part = quote(`${stateDir}/.launcher.${unique}`);
  return `umask 077; mkdir -p ${quote(stateDir)} && cat >${part} && mv -f ${part} ${quote(placedPath(stateDir, launcher))}`;
}

/** `hello` on a host where nothing can be placed: the text goes through stdin. */
export function unplacedHelloLine(stateDir: string): string {
  return `exec sh -s -- ${quote(stateDir)} hello '-'`;
}

const NAME = /^[A-Za-z][A-Za-z0-9_]*$/;

/**
 * stdin of `start` and `look`: byte count of the secrets, the secrets, the script. The last line counts the script's
 * bytes, because a connection that was cut looks like the end of the text and half a script must never run.
 * @throws Error when a name can't be exported or the text holds a NUL
 */
export function scriptInput({ host, text, secrets }: HostCommand): Uint8Array {
  const exports = Object.entries(host.env).map(([name, value]) => {
    if (!NAME.test(name))
      throw new Error(`preparing a command for ${host.name}: '${name}' is no name to export`);
    return `export ${name}=${quote(value)}\n`;
  });
  // Names that begin with _ are the launcher's own.
  const secretPart = Object.entries(secrets).map(([name, value]) => {
    if (!NAME.test(name))
      throw new Error(`preparing a command for ${host.name}: '${name}' is no name for a secret`);
    return `${name}=${quote(value)}\nexport ${name}\n`;
  });
  const script = exports.join('') + text;
  const before = Buffer.from(secretPart.join(''));
  const body = Buffer.from(script);
  if (before.includes(0) || body.includes(0))
    throw new Error(
      `preparing a command for ${host.name}: its text or a secret holds a NUL, which no shell can take`,
    );
  return Buffer.concat([
    Buffer.from(`${before.length}\n`),
    before,
    body,
    Buffer.from(`\n#cutover-end ${body.length}`),
  ]);
}
