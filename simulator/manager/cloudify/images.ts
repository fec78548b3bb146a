import type { HostFiles } from '../host.ts';
import type { Machine } from './model.ts';
import type { Simulation } from './simulation.ts';
import { machineOf, withMachine } from './world-parts.ts';

/**
 * Images of a whole machine, as the cloud or hypervisor takes them: what people keep before an erasing step, and go back to.
 * Homes lie on a volume of their own and are not part of it.
 */
export interface Images {
  take(hostName: string): Promise<void>;
  /** The machine as it was, and a boot. @throws Error when none was taken */
  restore(hostName: string): Promise<void>;
}

interface KeptFile {
  readonly content: Uint8Array;
  readonly mode: number;
  readonly owner: string;
}

interface Image {
  readonly machine: Machine;
  readonly files: ReadonlyMap<string, KeptFile>;
}

const DIRECTORIES = ['/etc', '/opt', '/var'] as const;

async function collect(files: HostFiles, path: string, into: Map<string, KeptFile>): Promise<void> {
  const stat = await files.stat(path);
  if (stat?.kind === 'file') {
    into.set(path, { content: await files.read(path), mode: stat.mode, owner: stat.owner });
    return;
  }
  if (stat?.kind !== 'dir') return;
  for (const name of await files.list(path)) await collect(files, `${path}/${name}`, into);
}

export function createImages(simulation: Simulation): Images {
  const images = new Map<string, Image>();
  const filesOf = (hostName: string): HostFiles => {
    const files = simulation.files(hostName);
    if (files === undefined)
      throw new Error(`taking an image of ${hostName}: no simulated host is connected to it`);
    return files;
  };
  return {
    async take(hostName) {
      const kept = new Map<string, KeptFile>();
      for (const directory of DIRECTORIES) await collect(filesOf(hostName), directory, kept);
      images.set(hostName, { machine: machineOf(await simulation.look(), hostName), files: kept });
    },
    async restore(hostName) {
      const image = images.get(hostName);
      if (image === undefined) throw new Error(`restoring the image of ${hostName}: none was taken`);
      const files = filesOf(hostName);
      const now = new Map<string, KeptFile>();
      for (const directory of DIRECTORIES) await collect(files, directory, now);
      for (const path of now.keys()) if (!image.files.has(path)) await files.remove(path);
      for (const [path, { content, ...how }] of image.files) await files.write(path, content, how);
      await simulation.change((world) => ({
        world: withMachine(world, hostName, image.machine),
        effects: [{ kind: 'reboot', host: hostName }],
        answer: null,
      }));
    },
  };
}
