import { connectionTo } from '../brokers.ts';
import type {
  Agent,
  AgentRecord,
  Data,
  Deployment,
  Execution,
  Manager,
  NodeInstance,
  Resource,
  User,
} from '../model.ts';
import { atLeast, reportedVersion } from '../version.ts';

const DAY = 86_400_000;

/** One deployment with its hosts; an agent per host where a network is named. */
export interface DeploymentPlan {
  readonly id: string;
  readonly tenant: string;
  readonly blueprint: string;
  readonly createdBy: string;
  readonly hosts: readonly { readonly instance: string; readonly ip: string; readonly network?: string }[];
  readonly autoHeal?: boolean;
  /** State of its instances; default started. */
  readonly state?: string;
}

export interface UserPlan {
  readonly name: string;
  /** In the words of 4.1 and below. */
  readonly role: 'admin' | 'user';
  readonly password: string;
  readonly tenants: readonly string[];
  readonly groups?: readonly string[];
  readonly daysSinceLogin: number | null;
}

export interface ContentPlan {
  readonly tenants: readonly string[];
  readonly users: readonly UserPlan[];
  readonly groups: readonly { readonly name: string; readonly tenants: readonly string[] }[];
  readonly deployments: readonly DeploymentPlan[];
  readonly plugins: readonly (readonly [name: string, version: string])[];
  readonly secrets: readonly (readonly [name: string, tenant: string])[];
}

function links(manager: Manager, tenants: readonly string[]): User['tenants'] {
  const role = atLeast(manager.version, '4.2') ? 'user' : '';
  return Object.fromEntries(tenants.map((tenant) => [tenant, role]));
}

function roleName(manager: Manager, role: UserPlan['role']): string {
  if (!atLeast(manager.version, '4.2')) return role;
  return role === 'admin' ? 'sys_admin' : 'default';
}

function instances(manager: Manager, plan: DeploymentPlan): readonly NodeInstance[] {
  return plan.hosts.flatMap((host) => {
    const common = {
      deployment: plan.id,
      tenant: plan.tenant,
      host: host.instance,
      state: plan.state ?? 'started',
      createdBy: plan.createdBy,
    };
    const agent: AgentRecord | null =
      host.network === undefined
        ? null
        : {
            name: host.instance,
            ip: host.ip,
            network: host.network,
            version: reportedVersion(manager.version),
            connection: connectionTo(manager, host.network),
          };
    const suffix = host.instance.slice(host.instance.lastIndexOf('_') + 1);
    return [
      { ...common, id: host.instance, node: host.instance.replace(/_[^_]*$/, ''), agent },
      { ...common, id: `app_${suffix}`, node: 'app', agent: null },
    ];
  });
}

function history(plan: DeploymentPlan, index: number, now: number): readonly Execution[] {
  const at = now - (40 - index) * DAY;
  const run = (workflow: string, offset: number): Execution => ({
    id: `${(0x4f3a9c10 + index * 977 + offset).toString(16)}-7b1d-4c55-9a0e-${(0x6c1f2e30aa10 + index * 31 + offset).toString(16)}`,
    workflow,
    status: 'terminated',
    deployment: plan.id,
    tenant: plan.tenant,
    createdBy: plan.createdBy,
    createdAt: at + offset,
    startedAt: at + offset + 1500,
    endsAt: at + offset + 60_000,
    endedAt: at + offset + 60_000,
    error: '',
    parameters: {},
    events: [],
  });
  return [run('create_deployment_environment', 0), run('install', 65_000)];
}

function resource(id: string, tenant: string, createdAt: number): Resource {
  return { id, tenant, createdAt, createdBy: 'admin' };
}

/** Fills an empty Manager. The agents are those that its deployments have installed, connected to it. */
export function fill(
  manager: Manager,
  plan: ContentPlan,
  now: number,
): { readonly manager: Manager; readonly agents: readonly Agent[] } {
  const made = now - 60 * DAY;
  const blueprints = new Map(
    plan.deployments.map((each) => [
      `${each.tenant}/${each.blueprint}`,
      resource(each.blueprint, each.tenant, made),
    ]),
  );
  const deployments: readonly Deployment[] = plan.deployments.map((each, index) => ({
    ...resource(each.id, each.tenant, now - (40 - index) * DAY),
    createdBy: each.createdBy,
    blueprint: each.blueprint,
    autoHeal: each.autoHeal ?? false,
  }));
  const admin = manager.data.users.map((user) => ({
    ...user,
    tenants: links(manager, plan.tenants),
    lastLoginAt: now - DAY / 24,
  }));
  const users = plan.users.map(
    (each, index): User => ({
      id: index + 1,
      name: each.name,
      role: roleName(manager, each.role),
      groups: each.groups ?? [],
      tenants: links(manager, each.tenants),
      password: each.password,
      salt: manager.hashSalt,
      active: true,
      lastLoginAt: each.daysSinceLogin === null ? null : now - each.daysSinceLogin * DAY,
    }),
  );
  const nodeInstances = plan.deployments.flatMap((each) => instances(manager, each));
  const data: Data = {
    tenants: plan.tenants.map((name) => ({ name })),
    groups: plan.groups.map((group) => ({
      name: group.name,
      role: roleName(manager, 'user'),
      tenants: links(manager, group.tenants),
    })),
    users: [...admin, ...users],
    blueprints: [...blueprints.values()],
    deployments,
    nodeInstances,
    plugins: plan.plugins.map(([name, version]) => ({
      ...resource(`${name}-${version}`, 'default_tenant', made),
      packageVersion: version,
    })),
    secrets: plan.secrets.map(([name, tenant]) => resource(name, tenant, made)),
  };
  const agents = nodeInstances.flatMap((instance): readonly Agent[] =>
    instance.agent === null
      ? []
      : [
          {
            name: instance.id,
            tenant: instance.tenant,
            deployment: instance.deployment,
            installations: [{ ...instance.agent.connection, version: instance.agent.version, at: made }],
          },
        ],
  );
  const executions = plan.deployments.flatMap((each, index) => history(each, index, now));
  return { manager: { ...manager, data, executions }, agents };
}
