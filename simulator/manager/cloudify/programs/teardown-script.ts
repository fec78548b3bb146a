import type { HostCommand } from '../../host.ts';
import { CLUSTER_UNITS } from '../cluster.ts';
import { tearDown } from '../installation.ts';
import type { Simulation } from '../simulation.ts';
import { machineOf, withMachine } from '../world-parts.ts';

/** In the order of the script. */
const COMPONENTS = [
  ...[
    'ip-setter',
    'syncthing',
    'stage',
    'logstash',
    'riemann',
    'amqpinflux',
    'java',
    'mgmtworker',
    'influxdb',
  ],
  ...['nginx', 'restservice', 'rabbitmq', 'postgresql'],
];
/** About a minute and a half in all. */
const SECONDS_EACH = 7;

const BANNER = `
*** This script removes Cloudify Manager and all its data from this machine. ***
*** Run it with -f as its first argument if that is what you want.           ***
`;

/**
 * What the stand-ins of the teardown scripts call, with their own name, whether they know of Consul, and their words. The
 * first word must be `-f`. Whatever failed on the way, it says that it is complete and ends with 0.
 */
export function teardownScriptCommand(simulation: Simulation): HostCommand {
  return async ([, consul = '', first], context) => {
    if (first !== '-f') return { stdout: BANNER, exitCode: 1 };
    const host = context.hostName;
    for (const component of COMPONENTS) {
      context.print(`Removing ${component}...\n`);
      if (!context.root)
        context.printError(
          `Failed to stop cloudify-${component}.service: Interactive authentication required.\n`,
        );
      await context.sleep(context.root ? SECONDS_EACH : 0);
    }
    if (context.root) {
      await simulation.change((world, now) => {
        const torn = tearDown(world, host, now);
        // Up to the last good commit it stops Consul; the cluster's database and its unit are the other script's business.
        const { clusterLeftovers } = machineOf(torn.world, host);
        const left = clusterLeftovers.filter((unit) => consul !== 'consul' || unit !== CLUSTER_UNITS[1]);
        return { ...torn, world: withMachine(torn.world, host, { clusterLeftovers: left }) };
      });
    }
    return { stdout: 'Teardown complete!\n', exitCode: 0 };
  };
}
