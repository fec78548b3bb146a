/** One host of the soak: a real sshd behind a cable that can be cut, a small disk that can be filled, and a power button. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { processes } from '../../test/support/processes.ts';
import { program } from '../../test/support/programs.ts';
import { startSshd, type TestSshd } from '../../test/support/sshd.ts';
import { startProxy, type TcpProxy } from '../../test/support/tcp-proxy.ts';
import type { HostName } from './work.ts';

/** More than the 100 MB that preflight asks for, and full within a tenth of a second. */
const DISK = '128m';
const CHUNKS = [1024 * 1024, 4096, 256];

interface Call {
  /** Real epoch milliseconds, by the host's clock. */
  readonly at: number;
  readonly line: string;
}

export interface SoakHost {
  readonly name: HostName;
  readonly base: string;
  readonly stateDir: string;
  readonly sshd: TestSshd;
  readonly cable: TcpProxy;
  /** Everything dies at once; it comes back with another boot id. */
  reboot(awayMs: number): Promise<void>;
  restartSshd(awayMs: number): Promise<void>;
  full(on: boolean): void;
  /** Whether a process of the attempt lives. */
  lives(attempt: string): boolean;
  /** Times at which the launcher was asked for a status or for output. */
  calls(): readonly Call[];
  /** How often a step asked for a reboot. */
  askedReboots(): number;
  /** @param keep what is on the small disk is copied beside it */
  close(keep: boolean): Promise<void>;
}

/**
 * Stands as `sh` on the host: notes when an attempt is asked for, and can put a limit of no bytes on files where there is no
 * right to mount a small disk.
 */
function shellText(dash: string, base: string): string {
  return `shift
case \${2-} in *" status '"* | *" follow '"*) printf '%s %s\\n' "$(date +%s%3N)" "$2" >>'${base}/calls' ;; esac
if [ -e '${base}/full' ]; then ulimit -f 0; fi
exec ${dash} "$@"
`;
}

function mounted(stateDir: string): boolean {
  mkdirSync(stateDir, { mode: 0o700 });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK},mode=700`, 'cutover-soak', stateDir], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}

function fill(path: string): void {
  const file = openSync(path, 'w');
  for (const size of CHUNKS)
    try {
      for (;;) writeSync(file, Buffer.alloc(size));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  closeSync(file);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function callsIn(path: string): readonly Call[] {
  return read(path)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => ({ at: Number(line.slice(0, line.indexOf(' '))), line }));
}

/** Everything that came in over this sshd carries its directory in PATH, wherever it went since. */
function inhabitants(sshd: TestSshd): readonly { readonly pid: number; readonly environment: string }[] {
  return processes().filter(({ environment }) => environment.includes(`PATH=${sshd.directory}/bin:`));
}

function signalled(pid: number, signal: 'SIGSTOP' | 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {}
}

async function killAll(sshd: TestSshd): Promise<void> {
  // Bounded: each round ends all that is there, and nothing new comes in.
  for (let round = 0; round < 50; round++) {
    const all = inhabitants(sshd);
    if (all.length === 0) return;
    // Stopped first: nobody may notice that another one died, as in a power cut.
    for (const { pid } of all) signalled(pid, 'SIGSTOP');
    for (const { pid } of all) signalled(pid, 'SIGKILL');
    await wait(10);
  }
  throw new Error('rebooting a host of the soak: its processes do not end');
}

export async function startHost(name: HostName, directory: string): Promise<SoakHost> {
  const base = join(directory, name);
  mkdirSync(base);
  const boot = join(base, 'boot-id');
  const newBoot = () => {
    writeFileSync(`${boot}.new`, `${randomUUID()}\n`);
    renameSync(`${boot}.new`, boot);
  };
  newBoot();
  const dash = program('dash', 'dash');
  writeFileSync(join(base, 'shell'), shellText(dash, base));
  const stateDir = join(base, 'state');
  const small = mounted(stateDir);
  const sshd = await startSshd({
    shell: [dash, join(base, 'shell')],
    env: { CUTOVER_BOOT_ID: boot, CUTOVER_REBOOT: `echo x >>'${base}/asked'` },
  });
  const cable = await startProxy(sshd.port);
  const asked = () => read(join(base, 'asked')).split('x').length - 1;

  let turn = Promise.resolve();
  /** One trouble with the machine at a time. */
  const inTurn = (act: () => Promise<void>): Promise<void> => {
    const done = turn.then(act);
    turn = done.catch(() => undefined);
    return done;
  };
  const reboot = (awayMs: number) =>
    inTurn(async () => {
      await sshd.stop();
      await killAll(sshd);
      newBoot();
      await wait(awayMs);
      await sshd.start();
    });

  let obeyed = 0;
  const watch = setInterval(() => {
    if (asked() <= obeyed) return;
    obeyed = asked();
    reboot(300).catch((error: Error) => process.stderr.write(`${error.message}\n`));
  }, 100);

  return {
    ...{ name, base, stateDir, sshd, cable, reboot, askedReboots: asked },
    restartSshd: (awayMs) =>
      inTurn(async () => {
        await sshd.stop();
        await wait(awayMs);
        await sshd.start();
      }),
    full(on) {
      const path = small ? join(stateDir, 'filler') : join(base, 'full');
      if (!on) rmSync(path, { force: true });
      else if (small) fill(path);
      else writeFileSync(path, '');
    },
    lives: (attempt) =>
      inhabitants(sshd).some(({ environment }) => environment.includes(`CUTOVER_ATTEMPT=${attempt}\0`)),
    calls: () => callsIn(join(base, 'calls')),
    async close(keep) {
      clearInterval(watch);
      await turn;
      await cable.close();
      await sshd.stop();
      await killAll(sshd);
      await sshd.close();
      if (small && keep) cpSync(stateDir, `${stateDir}-kept`, { recursive: true });
      if (small) execFileSync('umount', ['-l', stateDir]);
    },
  };
}
