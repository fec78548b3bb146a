/** What cannot be upgraded is refused before anything is done, with the reason and the next action. */
import { describe, expect, it } from 'vitest';
import { NO_FACTS } from '../../src/cli/facts-file.ts';
import type { Finding } from '../../src/core/plan.ts';
import { LEADER, planFrom, planOf, type Situation } from './planning.ts';

const good: Situation = { flow: 'in_place', version: '4.2.0', to: '4.5.5', agents: 12 };
const moving: Situation = { ...good, flow: 'migration' };

async function blockersOf(situation: Situation): Promise<readonly Finding[]> {
  const { view } = await planOf(situation);
  const blockers = view.findings.filter(({ severity }) => severity === 'blocker');
  expect(view.blocked).toBe(blockers.length > 0);
  return blockers;
}

const REFUSED: readonly (readonly [
  title: string,
  situation: Situation,
  id: string,
  say: RegExp,
  todo: RegExp,
])[] = [
  [
    'a Manager before 4.0.0',
    { ...good, version: '3.4.2' },
    'supported_source',
    /from 4\.0\.0.*3\.4\.2/,
    /Support/,
  ],
  [
    'a 4.0.0 of several tenants without patch-1',
    { ...good, version: '4.0.0', fact: { patch: '' } },
    'patch_1',
    /patch-1/,
    /before any snapshot/,
  ],
  [
    'a 4.0.1 without update-3',
    { ...good, version: '4.0.1', agents: 0, fact: { patch: '' } },
    'update_3',
    /update-3/,
    /before any snapshot/,
  ],
  [
    'two leaders',
    { ...good, standbys: 1, fact: { cluster_nodes: [LEADER, { ...LEADER, address: '10.0.0.21' }] } },
    'one_leader',
    /2 leaders/,
    /Mend the cluster/,
  ],
  [
    'no leader',
    { ...good, standbys: 1, fact: { cluster_nodes: [{ ...LEADER, state: 'replica' }] } },
    'one_leader',
    /0 leaders/,
    /Mend the cluster/,
  ],
  [
    'a standby as the Manager of the target',
    {
      ...good,
      standbys: 1,
      fact: {
        cluster_nodes: [
          { ...LEADER, address: '10.0.0.21' },
          { ...LEADER, state: 'replica' },
        ],
      },
    },
    'leader_is_manager',
    /10\.0\.0\.21.*10\.0\.0\.4/,
    /Make the leader/,
  ],
  [
    'a standby that is offline',
    {
      ...good,
      standbys: 1,
      fact: { cluster_nodes: [LEADER, { ...LEADER, name: 'two', address: '10.0.0.21', state: 'offline' }] },
    },
    'nodes_well',
    /two offline/,
    /Mend or remove/,
  ],
  [
    'a node whose database is not well',
    { ...good, standbys: 1, fact: { cluster_nodes: [{ ...LEADER, ok: false }] } },
    'nodes_well',
    /node-1 leader/,
    /Mend/,
  ],
  [
    'a standby that targets.yaml does not know',
    { ...good, standbys: 2, host: { standby: [{ address: '10.0.0.21' }] } },
    'cluster_hosts',
    /10\.0\.0\.21, 10\.0\.0\.22/,
    /pinned host key/,
  ],
  [
    'a standby that the cluster does not know',
    {
      ...moving,
      uninstallOld: true,
      standbys: 1,
      host: { standby: [{ address: '10.0.0.21' }, { address: '10.0.0.29' }] },
    },
    'cluster_hosts',
    /10\.0\.0\.29/,
    /no other host/,
  ],
  [
    'a cluster before 4.3 that shall become a 4.6',
    { ...good, to: '4.6', standbys: 1 },
    'first_hop',
    /4\.6 takes clusters from 4\.3/,
    /4\.5\.5 first/,
  ],
  [
    'scripts that cannot be downloaded',
    { ...good, version: '4.0.1', fact: { scripts_reachable: false } },
    'scripts',
    /raw\.githubusercontent/,
    /reach that host/,
  ],
  [
    'agents in a tenant that the CLI cannot see',
    { ...good, fact: { agent_deployments: ['prod/shop', 'hidden/app'] } },
    'agents_seen',
    /hidden\/app/,
    /left behind/,
  ],
  [
    'a community edition with a date version',
    { ...good, version: '18.2.28', edition: 'community' },
    'date_version',
    /18\.2\.28/,
    /release notes/,
  ],
  [
    'a version with a suffix',
    { ...good, version: '4.1.0-p1' },
    'version',
    /4\.1\.0-p1.*without a suffix/,
    /./,
  ],
  ['a source that is the target', { ...good, version: '4.5.5' }, 'newer', /4\.5\.5/, /higher/],
  ['a source that is newer', { ...good, version: '4.6' }, 'newer', /4\.6/, /higher/],
  [
    'a target before 4.3',
    { ...good, version: '4.1.0', to: '4.2' },
    'target_version',
    /4\.2 was/,
    /4\.3 to 4\.6/,
  ],
  ['a target after 4.6', { ...good, to: '5.0.5' }, 'target_version', /5\.0\.5/, /4\.3 to 4\.6/],
  [
    'a target system without new_cli',
    { ...good, withoutRoles: ['new_cli'] },
    'new_cli_given',
    /new CLI/,
    /targets/,
  ],
  ['an old CLI of the new class', { ...good, fact: { cli_version: '4.3' } }, 'old_cli', /4\.3/, /teardown/],
  [
    'an old CLI before 4.1',
    { ...good, fact: { cli_version: '4.0.0' } },
    'old_cli',
    /4\.0\.0/,
    /4\.1 and 4\.2/,
  ],
  [
    'a new CLI without its version',
    { ...good, fact: { new_cli_version: '4.6.0' } },
    'new_cli',
    /4\.6\.0/,
    /CLI of/,
  ],
  ['a new CLI before 4.3', { ...good, fact: { new_cli_version: '4.2.0' } }, 'new_cli', /4\.2\.0/, /CLI of/],
  [
    'a profile that does not work',
    { ...good, fact: { login: 'unusable' } },
    'old_login',
    /profile/,
    /teardown needs/,
  ],
  [
    'no data for teardown',
    { ...good, fact: { teardown_data: false } },
    'teardown_possible',
    /error/,
    /SSH key/,
  ],
  [
    'no data for teardown at the end of a migration',
    { ...moving, uninstallOld: true, fact: { teardown_data: false } },
    'teardown_possible',
    /bootstrap/,
    /Copy/,
  ],
  [
    'too little disk on the Manager',
    { ...good, fact: { disk_free_mb: 1700 } },
    'room_for_snapshot',
    /1700/,
    /Free/,
  ],
  [
    'too little disk for a large snapshot',
    { ...good, fact: { snapshot_estimate_mb: 60_000 } },
    'room_for_snapshot',
    /60000/,
    /logs/,
  ],
  [
    'too little disk on the new host',
    { ...moving, fact: { new_disk_free_mb: 4000 } },
    'room_for_manager',
    /4000/,
    /./,
  ],
  [
    'too little disk at the old CLI',
    { ...good, fact: { cli_disk_free_mb: 100 } },
    'room_at_clis',
    /100/,
    /state_dir/,
  ],
  [
    'too little disk at the new CLI',
    { ...good, fact: { new_cli_disk_free_mb: 900 } },
    'room_at_clis',
    /900/,
    /./,
  ],
  ['too little memory', { ...good, fact: { new_memory_mb: 2000 } }, 'new_host_fits', /2000/, /Mend/],
  ['another operating system', { ...moving, fact: { new_system: '8.4' } }, 'new_host_fits', /8\.4/, /Mend/],
  ['no root', { ...moving, fact: { new_root: 1000 } }, 'new_host_fits', /1000 under sudo/, /Mend/],
  [
    'missing packages',
    { ...good, fact: { missing_packages: ['openssl', 'python-backports'] } },
    'new_host_fits',
    /openssl, python-backports/,
    /yum/,
  ],
  [
    'a Manager on the new host',
    { ...moving, fact: { new_is_empty: false } },
    'new_empty',
    /already/,
    /another host/,
  ],
  [
    'a migration to the same host',
    { ...moving, host: { new: { address: '10.0.0.4' } } },
    'another_host',
    /10\.0\.0\.4/,
    /in-place/,
  ],
  [
    'an IP that is not an IP',
    { ...good, host: { manager: { address: 'manager.example', private_ip: '10.0.0.400' } } },
    'addresses',
    /10\.0\.0\.400/,
    /IPv4/,
  ],
  [
    'an address with a command in it',
    { ...good, host: { manager: { address: '10.0.0.4; rm -rf /', private_ip: '10.0.0.4' } } },
    'addresses',
    /rm -rf/,
    /targets\.yaml/,
  ],
  [
    'an empty private IP',
    { ...moving, host: { new: { address: 'x', private_ip: '/' } } },
    'addresses',
    /\//,
    /IPv4/,
  ],
  ['no RPM', { ...good, fact: { rpm_sha256: 'absent', rpm_matches: true } }, 'rpm_present', /no file/, /Put/],
  [
    'another RPM',
    { ...good, fact: { rpm_matches: false } },
    'rpm_version',
    /not the installer of 4\.5\.5/,
    /right RPM/,
  ],
  ['a changed RPM', { ...good, fact: { rpm_sha256: 'ab'.repeat(32) } }, 'rpm_checksum', /abab/, /Download/],
  [
    'an RPM that the uninstall would erase',
    { ...good, input: { rpm: '/etc/cloudify/manager.rpm' } },
    'rpm_survives',
    /erases/,
    /opt\/cutover/,
  ],
  [
    'premium 4.6 without a licence',
    { ...good, to: '4.6', fact: { licence_present: false } },
    'licence',
    /licence/,
    /Put the licence/,
  ],
  [
    'maintenance by somebody else',
    { ...good, fact: { maintenance: 'activated' } },
    'open',
    /activated/,
    /Find out/,
  ],
  [
    'no salt to keep',
    { ...good, version: '4.1.1', users: 4, fact: { hash_salt: false } },
    'salt_kept',
    /salt/,
    /Sup/,
  ],
  ['an unknown broker account', { ...good, fact: { broker: 'unknown' } }, 'broker_known', /broker/, /Look/],
  [
    'the wrong broker account',
    { ...good, broker: 'own', fact: { broker_secrets_match: false } },
    'broker_secrets',
    /not the broker account/,
    /targets\.yaml/,
  ],
];

describe('refused with reason and next action', () => {
  it.each(REFUSED)('%s', async (_title, situation, id, say, todo) => {
    const blockers = await blockersOf(situation);
    const found = blockers.find((finding) => finding.id === id);
    expect(
      found,
      `blockers: ${blockers.map((finding) => `${finding.id}: ${finding.say}`).join('\n')}`,
    ).toBeDefined();
    expect(found?.say.replaceAll('\n', ' ')).toMatch(say);
    expect(found?.do.replaceAll('\n', ' ')).toMatch(todo);
  });

  it('the situations that these are made from are not refused', async () => {
    expect(await blockersOf(good)).toEqual([]);
    expect(await blockersOf(moving)).toEqual([]);
  });

  it('a Manager before 4.0.0 gives one reason, because nothing else of it is looked at', async () => {
    const file = { ...NO_FACTS, fact: { version: '3.4.2' }, input: { to: '4.3.4' } };
    for (const flow of ['in_place', 'migration'] as const) {
      const { view } = await planFrom({ flow, file, dry: true });
      const blockers = view.findings.filter(({ severity }) => severity === 'blocker');
      expect(blockers.map(({ say }) => say)).toEqual([
        'Upgrades are supported from 4.0.0; this Manager reports 3.4.2.',
      ]);
      expect(blockers.map((finding) => finding.do)).toEqual(['Contact Cloudify Support.']);
    }
  });

  it('a blocked plan still lists its steps', async () => {
    const { view } = await planOf({ ...good, fact: { disk_free_mb: 10 } });
    expect(view.blocked).toBe(true);
    expect(view.steps.length).toBeGreaterThan(20);
  });

  it('a 4.0.0 would never be restored with certificates', async () => {
    const { view } = await planOf({ ...good, version: '4.0.0' });
    expect(JSON.stringify(view.steps)).not.toContain('--restore-certificates');
  });

  it('a request without a version, or with one that nobody can order, makes no plan', async () => {
    await expect(planOf({ ...good, to: '4.6-rc1' })).rejects.toThrow(/not a version/);
    await expect(planOf({ ...good, input: { to: null } })).rejects.toThrow(/needed/);
  });
});

describe('warned about', () => {
  const WARNED: readonly (readonly [title: string, situation: Situation, id: string, say: RegExp])[] = [
    ['running executions', { ...good, fact: { active_executions: 3 } }, 'idle', /3 executions/],
    ['auto-heal', { ...moving, autoHeal: true }, 'heals', /both may heal/],
    ['an RPM that nobody compared', { ...good, input: { rpm_sha256: null } }, 'rpm_compared', /5f0c/],
    ['packages of another version', { ...good, fact: { packages_agree: false } }, 'packages', /4\.2\.0/],
    [
      'an old CLI of another minor version',
      { ...good, fact: { cli_version: '4.1.1' } },
      'old_cli_same',
      /4\.1\.1/,
    ],
    [
      'deployments that are only partly started',
      { ...good, fact: { partial_deployments: ['prod/half'] } },
      'partly_started',
      /prod\/half/,
    ],
    ['networks that move', moving, 'networks_moved', /default, mgmt/],
    [
      'users whose names are not known',
      { ...good, version: '4.1.0', users: 4, fact: { user_names: ['admin'] } },
      'users_known',
      /4 users/,
    ],
  ];

  it('but not about two Managers that heal where there is only one', async () => {
    const { view } = await planOf({ ...good, autoHeal: true });
    expect(view.findings.map(({ id }) => id)).not.toContain('heals');
  });

  it.each(WARNED)('%s', async (_title, situation, id, say) => {
    const { view } = await planOf(situation);
    const found = view.findings.find((finding) => finding.id === id);
    expect(found?.severity).toBe('warning');
    expect(found?.say.replaceAll('\n', ' ')).toMatch(say);
    expect(found?.do).not.toBe('');
    expect(view.blocked).toBe(false);
  });
});

describe('a dry plan', () => {
  it('is made from nothing but a version to install', async () => {
    for (const flow of ['in_place', 'migration'] as const)
      for (const to of ['4.3.4', '4.4', '4.5.5', '4.6']) {
        const file = { ...NO_FACTS, input: { to } };
        const { view } = await planFrom({ flow, file, dry: true });
        expect(view.findings.filter(({ severity }) => severity === 'blocker')).toEqual([]);
      }
  });
});
