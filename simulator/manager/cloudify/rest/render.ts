import { isSystem } from '../executions.ts';
import type {
  Deployment,
  Execution,
  Group,
  Manager,
  NodeInstance,
  Resource,
  Snapshot,
  Tenant,
  User,
} from '../model.ts';
import { releaseOf } from '../releases.ts';
import { atLeast } from '../version.ts';

/** Resources as the REST service of the Manager's release writes them. Field names are stable; values may not be. */
export type Json = { readonly [name: string]: unknown };

export function isoTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

function visibility(manager: Manager, value: 'private' | 'tenant'): Json {
  const { visibilityField } = releaseOf(manager.version, manager.edition);
  return { [visibilityField]: visibilityField === 'permission' ? 'creator' : value };
}

function display(status: Execution['status']): string {
  return status === 'terminated' ? 'completed' : status;
}

export function renderExecution(manager: Manager, execution: Execution): Json {
  const { statusDisplay } = releaseOf(manager.version, manager.edition);
  const deployment = manager.data.deployments.find(
    (each) => each.id === execution.deployment && each.tenant === execution.tenant,
  );
  const later = atLeast(manager.version, '4.5')
    ? { started_at: isoTime(execution.startedAt), ended_at: isoTime(execution.endedAt) }
    : {};
  const newest = atLeast(manager.version, '4.5.5') ? { is_dry_run: false, scheduled_for: null } : {};
  return {
    id: execution.id,
    workflow_id: execution.workflow,
    status: execution.status,
    ...(statusDisplay ? { status_display: display(execution.status) } : {}),
    deployment_id: execution.deployment,
    blueprint_id: deployment?.blueprint ?? null,
    created_at: isoTime(execution.createdAt),
    ...later,
    ...newest,
    error: execution.error,
    parameters: execution.parameters,
    is_system_workflow: isSystem(execution),
    tenant_name: execution.tenant,
    created_by: execution.createdBy,
    ...visibility(manager, 'tenant'),
  };
}

export function renderSnapshot(manager: Manager, snapshot: Snapshot): Json {
  return {
    id: snapshot.id,
    created_at: isoTime(snapshot.createdAt),
    status: snapshot.status,
    error: snapshot.error,
    tenant_name: snapshot.tenant,
    created_by: snapshot.createdBy,
    ...visibility(manager, 'private'),
  };
}

export function renderResource(manager: Manager, resource: Resource): Json {
  const at = isoTime(resource.createdAt);
  const plugin =
    resource.packageVersion === undefined
      ? {}
      : {
          package_name: resource.id.replace(/-[0-9.]+$/, ''),
          package_version: resource.packageVersion,
          uploaded_at: at,
        };
  return {
    id: resource.id,
    key: resource.id,
    created_at: at,
    updated_at: at,
    main_file_name: 'blueprint.yaml',
    description: '',
    tenant_name: resource.tenant,
    created_by: resource.createdBy,
    ...plugin,
    ...visibility(manager, 'tenant'),
  };
}

/** A deployment that heals says so in its groups' policies, as the DSL parser leaves them. */
function healGroups(): Json {
  const trigger = { type: 'cloudify.policies.triggers.execute_workflow', parameters: { workflow: 'heal' } };
  const policy = { type: 'cloudify.policies.types.host_failure', triggers: { auto_heal_trigger: trigger } };
  return { healing_group: { members: ['host'], policies: { simple_autoheal_policy: policy } } };
}

export function renderDeployment(manager: Manager, deployment: Deployment): Json {
  return {
    ...renderResource(manager, deployment),
    blueprint_id: deployment.blueprint,
    groups: deployment.autoHeal ? healGroups() : {},
    policy_types: {},
  };
}

export function renderNodeInstance(manager: Manager, instance: NodeInstance): Json {
  const agent = instance.agent;
  return {
    id: instance.id,
    node_id: instance.node,
    deployment_id: instance.deployment,
    host_id: instance.host,
    state: instance.state,
    version: 4,
    relationships: [],
    runtime_properties:
      agent === null
        ? {}
        : {
            ip: agent.ip,
            cloudify_agent: {
              name: agent.name,
              ip: agent.ip,
              network: agent.network,
              version: agent.version,
              install_method: 'remote',
              broker_config: { broker_ip: agent.connection.ip, broker_user: agent.connection.user },
            },
          },
    tenant_name: instance.tenant,
    created_by: instance.createdBy,
    ...visibility(manager, 'tenant'),
  };
}

/** With tenant roles as text; 4.2 sends lists of roles. */
function links(manager: Manager, tenants: User['tenants']): Json | readonly string[] {
  if (!atLeast(manager.version, '4.2')) return Object.keys(tenants).sort();
  const lists = !atLeast(manager.version, '4.3');
  return Object.fromEntries(
    Object.entries(tenants)
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([tenant, role]) => [tenant, lists ? [role] : role]),
  );
}

function groupLinks(manager: Manager, user: User): User['tenants'] {
  const found: { [tenant: string]: string } = {};
  for (const group of manager.data.groups) {
    if (user.groups.includes(group.name)) Object.assign(found, group.tenants);
  }
  return found;
}

export function renderUser(manager: Manager, user: User, withData: boolean): Json {
  const all = { ...groupLinks(manager, user), ...user.tenants };
  const roles = Object.fromEntries(
    manager.data.groups
      .filter((group) => user.groups.includes(group.name))
      .map((group) => [group.role, [group.name]]),
  );
  return {
    username: user.name,
    role: user.role,
    active: user.active,
    last_login_at: isoTime(user.lastLoginAt),
    groups: withData ? user.groups : user.groups.length,
    tenants: withData ? links(manager, all) : Object.keys(all).length,
    ...(atLeast(manager.version, '4.3')
      ? {
          group_system_roles: roles,
          user_tenants: links(manager, user.tenants),
          group_tenants: links(manager, groupLinks(manager, user)),
        }
      : {}),
    ...(atLeast(manager.version, '4.4') ? { is_locked: false } : {}),
  };
}

export function renderTenant(manager: Manager, tenant: Tenant, withData: boolean): Json {
  const users = manager.data.users.filter((user) => user.tenants[tenant.name] !== undefined);
  const groups = manager.data.groups.filter((group) => group.tenants[tenant.name] !== undefined);
  if (!withData) return { name: tenant.name, groups: groups.length, users: users.length };
  const roles = atLeast(manager.version, '4.2');
  const named = (each: { readonly name: string; readonly tenants: User['tenants'] }) => [
    each.name,
    each.tenants[tenant.name],
  ];
  return {
    name: tenant.name,
    groups: roles ? Object.fromEntries(groups.map(named)) : groups.map((each) => each.name),
    users: roles ? Object.fromEntries(users.map(named)) : users.map((each) => each.name),
  };
}

export function renderGroup(manager: Manager, group: Group, withData: boolean): Json {
  const members = manager.data.users
    .filter((user) => user.groups.includes(group.name))
    .map((user) => user.name);
  return {
    name: group.name,
    ldap_dn: null,
    role: group.role,
    tenants: withData ? links(manager, group.tenants) : Object.keys(group.tenants).length,
    users: withData ? members : members.length,
  };
}
