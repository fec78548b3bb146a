import { ClientError, connect, type Item } from './client.ts';
import { type CfyCall, CfyError, type CommandSpec, text } from './command.ts';
import { columns, showTable } from './listing.ts';

/** `cfy maintenance-mode activate --wait` looks every 5 s. */
const MAINTENANCE_POLL_SECONDS = 5;

/** Says what it found and exits 0, whatever that was. */
async function status(call: CfyCall): Promise<void> {
  const client = await connect(call);
  const { ip } = client.credentials;
  call.log(`Retrieving manager services status... [ip=${ip}]`);
  let found: Item;
  let maintenance: Item;
  try {
    found = await client.get('status');
    maintenance = await client.get('maintenance');
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    call.log(
      error.status === 401
        ? 'Failed to query manager service status: User is unauthorized'
        : `REST service at manager ${ip} is not responding!`,
    );
    return;
  }
  const services = (found.services ?? []) as readonly Item[];
  const rows = services.map((service) => {
    const [instance] = (service.instances ?? []) as readonly Item[];
    return { service: String(service.display_name).padEnd(30), status: instance?.state ?? 'unknown' };
  });
  showTable(call, 'Services:', columns('service', 'status'), rows);
  if (maintenance.status !== 'deactivated') call.log(`Maintenance mode is ${String(maintenance.status)}.\n`);
}

const FIELDS: readonly (readonly [string, string])[] = [
  ['status', 'Status'],
  ['requested_by', 'Requested By'],
  ['activated_at', 'Activated At'],
  ['activation_requested_at', 'Activation Requested At'],
];

async function maintenanceStatus(call: CfyCall): Promise<void> {
  const client = await connect(call);
  const found = await client.get('maintenance');
  const lines = FIELDS.filter(([field]) => found[field] !== '' && found[field] !== null).map(
    ([field, title]) => `\t${title}:\t${String(found[field])}`,
  );
  call.log(['\nMaintenance Mode Status:', ...lines, ''].join('\n'));
  const remaining = (found.remaining_executions ?? []) as readonly Item[];
  if (remaining.length === 1) {
    call.log(
      'Cloudify Manager currently has one running or pending execution. Waiting for it to finish before entering maintenance mode.',
    );
  } else if (remaining.length > 1) {
    call.log(
      `Cloudify Manager currently has ${remaining.length} running or pending executions. Waiting for all executions to finish before entering maintenance mode.`,
    );
  }
  if (found.status === 'activated') {
    call.log('INFO - Cloudify Manager is currently in maintenance mode. Most requests will be blocked.\n');
  }
}

async function activate(call: CfyCall): Promise<void> {
  const timeout = Number(text(call.options.timeout) ?? 0);
  const wait = call.options.wait === true;
  if (timeout > 0 && !wait) {
    throw new CfyError("'--timeout' was used without '--wait'.", [
      "Add the '--wait' flag to the command in order to wait.",
    ]);
  }
  call.log('Entering maintenance mode...');
  const client = await connect(call);
  await client.send('POST', 'maintenance/activate');
  if (!wait) {
    call.log("Run 'cfy maintenance-mode status' to check the maintenance mode's status.\n");
    return;
  }
  call.log(
    'Cloudify manager will enter Maintenance mode once there are no running or pending executions...\n',
  );
  const deadline = call.context.now() + timeout * 1000;
  for (;;) {
    if (timeout > 0 && call.context.now() > deadline) {
      throw new CfyError(
        "Timed out while entering maintenance mode. Note that the manager is still entering maintenance mode in the background. You can run 'cfy maintenance-mode status' to check the status.",
      );
    }
    if ((await client.get('maintenance')).status === 'activated') break;
    await call.context.sleep(MAINTENANCE_POLL_SECONDS);
  }
  call.log('Manager is in maintenance mode.\nWhile in maintenance mode most requests will be blocked.');
}

async function deactivate(call: CfyCall): Promise<void> {
  call.log('Turning off maintenance mode...');
  const client = await connect(call);
  await client.send('POST', 'maintenance/deactivate');
  call.log('Maintenance mode is off.');
}

export const STATE_COMMANDS: readonly CommandSpec[] = [
  { name: 'status', run: status },
  {
    group: 'maintenance-mode',
    name: 'activate',
    options: [
      { flags: ['--wait'], name: 'wait' },
      { flags: ['--timeout'], name: 'timeout', takes: 'integer' },
    ],
    run: activate,
  },
  { group: 'maintenance-mode', name: 'status', run: maintenanceStatus },
  { group: 'maintenance-mode', name: 'deactivate', run: deactivate },
];
