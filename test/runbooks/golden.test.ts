/** Whole plans as text. `UPDATE_GOLDEN=1 npx vitest run test/runbooks/golden.test.ts` writes them anew: read the diff. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { GOLDEN } from './golden.ts';
import { planOf } from './planning.ts';

const DIRECTORY = new URL('golden/', import.meta.url);
const renewing = process.env.UPDATE_GOLDEN === '1';

/** A comment in the runbook changes its digest and no step. */
function withoutDigests(text: string): string {
  return text.replace(
    /^Plan [0-9a-f]{12} for (.*), runbook ([\w-]+) [0-9a-f]{12},/m,
    'Plan ‹digest› for $1, runbook $2 ‹digest›,',
  );
}

describe('golden plans', () => {
  for (const [name, situation] of Object.entries(GOLDEN))
    it(`${name} is as it was reviewed`, async () => {
      const text = withoutDigests((await planOf(situation)).text);
      const file = new URL(`${name}.txt`, DIRECTORY);
      if (renewing) {
        await mkdir(DIRECTORY, { recursive: true });
        await writeFile(file, text);
      }
      expect(text).toBe(await readFile(file, 'utf8'));
    });

  it('no golden plan is left over', async () => {
    const files = (await readdir(DIRECTORY))
      .map((file) => file.replace(/\.txt$/, ''))
      // Plans of another runbook, held against their own list.
      .filter((name) => !name.startsWith('debian-package-'));
    expect(files.sort()).toEqual(Object.keys(GOLDEN).sort());
  });
});
