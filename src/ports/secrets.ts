/** Secrets by reference: read when they are needed, never stored. */
import { readFileSync, statSync } from 'node:fs';
import type { Inventory, SecretSource } from '../core/inventory.ts';
import type { Secrets } from './ports.ts';

/** Others than the owner may read it. */
const READABLE_BY_OTHERS = 0o077;

/** @throws Error that names where it was looked for, never the value */
export function readSecret(
  source: SecretSource,
  env: { readonly [name: string]: string | undefined },
): string {
  if ('env' in source) {
    const value = env[source.env];
    if (value === undefined || value === '') throw new Error(`environment variable ${source.env} is not set`);
    return value;
  }
  const mode = statSync(source.file).mode;
  if ((mode & READABLE_BY_OTHERS) !== 0)
    throw new Error(
      `${source.file} can be read by others (mode ${(mode & 0o777).toString(8)}); run chmod 600 ${source.file}, or mount it with mode 0400`,
    );
  const value = readFileSync(source.file, 'utf8').replace(/\r?\n$/, '');
  if (value === '') throw new Error(`${source.file} is empty`);
  return value;
}

export function createSecrets(options: {
  readonly inventory: () => Inventory;
  readonly env: { readonly [name: string]: string | undefined };
}): Secrets {
  const seen = new Set<string>();
  return {
    value(target, name) {
      const source = options.inventory().targets[target]?.secrets[name];
      if (source === undefined)
        throw new Error(
          `reading secret ${name} of ${target}: targets.yaml has no secrets.${name}; add { file: … } or { env: … }`,
        );
      try {
        const value = readSecret(source, options.env);
        seen.add(value);
        return value;
      } catch (error) {
        throw new Error(
          `reading secret ${name} of ${target}: ${error instanceof Error ? error.message : error}`,
        );
      }
    },
    all: () => [...seen],
  };
}
