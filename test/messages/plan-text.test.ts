import { describe, expect, it } from 'vitest';
import type { Plan, PlannedStep } from '../../src/core/plan.ts';
import { planFile } from '../../src/messages/plan-message.ts';
import { planText } from '../../src/messages/plan-text.ts';
import { gate, planBody, step, verify } from '../support/builders.ts';
import { HUGE, planOf, SMALL } from './samples.ts';

function planWith(steps: readonly PlannedStep[]): Plan {
  return { ...planOf(SMALL), body: { ...planOf(SMALL).body, steps, pointOfNoReturn: null } };
}

const late = (shown: string) => ({ cel: 'captured.a.b', with: { 'fact.x': 3 }, shown });

describe('the plan as a text file', () => {
  it('is named after the digest that people compare', () => {
    expect(planFile(planOf(SMALL)).name).toBe('plan-abcdef012345.txt');
  });

  it('has every step, statement, finding, check and fact of a huge plan, none of them cut', () => {
    const plan = planOf(HUGE);
    const text = planText(plan);
    for (const { title, id } of plan.body.steps) {
      expect(text).toContain(title);
      expect(text).toContain(`id ${id};`);
    }
    for (const { say } of plan.body.acknowledgements) expect(text).toContain(say);
    for (const { say } of plan.evidence.findings) expect(text).toContain(say);
    for (const { shown } of plan.evidence.facts) expect(text).toContain(shown);
    expect(text).toContain(plan.digest);
    expect(text).not.toContain('…');
  });

  it('shows a shell command with its late values, host, rights, secrets, conditions and captures', () => {
    const text = planText(
      planWith([
        step('create', {
          refs: ['S10'],
          critical: true,
          retry: 'undo_first',
          silenceS: 300,
          hints: [{ contains: 'No space', say: 'Free some space.' }],
          action: {
            kind: 'run',
            command: {
              host: 'm1',
              run: ['cfy snapshots create ', late('‹id›'), '\nsync'],
              sudo: true,
              secrets: ['ADMIN'],
            },
            okWhen: { cel: 'exit_code == 0', with: {}, shown: 'x' },
            capture: [
              { name: 'execution', from: { match: 'id is (?<value>.*)' } },
              { name: 'size', from: late('‹size›') },
            ],
            secretInArguments: 'the tool takes no other way',
            reboots: ['m2'],
          },
          verify: [verify({ stable: 3, afterS: 5, fail: late('failed'), rebooted: 'm2' })],
          reversal: {
            kind: 'undo',
            undo: {
              id: 'u',
              title: 'Delete the snapshot',
              command: { host: 'm1', run: ['cfy snapshots delete x'], sudo: false, secrets: [] },
              verify: [],
              expectedS: 1,
              timeoutS: 60,
            },
          },
        }),
      ]),
    );
    const at = text.indexOf('1. Step create');
    expect(text.slice(at, text.indexOf('Findings'))).toBe(
      [
        '1. Step create  (S10)',
        '    id create; expected 1 min, at most 10 min, silent for at most 5 min; may be retried after its undo; critical',
        '    on m1, as root, with secrets ADMIN in its environment:',
        '      cfy snapshots create ‹id›',
        '      sync',
        '    ended well when exit_code == 0',
        '    captures execution from /id is (?<value>.*)/',
        '    captures size from captured.a.b   [fact.x = 3]',
        '    a secret stands in arguments: the tool takes no other way',
        '    reboots m2',
        '    verify (every 10 s, for at most 10 min, first after 5 s, 3 times in a row):',
        '      m2 has rebooted',
        '      on m1:',
        '        true',
        '      in place when true',
        '      failed when captured.a.b   [fact.x = 3]',
        '    can be undone: Delete the snapshot',
        '      on m1:',
        '        cfy snapshots delete x',
        '    hint when its output has “No space”: Free some space.',
        '',
        '',
      ].join('\n'),
    );
  });

  it('shows copies, files that are written with their secrets named, reboots, gates and manual steps', () => {
    const sides = { from: { at: 'm1', path: ['/a'] }, to: { at: 'vault', path: ['b'] } };
    const text = planText(
      planWith([
        step('copy', { action: { kind: 'copy', ...sides, sudo: false, mode: '0600', owner: null } }),
        step('write', {
          action: {
            kind: 'write',
            to: { at: 'm1', path: ['/etc/x'] },
            content: ['p=', { secret: 'ADMIN' }, '\n'],
            sudo: true,
            mode: '0644',
            owner: 'root',
          },
        }),
        step('boot', { action: { kind: 'reboot', host: 'm1' } }),
        gate('agree', 2),
        step('hand', { action: { kind: 'manual', say: ['Switch the DNS'] } }),
      ]),
    );
    expect(text).toContain('    copy m1:/a\n      to vault:b, mode 0600\n');
    expect(text).toContain('    write m1:/etc/x, mode 0644, owner root, as root:\n      p=‹secret ADMIN›\n');
    expect(text).toContain('    reboot m1\n');
    expect(text).toContain('    go or no-go of 2 from any place of the policy:\n      Go on?\n');
    expect(text).toContain('    by hand:\n      Switch the DNS\n');
  });

  it('shows characters that cannot be seen, so that no command reads other than it runs', () => {
    const sly = step('sly', {
      action: {
        kind: 'run',
        command: { host: 'm1', run: ['rm \u202Efr- /\u200B'], sudo: false, secrets: [] },
        okWhen: { cel: 'true', with: {}, shown: 'true' },
        capture: [],
        secretInArguments: null,
        reboots: [],
      },
    });
    expect(planText(planWith([sly]))).toContain('rm \\u{202E}fr- /\\u{200B}');
  });

  it('says REHEARSAL first, and names which facts were not looked at', () => {
    expect(planText(planOf(SMALL, true))).toMatch(/^REHEARSAL\n/);
    expect(planText(planOf(SMALL))).toContain('fact_0 = 0 the words   on m1   (not looked at: a dry value)');
    expect(planText(planOf(SMALL))).toMatch(/fact_1 = 1 the words {3}\(seen Fri, 27 Nov 2026, 20:58 UTC\)/);
  });

  it('has words where there is nothing', () => {
    const empty = { ...planWith([]), evidence: { facts: [], checks: [], findings: [] } };
    const text = planText({ ...empty, body: { ...planBody([]), rollbackReserveS: 0 } });
    expect(text).toContain('Inputs\n  none');
    expect(text).toContain('nothing beyond the plan');
    expect(text).toContain('Findings\n  none');
  });
});
