/** The live half of `cutover plan`: targets.yaml, read-only probes over SSH, the same planner as the bot. Stores nothing. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { readPaths, secretsEnvironment } from '../config.ts';
import { preflight, RunbookError, runbookOf } from '../engine/preflight.ts';
import { type OpenPolicies, openPolicies } from '../ports/inventory.ts';
import type { Log } from '../ports/ports.ts';
import { createSecrets } from '../ports/secrets.ts';
import { createHosts } from '../ports/ssh.ts';
import { didYouMean } from '../runbook/did-you-mean.ts';
import type { Problem } from '../runbook/load.ts';
import { FailedError, UsageError } from './io.ts';
import type { LiveAsk, LivePlan } from './plan.ts';

const SILENT_LOG: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** A file that the operator must mend is told by its message; a stack would say nothing more. */
function settings(): { readonly targets: string; readonly policies: OpenPolicies } {
  try {
    const { targets, runbooks } = readPaths(secretsEnvironment());
    const files = { targetsFile: targets, runbooksDir: runbooks };
    return { targets, policies: openPolicies({ ...files, log: SILENT_LOG }) };
  } catch (error) {
    throw new FailedError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** @throws UsageError for an unknown target, FailedError for settings that cannot be used */
export async function livePlan(ask: LiveAsk): Promise<LivePlan | readonly Problem[]> {
  const { targets: file, policies } = settings();
  const { targets } = policies.inventory();
  const target = targets[ask.target];
  if (target === undefined)
    throw new UsageError(
      `${file} has no target ${ask.target}.${didYouMean(ask.target, Object.keys(targets))}`,
    );
  const hosts = createHosts({
    keyFor: (name) => readFile(policies.sshKeyFile(name), 'utf8'),
    log: SILENT_LOG,
  });
  const secrets = createSecrets({ inventory: () => policies.inventory(), env: secretsEnvironment() });
  const clock = { now: () => Date.now() };
  try {
    const deps = { hosts, policies, secrets, clock, sha256 };
    const runbook = await runbookOf(deps, target.runbook);
    const { flow, inputs } = ask;
    const made = await preflight(deps, { upgrade: 'U-0', target, flow, inputs });
    return { runbook, planned: made };
  } catch (error) {
    if (!(error instanceof RunbookError)) throw error;
    if (error.problems.length > 0) return error.problems;
    throw new FailedError(`${file}: target ${target.name}: ${error.message}`, { cause: error });
  } finally {
    await hosts.close();
  }
}
