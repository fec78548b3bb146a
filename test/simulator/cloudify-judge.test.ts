/** The judge of the scenarios sees what it is there to see. */
import { expect, it } from 'vitest';
import { ledgerProblems, ran, twiceProblems } from '../../simulator/demo/judge.ts';
import { watchOldManager } from '../../simulator/demo/old-manager.ts';
import type { Stage } from '../../simulator/demo/stage.ts';
import type { HostEvent, LedgerEntry, SimulatedHost } from '../../simulator/manager/host.ts';

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

it('what somebody chose to try again may be said as often as that, no less and no more', () => {
  const restore = (attempt: string) => command('cfy', 'snapshots restore s', attempt);
  const repeated = [{ words: /^cfy snapshots restore/, times: 2 }];
  expect(twiceProblems(stageWith(restore('1'), restore('2')), repeated)).toEqual([]);
  expect(twiceProblems(stageWith(restore('1')), repeated)).toEqual([
    'cli: 1 times in all: cfy snapshots restore s',
  ]);
  expect(twiceProblems(stageWith(restore('1'), restore('2'), restore('3')), repeated)).toEqual([
    'cli: 3 times in all: cfy snapshots restore s',
  ]);
  expect(twiceProblems(stageWith(), repeated)).toEqual(['never said: /^cfy snapshots restore/']);
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

/** What each step sees when it begins: whether the old Manager is there, and whom the one agent obeys. */
async function watched(
  ...steps: readonly (readonly [old: boolean, obeys: 'manager' | 'new'])[]
): Promise<readonly string[]> {
  let now = steps[0];
  let tell: (event: HostEvent) => void = () => undefined;
  const host = {
    onEvent(listener: typeof tell) {
      tell = listener;
    },
  };
  const world = {
    manager: async () => (now?.[0] ? {} : null),
    agents: async () => [{ agent: { name: 'vm_1' }, obeys: now?.[1] }],
  };
  const left = watchOldManager({ hosts: new Map([['cli', host]]), world } as unknown as Stage);
  for (const [index, step] of steps.entries()) {
    now = step;
    tell({ kind: 'attempt-started', upgrade: 'U-1', attempt: `U-1.${index}` });
  }
  return left();
}

it('an old Manager is to be there until every agent obeys the new one, and gone at the end', async () => {
  expect(await watched([true, 'manager'], [true, 'new'], [false, 'new'])).toEqual([]);
  expect(await watched([true, 'manager'], [false, 'manager'], [false, 'new'])).toEqual([
    'before U-1.1 the old Manager was gone, and these agents had not moved: vm_1',
    'no step saw all agents on the new Manager while the old one was there',
  ]);
  expect(await watched([true, 'manager'], [true, 'new'])).toEqual([
    'the old Manager was not erased at the end',
  ]);
});
