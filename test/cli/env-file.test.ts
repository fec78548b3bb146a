/** `npm run cutover` from a checkout. Npm would go to the checkout's own directory, and a test leaves no `.env` there. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, withFiles } from './cutover.ts';

/** The words of the script, said in another directory. */
function script(cwd: string, args: string, env: { readonly [name: string]: string } = {}): Promise<string> {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const words = String(scripts.cutover).replace('src/cli.ts', join(ROOT, 'src/cli.ts'));
  const path = `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}`;
  const child = spawn('sh', ['-c', `${words} ${args}`], { cwd, env: { PATH: path, ...env } });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve(said));
  });
}

const SETTINGS = { '.env': 'SLACK_BOT_TOKEN=xoxb-1\nSLACK_APP_TOKEN=xapp-1\nCUTOVER_TARGETS=mine.yaml\n' };

test('doctor reads the settings of .env, and those of the environment before it', () =>
  withFiles(SETTINGS, async (directory) => {
    const said = await script(directory, 'doctor --offline');
    expect(said).toContain('settings: read, Slack over socket');
    expect(said).toContain('mine.yaml');
    const other = await script(directory, 'doctor --offline', { CUTOVER_TARGETS: 'other.yaml' });
    expect(other).toContain('other.yaml');
  }));

test('without .env the command says nothing of it', () =>
  withFiles({}, async (directory) => {
    const said = await script(directory, 'doctor --offline');
    expect(said).toContain('SLACK_BOT_TOKEN');
    expect(said).not.toMatch(/not found\. Continuing/);
  }));
