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

interface Kept {
  readonly stamp: string;
  readonly file: RunbookFile;
}

export function openPolicies(options: {
  readonly targetsFile: string;
  readonly runbooksDir: string;
  readonly log: Log;
}): OpenPolicies {
  const { targetsFile, runbooksDir, log } = options;
  const read = (): TargetsRead => parseTargets(readFileSync(targetsFile, 'utf8'), targetsFile);
  let current = read();
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
        current = read();
        broken = null;
        log.info({ targets: Object.keys(current.inventory.targets) }, 'targets read');
      } catch (error) {
        broken = error instanceof Error ? error.message : String(error);
        log.error({ why: broken }, 'targets not usable, keeping the last good ones');
      }
    },
    async runbook(id) {
      const path = join(runbooksDir, `${id}.yaml`);
      const found = await stat(path).catch(() => undefined);
      if (found === undefined) return undefined;
      const stamp = `${found.mtimeMs}/${found.size}`;
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
