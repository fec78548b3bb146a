/** Directories that are gone after the test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export function tempDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'cutover-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
