/** The judge of the scenarios sees what it is there to see. */
import { expect, it } from 'vitest';
import { ledgerProblems, ran, twiceProblems } from '../../simulator/demo/judge.ts';
import type { LedgerEntry, SimulatedHost } from '../../simulator/manager/host.ts';

function command(name: string, words: string, attempt: string | null, known = true): LedgerEntry {
  const argv = words.split(' ').filter((word) => word !== '');
  const by = attempt === null ? 'look' : 'start';
  return { kind: 'command', name, argv, known, by, attempt, root: false, cwd: '/', exitCode: 0, at: 0 };
}

function stageWith(...ledger: readonly LedgerEntry[]) {
  return { hosts: new Map([['cli', { ledger } as unknown as SimulatedHost]]) };
}

it('the same change twice in one attempt is a problem; a look, or a retry in another attempt, is none', () => {
  const restore = (attempt: string | null) => command('cfy', 'snapshots restore s', attempt);
  expect(ledgerProblems(stageWith(restore('1'), restore('1')))).toEqual([
    'cli: 2 times: 1: cfy snapshots restore s',
  ]);
  expect(ledgerProblems(stageWith(restore('1'), restore('2'), restore(null)))).toEqual([]);
  expect(twiceProblems(stageWith(restore('1'), restore('2')))).toEqual([
    'cli: 2 times in all: cfy snapshots restore s',
  ]);
});

it('what only looks may be said often, what nobody knows not at all', () => {
  const list = command('cfy', 'snapshots list', '1');
  expect(ledgerProblems(stageWith(list, list))).toEqual([]);
  expect(twiceProblems(stageWith(list, list))).toEqual([]);
  expect(ledgerProblems(stageWith(command('opensll', '', '1', false)))).toEqual([
    'cli: unknown command: opensll',
  ]);
});

it('an attempt that started twice is a problem', () => {
  const started: LedgerEntry = {
    ...{ kind: 'attempt-started', upgrade: 'U-1', attempt: 'U-1.s.1', epoch: 1, root: false, at: 0 },
  };
  expect(ledgerProblems(stageWith(started, started))).toEqual(['cli: 2 times: attempt U-1.s.1']);
});

it('commands are found by all their words, whatever directory they lie in', () => {
  const stage = stageWith(command('/opt/cfy/bin/cfy', 'snapshots restore s --restore-certificates', '1'));
  expect(ran(stage, 'cli', /^cfy snapshots restore .*--restore-certificates/)).toBe(1);
});
