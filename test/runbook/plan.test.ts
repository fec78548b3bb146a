import { describe, expect, it } from 'vitest';
import { canonical } from '../../src/core/canonical.ts';
import {
  type Action,
  type Finding,
  type LateExpr,
  type Plan,
  type PlannedStep,
  shownText,
} from '../../src/core/plan.ts';
import { fillPlain, fillShell } from '../../src/runbook/evaluate.ts';
import { factOf } from '../../src/runbook/facts.ts';
import { type Planned, type PlanRequest, planUpgrade } from '../../src/runbook/plan.ts';
import { changed, host, runbookFrom, SAMPLE, sha256 } from './sample.ts';

const runbook = runbookFrom(SAMPLE);

function ask(more: Partial<PlanRequest> = {}): Planned {
  return planUpgrade({
    upgradeId: 'U-7',
    flow: 'in_place',
    inputs: { to: '4.3.1', ticket: 'CHG1' },
    target: { name: 'staging', rehearsal: false, facts: {} },
    hosts: { cli: [host('cli')], manager: [host('m1')], new: [host('m2')], standby: [] },
    runbook,
    facts: [
      factOf('version', 'Version', '4.2', 'cli', 1000),
      factOf('tenants', 'Tenants', ['a', "b's"], 'cli', 1000),
    ],
    probeFindings: [],
    dry: false,
    sha256,
    ...more,
  });
}

function planOf(more: Partial<PlanRequest> = {}): Plan {
  const planned = ask(more);
  if (planned.kind === 'refused') throw new Error(JSON.stringify(planned.errors));
  return planned.plan;
}

function stepOf(plan: Plan, id: string): PlannedStep {
  const step = plan.body.steps.find((each) => each.id === id);
  if (step === undefined)
    throw new Error(`no step ${id} among ${plan.body.steps.map((each) => each.id).join(', ')}`);
  return step;
}

function action<K extends Action['kind']>(step: PlannedStep, kind: K): Extract<Action, { kind: K }> {
  if (step.action.kind !== kind) throw new Error(`${step.id} is ${step.action.kind}`);
  return step.action as Extract<Action, { kind: K }>;
}

const commandOf = (step: PlannedStep): string => shownText(action(step, 'run').command.run);

describe('a plan', () => {
  it('has the steps of its flow, in order, with blocks written out', () => {
    expect(planOf().body.steps.map(({ id }) => id)).toEqual([
      'create_snapshot',
      'download',
      'go',
      'look_again',
      'erase_old.erase',
    ]);
    expect(planOf({ flow: 'migration' }).body.steps.map(({ id }) => id)).toEqual([
      'create_snapshot',
      'download',
      'settings',
      'point_dns',
    ]);
  });

  it('is the same with the same digest when it is made again', () => {
    const [one, two] = [planOf(), planOf()];
    expect(two).toEqual(one);
    expect(one.digest).toBe(sha256(canonical(one.body)));
    expect(JSON.parse(JSON.stringify(one))).toEqual(one);
  });

  it('keeps its digest when only what was seen changes', () => {
    const later = planOf({
      facts: [
        factOf('version', 'Version', '4.2', 'cli', 99_000),
        factOf('tenants', 'Tenants', ['a', "b's"], 'm1', 99_000),
      ],
      inputs: { to: '4.3.1', ticket: 'CHG1' },
      probeFindings: [{ id: 'x', severity: 'warning', say: 'odd', do: '', refs: [] }],
    });
    expect(later.digest).toBe(planOf().digest);
    expect(later.evidence).not.toEqual(planOf().evidence);
  });

  it.each([
    ['an input', { inputs: { to: '4.3.2', ticket: 'CHG1' } }],
    ['the upgrade', { upgradeId: 'U-8' }],
    [
      'a pinned key',
      {
        hosts: {
          cli: [host('cli', { host_keys: ['ssh-ed25519 BBBB'] })],
          manager: [host('m1')],
          standby: [],
        },
      },
    ],
    [
      'the environment of a host',
      { hosts: { cli: [host('cli', { env: { PATH: '/x' } })], manager: [host('m1')], standby: [] } },
    ],
    [
      'a fact that stands in a step',
      {
        facts: [
          factOf('version', 'Version', '4.2', 'cli', 1),
          factOf('tenants', 'T', ['a', 'b', 'c'], 'cli', 1),
        ],
      },
    ],
    [
      'the runbook text',
      { runbook: runbookFrom(changed('title: List the packages', 'title: List all packages')) },
    ],
  ] as const)('gets another digest with %s', (_title, more) => {
    expect(planOf(more).digest).not.toBe(planOf().digest);
  });

  it('holds commands as finished text', () => {
    const create = stepOf(planOf(), 'create_snapshot');
    expect(commandOf(create)).toBe('tool snapshots create upgrade-U-7\n');
    expect(create.refs).toEqual(['S10', 'G11']);
    expect(create.expectedS).toBe(300);
    expect(create.timeoutS).toBe(1800);
    expect(create.silenceS).toBe(600);
    expect(create.retry).toBe('undo_first');
    expect(create.hints).toEqual([{ contains: 'busy', say: 'Wait for m1.' }]);
    expect(create.reversal).toMatchObject({
      kind: 'undo',
      undo: {
        id: 'create_snapshot.undo',
        expectedS: 10,
        command: { host: 'cli', run: ['tool snapshots delete upgrade-U-7'] },
      },
    });
  });

  it('holds what is known only later as an expression with everything that it needs', () => {
    const [list, get] = stepOf(planOf(), 'create_snapshot').verify;
    expect(list).toMatchObject({
      everyS: 5,
      withinS: 1800,
      stable: 1,
      afterS: 0,
      rebooted: null,
      expect: { with: { 'upgrade.id': 'U-7' } },
    });
    const late: LateExpr = {
      cel: 'captured.create_snapshot.execution',
      with: {},
      shown: '‹execution of create_snapshot›',
    };
    expect(get?.command).toEqual({
      host: 'cli',
      run: ['tool executions get ', late],
      sudo: false,
      secrets: [],
    });
    expect(fillShell(get?.command?.run ?? [], { create_snapshot: { execution: "a'b" } })).toEqual({
      ok: true,
      value: "tool executions get 'a'\\''b'",
    });
    expect(fillShell(get?.command?.run ?? [], {})).toMatchObject({
      ok: false,
      why: expect.stringContaining('was not captured'),
    });
  });

  it('plans a gate with its evidence and the people that it needs', () => {
    const gate = stepOf(planOf(), 'go');
    expect(action(gate, 'gate').need).toEqual({ from: null, count: 2 });
    expect(shownText(action(gate, 'gate').say)).toBe('Everything is saved. Go on?');
    expect(action(gate, 'gate').evidence.map(shownText)).toEqual([
      'The snapshot is ‹execution of create_snapshot›',
    ]);
    expect(gate.expectedS).toBe(15 * 60);
    expect(gate.reversal).toEqual({ kind: 'unchanging' });
  });

  it('knows its point of no return, and what rolling back before it takes', () => {
    const { body } = planOf();
    expect(body.pointOfNoReturn).toBe('erase_old.erase');
    expect(body.rollbackReserveS).toBe(10);
    expect(planOf({ flow: 'migration' }).body.pointOfNoReturn).toBeNull();
  });

  it('adds declared durations, those of people included', () => {
    const { body } = planOf();
    expect(body.steps.map(({ expectedS }) => expectedS)).toEqual([300, 180, 900, 60, 60]);
    expect(body.expectedS).toBe(1500);
  });

  it('gives the steps of a block its parameters and both refs', () => {
    const erase = stepOf(planOf(), 'erase_old.erase');
    expect(erase.title).toBe('Erase the Manager on m1');
    expect(erase.refs).toEqual(['S29', 'S30']);
    expect(erase.critical).toBe(true);
    expect(action(erase, 'run').command).toMatchObject({ host: 'm1', sudo: true });
    expect(erase.verify[0]).toMatchObject({ withinS: 600, everyS: 10, command: { host: 'm1', sudo: false } });
  });

  it('puts a role on the host that it stands for, by flow', () => {
    expect(planOf().body.roles).toEqual({ cli: ['cli'], manager: ['m1'], new: ['m1'], standby: [] });
    expect(planOf({ flow: 'migration' }).body.roles.new).toEqual(['m2']);
    expect(Object.keys(planOf().body.hosts)).toEqual(['cli', 'm1']);
  });

  it('writes a loop out, one step for each item', () => {
    const { body } = planOf({
      hosts: { cli: [host('cli')], manager: [host('m1')], standby: [host('s1'), host('s2')] },
    });
    const steps = body.steps.filter(({ id }) => id.startsWith('restart_node'));
    expect(steps.map(({ id, title }) => [id, title])).toEqual([
      ['restart_node[s1]', 'Restart s1'],
      ['restart_node[s2]', 'Restart s2'],
    ]);
    expect(steps.map((step) => action(step, 'run').command.host)).toEqual(['s1', 's2']);
  });

  it('writes YAML in which every value keeps its type, and secrets only at the last moment', () => {
    const write = action(
      stepOf(
        planOf({
          flow: 'migration',
          facts: [
            factOf('version', 'V', '4.2', null, null),
            factOf('tenants', 'T', ['yes', 'a: b', '12'], null, null),
          ],
        }),
        'settings',
      ),
      'write',
    );
    expect(write).toMatchObject({
      to: { at: 'm2', path: ['/etc/manager/config.yaml'] },
      sudo: true,
      mode: '0600',
      owner: null,
    });
    expect(shownText(write.content)).toBe(
      [
        'manager:',
        '  address: "192.0.2.7"',
        '  password: ‹secret ADMIN_PASSWORD›',
        '  version: "4.3.1"',
        '  tenants:',
        '    - "yes"',
        '    - "a: b"',
        '    - "12"',
        '  snapshot: ‹captured.create_snapshot.execution›',
        '  yes: "yes"',
        '',
      ].join('\n'),
    );
    expect(write.content.filter((piece) => typeof piece !== 'string')).toEqual([
      { secret: 'ADMIN_PASSWORD', as: 'json' },
      {
        cel: 'to_json(captured.create_snapshot.execution)',
        with: {},
        shown: '‹captured.create_snapshot.execution›',
      },
    ]);
    const late = write.content.filter((piece) => typeof piece === 'string' || !('secret' in piece)) as (
      | string
      | LateExpr
    )[];
    const filled = fillPlain(late, { create_snapshot: { execution: 'a": [\n' } });
    expect(filled.ok && filled.value).toContain('snapshot: "a\\": [\\n"\n');
  });

  it('names no secret’s value and no time', () => {
    expect(canonical(planOf({ flow: 'migration' }).body)).not.toMatch(/seenAt|hunter2/);
  });

  it('says upgrade.dir as the directory of that host', () => {
    const copy = action(stepOf(planOf(), 'download'), 'copy');
    expect(copy.from).toEqual({ at: 'cli', path: ['/var/lib/cutover/U-7/snapshot.zip'] });
    expect(copy.to).toEqual({ at: 'vault', path: ['snapshot.zip'] });
  });

  it('asks approvers only what concerns this flow', () => {
    expect(planOf().body.acknowledgements).toEqual([
      { id: 'no_users', say: 'Nobody works on m1 now.', refs: ['S01'] },
    ]);
    expect(planOf({ flow: 'migration' }).body.acknowledgements.map(({ id }) => id)).toEqual([
      'no_users',
      'dns',
    ]);
  });
});

describe('a request', () => {
  it.each([
    ['an unknown flow', { flow: 'inplace' }, 'flow', /Did you mean in-place/],
    ['an input that is no version', { inputs: { to: '4.3-p1' } }, 'input.to', /not a version/],
    ['a missing input', { inputs: {} }, 'input.to', /needed/],
    ['an input that nobody asked for', { inputs: { to: '5', tko: '1' } }, 'input.tko', /Did you mean/],
    ['an input that does not match its pattern', { inputs: { to: '5', ticket: 'x' } }, 'input.ticket', /CHG/],
    ['a choice that is none', { inputs: { to: '5', mode: 'quick' } }, 'input.mode', /fast, careful/],
  ])('with %s is refused at its field', (_title, more, field, say) => {
    const planned = ask(more);
    expect(planned).toMatchObject({ kind: 'refused', errors: [{ field, say: expect.stringMatching(say) }] });
  });

  it('may name its flow with hyphens', () => {
    expect(planOf({ flow: 'in-place' }).digest).toBe(planOf().digest);
  });
});

const failed: Finding = {
  id: 'tenants',
  severity: 'blocker',
  say: 'Tenants: no answer.',
  do: 'Look.',
  refs: [],
};

describe('evidence', () => {
  it('has a finding for each check that does not hold, and warns without blocking', () => {
    const planned = ask({ inputs: { to: '4.3.1' } });
    expect(planned.kind).toBe('planned');
    expect(planOf({ inputs: { to: '4.3.1' } }).evidence.findings).toEqual([
      { id: 'ticket', severity: 'warning', say: 'There is no ticket.', do: '', refs: [] },
    ]);
  });

  it('blocks when a blocker does not hold, and lists the steps all the same', () => {
    const planned = ask({ inputs: { to: '4.1', ticket: 'CHG1' } });
    expect(planned.kind).toBe('blocked');
    const plan = planOf({ inputs: { to: '4.1', ticket: 'CHG1' } });
    expect(plan.evidence.findings).toEqual([
      {
        id: 'supported_path',
        severity: 'blocker',
        say: 'Upgrades are supported from 4.0.0; this Manager reports 4.2.',
        do: 'Ask support.',
        refs: ['G01'],
      },
    ]);
    expect(plan.evidence.checks).toEqual([
      { id: 'supported_path', ok: false, refs: ['G01'] },
      { id: 'ticket', ok: true, refs: [] },
    ]);
    expect(plan.body.steps.map(({ id }) => id)).toContain('create_snapshot');
  });

  it('compares versions by their numbers', () => {
    expect(ask({ inputs: { to: '4.10', ticket: 'CHG1' } }).kind).toBe('planned');
    expect(ask({ inputs: { to: '4.2.0', ticket: 'CHG1' } }).kind).toBe('blocked');
  });

  it('blocks on a fact that is missing, once, naming every step that needs it', () => {
    const planned = ask({ facts: [factOf('version', 'V', '4.2', 'cli', 1)] });
    expect(planned).toMatchObject({
      kind: 'blocked',
      plan: { evidence: { findings: [{ say: 'Planning download: fact.tenants is not known.' }] } },
    });
  });

  it('blocks on a fact of the wrong type', () => {
    const plan = planOf({
      facts: [factOf('version', 'Version', '4.2-ga', 'cli', 1), factOf('tenants', 'T', [], 'cli', 1)],
    });
    expect(plan.evidence.findings[0]).toMatchObject({
      id: 'version',
      severity: 'blocker',
      say: expect.stringContaining('4.2-ga'),
    });
  });

  it('blocks on a host that nobody gave', () => {
    const planned = ask({ hosts: { manager: [host('m1')], standby: [] } });
    expect(planned).toMatchObject({ kind: 'blocked' });
    const say = planOf({ hosts: { manager: [host('m1')], standby: [] } })
      .evidence.findings.map((finding) => finding.say)
      .join(' ');
    expect(say).toContain('host.cli is not known');
  });

  it('takes dry values for facts that a dry plan lacks, and says that they are assumed', () => {
    const plan = planOf({ facts: [], dry: true });
    expect(plan.evidence.facts.map(({ id, shown, seenAt }) => [id, shown, seenAt])).toEqual([
      ['version', '4.2.0 (assumed)', null],
      ['tenants', 'one, two words (assumed)', null],
    ]);
    expect(plan.evidence.checks.map(({ ok }) => ok)).toEqual([true, true]);
  });

  it('does not judge a check clean by a value that a failed probe owes', () => {
    const version = { ...failed, id: 'version' };
    const plan = planOf({ facts: [], dry: true, probeFindings: [version] });
    expect(plan.evidence.checks).toEqual([
      { id: 'supported_path', ok: false, refs: ['G01'] },
      { id: 'ticket', ok: true, refs: [] },
    ]);
    expect(plan.evidence.findings).toEqual([version]);
    expect(plan.body.steps.length).toBeGreaterThan(0);
  });
});

describe('a check that blocks', () => {
  const guarded = runbookFrom(
    changed(
      '    run: tool tenants list\n    read: table(output).map(r, r.name)\n',
      '    when: fact.version >= version("4.0.0")\n    run: tool tenants list\n    read: table(output).map(r, r.name)\n',
    ),
  );
  const old = (version: string) => [factOf('version', 'Version', version, 'cli', 1000)];

  it('is the one reason: what only lacks the facts that are not looked for then is not said', () => {
    const { evidence, body } = planOf({ runbook: guarded, facts: old('3.4.2') });
    expect(evidence.findings.filter(({ severity }) => severity === 'blocker').map(({ id }) => id)).toEqual([
      'supported_path',
    ]);
    expect(body.steps.map(({ id }) => id)).not.toContain('download');
  });

  it('does not hide that a fact is missing where nothing explains it, nor that a host is missing', () => {
    const silent = planOf({ runbook: guarded, facts: old('4.2') });
    expect(silent.evidence.findings.map(({ say }) => say).join()).toMatch(/fact\.tenants is not known/);
    const hosts = { cli: [host('cli')], new: [host('m2')], standby: [] };
    const { evidence } = planOf({ runbook: guarded, facts: old('3.4.2'), hosts });
    expect(evidence.findings.map(({ say }) => say).join()).toMatch(/manager/);
  });
});

describe('a dry value', () => {
  it('may follow from other facts, whatever stands first', () => {
    const follows = runbookFrom(
      changed('    dry: [one, two words]\n', '    dry: ${{ [string(fact.version), input.mode] }}\n'),
    );
    const plan = planOf({
      runbook: follows,
      facts: [factOf('version', 'Version', '4.1', 'cli', 1)],
      dry: true,
    });
    expect(plan.evidence.facts.map(({ id, value }) => [id, value])).toEqual([
      ['version', '4.1'],
      ['tenants', ['4.1', 'careful']],
    ]);
  });
});

describe('a flow with steps of its own', () => {
  const separateText = () =>
    changed(
      'blocks:\n',
      `blocks:
  bring_back:
    steps:
      - id: agree
        gate: Everything on \${{ host.manager.name }} goes. Go on?
      - use: remove
        id: erase_again
        with: { machine: manager }
      - id: bring_snapshot
        title: Bring the snapshot of \${{ fact.version }}
        copy: { from: "vault:snapshot.zip", to: "cli:\${{ upgrade.dir }}/again.zip" }
        no_undo_needed: It is a copy.
`,
      changed('offered: after_no_return }', 'offered: after_no_return, steps: bring_back }'),
    );
  const separate = runbookFrom(separateText());

  it('has those and no others, and the other flows have none of them', () => {
    const plan = planOf({ runbook: separate, flow: 'rebuild' });
    expect(plan.body.steps.map(({ id }) => id)).toEqual(['agree', 'erase_again.erase', 'bring_snapshot']);
    expect(plan.body.pointOfNoReturn).toBe('erase_again.erase');
    expect(planOf({ runbook: separate }).body.steps).toEqual(planOf().body.steps);
  });

  it('can be planned dry: a way forward stands on facts of the plan before', () => {
    const once = runbookFrom(
      changed(
        '    read: parse_json(output).version\n',
        '    when: flow != "rebuild"\n    read: parse_json(output).version\n',
        separateText(),
      ),
    );
    const plan = planOf({ runbook: once, flow: 'rebuild', facts: [], dry: true });
    expect(stepOf(plan, 'bring_snapshot').title).toBe('Bring the snapshot of 4.2.0');
  });
});

describe('values that a plan puts into text', () => {
  const withRun = (run: string) =>
    runbookFrom(changed('    run: rpm -qa\n', `    run: ${JSON.stringify(run)}\n`));
  const look = (run: string, facts: PlanRequest['facts']): string =>
    commandOf(stepOf(planOf({ runbook: withRun(run), facts }), 'look_again'));
  const tenants = (value: readonly string[]) => [
    factOf('version', 'V', '4.2', null, null),
    factOf('tenants', 'T', value, null, null),
  ];

  it('are quoted as words, a list as several, an empty one as none', () => {
    expect(look('tool ${{ fact.tenants }} end', tenants(['a', '$(id)', '']))).toBe("tool a '$(id)' '' end");
    expect(look('tool ${{ fact.tenants }} end', tenants([]))).toBe('tool  end');
  });

  it('are integers without a fraction, and versions as they were written', () => {
    expect(
      look('tool ${{ size(fact.tenants) + 1 }} ${{ fact.version }} ${{ input.to }}', tenants(['a'])),
    ).toBe('tool 2 4.2 4.3.1');
  });

  it('block the plan when a list stands where one word must be', () => {
    const planned = ask({ runbook: withRun('x=${{ fact.tenants }}; echo "$x"') });
    expect(planned).toMatchObject({
      kind: 'blocked',
      plan: { evidence: { findings: [{ say: expect.stringContaining('a list cannot stand') }] } },
    });
  });
});
