/**
 * What an upgrade locks while it is live: every pinned key of every host. A machine may be pinned by several keys, in any
 * order, and under any name and address; each one of them is the machine.
 */
import type { Upgrade } from '../core/model.ts';
import type { Finding, Plan, PlanHost } from '../core/plan.ts';
import type { BusyError } from '../ports/ports.ts';

export function keysOf(hosts: readonly PlanHost[]): readonly string[] {
  return [...new Set(hosts.flatMap(({ host_keys }) => host_keys))];
}

/** A way forward may come back to the run that it was asked from, so what that run holds stays held. */
export function locksOf(upgrade: Upgrade, { body }: Plan): readonly string[] {
  const planned = keysOf(Object.values(body.hosts));
  return upgrade.midway === null ? planned : [...new Set([...upgrade.hostKeys, ...planned])];
}

/** The name of the host is said: nobody knows a machine by its key. */
export function lockedBy({ what, key, holder }: BusyError, hosts: readonly PlanHost[]): string {
  const host = hosts.find(({ host_keys }) => host_keys.includes(key));
  const named = what === 'target' ? `Target ${key}` : host === undefined ? 'One of its hosts' : host.name;
  return `${named} is part of a live upgrade already: ${holder}.`;
}

export function lockedFinding(busy: BusyError, plan: Plan): Finding {
  return {
    id: 'host_locked',
    severity: 'blocker',
    say: lockedBy(busy, Object.values(plan.body.hosts)),
    do: `See /upgrade status ${busy.holder}; it frees its hosts when it is over.`,
    refs: [],
  };
}
