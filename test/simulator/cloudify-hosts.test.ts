/** The world on real simulated hosts: SSH, a shell, a disk, scaled time. */

import ssh2 from 'ssh2';
import { afterEach, expect, it } from 'vitest';
import { inPlace42, migration41 } from '../../simulator/manager/cloudify/presets/presets.ts';
import { worldFor } from '../../simulator/manager/cloudify/presets/world-plan.ts';
import type { Preset } from '../../simulator/manager/cloudify/seed.ts';
import { type CloudifyWorld, createWorld } from '../../simulator/manager/cloudify/world.ts';
import { createHost, type SimulatedHost } from '../../simulator/manager/host.ts';
import { newKey } from '../../simulator/manager/host-key.ts';

/** A virtual minute in a fifth of a second. */
const K = 300;
const OLD = 'Tulip-under-glass-42';

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface Site {
  readonly world: CloudifyWorld;
  readonly hosts: ReadonlyMap<string, SimulatedHost>;
  /** As somebody with `ssh host command`, in the environment of a role. */
  type(role: string, line: string): Promise<Said>;
  /** Until the command says so; virtual minutes are short. */
  until(role: string, line: string, good: (said: Said) => boolean): Promise<Said>;
  close(): Promise<void>;
}

let site: Site;
afterEach(() => site.close());

function overSsh(port: number, privateKey: string, line: string): Promise<Said> {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    client.on('error', reject);
    // A reboot cuts it without an error; after the answer nobody minds.
    client.on('close', () => reject(new Error('the connection was cut')));
    client.on('ready', () => {
      client.exec(line, (error, channel) => {
        if (error !== undefined) return reject(error);
        const bytes = { out: [] as Buffer[], err: [] as Buffer[] };
        channel.on('data', (piece: Buffer) => bytes.out.push(piece));
        channel.stderr.on('data', (piece: Buffer) => bytes.err.push(piece));
        channel.on('close', (code: number) => {
          client.end();
          resolve({
            code,
            out: Buffer.concat(bytes.out).toString(),
            err: Buffer.concat(bytes.err).toString(),
          });
        });
        channel.end();
      });
    });
    client.connect({ host: '127.0.0.1', port, username: 'centos', privateKey });
  });
}

async function openSite(preset: Preset, k = K): Promise<Site> {
  const now = Date.now();
  const clock = { t0: now, r0: now, k };
  const key = newKey();
  const world = createWorld({ clock, preset });
  const hosts = new Map<string, SimulatedHost>();
  for (const { name } of world.seed.hosts) {
    const host = await createHost({ ...world.hostOptions(name), authorizedKey: key.pinned, clock });
    world.connect(host);
    hosts.set(name, host);
  }
  const type: Site['type'] = (role, line) => {
    const { host = role, env = {} } = world.seed.facts.roles[role] ?? {};
    const exports = Object.entries(env).map(([name, value]) => `export ${name}='${value}'; `);
    return overSsh(hosts.get(host)?.port ?? 0, key.secret, exports.join('') + line);
  };
  return {
    world,
    hosts,
    type,
    async until(role, line, good) {
      for (let tries = 0; tries < 200; tries++) {
        const said = await type(role, line).catch(() => undefined);
        if (said !== undefined && good(said)) return said;
        await new Promise((resolve) => void setTimeout(resolve, 50));
      }
      throw new Error(`waiting for ${line} on ${role}: it never came`);
    },
    async close() {
      for (const host of hosts.values()) await host.close();
      await world.close();
    },
  };
}

it('a probe asks the REST service through a pipe, and a snapshot has one digest on both disks', async () => {
  site = await openSite(inPlace42);

  const version = await site.type(
    'cli',
    `printf 'user = "admin:%s"\\n' '${OLD}' | curl -fsS -K - -H 'Tenant: default_tenant' http://10.20.0.10/api/version`,
  );
  await site.type('cli', 'cfy snapshots create snap');
  await site.until('cli', 'cfy snapshots list', ({ out }) => /\| +created +\|/.test(out));
  const downloaded = await site.type(
    'cli',
    'cd /home/centos; cfy snapshots download snap > /dev/null && sha256sum snap.zip',
  );
  const kept = await site.type('manager', 'sudo sha256sum /opt/manager/resources/snapshots/snap/snap.zip');
  const metadata = await site.type(
    'cli',
    'cd /home/centos; unzip -tq snap.zip && unzip -p snap.zip metadata.json',
  );

  expect(JSON.parse(version.out)).toMatchObject({ version: '4.2.0', edition: 'premium' });
  expect(downloaded.out.split(' ')[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(kept.out.split(' ')[0]).toBe(downloaded.out.split(' ')[0]);
  expect(metadata.out).toContain('"snapshot_version":"4.2.0"');
});

it('the name cfy is the release on the PATH of the role', async () => {
  site = await openSite(migration41);

  expect((await site.type('cli', 'cfy --version')).out).toContain('Cloudify CLI 4.1.1\n');
  expect((await site.type('new_cli', 'cfy --version')).out).toBe('Cloudify CLI 4.3.1\n');
  expect(await site.type('cli', 'cfy user list')).toMatchObject({ code: 2, out: '' });
});

it('rights of the host hold for the programs of the Manager', async () => {
  site = await openSite(migration41);

  const plain = await site.type('new', 'yum install -y /opt/cutover/cloudify-manager-install.rpm');
  const root = await site.type('new', 'sudo yum install -y /opt/cutover/cloudify-manager-install.rpm');
  const config = await site.type('new', 'sudo cat /etc/cloudify/config.yaml');

  expect(plain).toMatchObject({ code: 1 });
  expect(root).toMatchObject({ code: 0 });
  expect(config.out).toContain('private_ip');
});

it('a restore with certificates reboots the host for real, and the Manager comes back with them', async () => {
  site = await openSite(inPlace42);
  const manager = site.hosts.get('manager');
  const before = manager?.bootId;
  await site.type('cli', 'cfy snapshots create snap');
  await site.until('cli', 'cfy snapshots list', ({ out }) => /\| +created +\|/.test(out));

  const restored = await site.type('cli', 'cfy snapshots restore snap --force --restore-certificates');
  await site.until('manager', 'cat /proc/sys/kernel/random/boot_id', ({ out }) => out.trim() !== before);
  const status = await site.until('cli', 'cfy status', ({ out }) => out.includes('| PostgreSQL'));

  expect(restored.code).toBe(0);
  expect(manager?.ledger.filter((entry) => entry.kind === 'reboot')).toHaveLength(1);
  expect(status.out).not.toContain('dead');
  expect((await site.world.agents()).map(({ obeys }) => obeys)).toEqual(Array(4).fill('manager'));
});

it('a reboot takes the Manager away from its first moment to some time after the host is back', async () => {
  // Slow enough for a login while it boots (45 s) and one while its services start (75 s).
  site = await openSite(inPlace42, 15);
  const ask = `curl -sS -u admin:${OLD} http://10.20.0.10/api/version`;

  const back = site.hosts.get('manager')?.reboot();
  const during = await site.type('cli', ask);
  await back;
  const early = await site.type('cli', ask);
  const later = await site.until('cli', ask, ({ code }) => code === 0);

  expect(during).toMatchObject({ code: 7 });
  expect(early).toMatchObject({ code: 7 });
  expect(JSON.parse(later.out)).toMatchObject({ version: '4.2.0' });
});

it('scripts from the internet run in the shell of the host: as root they erase, and the digest proves them', async () => {
  site = await openSite(worldFor({ version: '4.0.1', to: '4.3.1', standbys: 1 }));
  const url =
    'https://raw.githubusercontent.com/cloudify-cosmo/cloudify-dev/d0ebbdc938cdbb2d713ff9ce8378e452f836b30c/scripts';
  const got = await site.type(
    'manager',
    `cd && curl -fL -o ~/cfy_teardown_4_0_0.sh ${url}/cfy_teardown_4_0_0.sh && curl -fL -o ~/delete_cluster_4_0_1.py ${url}/delete_cluster_4_0_1.py && sha256sum cfy_teardown_4_0_0.sh`,
  );
  expect(got.out).toMatch(
    /^650bab6de4c3f6dd48c10aaf37876c2fddcbf7ed670800d4443ad4e001f58d27 {2}cfy_teardown/,
  );
  const bare = await site.type('manager', 'sudo bash ~/cfy_teardown_4_0_0.sh');
  expect(bare).toMatchObject({ code: 1, out: expect.stringContaining('***') });
  const unprivileged = await site.type('manager', 'bash ~/cfy_teardown_4_0_0.sh -f');
  expect(unprivileged).toMatchObject({ code: 0, out: expect.stringContaining('Teardown complete!') });
  expect(await site.world.manager('manager')).not.toBeNull();

  await site.type('cli', 'cfy cluster nodes remove node-2');
  const torn = await site.type('manager', 'sudo bash ~/cfy_teardown_4_0_0.sh -f');
  expect(torn).toMatchObject({ code: 0, out: expect.stringContaining('Teardown complete!') });
  const cleared = await site.type(
    'manager',
    'sudo python ~/delete_cluster_4_0_1.py; test ! -e /var/pgdata && test ! -e /opt/manager && echo gone',
  );
  expect(cleared.out).toBe('gone\n');
  expect(await site.world.manager('manager')).toBeNull();
  const ran = site.hosts
    .get('manager')
    ?.ledger.filter((entry) => entry.kind === 'command' && entry.name === 'simulated_cfy_teardown');
  expect(ran?.map((entry) => entry.kind === 'command' && entry.root)).toEqual([true, false, true]);
});

it('the shell of a host knows sets that are negated by an exclamation mark', async () => {
  site = await openSite(inPlace42);
  const line = (word: string) => `case ${word} in *[!0-9.]*) echo other ;; *) echo digits ;; esac`;
  expect((await site.type('cli', line('10.20.0.10'))).out).toBe('digits\n');
  expect((await site.type('cli', line('10.20/.0'))).out).toBe('other\n');
});
