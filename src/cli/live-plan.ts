/** The live half of `cutover plan`: targets.yaml, read-only probes over SSH, the same planner as the bot. Stores nothing. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { readPaths, secretsEnvironment } from '../config.ts';
import { preflight, runbookOf } from '../engine/preflight.ts';
import { openPolicies } from '../ports/inventory.ts';
import type { Log } from '../ports/ports.ts';
import { createSecrets } from '../ports/secrets.ts';
import { createHosts } from '../ports/ssh.ts';
import { didYouMean } from '../runbook/did-you-mean.ts';
import { UsageError } from './io.ts';
import type { LiveAsk, LivePlan } from './plan.ts';

const SILENT_LOG: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** @throws UsageError for an unknown target or a value that the runbook refuses */
export async function livePlan(ask: LiveAsk): Promise<LivePlan> {
  const paths = readPaths(secretsEnvironment());
  const policies = openPolicies({
    targetsFile: paths.targets,
    runbooksDir: paths.runbooks,
    log: SILENT_LOG,
  });
  const { targets } = policies.inventory();
  const target = targets[ask.target];
  if (target === undefined)
    throw new UsageError(
      `${paths.targets} has no target ${ask.target}.${didYouMean(ask.target, Object.keys(targets))}`,
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
  } finally {
    await hosts.close();
  }
}
