import type { Edition, Package } from '../model.ts';

/** What a CentOS 7 host has before anything of Cloudify is on it. */
export const BASE_PACKAGES: readonly Package[] = [
  ['sudo', '1.8.19p2', '11.el7_4.x86_64'],
  ['openssl', '1.0.2k', '8.el7.x86_64'],
  ['logrotate', '3.8.6', '14.el7.x86_64'],
  ['systemd-sysv', '219', '42.el7_4.7.x86_64'],
  ['initscripts', '9.49.39', '1.el7_4.1.x86_64'],
  ['which', '2.20', '7.el7.x86_64'],
  ['python', '2.7.5', '58.el7.x86_64'],
  ['python-setuptools', '0.9.8', '7.el7.noarch'],
  ['python-backports', '1.0', '8.el7.x86_64'],
  ['python-backports-ssl_match_hostname', '3.4.0.2', '4.el7.noarch'],
  ['openssh-server', '7.4p1', '13.el7_4.x86_64'],
  ['unzip', '6.0', '16.el7.x86_64'],
  ['curl', '7.29.0', '42.el7_4.1.x86_64'],
].map(([name = '', version = '', release = '']) => ({ name, version, release }));

export const INSTALLER = 'cloudify-manager-install';

/** A file that plays an RPM: real magic number, then what `rpm -qp` wants to know, then a payload. */
export interface RpmFile extends Package {
  readonly edition: Edition;
}

const MAGIC = Buffer.from([0xed, 0xab, 0xee, 0xdb, 3, 0, 0, 0]);

/** The same version gives the same bytes, so its SHA-256 can be published. */
export function rpmBytes(rpm: RpmFile): Uint8Array {
  const head = Buffer.from(`${JSON.stringify(rpm)}\n`);
  const payload = Buffer.alloc(4096, `${rpm.name}-${rpm.version} `);
  return new Uint8Array(Buffer.concat([MAGIC, head, payload]));
}

/** @returns undefined when it is no RPM, or a damaged one */
export function parseRpm(bytes: Uint8Array): RpmFile | undefined {
  const buffer = Buffer.from(bytes);
  if (!buffer.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const end = buffer.indexOf('\n', MAGIC.length);
  try {
    const rpm = JSON.parse(buffer.toString('utf8', MAGIC.length, end)) as RpmFile;
    return Buffer.from(rpmBytes(rpm)).equals(buffer) ? rpm : undefined;
  } catch {
    return undefined;
  }
}

export function fullName({ name, version, release }: Package): string {
  return `${name}-${version}-${release}`;
}
