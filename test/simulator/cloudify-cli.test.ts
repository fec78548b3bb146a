import { afterEach, describe, expect, it } from 'vitest';
import { inPlace42, migration41 } from '../../simulator/manager/cloudify/presets/presets.ts';
import { type Bench, createBench, masked } from './cloudify-bench.ts';

let bench: Bench;
afterEach(() => bench.close());

describe('what cfy 4.2 prints', () => {
  it('an empty snapshot list is a table without rows', async () => {
    bench = createBench(inPlace42);

    const { out, err, code } = await bench.run('cli', 'cfy snapshots list');

    expect({ err, code }).toEqual({ err: '', code: 0 });
    expect(out).toBe(`Listing snapshots...

Snapshots:
+----+------------+--------+-------+--------------+-------------+------------+
| id | created_at | status | error | availability | tenant_name | created_by |
+----+------------+--------+-------+--------------+-------------+------------+
+----+------------+--------+-------+--------------+-------------+------------+

`);
  });

  it('a snapshot is created, listed, downloaded and deleted in these words', async () => {
    bench = createBench(inPlace42);

    const created = await bench.run('cli', 'cfy snapshots create my_snap');
    await bench.clock.advance(125);
    const listed = await bench.run('cli', 'cfy snapshots list');
    const downloaded = await bench.run('cli', 'cfy snapshots download my_snap -o /home/centos/x.zip');
    const again = await bench.run('cli', 'cfy snapshots download my_snap -o /home/centos/x.zip');
    const missing = await bench.run('cli', 'cfy snapshots download nope');
    const deleted = await bench.run('cli', 'cfy snapshots delete my_snap');
    const deletedAgain = await bench.run('cli', 'cfy snapshots delete my_snap');

    expect(masked(created.out)).toBe(
      "Creating snapshot my_snap...\nStarted workflow execution. The execution's id is UUIDUUID-UUID-UUID-UUID-UUIDUUIDUUID\n",
    );
    expect(masked(listed.out)).toContain(`
+---------+--------------------------+---------+-------+--------------+----------------+------------+
|    id   |        created_at        |  status | error | availability |  tenant_name   | created_by |
+---------+--------------------------+---------+-------+--------------+----------------+------------+
| my_snap | YYYY-MM-DD hh:mm:ss.mmm  | created |       |   private    | default_tenant |   admin    |
+---------+--------------------------+---------+-------+--------------+----------------+------------+
`);
    expect(downloaded.out.split('\n')[0]).toBe('Downloading snapshot my_snap...');
    expect(downloaded.out).toMatch(
      /\r x\.zip \|#{63}\| 100\.0%\nSnapshot downloaded as \/home\/centos\/x\.zip\n$/,
    );
    expect(again).toMatchObject({
      code: 1,
      out: "Downloading snapshot my_snap...\nOutput file '/home/centos/x.zip' already exists\n",
    });
    expect(missing).toMatchObject({
      code: 1,
      out: 'Downloading snapshot nope...\nAn error occurred on the server: 404: Requested `Snapshot` with ID `nope` was not found\n',
    });
    expect(deleted.out).toBe('Deleting snapshot my_snap...\nSnapshot deleted successfully\n');
    expect(deletedAgain).toMatchObject({ code: 1 });
  });

  it('an execution is shown with its parameters, and its end as terminated', async () => {
    bench = createBench(inPlace42);
    const created = await bench.run('cli', 'cfy snapshots create my_snap');
    const id = /id is (\S+)/.exec(created.out)?.[1] ?? '';
    await bench.clock.advance(130);

    const { out } = await bench.run('cli', `cfy executions get ${id}`);

    expect(masked(out)).toContain(`
+--------------------------------------+-----------------+------------+---------------+--------------------------+-------+--------------+----------------+------------+
|                  id                  |   workflow_id   |   status   | deployment_id |        created_at        | error | availability |  tenant_name   | created_by |
+--------------------------------------+-----------------+------------+---------------+--------------------------+-------+--------------+----------------+------------+
| UUIDUUID-UUID-UUID-UUID-UUIDUUIDUUID | create_snapshot | terminated |               | YYYY-MM-DD hh:mm:ss.mmm  |       |    tenant    | default_tenant |   admin    |
+--------------------------------------+-----------------+------------+---------------+--------------------------+-------+--------------+----------------+------------+

Execution Parameters:
	snapshot_id: 	my_snap
`);
    const events = await bench.run('cli', `cfy events list --execution-id ${id}`);
    expect(
      masked(events.out).replaceAll('UUIDUUID-UUID-UUID-UUID-UUIDUUIDUUID', 'X'),
    ).toBe(`Listing events for execution id X [include_logs=True]
YYYY-MM-DD hh:mm:ss.mmm  CFY <None> Starting 'create_snapshot' workflow execution
YYYY-MM-DD hh:mm:ss.mmm  LOG <None> INFO: Creating snapshot \`my_snap\`
YYYY-MM-DD hh:mm:ss.mmm  LOG <None> INFO: Snapshot created successfully
YYYY-MM-DD hh:mm:ss.mmm  CFY <None> 'create_snapshot' workflow execution succeeded

Total events: 4
`);
  });

  it('status is a table of services, and exit code 0 whatever it found', async () => {
    bench = createBench(inPlace42);

    const healthy = await bench.run('cli', 'cfy status');
    await bench.world.faults.stopService('manager', 'cloudify-restservice');
    const down = await bench.run('cli', 'cfy status');
    await bench.world.faults.outage('manager', 60);
    const away = await bench.run('cli', 'cfy status');

    expect(healthy.out).toBe(`Retrieving manager services status... [ip=10.20.0.10]

Services:
+--------------------------------+---------+
|            service             |  status |
+--------------------------------+---------+
| InfluxDB                       | running |
| Cloudify Composer              | running |
| Management Worker              | running |
| AMQP-Postgres                  | running |
| AMQP InfluxDB                  | running |
| RabbitMQ                       | running |
| Cloudify Console               | running |
| Webserver                      | running |
| Riemann                        | running |
| Manager Rest-Service           | running |
| PostgreSQL                     | running |
+--------------------------------+---------+

`);
    for (const ran of [down, away]) {
      expect(ran).toMatchObject({ code: 0 });
      expect(ran.out).toContain('REST service at manager 10.20.0.10 is not responding!');
    }
  });

  it('maintenance mode is entered and left in these words', async () => {
    bench = createBench(inPlace42);

    const entered = await bench.run('cli', 'cfy maintenance-mode activate --wait');
    const shown = await bench.run('cli', 'cfy maintenance-mode status');
    const twice = await bench.run('cli', 'cfy maintenance-mode activate');
    const left = await bench.run('cli', 'cfy maintenance-mode deactivate');
    const off = await bench.run('cli', 'cfy maintenance-mode status');

    expect(entered.out).toBe(`Entering maintenance mode...
Cloudify manager will enter Maintenance mode once there are no running or pending executions...

Manager is in maintenance mode.
While in maintenance mode most requests will be blocked.
`);
    expect(shown.out).toMatch(
      /^\nMaintenance Mode Status:\n\tStatus:\tactivated\n\tRequested By:\tadmin\n\tActivated At:\t\S+Z\n\tActivation Requested At:\t\S+Z\n\nINFO - Cloudify Manager is currently in maintenance mode\. Most requests will be blocked\.\n/,
    );
    expect(twice).toMatchObject({ code: 1 });
    expect(twice.out).toContain('An error occurred on the server: 304: ');
    expect(left.out).toBe('Turning off maintenance mode...\nMaintenance mode is off.\n');
    expect(off.out.trimEnd()).toBe('\nMaintenance Mode Status:\n\tStatus:\tdeactivated');
  });

  it('profiles list shows the active one with an asterisk and no password', async () => {
    bench = createBench(inPlace42);

    const { out } = await bench.run('cli', 'cfy profiles list');

    expect(out).toBe(`Listing all profiles...

Profiles:
+-------------+------------+------------------+----------------+----------+----------------------------------------+----------+-----------+---------------+------------------+-----------------+
|     name    | manager_ip | manager_username | manager_tenant | ssh_user |              ssh_key_path              | ssh_port | rest_port | rest_protocol | rest_certificate | bootstrap_state |
+-------------+------------+------------------+----------------+----------+----------------------------------------+----------+-----------+---------------+------------------+-----------------+
| *10.20.0.10 | 10.20.0.10 |      admin       | default_tenant |  centos  | /home/centos/.ssh/cloudify-manager.pem |    22    |     80    |      http     |                  |     Complete    |
+-------------+------------+------------------+----------------+----------+----------------------------------------+----------+-----------+---------------+------------------+-----------------+

`);
  });
});

describe('versions', () => {
  it('PATH decides which cfy runs, and a path to one names it', async () => {
    bench = createBench(inPlace42);

    const old = await bench.run('cli', 'cfy --version');
    const fresh = await bench.run('new_cli', 'cfy --version');
    const byPath = await bench.run('new_cli', '/opt/cfy-4.2/bin/cfy --version');
    const none = await bench.run('cli', 'cfy --version', { env: { PATH: '/usr/bin:/bin' } });

    expect(old.out).toBe('Premium edition\n\nCloudify CLI 4.2.0\nCloudify Manager 4.2.0 [ip=10.20.0.10]\n');
    expect(fresh.out).toBe('Cloudify CLI 4.3.1\n');
    expect(byPath.out).toBe('Cloudify CLI 4.2.0\n');
    expect(none).toMatchObject({ code: 127, err: 'cfy: command not found\n' });
  });

  it.each([
    ['cli', 'cfy snapshots list', 'permission'],
    ['cli', 'cfy executions list --include-system-workflows', 'permission'],
  ])('4.1 names the visibility column %s %s %s', async (role, line, title) => {
    bench = createBench(migration41);

    const { out } = await bench.run(role, line);

    expect(out).toContain(`| ${title} |`);
    expect(out).not.toContain('Showing');
  });

  it('4.3 ends lists with a count and calls roles by words', async () => {
    bench = createBench(inPlace42);
    await bench.run(
      'new_cli',
      'cfy profiles use 10.20.0.10 -u admin -p Tulip-under-glass-42 -t default_tenant',
    );

    const { out } = await bench.run('new_cli', 'cfy users list');

    expect(out).toContain('| username | groups | system wide role | system wide roles via groups | active |');
    expect(out).toMatch(/Showing 4 of 4 users\n$/);
  });

  it('teardown is no command any more in 4.3', async () => {
    bench = createBench(inPlace42);

    const ran = await bench.run('new_cli', 'cfy teardown -f');

    expect(ran).toMatchObject({
      code: 2,
      out: '',
      err: "Usage: cfy [OPTIONS] COMMAND [ARGS]...\nTry 'cfy -h' for help.\n\nError: No such command 'teardown'.\n",
    });
  });
});

describe('the command line', () => {
  it.each([
    [
      'cfy snapshots list --json',
      'cfy snapshots list [OPTIONS]',
      'cfy snapshots list -h',
      'no such option: --json',
    ],
    [
      'cfy snapshots create --exclude-logs',
      'cfy snapshots create [OPTIONS] [SNAPSHOT_ID]',
      'cfy snapshots create -h',
      'no such option: --exclude-logs',
    ],
    [
      'cfy snapshots create a -t retail',
      'cfy snapshots create [OPTIONS] [SNAPSHOT_ID]',
      'cfy snapshots create -h',
      'no such option: -t',
    ],
    ['cfy user list', 'cfy [OPTIONS] COMMAND [ARGS]...', 'cfy -h', 'Too many matches: user-groups, users'],
    ['cfy version', 'cfy [OPTIONS] COMMAND [ARGS]...', 'cfy -h', "No such command 'version'."],
    [
      'cfy snapshots restore',
      'cfy snapshots restore [OPTIONS] SNAPSHOT_ID',
      'cfy snapshots restore -h',
      "Missing argument 'SNAPSHOT_ID'.",
    ],
    [
      'cfy snapshots delete a b',
      'cfy snapshots delete [OPTIONS] SNAPSHOT_ID',
      'cfy snapshots delete -h',
      'Got unexpected extra argument (b)',
    ],
    [
      'cfy users set-password omar',
      'cfy users set-password [OPTIONS] USERNAME',
      'cfy users set-password -h',
      "Missing option '-p' / '--password'.",
    ],
    [
      'cfy snapshots download x -o',
      'cfy snapshots download [OPTIONS] SNAPSHOT_ID',
      'cfy snapshots download -h',
      '-o option requires an argument',
    ],
    ['cfy license list', 'cfy [OPTIONS] COMMAND [ARGS]...', 'cfy -h', "No such command 'license'."],
  ])('%s is a usage error of 4.2', async (line, usage, help, message) => {
    bench = createBench(inPlace42);

    const ran = await bench.run('cli', line);

    expect(ran).toMatchObject({
      code: 2,
      out: '',
      err: `Usage: ${usage}\nTry '${help}' for help.\n\nError: ${message}\n`,
    });
  });

  it('a unique beginning of a name is enough, on every level', async () => {
    bench = createBench(inPlace42);

    const ran = await bench.run('cli', 'cfy snap cr short');

    expect(ran).toMatchObject({ code: 0 });
    expect(ran.out).toMatch(/^Creating snapshot short\.\.\.\n/);
  });

  it('an id that is not given is made up', async () => {
    bench = createBench(inPlace42);

    const { out } = await bench.run('cli', 'cfy snapshot create');

    expect(out).toMatch(
      /^Creating snapshot snapshot_[A-Z0-9]{6}\.\.\.\nStarted workflow execution\. The execution's id is \S{36}\n$/,
    );
  });

  it('4.1 has no --all-tenants for agents and none for executions', async () => {
    bench = createBench(migration41);

    expect(await bench.run('cli', 'cfy agents install --all-tenants')).toMatchObject({ code: 2 });
    expect(await bench.run('cli', 'cfy executions list -a')).toMatchObject({ code: 2 });
    expect(await bench.run('cli', 'cfy executions list -t telecom')).toMatchObject({ code: 0 });
  });
});

describe('profiles', () => {
  it('a wrong password is told and makes no profile', async () => {
    bench = createBench(inPlace42);

    const ran = await bench.run('new_cli', 'cfy profiles use 10.20.0.10 -u admin -p wrong -t default_tenant');
    const listed = await bench.run('new_cli', 'cfy profiles list');

    expect(ran).toMatchObject({ code: 1, err: '' });
    expect(
      ran.out,
    ).toContain(`Attempting to connect to 10.20.0.10 through port 80, using http (SSL mode: False)...
Can't use manager 10.20.0.10
401: User unauthorized: Authentication failed for <User username=\`admin\`>. Wrong credentials or locked account.
`);
    expect(listed.out).toContain('No profiles found.');
  });

  it('the first use initialises the work directory, and keeps the password in clear there', async () => {
    bench = createBench(inPlace42);

    const { out } = await bench.run(
      'new_cli',
      'cfy profiles use 10.20.0.10 -u admin -p Tulip-under-glass-42 -t default_tenant',
    );
    const kept = await bench
      .files('cli')
      .readText('/home/centos/cfy-new/.cloudify/profiles/10.20.0.10/context');

    expect(out).toBe(`Initializing local profile ...
Initialization completed successfully
Attempting to connect to 10.20.0.10 through port 80, using http (SSL mode: False)...
Initializing profile 10.20.0.10...
Initialization completed successfully
Using manager 10.20.0.10 with port 80
`);
    expect(kept).toContain('manager_password: Tulip-under-glass-42');
    expect((await bench.run('cli', 'cfy profiles list')).out).not.toContain('Tulip');
  });

  it('an existing profile is used as it is from 4.2 on; 4.1 makes it anew and drops the bootstrap directory', async () => {
    bench = createBench(inPlace42);
    const used = await bench.run('cli', 'cfy profiles use 10.20.0.10 -u admin -p other -t default_tenant');
    expect(used.out).toContain(
      'Profile 10.20.0.10 already exists. The passed in options are ignored: manager_username, manager_password, manager_tenant.',
    );
    expect((await bench.run('cli', 'cfy status')).out).toContain('Services:');
    await bench.close();

    bench = createBench(migration41);
    const data = '/home/centos/cfy-old/.cloudify/profiles/10.20.0.11/bootstrap/manager/data';
    expect(await bench.files('cli').exists(data)).toBe(true);
    await bench.run('cli', 'cfy profiles use 10.20.0.11 -u admin -p Tulip-under-glass-42 -t default_tenant');
    expect(await bench.files('cli').exists(data)).toBe(false);
  });

  it.each(['USERNAME', 'PASSWORD', 'TENANT'])(
    'CLOUDIFY_%s beside the profile is a conflict',
    async (name) => {
      bench = createBench(inPlace42);

      const ran = await bench.run('cli', 'cfy snapshots list', { env: { [`CLOUDIFY_${name}`]: 'x' } });

      expect(ran).toMatchObject({ code: 1, err: '' });
      expect(ran.out).toMatch(
        /^Manager \w+ is set in profile \*and\* in the `CLOUDIFY_\w+` env variable\. Resolve the conflict/,
      );
    },
  );

  it('setting a password tries it first, unless told not to', async () => {
    bench = createBench(inPlace42);

    const tried = await bench.run('cli', 'cfy profiles set -p wrong');
    const forced = await bench.run('cli', 'cfy profiles set -p wrong --skip-credentials-validation');
    const refused = await bench.run('cli', 'cfy snapshots list');

    expect(tried).toMatchObject({ code: 1 });
    expect(forced).toMatchObject({
      code: 0,
      out: 'Setting password to `wrong`\nSettings saved successfully\n',
    });
    expect(refused.out).toContain('An error occurred on the server: 401: User unauthorized');
  });

  it('without an active profile the executions group is the local one, and others want a manager', async () => {
    bench = createBench(inPlace42);

    expect(await bench.run('new_cli', 'cfy executions list --include-system-workflows')).toMatchObject({
      code: 2,
    });
    const ran = await bench.run('new_cli', 'cfy snapshots list');
    expect(ran).toMatchObject({ code: 1 });
    expect(ran.out).toMatch(/^This command is only available when using a manager\./);
  });
});

describe('people and resources', () => {
  it('a list of users has the columns and links of its release', async () => {
    bench = createBench(inPlace42);
    const v42 = await bench.run('cli', 'cfy users list --get-data');
    expect(v42.out).toContain('| username |    groups   | system_wide_role |');
    expect(v42.out).toContain("'telecom': ['user']");
    await bench.close();

    bench = createBench(migration41);
    const v41 = await bench.run('cli', 'cfy users list');
    expect(v41.out).toContain('| username | groups |  role | tenants | active |');
    expect(v41.out).toMatch(/\| +maya +\| +\| +admin +\| +2 +\| +True +\|/);
  });

  it('a manager that is no cluster says so with exit code 1', async () => {
    bench = createBench(inPlace42);

    expect(await bench.run('cli', 'cfy cluster nodes list')).toMatchObject({
      code: 1,
      out: 'This manager is not part of a Cloudify Manager cluster\n',
    });
    expect(await bench.run('cli', 'cfy cluster status')).toMatchObject({ code: 1 });
  });

  it('deployments are those of one tenant, unless all are asked for', async () => {
    bench = createBench(inPlace42);

    const own = await bench.run('cli', 'cfy deployments list');
    const telecom = await bench.run('cli', 'cfy deployments list -t telecom');
    const all = await bench.run('cli', 'cfy node-instances list -a');

    expect(own.out).toContain('billing');
    expect(own.out).not.toContain('dns-edge');
    expect(telecom.out).toMatch(/^Explicitly using tenant `telecom`\n/);
    expect(telecom.out).toContain('dns-edge');
    for (const id of ['billing_vm_k3x9ab', 'dns_vm_p0q1rs', 'cloud_db_a1b2c3']) expect(all.out).toContain(id);
  });
});
