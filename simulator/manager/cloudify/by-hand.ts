/** What people do with their own hands in an upgrade, where no command of a step does it. */
import { issueCertificates } from './certificates.ts';
import { installedFiles, managerPackages, newManager } from './installation.ts';
import type { WorldSeed } from './seed.ts';
import type { Simulation } from './simulation.ts';
import { machineOf, withMachine } from './world-parts.ts';

/**
 * `cfy bootstrap` with the inputs of the first time (below 4.3 only): the Manager that this host had in the beginning, empty and
 * without a patch, with certificates of its own.
 * @throws Error when the host had none, or has one now
 */
export async function bootstrapAgain(
  simulation: Simulation,
  seed: WorldSeed,
  hostName: string,
): Promise<void> {
  const first = seed.hosts.find(({ name }) => name === hostName)?.manager ?? null;
  if (first === null) throw new Error(`bootstrapping ${hostName} again: it had no Manager`);
  const { version, edition, publicIp, privateIp, broker, networks, data } = first;
  const adminPassword = data.users.find(({ name }) => name === 'admin')?.password ?? '';
  await simulation.change<void>((world, now) => {
    const { manager: there, packages } = machineOf(world, hostName);
    if (there !== null) throw new Error(`bootstrapping ${hostName} again: ${there.version} is there`);
    const manager = newManager(
      {
        ...{ version, edition, publicIp, privateIp, adminPassword, broker, networks, now },
        certificates: issueCertificates(
          version,
          { privateIp, publicIp, networks: Object.values(networks) },
          simulation.dice,
        ),
        bootstrapDump: true,
      },
      simulation.dice,
    );
    return {
      world: withMachine(world, hostName, {
        manager,
        packages: [...packages, ...managerPackages(version)],
      }),
      effects: installedFiles(hostName, manager),
      answer: undefined,
    };
  });
}
