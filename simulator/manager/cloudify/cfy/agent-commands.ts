import { SECONDS } from '../durations.ts';
import { atLeast } from '../version.ts';
import { type Client, ClientError, clientErrorText, connect, type Item, itemsOf } from './client.ts';
import { type CfyCall, CfyError, type CommandSpec, SuppressedError, text } from './command.ts';
import { eventLine } from './execution-commands.ts';
import {
  ALL_TENANTS,
  columns,
  listQuery,
  showCount,
  showTable,
  TENANT,
  tenantOption,
  visibilityColumn,
} from './listing.ts';

/** The client looks for new events every 3 s. */
const POLL_SECONDS = 3;

interface Target {
  readonly deployment: string;
  readonly tenant: string | undefined;
}

/** Up to 4.5.5 a deployment counts only when every instance of it is started; the others are left out without a word. */
async function isInstalled(client: Client, { deployment, tenant }: Target): Promise<boolean> {
  const found = await client.get('node-instances', { deployment_id: deployment }, tenant);
  return itemsOf(found).every((instance) => instance.state === 'started');
}

async function tenantsOf(call: CfyCall, client: Client): Promise<readonly (string | undefined)[]> {
  if (call.options.all_tenants !== true) return [text(call.options.tenant_name)];
  return itemsOf(await client.get('tenants', { _sort: 'name' })).map((tenant) => String(tenant.name));
}

async function eligible(call: CfyCall, client: Client): Promise<readonly (readonly Target[])[]> {
  const groups: Target[][] = [];
  const asked = call.args.DEPLOYMENT_ID;
  for (const tenant of await tenantsOf(call, client)) {
    const deployments = itemsOf(await client.get('deployments', { _sort: 'created_at' }, tenant)).map(
      (each) => String(each.id),
    );
    const group: Target[] = [];
    for (const deployment of deployments) {
      if (asked !== undefined && asked !== deployment) continue;
      if (await isInstalled(client, { deployment, tenant })) group.push({ deployment, tenant });
      else if (asked !== undefined) throw new CfyError(`Deployment '${deployment}' is not installed`);
    }
    if (group.length > 0) groups.push(group);
  }
  if (asked !== undefined && groups.length === 0) {
    throw new CfyError(`Could not find deployment for deployment id: '${asked}'.`);
  }
  return groups;
}

function timedOut(call: CfyCall, workflow: string, target: Target, execution: string): string {
  return (
    `Timed out waiting for workflow '${workflow}' of deployment '${target.deployment}' to end. The execution may still be running properly; ` +
    `however, the command-line utility was instructed to wait up to ${SECONDS.agentsClientTimeout} seconds for its completion.\n\n` +
    `* Run 'cfy executions list' to determine the execution's status.\n` +
    `* Run 'cfy executions cancel ${atLeast(call.cli.version, '4.2') ? '' : '--execution-id '}${execution}' to cancel the running workflow.`
  );
}

/** Prints the events until the execution has ended. @returns its last state, undefined when the client gave up */
async function follow(
  call: CfyCall,
  client: Client,
  { tenant }: Target,
  id: string,
): Promise<Item | undefined> {
  const giveUpAt = call.context.now() + SECONDS.agentsClientTimeout * 1000;
  const patient = atLeast(call.cli.version, '4.6');
  let shown = 0;
  for (;;) {
    const execution = await client.get(`executions/${id}`, {}, tenant);
    const events = itemsOf(await client.get('events', { execution_id: id }, tenant));
    for (const event of events.slice(shown)) call.log(eventLine(event));
    shown = events.length;
    if (['terminated', 'failed', 'cancelled'].includes(String(execution.status))) return execution;
    if (!patient && call.context.now() >= giveUpAt) return undefined;
    await call.context.sleep(POLL_SECONDS);
  }
}

/** @returns a line for the summary, '' when it went well */
async function runOne(call: CfyCall, client: Client, workflow: string, target: Target): Promise<string> {
  try {
    const json = { deployment_id: target.deployment, workflow_id: workflow };
    const started = await client.send('POST', 'executions', { json }, target.tenant);
    const id = String(started.id);
    if (atLeast(call.cli.version, '4.6')) {
      const tenant = target.tenant ?? client.credentials.tenant;
      call.log(`Started execution for deployment '${target.deployment}' on tenant '${tenant}': ${id}`);
    }
    const ended = await follow(call, client, target, id);
    if (ended === undefined) return timedOut(call, workflow, target, id);
    if (ended.error !== '' && ended.error !== null) {
      return `Execution of workflow '${workflow}' for deployment '${target.deployment}' failed. [error=${String(ended.error)}]`;
    }
    call.log(`Finished executing workflow '${workflow}' on deployment '${target.deployment}'`);
    return '';
  } catch (error) {
    // One thread per deployment: what goes wrong in one is told in the summary.
    if (!(error instanceof ClientError)) throw error;
    return `Failed to execute workflow '${workflow}' on deployment '${target.deployment}': ${clientErrorText(error)}`;
  }
}

function opening(call: CfyCall, workflow: string): string | undefined {
  const { version } = call.cli;
  if (atLeast(version, '4.6')) return undefined;
  const asked = call.args.DEPLOYMENT_ID;
  if (asked !== undefined) return `Installing agent for deployment '${asked}'`;
  return atLeast(version, '4.4')
    ? `Running workflow '${workflow}' for all installed deployments`
    : 'Installing agents for all installed deployments';
}

function runner(workflow: string): (call: CfyCall) => Promise<void> {
  return async (call) => {
    tenantOption(call);
    const client = await connect(call);
    const groups = await eligible(call, client);
    if (groups.length === 0) {
      call.log(
        atLeast(call.cli.version, '4.6')
          ? 'No eligible deployments found'
          : 'There are no deployments installed',
      );
      throw new SuppressedError();
    }
    const said = opening(call, workflow);
    if (said !== undefined) call.log(said);
    // Tenant by tenant: the first one with an error ends it, the rest is not touched (4.2–4.5.5).
    for (const group of groups) {
      const summary = (
        await Promise.all(group.map((target) => runOne(call, client, workflow, target)))
      ).filter((line) => line !== '');
      if (summary.length > 0) {
        call.log(`Summary:\n${summary.join('\n')}\n`);
        throw new SuppressedError();
      }
    }
  };
}

async function list(call: CfyCall): Promise<void> {
  const tenant = tenantOption(call);
  call.log('Listing agents...');
  const client = await connect(call);
  const found = await client.get('node-instances', listQuery(call, 'id'), tenant);
  const items = itemsOf(found).flatMap((instance) => {
    const properties = instance.runtime_properties as { readonly cloudify_agent?: Item } | undefined;
    const agent = properties?.cloudify_agent;
    return agent === undefined
      ? []
      : [
          {
            ...instance,
            ...agent,
            id: instance.id,
            node: instance.node_id,
            deployment: instance.deployment_id,
          },
        ];
  });
  const shown = [
    ...columns('id', 'ip', 'deployment', 'node', 'system', 'version', 'install_method'),
    visibilityColumn(call),
    ...columns('tenant_name'),
  ];
  showTable(
    call,
    'Agents:',
    shown,
    items.map((item) => ({ system: 'centos core', ...item })),
  );
  showCount(call, { items, metadata: { pagination: { total: items.length } } }, 'agents');
}

const LOGS = [
  { flags: ['--include-logs'], name: 'include_logs', before: '4.6' },
  { flags: ['--no-logs'], name: 'include_logs', sets: false, before: '4.6' },
] as const;
const FILTERS = [
  { flags: ['--node-id'], name: 'node_id', takes: 'text', many: true, from: '4.5' },
  { flags: ['--node-instance-id'], name: 'node_instance_id', takes: 'text', many: true, from: '4.5' },
  { flags: ['--deployment-id'], name: 'deployment_id', takes: 'text', many: true, from: '4.5' },
  { flags: ['--install-method'], name: 'install_method', takes: 'text', many: true, from: '4.5' },
  { flags: ['--wait'], name: 'wait', from: '4.6' },
  { flags: ['--no-wait'], name: 'wait', sets: false, from: '4.6' },
  { flags: ['--install-agent-timeout'], name: 'install_agent_timeout', takes: 'integer', from: '4.6' },
] as const;
const LATER = [
  { flags: ['--stop-old-agent'], name: 'stop_old_agent', from: '4.4' },
  { flags: ['--manager-ip'], name: 'manager_ip', takes: 'text', from: '4.4' },
  { flags: ['--manager_certificate'], name: 'manager_certificate', takes: 'text', from: '4.4' },
] as const;
const INSTALL_SCRIPT = {
  flags: ['-s', '--install-script'],
  name: 'install_script',
  takes: 'text',
  before: '4.2',
} as const;
const OPTIONS = [...LOGS, INSTALL_SCRIPT, TENANT, { ...ALL_TENANTS, from: '4.2' }, ...LATER, ...FILTERS];
const DEPLOYMENT = [{ name: 'DEPLOYMENT_ID', required: false }] as const;

export const AGENT_COMMANDS: readonly CommandSpec[] = [
  {
    group: 'agents',
    name: 'install',
    args: DEPLOYMENT,
    options: OPTIONS,
    before: '4.6',
    run: runner('install_new_agents'),
  },
  { group: 'agents', name: 'install', options: OPTIONS, from: '4.6', run: runner('install_new_agents') },
  {
    group: 'agents',
    name: 'validate',
    args: DEPLOYMENT,
    options: [...LOGS, TENANT, ALL_TENANTS, ...FILTERS],
    from: '4.4',
    run: runner('validate_agents'),
  },
  { group: 'agents', name: 'list', options: [TENANT, ...FILTERS.slice(0, 4)], from: '4.5', run: list },
];
