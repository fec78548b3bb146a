/** Clusters of simulated Managers: who serves, who may go, who takes over, and what stays behind. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Manager } from '../../simulator/manager/cloudify/model.ts';
import { type WorldPlan, worldFor } from '../../simulator/manager/cloudify/presets/world-plan.ts';
import { type Bench, createBench } from './cloudify-bench.ts';

const OLD = 'Tulip-under-glass-42';
const NEW = 'Harbour-light-4301';
const LEADER = '10.20.0.10';
const STANDBY = '10.20.0.21';
const RPM = '/opt/cutover/cloudify-manager-install.rpm';

let bench: Bench;
afterEach(() => bench.close());

function open(plan: WorldPlan): void {
  bench = createBench(worldFor({ standbys: 1, autoHeal: true, ...plan }));
}

async function managerOn(host: string): Promise<Manager> {
  const manager = await bench.world.manager(host);
  if (manager === null) throw new Error(`no Manager on ${host}`);
  return manager;
}

async function logIn(role: string, ip: string, password: string) {
  return bench.run(role, `cfy profiles use ${ip} -u admin -p ${password} -t default_tenant`);
}

async function installed(host: string, ip: string): Promise<void> {
  await bench.run(host, `yum install -y ${RPM}`, { root: true });
  const config = { manager: { private_ip: ip, public_ip: ip, security: { admin_password: NEW } } };
  await bench.files(host).write('/etc/cloudify/config.yaml', JSON.stringify(config));
  expect(await bench.run(host, 'cfy_manager install', { root: true })).toMatchObject({ code: 0 });
}

describe('a cluster that is there', () => {
  it('lists its nodes by two truths in 4.0, by one state and five lamps later', async () => {
    open({ version: '4.0.1', to: '4.3.1' });
    expect((await bench.run('cli', 'cfy cluster nodes list')).out).toMatch(
      /\| +name +\| +host_ip +\| +master +\| +online +\|[\s\S]*node-1 +\| +10\.20\.0\.10 +\| +True +\| +True[\s\S]*node-2 +\| +10\.20\.0\.21 +\| +False +\| +True/,
    );
    await bench.close();
    open({ version: '4.3.1', to: '4.6.0' });
    await logIn('cli', LEADER, OLD);
    expect((await bench.run('cli', 'cfy cluster nodes list')).out).toMatch(
      /node-1 +\| +10\.20\.0\.10 +\| +leader +\| +OK[\s\S]*node-2 +\| +10\.20\.0\.21 +\| +replica +\| +OK/,
    );
  });

  it('4.0.x prints the encryption key, later ones do not', async () => {
    open({ version: '4.0.1', to: '4.3.1' });
    expect((await bench.run('cli', 'cfy cluster status')).out).toMatch(
      /^Cloudify Manager cluster initialized!\nEncryption key: [0-9a-f]{32}\n$/,
    );
    await bench.close();
    open({ version: '4.2.0', to: '4.3.1' });
    expect((await bench.run('cli', 'cfy cluster status')).out).toBe('Cloudify Manager cluster ready\n');
  });

  it('a replica answers its version and sends everybody else to the leader', async () => {
    open({ version: '4.3.1', to: '4.6.0' });
    const stdin = `user = "admin:${OLD}"\n`;
    const ask = (path: string) =>
      bench.run('cli', 'curl -sS -K - -H', {
        stdin,
        words: ['Tenant: default_tenant', `http://${STANDBY}/api/${path}`],
      });
    expect(JSON.parse((await ask('version')).out)).toMatchObject({ version: '4.3.1' });
    expect(JSON.parse((await ask('v3.1/deployments')).out)).toMatchObject({
      error_code: 'not_cluster_master',
    });
  });

  it('a profile that knows the nodes finds the leader by itself', async () => {
    open({ version: '4.2.0', to: '4.3.1' });
    const profile = '/home/centos/cfy-old/.cloudify/profiles/10.20.0.10/context';
    const text = await bench.files('cli').readText(profile);
    await bench.files('cli').write(profile, text.replace('manager_ip: 10.20.0.10', `manager_ip: ${STANDBY}`));
    expect((await bench.run('cli', 'cfy deployments list')).out).toContain('billing');
  });

  it('with more than one node it refuses a restore, and takes one again when the others are removed', async () => {
    open({ version: '4.3.1', to: '4.6.0' });
    await logIn('cli', LEADER, OLD);
    await bench.run('cli', 'cfy snapshots create s');
    await bench.clock.advance(125);
    expect((await bench.run('cli', 'cfy snapshots restore s')).out).toContain(
      'on a cluster with more than one node',
    );
    await bench.run('cli', 'cfy cluster nodes remove node-2');
    expect((await bench.run('cli', 'cfy snapshots restore s --force')).code).toBe(0);
  });
});

describe('removing a node', () => {
  it('says so, leaves the leader alone and the node useless', async () => {
    open({ version: '4.3.1', to: '4.6.0' });
    await logIn('cli', LEADER, OLD);
    const removed = await bench.run('cli', 'cfy cluster nodes remove node-2');
    expect(removed).toMatchObject({ code: 0, out: 'Node node-2 was removed successfully!\n' });
    expect((await managerOn('manager')).cluster?.map(({ name }) => name)).toEqual(['node-1']);
    expect((await managerOn('standby-1')).cluster).toBeNull();
    expect((await logIn('cli', STANDBY, OLD)).out).toContain('Connection refused');
    expect((await bench.run('standby-1', 'systemctl is-active cloudify-consul')).out).toBe('active\n');
  });

  it('a reboot does not make it a Manager again', async () => {
    open({ version: '4.3.1', to: '4.6.0' });
    await logIn('cli', LEADER, OLD);
    await bench.run('cli', 'cfy cluster nodes remove node-2');
    bench.world.onReboot('standby-1');
    await bench.clock.advance(200);
    expect((await logIn('cli', STANDBY, OLD)).out).toContain('Connection refused');
  });

  it.each([
    ['of another name', 'node-9', 'node-9 is not a member of the cluster!'],
    ['of the leader', 'node-1', 'is the active node of the cluster and cannot be removed'],
  ])('%s is refused', async (_title, name, words) => {
    open({ version: '4.3.1', to: '4.6.0' });
    await logIn('cli', LEADER, OLD);
    const refused = await bench.run('cli', `cfy cluster nodes remove ${name}`);
    expect(refused).toMatchObject({ code: 1, out: expect.stringContaining(words) });
    expect((await managerOn('manager')).cluster).toHaveLength(2);
  });
});

describe('uninstalling', () => {
  it('the leader while a standby lives: the standby takes over, with the data and the healing', async () => {
    open({ version: '4.2.0', to: '4.3.1' });
    expect(await bench.world.healers('telecom', 'dns-edge')).toEqual(['manager']);
    await bench.run('cli', 'cfy teardown -f --ignore-deployments');
    expect(await bench.world.manager('manager')).toBeNull();
    expect(await bench.world.healers('telecom', 'dns-edge')).toEqual(['standby-1']);
    const heir = await managerOn('standby-1');
    expect(heir.cluster?.find(({ state }) => state === 'leader')?.ip).toBe(STANDBY);
    expect(heir.data.deployments.map(({ id }) => id)).toEqual(['billing', 'dns-edge']);
  });

  it('the leader alone after the standbys were removed: nobody heals', async () => {
    open({ version: '4.2.0', to: '4.3.1' });
    await bench.run('cli', 'cfy cluster nodes remove node-2');
    await bench.run('cli', 'cfy teardown -f --ignore-deployments');
    expect(await bench.world.healers('telecom', 'dns-edge')).toEqual([]);
  });

  it('a standby: the leader goes on and shows it as offline', async () => {
    open({ version: '4.3.1', to: '4.6.0' });
    await bench.run('standby-1', 'cfy_manager remove -f', { root: true });
    await logIn('cli', LEADER, OLD);
    expect((await bench.run('cli', 'cfy cluster nodes list')).out).toMatch(/node-2 .*\| +offline +\| +FAIL/);
    expect(await bench.world.healers('telecom', 'dns-edge')).toEqual(['manager']);
  });

  it.each([
    ['4.3.1', ['cloudify-consul', 'cloudify-syncthing', 'cloudify-postgresql']],
    ['4.4.0', []],
  ] as const)('%s leaves of the cluster: %j', async (version, left) => {
    open({ version, to: '4.6.0' });
    await bench.run('manager', 'cfy_manager remove -f', { root: true });
    expect((await bench.world.machine('manager')).clusterLeftovers).toEqual(left);
  });
});

describe('a new cluster', () => {
  async function bareNodes(): Promise<void> {
    open({ version: '4.4.0', to: '4.6.0', newIp: '10.20.0.12' });
    for (const host of ['manager', 'standby-1']) {
      await bench.run(host, 'cfy_manager remove -f', { root: true });
      await bench.run(host, 'yum remove -y cloudify-manager-install', { root: true });
    }
    await installed('manager', LEADER);
    await logIn('new_cli', LEADER, NEW);
    await bench.run('new_cli', 'cfy license upload /opt/cutover/cloudify-license.yaml');
  }

  it('starts in about a minute and a half with its first node; the second joins and becomes a replica', async () => {
    await bareNodes();
    const began = bench.clock.now();
    const started = await bench.run('new_cli', 'cfy cluster start --cluster-node-name n1');
    expect(started.out).toMatch(
      /^Creating a new Cloudify Manager cluster\n[\s\S]*Cloudify Manager cluster started at 10\.20\.0\.10\.\n/,
    );
    expect((bench.clock.now() - began) / 1000).toBeGreaterThanOrEqual(90);

    await installed('standby-1', STANDBY);
    await logIn('new_cli', STANDBY, NEW);
    // Neither start nor join needs the licence; everything else does.
    expect((await bench.run('new_cli', 'cfy snapshots list')).out).toContain('400: No license was found');
    const joined = await bench.run('new_cli', `cfy cluster join --cluster-node-name n2 ${LEADER}`);
    expect(joined).toMatchObject({ code: 0 });
    expect(joined.out).toMatch(
      /Cloudify Manager joined cluster successfully\.\nSwitching to the cluster profile: 10\.20\.0\.10\n$/,
    );
    expect((await bench.run('new_cli', 'cfy cluster nodes list')).out).toMatch(
      /n1 .*leader[\s\S]*n2 .*replica/,
    );
    expect((await managerOn('standby-1')).cluster?.map(({ state }) => state)).toEqual(['leader', 'replica']);
  });

  it('takes no second start, no profile without a cluster, no name twice and no Manager that holds something', async () => {
    await bareNodes();
    await installed('standby-1', STANDBY);
    await logIn('new_cli', STANDBY, NEW);
    const early = await bench.run('new_cli', `cfy cluster join ${LEADER}`);
    expect(early.out).toContain('Cannot join profile 10.20.0.10 - that profile has no cluster started');
    expect((await bench.run('new_cli', 'cfy cluster join 10.9.9.9')).out).toContain(
      'No such profile: 10.9.9.9',
    );

    await bench.run('new_cli', `cfy profiles use ${LEADER}`);
    await bench.run('new_cli', 'cfy cluster start --cluster-node-name n1');
    expect((await bench.run('new_cli', 'cfy cluster start')).out).toContain(
      'already part of a Cloudify Manager cluster',
    );
    await bench.run('new_cli', `cfy profiles use ${STANDBY}`);
    expect((await bench.run('new_cli', `cfy cluster join --cluster-node-name n1 ${LEADER}`)).out).toContain(
      '409',
    );

    await bench.world.faults.failNextInstall('standby-1');
    await bench.run('standby-1', 'cfy_manager install --clean-db', { root: true });
    const dirty = await bench.run('new_cli', `cfy cluster join --cluster-node-name n2 ${LEADER}`);
    expect(dirty.out).toContain('this manager is not empty');
  });

  it('does not start over what an earlier one left behind', async () => {
    open({ version: '4.3.1', to: '4.6.0' });
    await bench.run('standby-1', 'cfy_manager remove -f', { root: true });
    await bench.run('standby-1', 'yum remove -y cloudify-manager-install', { root: true });
    await installed('standby-1', STANDBY);
    await logIn('new_cli', STANDBY, NEW);
    await bench.run('new_cli', 'cfy license upload /opt/cutover/cloudify-license.yaml');
    const started = await bench.run('new_cli', 'cfy cluster start');
    expect(started).toMatchObject({ code: 1, out: expect.stringContaining('cloudify-consul') });
  });
});

it('an image brings a machine back with Manager, certificates and data', async () => {
  open({ version: '4.2.0', to: '4.3.1', standbys: 0 });
  await bench.world.images.take('manager');
  await bench.run('cli', 'cfy teardown -f --ignore-deployments');
  await bench.files('manager').write('/opt/cutover/new.txt', 'x');
  await bench.world.images.restore('manager');
  await bench.clock.advance(150);
  expect(bench.reboots).toEqual(['manager']);
  expect((await managerOn('manager')).data.deployments).toHaveLength(2);
  expect([...new Set((await bench.world.agents()).map(({ obeys }) => obeys))]).toEqual(['manager']);
  expect(await bench.files('manager').exists('/opt/cutover/new.txt')).toBe(false);
  await expect(bench.world.images.restore('cli')).rejects.toThrow('none was taken');
});
