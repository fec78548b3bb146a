/** The settings on disk: targets at start and on SIGHUP, runbooks whenever they change. A broken file keeps the last good one. */
import { readFileSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { RunbookFile } from '../core/inventory.ts';
import type { Log, Policies } from './ports.ts';
import { parseTargets, type TargetsRead } from './targets-file.ts';

export interface OpenPolicies extends Policies {
  /** @throws Error when targets.yaml has no such host */
  sshKeyFile(host: string): string;
  /** Reads targets.yaml again; a broken one is logged, kept out, and told by `broken()`. */
  reload(): void;
}

/** An id never leaves the directory. */
const RUNBOOK_ID = /^[a-z][a-z0-9-]*$/;

interface Kept {
  readonly stamp: string;
  readonly file: RunbookFile;
}

function readTargets(file: string): TargetsRead {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new Error(
      `reading ${file}: ${found}. Copy targets.example.yaml and edit it, or give another path in CUTOVER_TARGETS`,
      { cause: error },
    );
  }
  return parseTargets(text, file);
}

/** @throws Error when the file can't be used at the start, when there is no last good one yet */
export function openPolicies(options: {
  readonly targetsFile: string;
  readonly runbooksDir: string;
  readonly log: Log;
}): OpenPolicies {
  const { targetsFile, runbooksDir, log } = options;
  let current = readTargets(targetsFile);
  let broken: string | null = null;
  const runbooks = new Map<string, Kept>();

  return {
    inventory: () => current.inventory,
    broken: () => broken,
    sshKeyFile(host) {
      const file = current.keys.get(host);
      if (file === undefined) throw new Error(`connecting to ${host}: ${targetsFile} has no such host`);
      return file;
    },
    reload() {
      try {
        current = readTargets(targetsFile);
        broken = null;
        log.info({ targets: Object.keys(current.inventory.targets) }, 'targets read');
      } catch (error) {
        broken = error instanceof Error ? error.message : String(error);
        log.error({ why: broken }, 'targets not usable, keeping the last good ones');
      }
    },
    async runbook(id) {
      if (!RUNBOOK_ID.test(id)) return undefined;
      const path = join(runbooksDir, `${id}.yaml`);
      const found = await stat(path).catch(() => undefined);
      if (found === undefined) return undefined;
      // A file that was put in place by rename or checkout may have the time and size of the one before.
      const stamp = [found.mtimeMs, found.ctimeMs, found.size, found.ino].join('/');
      const kept = runbooks.get(id);
      if (kept?.stamp === stamp) return kept.file;
      const shown = relative(process.cwd(), path);
      const file = { id, file: shown.startsWith('..') ? path : shown, text: await readFile(path, 'utf8') };
      runbooks.set(id, { stamp, file });
      return file;
    },
  };
}

/** Ids of the runbooks in a directory. */
export async function runbookIds(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory);
  return names.filter((name) => name.endsWith('.yaml')).map((name) => name.slice(0, -'.yaml'.length));
}
