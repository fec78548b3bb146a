import type { CommandContext } from '../../host.ts';
import { authorityOf, INTERNAL_CERTIFICATE, issueCertificates, parseCertificate } from '../certificates.ts';
import { CONFIG_FILE, INSTALLED_MARK, installedFiles, managerPackages, newManager } from '../installation.ts';
import type { Edition, Manager, World } from '../model.ts';
import type { Simulation } from '../simulation.ts';
import { atLeast } from '../version.ts';
import { machineOf, withMachine } from '../world-parts.ts';
import type { ManagerArguments } from './manager-arguments.ts';
import {
  dumpConfig,
  givenCertificates,
  type ManagerConfig,
  parseConfig,
  withDefaults,
} from './manager-config.ts';

/** Ends `cfy_manager` with exit code 1; the text is `ErrorClass: message`. */
export class ManagerError extends Error {
  override name = 'ManagerError';
}

export interface InstallerCall {
  readonly context: CommandContext;
  readonly simulation: Simulation;
  readonly version: string;
  readonly given: ManagerArguments;
  /** A line at NOTICE, which is always shown. */
  notice(text: string): void;
}

/** ~12 minutes in all, as the documentation's 10–20. */
const COMPONENTS: readonly (readonly [string, number])[] = [
  ['Manager Resources', 40],
  ['Manager IP Setter', 10],
  ['Nginx', 45],
  ['Python dependencies', 15],
  ['PostgreSQL', 90],
  ['RabbitMQ', 75],
  ['Rest Service', 120],
  ['InfluxDB', 40],
  ['AMQPInflux', 20],
  ['Java', 25],
  ['AMQP-Postgres', 20],
  ['Stage', 60],
  ['Composer', 40],
  ['Management Worker', 60],
  ['Riemann', 25],
  ['CLI', 15],
];
const SANITY_SECONDS = 40;

interface Settings {
  readonly config: ManagerConfig;
  readonly privateIp: string;
  readonly publicIp: string;
  readonly cleanDb: boolean;
  readonly password: string;
}

async function readConfig(call: InstallerCall): Promise<ManagerConfig> {
  const { files } = call.context;
  if (!(await files.exists(CONFIG_FILE))) {
    throw new ManagerError(`InputError: User config file (${CONFIG_FILE}) does not exist`);
  }
  const config = parseConfig(await files.readText(CONFIG_FILE));
  if (typeof config === 'string') {
    throw new ManagerError(
      `InputError: User config file (${CONFIG_FILE}) is not a properly formatted YAML file: ${config}`,
    );
  }
  return withDefaults(config, call.version);
}

async function settingsOf(call: InstallerCall): Promise<Settings> {
  const { given, context, simulation } = call;
  const config = await readConfig(call);
  const installedBefore = await context.files.exists(INSTALLED_MARK);
  const cleanDb = given.cleanDb || !installedBefore;
  if (given.adminPassword !== undefined && !cleanDb) {
    throw new ManagerError(
      'BootstrapError: The --admin-password argument can only be used in conjunction with the --clean-db flag.',
    );
  }
  const privateIp = given.privateIp ?? config.manager?.private_ip ?? '';
  const publicIp = given.publicIp ?? config.manager?.public_ip ?? '';
  const missing = [...(privateIp === '' ? ['private_ip'] : []), ...(publicIp === '' ? ['public_ip'] : [])];
  if (missing.length > 0) {
    throw new ManagerError(
      `ValidationError: Validation failed: ${missing.join(' and ')} not set in ${CONFIG_FILE} (manager section) and not given as an argument`,
    );
  }
  const set = given.adminPassword ?? config.manager?.security?.admin_password ?? '';
  const password = set === '' ? simulation.dice.word(12) : set;
  if (set === '' && cleanDb) call.notice(passwordLine(call.version, password));
  return { config, privateIp, publicIp, cleanDb, password };
}

/** Nobody can read it elsewhere but in config.yaml, so the installer prints it. */
function passwordLine(version: string, password: string): string {
  if (!atLeast(version, '4.4')) return `Generated password: ${password}`;
  return atLeast(version, '4.5') ? `Admin password: ${password}` : `Generated password: ${password}`;
}

async function editionOf(context: CommandContext): Promise<Edition> {
  const file = '/opt/cloudify/manager-install/edition';
  const text = (await context.files.exists(file)) ? await context.files.readText(file) : 'premium';
  return text.trim() === 'community' ? 'community' : 'premium';
}

/** Puts the Manager into the world: new, or the old data under the settings of now. */
async function putManager(call: InstallerCall, settings: Settings, edition: Edition): Promise<void> {
  const { context, simulation, version } = call;
  const { config, privateIp, publicIp, cleanDb, password } = settings;
  const given = await givenCertificates(config, context.files);
  if (typeof given === 'string') throw new ManagerError(`ValidationError: Validation failed: ${given}`);
  const networks = config.agent?.networks ?? {};
  await simulation.change((world, now) => {
    const issued = issueCertificates(
      version,
      { privateIp, publicIp, networks: Object.values(networks) },
      simulation.dice,
    );
    const broker = {
      user: config.rabbitmq?.username ?? 'cloudify',
      password: config.rabbitmq?.password ?? 'c10udify',
    };
    const certificates = { ...issued, ...given };
    const fresh = newManager(
      { version, edition, publicIp, privateIp, adminPassword: password, broker, networks, certificates, now },
      simulation.dice,
    );
    const old = machineOf(world, context.hostName).manager;
    const manager: Manager =
      old === null || cleanDb
        ? fresh
        : {
            ...fresh,
            data: old.data,
            executions: old.executions,
            snapshots: old.snapshots,
            hashSalt: old.hashSalt,
            cluster: old.cluster,
            removedFromCluster: old.removedFromCluster,
          };
    return {
      world: placed(world, context.hostName, manager),
      effects: installedFiles(context.hostName, manager),
      answer: null,
    };
  });
}

function placed(world: World, hostName: string, manager: Manager): World {
  const own = managerPackages(manager.version);
  const names = own.map((each) => each.name);
  const { packages } = machineOf(world, hostName);
  return withMachine(world, hostName, {
    manager,
    packages: [...packages.filter((each) => !names.includes(each.name)), ...own],
  });
}

/** A sanity test that dies leaves its blueprint and its key; the next restore then finds a Manager that is not empty. */
async function sanity(call: InstallerCall): Promise<void> {
  const { context, simulation } = call;
  call.notice('Running Manager sanity check...');
  await context.sleep(SANITY_SECONDS);
  const broken = await simulation.change((world, now) => {
    const { failNextInstall } = world.switches;
    if (!failNextInstall.includes(context.hostName)) return { world, effects: [], answer: false };
    const switches = {
      ...world.switches,
      failNextInstall: failNextInstall.filter((name) => name !== context.hostName),
    };
    const blueprint = { id: 'sanity', tenant: 'default_tenant', createdAt: now, createdBy: 'admin' };
    const manager = machineOf(world, context.hostName).manager;
    const next =
      manager === null
        ? world
        : withMachine(world, context.hostName, {
            manager: {
              ...manager,
              data: { ...manager.data, blueprints: [...manager.data.blueprints, blueprint] },
            },
          });
    return { world: { ...next, switches }, effects: [], answer: true };
  });
  if (broken)
    throw new ManagerError(
      'ProcessExecutionError: sanity: the deployment did not come up within 300 seconds',
    );
  call.notice('Manager sanity check successfully passed');
}

function finish(call: InstallerCall, settings: Settings, verb: 'install' | 'configure'): void {
  const later = atLeast(call.version, '4.5');
  const noun = verb === 'install' ? 'Installation' : 'Configuration';
  call.notice(
    later
      ? `${noun} finished successfully!`
      : `Cloudify Manager successfully ${verb === 'install' ? 'installed' : 'configured'}!`,
  );
  if (
    !atLeast(call.version, '4.4') &&
    (settings.config.manager?.security?.admin_password ?? '') === '' &&
    settings.cleanDb &&
    call.given.adminPassword === undefined
  ) {
    call.notice(`Manager password is ${settings.password}`);
  }
  const protocol = settings.config.manager?.security?.ssl_enabled === true ? 'https' : 'http';
  call.notice(`Manager is up at ${protocol}://${settings.publicIp}`);
  call.notice('#'.repeat(50));
  call.notice('To install the default plugins bundle run:');
  call.notice("'cfy plugins bundle-upload'");
  call.notice('#'.repeat(50));
}

/** `install` and `configure`. */
export async function installManager(call: InstallerCall, verb: 'install' | 'configure'): Promise<void> {
  const { context } = call;
  if (verb === 'configure' && !(await context.files.exists(INSTALLED_MARK))) {
    throw new ManagerError(
      `BootstrapError: Could not find ${INSTALLED_MARK}.\nThis most likely means that you need to run \`cfy_manager install\` before running \`cfy_manager configure\``,
    );
  }
  call.notice(
    `${verb === 'install' ? 'Installing' : 'Configuring'} ${atLeast(call.version, '4.5') ? 'desired components' : 'Cloudify Manager'}...`,
  );
  const settings = await settingsOf(call);
  const edition = await editionOf(context);
  call.notice('Validating local machine...');
  await context.sleep(8);
  call.notice('All validations passed successfully!');
  await context.files.makeDirectory('/opt/manager');
  const share = verb === 'install' ? 1 : 0.4;
  for (const [component, seconds] of COMPONENTS) {
    call.notice(`${verb === 'install' ? 'Installing' : 'Configuring'} ${component}...`);
    await context.sleep(seconds * share);
    if (component === 'Rest Service') await refuseForeignIp(call, settings);
    call.notice(`${component} successfully ${verb === 'install' ? 'installed' : 'configured'}`);
  }
  await putManager(call, settings, edition);
  if (settings.config.sanity?.skip_sanity !== true) await sanity(call);
  const manager = {
    ...settings.config.manager,
    private_ip: settings.privateIp,
    public_ip: settings.publicIp,
  };
  const security = { ...manager.security, admin_password: settings.password };
  await context.files.write(
    CONFIG_FILE,
    dumpConfig({ ...settings.config, manager: { ...manager, security } }),
    { mode: 0o660 },
  );
  await context.files.write(INSTALLED_MARK, '');
  finish(call, settings, verb);
}

/** Nothing checks the address beforehand; the REST service simply does not come up on one that is not the host's. */
async function refuseForeignIp(call: InstallerCall, { privateIp }: Settings): Promise<void> {
  const machine = machineOf(await call.simulation.look(), call.context.hostName);
  if (privateIp === machine.privateIp || privateIp === machine.publicIp) return;
  throw new ManagerError(
    `NetworkError: Failed to connect to http://${privateIp}:80/api/v2.1/blueprints: [Errno 113] No route to host`,
  );
}

/** `create-internal-certs` and its like: new files; what runs goes on with the old ones until its next start. */
export async function createCertificates(call: InstallerCall, kind: string): Promise<void> {
  const { context, simulation, version } = call;
  const world = await simulation.look();
  const machine = machineOf(world, context.hostName);
  const manager = machine.manager;
  const addresses = {
    privateIp: machine.privateIp,
    publicIp: machine.publicIp,
    networks: Object.values(manager?.networks ?? {}),
  };
  const issued = issueCertificates(version, addresses, simulation.dice);
  for (const [name, text] of Object.entries(issued)) {
    const external = name.includes('external');
    if (external !== (kind === 'create-external-certs')) continue;
    if (kind === 'create-pkcs12' && !name.endsWith('.p12')) continue;
    await context.files.write(`/etc/cloudify/ssl/${name}`, text);
  }
  call.notice(`Created ${parseCertificate(issued[INTERNAL_CERTIFICATE])?.id ?? ''} (${authorityOf(issued)})`);
}
