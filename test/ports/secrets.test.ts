import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SecretSource } from '../../src/core/inventory.ts';
import { createSecrets, readSecret } from '../../src/ports/secrets.ts';
import { target } from '../support/engine.ts';
import { tempDirectory } from '../support/temp.ts';

function secretFile(content: string, mode = 0o600): string {
  const file = join(tempDirectory(), 'secret');
  writeFileSync(file, content);
  chmodSync(file, mode);
  return file;
}

describe('a secret', () => {
  test('is the content of its file without the last line end, or an environment variable', () => {
    expect(readSecret({ file: secretFile('hunter2\n') }, {})).toBe('hunter2');
    expect(readSecret({ file: secretFile('hunter2\r\n', 0o400) }, {})).toBe('hunter2');
    expect(readSecret({ file: secretFile(' two\nlines \n\n') }, {})).toBe(' two\nlines \n');
    expect(readSecret({ env: 'PW' }, { PW: ' as it is ' })).toBe(' as it is ');
  });

  test.each([0o640, 0o604, 0o644, 0o660, 0o666, 0o620])(
    'in a file of mode %o is refused with the mend',
    (mode) => {
      const file = secretFile('hunter2', mode);
      expect(() => readSecret({ file }, {})).toThrow(
        new RegExp(`can be read by others \\(mode ${mode.toString(8)}\\); run chmod 600 ${file}`),
      );
    },
  );

  test.each<[string, SecretSource, RegExp]>([
    ['a file that is not there', { file: '/nowhere/at/all' }, /\/nowhere\/at\/all/],
    ['a variable that is not set', { env: 'PW' }, /environment variable PW is not set/],
    ['a variable that is empty', { env: 'EMPTY' }, /environment variable EMPTY is not set/],
  ])('of %s is an error that names where it was looked for', (_what, source, told) => {
    expect(() => readSecret(source, { EMPTY: '' })).toThrow(told);
  });

  test('that is empty is an error, not a secret', () => {
    expect(() => readSecret({ file: secretFile('\n') }, {})).toThrow(/is empty/);
  });
});

describe('secrets of targets', () => {
  const sources = (file: string): { readonly [name: string]: SecretSource } => ({
    FROM_FILE: { file },
    FROM_ENV: { env: 'PW' },
    LOST: { env: 'NOT_SET' },
  });
  const secretsOf = (file: string) => {
    const one = target({ secrets: sources(file) });
    return {
      name: one.name,
      secrets: createSecrets({
        inventory: () => ({ teams: [], targets: { [one.name]: one } }),
        env: { PW: 'other' },
      }),
    };
  };

  test('are read when they are needed, and those that were read are known for masking', () => {
    const file = secretFile('first');
    const { name, secrets } = secretsOf(file);
    expect(secrets.all()).toEqual([]);
    expect(secrets.value(name, 'FROM_FILE')).toBe('first');
    writeFileSync(file, 'rotated');
    expect(secrets.value(name, 'FROM_FILE')).toBe('rotated');
    expect(secrets.value(name, 'FROM_ENV')).toBe('other');
    // What is on a host from before is masked too.
    expect(secrets.all()).toEqual(['first', 'rotated', 'other']);
  });

  test('an error names the secret and its place, never a value', () => {
    const file = secretFile('hunter2', 0o644);
    const { name, secrets } = secretsOf(file);
    expect(() => secrets.value(name, 'FROM_FILE')).toThrow(
      new RegExp(`reading secret FROM_FILE of ${name}: ${file} can be read by others`),
    );
    expect(() => secrets.value(name, 'LOST')).toThrow(/reading secret LOST .*NOT_SET is not set/);
    expect(() => secrets.value(name, 'OTHER')).toThrow(/targets\.yaml has no secrets\.OTHER; add \{ file/);
    expect(() => secrets.value('nowhere', 'FROM_ENV')).toThrow(/reading secret FROM_ENV of nowhere/);
  });
});
