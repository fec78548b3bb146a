import type { CommandResult, HostCommand } from '../../host.ts';
import { CONFIG_FILE, INSTALLED_MARK, removeManager, SERVICES } from '../installation.ts';
import type { Simulation } from '../simulation.ts';
import { machineOf, withManager } from '../world-parts.ts';
import { readManagerArguments } from './manager-arguments.ts';
import { createCertificates, type InstallerCall, installManager, ManagerError } from './manager-install.ts';
import { INSTALLER } from './packages.ts';

/** ~2.5 minutes, one component after the other. */
const REMOVE_SECONDS_EACH = 14;

function minutesAndSeconds(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  return `Finished in ${Math.floor(seconds / 60)} minutes and ${seconds % 60} seconds`;
}

async function remove(call: InstallerCall): Promise<void> {
  if (!call.given.force)
    throw new ManagerError('BootstrapError: The --force flag must be passed to `cfy_manager remove`');
  const { context, simulation } = call;
  call.notice('Removing Cloudify Manager...');
  for (const { title } of SERVICES) {
    call.notice(`Removing ${title}...`);
    await context.sleep(REMOVE_SECONDS_EACH);
    call.notice(`${title} successfully removed`);
  }
  await simulation.change((world, now) => removeManager(world, context.hostName, now));
  call.notice('Cloudify Manager successfully removed!');
}

async function startStop(call: InstallerCall, verb: 'start' | 'stop' | 'restart'): Promise<void> {
  const { context, simulation, given } = call;
  if (!(await context.files.exists(INSTALLED_MARK))) {
    throw new ManagerError(
      `BootstrapError: Could not find ${INSTALLED_MARK}.\nThis most likely means that you need to run \`cfy_manager install\` before running \`cfy_manager ${verb}\``,
    );
  }
  if (verb !== 'start' && !given.force) {
    throw new ManagerError(`BootstrapError: The --force flag must be passed to \`cfy_manager ${verb}\``);
  }
  const set = (stopped: readonly string[]) =>
    simulation.change((world) => ({
      world: withManager(world, context.hostName, { stopped }),
      effects:
        stopped.length === 0
          ? [{ kind: 'reload' as const, host: context.hostName, what: 'all' as const }]
          : [],
      answer: null,
    }));
  if (verb !== 'start') {
    call.notice('Stopping Cloudify Manager services...');
    await context.sleep(30);
    await set(SERVICES.map((service) => service.unit));
    call.notice('Cloudify Manager services successfully stopped!');
  }
  if (verb === 'stop') return;
  call.notice('Starting Cloudify Manager services...');
  await context.sleep(45);
  await set([]);
  call.notice('Cloudify Manager services successfully started!');
}

async function dispatch(call: InstallerCall): Promise<void> {
  const { verb } = call.given;
  switch (verb) {
    case 'install':
    case 'configure':
      return installManager(call, verb);
    case 'remove':
      return remove(call);
    case 'start':
    case 'stop':
    case 'restart':
      return startStop(call, verb);
    case 'validate':
      await call.context.sleep(8);
      return call.notice('All validations passed successfully!');
    case 'sanity-check':
      await call.context.sleep(40);
      return call.notice('Manager sanity check successfully passed');
    case 'create-internal-certs':
    case 'create-external-certs':
    case 'create-pkcs12':
      return createCertificates(call, verb);
    default:
      throw new ManagerError(`simulator: cfy_manager ${verb} is not simulated`);
  }
}

/** It reads config.yaml before anything else; 660 root:wheel keeps others out. */
function denied(root: boolean): CommandResult | undefined {
  if (root) return undefined;
  return { stdout: `IOError: [Errno 13] Permission denied: '${CONFIG_FILE}'\n`, exitCode: 1 };
}

/** `cfy_manager` of whatever installer package is on the host. */
export function cfyManagerCommand(simulation: Simulation): HostCommand {
  return async (args, context) => {
    const installer = machineOf(await simulation.look(), context.hostName).packages.find(
      (each) => each.name === INSTALLER,
    );
    if (installer === undefined) return { stderr: 'cfy_manager: command not found\n', exitCode: 127 };
    const given = readManagerArguments(args, installer.version);
    if (typeof given === 'string') return { stderr: given, exitCode: 2 };
    const refused = denied(context.root);
    if (refused !== undefined) return refused;
    const began = context.now();
    const parts = installer.version.split('.');
    const version = parts.length === 2 ? `${installer.version}.0` : installer.version;
    const notice = (text: string) => {
      const at = new Date(context.now()).toISOString().replace('T', ' ').replace('.', ',').replace('Z', '');
      context.print(`${at} - [MAIN] - NOTICE - ${text}\n`);
    };
    try {
      await dispatch({ context, simulation, version, given, notice });
      notice(minutesAndSeconds(context.now() - began));
      return { exitCode: 0 };
    } catch (error) {
      if (!(error instanceof ManagerError)) throw error;
      const at = new Date(context.now()).toISOString().replace('T', ' ').replace('.', ',').replace('Z', '');
      return { stdout: `${at} - [MAIN] - ERROR - ${error.message}\n`, exitCode: 1 };
    }
  };
}
