/** Keys of simulated hosts, and of whoever connects to them. */
import ssh2 from 'ssh2';

export interface Key {
  /** OpenSSH private key text. */
  readonly secret: string;
  /** `ssh-ed25519 AAAA…`, as it is pinned. */
  readonly pinned: string;
}

function read(secret: string): Key | Error {
  const parsed = ssh2.utils.parseKey(secret);
  if (parsed instanceof Error) return parsed;
  return { secret, pinned: `${parsed.type} ${parsed.getPublicSSH().toString('base64')}` };
}

/** A new ed25519 key. One in two hundred that ssh2 1.17 makes can't be read by ssh2 itself, so each is read. */
export function newKey(): Key {
  for (;;) {
    const key = read(ssh2.utils.generateKeyPairSync('ed25519').private);
    if (!(key instanceof Error)) return key;
  }
}

/** @throws Error when a given key can't be read */
export function hostKey(given?: string): Key {
  if (given === undefined) return newKey();
  const key = read(given);
  if (key instanceof Error) throw new Error(`reading the host key of a simulated host: ${key.message}`);
  return key;
}
