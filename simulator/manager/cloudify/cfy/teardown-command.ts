import { machineAt } from '../brokers.ts';
import { tearDown } from '../installation.ts';
import { ClientError, connect, itemsOf } from './client.ts';
import { type CfyCall, CfyError, type CommandSpec } from './command.ts';
import { deleteProfile, type Profile, profileDirectory } from './profiles.ts';

/** The uninstall workflow of the bootstrap blueprint: minutes, one component after the other. */
const COMPONENTS = [
  'sanity',
  'mgmt_worker',
  'riemann',
  'logstash',
  'stage',
  'composer',
  'amqp_influx',
  'influxdb',
  'rest_service',
  'nginx',
  'rabbitmq',
  'postgresql',
  'syncthing',
  'consul',
  'java_runtime',
  'python_runtime',
  'manager_host',
] as const;
/** ~3 min in all. */
const SECONDS_EACH = 10;

async function refuseDeployments(call: CfyCall): Promise<void> {
  const client = await connect(call);
  const ip = client.credentials.ip;
  try {
    // Only those of the profile's own tenant: others are not noticed.
    if (itemsOf(await client.get('deployments')).length === 0) return;
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    throw new CfyError(
      `Failed querying manager server ${ip} about existing deployments; The Manager server may be down. If you wish to skip this check, you may use the '--ignore-deployments' flag, in which case teardown will occur regardless of the Manager server's status.`,
    );
  }
  throw new CfyError(
    `Manager ${ip} has existing deployments. Delete all deployments first or add the '--ignore-deployments' flag to your command to ignore these deployments and execute teardown.`,
  );
}

/** The manager deployment of the bootstrap, in the profile's directory or in the provider context saved with it. */
async function findDump(call: CfyCall, profile: Profile): Promise<void> {
  const data = `${profileDirectory(call.context, profile.name)}/bootstrap/manager/data`;
  const cloudify = profile.provider_context.cloudify as { readonly manager_deployment?: unknown } | undefined;
  const kept = await call.context.files.exists(data);
  if (!kept && cloudify?.manager_deployment === undefined) {
    throw new CfyError(`[Errno 2] No such file or directory: '${data}'`);
  }
  const key = profile.ssh_key ?? '';
  if (key === '' || !(await call.context.files.exists(key))) {
    throw new CfyError(`[Errno 2] No such file or directory: '${key}'`);
  }
}

async function teardown(call: CfyCall): Promise<void> {
  if (call.options.force !== true) {
    throw new CfyError(
      "This action requires additional confirmation. Add the '-f/--force' flag to your command if you are certain this command should be executed.",
    );
  }
  const { profile } = await connect(call);
  if (call.options.ignore_deployments !== true) await refuseDeployments(call);
  if (!call.cli.saysConnection) call.log('Attempting to connect...');
  await findDump(call, profile);
  const say = (text: string) => {
    const at = new Date(call.context.now()).toISOString().replace('T', ' ').replace('Z', '');
    call.log(`${at}  CFY <manager> ${text}`);
  };
  say("Starting 'uninstall' workflow execution");
  for (const component of COMPONENTS) {
    const id = `${component}_${call.simulation.dice.word(6, 'abcdefghijklmnopqrstuvwxyz0123456789')}`;
    say(`[${id}] Stopping node`);
    await call.context.sleep(SECONDS_EACH);
    say(`[${id}] Deleting node`);
  }
  await call.simulation.change((world, now) => {
    const machine = machineAt(world, profile.manager_ip);
    return machine === undefined ? { world, effects: [], answer: null } : tearDown(world, machine.name, now);
  });
  say("'uninstall' workflow execution succeeded");
  await deleteProfile(call.context, profile.name);
}

export const TEARDOWN_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'teardown',
    before: '4.3',
    options: [
      { flags: ['-f', '--force'], name: 'force' },
      { flags: ['--ignore-deployments'], name: 'ignore_deployments' },
    ],
    run: teardown,
  },
];
