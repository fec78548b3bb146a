import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openPolicies, runbookIds } from '../../src/ports/inventory.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { tempDirectory } from '../support/temp.ts';

const EXAMPLE = join(import.meta.dirname, '../../targets.example.yaml');

function world() {
  const root = tempDirectory();
  const targetsFile = join(root, 'targets.yaml');
  const runbooksDir = join(root, 'runbooks');
  copyFileSync(EXAMPLE, targetsFile);
  mkdirSync(runbooksDir);
  const log = recordedLog();
  return { targetsFile, runbooksDir, log, open: () => openPolicies({ targetsFile, runbooksDir, log }) };
}

describe('targets.yaml', () => {
  test('that is missing at the start says what to copy', () => {
    const { targetsFile, open } = world();
    rmSync(targetsFile);
    expect(open).toThrow(/reading .*targets\.yaml: ENOENT.*Copy targets\.example\.yaml.*CUTOVER_TARGETS/);
  });

  test('that is broken at the start is refused, because there is no last good one', () => {
    const { targetsFile, open } = world();
    writeFileSync(targetsFile, 'teams: []\n');
    expect(open).toThrow(/targets\.yaml:1: teams/);
  });

  test('is read again when asked, not by itself', () => {
    const { targetsFile, log, open } = world();
    const policies = open();
    writeFileSync(targetsFile, readFileSync(EXAMPLE, 'utf8').replace('Staging Manager', 'Other'));
    expect(policies.inventory().targets['staging-manager']?.title).toBe('Staging Manager');
    policies.reload();
    expect(policies.inventory().targets['staging-manager']?.title).toBe('Other');
    expect(policies.broken()).toBeNull();
    expect(log.count('targets read')).toBe(1);
  });

  test('that gets broken, or goes away, keeps the last good one in use and says why, until it is mended', () => {
    const { targetsFile, log, open } = world();
    const policies = open();
    const good = policies.inventory();
    writeFileSync(targetsFile, readFileSync(EXAMPLE, 'utf8').replace('    channel:', '    chanel:'));
    policies.reload();
    expect(policies.inventory()).toBe(good);
    expect(policies.broken()).toMatch(/targets\.yaml:\d+: targets\.staging-manager\.chanel: .*“channel”/);
    expect(policies.sshKeyFile('staging-1')).toBe('/etc/cutover/keys/staging');
    rmSync(targetsFile);
    policies.reload();
    expect(policies.inventory()).toBe(good);
    expect(policies.broken()).toMatch(/ENOENT/);
    expect(log.count(/keeping the last good/)).toBe(2);
    copyFileSync(EXAMPLE, targetsFile);
    policies.reload();
    expect(policies.broken()).toBeNull();
  });

  test('knows the private key of its hosts only', () => {
    const policies = world().open();
    expect(policies.sshKeyFile('prod-1')).toBe('/etc/cutover/keys/production');
    expect(() => policies.sshKeyFile('elsewhere')).toThrow(/connecting to elsewhere: .*has no such host/);
  });
});

describe('a runbook', () => {
  test('is read from its file, and again when the file changed', async () => {
    const { runbooksDir, open } = world();
    const policies = open();
    const file = join(runbooksDir, 'one.yaml');
    expect(await policies.runbook('one')).toBeUndefined();
    writeFileSync(file, 'first');
    const first = await policies.runbook('one');
    expect(first).toEqual({ id: 'one', file, text: 'first' });
    expect(await policies.runbook('one')).toBe(first);
    writeFileSync(file, 'second');
    expect((await policies.runbook('one'))?.text).toBe('second');
    rmSync(file);
    expect(await policies.runbook('one')).toBeUndefined();
  });

  test('that is put in place with the same size and time is noticed all the same', async () => {
    const { runbooksDir, open } = world();
    const policies = open();
    const file = join(runbooksDir, 'one.yaml');
    const then = new Date('2026-11-01T00:00:00Z');
    writeFileSync(file, 'text a');
    utimesSync(file, then, then);
    expect((await policies.runbook('one'))?.text).toBe('text a');
    writeFileSync(`${file}.new`, 'text b');
    utimesSync(`${file}.new`, then, then);
    renameSync(`${file}.new`, file);
    expect((await policies.runbook('one'))?.text).toBe('text b');
  });

  test('never comes from outside its directory', async () => {
    const { runbooksDir, open } = world();
    writeFileSync(join(runbooksDir, '../outside.yaml'), 'x');
    const policies = open();
    for (const id of ['../outside', '/etc/passwd', '', '.', 'a/b'])
      expect(await policies.runbook(id)).toBeUndefined();
  });

  test('ids are the names of the files', async () => {
    const { runbooksDir } = world();
    for (const name of ['b.yaml', 'a.yaml', 'notes.md']) writeFileSync(join(runbooksDir, name), '');
    expect([...(await runbookIds(runbooksDir))].sort()).toEqual(['a', 'b']);
  });
});
