/**
 * 50 hosts, 20 steps on each, all at once: how long it takes, and how large the bot's process becomes. The hosts are one real
 * sshd with a connection and a state directory for each; the base is a loop of `ssh host cmd` for each host, all at once.
 *
 *   npm run -s bench:many [-- --hosts 50 --steps 20]
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { program } from '../test/support/programs.ts';
import { startSshd, type TestSshd } from '../test/support/sshd.ts';
import { sshOptions } from './ssh-options.ts';
import { table } from './table.ts';

const BOT = fileURLToPath(new URL('./many-bot.ts', import.meta.url));
const run = promisify(execFile);

interface Measured {
  readonly seconds: number;
  readonly restMiB: number;
  readonly peakMiB: number;
  readonly cpuSeconds: number;
}

async function bot(sshd: TestSshd, hosts: number, steps: number): Promise<Measured> {
  const child = spawn(process.execPath, ['--import', 'tsx', BOT, String(hosts), String(steps)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(sshd));
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  if (code !== 0) throw new Error(`the bot ended with exit code ${code}`);
  return JSON.parse(said);
}

async function loop(sshd: TestSshd, directory: string, hosts: number, steps: number): Promise<number> {
  const ssh = program('ssh', 'openssh-client');
  const key = join(directory, 'key');
  writeFileSync(key, sshd.clientKey, { mode: 0o600 });
  const at = `${sshd.user}@127.0.0.1`;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: hosts }, async (_, index) => {
      const options = [...sshOptions(sshd, key), '-o', `ControlPath=${join(directory, `m${index}`)}`];
      await run(ssh, [...options, '-o', 'ControlMaster=yes', '-o', 'ControlPersist=60', '-fN', at]);
      for (let step = 0; step < steps; step++) {
        const { stdout } = await run(ssh, [...options, at, `echo step-${step}`]);
        if (stdout.trim() !== `step-${step}`) throw new Error(`ssh printed ${JSON.stringify(stdout)}`);
      }
      await run(ssh, [...options, '-O', 'exit', at]).catch(() => undefined);
    }),
  );
  return (performance.now() - began) / 1000;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { hosts: { type: 'string', default: '50' }, steps: { type: 'string', default: '20' } },
  });
  const [hosts, steps] = [Number(values.hosts), Number(values.steps)];
  const directory = mkdtempSync(join(tmpdir(), 'cutover-bench-'));
  const sshd = await startSshd();
  try {
    const base = await loop(sshd, directory, hosts, steps);
    const ours = await bot(sshd, hosts, steps);
    const each = (seconds: number) => ((seconds * 1000) / (hosts * steps)).toFixed(1);
    process.stdout.write(
      table(
        [
          `${hosts} hosts × ${steps} steps at once`,
          's',
          'ms a step',
          'ratio',
          'RSS before',
          'peak RSS',
          'CPU s of it',
        ],
        [
          ['ssh host cmd in loops, ControlMaster', base.toFixed(1), each(base), '1.00', '', '', ''],
          [
            'Cutover: engine, store, launcher; approved, run, journalled',
            ours.seconds.toFixed(1),
            each(ours.seconds),
            (ours.seconds / base).toFixed(2),
            `${ours.restMiB.toFixed(0)} MiB`,
            `${ours.peakMiB.toFixed(0)} MiB`,
            ours.cpuSeconds.toFixed(1),
          ],
        ],
      ),
    );
  } finally {
    await sshd.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

await main();
