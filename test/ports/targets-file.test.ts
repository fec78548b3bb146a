import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseTargets } from '../../src/ports/targets-file.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPI08r3ORe4lf1kNJ5o58jX4AO7wNWLtWyFi2nfGcWPc';
const OTHER_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINXtWqosvmXlHfXGEkS9nmLQesnxwBbU3Bva3gOt0Xto';

const GOOD = `teams: [T0EXAMPLE]
targets:
  staging:
    title: Staging
    runbook: cloudify-manager
    channel: C0EXAMPLE
    requesters: [U0ROSA]
    approvers:
      - { id: ops, title: Ops, need: 1, from: [S0OPS] }
    hosts:
      manager:
        name: m1
        address: 10.0.0.1
        ssh: { user: centos }
        key: { file: /etc/key }
        host_keys:
          - ${KEY} a comment
    secrets:
      PASSWORD: { file: /etc/secret }
    windows:
      - title: Friday
        cron: 0 22 * * 5
        length: 4h
        zone: Europe/Berlin
`;

function problem(text: string): string {
  try {
    parseTargets(text, 'targets.yaml');
  } catch (error) {
    return (error as Error).message;
  }
  return 'no problem';
}

/** The good file with one line replaced; other lines may be added behind it. */
const having = (line: string, ...instead: readonly string[]) => {
  expect(GOOD).toContain(`${line}\n`);
  return GOOD.replace(`${line}\n`, instead.map((one) => `${one}\n`).join(''));
};

describe('a good file', () => {
  test('becomes the inventory, with defaults', () => {
    const { inventory, keys } = parseTargets(GOOD, 'targets.yaml');
    expect(inventory).toEqual({
      teams: ['T0EXAMPLE'],
      targets: {
        staging: {
          name: 'staging',
          title: 'Staging',
          runbook: 'cloudify-manager',
          rehearsal: false,
          channel: 'C0EXAMPLE',
          requesters: ['U0ROSA'],
          approvers: [{ id: 'ops', title: 'Ops', need: 1, from: ['S0OPS'] }],
          onCall: [],
          hosts: {
            manager: [
              {
                name: 'm1',
                address: '10.0.0.1',
                private_ip: '10.0.0.1',
                ssh: { host: '10.0.0.1', port: 22, user: 'centos' },
                // Two keys are the same whatever is written behind them.
                host_keys: [KEY],
                env: {},
                state_dir: '/home/centos/.local/state/cutover',
              },
            ],
          },
          facts: {},
          secrets: { PASSWORD: { file: '/etc/secret' } },
          windows: [{ title: 'Friday', cron: '0 22 * * 5', lengthS: 14_400, zone: 'Europe/Berlin' }],
          freezes: [],
          start: 'go',
          approveWithinS: 86_400,
        },
      },
    });
    expect([...keys]).toEqual([['m1', '/etc/key']]);
  });

  test('root’s state directory is not below /home', () => {
    const { inventory } = parseTargets(
      having('        ssh: { user: centos }', '        ssh: { user: root }'),
      'f',
    );
    expect(inventory.targets.staging?.hosts.manager?.[0]?.state_dir).toBe('/root/.local/state/cutover');
  });

  test('a host may fill several roles, written once or twice the same', () => {
    const anchored = GOOD.replace('manager:\n', 'manager: &m\n').replace(
      '    secrets:',
      '      cli: *m\n    secrets:',
    );
    const { inventory, keys } = parseTargets(anchored, 'f');
    expect(inventory.targets.staging?.hosts.cli).toEqual(inventory.targets.staging?.hosts.manager);
    expect(keys.size).toBe(1);
  });

  test('several hosts fill one role as a list', () => {
    const list = `[{ name: m1, address: a, ssh: { user: u }, key: { file: /k }, host_keys: ['${KEY}'] }, { name: m2, address: b, ssh: { user: u }, key: { file: /k }, host_keys: ['${OTHER_KEY}'] }]`;
    const { inventory } = parseTargets(
      GOOD.replace('    secrets:', `      standby: ${list}\n    secrets:`).replace(
        'name: m1\n        address: 10.0.0.1',
        'name: m0\n        address: 10.0.0.1',
      ),
      'f',
    );
    expect(inventory.targets.staging?.hosts.standby?.map(({ name }) => name)).toEqual(['m1', 'm2']);
  });
});

describe('a mistake', () => {
  const mistakes: readonly (readonly [string, string, number, string, RegExp])[] = [
    ['an empty file', '', 1, 'file', /it is empty; copy targets\.example\.yaml/],
    ['a list instead of keys', '- a\n', 1, 'file', /must be a map of keys, not a list/],
    ['no targets', 'teams: [T0EXAMPLE]\n', 1, 'targets', /is missing/],
    ['no teams', GOOD.replace('teams: [T0EXAMPLE]\n', ''), 1, 'teams', /must be a list of workspace ids/],
    ['a tab', having('    title: Staging', '\ttitle: Staging'), 4, 'not YAML', /[Tt]ab/],
    [
      'a bracket that is not closed',
      having('    requesters: [U0ROSA]', '    requesters: [U0ROSA'),
      8,
      'not YAML',
      /./,
    ],
    [
      'a key twice',
      having('    title: Staging', '    title: Staging', '    title: Again'),
      5,
      'not YAML',
      /unique/,
    ],
    [
      'a misspelt key',
      having('    title: Staging', '    titel: Staging'),
      4,
      'targets.staging.titel',
      /unknown key “titel”; did you mean “title”\?/,
    ],
    [
      'a key of nowhere',
      having('    title: Staging', '    title: Staging', '    zzzzzzzz: 1'),
      5,
      'targets.staging.zzzzzzzz',
      /unknown key “zzzzzzzz”; possible are title, runbook/,
    ],
    [
      'a key of a host misspelt',
      having('        address: 10.0.0.1', '        adress: 10.0.0.1'),
      13,
      'targets.staging.hosts.manager.adress',
      /did you mean “address”\?/,
    ],
    [
      'a key of ssh misspelt',
      having('        ssh: { user: centos }', '        ssh: { usr: centos, port: 22 }'),
      14,
      'targets.staging.hosts.manager.ssh.usr',
      /did you mean “user”\?/,
    ],
    [
      'a field that is missing',
      having('    runbook: cloudify-manager'),
      3,
      'targets.staging.runbook',
      /is missing/,
    ],
    [
      'a number where text belongs',
      having('        address: 10.0.0.1', '        address: 10'),
      13,
      'targets.staging.hosts.manager.address',
      /must be text \(put it in quotes\), not 10/,
    ],
    [
      'a channel by name',
      having('    channel: C0EXAMPLE', '    channel: "#upgrades"'),
      6,
      'targets.staging.channel',
      /the id of a channel, which looks like C012ABCDEF; use the id, not the name/,
    ],
    [
      'a person by name',
      having('    requesters: [U0ROSA]', '    requesters: ["@rosa"]'),
      7,
      'targets.staging.requesters.0',
      /looks like U012ABCDEF or S012ABCDEF/,
    ],
    [
      'a channel as an approver',
      having(
        '      - { id: ops, title: Ops, need: 1, from: [S0OPS] }',
        '      - { id: ops, title: Ops, need: 1, from: [C0OPS] }',
      ),
      9,
      'targets.staging.approvers.0.from.0',
      /a person or of a user group/,
    ],
    [
      'no approvers',
      having('      - { id: ops, title: Ops, need: 1, from: [S0OPS] }', '      []'),
      8,
      'targets.staging.approvers',
      /at least one place: nothing runs without an approval/,
    ],
    [
      'a place for more people than it names',
      having(
        '      - { id: ops, title: Ops, need: 1, from: [S0OPS] }',
        '      - { id: ops, title: Ops, need: 2, from: [U0AMIR, U0AMIR] }',
      ),
      9,
      'targets.staging.approvers.0.need',
      /only 1 are listed.*never be filled/,
    ],
    [
      'a place twice',
      having(
        '      - { id: ops, title: Ops, need: 1, from: [S0OPS] }',
        '      - { id: ops, title: Ops, need: 1, from: [S0OPS] }',
        '      - { id: ops, title: Ops, need: 1, from: [S0OPS] }',
      ),
      8,
      'targets.staging.approvers',
      /“ops” is there twice/,
    ],
    [
      'a place for nobody',
      having(
        '      - { id: ops, title: Ops, need: 1, from: [S0OPS] }',
        '      - { id: ops, title: Ops, need: 0, from: [S0OPS] }',
      ),
      9,
      'targets.staging.approvers.0.need',
      /needs at least 1/,
    ],
    [
      'no hosts',
      GOOD.replace(/ {4}hosts:[\s\S]*? {4}secrets:/, '    hosts: {}\n    secrets:'),
      10,
      'targets.staging.hosts',
      /at least one role/,
    ],
    [
      'a role in capitals',
      having('      manager:', '      Manager:'),
      11,
      'targets.staging.hosts.Manager',
      /a role is lower case/,
    ],
    [
      'a host key with its host name',
      having(`          - ${KEY} a comment`, `          - 10.0.0.1 ${KEY}`),
      17,
      'targets.staging.hosts.manager.host_keys.0',
      /without the host name/,
    ],
    [
      'a host key that is cut off',
      having(`          - ${KEY} a comment`, `          - ${KEY.slice(0, -8)}`),
      17,
      'targets.staging.hosts.manager.host_keys.0',
      /cut off; paste the whole line/,
    ],
    [
      'a host key of another kind than it says',
      having(`          - ${KEY} a comment`, `          - ${KEY.replace('ssh-ed25519 ', 'ssh-rsa ')}`),
      17,
      'targets.staging.hosts.manager.host_keys.0',
      /is not one of that kind/,
    ],
    [
      'no host keys',
      having(`          - ${KEY} a comment`, '          []'),
      16,
      'targets.staging.hosts.manager.host_keys',
      /pin at least one/,
    ],
    [
      'a port out of range',
      having('        ssh: { user: centos }', '        ssh: { user: centos, port: 99999 }'),
      14,
      'targets.staging.hosts.manager.ssh.port',
      /a port is 1 to 65535/,
    ],
    [
      'the key itself',
      having('        key: { file: /etc/key }', '        key: -----BEGIN-----'),
      15,
      'targets.staging.hosts.manager.key',
      /must be \{ file: … \}.*never stands here/,
    ],
    [
      'a number in the environment',
      having(
        '        key: { file: /etc/key }',
        '        key: { file: /etc/key }',
        '        env: { LEVEL: 3 }',
      ),
      16,
      'targets.staging.hosts.manager.env.LEVEL',
      /put numbers in quotes/,
    ],
    [
      'a relative state directory',
      having(
        '        key: { file: /etc/key }',
        '        key: { file: /etc/key }',
        '        state_dir: var/x',
      ),
      16,
      'targets.staging.hosts.manager.state_dir',
      /must be an absolute path/,
    ],
    [
      'a secret by value',
      having('      PASSWORD: { file: /etc/secret }', '      PASSWORD: hunter2'),
      19,
      'targets.staging.secrets.PASSWORD',
      /never the value/,
    ],
    [
      'a secret in small letters',
      having('      PASSWORD: { file: /etc/secret }', '      password: { file: /etc/secret }'),
      19,
      'targets.staging.secrets.password',
      /upper case/,
    ],
    [
      'a wrong cron expression',
      having('        cron: 0 22 * * 5', '        cron: fridays'),
      22,
      'targets.staging.windows.0.cron',
      /“fridays” is not a cron expression/,
    ],
    [
      'a wrong zone',
      having('        zone: Europe/Berlin', '        zone: Berlin'),
      24,
      'targets.staging.windows.0.zone',
      /“Berlin” is not a time zone; use an IANA name/,
    ],
    [
      'a wrong length',
      having('        length: 4h', '        length: four hours'),
      23,
      'targets.staging.windows.0.length',
      /looks like 30m, 4h or 2d/,
    ],
    [
      'a length that is a number',
      having('        length: 4h', '        length: 4'),
      23,
      'targets.staging.windows.0.length',
      /duration such as 30m/,
    ],
    [
      'a start of its own',
      having('    title: Staging', '    title: Staging', '    start: now'),
      5,
      'targets.staging.start',
      /must be go or auto/,
    ],
    [
      'a rehearsal that is not sure',
      having('    title: Staging', '    title: Staging', '    rehearsal: perhaps'),
      5,
      'targets.staging.rehearsal',
      /true or false/,
    ],
    [
      'a target with a blank',
      GOOD.replace('  staging:', '  my staging:'),
      3,
      'targets.my staging',
      /a name is lower case/,
    ],
    [
      'the same host described twice',
      GOOD.replace(
        '    secrets:',
        `      cli:\n        name: m1\n        address: 10.0.0.2\n        ssh: { user: centos }\n        key: { file: /etc/key }\n        host_keys: ['${KEY}']\n    secrets:`,
      ),
      19,
      'targets.staging.hosts.cli.name',
      /m1 is described twice and differently/,
    ],
    [
      'an unknown runbook name',
      having('    runbook: cloudify-manager', '    runbook: ../etc/passwd'),
      5,
      'targets.staging.runbook',
      /a name is lower case/,
    ],
  ];

  test.each(mistakes)('%s is told with file, line, field and mend', (_what, text, line, field, mend) => {
    const told = problem(text);
    const [first] = told.split('\n');
    expect(first).toMatch(new RegExp(`^targets\\.yaml:${line}: ${field.replaceAll('.', '\\.')}: `));
    expect(first).toMatch(mend);
    expect(told).not.toMatch(/Invalid input|undefined|\[object/);
  });

  test('does not repeat a secret that stands where its reference belongs', () => {
    expect(problem(having('      PASSWORD: { file: /etc/secret }', '      PASSWORD: hunter2'))).not.toContain(
      'hunter2',
    );
  });

  test('does not hide the others: all are told, each on its line', () => {
    const told = problem(
      having('    title: Staging', '    titel: Staging')
        .replace('C0EXAMPLE', 'here')
        .replace('length: 4h', 'length: 4x'),
    );
    expect(
      told.split('\n').map((line) => /^targets\.yaml:(\d+): ([\w.]+):/.exec(line)?.slice(1).join(' ')),
    ).toEqual([
      '4 targets.staging.titel',
      '6 targets.staging.channel',
      '23 targets.staging.windows.0.length',
    ]);
  });
});

test('targets.example.yaml is a good file, and shows every key that there is', () => {
  const text = readFileSync(join(import.meta.dirname, '../../targets.example.yaml'), 'utf8');
  const { inventory } = parseTargets(text, 'targets.example.yaml');
  expect(Object.keys(inventory.targets)).toEqual(['staging-manager', 'production-manager']);
  expect(inventory.targets['staging-manager']?.rehearsal).toBe(true);
  expect(Object.keys(inventory.targets['production-manager']?.hosts ?? {})).toEqual([
    'manager',
    'new',
    'cli',
    'new_cli',
  ]);
  for (const key of [
    'on_call',
    'facts',
    'windows',
    'freezes',
    'start',
    'approve_within',
    'state_dir',
    'private_ip',
    'env',
  ])
    expect(text).toMatch(new RegExp(`\\b${key}:`));
});
