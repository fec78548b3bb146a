import type { Effect } from './model.ts';

export const SECURITY_FILE = '/opt/manager/rest-security.conf';

/** The JSON that the REST service reads when it starts. */
export function securityFile(host: string, hashSalt: string): Effect {
  const content = `${JSON.stringify({
    hash_salt: hashSalt,
    secret_key: 'c2ltdWxhdGVkLXNlY3JldA==',
    encoding_alphabet: 'yrUeDoZxAMtjGpXwnQEb0ivF9qsKzBTm',
    encoding_block_size: 24,
    encoding_min_length: 5,
  })}\n`;
  return { kind: 'write', host, files: { [SECURITY_FILE]: { content, mode: 0o440, owner: 'cfyuser' } } };
}
