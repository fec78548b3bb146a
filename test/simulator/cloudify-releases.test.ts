import { afterEach, describe, expect, it } from 'vitest';
import type { CliVersion } from '../../simulator/manager/cloudify/cfy/releases.ts';
import { managerPackages, newManager } from '../../simulator/manager/cloudify/installation.ts';
import type { Edition, Manager } from '../../simulator/manager/cloudify/model.ts';
import { fill } from '../../simulator/manager/cloudify/presets/content.ts';
import { managerFiles, systemFiles } from '../../simulator/manager/cloudify/presets/machines.ts';
import { blocked34 } from '../../simulator/manager/cloudify/presets/presets.ts';
import type { Preset } from '../../simulator/manager/cloudify/seed.ts';
import { type Bench, createBench, masked, rest } from './cloudify-bench.ts';

let bench: Bench;
afterEach(() => bench.close());

const PASSWORD = 'pass-Word-1';

interface Pair {
  readonly manager: string;
  readonly cli: CliVersion;
  readonly edition?: Edition;
  readonly change?: (manager: Manager) => Partial<Manager>;
}

/** One Manager with one deployment, and one CLI. */
function pair({ manager: version, cli, edition = 'premium', change = () => ({}) }: Pair): Preset {
  return (dice, now) => {
    const empty = newManager(
      { version, edition, publicIp: '10.0.0.2', privateIp: '10.0.0.2', adminPassword: PASSWORD, now },
      dice,
    );
    const plan = {
      tenants: ['default_tenant'],
      users: [],
      groups: [],
      plugins: [],
      secrets: [],
      deployments: [
        {
          id: 'dep1',
          tenant: 'default_tenant',
          blueprint: 'bp1',
          createdBy: 'admin',
          hosts: [{ instance: 'vm_abc123', ip: '10.0.0.9', network: 'default' }],
        },
      ],
    };
    const filled = fill(empty, plan, now);
    const manager = { ...filled.manager, ...change(filled.manager) };
    const bare = { user: 'centos', packages: [], clis: [] };
    const cliHost = { ...bare, name: 'cli', publicIp: '10.0.0.1', privateIp: '10.0.0.1', manager: null };
    return {
      hosts: [
        { ...cliHost, clis: [{ version: cli, bin: '/opt/cfy/bin' }], files: systemFiles(dice) },
        {
          ...bare,
          ...{ name: 'manager', publicIp: '10.0.0.2', privateIp: '10.0.0.2', manager },
          packages: managerPackages(version),
          files: { ...systemFiles(dice), ...managerFiles('manager', manager) },
        },
      ],
      agents: filled.agents,
      facts: {
        roles: { cli: { host: 'cli', env: { PATH: '/opt/cfy/bin:/usr/bin' } } },
        secrets: {},
        rpm: null,
      },
    };
  };
}

async function open(of: Pair): Promise<string> {
  bench = createBench(pair(of));
  return (await bench.run('cli', `cfy profiles use 10.0.0.2 -u admin -p ${PASSWORD} -t default_tenant`)).out;
}

describe('CLI 4.6 with a Manager 4.5.5', () => {
  it('shows the end of an execution as completed, in columns of its own', async () => {
    await open({ manager: '4.5.5', cli: '4.6.0' });
    const created = await bench.run('cli', 'cfy snapshots create my_snap');
    await bench.clock.advance(125);

    const executions = await bench.run('cli', 'cfy executions list --include-system-workflows');
    const raw = await rest(
      bench,
      '10.0.0.2',
      'v3.1/executions?workflow_id=create_snapshot&_include_system_workflows=true',
      PASSWORD,
    );

    expect(created.code).toBe(0);
    expect(masked(executions.out)).toContain(
      '| UUIDUUID-UUID-UUID-UUID-UUIDUUIDUUID |        create_snapshot        | completed |   False    |',
    );
    expect(executions.out).toContain('| is_dry_run | deployment_id |');
    expect(executions.out).toMatch(/Showing 3 of 3 executions\n$/);
    expect(raw.json).toMatchObject({ items: [{ status: 'terminated', status_display: 'completed' }] });
  });

  it('lists in JSON on request, one object per line, and then says nothing else', async () => {
    await open({ manager: '4.5.5', cli: '4.6.0' });

    const empty = await bench.run('cli', 'cfy snapshots list --json');
    const created = await bench.run('cli', 'cfy --json snapshots create my_snap');
    const listed = await bench.run('cli', 'cfy --json snapshots list');

    expect(empty.out).toBe('[\n\n]\n');
    expect(created.out).toBe('');
    expect(JSON.parse(listed.out)).toMatchObject([
      { id: 'my_snap', status: 'creating', created_by: 'admin' },
    ]);
  });

  it('lets snapshots be made in maintenance mode', async () => {
    await open({ manager: '4.5.5', cli: '4.6.0' });
    await bench.run('cli', 'cfy maintenance-mode activate --wait');

    expect(await bench.run('cli', 'cfy snapshots create my_snap')).toMatchObject({ code: 0 });
    expect((await bench.run('cli', 'cfy deployments list')).out).toContain('503: ');
  });

  it('queues a snapshot behind what runs', async () => {
    await open({ manager: '4.5.5', cli: '4.6.0' });
    await bench.world.faults.startExecution('manager', {
      ...{ workflow: 'heal', deployment: 'dep1', tenant: 'default_tenant', seconds: 60 },
    });

    const queued = await bench.run('cli', 'cfy snapshots create my_snap --queue');
    await bench.clock.advance(70);
    const running = await bench.run('cli', 'cfy snapshots list');
    await bench.clock.advance(125);

    expect(queued.out).toMatch(
      /`queue` flag was passed, snapshot creation will start automatically when possible\. Execution id: \S{36}\n$/,
    );
    expect(running.out).toContain('creating');
    expect((await bench.run('cli', 'cfy snapshots list')).out).toContain('created ');
  });

  it('installs and validates agents in the words of 4.6', async () => {
    await open({ manager: '4.5.5', cli: '4.6.0' });

    const installed = await bench.run('cli', 'cfy agents install --all-tenants');
    const validated = await bench.run('cli', 'cfy agents validate --all-tenants');
    const listed = await bench.run('cli', 'cfy agents list');

    expect(
      masked(installed.out),
    ).toBe(`Started execution for deployment 'dep1' on tenant 'default_tenant': UUIDUUID-UUID-UUID-UUID-UUIDUUIDUUID
YYYY-MM-DD hh:mm:ss.mmm  CFY <dep1> Starting 'install_new_agents' workflow execution
YYYY-MM-DD hh:mm:ss.mmm  CFY <dep1> 'install_new_agents' workflow execution succeeded
Finished executing workflow 'install_new_agents' on deployment 'dep1'
`);
    expect(validated).toMatchObject({ code: 0 });
    expect(listed.out).toContain('vm_abc123');
  });
});

describe('CLIs and Managers that do not fit', () => {
  it('a CLI from 4.1 on cannot talk to a 4.0.x, and nothing warns of it', async () => {
    const used = await open({ manager: '4.0.1', cli: '4.1.1' });
    expect(used).toContain("Can't use manager 10.0.0.2. 404: ");

    await bench.run(
      'cli',
      `cfy profiles use 10.0.0.2 -u admin -p ${PASSWORD} -t default_tenant --skip-credentials-validation`,
    );
    const listed = await bench.run('cli', 'cfy snapshots list');
    expect(listed).toMatchObject({ code: 1 });
    expect(listed.out).toContain(
      'An error occurred on the server: 404: 404 Not Found: The requested URL was not found',
    );
  });

  it('a CLI 4.0 talks to it, in its own words', async () => {
    const used = await open({ manager: '4.0.1', cli: '4.0.1' });
    const restored = await bench.run('cli', 'cfy snapshots restore x --restore-certificates');

    expect(used).toMatch(/\nAttempting to connect\.\.\.\nInitializing profile 10\.0\.0\.2\.\.\.\n/);
    expect((await bench.run('cli', 'cfy agents install')).out).toMatch(
      /^Installing agents for all installed deployments\n/,
    );
    expect(restored).toMatchObject({ code: 2 });
  });

  it('a snapshot of a patched 4.0.1 calls itself 4.1.0, so that no 4.0.1 takes it back', async () => {
    await open({ manager: '4.0.1', cli: '4.0.1', change: () => ({ patch: '4.1.0-p3' }) });
    await bench.run('cli', 'cfy snapshots create s');
    await bench.clock.advance(125);
    await bench.run('cli', 'cfy snapshots download s -o /home/centos/s.zip');

    const metadata = await bench.run('cli', 'unzip -p /home/centos/s.zip metadata.json');
    const agents = await bench.run('cli', 'unzip -p /home/centos/s.zip agents.json');
    const restored = await bench.run('cli', 'cfy snapshots restore s --force');
    await bench.clock.advance(20);

    expect(JSON.parse(metadata.out)).toMatchObject({ snapshot_version: '4.1.0-p3-4.0.1' });
    expect(Object.keys(JSON.parse(agents.out))).toEqual(['default_tenant']);
    expect(restored.code).toBe(0);
    expect((await bench.run('cli', 'cfy executions list --include-system-workflows')).out).toContain(
      '[4.1.0 > 4.0.1]',
    );
  });
});

describe('editions and licences', () => {
  it('community answers premium features with 404, and reports a date from 4.3 on', async () => {
    await open({ manager: '4.3.0', cli: '4.3.1', edition: 'community' });

    for (const [line, saying] of [
      ['cfy users list', 'Listing all users...'],
      ['cfy user-groups list', 'Listing all user groups...'],
    ]) {
      expect(await bench.run('cli', line ?? '')).toMatchObject({
        code: 1,
        out: `${saying}\nAn error occurred on the server: 404: This feature exists only in the premium edition of Cloudify.\nPlease contact sales for additional info.\n`,
      });
    }
    expect(await bench.run('cli', 'cfy cluster nodes list')).toMatchObject({ code: 1 });
    expect((await bench.run('cli', 'cfy --version')).out).toBe(
      'Community edition\n\nCloudify CLI 4.3.1\nCloudify Manager 18.2.28 [ip=10.0.0.2]\n',
    );
    expect((await rest(bench, '10.0.0.2', 'version', PASSWORD)).json).toMatchObject({
      version: '18.2.28',
      edition: 'community',
    });
  });

  it('a premium 4.6 does nothing with snapshots before it has a licence', async () => {
    await open({ manager: '4.6.0', cli: '4.6.0' });
    await bench.files('cli').write('/home/centos/bad.yaml', 'nothing\n');
    await bench
      .files('cli')
      .write(
        '/home/centos/licence.yaml',
        'license:\n  customer_id: acme\n  expiration_date: 2027-01-01\nsignature: abc\n',
      );

    const before = await bench.run('cli', 'cfy snapshots list');
    const bad = await bench.run('cli', 'cfy license upload /home/centos/bad.yaml');
    const uploaded = await bench.run('cli', 'cfy license upload /home/centos/licence.yaml');
    const listed = await bench.run('cli', 'cfy license list');

    expect(before).toMatchObject({ code: 1, out: expect.stringContaining('400: No license was found') });
    expect(bad).toMatchObject({ code: 1 });
    expect(uploaded.out).toMatch(/Cloudify license successfully uploaded\.\n$/);
    expect(listed.out).toContain('acme');
    expect(await bench.run('cli', 'cfy snapshots list')).toMatchObject({ code: 0 });
  });

  it('a cluster shows its nodes and refuses a restore', async () => {
    const cluster = [
      { name: 'n1', ip: '10.0.0.2', state: 'leader', readyFrom: 0 },
      { name: 'n2', ip: '10.0.0.3', state: 'replica', readyFrom: 0 },
    ] as const;
    await open({ manager: '4.3.1', cli: '4.3.1', change: () => ({ cluster }) });
    await bench.run('cli', 'cfy snapshots create s');
    await bench.clock.advance(125);

    const nodes = await bench.run('cli', 'cfy cluster nodes list');
    const restored = await bench.run('cli', 'cfy snapshots restore s');

    expect(nodes.out).toMatch(/^\nHA Cluster nodes\n/);
    expect(nodes.out).toMatch(/\| +n1 +\| 10\.0\.0\.2 \| +leader +\| +OK +\|/);
    expect(restored.out).toContain(
      '400: Action `restore snapshot` is not available on a cluster with more than one node',
    );
  });
});

describe('a Manager 3.4', () => {
  it('answers its version without asking who wants to know, on the old APIs only', async () => {
    bench = createBench(blocked34);

    const plain = await bench.run('cli', 'curl -fsS http://10.20.0.13/api/v2.1/version');
    const unversioned = await rest(bench, '10.20.0.13', 'version', 'whatever');
    const newer = await rest(bench, '10.20.0.13', 'v3.1/version', 'whatever');

    expect(JSON.parse(plain.out)).toMatchObject({ version: '3.4.2' });
    expect(unversioned.json).toMatchObject({ version: '3.4.2' });
    expect(unversioned.json).not.toHaveProperty('edition');
    expect(newer).toMatchObject({
      code: 22,
      err: 'curl: (22) The requested URL returned error: 404 NOT FOUND\n',
    });
  });
});
