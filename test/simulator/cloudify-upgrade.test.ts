import { afterEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { readSnapshot } from '../../simulator/manager/cloudify/archive.ts';
import { INTERNAL_CERTIFICATE, parseCertificate } from '../../simulator/manager/cloudify/certificates.ts';
import type { Manager } from '../../simulator/manager/cloudify/model.ts';
import { inPlace42, migration41 } from '../../simulator/manager/cloudify/presets/presets.ts';
import { type Bench, createBench, rest, sha256 } from './cloudify-bench.ts';

const OLD = 'Tulip-under-glass-42';
const NEW = 'Harbour-light-4301';
const RPM = '/opt/cutover/cloudify-manager-install.rpm';

let bench: Bench;
afterEach(() => bench.close());

function executionId(out: string): string {
  return /execution's id is (?<id>[0-9a-f-]{36})/.exec(out)?.groups?.id ?? 'none';
}

async function snapshot(id = 'snap'): Promise<void> {
  expect(await bench.run('cli', `cfy snapshots create ${id}`)).toMatchObject({ code: 0 });
  await bench.clock.advance(125);
  const path = `/home/centos/${id}.zip`;
  expect(await bench.run('cli', `cfy snapshots download ${id} -o ${path}`)).toMatchObject({ code: 0 });
}

interface Config {
  readonly ip: string;
  readonly networks?: { readonly [name: string]: string };
  readonly broker?: { readonly username: string; readonly password: string };
  readonly password?: string;
}

async function install(host: string, { ip, networks = {}, broker, password = NEW }: Config) {
  expect(await bench.run(host, `yum install -y ${RPM}`, { root: true })).toMatchObject({ code: 0 });
  await bench.files(host).write(
    '/etc/cloudify/config.yaml',
    stringify({
      manager: { private_ip: ip, public_ip: ip, security: { admin_password: password } },
      agent: { networks },
      ...(broker === undefined ? {} : { rabbitmq: broker }),
    }),
  );
  return bench.run(host, 'cfy_manager install', { root: true });
}

async function teardown(): Promise<void> {
  expect(await bench.run('cli', 'cfy teardown -f --ignore-deployments')).toMatchObject({ code: 0 });
}

async function login(ip: string): Promise<void> {
  expect(
    await bench.run('new_cli', `cfy profiles use ${ip} -u admin -p ${NEW} -t default_tenant`),
  ).toMatchObject({ code: 0 });
}

async function upload(id = 'snap'): Promise<void> {
  expect(
    await bench.run('new_cli', `cfy snapshots upload /home/centos/${id}.zip --snapshot-id ${id}`),
  ).toMatchObject({ code: 0 });
}

async function managerOn(host: string): Promise<Manager> {
  const manager = await bench.world.manager(host);
  if (manager === null) throw new Error(`no Manager on ${host}`);
  return manager;
}

async function restoreState(
  host: string,
  id: string,
): Promise<{ status: string | undefined; error: string }> {
  const found = (await managerOn(host)).executions.find((each) => each.id === id);
  return { status: found?.status, error: found?.error ?? '' };
}

async function obeyed(): Promise<readonly (string | null)[]> {
  return (await bench.world.agents()).map((each) => each.obeys);
}

/** Everything up to the restore of an in-place upgrade 4.2 → 4.3.1. */
async function replacedInPlace(config: Partial<Config> = {}): Promise<void> {
  bench = createBench(inPlace42);
  await snapshot();
  await teardown();
  const installed = await install('manager', {
    ip: '10.20.0.10',
    networks: { mgmt_net: '10.30.0.10' },
    ...config,
  });
  expect(installed).toMatchObject({ code: 0 });
  await login('10.20.0.10');
  await upload();
}

async function movedFrom41(): Promise<void> {
  bench = createBench(migration41);
  await snapshot();
  expect(await install('new', { ip: '10.20.0.12', networks: { mgmt_net: '10.20.0.12' } })).toMatchObject({
    code: 0,
  });
  await login('10.20.0.12');
  await upload();
}

describe('snapshots', () => {
  it('take about two minutes, and are the same bytes on every end', async () => {
    bench = createBench(inPlace42);
    await bench.run('cli', 'cfy snapshots create snap');

    await bench.clock.advance(100);
    expect((await bench.run('cli', 'cfy snapshots list')).out).toContain('creating');
    await bench.clock.advance(25);
    await bench.run('cli', 'cfy snapshots download snap -o /home/centos/snap.zip');

    const downloaded = await bench.files('cli').read('/home/centos/snap.zip');
    const kept = await bench.files('manager').read('/opt/manager/resources/snapshots/snap/snap.zip');
    expect(sha256(downloaded)).toBe(sha256(kept));
    expect(downloaded.length).toBeGreaterThan(10_000);
  });

  it('the execution ends well although the snapshot failed', async () => {
    bench = createBench(inPlace42);
    await bench.world.faults.failNextSnapshot('manager');

    const created = await bench.run('cli', 'cfy snapshots create snap');
    await bench.clock.advance(125);
    const execution = await bench.run('cli', `cfy executions get ${executionId(created.out)}`);
    const listed = await bench.run('cli', 'cfy snapshots list');
    const downloaded = await bench.run('cli', 'cfy snapshots download snap');
    const restored = await bench.run('cli', 'cfy snapshots restore snap');

    expect(created).toMatchObject({ code: 0 });
    expect(execution.out).toContain('| terminated |');
    expect(listed.out).toMatch(/\| +snap +\| +\S+ \S+ +\| +failed +\| +\[Errno 28\] No space left on device/);
    expect(downloaded).toMatchObject({ code: 1 });
    expect(downloaded.out).toContain('400: Failed snapshot cannot be downloaded');
    expect(restored.out).toContain('400: Failed snapshot cannot be restored');
  });

  it('a busy Manager refuses, names what runs and leaves nothing behind', async () => {
    bench = createBench(inPlace42);
    const running = await bench.world.faults.startExecution('manager', {
      workflow: 'scale',
      deployment: 'dns-edge',
      tenant: 'telecom',
      seconds: 300,
    });

    const refused = await bench.run('cli', 'cfy snapshots create snap');
    const listed = await bench.run('cli', 'cfy snapshots list');
    await bench.clock.advance(310);
    const again = await bench.run('cli', 'cfy snapshots create snap');

    expect(refused).toMatchObject({ code: 1, err: '' });
    expect(refused.out).toBe(
      `Creating snapshot snap...\nAn error occurred on the server: 400: You cannot start a system-wide execution if there are other executions running. Currently running executions: [u'${running}']\n`,
    );
    expect(listed.out).not.toContain('snap ');
    expect(again).toMatchObject({ code: 0 });
  });

  it('while one is being made nothing else may start', async () => {
    bench = createBench(inPlace42);
    await bench.run('cli', 'cfy snapshots create snap');

    const second = await bench.run('cli', 'cfy snapshots create other');
    const same = await bench.run('cli', 'cfy snapshots create snap');

    expect(second.out).toContain('400: You cannot start a system-wide execution');
    expect(same.out).toContain('409: <Snapshot id=`snap` tenant=`default_tenant`> already exists');
  });

  it('maintenance mode blocks them up to 4.4', async () => {
    bench = createBench(inPlace42);
    await bench.run('cli', 'cfy maintenance-mode activate --wait');

    const refused = await bench.run('cli', 'cfy snapshots create snap');
    await bench.run('cli', 'cfy maintenance-mode deactivate');

    expect(refused).toMatchObject({ code: 1 });
    expect(refused.out).toContain(
      '503: Your request was rejected since Cloudify manager is currently in maintenance mode',
    );
    expect(await bench.run('cli', 'cfy snapshots create snap')).toMatchObject({ code: 0 });
  });

  it('maintenance mode waits for what runs', async () => {
    bench = createBench(inPlace42);
    await bench.world.faults.startExecution('manager', {
      workflow: 'heal',
      deployment: 'dns-edge',
      tenant: 'telecom',
      seconds: 120,
    });

    await bench.run('cli', 'cfy maintenance-mode activate');
    const waiting = await bench.run('cli', 'cfy maintenance-mode status');
    const blocked = await bench.run('cli', 'cfy snapshots create snap');
    await bench.clock.advance(125);
    const closed = await bench.run('cli', 'cfy maintenance-mode status');

    expect(waiting.out).toContain('Status:\tactivating');
    expect(waiting.out).toContain('one running or pending execution');
    expect(blocked).toMatchObject({ code: 1 });
    expect(closed.out).toContain('Status:\tactivated');
  });

  it('a wait for maintenance mode that is too short times out with exit code 1', async () => {
    bench = createBench(inPlace42);
    await bench.world.faults.holdExecutions('manager');
    await bench.world.faults.startExecution('manager', {
      workflow: 'heal',
      deployment: 'dns-edge',
      tenant: 'telecom',
      seconds: 5,
    });

    const ran = await bench.run('cli', 'cfy maintenance-mode activate --wait --timeout 60');

    expect(ran).toMatchObject({ code: 1 });
    expect(ran.out).toContain('Timed out while entering maintenance mode.');
  });

  it.each([
    [
      inPlace42,
      '4.2.0',
      ['hash_salt.json', 'admin_account.json', 'networks.json', 'ssl/cloudify_internal_ca_cert.pem'],
    ],
    [migration41, '4.1.1', ['ssl/cloudify_internal_ca_cert.pem', 'agents.json', 'pg_data']],
  ])('hold what their release puts in (%#)', async (preset, version, members) => {
    bench = createBench(preset);
    await snapshot();

    const listed = await bench.run('cli', 'unzip -l /home/centos/snap.zip');
    const tested = await bench.run('cli', 'unzip -tq /home/centos/snap.zip');
    const metadata = await bench.run('cli', 'unzip -p /home/centos/snap.zip metadata.json');
    const agents = await bench.run('cli', 'unzip -p /home/centos/snap.zip agents.json');
    const salt = await bench.run('cli', 'unzip -l /home/centos/snap.zip hash_salt.json');

    for (const member of members) expect(listed.out).toContain(member);
    expect(tested).toMatchObject({
      code: 0,
      out: 'No errors detected in compressed data of /home/centos/snap.zip.\n',
    });
    expect(JSON.parse(metadata.out)).toMatchObject({ snapshot_version: version });
    expect(Object.keys(JSON.parse(agents.out)).sort()).toEqual(['default_tenant', 'telecom']);
    expect(salt.code).toBe(version === '4.2.0' ? 0 : 11);
  });

  it('a damaged or cut archive is seen by unzip and refused by the Manager', async () => {
    bench = createBench(inPlace42);
    await snapshot();
    const whole = await bench.files('cli').read('/home/centos/snap.zip');
    await bench.files('cli').write('/home/centos/cut.zip', whole.slice(0, 4000));
    const flipped = whole.slice();
    flipped[300] = (flipped[300] ?? 0) ^ 0xff;
    await bench.files('cli').write('/home/centos/flipped.zip', flipped);

    expect(await bench.run('cli', 'unzip -tq /home/centos/cut.zip')).toMatchObject({ code: 9 });
    expect(await bench.run('cli', 'unzip -tq /home/centos/flipped.zip')).toMatchObject({ code: 2 });
    const uploaded = await bench.run('cli', 'cfy snapshots upload /home/centos/cut.zip -s cut');
    expect(uploaded).toMatchObject({ code: 1 });
  });

  it('the same id twice is a conflict', async () => {
    bench = createBench(inPlace42);
    await snapshot();

    const twice = await bench.run('cli', 'cfy snapshots upload /home/centos/snap.zip -s snap');
    const other = await bench.run('cli', 'cfy snapshots upload /home/centos/snap.zip -s other');
    const absent = await bench.run('cli', 'cfy snapshots upload /path/x.zip --snapshot-id y');

    expect(twice).toMatchObject({ code: 1 });
    expect(twice.out).toContain('An error occurred on the server: 409: ');
    expect(other.out).toMatch(/Snapshot uploaded\. The snapshot's id is other\n$/);
    expect(absent.out).toBe(
      "Uploading snapshot /path/x.zip...\n[Errno 2] No such file or directory: '/path/x.zip'\n",
    );
  });

  it('belong to the tenant in which they were made', async () => {
    bench = createBench(inPlace42);
    await snapshot();

    expect((await bench.run('cli', 'cfy snapshots list -t telecom')).out).not.toContain('created ');
    expect(await bench.run('cli', 'cfy snapshots download snap -t telecom -o /tmp/x.zip')).toMatchObject({
      code: 1,
    });
  });
});

describe('uninstall', () => {
  it('teardown wants -f, minds deployments of its own tenant, and then leaves nothing', async () => {
    bench = createBench(inPlace42);

    const bare = await bench.run('cli', 'cfy teardown');
    const minded = await bench.run('cli', 'cfy teardown -f');
    const torn = await bench.run('cli', 'cfy teardown -f --ignore-deployments');

    expect(bare).toMatchObject({
      code: 1,
      out: "This action requires additional confirmation. Add the '-f/--force' flag to your command if you are certain this command should be executed.\n",
    });
    expect(minded).toMatchObject({ code: 1 });
    expect(minded.out).toBe(
      "Manager 10.20.0.10 has existing deployments. Delete all deployments first or add the '--ignore-deployments' flag to your command to ignore these deployments and execute teardown.\n",
    );
    expect(torn).toMatchObject({ code: 0 });
    expect(torn.out).toMatch(/'uninstall' workflow execution succeeded\n$/);
    expect((torn.printedAt.at(-1) ?? 0) - (torn.printedAt[0] ?? 0)).toBeGreaterThan(150_000);
    expect(new Set(torn.printedAt).size).toBeGreaterThan(10);
    expect(await bench.world.manager('manager')).toBeNull();
    for (const path of ['/opt/manager', '/etc/cloudify', '/opt/mgmtworker']) {
      expect(await bench.files('manager').exists(path)).toBe(false);
    }
    expect((await bench.run('manager', 'rpm -qa cloudify*')).out).toBe('');
    expect((await bench.run('cli', 'cfy profiles list')).out).toContain('No profiles found');
    expect(await bench.run('cli', 'cfy teardown -f')).toMatchObject({ code: 1 });
  });

  it('teardown needs the data of the bootstrap', async () => {
    bench = createBench(inPlace42);
    await bench.run('new_cli', 'cfy profiles list');
    await bench.files('cli').remove('/home/centos/cfy-old/.cloudify/profiles/10.20.0.10/bootstrap');

    const ran = await bench.run('cli', 'cfy teardown -f --ignore-deployments');

    expect(ran).toMatchObject({ code: 1 });
    expect(ran.out).toBe(
      "[Errno 2] No such file or directory: '/home/centos/cfy-old/.cloudify/profiles/10.20.0.10/bootstrap/manager/data'\n",
    );
    expect(await bench.world.manager('manager')).not.toBeNull();
  });

  it('cfy_manager remove keeps config.yaml and certificates; yum keeps the settings as rpmsave', async () => {
    bench = createBench(migration41);
    await install('new', { ip: '10.20.0.12' });

    const bare = await bench.run('new', 'cfy_manager remove', { root: true });
    const plain = await bench.run('new', 'cfy_manager remove -f');
    const removed = await bench.run('new', 'cfy_manager remove -f', { root: true });
    const files = bench.files('new');

    expect(bare).toMatchObject({ code: 1 });
    expect(bare.out).toContain('The --force flag must be passed to `cfy_manager remove`');
    expect(plain).toMatchObject({ code: 1 });
    expect(removed).toMatchObject({ code: 0 });
    expect(removed.out).toMatch(
      /Cloudify Manager successfully removed!\n.*Finished in \d+ minutes and \d+ seconds\n$/,
    );
    expect(await files.exists('/opt/manager')).toBe(false);
    expect(await files.exists('/etc/cloudify/.install')).toBe(false);
    expect(await files.readText('/etc/cloudify/config.yaml')).toContain(NEW);
    expect(await files.exists('/etc/cloudify/ssl/cloudify_internal_ca_cert.pem')).toBe(true);

    const yum = await bench.run('new', 'yum remove -y cloudify-manager-install', { root: true });
    expect(yum.out).toContain(
      'warning: /etc/cloudify/config.yaml saved as /etc/cloudify/config.yaml.rpmsave',
    );
    expect(await files.exists('/etc/cloudify/config.yaml')).toBe(false);
    expect(await files.readText('/etc/cloudify/config.yaml.rpmsave')).toContain(NEW);
    expect(await bench.run('new', 'rpm -q cloudify-manager-install')).toMatchObject({
      code: 1,
      out: 'package cloudify-manager-install is not installed\n',
    });
    expect(await bench.run('new', 'cfy_manager install', { root: true })).toMatchObject({ code: 127 });
  });
});

describe('install', () => {
  it('takes about twelve minutes, says so as it goes, and leaves an empty Manager', async () => {
    bench = createBench(migration41);

    const began = bench.clock.now();
    const ran = await install('new', { ip: '10.20.0.12' });
    const version = await rest(bench, '10.20.0.12', 'version', NEW);

    expect(ran).toMatchObject({ code: 0 });
    expect(ran.out).toContain('Cloudify Manager successfully installed!');
    expect(ran.out).toContain('Manager is up at http://10.20.0.12');
    expect(ran.out).not.toContain(NEW);
    expect((bench.clock.now() - began) / 60_000).toBeGreaterThan(10);
    expect((bench.clock.now() - began) / 60_000).toBeLessThan(15);
    expect(new Set(ran.printedAt).size).toBeGreaterThan(10);
    expect(version.json).toMatchObject({ version: '4.3.1', edition: 'premium' });
    expect(await bench.files('new').exists('/etc/cloudify/.install')).toBe(true);
    expect((await managerOn('new')).data.blueprints).toEqual([]);
    expect((await bench.run('new', 'rpm -q --qf %{VERSION} cloudify-manager-install')).out).toBe('4.3.1');
  });

  it('prints the password that it makes up', async () => {
    bench = createBench(migration41);

    const ran = await install('new', { ip: '10.20.0.12', password: '' });
    const password = /Manager password is (?<password>\S+)/.exec(ran.out)?.groups?.password ?? '';

    expect(ran.out).toContain(`Generated password: ${password}`);
    expect((await rest(bench, '10.20.0.12', 'version', password)).code).toBe(0);
  });

  it('refuses a config without addresses, one that is no YAML, and somebody who is not root', async () => {
    bench = createBench(migration41);
    await bench.run('new', `yum install -y ${RPM}`, { root: true });

    expect(await bench.run('new', 'cfy_manager install')).toMatchObject({ code: 1 });
    const empty = await bench.run('new', 'cfy_manager install', { root: true });
    await bench.files('new').write('/etc/cloudify/config.yaml', 'manager: [\n');
    const broken = await bench.run('new', 'cfy_manager install', { root: true });
    const unknown = await bench.run('new', 'cfy_manager validate', { root: true });

    expect(empty).toMatchObject({ code: 1 });
    expect(empty.out).toContain('Validation failed: private_ip and public_ip not set');
    expect(broken.out).toContain('is not a properly formatted YAML file');
    expect(unknown).toMatchObject({ code: 2 });
  });

  it('again without --clean-db keeps the database; with it the Manager is empty', async () => {
    await movedFrom41();
    await bench.run('new_cli', 'cfy snapshots restore snap');
    await bench.clock.advance(260);
    const count = async () => (await managerOn('new')).data.deployments.length;
    const before = await count();

    const password = await bench.run('new', 'cfy_manager install -a other', { root: true });
    await bench.run('new', 'cfy_manager install', { root: true });
    const kept = await count();
    await bench.run('new', 'cfy_manager install --clean-db', { root: true });

    expect(before).toBe(4);
    expect(password).toMatchObject({ code: 1 });
    expect(password.out).toContain('can only be used in conjunction with the --clean-db flag');
    expect(kept).toBe(before);
    expect(await count()).toBe(0);
  });

  it('a sanity test that dies leaves a blueprint which the restore then finds', async () => {
    bench = createBench(migration41);
    await snapshot();
    await bench.world.faults.failNextInstall('new');

    const failed = await install('new', { ip: '10.20.0.12', networks: { mgmt_net: '10.20.0.12' } });
    await login('10.20.0.12');
    await upload();
    const restored = await bench.run('new_cli', 'cfy snapshots restore snap');
    await bench.clock.advance(20);

    expect(failed).toMatchObject({ code: 1 });
    expect(failed.out).toContain('sanity');
    expect(await restoreState('new', executionId(restored.out))).toMatchObject({ status: 'failed' });
    expect((await restoreState('new', executionId(restored.out))).error).toContain(
      'Snapshot restoration on a non-empty manager is not permitted',
    );
  });
});

describe('restore', () => {
  it('brings the data in about four minutes and empties the snapshots table', async () => {
    await movedFrom41();

    const started = await bench.run('new_cli', 'cfy snapshots restore snap');
    await bench.clock.advance(120);
    expect(await restoreState('new', executionId(started.out))).toMatchObject({ status: 'started' });
    await bench.clock.advance(140);

    expect(await restoreState('new', executionId(started.out))).toMatchObject({ status: 'terminated' });
    const manager = await managerOn('new');
    expect(manager.data.deployments.map((each) => each.id)).toEqual([
      'billing',
      'dns-edge',
      'vpn',
      'catalogue',
    ]);
    expect((await bench.run('new_cli', 'cfy snapshots list')).out).toContain('Showing 0 of 0 snapshots');
    expect((await bench.run('new_cli', 'cfy executions list --include-system-workflows')).out).toMatch(
      /restore_snapshot +\| terminated/,
    );
    expect(bench.reboots).toEqual([]);
  });

  it('from before 4.2 keeps the new admin password, voids those of the users, and maps the roles', async () => {
    await movedFrom41();
    await bench.run('new_cli', 'cfy snapshots restore snap');
    await bench.clock.advance(300);

    const status = await bench.run('new_cli', 'cfy status');
    const users = await bench.run('new_cli', 'cfy users list --get-data');
    const omar = await rest(bench, '10.20.0.12', 'version', 'omar-Old-1', 'omar');
    const reset = await bench.run('new_cli', 'cfy users set-password omar -p omar-New-2');
    const again = await rest(bench, '10.20.0.12', 'version', 'omar-New-2', 'omar');

    expect(status.out).toContain('Services:');
    expect(users.out).toMatch(/\| +maya +\| +\| +sys_admin +\|/);
    expect(users.out).toMatch(/\| +omar +\| network-ops +\| +default +\|/);
    expect(users.out).toContain("'telecom': 'user'");
    expect(omar).toMatchObject({ code: 22 });
    expect(reset.out).toBe('Setting new password for user omar...\nNew password set\n');
    expect(again).toMatchObject({ code: 0 });
  });

  it('from 4.2 on brings the old admin password with a restart of the REST service some seconds later', async () => {
    await replacedInPlace();
    await bench.run('new_cli', 'cfy snapshots restore snap');

    await bench.clock.advance(244);
    expect(await rest(bench, '10.20.0.10', 'version', NEW)).toMatchObject({ code: 0 });
    await bench.clock.advance(8);
    const away = await rest(bench, '10.20.0.10', 'version', NEW);
    await bench.clock.advance(15);
    const fresh = await rest(bench, '10.20.0.10', 'version', NEW);
    const old = await rest(bench, '10.20.0.10', 'version', OLD);
    const omar = await rest(bench, '10.20.0.10', 'version', 'omar-Old-1', 'omar');

    expect(away).toMatchObject({
      code: 22,
      err: 'curl: (22) The requested URL returned error: 502 Bad Gateway\n',
    });
    expect(fresh).toMatchObject({
      code: 22,
      err: 'curl: (22) The requested URL returned error: 401 UNAUTHORIZED\n',
    });
    expect(old).toMatchObject({ code: 0 });
    expect(omar).toMatchObject({ code: 0 });
    expect((await bench.run('new_cli', 'cfy status')).out).toContain(
      'Failed to query manager service status: User is unauthorized',
    );
  });

  it('with certificates swaps them and reboots the host', async () => {
    bench = createBench(inPlace42);
    const before = parseCertificate((await managerOn('manager')).certificates[INTERNAL_CERTIFICATE]);
    await bench.close();
    await replacedInPlace();
    const installed = parseCertificate((await managerOn('manager')).certificates[INTERNAL_CERTIFICATE]);

    const started = await bench.run('new_cli', 'cfy snapshots restore snap --restore-certificates');
    await bench.clock.advance(250);
    expect(bench.reboots).toEqual([]);
    await bench.clock.advance(20);
    const away = await rest(bench, '10.20.0.10', 'version', OLD);
    await bench.clock.advance(140);

    expect(started.out).toContain('the Manager VM will automatically reboot after execution is terminated');
    expect(bench.reboots).toEqual(['manager']);
    expect(away).toMatchObject({ code: 7 });
    const now = parseCertificate((await managerOn('manager')).certificates[INTERNAL_CERTIFICATE]);
    expect(installed?.id).not.toBe(before?.id);
    expect(now?.id).toBe(before?.id);
    expect(await rest(bench, '10.20.0.10', 'version', OLD)).toMatchObject({ code: 0 });
  });

  it('with --no-reboot leaves the new certificates on disk until somebody reboots', async () => {
    await replacedInPlace();
    const active = (await managerOn('manager')).certificates;

    const alone = await bench.run('new_cli', 'cfy snapshots restore snap --no-reboot');
    await bench.run('new_cli', 'cfy snapshots restore snap --restore-certificates --no-reboot');
    await bench.clock.advance(300);

    expect(alone).toMatchObject({ code: 1 });
    expect(alone.out).toContain('400: ');
    expect(bench.reboots).toEqual([]);
    expect((await managerOn('manager')).certificates).toEqual(active);
    const onDisk = await bench.files('manager').readText(`/etc/cloudify/ssl/${INTERNAL_CERTIFICATE}`);
    expect(onDisk).not.toBe(active[INTERNAL_CERTIFICATE]);
    bench.world.onReboot('manager');
    await bench.clock.advance(80);
    expect((await managerOn('manager')).certificates[INTERNAL_CERTIFICATE]).toBe(onDisk);
  });

  it.each([
    ['--force', 'terminated', ''],
    ['', 'failed', 'Snapshot restoration on a non-empty manager is not permitted'],
  ])('into a Manager with blueprints: %s', async (flag, status, error) => {
    bench = createBench(inPlace42);
    await snapshot();
    await bench.run('cli', 'cfy snapshots upload /home/centos/snap.zip -s again');

    const started = await bench.run('cli', `cfy snapshots restore again ${flag}`);
    await bench.clock.advance(300);

    expect(started).toMatchObject({ code: 0 });
    const state = await restoreState('manager', executionId(started.out));
    expect(state.status).toBe(status);
    expect(state.error).toContain(error);
  });

  it('of a newer snapshot fails', async () => {
    bench = createBench(migration41);
    const old = createBench(inPlace42);
    await old.run('cli', 'cfy snapshots create snap');
    await old.clock.advance(125);
    await old.run('cli', 'cfy snapshots download snap -o /home/centos/snap.zip');
    await bench
      .files('cli')
      .write('/home/centos/snap.zip', await old.files('cli').read('/home/centos/snap.zip'));
    await old.close();

    await bench.run('cli', 'cfy snapshots upload /home/centos/snap.zip -s newer');
    const started = await bench.run('cli', 'cfy snapshots restore newer --force');
    await bench.clock.advance(20);

    const state = await restoreState('manager', executionId(started.out));
    expect(state.status).toBe('failed');
    expect(state.error).toContain(
      "Cannot restore a newer manager's snapshot on this manager [4.2.0 > 4.1.1]",
    );
  });

  it('of a snapshot from 4.2 wants every network that has agents', async () => {
    await replacedInPlace({ networks: {} });

    const started = await bench.run('new_cli', 'cfy snapshots restore snap');
    await bench.clock.advance(20);

    const state = await restoreState('manager', executionId(started.out));
    expect(state.status).toBe('failed');
    expect(state.error).toContain("Networks `[u'mgmt_net']` do not appear in the provider context");
    const shown = await bench.run('new_cli', 'cfy executions list --include-system-workflows');
    expect(shown.out).toContain('NonRecoverableError: Networks');
  });

  it('by another admin than the bootstrap one fails', async () => {
    bench = createBench(inPlace42);
    await snapshot();
    await bench.run('cli', 'cfy snapshots upload /home/centos/snap.zip -s again');
    await bench.run('cli', 'cfy profiles set -u maya -p maya-Old-1');

    const started = await bench.run('cli', 'cfy snapshots restore again --force');
    await bench.clock.advance(20);

    expect((await restoreState('manager', executionId(started.out))).error).toContain(
      'Only the bootstrap admin is allowed to perform this action',
    );
  });

  it('that breaks behind the database load leaves a dirty Manager', async () => {
    await movedFrom41();
    await bench.world.faults.failNextRestore('new');

    const started = await bench.run('new_cli', 'cfy snapshots restore snap');
    await bench.clock.advance(130);
    await upload();
    const again = await bench.run('new_cli', 'cfy snapshots restore snap');
    await bench.clock.advance(20);

    expect(await restoreState('new', executionId(started.out))).toMatchObject({ status: 'failed' });
    expect((await managerOn('new')).data.deployments).toHaveLength(4);
    expect((await restoreState('new', executionId(again.out))).error).toContain('non-empty manager');
  });

  it('polls in its first 15 seconds are noted as a risk of a dead-lock, later ones are not', async () => {
    await movedFrom41();
    const started = await bench.run('new_cli', 'cfy snapshots restore snap');
    expect((await managerOn('new')).deadlockRisks).toEqual([]);

    await bench.clock.advance(16);
    await bench.run('new_cli', `cfy executions get ${executionId(started.out)}`);
    expect((await managerOn('new')).deadlockRisks).toEqual([]);
    await bench.close();

    await movedFrom41();
    const early = await bench.run('new_cli', 'cfy snapshots restore snap');
    await bench.run('new_cli', `cfy executions get ${executionId(early.out)}`);
    expect((await managerOn('new')).deadlockRisks).toMatchObject([
      { path: expect.stringContaining('/executions/') },
    ]);
  });
});

describe('agents', () => {
  it('of an in-place upgrade come over when address, broker account and certificates are the same', async () => {
    await replacedInPlace();
    expect(await obeyed()).toEqual([null, null, null, null]);
    await bench.run('new_cli', 'cfy snapshots restore snap --restore-certificates');
    await bench.clock.advance(420);
    await bench.run('new_cli', `cfy profiles set -p ${OLD}`);
    expect(await obeyed()).toEqual(['manager', 'manager', 'manager', 'manager']);

    const ran = await bench.run('new_cli', 'cfy agents install --all-tenants');

    expect(ran).toMatchObject({ code: 0 });
    expect(ran.out).toMatch(/^Installing agents for all installed deployments\n/);
    expect(ran.out).toContain("CFY <dns-edge> Starting 'install_new_agents' workflow execution");
    for (const id of ['billing', 'dns-edge', 'vpn', 'catalogue']) {
      expect(ran.out).toContain(`Finished executing workflow 'install_new_agents' on deployment '${id}'`);
    }
    const agents = await bench.world.agents();
    expect(agents.map(({ agent }) => agent.installations.at(-1)?.version)).toEqual([
      '4.3.1',
      '4.3.1',
      '4.3.1',
      '4.3.1',
    ]);
  });

  it('of an in-place upgrade without the old certificates are lost to it', async () => {
    await replacedInPlace();
    await bench.run('new_cli', 'cfy snapshots restore snap');
    await bench.clock.advance(300);
    await bench.run('new_cli', `cfy profiles set -p ${OLD}`);

    const ran = await bench.run('new_cli', 'cfy agents install -t default_tenant');

    expect(ran).toMatchObject({ code: 1 });
    expect(ran.out).toMatch(
      /Summary:\nExecution of workflow 'install_new_agents' for deployment 'billing' failed\. \[error=/,
    );
    expect(ran.out).toContain('certificate verify failed');
    expect(await obeyed()).toEqual([null, null, null, null]);
  });

  it.each([
    ['user', { username: 'rabbit', password: 'c10udify' }],
    ['password', { username: 'cloudify', password: 'carrot' }],
  ])('of an in-place upgrade with another %s of the broker are refused by it', async (_what, broker) => {
    await replacedInPlace({ broker });
    await bench.run('new_cli', 'cfy snapshots restore snap --restore-certificates');
    await bench.clock.advance(420);

    expect(await obeyed()).toEqual([null, null, null, null]);
  });

  it('of a migration are reached through the old Manager, which must be up', async () => {
    await movedFrom41();
    await bench.run('new_cli', 'cfy snapshots restore snap');
    await bench.clock.advance(300);
    expect(await obeyed()).toEqual(['manager', 'manager', 'manager', 'manager']);

    const telecom = await bench.run('new_cli', 'cfy agents install -t telecom');
    expect(telecom).toMatchObject({ code: 0 });
    expect(await obeyed()).toEqual(['manager', 'new', 'new', 'new']);
    expect(await bench.world.healers('telecom', 'dns-edge')).toEqual(['manager', 'new']);

    await bench.world.faults.outage('manager', 100_000);
    const rest = await bench.run('new_cli', 'cfy agents install -t default_tenant');
    expect(rest).toMatchObject({ code: 1 });
    expect(rest.out).toContain('Connection refused (broker 10.20.0.11:5671)');
    expect(await obeyed()).toEqual([null, 'new', 'new', 'new']);
  });

  it('of a migration with --restore-certificates to another address cannot connect', async () => {
    await movedFrom41();
    await bench.run('new_cli', 'cfy snapshots restore snap --restore-certificates');
    await bench.clock.advance(420);

    const ran = await bench.run('new_cli', 'cfy agents install -t telecom');

    expect(ran).toMatchObject({ code: 1 });
    expect(ran.out).toContain('certificate verify failed (broker 10.20.0.12:5671)');
    const shown = parseCertificate((await managerOn('new')).certificates[INTERNAL_CERTIFICATE]);
    expect(shown?.names).toContain('10.20.0.11');
    expect(shown?.names).not.toContain('10.20.0.12');
    expect(await obeyed()).toEqual(['manager', 'manager', 'manager', 'manager']);
  });

  it('--all-tenants stops at the first tenant that fails', async () => {
    await movedFrom41();
    await bench.run('new_cli', 'cfy snapshots restore snap');
    await bench.clock.advance(300);
    await bench.world.faults.failNextAgents('billing');

    const ran = await bench.run('new_cli', 'cfy agents install --all-tenants');

    expect(ran).toMatchObject({ code: 1 });
    expect(ran.out).not.toContain('dns-edge');
    expect(await obeyed()).toEqual(['manager', 'manager', 'manager', 'manager']);
  });

  it('with nothing to do it exits 1', async () => {
    bench = createBench(migration41);
    await install('new', { ip: '10.20.0.12' });
    await login('10.20.0.12');

    expect(await bench.run('new_cli', 'cfy agents install --all-tenants')).toMatchObject({
      code: 1,
      out: 'There are no deployments installed\n',
    });
  });

  it('the client gives up after 900 s while the execution goes on', async () => {
    bench = createBench(migration41);
    await bench.world.faults.holdExecutions('manager');

    const ran = await bench.run('cli', 'cfy agents install -t retail');
    const listed = await bench.run('cli', 'cfy executions list -t retail');

    expect(ran).toMatchObject({ code: 1 });
    expect(ran.out).toContain(
      "Timed out waiting for workflow 'install_new_agents' of deployment 'catalogue'",
    );
    expect((ran.printedAt.at(-1) ?? 0) - (ran.printedAt[0] ?? 0)).toBeGreaterThanOrEqual(900_000);
    expect(listed.out).toMatch(/install_new_agents \| +(pending|started)/);
    await bench.world.faults.releaseExecutions('manager');
    await bench.clock.advance(5);
    expect((await bench.run('cli', 'cfy executions list -t retail')).out).toMatch(
      /install_new_agents \| terminated/,
    );
  });
});

describe('a reboot in the middle', () => {
  it('of a restore leaves its execution started for good', async () => {
    await movedFrom41();
    const started = await bench.run('new_cli', 'cfy snapshots restore snap');
    await bench.clock.advance(30);

    bench.world.onReboot('new');
    await bench.clock.advance(1000);

    expect(await restoreState('new', executionId(started.out))).toMatchObject({ status: 'started' });
    expect((await managerOn('new')).data.deployments).toEqual([]);
  });

  it('services come up some time after the host', async () => {
    bench = createBench(inPlace42);
    bench.world.onReboot('manager');

    await bench.clock.advance(30);
    expect(await rest(bench, '10.20.0.10', 'version', OLD)).toMatchObject({
      code: 7,
      err: 'curl: (7) Failed connect to 10.20.0.10:80; Connection refused\n',
    });
    expect(await bench.run('manager', 'systemctl is-active nginx')).toMatchObject({
      code: 3,
      out: 'activating\n',
    });
    await bench.clock.advance(60);
    expect(await rest(bench, '10.20.0.10', 'version', OLD)).toMatchObject({ code: 0 });
  });
});

describe('the archive', () => {
  it('says in metadata and dump what the Manager was', async () => {
    bench = createBench(inPlace42);
    await snapshot();

    const content = readSnapshot(await bench.files('cli').read('/home/centos/snap.zip'));

    expect(content).toMatchObject({
      version: '4.2.0',
      networks: ['default', 'mgmt_net'],
      hashSalt: (await managerOn('manager')).hashSalt,
    });
  });
});
