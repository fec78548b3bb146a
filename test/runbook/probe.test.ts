import { describe, expect, it } from 'vitest';
import { factOf } from '../../src/runbook/facts.ts';
import { plannedProbes, readFact } from '../../src/runbook/probe.ts';
import { changed, host, runbookFrom, SAMPLE } from './sample.ts';

const asked = {
  upgradeId: 'U-7',
  flow: 'in_place',
  inputs: { to: '4.3' },
  target: { name: 'staging', rehearsal: false, facts: {} },
  hosts: { cli: [host('cli')], manager: [host('m1', { address: '10.0.0.1; id' })], standby: [] },
};

describe('probes', () => {
  it('are finished commands on the host of their role', () => {
    const [version, tenants] = plannedProbes(runbookFrom(SAMPLE), asked, []);
    expect(version).toEqual({
      id: 'version',
      title: 'Version the Manager reports',
      host: 'cli',
      text: `printf 'user = "admin:%s"\\n' "$ADMIN_PASSWORD" | curl -fsS -K - 'http://10.0.0.1; id/version'\n`,
      sudo: false,
      secrets: ['ADMIN_PASSWORD'],
      timeoutS: 60,
    });
    expect(tenants).toMatchObject({ id: 'tenants', text: 'tool tenants list' });
  });

  it('wait for the facts that they need, and are not asked twice', () => {
    const runbook = runbookFrom(
      changed('run: tool tenants list', 'run: tool tenants list --for ${{ fact.version }}'),
    );
    expect(plannedProbes(runbook, asked, []).map(({ id }) => id)).toEqual(['version']);
    const known = [factOf('version', 'V', '4.2', 'cli', 1)];
    expect(plannedProbes(runbook, asked, known)).toMatchObject([
      { id: 'tenants', text: 'tool tenants list --for 4.2' },
    ]);
  });

  it('are left out where their when does not hold', () => {
    const runbook = runbookFrom(
      changed('    run: tool tenants list', '    when: flow == "migration"\n    run: tool tenants list'),
    );
    expect(plannedProbes(runbook, asked, []).map(({ id }) => id)).toEqual(['version']);
    expect(
      plannedProbes(
        runbook,
        { ...asked, flow: 'migration', hosts: { ...asked.hosts, new: [host('m2')] } },
        [],
      ),
    ).toHaveLength(2);
  });
});

describe('what a probe answered', () => {
  const read = (stdout: string, exitCode = 0, id = 'version') =>
    readFact(runbookFrom(SAMPLE), id, { stdout, exitCode }, 'cli', 1000);

  it('is a fact of the declared type', () => {
    expect(read('{"version": "4.2.0", "edition": "premium"}')).toEqual({
      ok: true,
      fact: {
        id: 'version',
        title: 'Version the Manager reports',
        value: '4.2.0',
        shown: '4.2.0',
        host: 'cli',
        seenAt: 1000,
      },
    });
    expect(read('+------+\n| name |\n+------+\n| a    |\n+------+\n', 0, 'tenants')).toMatchObject({
      ok: true,
      fact: { value: ['a'] },
    });
  });

  it.each([
    ['an error page', '<html>502 Bad Gateway</html>', 0, /not JSON.*502 Bad Gateway/],
    ['another shape', '{"error": "no"}', 0, /No such key: version.*error/],
    ['a version that nobody can order', '{"version": "4.2-ga"}', 0, /4\.2-ga/],
    ['a number where text is due', '{"version": 4}', 0, /is not version/],
    ['a failed command', 'curl: (7) refused', 7, /exit code 7.*refused/],
    ['nothing', '', 0, /There was no output/],
  ])('is a blocker that shows it, when it is %s', (_title, stdout, exitCode, say) => {
    const answer = read(stdout, exitCode);
    expect(answer).toMatchObject({
      ok: false,
      finding: { id: 'version', severity: 'blocker', say: expect.stringMatching(say) },
    });
  });
});
