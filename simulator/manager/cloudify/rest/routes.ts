import { installAgentsSeconds } from '../agents.ts';
import { SECONDS } from '../durations.ts';
import {
  changeExecution,
  findExecution,
  isActive,
  isSystem,
  refuseWorkflow,
  startExecution,
} from '../executions.ts';
import { SERVICES } from '../installation.ts';
import { activateMaintenance, deactivateMaintenance } from '../maintenance.ts';
import type { Manager } from '../model.ts';
import { isRefusal, notFound, type Refusal, refuse } from '../refusal.ts';
import { releaseOf } from '../releases.ts';
import { atLeast } from '../version.ts';
import { withManager } from '../world-parts.ts';
import { CLUSTER_ROUTES } from './cluster-routes.ts';
import { isTrue, listAnswer } from './lists.ts';
import { PEOPLE_ROUTES } from './people-routes.ts';
import {
  isoTime,
  type Json,
  renderDeployment,
  renderExecution,
  renderNodeInstance,
  renderResource,
} from './render.ts';
import { answer, type RestRequest } from './request.ts';
import type { Handled, Route, RouteCall } from './route.ts';
import { SNAPSHOT_ROUTES } from './snapshot-routes.ts';

/** A list of one of the plain resources. */
function list(path: string, items: (manager: Manager, request: RestRequest) => readonly Json[]): Route {
  return {
    method: 'GET',
    path: path.split('/'),
    run: ({ world, manager, request }) => ({
      world,
      answer: listAnswer(manager, request, items(manager, request)),
    }),
  };
}

function status({ world, manager }: RouteCall): Handled {
  const services = SERVICES.filter(
    // Riemann and InfluxDB are optional from 4.4; here they stay, as after a restore of a monitored Manager.
    (service) => service.unit !== 'cloudify-composer' || manager.edition === 'premium',
  ).map(({ unit, title }) => ({
    display_name: title,
    instances: [
      {
        Id: `${unit}.service`,
        LoadState: 'loaded',
        state: manager.stopped.includes(unit) ? 'dead' : 'running',
      },
    ],
  }));
  return { world, answer: answer({ status: 'running', services }) };
}

function version({ world, manager }: RouteCall): Handled {
  const { reported } = releaseOf(manager.version, manager.edition);
  const more = atLeast(manager.version, '4.4')
    ? { distribution: 'centos', distro_release: 'Core' }
    : { build: null, date: null, commit: null };
  // 3.x knew no editions.
  const edition = atLeast(manager.version, '4.0') ? { edition: manager.edition } : {};
  return { world, answer: answer({ version: reported, ...edition, ...more }) };
}

function providerContext({ world, manager }: RouteCall): Handled {
  const dump = manager.bootstrapDump
    ? { manager_deployment: 'H4sIAAAAAAAAA+3BMQEAAADCoPVPbQhfoAAAAA==' }
    : {};
  const agent = { networks: manager.networks, broker_ip: manager.privateIp, min_workers: 2, max_workers: 5 };
  return {
    world,
    answer: answer({ name: 'provider', context: { cloudify: { cloudify_agent: agent, ...dump } } }),
  };
}

function executions(manager: Manager, request: RestRequest): readonly Json[] {
  const all = isTrue(request.query.get('_include_system_workflows'));
  return manager.executions
    .filter((execution) => all || !isSystem(execution))
    .toSorted((a, b) => a.createdAt - b.createdAt)
    .map((execution) => renderExecution(manager, execution));
}

function execution({ world, manager, parts: [id = ''] }: RouteCall): Handled | Refusal {
  const found = findExecution(manager, id);
  return found === undefined
    ? notFound('Execution', id)
    : { world, answer: answer(renderExecution(manager, found)) };
}

function cancel({ world, hostName, manager, parts: [id = ''], now }: RouteCall): Handled | Refusal {
  const found = findExecution(manager, id);
  if (found === undefined) return notFound('Execution', id);
  if (!isActive(found)) {
    return refuse(
      400,
      'illegal_action_error',
      `Can't cancel execution ${id} because it's in status ${found.status}`,
    );
  }
  const changed = changeExecution(manager, id, { status: 'cancelled', endedAt: now, endsAt: now });
  const cancelled = findExecution(changed, id) ?? found;
  return {
    world: withManager(world, hostName, changed),
    answer: answer(renderExecution(changed, cancelled)),
  };
}

function secondsOf(call: RouteCall, workflow: string, deployment: string): number {
  if (workflow === 'install_new_agents') {
    return installAgentsSeconds(call.world, call.hostName, call.caller.tenant, deployment, call.now);
  }
  return workflow === 'validate_agents' ? SECONDS.validateAgent : 30;
}

function start(call: RouteCall): Handled | Refusal {
  const { world, hostName, manager, request, caller, now, dice } = call;
  const body = (request.json ?? {}) as { readonly deployment_id?: string; readonly workflow_id?: string };
  const deployment = body.deployment_id ?? '';
  const found = manager.data.deployments.find(
    (each) => each.id === deployment && each.tenant === caller.tenant,
  );
  if (found === undefined) return notFound('Deployment', deployment);
  const busy = refuseWorkflow(manager, deployment, caller.tenant);
  if (busy !== undefined) return busy;
  const workflow = body.workflow_id ?? '';
  const seconds = secondsOf(call, workflow, deployment);
  const started = startExecution(
    manager,
    { workflow, deployment, tenant: caller.tenant, createdBy: caller.user, seconds },
    now,
    dice,
  );
  return {
    world: withManager(world, hostName, started.manager),
    answer: answer(renderExecution(started.manager, started.execution), 201),
  };
}

function events({ world, manager, request }: RouteCall): Handled | Refusal {
  const id = request.query.get('execution_id') ?? '';
  const found = findExecution(manager, id);
  const items = (found?.events ?? []).map((event) => ({
    reported_timestamp: isoTime(event.at),
    type: event.kind === 'CFY' ? 'cloudify_event' : 'cloudify_log',
    deployment_id: found?.deployment ?? null,
    execution_id: id,
    message: event.text,
    tenant_name: found?.tenant,
  }));
  return {
    world,
    answer: answer({
      items,
      metadata: { pagination: { total: items.length, offset: 0, size: items.length } },
    }),
  };
}

function deleteBlueprint({
  world,
  hostName,
  manager,
  parts: [id = ''],
  caller,
}: RouteCall): Handled | Refusal {
  const { blueprints, deployments } = manager.data;
  const found = blueprints.find((each) => each.id === id && each.tenant === caller.tenant);
  if (found === undefined) return notFound('Blueprint', id);
  const used = deployments.filter((each) => each.blueprint === id && each.tenant === caller.tenant);
  if (used.length > 0) {
    const names = used.map((each) => each.id).join(', ');
    return refuse(
      400,
      'dependent_exists_error',
      `Can't delete blueprint ${id} - There exist deployments for this blueprint; Deployments ids: ${names}`,
    );
  }
  const data = { ...manager.data, blueprints: blueprints.filter((each) => each !== found) };
  return { world: withManager(world, hostName, { data }), answer: answer(renderResource(manager, found)) };
}

function maintenanceBody(manager: Manager): Json {
  const { maintenance } = manager;
  const asked =
    maintenance.status === 'deactivated'
      ? { requested_by: '', activation_requested_at: '' }
      : { requested_by: maintenance.requestedBy, activation_requested_at: isoTime(maintenance.requestedAt) };
  const remaining = manager.executions.filter(isActive).map((each) => ({
    id: each.id,
    workflow_id: each.workflow,
    deployment_id: each.deployment,
    status: each.status,
  }));
  return {
    status: maintenance.status,
    activated_at: maintenance.status === 'activated' ? isoTime(maintenance.activatedAt) : '',
    remaining_executions: maintenance.status === 'activating' ? remaining : null,
    ...asked,
  };
}

function changeMaintenance(change: (call: RouteCall) => Manager | Refusal): Route['run'] {
  return (call) => {
    const changed = change(call);
    if (isRefusal(changed)) return changed;
    return {
      world: withManager(call.world, call.hostName, changed),
      answer: answer(maintenanceBody(changed)),
    };
  };
}

export const ROUTES: readonly Route[] = [
  { method: 'GET', path: ['version'], run: version },
  { method: 'GET', path: ['status'], run: status },
  { method: 'GET', path: ['provider', 'context'], run: providerContext },
  {
    method: 'GET',
    path: ['maintenance'],
    run: ({ world, manager }) => ({ world, answer: answer(maintenanceBody(manager)) }),
  },
  {
    method: 'POST',
    path: ['maintenance', 'activate'],
    run: changeMaintenance(({ manager, caller, now }) => activateMaintenance(manager, caller.user, now)),
  },
  {
    method: 'POST',
    path: ['maintenance', 'deactivate'],
    run: changeMaintenance(({ manager }) => deactivateMaintenance(manager)),
  },
  list('executions', executions),
  { method: 'POST', path: ['executions'], run: start },
  { method: 'GET', path: ['executions', '*'], run: execution },
  { method: 'POST', path: ['executions', '*'], run: cancel },
  { method: 'GET', path: ['events'], run: events },
  list('deployments', (manager) => manager.data.deployments.map((each) => renderDeployment(manager, each))),
  list('blueprints', (manager) => manager.data.blueprints.map((each) => renderResource(manager, each))),
  { method: 'DELETE', path: ['blueprints', '*'], run: deleteBlueprint },
  list('plugins', (manager) => manager.data.plugins.map((each) => renderResource(manager, each))),
  list('secrets', (manager) => manager.data.secrets.map((each) => renderResource(manager, each))),
  list('node-instances', (manager) =>
    manager.data.nodeInstances.map((each) => renderNodeInstance(manager, each)),
  ),
  ...CLUSTER_ROUTES,
  ...SNAPSHOT_ROUTES,
  ...PEOPLE_ROUTES,
];
