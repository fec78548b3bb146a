import { randomSnapshotName } from '../names.ts';
import { atLeast } from '../version.ts';
import { type Client, connect, itemsOf } from './client.ts';
import { type CfyCall, CfyError, type CommandSpec, need, text } from './command.ts';
import {
  ALL_TENANTS,
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
import { progressBar } from './progress.ts';

const SNAPSHOT_ID = { name: 'SNAPSHOT_ID', required: true } as const;
const PRIVATE = { flags: ['--private-resource'], name: 'private_resource', before: '4.3' } as const;

/** From 5.0.5 a full stop follows; none of the releases here is so new. */
function logStarted(call: CfyCall, execution: unknown): void {
  call.log(`Started workflow execution. The execution's id is ${String(execution)}`);
}

async function create(call: CfyCall): Promise<void> {
  const { options } = call;
  const id = call.args.SNAPSHOT_ID ?? randomSnapshotName(call.simulation.dice);
  const tenant = tenantOption(call);
  call.log(`Creating snapshot ${id}...`);
  const client = await connect(call);
  const json = {
    include_metrics: options.include_metrics === true,
    include_credentials: options.exclude_credentials !== true,
    ...(atLeast(call.cli.version, '4.3')
      ? { include_logs: options.exclude_logs !== true, include_events: options.exclude_events !== true }
      : {}),
    queue: options.queue === true,
  };
  const execution = await client.send('PUT', `snapshots/${encodeURIComponent(id)}`, { json }, tenant);
  if (execution.status === 'queued') {
    call.log(
      `\`queue\` flag was passed, snapshot creation will start automatically when possible. Execution id: ${String(execution.id)}`,
    );
    return;
  }
  logStarted(call, execution.id);
}

async function download(call: CfyCall): Promise<void> {
  const id = need(call, 'SNAPSHOT_ID');
  const tenant = tenantOption(call);
  call.log(`Downloading snapshot ${id}...`);
  const client = await connect(call);
  const bytes = await client.download(`snapshots/${encodeURIComponent(id)}/archive`, tenant);
  const given = text(call.options.output_path);
  const shown = given ?? `${id}.zip`;
  await writeNew(call, shown, bytes);
  call.context.print(progressBar(given === undefined ? id : basename(given), bytes.length));
  // A big file over a small line; enough to be seen on a scaled clock.
  await call.context.sleep(Math.max(2, bytes.length / 2_000_000));
  call.log(`Snapshot downloaded as ${shown}`);
}

function basename(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function absolutePath(call: CfyCall, path: string): string {
  return path.startsWith('/') ? path : `${call.context.cwd.replace(/\/$/, '')}/${path}`;
}

async function writeNew(call: CfyCall, path: string, bytes: Uint8Array): Promise<void> {
  const { files } = call.context;
  const target = absolutePath(call, path);
  if (await files.exists(target)) throw new CfyError(`Output file '${path}' already exists`);
  const directory = target.slice(0, target.lastIndexOf('/')) || '/';
  if (!(await files.exists(directory))) {
    throw new CfyError(`[Errno 2] No such file or directory: '${path}'`);
  }
  try {
    await files.write(target, bytes);
  } catch {
    throw new CfyError(`[Errno 13] Permission denied: '${path}'`);
  }
}

export async function readInput(call: CfyCall, path: string): Promise<Uint8Array> {
  const target = absolutePath(call, path);
  if (!(await call.context.files.exists(target))) {
    throw new CfyError(`[Errno 2] No such file or directory: '${path}'`);
  }
  try {
    return await call.context.files.read(target);
  } catch {
    throw new CfyError(`[Errno 13] Permission denied: '${path}'`);
  }
}

async function upload(call: CfyCall): Promise<void> {
  const path = need(call, 'SNAPSHOT_PATH');
  const id = text(call.options.snapshot_id) ?? randomSnapshotName(call.simulation.dice);
  const tenant = tenantOption(call);
  call.log(`Uploading snapshot ${path}...`);
  const client = await connect(call);
  const bytes = await readInput(call, path);
  call.context.print(progressBar(basename(path), bytes.length));
  await call.context.sleep(Math.max(2, bytes.length / 2_000_000));
  const snapshot = await client.send('PUT', `snapshots/${encodeURIComponent(id)}/archive`, { bytes }, tenant);
  call.log(`Snapshot uploaded. The snapshot's id is ${String(snapshot.id)}`);
}

async function restore(call: CfyCall): Promise<void> {
  const id = need(call, 'SNAPSHOT_ID');
  const tenant = tenantOption(call);
  const certificates = call.options.restore_certificates === true;
  const noReboot = call.options.no_reboot === true;
  call.log(`Restoring snapshot ${id}...`);
  const client = await connect(call);
  const json = {
    force: call.options.force === true,
    recreate_deployments_envs: call.options.without_deployment_envs !== true,
    restore_certificates: certificates,
    no_reboot: noReboot,
  };
  const execution = await client.send(
    'POST',
    `snapshots/${encodeURIComponent(id)}/restore`,
    { json },
    tenant,
  );
  logStarted(call, execution.id);
  if (!certificates) return;
  if (noReboot) {
    call.log(
      'Certificates might be replaced during a snapshot restore action. It is recommended that you reboot the Manager VM when the execution is terminated, or several services might not work.',
    );
    return;
  }
  call.log(
    'In the event of a certificates restore action, the Manager VM will automatically reboot after execution is terminated. After reboot the Manager can work with the restored certificates.',
  );
}

async function remove(call: CfyCall): Promise<void> {
  const id = need(call, 'SNAPSHOT_ID');
  const tenant = tenantOption(call);
  call.log(`Deleting snapshot ${id}...`);
  const client: Client = await connect(call);
  await client.send('DELETE', `snapshots/${encodeURIComponent(id)}`, {}, tenant);
  call.log('Snapshot deleted successfully');
}

async function list(call: CfyCall): Promise<void> {
  const tenant = tenantOption(call);
  call.log('Listing snapshots...');
  const client = await connect(call);
  const found = await client.get('snapshots', listQuery(call, 'created_at'), tenant);
  const shown = [
    ...columns('id', 'created_at', 'status', 'error'),
    visibilityColumn(call),
    ...columns('tenant_name', 'created_by'),
  ];
  showTable(call, 'Snapshots:', shown, itemsOf(found));
  showCount(call, found, 'snapshots');
}

export const SNAPSHOT_COMMANDS: readonly CommandSpec[] = [
  {
    group: 'snapshots',
    name: 'create',
    args: [{ name: 'SNAPSHOT_ID', required: false }],
    options: [
      { flags: ['--include-metrics'], name: 'include_metrics' },
      { flags: ['--exclude-credentials'], name: 'exclude_credentials' },
      { flags: ['--exclude-logs'], name: 'exclude_logs', from: '4.3' },
      { flags: ['--exclude-events'], name: 'exclude_events', from: '4.3' },
      { flags: ['--queue'], name: 'queue', from: '4.5' },
      PRIVATE,
      { ...TENANT, before: '4.1' },
    ],
    run: create,
  },
  {
    group: 'snapshots',
    name: 'download',
    args: [SNAPSHOT_ID],
    options: [{ flags: ['-o', '--output-path'], name: 'output_path', takes: 'text' }, TENANT],
    run: download,
  },
  {
    group: 'snapshots',
    name: 'upload',
    args: [{ name: 'SNAPSHOT_PATH', required: true }],
    options: [{ flags: ['-s', '--snapshot-id'], name: 'snapshot_id', takes: 'text' }, PRIVATE, TENANT],
    run: upload,
  },
  {
    group: 'snapshots',
    name: 'restore',
    args: [SNAPSHOT_ID],
    options: [
      { flags: ['--without-deployment-envs'], name: 'without_deployment_envs' },
      { flags: ['-f', '--force'], name: 'force' },
      { ...TENANT, before: '4.1' },
      { flags: ['--restore-certificates'], name: 'restore_certificates', from: '4.1' },
      { flags: ['--no-reboot'], name: 'no_reboot', from: '4.1' },
      { flags: ['-i', '--ignore-plugin-failure'], name: 'ignore_plugin_failure', from: '4.5' },
    ],
    run: restore,
  },
  {
    group: 'snapshots',
    name: 'list',
    options: [...SORTING, TENANT, ALL_TENANTS, SEARCH, ...PAGING],
    run: list,
  },
  { group: 'snapshots', name: 'delete', args: [SNAPSHOT_ID], options: [TENANT], run: remove },
];
