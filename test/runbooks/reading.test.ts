/** What the runbook makes of real answers: probes, captures, and whether a step is in place, not yet, or failed. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Json, LateExpr, Plan, PlannedStep } from '../../src/core/plan.ts';
import { type Captured, evaluateBool, evaluateCapture } from '../../src/runbook/evaluate.ts';
import { readFact } from '../../src/runbook/probe.ts';
import type { Runbook } from '../../src/runbook/runbook.ts';
import { planOf, type Situation, theRunbook } from './planning.ts';

let runbook: Runbook;

beforeAll(async () => {
  runbook = await theRunbook();
});

/** The fact, or the sentence that refuses it. */
function read(probe: string, stdout: string, exitCode = 0): Json {
  const answer = readFact(runbook, probe, { stdout, exitCode }, 'cli', 0);
  return answer.ok ? answer.fact.value : answer.finding.say;
}

const PREMIUM_ONLY =
  '{"message": "This feature exists only in the premium edition of Cloudify.\\nPlease contact sales for additional info.", "error_code": "missing_premium_package_error"}';
const UNAUTHORISED =
  '{"message": "User unauthorized: Authentication failed", "error_code": "unauthorized_error"}';
const page = (items: readonly unknown[]): string =>
  JSON.stringify(
    { items, metadata: { pagination: { total: items.length, offset: 0, size: 1000 } } },
    null,
    2,
  );

describe('probes read', () => {
  it('version and edition', () => {
    const answer = '{"version": "4.3", "edition": "premium", "build": null, "date": null, "commit": null}\n';
    expect(read('version', answer)).toBe('4.3');
    expect(read('edition', answer)).toBe('premium');
    expect(read('version', '{"version": "4.1.0-p1"}')).toMatch(/without a suffix/);
    expect(read('version', '', 22)).toMatch(/exit code 22/);
    expect(read('version', '<html>502 Bad Gateway</html>')).toMatch(/not JSON/);
  });

  it('the packages beside the reported version', () => {
    expect(
      read('packages_agree', '4.3\ncloudify-4.3.0-1.x86_64\ncloudify-manager-install-4.3.0-ga.x86_64\n'),
    ).toBe(true);
    expect(read('packages_agree', '4.2.0\ncloudify-rest-service-4.2.0-ga.el7.x86_64\n')).toBe(true);
    expect(read('packages_agree', '4.2.0\ncloudify-rest-service-4.1.1-ga.el7.x86_64\n')).toBe(false);
  });

  it('the patch marker, once, or none', () => {
    expect(read('patch', '4.1.0-p3\n4.1.0-p3\n')).toBe('4.1.0-p3');
    expect(read('patch', '', 1)).toBe('');
  });

  it('users, and the one user of a community edition; an error is not one user', () => {
    const users = page([
      { username: 'admin', role: 'admin', active: true },
      { username: 'ann', role: 'user', active: true },
    ]);
    expect([read('users', users), read('user_names', users), read('admin_names', users)]).toEqual([
      2,
      ['admin', 'ann'],
      ['admin'],
    ]);
    expect([read('users', PREMIUM_ONLY), read('user_names', PREMIUM_ONLY)]).toEqual([1, ['admin']]);
    expect(read('tenants', PREMIUM_ONLY)).toEqual(['default_tenant']);
    expect(read('tenants', page([{ name: 'default_tenant' }, { name: 'prod' }]))).toEqual([
      'default_tenant',
      'prod',
    ]);
    for (const probe of ['users', 'user_names', 'tenants', 'admin_names'])
      expect(read(probe, UNAUTHORISED), probe).toMatch(/cannot be read/);
  });

  it('the nodes of a cluster, and no cluster', () => {
    const nodes = page([
      { name: 'n1', host_ip: '10.0.0.4', master: true, online: true },
      { name: 'n2', host_ip: '10.0.0.5', master: false, online: true },
      { name: 'n3', host_ip: '10.0.0.6', master: false, online: false },
    ]);
    expect(read('cluster_nodes', `[{"initialized": true, "error": null},${nodes}]`)).toEqual([
      { name: 'n1', address: '10.0.0.4', state: 'leader', ok: true },
      { name: 'n2', address: '10.0.0.5', state: 'replica', ok: true },
      { name: 'n3', address: '10.0.0.6', state: 'offline', ok: true },
    ]);
    const later = page([
      { name: 'n1', host_ip: '10.0.0.4', state: 'leader', database: 'REMOTE', heartbeat: 'OK' },
      { name: 'n2', host_ip: '10.0.0.5', state: 'replica', consul: 'OK', services: 'FAIL' },
    ]);
    expect(read('cluster_nodes', `[{"initialized": true, "error": null},${later}]`)).toEqual([
      { name: 'n1', address: '10.0.0.4', state: 'leader', ok: true },
      { name: 'n2', address: '10.0.0.5', state: 'replica', ok: false },
    ]);
    expect(read('cluster_nodes', `[{"initialized": false},{"message": "not a cluster"}]`)).toEqual([]);
    expect(read('cluster_nodes', `[${PREMIUM_ONLY},${PREMIUM_ONLY}]`)).toEqual([]);
    expect(read('cluster_nodes', `[${UNAUTHORISED},${UNAUTHORISED}]`)).toMatch(/cannot be read/);
  });

  it('agents: hosts that are started, and deployments of which every part is', () => {
    const instance = (
      id: string,
      host: string | null,
      state: string,
      deployment: string,
      tenant = 'prod',
    ) => ({
      id,
      host_id: host,
      state,
      deployment_id: deployment,
      tenant_name: tenant,
    });
    const all = page([
      instance('vm_1', 'vm_1', 'started', 'shop'),
      instance('vm_1b', 'vm_1b', 'started', 'shop'),
      instance('app_1', 'vm_1', 'started', 'shop'),
      instance('net_1', null, 'started', 'shop'),
      instance('vm_2', 'vm_2', 'started', 'half'),
      instance('app_2', 'vm_2', 'uninitialized', 'half'),
      instance('vm_3', 'vm_3', 'deleted', 'gone'),
      // The same name in another tenant is another deployment.
      instance('vm_4', 'vm_4', 'started', 'half', 'test'),
    ]);
    expect(read('agents', all)).toBe(4);
    expect(read('agent_deployments', all)).toEqual(['prod/shop', 'test/half']);
    expect(read('partial_deployments', all)).toEqual(['prod/half']);
  });

  it('counts of lists, whatever a page holds', () => {
    const answer =
      '{"items": [{"id": "a"}], "metadata": {"pagination": {"total": 41, "offset": 0, "size": 1}}}';
    expect(read('deployments', answer)).toBe(41);
    expect(read('active_executions', answer)).toBe(41);
  });

  it('auto-heal and maintenance', () => {
    const heals = { heal: { triggers: { t: { parameters: { workflow: 'heal' } } } } };
    expect(read('auto_heal', page([{ id: 'a', groups: { g: { policies: heals } } }]))).toBe(true);
    expect(read('auto_heal', page([{ id: 'heal', groups: {} }]))).toBe(false);
    expect(read('maintenance', '{"status": "activating", "activated_at": ""}')).toBe('activating');
  });

  it('networks of the provider context; a Manager before 4.2 has one', () => {
    const context = (agent: object) =>
      JSON.stringify({ name: 'provider', context: { cloudify: { cloudify_agent: agent } } });
    const two = context({ networks: { default: '10.0.0.4', mgmt: '192.168.7.4' }, broker_ip: '10.0.0.4' });
    expect(read('networks', two)).toEqual(['default', 'mgmt']);
    expect(read('network_addresses', two)).toEqual({ default: '10.0.0.4', mgmt: '192.168.7.4' });
    expect(read('networks', context({ broker_ip: '10.0.0.4' }))).toEqual(['default']);
    expect(read('network_addresses', context({ broker_ip: '10.0.0.4' }))).toEqual({});
  });

  it('versions of the CLIs, with and without a Manager', () => {
    expect(
      read('cli_version', 'Premium edition\n\nCloudify CLI 4.2.0\nCloudify Manager 4.2.0 [ip=10.0.0.4]\n'),
    ).toBe('4.2.0');
    expect(read('new_cli_version', 'Community edition\n\nCloudify CLI 4.6.0\n', 1)).toBe('4.6.0');
    expect(read('cli_version', 'sh: cfy: not found', 127)).toMatch(/exit code 127/);
  });

  it('the profile of the old CLI: ready, absent, unusable', () => {
    const profiles = (name: string, tenant = 'default_tenant') =>
      `Listing all profiles...\n\nProfiles:\n+-----------+------------+------------------+----------------+\n|    name   | manager_ip | manager_username | manager_tenant |\n+-----------+------------+------------------+----------------+\n| ${name.padEnd(9)} |  10.0.0.4  |      admin       | ${tenant.padEnd(14)} |\n+-----------+------------+------------------+----------------+\n`;
    const status =
      'Retrieving manager services status... [ip=10.0.0.4]\n\nServices:\n+----------------------+---------+\n|       service        |  status |\n+----------------------+---------+\n| Management Worker    | running |\n+----------------------+---------+\n';
    const none =
      'No profiles found. You can create a new profile by using an existing manager via the `cfy profiles use` command\n';
    const refused =
      'Retrieving manager services status... [ip=10.0.0.4]\nFailed to query manager service status: User is unauthorized\n';
    expect(read('login', `*10.0.0.4\nkept\n${profiles('*10.0.0.4')}${status}`)).toBe('ready');
    expect(read('login', `*10.0.0.4\nabsent\n${none}`)).toBe('absent');
    expect(read('login', `*10.0.0.4\nkept\n${profiles('10.0.0.4')}${status}`)).toBe('unusable');
    expect(read('login', `*10.0.0.4\nkept\n${profiles('*10.0.0.4', 'prod')}${status}`)).toBe('unusable');
    expect(read('login', `*10.0.0.4\nkept\n${profiles('*10.0.0.4')}${refused}`)).toBe('unusable');
  });

  it('room, memory, release, packages, checksums', () => {
    const df =
      'Filesystem     1048576-blocks  Used Available Capacity Mounted on\n/dev/xvda1             81920 19575     62345      24% /\n';
    for (const probe of ['disk_free_mb', 'cli_disk_free_mb', 'new_cli_disk_free_mb', 'new_disk_free_mb'])
      expect(read(probe, df), probe).toBe(62_345);
    expect(
      read('snapshot_estimate_mb', '412\t/opt/manager/resources\n77\t/var/lib/pgsql\n489\ttotal\n'),
    ).toBe(489);
    expect(read('snapshot_estimate_mb', '412\t/opt/manager/resources\n412\ttotal\n', 1)).toBe(412);
    expect(read('new_memory_mb', 'MemTotal:        8009344 kB\nMemFree:          204800 kB\n')).toBe(7821);
    expect(read('new_system', 'NAME="CentOS Linux"\nVERSION="7 (Core)"\nID="centos"\nVERSION_ID="7"\n')).toBe(
      '7',
    );
    expect(read('new_root', '0\n')).toBe(0);
    expect(
      read('missing_packages', 'sudo-1.8.23-10.el7.x86_64\npackage python-backports is not installed\n', 1),
    ).toEqual(['python-backports']);
    expect(read('rpm_sha256', `${'ab'.repeat(32)}  /opt/cutover/cloudify-manager-install.rpm\n`)).toBe(
      'ab'.repeat(32),
    );
    expect(read('rpm_sha256', 'absent\n')).toBe('absent');
    expect(read('rpm_matches', '4.5.5\ncloudify-manager-install 4.5.5\n')).toBe(true);
    expect(read('rpm_matches', '4.4\ncloudify-manager-install 4.4.0\n')).toBe(true);
    expect(read('rpm_matches', '4.5.5\ncloudify-manager-install 4.6.0\n')).toBe(false);
    expect(read('rpm_matches', '4.5.5\ncloudify-cli 4.5.5\n')).toBe(false);
  });
});

const MIGRATION: Situation = {
  flow: 'migration',
  version: '4.1.1',
  to: '4.5.5',
  users: 3,
  agents: 12,
  uninstallOld: true,
};
const IN_PLACE: Situation = { flow: 'in_place', version: '4.2.0', to: '4.5.5', agents: 12 };

async function stepOf(situation: Situation, id: string): Promise<PlannedStep> {
  const { plan }: { plan: Plan } = await planOf(situation);
  const step = plan.body.steps.find((one) => one.id === id);
  if (step === undefined) throw new Error(`the plan has no step ${id}`);
  return step;
}

interface Output {
  readonly output: string;
  readonly exitCode?: number;
  readonly captured?: Captured;
}

/** As the executor judges: `fail` first, an expression that cannot be evaluated is "not yet". */
function look(step: PlannedStep, index: number, { output, exitCode = 0, captured = {} }: Output): string {
  const verify = step.verify[index];
  if (verify === undefined) throw new Error(`${step.id} has no verify ${index}`);
  const scope = { captured, output, exitCode };
  const holds = (expr: LateExpr | null): boolean => {
    const found = expr === null ? undefined : evaluateBool(expr, scope);
    return found?.ok === true && found.value;
  };
  if (holds(verify.fail)) return 'failed';
  return holds(verify.expect) ? 'in place' : 'not yet';
}

function ended(step: PlannedStep, { output, exitCode = 0, captured = {} }: Output): boolean {
  if (step.action.kind !== 'run') throw new Error(`${step.id} runs nothing`);
  const ok = evaluateBool(step.action.okWhen, { captured, output, exitCode });
  return ok.ok && ok.value;
}

function capture(step: PlannedStep, output: string): { readonly [name: string]: Json } {
  if (step.action.kind !== 'run') throw new Error(`${step.id} runs nothing`);
  const captured: { [name: string]: Json } = {};
  for (const one of step.action.capture) {
    const got = evaluateCapture(one, { captured: {}, output });
    if (!got.ok) throw new Error(got.why);
    captured[one.name] = got.value;
  }
  return captured;
}

const EXECUTION = 'd770d69f-2316-466a-a348-2a9d0e566bb9';
const line = (widths: readonly number[]): string =>
  `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`;

/** A PrettyTable as the CLI draws it. */
function drawn(head: readonly string[], ...rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const draw = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return ['Listing...', '', line(widths), draw(head), line(widths), ...rows.map(draw), line(widths), ''].join(
    '\n',
  );
}

const snapshots = (id: string, status: string): string =>
  drawn(
    ['id', 'created_at', 'status', 'error', 'availability', 'tenant_name', 'created_by'],
    [id, '2026-11-23 03:38:37.120 ', status, '', 'private', 'default_tenant', 'admin'],
  );

const services = (...states: readonly string[]): string =>
  `Retrieving manager services status... [ip=10.0.0.9]\n\nServices:\n${drawn(['service', 'status'], ...states.map((state, at) => [`Service ${at}`, state]))}`;

describe('steps are judged', () => {
  it('a snapshot is made when its own status says so', async () => {
    const step = await stepOf(IN_PLACE, 'create_snapshot');
    const said = `Creating snapshot upgrade-U-7...\nStarted workflow execution. The execution's id is ${EXECUTION}\n`;
    expect(capture(step, said)).toEqual({ execution: EXECUTION });
    expect(look(step, 0, { output: snapshots('upgrade-U-7', 'creating') })).toBe('not yet');
    expect(look(step, 0, { output: snapshots('upgrade-U-7', 'created') })).toBe('in place');
    expect(look(step, 0, { output: snapshots('upgrade-U-7', 'failed') })).toBe('failed');
    expect(look(step, 0, { output: snapshots('upgrade-U-70', 'created') })).toBe('not yet');
    expect(look(step, 0, { output: 'An error occurred on the server: 503: maintenance', exitCode: 1 })).toBe(
      'not yet',
    );
  });

  it('a download is the same on both ends or it is not there', async () => {
    const step = await stepOf(IN_PLACE, 'download_snapshot');
    const sha256 = 'c3'.repeat(32);
    const output = `Downloading snapshot upgrade-U-7...\n upgrade-U-7 |####-----| 91.58%\r upgrade-U-7 |#########| 100.0%\nSnapshot downloaded as /x/upgrade-U-7.zip\n${sha256}  /x/upgrade-U-7.zip\nbytes 4711\n`;
    const own = capture(step, output);
    expect(own).toEqual({ sha256, bytes: '4711' });
    const captured = { download_snapshot: own };
    const there = (digest: string, bytes: string): string =>
      `${digest}  /opt/manager/resources/snapshots/x.zip\nbytes ${bytes}\n`;
    expect(look(step, 0, { output: there(sha256, '4711'), captured })).toBe('in place');
    expect(look(step, 0, { output: there(sha256, '4712'), captured })).toBe('not yet');
    expect(look(step, 0, { output: there('d4'.repeat(32), '4711'), captured })).toBe('not yet');
    expect(look(step, 0, { output: there(sha256, '4711') })).toBe('not yet');
  });

  it('an archive must be of the version that was snapshot', async () => {
    const step = await stepOf(IN_PLACE, 'test_snapshot');
    const made = (version: string, ...tenants: readonly string[]): string =>
      JSON.stringify([
        { snapshot_version: version, schema_revision: '333998bc1627' },
        Object.fromEntries(tenants.map((tenant) => [tenant, {}])),
      ]);
    expect(ended(step, { output: made('4.2.0', 'prod') })).toBe(true);
    expect(ended(step, { output: made('4.1.0', 'prod') })).toBe(false);
    expect(ended(step, { output: 'The archive has no ssl/*.\n', exitCode: 1 })).toBe(false);
    expect(capture(step, made('4.2.0', 'prod'))).toEqual({ made_by: '4.2.0', agents_of: 'prod' });
    // All agents would be lost.
    expect(ended(step, { output: made('4.2.0', 'other') })).toBe(false);
    const patched = await stepOf({ ...IN_PLACE, version: '4.0.1' }, 'test_snapshot');
    expect(ended(patched, { output: made('4.1.0-p3-4.0.1', 'prod') })).toBe(true);
    expect(ended(patched, { output: made('4.0.1', 'prod') })).toBe(false);
    const unpatched = await stepOf({ ...IN_PLACE, version: '4.0.0', unpatched: true }, 'test_snapshot');
    expect(ended(unpatched, { output: made('4.0.0', 'shop') })).toBe(true);
  });

  it('maintenance mode: activated is not in "deactivated"', async () => {
    const drain = await stepOf(IN_PLACE, 'drain');
    const reopen = await stepOf(IN_PLACE, 'reopen');
    const status = (word: string): string => `\nMaintenance Mode Status:\n\tStatus:\t${word}\n`;
    expect(look(drain, 0, { output: status('activated') })).toBe('in place');
    expect(look(drain, 0, { output: status('deactivated') })).toBe('not yet');
    expect(look(drain, 0, { output: status('activating') })).toBe('not yet');
    expect(look(reopen, 0, { output: status('deactivated') })).toBe('in place');
    expect(look(reopen, 0, { output: status('activated') })).toBe('not yet');
  });

  it('teardown ended well only when it says so, and the Manager is gone only without its packages', async () => {
    const step = await stepOf(IN_PLACE, 'uninstall.teardown');
    expect(
      ended(step, { output: "2026-11-23 CFY <manager> 'uninstall' workflow execution succeeded\n" }),
    ).toBe(true);
    expect(ended(step, { output: 'Manager 10.0.0.4 has existing deployments.\n', exitCode: 1 })).toBe(false);
    expect(ended(step, { output: '' })).toBe(false);
    expect(look(step, 0, { output: 'cloudify-rest-service-4.2.0-ga.el7.x86_64\n' })).toBe('not yet');
    expect(look(step, 0, { output: '' })).toBe('in place');
    expect(look(step, 0, { output: 'cloudify-cli-4.2.0-ga.x86_64\n' })).toBe('in place');
  });

  it.each([
    'Cloudify Manager successfully installed!\nManager is up at http://10.0.0.4\n',
    'Installation finished successfully!\nManager is up at http://10.0.0.4\n',
  ])('an installation ended well when it says so: %s', async (output) => {
    const step = await stepOf(IN_PLACE, 'install_new.run');
    expect(ended(step, { output })).toBe(true);
    expect(ended(step, { output, exitCode: 1 })).toBe(false);
    expect(look(step, 1, { output: '{"version": "4.5.5", "edition": "premium"}' })).toBe('in place');
    expect(look(step, 1, { output: '{"version": "4.2.0", "edition": "premium"}' })).toBe('not yet');
    expect(look(step, 1, { output: '', exitCode: 7 })).toBe('not yet');
  });

  it('a new Manager is right when every service runs and no blueprint is there', async () => {
    const step = await stepOf(IN_PLACE, 'check_new');
    const blueprints = (...ids: readonly string[]): string =>
      drawn(['id', 'description', 'main_file_name'], ...ids.map((id) => [id, '', 'blueprint.yaml']));
    expect(ended(step, { output: services('running', 'running') + blueprints() })).toBe(true);
    expect(ended(step, { output: services('running', 'dead') + blueprints() })).toBe(false);
    expect(ended(step, { output: services('running', 'running') + blueprints('sanity') })).toBe(false);
    expect(ended(step, { output: blueprints() })).toBe(false);
  });

  it('the new password is in use when the services answer to it', async () => {
    const step = await stepOf(IN_PLACE, 'old_admin_password');
    expect(look(step, 0, { output: services('running', 'running') })).toBe('in place');
    expect(look(step, 0, { output: services('running', 'dead') })).toBe('not yet');
    expect(look(step, 0, { output: 'REST service at manager 10.0.0.9 is not responding!\n' })).toBe(
      'not yet',
    );
    expect(look(step, 0, { output: 'Failed to query manager service status: User is unauthorized\n' })).toBe(
      'not yet',
    );
  });

  it('the restore is seen under both words for its end', async () => {
    const step = await stepOf(IN_PLACE, 'see_restore');
    const list = (status: string): string =>
      drawn(['id', 'workflow_id', 'status'], ['a', 'restore_snapshot', status]);
    expect(
      ['terminated', 'completed', 'started', 'failed'].map((status) => ended(step, { output: list(status) })),
    ).toEqual([true, true, false, false]);
  });

  it('a snapshot that was uploaded under another id was not uploaded', async () => {
    const step = await stepOf(IN_PLACE, 'upload_snapshot');
    expect(ended(step, { output: "Snapshot uploaded. The snapshot's id is upgrade-U-7\n" })).toBe(true);
    expect(ended(step, { output: "Snapshot uploaded. The snapshot's id is None\n" })).toBe(false);
    expect(look(step, 0, { output: snapshots('upgrade-U-7', 'uploaded') })).toBe('in place');
  });

  it('a restore is followed by its execution, through refusals and under both words for its end', async () => {
    const step = await stepOf(IN_PLACE, 'restore_with_certificates');
    expect(look(step, 0, { output: '{"status": "started"}' })).toBe('not yet');
    expect(look(step, 0, { output: '{"status": "terminated"}' })).toBe('in place');
    expect(look(step, 0, { output: '{"status": "completed"}' })).toBe('in place');
    expect(
      look(step, 0, { output: '{"status": "failed", "error": "Networks `[mgmt]` do not appear"}' }),
    ).toBe('failed');
    expect(look(step, 0, { output: '', exitCode: 22 })).toBe('not yet');
    expect(step.verify[0]).toMatchObject({ afterS: 15, everyS: 15 });
    expect(step.verify[1]).toMatchObject({ command: null, rebooted: 'manager' });
  });

  it('roles after the restore are those that the mapping gives', async () => {
    const step = await stepOf(MIGRATION, 'check_roles');
    const users = (ann: string): string =>
      drawn(
        ['username', 'groups', 'system wide role', 'active'],
        ['admin', '', 'sys_admin', 'True'],
        ['ann', '', ann, 'True'],
        ['bob', '', 'default', 'True'],
      );
    const tenants = drawn(['name', 'groups', 'users'], ['default_tenant', '', "{u'ann': u'user'}"]);
    expect(ended(step, { output: tenants + users('default') })).toBe(true);
    expect(ended(step, { output: tenants + users('sys_admin') })).toBe(false);
    expect(ended(step, { output: tenants })).toBe(false);
  });

  it('counts that differ hold the run', async () => {
    const step = await stepOf(IN_PLACE, 'compare');
    const total = (count: number) => ({ items: [], metadata: { pagination: { total: count } } });
    const host = { id: 'vm_1', host_id: 'vm_1', state: 'started' };
    const answer = (deployments: number, tenants: readonly string[]): string =>
      JSON.stringify({
        ...{ blueprints: total(3), deployments: total(deployments), plugins: total(2), secrets: total(5) },
        'node-instances': { ...total(40), items: [host, { ...host, id: 'app_1' }] },
        users: {
          ...total(2),
          items: [
            { username: 'admin', role: 'sys_admin' },
            { username: 'ann', role: 'default' },
          ],
        },
        tenants: { ...total(tenants.length), items: tenants.map((name) => ({ name })) },
        end: null,
      });
    const inventory = capture(await stepOf(IN_PLACE, 'inventory'), answer(12, ['a', 'b']));
    expect(inventory).toEqual({
      ...{ blueprints: 3, deployments: 12, plugins: 2, node_instances: 40, hosts: 1, secrets: 5, users: 2 },
      ...{ roles: 'admin sys_admin, ann default', tenants: 'a, b' },
    });
    const counter = await stepOf(IN_PLACE, 'count_new');
    const same = { inventory, count_new: capture(counter, answer(12, ['b', 'a'])) };
    expect(ended(step, { output: '', captured: same })).toBe(true);
    for (const other of [answer(11, ['a', 'b']), answer(12, ['a']), answer(12, ['a', 'c'])]) {
      const captured = { inventory, count_new: capture(counter, other) };
      expect(ended(step, { output: '', captured })).toBe(false);
    }
  });
});

describe('agents are judged deployment by deployment', () => {
  const HEAD = ['id', 'workflow_id', 'status', 'deployment_id', 'created_at'];
  const run = (
    id: string,
    status: string,
    deployment: string,
    minute: number,
    workflow = 'install_new_agents',
  ) => [id, workflow, status, deployment, `2026-11-23 03:${minute}:00.000 `];
  const old = run('old-1', 'failed', 'shop', 10);

  async function prod() {
    const step = await stepOf(IN_PLACE, 'install_agents[prod]');
    const captured = { 'install_agents[prod]': capture(step, `Finished\n${drawn(HEAD, old)}`) };
    return { step, captured };
  }

  it('an older failure does not count, a running execution is waited for', async () => {
    const { step, captured } = await prod();
    expect(captured['install_agents[prod]']).toEqual({ before: ['old-1'] });
    expect(look(step, 0, { output: drawn(HEAD, old), captured })).toBe('not yet');
    expect(look(step, 0, { output: drawn(HEAD, run('a', 'started', 'shop', 20), old), captured })).toBe(
      'not yet',
    );
    for (const done of ['terminated', 'completed'])
      expect(look(step, 0, { output: drawn(HEAD, run('a', done, 'shop', 20), old), captured })).toBe(
        'in place',
      );
  });

  it('a failure fails, until the same deployment was done again', async () => {
    const { step, captured } = await prod();
    const failed = run('a', 'failed', 'shop', 20);
    expect(look(step, 0, { output: drawn(HEAD, failed, old), captured })).toBe('failed');
    expect(look(step, 0, { output: drawn(HEAD, run('b', 'completed', 'shop', 25), failed), captured })).toBe(
      'in place',
    );
  });

  it('a deployment that was left out is not in place', async () => {
    const { step, captured } = await prod();
    expect(look(step, 0, { output: drawn(HEAD, run('a', 'completed', 'other', 20)), captured })).toBe(
      'not yet',
    );
  });

  it('nothing to do is right only where the inventory saw no agent', async () => {
    const none = { output: 'There are no deployments installed\n', exitCode: 1 };
    const later = { output: 'No eligible deployments found\n', exitCode: 1 };
    const empty = await stepOf(IN_PLACE, 'install_agents[default_tenant]');
    expect([ended(empty, none), ended(empty, later)]).toEqual([true, true]);
    const captured = { 'install_agents[default_tenant]': { before: [] } };
    expect(look(empty, 0, { output: drawn(HEAD), captured })).toBe('in place');
    const { step } = await prod();
    expect([ended(step, none), ended(step, later)]).toEqual([false, false]);
  });

  it('a client that gave up, or a summary of failures, is no end: the executions decide', async () => {
    const { step } = await prod();
    expect(
      ended(step, {
        output: "Timed out waiting for workflow 'install_new_agents' of deployment 'shop' to end.",
        exitCode: 1,
      }),
    ).toBe(true);
    expect(ended(step, { output: 'Summary:\nExecution of workflow failed. [error=x]', exitCode: 1 })).toBe(
      true,
    );
    expect(
      ended(step, { output: 'An error occurred on the server: 401: User unauthorized', exitCode: 1 }),
    ).toBe(false);
  });

  it('healing that is under way is seen', async () => {
    const step = await stepOf(MIGRATION, 'look_for_old_heals');
    const table = (status: string): string => drawn(HEAD, run('h', status, 'shop', 30, 'heal'), old);
    expect(ended(step, { output: table('started') })).toBe(false);
    expect(ended(step, { output: table('terminated') })).toBe(true);
  });
});
