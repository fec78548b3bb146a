import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changed, load, problemsIn, runbookFrom, SAMPLE, sha256 } from './sample.ts';

describe('a runbook file', () => {
  it('becomes a runbook with the digest of its text', () => {
    const runbook = runbookFrom(SAMPLE);
    expect(runbook.digest).toBe(sha256(SAMPLE));
    expect(runbook.flows.map(({ id, offered }) => [id, offered])).toEqual([
      ['in_place', null],
      ['migration', null],
      ['rebuild', 'after_no_return'],
    ]);
    expect(runbook.roles.find(({ id }) => id === 'new')?.sameAs).toEqual({
      role: 'manager',
      when: 'flow != "migration"',
    });
    expect(
      runbook.inputs.map(({ id, type, required, default: unlessTyped }) => [id, type, required, unlessTyped]),
    ).toEqual([
      ['to', 'version', true, null],
      ['mode', 'choice', false, 'careful'],
      ['ticket', 'text', false, null],
    ]);
  });

  it('may write one verify, ref or evidence line without a list', () => {
    const steps = runbookFrom(SAMPLE).steps;
    expect(steps.find(({ id }) => id === 'restart_node')?.verify).toHaveLength(1);
    expect(steps.find(({ id }) => id === 'go')?.evidence).toHaveLength(1);
    expect(runbookFrom(SAMPLE).checks.supported_path?.ref).toEqual(['G01']);
  });

  it('says everything that is wrong at once, in the order of the file', () => {
    const twice = changed(
      'expect: fact.version >=',
      'expect: fact.verson >=',
      changed('run: rpm -qa', 'run: sudo rpm -qa'),
    );
    const lines = problemsIn(twice).map(({ line }) => line);
    expect(lines.length).toBeGreaterThan(1);
    expect(lines).toEqual(lines.toSorted((a, b) => a - b));
  });

  it.each([
    ['nothing', ''],
    ['a list', '- a\n'],
    ['a text', 'hello\n'],
    ['another language', SAMPLE.replace('language: 1', 'language: 2')],
    [
      'an alias that grows',
      `a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\n`,
    ],
  ])('that holds %s is refused with a place', (_title, text) => {
    const [first] = problemsIn(text);
    expect(first).toMatchObject({
      file: 'runbooks/sample.yaml',
      line: expect.any(Number),
      column: expect.any(Number),
    });
  });

  it('never breaks the check, whatever one line of it becomes', () => {
    const lines = SAMPLE.split('\n');
    const noise = fc.constantFrom(
      '',
      '  - x',
      'run: |',
      "  when: '",
      '      ${{',
      '  steps: []',
      '    undo: {}',
      '{',
      '    verify: []',
      '    capture: { a: 1 }',
      '    for_each: 5',
      '  on: [a]',
      '      run: ${{ captured.a.b }}',
    );
    fc.assert(
      fc.property(fc.nat(lines.length - 1), noise, (index, put) => {
        const loaded = load([...lines.slice(0, index), put, ...lines.slice(index + 1)].join('\n'));
        if (!loaded.ok)
          for (const { line, column, rule, message, mend } of loaded.problems) {
            expect(line).toBeGreaterThan(0);
            expect(column).toBeGreaterThan(0);
            expect(rule).not.toBe('');
            expect(message).not.toBe('');
            expect(mend).not.toBe('');
          }
      }),
      { numRuns: 150 },
    );
  });
});

describe('reachability of the point of no return', () => {
  const looped = changed(
    '    when: flow == "in_place"\n    gate',
    '    for_each: host.standby\n    as: node\n    gate',
  );

  it('does not count a gate in a loop that may be empty', () => {
    expect(problemsIn(looped).map(({ rule }) => rule)).toContain('no_gate');
  });

  it('counts a gate under a wider condition', () => {
    expect(problemsIn(changed('    when: flow == "in_place"\n    gate', '    gate'))).toEqual([]);
  });

  it('does not look behind the first point of no return', () => {
    const more = changed(
      '  - id: point_dns',
      '  - use: remove\n    id: erase_standby\n    when: flow == "in_place"\n    with: { machine: cli }\n  - id: point_dns',
    );
    expect(problemsIn(more)).toEqual([]);
  });

  it('looks behind it in plans that lack the first one', () => {
    const more = changed(
      '    when: flow == "in_place"\n    with: { machine: manager }',
      '    when: flow == "in_place" && input.mode == "fast"\n    with: { machine: manager }',
    );
    const both = changed(
      '  - id: point_dns',
      '  - id: tidy\n    on: cli\n    run: tool tidy\n    verify: { run: tool tidy --check }\n    no_undo_needed: x\n  - use: remove\n    id: erase_again\n    when: flow == "in_place"\n    with: { machine: cli }\n  - id: point_dns',
      more,
    );
    const found = problemsIn(both).map(({ rule, message }) => `${rule}: ${message}`);
    expect(found).toEqual([
      expect.stringMatching(
        /^change_after_gate: .*tidy changes something between the last gate and erase_again\.erase/,
      ),
    ]);
  });
});
