/** Everything that is fixed before steps are planned: flow, inputs, target, hosts by role, facts. */
import type { Fact, PlanHost } from '../core/plan.ts';
import { toCel } from './cel-values.ts';
import { valuesOfFacts } from './facts.ts';
import { parseInputs } from './inputs.ts';
import { own } from './own.ts';
import type { Role, Runbook } from './runbook.ts';
import { type Decided, decideBool, type Scope } from './scope.ts';

interface TargetFacts {
  readonly name: string;
  readonly rehearsal: boolean;
  readonly facts: { readonly [name: string]: unknown };
}

/** What a request fixes, before any host is asked. */
export interface PlanScope {
  readonly upgradeId: string;
  readonly flow: string;
  /** As typed. */
  readonly inputs: { readonly [name: string]: string };
  readonly target: TargetFacts;
  readonly hosts: { readonly [role: string]: readonly PlanHost[] };
}

type RoleHosts = { readonly [role: string]: readonly PlanHost[] };

export interface World {
  readonly runbook: Runbook;
  readonly upgradeId: string;
  readonly roles: RoleHosts;
  readonly hosts: { readonly [name: string]: PlanHost };
  /** Plan-time names; `upgrade.dir` is added where text runs on a host. */
  readonly scope: Scope;
}

/** `in-place` is `in_place`: people type hyphens. */
export function flowId(typed: string): string {
  return typed.replaceAll('-', '_');
}

export function hostValue({ name, address, private_ip }: PlanHost): { readonly [key: string]: string } {
  return { name, address, private_ip };
}

function isSame(role: Role, scope: Scope): boolean {
  if (role.sameAs === null) return false;
  const same = decideBool(role.sameAs.when, scope);
  return same.ok && same.value;
}

function rolesOf(runbook: Runbook, given: RoleHosts, scope: Scope): RoleHosts {
  const roles: { [role: string]: readonly PlanHost[] } = {};
  for (const role of runbook.roles) {
    const source = role.sameAs !== null && isSame(role, scope) ? role.sameAs.role : role.id;
    roles[role.id] = given[source] ?? [];
  }
  return roles;
}

function hostNames(runbook: Runbook, roles: RoleHosts): { readonly [role: string]: unknown } {
  const names: { [role: string]: unknown } = {};
  for (const { id, many } of runbook.roles) {
    const hosts = (roles[id] ?? []).map(hostValue);
    if (many) names[id] = hosts;
    else if (hosts[0] !== undefined) names[id] = hosts[0];
  }
  return names;
}

export function worldOf(runbook: Runbook, asked: PlanScope, facts: readonly Fact[]): World {
  const { upgradeId, flow, inputs, target, hosts } = asked;
  const before: Scope = {
    values: {
      flow: flowId(flow),
      input: parseInputs(runbook.inputs, inputs).values,
      target: { ...(toCel(target.facts) as object), name: target.name, rehearsal: target.rehearsal },
      upgrade: { id: upgradeId },
    },
    steps: {},
  };
  const roles = rolesOf(runbook, hosts, before);
  const fact = valuesOfFacts(runbook.probes, facts).values;
  return {
    runbook,
    upgradeId,
    roles,
    hosts: Object.fromEntries(Object.values(roles).flatMap((list) => list.map((host) => [host.name, host]))),
    scope: { ...before, values: { ...before.values, host: hostNames(runbook, roles), fact } },
  };
}

/** A role, a loop variable or a parameter of a block that holds a host. */
export function hostFor(world: World, scope: Scope, on: string): Decided<PlanHost> {
  const held = own(scope.values, on);
  if (typeof held === 'object' && held !== null && 'name' in held && typeof held.name === 'string') {
    const host = own(world.hosts, held.name);
    if (host !== undefined) return { ok: true, value: host };
  }
  const role = world.runbook.roles.find(({ id }) => id === on);
  const host = own(world.roles, on)?.[0];
  if (host === undefined || role?.many === true)
    return { ok: false, why: `no host fills ${on}`, missing: [`host.${on}`] };
  return { ok: true, value: host };
}
