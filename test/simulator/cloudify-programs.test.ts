import { afterEach, describe, expect, it } from 'vitest';
import { inPlace42, migration41 } from '../../simulator/manager/cloudify/presets/presets.ts';
import { type Bench, createBench, rest, sha256 } from './cloudify-bench.ts';

const OLD = 'Tulip-under-glass-42';
const RPM = '/opt/cutover/cloudify-manager-install.rpm';

let bench: Bench;
afterEach(() => bench.close());

describe('curl', () => {
  it('takes the password from a config on standard input, with quotes and backslashes in it', async () => {
    bench = createBench(inPlace42);
    await bench.run('cli', 'cfy users set-password omar', { words: ['-p', 'a "b\\c'] });

    const ran = await bench.run('cli', 'curl -fsS -K - -H', {
      stdin: 'user = "omar:a \\"b\\\\c"\n',
      words: ['Tenant: telecom', 'http://10.20.0.10/api/v3.1/deployments?_include=id'],
    });

    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(ran.out)).toEqual({
      items: [{ id: 'dns-edge' }, { id: 'vpn' }],
      metadata: { pagination: { total: 2, offset: 0, size: 2 } },
    });
  });

  it.each([
    [
      'a wrong password',
      'http://10.20.0.10/api/version',
      'wrong',
      22,
      'The requested URL returned error: 401 UNAUTHORIZED',
    ],
    [
      'an unknown resource',
      'http://10.20.0.10/api/v3.1/nonsense',
      OLD,
      22,
      'The requested URL returned error: 404 NOT FOUND',
    ],
    [
      'an unknown API version',
      'http://10.20.0.10/api/v9/version',
      OLD,
      22,
      'The requested URL returned error: 404 NOT FOUND',
    ],
    [
      'a port where nobody listens',
      'http://10.20.0.10:8080/api/version',
      OLD,
      7,
      'Failed connect to 10.20.0.10:8080; Connection refused',
    ],
    [
      'an address where no machine is',
      'http://10.99.0.1/api/version',
      OLD,
      7,
      'Failed connect to 10.99.0.1:80; No route to host',
    ],
    [
      'a name that nobody knows',
      'http://manager.example/api/version',
      OLD,
      6,
      'Could not resolve host: manager.example; Unknown error',
    ],
    [
      'TLS where there is none',
      'https://10.20.0.10/api/version',
      OLD,
      7,
      'Failed connect to 10.20.0.10:443; Connection refused',
    ],
  ])('%s', async (_, url, password, code, message) => {
    bench = createBench(inPlace42);

    const ran = await bench.run('cli', 'curl -fsS -K - -H', {
      stdin: `user = "admin:${password}"\n`,
      words: ['Tenant: default_tenant', url],
    });

    expect(ran).toMatchObject({ code, out: '', err: `curl: (${code}) ${message}\n` });
  });

  it('without -f an error is a body with exit code 0, and -s alone says nothing of a refusal', async () => {
    bench = createBench(inPlace42);

    const body = await bench.run('cli', `curl -s -u admin:wrong http://10.20.0.10/api/version`);
    const silent = await bench.run('cli', 'curl -s http://10.20.0.10:8080/');
    const code = await bench.run('cli', 'curl -s -o /dev/null -w %{http_code} http://10.20.0.10/api/version');

    expect(body.code).toBe(0);
    expect(JSON.parse(body.out)).toMatchObject({ error_code: 'unauthorized_error' });
    expect(silent).toMatchObject({ code: 7, out: '', err: '' });
    expect(code).toMatchObject({ code: 0, out: '401' });
    expect(await bench.run('cli', 'curl --nonsense http://10.20.0.10/')).toMatchObject({ code: 2 });
  });

  it('needs the tenant for what belongs to one', async () => {
    bench = createBench(inPlace42);

    const none = await bench.run('cli', `curl -sS -u admin:${OLD} http://10.20.0.10/api/v3.1/snapshots`);
    const omar = await bench.run('cli', 'curl -sS -u omar:omar-Old-1 -H', {
      words: ['Tenant: retail', 'http://10.20.0.10/api/v3.1/deployments'],
    });

    expect(JSON.parse(none.out)).toMatchObject({ error_code: 'forbidden_error' });
    expect(JSON.parse(omar.out)).toMatchObject({ error_code: 'forbidden_error' });
  });

  it('saves an archive as the bytes that it is', async () => {
    bench = createBench(inPlace42);
    await bench.run('cli', 'cfy snapshots create s');
    await bench.clock.advance(125);

    await bench.run('cli', `curl -sS -u admin:${OLD} -o /home/centos/s.zip -H`, {
      words: ['Tenant: default_tenant', 'http://10.20.0.10/api/v3.1/snapshots/s/archive'],
    });

    const kept = await bench.files('manager').read('/opt/manager/resources/snapshots/s/s.zip');
    expect(sha256(await bench.files('cli').read('/home/centos/s.zip'))).toBe(sha256(kept));
  });

  it('reads what probes ask for', async () => {
    bench = createBench(inPlace42);

    const context = await rest(bench, '10.20.0.10', 'v3.1/provider/context', OLD);
    const instances = await rest(
      bench,
      '10.20.0.10',
      'v3.1/node-instances?_include=id,state,host_id,tenant_name&_all_tenants=true',
      OLD,
    );
    const deployments = await rest(
      bench,
      '10.20.0.10',
      'v3.1/deployments?_include=id,groups&_all_tenants=true',
      OLD,
    );
    const paged = await rest(bench, '10.20.0.10', 'v3.1/deployments?_all_tenants=true&_size=1', OLD);
    const status = await rest(bench, '10.20.0.10', 'v3/status', OLD);

    expect(context.json).toMatchObject({
      context: {
        cloudify: { cloudify_agent: { networks: { default: '10.20.0.10', mgmt_net: '10.30.0.10' } } },
      },
    });
    const items = (instances.json as { items: { id: string; host_id: string; state: string }[] }).items;
    expect(items.filter((item) => item.id === item.host_id && item.state === 'started')).toHaveLength(5);
    expect(deployments.out).toContain('"workflow": "heal"');
    expect(paged.json).toMatchObject({ items: [{}], metadata: { pagination: { total: 4, size: 1 } } });
    expect(status.json).toMatchObject({ status: 'running' });
  });

  it('is refused for all but version, status and maintenance in maintenance mode', async () => {
    bench = createBench(inPlace42);
    await bench.run('cli', 'cfy maintenance-mode activate --wait');

    expect(await rest(bench, '10.20.0.10', 'v3.1/users', OLD)).toMatchObject({
      code: 22,
      err: expect.stringContaining('503'),
    });
    for (const path of ['version', 'v3.1/status', 'v3.1/maintenance']) {
      expect(await rest(bench, '10.20.0.10', path, OLD)).toMatchObject({ code: 0 });
    }
  });
});

describe('rpm and yum', () => {
  it('rpm knows what is installed and what a file holds', async () => {
    bench = createBench(migration41);
    const wanted =
      'sudo openssl logrotate systemd-sysv initscripts which python-setuptools python-backports python-backports-ssl_match_hostname openssh-server';

    const missing = await bench.run('new', `rpm -q ${wanted}`);
    const two = await bench.run('new', 'rpm -q sudo nonsense more-nonsense');
    const file = await bench.run('new', 'rpm -qp --qf', { words: ['%{NAME} %{VERSION}\\n', RPM] });
    const broken = await bench.run('new', 'rpm -qp /etc/os-release');
    const all = await bench.run('manager', 'rpm -qa cloudify*');

    expect(missing).toMatchObject({ code: 0 });
    expect(two).toMatchObject({ code: 2 });
    expect(two.out).toContain('package nonsense is not installed\n');
    expect(file.out).toBe('cloudify-manager-install 4.3.1\n');
    expect(broken).toMatchObject({
      code: 1,
      err: 'error: /etc/os-release: not an rpm package (or package manifest)\n',
    });
    expect(all.out).toContain('cloudify-rest-service-4.1.1-');
  });

  it('the RPM has the digest that the preset names', async () => {
    bench = createBench(migration41);

    const bytes = await bench.files('new').read(bench.world.seed.facts.rpm?.path ?? '');

    expect(sha256(bytes)).toBe(bench.world.seed.facts.rpm?.sha256);
  });

  it.each([
    ['without root', `yum install -y ${RPM}`, false, 'You need to be root to perform this command.'],
    ['without -y', `yum install ${RPM}`, true, 'Exiting on user command'],
    [
      'a file that is not there',
      'yum install -y /opt/nothing.rpm',
      true,
      'No package /opt/nothing.rpm available.',
    ],
  ])('yum %s changes nothing', async (_, line, root, message) => {
    bench = createBench(migration41);

    const ran = await bench.run('new', line, { root });

    expect(ran).toMatchObject({ code: 1 });
    expect(ran.out).toContain(message);
    expect(await bench.run('new', 'rpm -q cloudify-manager-install')).toMatchObject({ code: 1 });
  });

  it('a second installation of the same file has nothing to do', async () => {
    bench = createBench(migration41);
    await bench.run('new', `yum install -y ${RPM}`, { root: true });

    const again = await bench.run('new', `yum install -y ${RPM}`, { root: true });

    expect(again).toMatchObject({ code: 1, err: 'Error: Nothing to do\n' });
  });

  it('an unchanged config.yaml goes with the package, a changed one stays and keeps the next one out', async () => {
    bench = createBench(migration41);
    const files = bench.files('new');
    await bench.run('new', `yum install -y ${RPM}`, { root: true });
    await bench.run('new', 'yum remove -y cloudify-manager-install', { root: true });
    expect(await files.exists('/etc/cloudify/config.yaml')).toBe(false);
    expect(await files.exists('/etc/cloudify/config.yaml.rpmsave')).toBe(false);

    await files.write('/etc/cloudify/config.yaml', 'manager: {}\n');
    const ran = await bench.run('new', `yum install -y ${RPM}`, { root: true });

    expect(ran.out).toContain('/etc/cloudify/config.yaml created as /etc/cloudify/config.yaml.rpmnew');
    expect(await files.readText('/etc/cloudify/config.yaml')).toBe('manager: {}\n');
  });
});

describe('systemctl', () => {
  it('shows, stops and restarts services, and wants root for changes', async () => {
    bench = createBench(inPlace42);

    const units = await bench.run('manager', 'systemctl list-units cloudify* --no-legend');
    const plain = await bench.run('manager', 'systemctl restart cloudify-restservice');
    const stopped = await bench.run('manager', 'systemctl stop cloudify-restservice', { root: true });
    const active = await bench.run('manager', 'systemctl is-active cloudify-restservice');
    const gone = await rest(bench, '10.20.0.10', 'version', OLD);
    await bench.run('manager', 'systemctl restart cloudify-restservice', { root: true });
    const starting = await rest(bench, '10.20.0.10', 'version', OLD);
    await bench.clock.advance(15);

    expect(units.out.split('\n').filter((line) => line.includes('running'))).toHaveLength(10);
    expect(plain).toMatchObject({ code: 1 });
    expect(stopped).toMatchObject({ code: 0 });
    expect(active).toMatchObject({ code: 3, out: 'inactive\n' });
    expect(gone).toMatchObject({ code: 22 });
    expect(starting).toMatchObject({ code: 22 });
    expect(await rest(bench, '10.20.0.10', 'version', OLD)).toMatchObject({ code: 0 });
  });

  it('knows no unit where no Manager is', async () => {
    bench = createBench(migration41);

    expect(await bench.run('new', 'systemctl status cloudify-restservice')).toMatchObject({ code: 4 });
    expect(await bench.run('new', 'systemctl daemon-reload', { root: true })).toMatchObject({ code: 0 });
    expect((await bench.run('new', 'systemctl list-units cloudify* --no-legend')).out).toBe('');
  });

  it('a restart of the REST service reads the salt that lies on disk: the way of Support', async () => {
    bench = createBench(migration41);
    const salt = (await bench.world.manager('manager'))?.hashSalt ?? '';
    const files = bench.files('manager');
    const conf = JSON.parse(await files.readText('/opt/manager/rest-security.conf'));
    expect(conf.hash_salt).toBe(salt);

    await files.write('/opt/manager/rest-security.conf', JSON.stringify({ ...conf, hash_salt: 'another' }));
    await bench.run('manager', 'systemctl restart cloudify-restservice', { root: true });
    await bench.clock.advance(15);
    expect(await rest(bench, '10.20.0.11', 'version', OLD)).toMatchObject({ code: 22 });

    await files.write('/opt/manager/rest-security.conf', JSON.stringify(conf));
    await bench.run('manager', 'systemctl restart cloudify-restservice', { root: true });
    await bench.clock.advance(15);
    expect(await rest(bench, '10.20.0.11', 'version', OLD)).toMatchObject({ code: 0 });
  });
});

describe('small programs', () => {
  it('ss shows ports of a Manager only where one listens', async () => {
    bench = createBench(migration41);

    expect((await bench.run('manager', 'ss -ltn')).out).toContain(':5671');
    expect((await bench.run('new', 'ss -ltn')).out).not.toContain(':5671');
  });

  it('unzip tells apart what is no archive, what is absent and what does not match', async () => {
    bench = createBench(inPlace42);

    expect(await bench.run('cli', 'unzip -tq /etc/os-release')).toMatchObject({ code: 9 });
    expect(await bench.run('cli', 'unzip -l /nothing.zip')).toMatchObject({ code: 9 });
    await bench.run('cli', 'cfy snapshots create s');
    await bench.clock.advance(125);
    await bench.run('cli', 'cfy snapshots download s');
    const none = await bench.run('cli', 'unzip -p s.zip nothing.json');
    expect(none).toMatchObject({ code: 11, err: 'caution: filename not matched:  nothing.json\n' });
    expect(await bench.run('cli', 'unzip -l s.zip ssl/*')).toMatchObject({ code: 0 });
  });
});
