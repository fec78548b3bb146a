/**
 * Run directories on hosts are kept for a while after the end, because people still look at them, and go only when every
 * attempt's whole output is stored here.
 */

import type { Upgrade } from '../core/model.ts';
import type { PlanHost } from '../core/plan.ts';
import { UnreachableError } from '../ports/ports.ts';
import type { Deps } from './context.ts';

/** A week: the talk about a night's work is over by then. */
const KEEP_MS = 7 * 24 * 3_600_000;
/** Looked through at each sweep; a busy bot finishes fewer in a week. */
const RECENT = 500;

type SweepDeps = Pick<Deps, 'store' | 'hosts' | 'clock' | 'log'>;

/** An attempt that was left behind unread, as when a run was stopped while its host was away, keeps everything. */
async function allRead(deps: SweepDeps, { id }: Upgrade): Promise<boolean> {
  const events = await deps.store.runEvents(id);
  const ended = new Set(events.flatMap((event) => (event.kind === 'apply-ended' ? [event.attempt] : [])));
  return events.every((event) => event.kind !== 'apply-started' || ended.has(event.attempt));
}

async function hostsOf(deps: SweepDeps, { id, plansMade }: Upgrade): Promise<readonly PlanHost[]> {
  const hosts = new Map<string, PlanHost>();
  for (let revision = 1; revision <= plansMade; revision++) {
    const plan = await deps.store.plan(id, revision);
    for (const host of Object.values(plan?.body.hosts ?? {})) hosts.set(host.name, host);
  }
  return [...hosts.values()];
}

/** Directories made under sudo belong to root, and are swept by it; a host without sudo has none. */
async function sweepHost(deps: SweepDeps, host: PlanHost, upgrade: string): Promise<boolean> {
  const own = await deps.hosts.sweep(host, false, upgrade);
  const root = await deps.hosts.sweep(host, true, upgrade).catch((error: Error) => {
    if (error instanceof UnreachableError) throw error;
    deps.log.info({ host: host.name, upgrade, why: error.message }, 'nothing swept under sudo');
    return 'swept' as const;
  });
  return own === 'swept' && root === 'swept';
}

async function sweepOne(deps: SweepDeps, upgrade: Upgrade): Promise<void> {
  const trail = await deps.store.auditTrail(upgrade.id);
  if (trail.some(({ kind }) => kind === 'swept') || !(await allRead(deps, upgrade))) return;
  const hosts = await hostsOf(deps, upgrade);
  for (const host of hosts) if (!(await sweepHost(deps, host, upgrade.id))) return;
  await deps.store.record({
    at: deps.clock.now(),
    upgrade: upgrade.id,
    actor: 'cutover',
    kind: 'swept',
    data: { hosts: hosts.map(({ name }) => name) },
  });
}

/** A host that is away is swept another day. */
export async function sweepOld(deps: SweepDeps): Promise<void> {
  const now = deps.clock.now();
  for (const upgrade of await deps.store.recentUpgrades(RECENT)) {
    const { phase } = upgrade;
    if (phase.kind !== 'finished' || now - phase.at < KEEP_MS) continue;
    await sweepOne(deps, upgrade).catch((error: unknown) =>
      deps.log.warn({ upgrade: upgrade.id, err: error }, 'run directories not swept yet'),
    );
  }
}
