import type { ClockScale } from '../../../src/core/clock.ts';
import type { HostCommand, HostOptions } from '../host.ts';
import { healers, obeyedBy } from './brokers.ts';
import { bootstrapAgain } from './by-hand.ts';
import { cfyCommand } from './cfy/cfy.ts';
import { cliRelease } from './cfy/releases.ts';
import { seededDice } from './dice.ts';
import { createFaults, type Faults } from './faults.ts';
import { createImages, type Images } from './images.ts';
import type { Agent, Machine, Manager, World } from './model.ts';
import { cfyManagerCommand } from './programs/cfy-manager.ts';
import { curlCommand } from './programs/curl.ts';
import { opensslCommand } from './programs/openssl.ts';
import { TEARDOWN_PROGRAM } from './programs/published-scripts.ts';
import { pythonCommand } from './programs/python.ts';
import { rpmCommand } from './programs/rpm.ts';
import { sha256sumCommand } from './programs/sha256sum.ts';
import { dfCommand, duCommand, ssCommand, uuidgenCommand } from './programs/small-programs.ts';
import { systemctlCommand } from './programs/systemctl.ts';
import { teardownScriptCommand } from './programs/teardown-script.ts';
import { unzipCommand } from './programs/unzip.ts';
import { yumCommand } from './programs/yum.ts';
import type { HostSeed, Preset, WorldSeed } from './seed.ts';
import {
  createSimulation,
  type Simulation,
  scaledWorldClock,
  type WorldClock,
  type WorldHost,
} from './simulation.ts';

/**
 * A simulated Cloudify world: Managers, the hosts on which they run, the agents that obey them, and the commands that
 * people run there. The hosts themselves (SSH, shell, files) come from ../host.ts:
 *
 *     const world = createWorld({ clock, preset: inPlace42 });
 *     const host = await createHost({ ...world.hostOptions('manager'), authorizedKey, clock });
 *     world.connect(host);
 *
 * Which `cfy` a command means: the first directory of its PATH in which one of the host's CLIs lies.
 */
export interface CloudifyWorld {
  readonly seed: WorldSeed;
  readonly faults: Faults;
  readonly images: Images;
  commandsFor(hostName: string): { readonly [name: string]: HostCommand };
  /** Everything that a host of this world needs; the caller adds key and clock. */
  hostOptions(
    hostName: string,
  ): Pick<HostOptions, 'name' | 'address' | 'privateIp' | 'user' | 'commands' | 'onReboot' | 'files'>;
  /** Without it, nothing is written to the host's disk, and a restore with certificates does not reboot it. */
  connect(host: WorldHost): void;
  onReboot(hostName: string): void;
  /** null: none is installed there. As of now. */
  manager(hostName: string): Promise<Manager | null>;
  machine(hostName: string): Promise<Machine>;
  /** Every agent and the host whose Manager it obeys; null when none can reach it. */
  agents(): Promise<readonly { readonly agent: Agent; readonly obeys: string | null }[]>;
  /** Hosts whose Manager would heal this deployment now. */
  healers(tenant: string, deployment: string): Promise<readonly string[]>;
  /** A person bootstraps the Manager that this host had in the beginning (below 4.3). */
  bootstrapAgain(hostName: string): Promise<void>;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly clock: ClockScale | WorldClock;
  readonly preset: Preset;
  /** For passwords, ids and certificates; the same seed gives the same ones. */
  readonly seed?: number;
}

function startOf(seed: WorldSeed): World {
  const machines = seed.hosts.map((host): readonly [string, Machine] => [
    host.name,
    {
      name: host.name,
      publicIp: host.publicIp,
      privateIp: host.privateIp,
      packages: host.packages,
      manager: host.manager,
      clusterLeftovers: [],
      upFrom: 0,
    },
  ]);
  const none: readonly string[] = [];
  return {
    machines: Object.fromEntries(machines),
    agents: seed.agents,
    switches: {
      failNextSnapshot: none,
      failNextRestore: none,
      failNextAgents: none,
      failNextInstall: none,
      tamperNextDownload: none,
      held: none,
    },
  };
}

/** `cfy` by name finds its release on the PATH; by its full path it is the one that lies there. */
function cfyCommands(host: HostSeed, simulation: Simulation): { readonly [name: string]: HostCommand } {
  const byDirectory = new Map(
    host.clis.map((cli) => [cli.bin, cfyCommand(cliRelease(cli.version), simulation)]),
  );
  const cfy: HostCommand = (args, context) => {
    const directories = (context.env.PATH ?? '').split(':');
    const found = directories
      .map((directory) => byDirectory.get(directory))
      .find((each) => each !== undefined);
    return found?.(args, context) ?? Promise.resolve({ stderr: 'cfy: command not found\n', exitCode: 127 });
  };
  const byPath = [...byDirectory].map(([directory, command]) => [`${directory}/cfy`, command] as const);
  return { cfy, ...Object.fromEntries(byPath) };
}

function commandsOf(host: HostSeed, simulation: Simulation): { readonly [name: string]: HostCommand } {
  return {
    ...cfyCommands(host, simulation),
    cfy_manager: cfyManagerCommand(simulation),
    yum: yumCommand(simulation),
    rpm: rpmCommand(simulation),
    systemctl: systemctlCommand(simulation),
    curl: curlCommand(simulation),
    unzip: unzipCommand,
    python: pythonCommand(simulation),
    sha256sum: sha256sumCommand,
    openssl: opensslCommand,
    [TEARDOWN_PROGRAM]: teardownScriptCommand(simulation),
    ss: ssCommand(simulation),
    uuidgen: uuidgenCommand(simulation),
    df: dfCommand,
    du: duCommand,
  };
}

export function createWorld(options: WorldOptions): CloudifyWorld {
  const clock = 'now' in options.clock ? options.clock : scaledWorldClock(options.clock);
  const dice = seededDice(options.seed ?? 1);
  const seed = options.preset(dice, clock.now());
  const simulation = createSimulation(startOf(seed), clock, dice);
  const find = (hostName: string): HostSeed => {
    const host = seed.hosts.find((each) => each.name === hostName);
    if (host === undefined) throw new Error(`looking for the host ${hostName}: this world has no such host`);
    return host;
  };
  const machine = async (hostName: string): Promise<Machine> => {
    find(hostName);
    const found = (await simulation.look()).machines[hostName];
    if (found === undefined) throw new Error(`looking for the machine ${hostName}: the world has lost it`);
    return found;
  };
  return {
    seed,
    faults: createFaults(simulation),
    images: createImages(simulation),
    commandsFor: (hostName) => commandsOf(find(hostName), simulation),
    hostOptions(hostName) {
      const { name, publicIp, privateIp, user, files } = find(hostName);
      const onReboot = () => simulation.booted(hostName);
      return {
        name,
        address: publicIp,
        privateIp,
        user,
        files,
        onReboot,
        commands: commandsOf(find(hostName), simulation),
      };
    },
    connect: (host) => simulation.connect(host),
    onReboot: (hostName) => simulation.booted(hostName),
    manager: async (hostName) => (await machine(hostName)).manager,
    machine,
    async agents() {
      const world = await simulation.look();
      return world.agents.map((agent) => ({ agent, obeys: obeyedBy(world, agent, simulation.now()) }));
    },
    healers: async (tenant, deployment) =>
      healers(await simulation.look(), tenant, deployment, simulation.now()),
    bootstrapAgain: (hostName) => bootstrapAgain(simulation, seed, hostName),
    close: () => simulation.close(),
  };
}
