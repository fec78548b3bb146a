/** Version of the program, as package.json says it; both a checkout and a build keep that file at their root. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

function packageFile(): string {
  const candidates = ['../package.json', '../../package.json'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  const found = candidates.find((path) => existsSync(path));
  if (found === undefined)
    throw new Error(`reading the version: neither ${candidates.join(' nor ')} is there`);
  return found;
}

export const VERSION = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(packageFile(), 'utf8'))).version;
