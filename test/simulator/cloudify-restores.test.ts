/** What a restore does differently from one release to the next. */
import { afterEach, describe, expect, it } from 'vitest';
import { CA_CERTIFICATE, INTERNAL_CERTIFICATE } from '../../simulator/manager/cloudify/certificates.ts';
import type { CliVersion } from '../../simulator/manager/cloudify/cfy/releases.ts';
import { managerPackages, newManager } from '../../simulator/manager/cloudify/installation.ts';
import type { Manager } from '../../simulator/manager/cloudify/model.ts';
import { managerFiles, systemFiles } from '../../simulator/manager/cloudify/presets/machines.ts';
import { type WorldPlan, worldFor } from '../../simulator/manager/cloudify/presets/world-plan.ts';
import type { Preset } from '../../simulator/manager/cloudify/seed.ts';
import { type Bench, createBench, rest } from './cloudify-bench.ts';

const OLD = 'Tulip-under-glass-42';
const NEW = 'Harbour-light-4301';
const OLD_IP = '10.20.0.10';
const NEW_IP = '10.20.0.12';
const SSL = '/etc/cloudify/ssl';

let bench: Bench;
afterEach(() => bench.close());

async function managerOn(host: string): Promise<Manager> {
  const manager = await bench.world.manager(host);
  if (manager === null) throw new Error(`no Manager on ${host}`);
  return manager;
}

async function logIn(role: string, ip: string, password: string): Promise<void> {
  await bench.run(role, `cfy profiles use ${ip} -u admin -p ${password} -t default_tenant`);
}

/** A snapshot lies at the CLI, and the new Manager is empty and known to its CLI. */
async function ready(plan: WorldPlan): Promise<void> {
  bench = createBench(worldFor({ newIp: NEW_IP, ...plan }));
  await logIn('cli', OLD_IP, OLD);
  await bench.run('cli', 'cfy snapshots create s');
  await bench.clock.advance(125);
  await bench.run('cli', 'cfy snapshots download s -o /home/centos/s.zip');
  const config = { manager: { private_ip: NEW_IP, public_ip: NEW_IP, security: { admin_password: NEW } } };
  await bench.run('new', 'yum install -y /opt/cutover/cloudify-manager-install.rpm', { root: true });
  await bench.files('new').write('/etc/cloudify/config.yaml', JSON.stringify(config));
  expect(await bench.run('new', 'cfy_manager install', { root: true })).toMatchObject({ code: 0 });
  await logIn('new_cli', NEW_IP, NEW);
  await bench.run('new_cli', 'cfy license upload /opt/cutover/cloudify-license.yaml');
  expect(await bench.run('new_cli', 'cfy snapshots upload /home/centos/s.zip -s s')).toMatchObject({
    code: 0,
  });
}

/** A 4.1.x that has something to lose, and what another Manager of the same version left in a snapshot. */
function twoManagers(version: CliVersion, same: 'same host' | 'another host'): Preset {
  return (dice, now) => {
    const make = (ip: string) =>
      newManager({ version, edition: 'premium', publicIp: ip, privateIp: ip, adminPassword: OLD, now }, dice);
    const old = make(OLD_IP);
    const next = same === 'same host' ? { ...make(OLD_IP), publicIp: NEW_IP } : make(NEW_IP);
    const bare = { user: 'centos', clis: [], packages: managerPackages(version) };
    const host = (name: string, manager: Manager) => ({
      ...{ ...bare, name, manager, publicIp: manager.publicIp, privateIp: manager.publicIp },
      files: { ...systemFiles(dice), ...managerFiles(name, manager) },
    });
    return {
      hosts: [
        {
          ...{ ...bare, name: 'cli', publicIp: '10.20.0.5', privateIp: '10.20.0.5', manager: null },
          clis: [{ version, bin: '/opt/cfy/bin' }],
          files: systemFiles(dice),
        },
        host('manager', old),
        host('new', next),
      ],
      agents: [],
      facts: {
        roles: {
          cli: { host: 'cli', env: { PATH: '/opt/cfy/bin:/usr/bin', CFY_WORKDIR: '/home/centos/old' } },
          new_cli: { host: 'cli', env: { PATH: '/opt/cfy/bin:/usr/bin', CFY_WORKDIR: '/home/centos/new' } },
        },
        secrets: {},
        rpm: null,
      },
    };
  };
}

async function restoredBetween(version: CliVersion, same: 'same host' | 'another host'): Promise<void> {
  bench = createBench(twoManagers(version, same));
  await logIn('cli', OLD_IP, OLD);
  await bench.run('cli', 'cfy snapshots create s');
  await bench.clock.advance(125);
  await bench.run('cli', 'cfy snapshots download s -o /home/centos/s.zip');
  await logIn('new_cli', NEW_IP, OLD);
  await bench.run('new_cli', 'cfy snapshots upload /home/centos/s.zip -s s');
  await bench.run('new_cli', 'cfy snapshots restore s --restore-certificates');
  await bench.clock.advance(420);
}

describe('certificates', () => {
  it('4.1.0 restores the whole directory when both were made for the same addresses, and reboots', async () => {
    await restoredBetween('4.1.0', 'same host');
    expect((await managerOn('new')).certificates).toEqual((await managerOn('manager')).certificates);
    expect(bench.reboots).toEqual(['new']);
  });

  it('4.1.0 leaves them when they were made for other addresses, and does not reboot', async () => {
    await restoredBetween('4.1.0', 'another host');
    const [old, next] = [await managerOn('manager'), await managerOn('new')];
    expect(next.certificates[INTERNAL_CERTIFICATE]).not.toBe(old.certificates[INTERNAL_CERTIFICATE]);
    expect(bench.reboots).toEqual([]);
  });

  it('4.1.1 restores the whole directory whatever it was made for', async () => {
    await restoredBetween('4.1.1', 'another host');
    expect((await managerOn('new')).certificates).toEqual((await managerOn('manager')).certificates);
    expect(bench.reboots).toEqual(['new']);
  });

  it('of a 4.0.0 are in no snapshot: to ask for them spoils the CA of the new Manager', async () => {
    await ready({ version: '4.0.0', to: '4.3.1', patch: '4.1.0-p1' });
    await bench.run('new_cli', 'cfy snapshots restore s --restore-certificates');
    await bench.clock.advance(420);
    const { certificates } = await managerOn('new');
    expect(certificates[CA_CERTIFICATE]).toBe(certificates[INTERNAL_CERTIFICATE]);
    expect(bench.reboots).toEqual(['new']);
  });

  it('of a 4.0.0, put back as files with a reboot, bring its agents; without a CA file none is installed', async () => {
    bench = createBench(worldFor({ version: '4.0.0', to: '4.3.1', patch: '4.1.0-p1' }));
    const saved = (await managerOn('manager')).certificates;
    expect(Object.keys(saved)).not.toContain(CA_CERTIFICATE);
    await bench.run('cli', 'cfy snapshots create s');
    await bench.clock.advance(125);
    await bench.run('cli', 'cfy snapshots download s -o /home/centos/s.zip');
    await bench.run('manager', 'simulated_cfy_teardown cfy_teardown_4_0_0.sh consul -f', { root: true });
    await bench.run('manager', 'yum install -y /opt/cutover/cloudify-manager-install.rpm', { root: true });
    const config = { manager: { private_ip: OLD_IP, public_ip: OLD_IP, security: { admin_password: NEW } } };
    await bench.files('manager').write('/etc/cloudify/config.yaml', JSON.stringify(config));
    await bench.run('manager', 'cfy_manager install', { root: true });
    await logIn('new_cli', OLD_IP, NEW);
    await bench.run('new_cli', 'cfy snapshots upload /home/centos/s.zip -s s');
    await bench.run('new_cli', 'cfy snapshots restore s');
    await bench.clock.advance(300);
    const obeyed = async () => [...new Set((await bench.world.agents()).map(({ obeys }) => obeys))];
    expect(await obeyed()).toEqual([null]);

    const put = async (files: { readonly [name: string]: string }) => {
      await bench.files('manager').remove(SSL);
      for (const [name, text] of Object.entries(files))
        await bench.files('manager').write(`${SSL}/${name}`, text);
      bench.world.onReboot('manager');
      await bench.clock.advance(80);
    };
    await put(saved);
    expect(await obeyed()).toEqual(['manager']);
    const without = await bench.run('new_cli', 'cfy agents install -t telecom');
    expect(without).toMatchObject({ code: 1, out: expect.stringContaining(CA_CERTIFICATE) });

    await put({ ...saved, [CA_CERTIFICATE]: saved[INTERNAL_CERTIFICATE] ?? '' });
    for (const tenant of ['default_tenant', 'telecom'])
      expect(await bench.run('new_cli', `cfy agents install -t ${tenant}`)).toMatchObject({ code: 0 });
    const versions = (await bench.world.agents()).map(({ agent }) => agent.installations.at(-1)?.version);
    expect(versions).toEqual(['4.3.1', '4.3.1', '4.3.1']);
  });
});

describe('agents of several tenants', () => {
  it.each([
    ['4.0.0', null, ['default_tenant']],
    ['4.0.0', '4.1.0-p1', ['default_tenant', 'telecom', 'telecom']],
    ['4.0.1', null, ['default_tenant']],
    ['4.0.1', '4.1.0-p3', ['default_tenant', 'telecom', 'telecom']],
    ['4.1.1', null, ['default_tenant', 'telecom', 'telecom']],
  ] as const)('a snapshot of %s with patch %s brings those of %j', async (version, patch, tenants) => {
    await ready({ version, to: '4.3.1', ...(patch === null ? {} : { patch }) });
    const metadata = await bench.run('cli', 'unzip -p /home/centos/s.zip metadata.json');
    expect(JSON.parse(metadata.out).snapshot_version).toBe(patch === null ? version : `${patch}-${version}`);
    await bench.run('new_cli', 'cfy snapshots restore s');
    await bench.clock.advance(300);
    for (const tenant of ['default_tenant', 'telecom'])
      await bench.run('new_cli', `cfy agents install -t ${tenant}`);
    const moved = (await bench.world.agents()).filter(({ obeys }) => obeys === 'new');
    expect(moved.map(({ agent }) => agent.tenant)).toEqual(tenants);
  });
});

describe('the REST service', () => {
  it('of 4.5.5 restarts in the middle of a restore and comes back before its end', async () => {
    await ready({ version: '4.3.1', to: '4.5.5' });
    await bench.run('new_cli', 'cfy snapshots restore s');
    await bench.clock.advance(95);
    expect(await rest(bench, NEW_IP, 'version', NEW)).toMatchObject({
      code: 22,
      err: expect.stringContaining('502'),
    });
    await bench.clock.advance(20);
    expect(await rest(bench, NEW_IP, 'version', NEW)).toMatchObject({ code: 0 });
    const { executions } = await managerOn('new');
    expect(executions.find(({ workflow }) => workflow === 'restore_snapshot')?.status).toBe('started');
  });

  it('of 4.4 stays until the restore is over', async () => {
    await ready({ version: '4.3.1', to: '4.4.0' });
    await bench.run('new_cli', 'cfy snapshots restore s');
    await bench.clock.advance(95);
    expect(await rest(bench, NEW_IP, 'version', NEW)).toMatchObject({ code: 0 });
  });
});

describe('a restore that breaks behind the database load', () => {
  it.each([
    ['4.4.0', NEW, OLD],
    ['4.5.5', OLD, NEW],
  ] as const)('on %s the admin password is then %s', async (to, works, fails) => {
    await ready({ version: '4.3.1', to });
    await bench.world.faults.failNextRestore('new');
    await bench.run('new_cli', 'cfy snapshots restore s');
    await bench.clock.advance(300);
    expect(await rest(bench, NEW_IP, 'version', works)).toMatchObject({ code: 0 });
    expect(await rest(bench, NEW_IP, 'version', fails)).toMatchObject({ code: 22 });
  });
});
