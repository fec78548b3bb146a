import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type PlanDeps, runPlan } from '../../src/cli/plan.ts';
import { planUpgrade } from '../../src/runbook/plan.ts';
import { changed, host, runbookFrom, SAMPLE, sha256 } from '../runbook/sample.ts';
import { cutover, withFiles } from './cutover.ts';

const FACTS = {
  fact: { version: '4.1', tenants: ['a b'] },
  host: {
    cli: { address: '10.0.0.5', private_ip: '192.168.0.5' },
    standby: [{ address: '10.0.0.8' }, { name: 'db2', address: '10.0.0.9' }],
  },
  input: { to: '4.3.1', ticket: 'CHG7' },
};
const FILES = { 'sample.yaml': SAMPLE, 'facts.json': JSON.stringify(FACTS) };

interface StepShown {
  readonly id: string;
  readonly undo: StepShown | null;
  readonly [key: string]: unknown;
}

async function planned(args: readonly string[], files: { readonly [name: string]: string } = FILES) {
  return withFiles(files, async (directory) => {
    const called = await cutover([
      'plan',
      '--runbook',
      `${directory}/sample.yaml`,
      ...args.map((arg) => arg.replace('@', `${directory}/`)),
    ]);
    return called;
  });
}

describe('cutover plan, dry', () => {
  it('prints the plan as one JSON object with exactly the promised keys', async () => {
    const { code, out, err } = await planned([
      '--flow',
      'in-place',
      '--facts',
      '@facts.json',
      '--format',
      'json',
    ]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const plan = JSON.parse(out) as { readonly steps: readonly StepShown[]; readonly [key: string]: unknown };
    expect(Object.keys(plan)).toEqual([
      'digest',
      'runbook',
      'flow',
      'blocked',
      'findings',
      'checks',
      'acknowledgements',
      'steps',
      'point_of_no_return',
      'expected_s',
      'rollback',
    ]);
    expect(plan).toMatchObject({
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      runbook: { id: 'sample', digest: sha256(SAMPLE) },
      flow: 'in_place',
      blocked: false,
      findings: [],
      checks: [
        { id: 'supported_path', refs: ['G01'], ok: true },
        { id: 'ticket', refs: [], ok: true },
      ],
      acknowledgements: [{ id: 'no_users', say: 'Nobody works on manager now.', refs: ['S01'] }],
      point_of_no_return: 'erase_old.erase',
      expected_s: 300 + 120 + 60 + 60 + 900 + 60 + 60,
    });
    const keys = [
      'id',
      'refs',
      'title',
      'kind',
      'on',
      'command',
      'secrets',
      'sudo',
      'expected_s',
      'critical',
      'no_return',
      'retry',
      'verify',
      'undo',
    ];
    for (const step of plan.steps) {
      expect(Object.keys(step)).toEqual(keys);
      if (step.undo !== null) expect(Object.keys(step.undo)).toEqual(keys);
    }
    expect(plan.steps[0]).toEqual({
      id: 'create_snapshot',
      refs: ['S10', 'G11'],
      title: 'Create a snapshot',
      kind: 'run',
      on: 'cli',
      command: 'tool snapshots create upgrade-U-0\n',
      secrets: [],
      sudo: false,
      expected_s: 300,
      critical: false,
      no_return: false,
      retry: 'undo_first',
      verify: [
        { on: 'cli', command: 'tool snapshots list', within_s: 1800 },
        { on: 'cli', command: 'tool executions get ‹execution of create_snapshot›', within_s: 600 },
      ],
      undo: {
        id: 'create_snapshot.undo',
        refs: ['S10', 'G11'],
        title: 'Undo: Create a snapshot',
        kind: 'run',
        on: 'cli',
        command: 'tool snapshots delete upgrade-U-0',
        secrets: [],
        sudo: false,
        expected_s: 10,
        critical: false,
        no_return: false,
        retry: 'never',
        verify: [],
        undo: null,
      },
    });
    expect(plan.steps.map(({ id, kind, on }) => [id, kind, on])).toEqual([
      ['create_snapshot', 'run', 'cli'],
      ['download', 'copy', 'cli'],
      ['restart_node[standby-1]', 'run', 'standby'],
      ['restart_node[db2]', 'run', 'standby'],
      ['go', 'gate', null],
      ['look_again', 'run', 'manager'],
      ['erase_old.erase', 'run', 'manager'],
    ]);
    expect(plan.rollback).toEqual([plan.steps[0]]);
  });

  it('says the role after same_as, and another one where the flow has another host', async () => {
    const at = async (flow: string) => {
      const { out } = await planned(['--flow', flow, '--facts', '@facts.json', '--format', 'json'], {
        ...FILES,
        'sample.yaml': changed('    when: flow == "migration"\n    write', '    write'),
      });
      return (JSON.parse(out) as { steps: StepShown[] }).steps.find(({ id }) => id === 'settings');
    };
    expect(await at('in_place')).toMatchObject({ on: 'manager', kind: 'write', secrets: ['ADMIN_PASSWORD'] });
    expect(await at('migration')).toMatchObject({
      on: 'new',
      command: expect.stringContaining('password: ‹secret ADMIN_PASSWORD›'),
    });
  });

  it('gives the same digest twice', async () => {
    const digest = async () =>
      (
        JSON.parse((await planned(['--flow', 'in_place', '--input', 'to=4.3', '--format', 'json'])).out) as {
          digest: string;
        }
      ).digest;
    expect(await digest()).toBe(await digest());
  });

  it('takes dry values for what the facts file lacks, and inputs from the command line before those of the file', async () => {
    const { code, out } = await planned(
      ['--flow', 'in_place', '--facts', '@facts.json', '--input', 'to=5.0', '--input', 'mode=fast'],
      { ...FILES, 'facts.json': JSON.stringify({ ...FACTS, fact: { version: '4.1' } }) },
    );
    expect(code).toBe(0);
    expect(out).toContain('  Version the Manager reports: 4.1\n');
    expect(out).toContain('Tenants: one, two words (assumed)');
    expect(out).toContain('to: 5.0');
    expect(out).toContain('mode: fast');
    expect(out).toContain('point of no return');
    expect(out).toContain('tool snapshots create upgrade-U-0');
  });

  it('ends with 3 when the plan is blocked, and prints it all the same', async () => {
    const { code, out } = await planned(['--flow', 'in_place', '--input', 'to=4.0', '--format', 'json']);
    expect(code).toBe(3);
    const plan = JSON.parse(out) as { readonly steps: readonly unknown[] };
    expect(plan).toMatchObject({
      blocked: true,
      findings: [
        { id: 'supported_path', severity: 'blocker', refs: ['G01'], do: 'Ask support.' },
        { id: 'ticket', severity: 'warning' },
      ],
    });
    expect(plan.steps.length).toBe(5);
  });

  it('is Markdown in which nothing of a value becomes markup', async () => {
    const { code, out } = await planned(
      ['--flow', 'migration', '--facts', '@facts.json', '--format', 'markdown'],
      {
        ...FILES,
        'facts.json': JSON.stringify({ ...FACTS, fact: { version: '4.1', tenants: ['<b>*x*</b>'] } }),
      },
    );
    expect(code).toBe(0);
    expect(out).toMatch(/^# Sample Manager: On another host\n/);
    expect(out).toContain('```sh\ntool snapshots create upgrade-U-0\n```');
    expect(out).toContain('Tenants: \\<b\\>\\*x\\*\\</b\\>');
  });

  it('shows control characters of a value instead of sending them to a terminal', async () => {
    const { out } = await planned(['--flow', 'in_place', '--facts', '@facts.json'], {
      'sample.yaml': changed('    run: rpm -qa\n', '    run: tool ${{ fact.tenants }}\n'),
      'facts.json': JSON.stringify({ ...FACTS, fact: { version: '4.1', tenants: ['\u001B[31mred\u0007'] } }),
    });
    expect(out).toContain("tool '\\u{1b}[31mred\\u{7}'");
    expect(out).not.toContain('\u001B');
    expect(out).not.toContain('\u0007');
  });

  it.each([
    [['--flow', 'inplace', '--input', 'to=4.3'], /flow: .*Did you mean in-place\?/],
    [['--input', 'to=4.3'], /Give the flow/],
    [['--flow', 'in_place'], /input\.to: Version to install is needed/],
    [['--flow', 'in_place', '--input', 'to'], /NAME=VALUE/],
    [
      ['--flow', 'in_place', '--input', 'to=4.3', '--format', 'jsn'],
      /text, json or markdown.*Did you mean json\?/,
    ],
    [['--flow', 'in_place', '--input', 'to=4.3', '--target', 'x'], /not both/],
    [['--flow', 'in_place', '--facts', '@absent.json'], /Reading facts .*absent\.json: ENOENT/],
    [['--flow', 'in_place', '--facts', '@broken.json'], /broken\.json: it is not JSON/],
    [['--flow', 'in_place', '--facts', '@unknown.json'], /fact\.verson.*Did you mean version\?/],
    [['--flow', 'in_place', '--facts', '@role.json'], /host\.cly.*Did you mean cli\?/],
    [['--flow', 'in_place', '--facts', '@key.json'], /facts/],
  ])('called with %j ends with 2 and says how', async (args, said) => {
    const files = {
      ...FILES,
      'broken.json': '{',
      'unknown.json': '{"fact": {"verson": 1}}',
      'role.json': '{"host": {"cly": {}}}',
      'key.json': '{"facts": {}}',
    };
    const { code, out, err } = await planned(args, files);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(said);
  });

  it('ends with 4 when the runbook does not pass its check', async () => {
    const { code, out, err } = await planned(['--flow', 'in_place'], {
      'sample.yaml': changed('run: rpm -qa', 'run: sudo rpm -qa'),
    });
    expect({ code, out }).toEqual({ code: 4, out: '' });
    expect(err).toContain('[sudo_in_run]');
  });
});

const TARGETS = `teams: [T0EXAMPLE1]
targets:
  lab:
    title: Lab
    runbook: sample
    channel: C0EXAMPLE1
    requesters: [U0EXAMPLE1]
    approvers: [{ id: ops, title: Ops, need: 1, from: [U0EXAMPLE2] }]
    hosts:
      manager: &lab
        name: lab-1
        address: 127.0.0.1
        ssh: { user: nobody, port: 1 }
        key: { file: /nowhere/key }
        host_keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPI08r3ORe4lf1kNJ5o58jX4AO7wNWLtWyFi2nfGcWPc]
      cli: *lab
`;

describe('cutover plan, live, with files that cannot be used', () => {
  /** @param runbook null = none lies there */
  function livePlan(targets: string | null, runbook: string | null, target = 'lab') {
    return withFiles(targets === null ? {} : { 'targets.yaml': targets }, async (directory) => {
      await mkdir(join(directory, 'runbooks'));
      if (runbook !== null) await writeFile(join(directory, 'runbooks/sample.yaml'), runbook);
      return cutover(['plan', '--target', target, '--flow', 'in-place'], directory);
    });
  }
  const broken = changed('run: rpm -qa', 'run: sudo rpm -qa');

  it.each([
    ['no targets.yaml', null, SAMPLE, 'lab', 1, /^reading targets\.yaml: .*Copy targets\.example\.yaml/],
    [
      'a targets.yaml that is wrong',
      TARGETS.replace('channel:', 'chanel:'),
      SAMPLE,
      'lab',
      1,
      /^targets\.yaml:6: targets\.lab\.chanel: unknown key “chanel”; did you mean “channel”\?/,
    ],
    ['a targets.yaml that is no YAML', 'teams: [', SAMPLE, 'lab', 1, /^targets\.yaml:\d+: not YAML: /],
    [
      'a runbook that is not there',
      TARGETS,
      null,
      'lab',
      1,
      /^targets\.yaml: target lab: There is no runbook sample/,
    ],
    [
      'a runbook that does not pass its check',
      TARGETS,
      broken,
      'lab',
      4,
      /^runbooks\/sample\.yaml:\d+:\d+: .*\[sudo_in_run\]/,
    ],
    [
      'a target that is not in it',
      TARGETS,
      SAMPLE,
      'labb',
      2,
      /^targets\.yaml has no target labb\. Did you mean lab\?/,
    ],
  ])('%s: says where and what to do, without a stack, with its exit code', async (...given) => {
    const [, targets, runbook, target, wanted, said] = given;
    const { code, out, err } = await livePlan(targets, runbook, target);
    expect(err).toMatch(said);
    expect(err).not.toMatch(/^\s+at /m);
    expect({ code, out }).toEqual({ code: wanted, out: '' });
  });
});

describe('cutover plan, live', () => {
  function io() {
    const said = { out: '', err: '' };
    return {
      said,
      io: {
        out: (text: string) => {
          said.out += text;
        },
        err: (text: string) => {
          said.err += text;
        },
      },
    };
  }

  it('asks for the target with what was typed, and shows the plan that comes back', async () => {
    const runbook = runbookFrom(SAMPLE);
    const asked: unknown[] = [];
    const live: PlanDeps['live'] = async (ask) => {
      asked.push(ask);
      const planned = planUpgrade({
        upgradeId: 'U-0',
        flow: ask.flow,
        inputs: ask.inputs,
        target: { name: ask.target, rehearsal: false, facts: {} },
        hosts: { cli: [host('c1')], manager: [host('c1')], standby: [] },
        runbook,
        facts: [],
        probeFindings: [],
        dry: true,
        sha256,
      }); // prettier-ignore
      return { runbook, planned };
    };
    const { said, io: channel } = io();
    const code = await runPlan(
      ['--target', 'staging', '--flow', 'in-place', '--input', 'to=4.3', '--format', 'json'],
      channel,
      { live },
    );
    expect(code).toBe(0);
    expect(asked).toEqual([{ target: 'staging', flow: 'in_place', inputs: { to: '4.3' } }]);
    expect(JSON.parse(said.out)).toMatchObject({ flow: 'in_place', blocked: false });
  });
});
