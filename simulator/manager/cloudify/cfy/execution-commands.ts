import { atLeast } from '../version.ts';
import { ClientError, connect, type Item, itemsOf } from './client.ts';
import { type CfyCall, CfyError, type CommandSpec, need, text } from './command.ts';
import {
  ALL_TENANTS,
  type Column,
  columns,
  listQuery,
  PAGING,
  SORTING,
  showCount,
  showTable,
  TENANT,
  tenantOption,
  visibilityColumn,
} from './listing.ts';
import { cellText } from './table.ts';

const CANCELLING =
  'NOTE: Executions currently in a "canceling/force-canceling" status may take a while to change into "cancelled"';

/** The words of the list grew with the releases; the error column was dropped in 4.5. */
function listColumns(call: CfyCall): readonly Column[] {
  const { version } = call.cli;
  const status: Column = { field: atLeast(version, '4.4') ? 'status_display' : 'status', title: 'status' };
  const before = [...columns('id', 'workflow_id'), status];
  const after = [visibilityColumn(call), ...columns('tenant_name', 'created_by')];
  if (!atLeast(version, '4.5'))
    return [...before, ...columns('deployment_id', 'created_at', 'error'), ...after];
  if (!atLeast(version, '4.5.5'))
    return [...before, ...columns('deployment_id', 'created_at', 'started_at'), ...after];
  return [
    ...before,
    ...columns('is_dry_run', 'deployment_id', 'created_at', 'started_at', 'scheduled_for'),
    ...after,
  ];
}

function getColumns(call: CfyCall): readonly Column[] {
  const { version } = call.cli;
  const status: Column = { field: atLeast(version, '4.4') ? 'status_display' : 'status', title: 'status' };
  const people = [visibilityColumn(call), ...columns('tenant_name', 'created_by')];
  if (!atLeast(version, '4.5')) {
    return [
      ...columns('id', 'workflow_id'),
      status,
      ...columns('deployment_id', 'created_at', 'error'),
      ...people,
    ];
  }
  const dry = atLeast(version, '4.5.5') ? columns('is_dry_run') : [];
  const scheduled = atLeast(version, '4.5.5') ? columns('scheduled_for') : [];
  return [
    ...columns('id', 'workflow_id'),
    status,
    ...dry,
    ...columns('deployment_id', 'created_at', 'ended_at', 'error'),
    ...people,
    ...columns('started_at'),
    ...scheduled,
  ];
}

/** A 4.4 CLI asks for `status_display`; an older Manager does not send it. */
function withDisplay(item: Item): Item {
  return { ...item, status_display: item.status_display ?? item.status };
}

async function list(call: CfyCall): Promise<void> {
  const deployment = text(call.options.deployment_id);
  const tenant = tenantOption(call);
  call.log(
    deployment === undefined
      ? 'Listing all executions...'
      : `Listing executions for deployment ${deployment}...`,
  );
  const client = await connect(call);
  const system = call.options.include_system_workflows === true;
  const query = {
    ...listQuery(call, 'created_at'),
    deployment_id: deployment,
    _include_system_workflows: system ? true : undefined,
  };
  const found = await client.get('executions', query, tenant);
  const items = itemsOf(found).map(withDisplay);
  showTable(call, 'Executions:', listColumns(call), items);
  showCount(call, found, 'executions');
  if (items.some((item) => item.status === 'cancelling')) call.log(CANCELLING);
}

function parameterLines(call: CfyCall, parameters: { readonly [name: string]: unknown }): readonly string[] {
  return Object.entries(parameters).map(([name, value]) => {
    const shown = value === null ? 'None' : cellText(value);
    return atLeast(call.cli.version, '4.5') ? `\t${`${name}:`.padEnd(16)} ${shown}` : `\t${name}: \t${shown}`;
  });
}

async function get(call: CfyCall): Promise<void> {
  const id = need(call, 'EXECUTION_ID');
  call.log(`Retrieving execution ${id}`);
  const client = await connect(call);
  const found = await client
    .get(`executions/${encodeURIComponent(id)}`, {}, tenantOption(call))
    .catch((error: unknown) => {
      if (error instanceof ClientError && error.status === 404)
        throw new CfyError(`Execution ${id} not found`);
      throw error;
    });
  showTable(call, 'Execution:', getColumns(call), [withDisplay(found)], 50);
  if (call.asJson) return;
  const parameters = (found.parameters ?? {}) as { readonly [name: string]: unknown };
  call.log(['Execution Parameters:', ...parameterLines(call, parameters)].join('\n'));
  if (found.status === 'cancelling') call.log(CANCELLING);
  call.log('');
}

async function cancel(call: CfyCall): Promise<void> {
  const id = need(call, 'EXECUTION_ID');
  const force = call.options.force === true;
  call.log(`${force ? 'Force-cancelling' : 'Cancelling'} execution ${id}`);
  const client = await connect(call);
  const json = { action: force ? 'force-cancel' : 'cancel' };
  await client.send('POST', `executions/${encodeURIComponent(id)}`, { json }, tenantOption(call));
  call.log(
    `A cancel request for execution ${id} has been sent. To track the execution's status, use:\ncfy executions get ${id}`,
  );
}

/** `2026-11-23 03:38:38.207  CFY <dep1> Starting …` */
export function eventLine(event: Item): string {
  const at = cellText(event.reported_timestamp);
  const kind = event.type === 'cloudify_event' ? 'CFY' : 'LOG';
  const deployment = event.deployment_id;
  return `${at} ${kind} <${deployment === null ? 'None' : String(deployment)}> ${String(event.message)}`;
}

async function events(call: CfyCall): Promise<void> {
  const option = text(call.options.execution_id);
  const id = call.args.EXECUTION_ID ?? option;
  if (id === undefined) throw new CfyError('Please provide an execution ID.');
  const positional = atLeast(call.cli.version, '4.5');
  if (positional && option !== undefined) {
    call.log(
      "Providing the execution ID as an option (using '-e') is now deprecated. Please provide the execution ID as a positional argument.",
    );
  }
  const logs = call.options.include_logs !== false;
  call.log(`Listing events for execution id ${id} [include_logs=${logs ? 'True' : 'False'}]`);
  const client = await connect(call);
  await client.get(`executions/${encodeURIComponent(id)}`).catch((error: unknown) => {
    if (error instanceof ClientError && error.status === 404) throw new CfyError(`Execution ${id} not found`);
    throw error;
  });
  const found = await client.get('events', { execution_id: id }, tenantOption(call));
  const shown = itemsOf(found).filter((event) => logs || event.type === 'cloudify_event');
  for (const event of shown) call.log(eventLine(event));
  if (!call.cli.trailer) {
    call.log(`\nTotal events: ${shown.length}`);
    return;
  }
  call.log(`\nShowing ${shown.length} of ${shown.length} events`);
  if (positional) call.log('Debug messages are only shown when you use very verbose mode (-vv)');
}

const EXECUTION_ID = { name: 'EXECUTION_ID', required: true } as const;

export const EXECUTION_COMMANDS: readonly CommandSpec[] = [
  {
    group: 'executions',
    name: 'list',
    options: [
      { flags: ['-d', '--deployment-id'], name: 'deployment_id', takes: 'text' },
      { flags: ['--include-system-workflows'], name: 'include_system_workflows' },
      ...SORTING,
      TENANT,
      { ...ALL_TENANTS, from: '4.2' },
      ...PAGING,
    ],
    run: list,
  },
  { group: 'executions', name: 'get', args: [EXECUTION_ID], options: [TENANT], run: get },
  {
    group: 'executions',
    name: 'cancel',
    args: [EXECUTION_ID],
    options: [{ flags: ['-f', '--force'], name: 'force' }, TENANT],
    run: cancel,
  },
  {
    group: 'events',
    name: 'list',
    options: [
      { flags: ['-e', '--execution-id'], name: 'execution_id', takes: 'text', required: true },
      { flags: ['--include-logs'], name: 'include_logs' },
      { flags: ['--no-logs'], name: 'include_logs', sets: false },
      TENANT,
    ],
    before: '4.5',
    run: events,
  },
  {
    group: 'events',
    name: 'list',
    args: [{ name: 'EXECUTION_ID', required: false }],
    options: [
      { flags: ['-e', '--execution-id'], name: 'execution_id', takes: 'text' },
      { flags: ['--include-logs'], name: 'include_logs' },
      { flags: ['--no-logs'], name: 'include_logs', sets: false },
      TENANT,
      ...PAGING,
    ],
    from: '4.5',
    run: events,
  },
];
