import { connect, itemsOf } from './client.ts';
import { type CfyCall, type CommandSpec, need, text } from './command.ts';
import {
  ALL_TENANTS,
  type Column,
  columns,
  listQuery,
  PAGING,
  SEARCH,
  SORTING,
  showCount,
  showTable,
  TENANT,
  tenantOption,
  visibilityColumn,
} from './listing.ts';

interface ListShape {
  readonly resource: string;
  readonly saying: string;
  readonly title: string;
  readonly things: string;
  readonly sortBy: string;
  readonly columns: (call: CfyCall) => readonly Column[];
}

function people(call: CfyCall): readonly Column[] {
  return [visibilityColumn(call), ...columns('tenant_name', 'created_by')];
}

const SHAPES = {
  deployments: {
    resource: 'deployments',
    saying: 'Listing all deployments...',
    title: 'Deployments:',
    things: 'deployments',
    sortBy: 'created_at',
    columns: (call) => [...columns('id', 'blueprint_id', 'created_at', 'updated_at'), ...people(call)],
  },
  blueprints: {
    resource: 'blueprints',
    saying: 'Listing all blueprints...',
    title: 'Blueprints:',
    things: 'blueprints',
    sortBy: 'created_at',
    columns: (call) => [
      ...columns('id', 'description', 'main_file_name', 'created_at', 'updated_at'),
      ...people(call),
    ],
  },
  plugins: {
    resource: 'plugins',
    saying: 'Listing all plugins...',
    title: 'Plugins:',
    things: 'plugins',
    sortBy: 'uploaded_at',
    columns: (call) => [...columns('id', 'package_name', 'package_version', 'uploaded_at'), ...people(call)],
  },
  secrets: {
    resource: 'secrets',
    saying: 'Listing all secrets...',
    title: 'Secrets:',
    things: 'secrets',
    sortBy: 'key',
    columns: (call) => [...columns('key', 'created_at', 'updated_at'), ...people(call)],
  },
} satisfies { readonly [name: string]: ListShape };

function lister(shape: ListShape): (call: CfyCall) => Promise<void> {
  return async (call) => {
    const tenant = tenantOption(call);
    const blueprint = text(call.options.blueprint_id);
    call.log(blueprint === undefined ? shape.saying : `Listing deployments for blueprint ${blueprint}...`);
    const client = await connect(call);
    const found = await client.get(
      shape.resource,
      { ...listQuery(call, shape.sortBy), blueprint_id: blueprint },
      tenant,
    );
    showTable(call, shape.title, shape.columns(call), itemsOf(found));
    showCount(call, found, shape.things);
  };
}

async function nodeInstances(call: CfyCall): Promise<void> {
  const tenant = tenantOption(call);
  const deployment = text(call.options.deployment_id);
  call.log(
    deployment === undefined
      ? 'Listing all instances...'
      : `Listing instances for deployment ${deployment}...`,
  );
  const client = await connect(call);
  const query = { ...listQuery(call, 'node_id'), deployment_id: deployment };
  const found = await client.get('node-instances', query, tenant);
  const shown = [...columns('id', 'deployment_id', 'host_id', 'node_id', 'state'), ...people(call)];
  showTable(call, 'Instances:', shown, itemsOf(found));
  showCount(call, found, 'node-instances');
}

async function deleteBlueprint(call: CfyCall): Promise<void> {
  const id = need(call, 'BLUEPRINT_ID');
  call.log(`Deleting blueprint ${id}...`);
  const client = await connect(call);
  await client.send('DELETE', `blueprints/${encodeURIComponent(id)}`, {}, tenantOption(call));
  call.log('Blueprint deleted');
}

const LISTED = [...SORTING, TENANT, ALL_TENANTS, SEARCH, ...PAGING];

export const RESOURCE_COMMANDS: readonly CommandSpec[] = [
  {
    group: 'deployments',
    name: 'list',
    options: [{ flags: ['-b', '--blueprint-id'], name: 'blueprint_id', takes: 'text' }, ...LISTED],
    run: lister(SHAPES.deployments),
  },
  { group: 'blueprints', name: 'list', options: LISTED, run: lister(SHAPES.blueprints) },
  {
    group: 'blueprints',
    name: 'delete',
    args: [{ name: 'BLUEPRINT_ID', required: true }],
    options: [TENANT, { flags: ['-f', '--force'], name: 'force', from: '4.5' }],
    run: deleteBlueprint,
  },
  { group: 'plugins', name: 'list', options: LISTED, run: lister(SHAPES.plugins) },
  { group: 'secrets', name: 'list', options: LISTED, run: lister(SHAPES.secrets) },
  {
    group: 'node-instances',
    name: 'list',
    options: [
      { flags: ['-d', '--deployment-id'], name: 'deployment_id', takes: 'text' },
      { flags: ['-n', '--node-name'], name: 'node_id', takes: 'text' },
      ...LISTED,
    ],
    run: nodeInstances,
  },
];
