/** Small Debian packages and a repository of them, built with dpkg-deb. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { program } from './programs.ts';

export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly depends?: string;
  readonly conflicts?: string;
  /** Shell text that sets the package up, run by dpkg. */
  readonly postinst?: string;
  /** Content of a configuration file, /etc/NAME.conf. */
  readonly settings?: string;
}

function controlOf({ name, version, depends, conflicts }: DebianPackage): string {
  return [
    `Package: ${name}`,
    `Version: ${version}`,
    'Architecture: all',
    'Maintainer: Tests <tests@example.org>',
    'Section: misc',
    'Priority: optional',
    'Installed-Size: 8',
    ...(depends === undefined ? [] : [`Depends: ${depends}`]),
    ...(conflicts === undefined ? [] : [`Conflicts: ${conflicts}`]),
    'Description: package of a test',
  ].join('\n');
}

/** As apt writes it: an epoch's colon cannot stand in the names of some file systems. */
function fileOf({ name, version }: DebianPackage): string {
  return `${name}_${version.replace(':', '%3a')}_all.deb`;
}

function build(one: DebianPackage, file: string): void {
  const tree = mkdtempSync(join(tmpdir(), 'cutover-deb-'));
  try {
    mkdirSync(join(tree, 'DEBIAN'));
    mkdirSync(join(tree, 'usr/share', one.name), { recursive: true });
    writeFileSync(join(tree, 'DEBIAN/control'), `${controlOf(one)}\n`);
    writeFileSync(join(tree, 'usr/share', one.name, 'version'), `${one.version}\n`);
    if (one.postinst !== undefined)
      writeFileSync(join(tree, 'DEBIAN/postinst'), `#!/bin/sh\nset -eu\n${one.postinst}\n`, { mode: 0o755 });
    if (one.settings !== undefined) {
      mkdirSync(join(tree, 'etc'));
      writeFileSync(join(tree, 'etc', `${one.name}.conf`), one.settings);
      writeFileSync(join(tree, 'DEBIAN/conffiles'), `/etc/${one.name}.conf\n`);
    }
    execFileSync('chmod', ['-R', 'u=rwX,go=rX', tree]);
    execFileSync(program('dpkg-deb', 'dpkg'), ['--root-owner-group', '-b', tree, file], { stdio: 'pipe' });
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

/** Files and index; apt takes it with `deb [trusted=yes] file:… ./`. */
export function buildRepository(directory: string, packages: readonly DebianPackage[]): void {
  mkdirSync(directory, { recursive: true });
  const stanzas = packages.map((one) => {
    const file = join(directory, fileOf(one));
    build(one, file);
    const bytes = readFileSync(file);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return `${controlOf(one)}\nFilename: ./${fileOf(one)}\nSize: ${bytes.length}\nSHA256: ${sha256}\n`;
  });
  writeFileSync(join(directory, 'Packages'), stanzas.join('\n'));
}
