/** The scripts of cloudify-dev: where they come from, what proves that they are the right ones, and what they do. */
import { afterEach, describe, expect, it } from 'vitest';
import { type WorldPlan, worldFor } from '../../simulator/manager/cloudify/presets/world-plan.ts';
import { TEARDOWN_PROGRAM } from '../../simulator/manager/cloudify/programs/published-scripts.ts';
import { type Bench, createBench } from './cloudify-bench.ts';

let bench: Bench;
afterEach(() => bench.close());

const PINNED = 'd0ebbdc938cdbb2d713ff9ce8378e452f836b30c';
const TEARDOWN = '650bab6de4c3f6dd48c10aaf37876c2fddcbf7ed670800d4443ad4e001f58d27';
const CLUSTER = '9b9746e3d1be856e49e6b6e9943d2a438b6bbdc30229d8805523a3a50c24f34f';
const UNITS = ['cloudify-consul', 'cloudify-syncthing', 'cloudify-postgresql'];

function open(plan: Partial<WorldPlan> = {}): void {
  bench = createBench(worldFor({ version: '4.0.1', to: '4.3.1', standbys: 1, ...plan }));
}

function raw(name: string, ref = PINNED): string {
  return `https://raw.githubusercontent.com/cloudify-cosmo/cloudify-dev/${ref}/scripts/${name}`;
}

async function fetched(name: string, ref = PINNED): Promise<string> {
  const path = `/home/centos/${name}`;
  expect(await bench.run('manager', `curl -fL -o ${path} ${raw(name, ref)}`)).toMatchObject({ code: 0 });
  return path;
}

async function digest(path: string): Promise<string> {
  return (await bench.run('manager', `sha256sum ${path}`)).out.split(' ')[0] ?? '';
}

describe('downloads', () => {
  it.each([
    ['cfy_teardown_4_0_0.sh', PINNED, TEARDOWN, '#!/bin/bash'],
    [
      'cfy_teardown_4_0_0.sh',
      'master',
      '889a92941ea703d0890fda2586615c2a533455314a456315fdfe90767a6c079e',
      '#!/bin/bash',
    ],
    ['delete_cluster_4_0_1.py', PINNED, CLUSTER, '#!/usr/bin/env python'],
    [
      'delete_cluster_4_0_1.py',
      'master',
      '957175d950cb4757dbabde4b39a0d908a8b0dac02d9255854c1df3a84d16ddc3',
      '#!/usr/bin/env python',
    ],
    [
      'cfy_teardown_4_1_0_and_higher.sh',
      'master',
      'd10c715fb4e18734543a6a77576f2f6bd81b4597437d1e151bb7c2d8bae8ccf3',
      '#!/bin/bash',
    ],
  ])('%s at %s has the digest that was published', async (name, ref, sha256, first) => {
    open();
    const path = await fetched(name, ref);
    expect(await digest(path)).toBe(sha256);
    expect((await bench.files('manager').readText(path)).split('\n')[0]).toBe(first);
    const checked = await bench.run('manager', 'sha256sum -c -', { stdin: `${sha256}  ${path}\n` });
    expect(checked).toMatchObject({ code: 0, out: `${path}: OK\n` });
  });

  it('a changed copy, one that was changed on the way, and one of master are not the pinned one', async () => {
    open();
    const path = await fetched('cfy_teardown_4_0_0.sh');
    await bench.files('manager').append(path, '\n');
    expect(await digest(path)).not.toBe(TEARDOWN);

    await bench.world.faults.tamperNextDownload('cfy_teardown_4_0_0.sh');
    await fetched('cfy_teardown_4_0_0.sh');
    expect(await bench.run('manager', 'sha256sum -c -', { stdin: `${TEARDOWN}  ${path}\n` })).toMatchObject({
      code: 1,
      out: `${path}: FAILED\n`,
      err: 'sha256sum: WARNING: 1 computed checksum did NOT match\n',
    });

    await fetched('cfy_teardown_4_0_0.sh');
    expect(await digest(path)).toBe(TEARDOWN);
    await fetched('cfy_teardown_4_0_0.sh', 'master');
    expect(await digest(path)).not.toBe(TEARDOWN);
  });

  it('an address for people gives a page, which no interpreter runs; an unknown one 404', async () => {
    open();
    const page = 'https://github.com/cloudify-cosmo/cloudify-dev/blob/master/scripts/delete_cluster_4_0_1.py';
    await bench.run('manager', `curl -L -o /home/centos/delete_cluster_4_0_1.py ${page}`);
    const ran = await bench.run('manager', 'python /home/centos/delete_cluster_4_0_1.py', { root: true });
    expect(ran).toMatchObject({ code: 1, err: expect.stringContaining('SyntaxError') });

    const absent = await bench.run('manager', `curl -fL -o /home/centos/x ${raw('x.sh')}`);
    expect(absent).toMatchObject({
      code: 22,
      err: 'curl: (22) The requested URL returned error: 404 NOT FOUND\n',
    });
    expect(await bench.files('manager').exists('/home/centos/x')).toBe(false);
    expect(await bench.run('manager', 'curl -fsS https://example.com/')).toMatchObject({ code: 6 });
  });

  it('sha256sum reads standard input and says what it cannot read', async () => {
    open();
    const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    expect((await bench.run('manager', 'sha256sum')).out).toBe(`${empty}  -\n`);
    expect(await bench.run('manager', 'sha256sum /none')).toMatchObject({
      code: 1,
      err: 'sha256sum: /none: No such file or directory\n',
    });
    expect(await bench.run('manager', 'sha256sum -c -', { stdin: 'nonsense\n' })).toMatchObject({ code: 1 });
    const status = await bench.run('manager', 'sha256sum --status -c -', { stdin: `${empty}  /none\n` });
    expect(status).toMatchObject({ code: 1, out: '', err: '' });
  });
});

/** As the stand-in calls it; that a shell runs the stand-in is shown on a whole host. */
async function teardown(words: string, root = true) {
  return bench.run('manager', `${TEARDOWN_PROGRAM} cfy_teardown_4_0_0.sh ${words}`, { root });
}

it('openssl shows for which addresses a certificate was made', async () => {
  open();
  const file = '/etc/cloudify/ssl/cloudify_internal_cert.pem';
  const seen = await bench.run('manager', `openssl x509 -noout -text -in ${file}`);
  expect(seen).toMatchObject({ code: 0, out: expect.stringContaining('IP Address:10.20.0.10') });
  for (const wrong of ['/none', '/etc/cloudify/ssl/cloudify_internal_key.pem'])
    expect(await bench.run('manager', `openssl x509 -noout -text -in ${wrong}`)).toMatchObject({ code: 1 });
});

describe('the teardown script', () => {
  it('wants -f as its first word', async () => {
    open();
    for (const words of ['consul', 'consul --force', 'consul -v -f'])
      expect(await teardown(words)).toMatchObject({ code: 1, out: expect.stringContaining('***') });
    expect(await bench.world.manager('manager')).not.toBeNull();
  });

  it('takes the Manager away with certificates and keys, and what was saved elsewhere stays', async () => {
    open({ standbys: 0 });
    await bench.files('manager').write('/home/centos/ssl.tgz', 'saved');
    const ran = await teardown('consul -f');
    expect(ran).toMatchObject({ code: 0, out: expect.stringMatching(/Teardown complete!\n$/) });
    expect(await bench.world.manager('manager')).toBeNull();
    for (const path of ['/opt/manager', '/opt/cloudify', '/etc/cloudify', '/var/log/cloudify'])
      expect(await bench.files('manager').exists(path), path).toBe(false);
    expect(await bench.files('manager').exists('/home/centos/ssl.tgz')).toBe(true);
    expect((await bench.run('manager', 'rpm -qa cloudify*')).out).toBe('');
    expect(await teardown('consul -f')).toMatchObject({ code: 0 });
  });

  it('without root removes nothing and says all the same that it is complete', async () => {
    open();
    const ran = await teardown('consul -f', false);
    expect(ran).toMatchObject({ code: 0, out: expect.stringContaining('Teardown complete!') });
    expect(ran.err).toContain('Interactive authentication required');
    expect(await bench.world.manager('manager')).not.toBeNull();
  });
});

describe('the cluster script', () => {
  async function torn(ref: string): Promise<string> {
    open();
    await bench.run('cli', 'cfy cluster nodes remove node-2');
    await teardown('consul -f');
    expect(await bench.files('manager').exists('/var/pgdata')).toBe(true);
    return fetched('delete_cluster_4_0_1.py', ref);
  }

  it('prints nothing and leaves nothing of the cluster', async () => {
    const path = await torn(PINNED);
    expect((await bench.run('manager', 'systemctl is-active cloudify-consul')).out).toBe('active\n');
    const ran = await bench.run('manager', `python ${path}`, { root: true });
    expect(ran).toMatchObject({ code: 0, out: '', err: '' });
    expect((await bench.world.machine('manager')).clusterLeftovers).toEqual([]);
    expect(await bench.files('manager').exists('/var/pgdata')).toBe(false);
    expect((await bench.run('manager', 'systemctl list-units --all --no-legend cloudify*')).out).toBe('');
  });

  it('of master leaves Consul behind', async () => {
    const path = await torn('master');
    await bench.run('manager', `python ${path}`, { root: true });
    expect((await bench.world.machine('manager')).clusterLeftovers).toEqual(['cloudify-consul']);
  });

  it('without root removes nothing', async () => {
    const path = await torn(PINNED);
    expect(await bench.run('manager', `python ${path}`)).toMatchObject({ code: 1 });
    expect((await bench.world.machine('manager')).clusterLeftovers).not.toEqual([]);
  });

  it('may come first on the last node, as the guide for clusters has it: then the uninstall leaves nothing', async () => {
    open();
    await bench.run('cli', 'cfy cluster nodes remove node-2');
    const path = await fetched('delete_cluster_4_0_1.py');
    expect(await bench.run('manager', `python ${path}`, { root: true })).toMatchObject({ code: 0 });
    await teardown('consul -f');
    expect((await bench.world.machine('manager')).clusterLeftovers).toEqual([]);
  });

  it('of a Manager whose cluster has other nodes it does not get', async () => {
    open();
    const path = await fetched('delete_cluster_4_0_1.py');
    expect(await bench.run('manager', `python ${path}`, { root: true })).toMatchObject({ code: 1 });
    expect((await bench.run('manager', `systemctl is-active ${UNITS.join(' ')}`)).code).toBe(0);
  });
});
