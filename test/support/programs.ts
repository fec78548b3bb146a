/** Programs that tests need. A missing one fails the test and names its Debian package. */
import { accessSync, constants } from 'node:fs';

/** sbin is not in everybody's PATH, and sshd is there. */
const DIRECTORIES = [...(process.env.PATH ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin'];

/** @throws Error that names the package */
export function program(name: string, debianPackage: string): string {
  for (const directory of DIRECTORIES) {
    const path = `${directory}/${name}`;
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {}
  }
  throw new Error(`looking for ${name}: it is not installed; install the package ${debianPackage}`);
}
