import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { changed, SAMPLE } from '../runbook/sample.ts';
import { cutover, ROOT, withFiles } from './cutover.ts';

const SCHEMA = readFileSync(join(ROOT, 'runbooks/runbook.schema.json'), 'utf8');

describe('cutover', () => {
  it('says how to call it, and what it can do', async () => {
    const { code, out } = await cutover(['--help']);
    expect(code).toBe(0);
    expect(out).toContain('cutover COMMAND [options]');
    expect(out).toMatch(/^ {2}plan +\S/m);
    expect(out).toMatch(/^ {2}runbook +\S/m);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThan(110);
  });

  it.each([
    [[], /Usage:/],
    [['plam'], /no command plam\. Did you mean plan\?[\s\S]*Usage:/],
    [['runbook'], /Say check or schema/],
    [['runbook', 'chek', 'x'], /Did you mean check\?/],
    [['runbook', 'check'], /which runbook/],
    [['runbook', 'check', 'nowhere.yaml'], /Reading runbook nowhere\.yaml: ENOENT/],
    [['runbook', 'check', '--fromat', 'json', 'x'], /no option --fromat\. Did you mean --format\?/],
  ])('called as %j ends with 2 and says how', async (args, said) => {
    const { code, out, err } = await cutover(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(said);
    expect(err).not.toMatch(/at .*\.ts:/);
  });
});

describe('cutover runbook', () => {
  it('passes a runbook that is in order', async () => {
    await withFiles({ 'sample.yaml': SAMPLE }, async (directory) => {
      const { code, out, err } = await cutover(['runbook', 'check', `${directory}/sample.yaml`]);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toMatch(/sample\.yaml: in order \(3 flows, 2 probes, 2 checks, 8 steps\)/);
    });
  });

  it('ends with 4 and points at what is wrong in each of several', async () => {
    const bad = changed('run: rpm -qa', 'run: sudo rpm -qa').replace('runbook: sample', 'runbook: bad');
    await withFiles({ 'sample.yaml': SAMPLE, 'bad.yaml': bad }, async (directory) => {
      const { code, out, err } = await cutover([
        'runbook',
        'check',
        `${directory}/sample.yaml`,
        `${directory}/bad.yaml`,
      ]);
      expect(code).toBe(4);
      expect(out).toContain('sample.yaml: in order');
      const line = bad.split('\n').findIndex((row) => row.includes('sudo rpm')) + 1;
      expect(err).toContain(
        `bad.yaml:${line}:10: sudo inside run [sudo_in_run]\n    Set sudo: true on the step`,
      );
      expect(err).toContain('1 to mend.');
    });
  });

  it('asks a real shell about every command', async () => {
    await withFiles(
      { 'sample.yaml': changed('run: rpm -qa', "run: 'if true; then rpm -qa'") },
      async (directory) => {
        const { code, err } = await cutover(['runbook', 'check', `${directory}/sample.yaml`]);
        expect(code).toBe(4);
        expect(err).toMatch(/sh -n: .*end of file|sh -n: .*[Ss]yntax error/);
      },
    );
  });

  it('prints problems as JSON', async () => {
    await withFiles({ 'sample.yaml': changed('    silence: 10m', '    silense: 10m') }, async (directory) => {
      const { code, out } = await cutover([
        'runbook',
        'check',
        '--format',
        'json',
        `${directory}/sample.yaml`,
      ]);
      expect(code).toBe(4);
      expect(JSON.parse(out)).toMatchObject({
        ok: false,
        problems: [{ rule: 'unknown_key', mend: expect.stringContaining('silence') }],
      });
    });
  });

  it('gives a slow reader at the other end of a pipe everything', () => {
    // A pipe holds 64 KiB and the schema is longer, so the command has to wait for the reader.
    const tsx = join(ROOT, 'node_modules/.bin/tsx');
    const pipe = `"${tsx}" "${join(ROOT, 'src/cli.ts')}" runbook schema | { sleep 1; cat; }`;
    const out = execFileSync('sh', ['-c', pipe], { encoding: 'utf8' });
    expect(out.length).toBeGreaterThan(65_536);
    expect(out).toBe(SCHEMA);
  });

  it('prints the schema that is committed', async () => {
    const { code, out } = await cutover(['runbook', 'schema']);
    expect(code).toBe(0);
    expect(out).toBe(SCHEMA);
  });
});
