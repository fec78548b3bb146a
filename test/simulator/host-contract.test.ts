/** The simulated host keeps the launcher's contract. */
import { createHost } from '../../simulator/manager/host.ts';
import { type HostUnderTest, hostsContract } from '../support/hosts-contract.ts';
import { newKey } from '../support/sshd.ts';

/** Fast enough that no test waits long, slow enough that a status gets in between two commands. */
const TIMES_FASTER = 10;

async function simulated(): Promise<HostUnderTest> {
  const client = newKey();
  const sim = await createHost({
    ...{
      name: 'mgr1',
      address: '10.0.0.1',
      privateIp: '10.0.0.1',
      user: 'centos',
      authorizedKey: client.line,
    },
    clock: { t0: Date.UTC(2026, 0, 5), r0: Date.now(), k: TIMES_FASTER },
    commands: {},
    files: {
      '/var/lib/cutover/': { content: '', owner: 'centos', mode: 0o700 },
      '/home/centos/scratch/': { content: '', owner: 'centos' },
    },
  });
  const owned = { owner: 'centos' };
  return {
    host: {
      ...{
        name: 'mgr1',
        address: '10.0.0.1',
        private_ip: '10.0.0.1',
        env: {},
        state_dir: '/var/lib/cutover',
      },
      ssh: { host: '127.0.0.1', port: sim.port, user: 'centos' },
      host_keys: [sim.hostKey],
    },
    clientKey: client.secret,
    scratch: '/home/centos/scratch',
    read: (path) => sim.files.read(path).catch(() => undefined),
    write: (path, content) => sim.files.write(path, content, owned),
    makeDirectory: (path) => sim.files.makeDirectory(path, owned),
    mode: async (path) => (await sim.files.stat(path))?.mode ?? -1,
    reboot: () => sim.reboot(),
    askedReboots: async () =>
      sim.ledger.filter((entry) => entry.kind === 'reboot' && entry.attempt !== null).length,
    kill: sim.kill,
    unreachable: async (on) => sim.unreachable(on),
    async placesOf(text) {
      const found: string[] = [];
      const search = async (path: string): Promise<void> => {
        for (const name of await sim.files.list(path)) {
          const below = `${path}/${name}`;
          if ((await sim.files.stat(below))?.kind === 'dir') await search(below);
          else if (Buffer.from(await sim.files.read(below)).includes(text)) found.push(below);
        }
      };
      await search('/var/lib/cutover');
      for (const entry of sim.ledger)
        if (entry.kind === 'command' && entry.argv.some((arg) => arg.includes(text))) found.push(entry.name);
      return found;
    },
    close: sim.close,
  };
}

hostsContract('the simulated host', simulated);
