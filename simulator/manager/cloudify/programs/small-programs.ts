import type { CommandContext, HostCommand } from '../../host.ts';
import { isListening } from '../brokers.ts';
import type { Simulation } from '../simulation.ts';
import { machineOf } from '../world-parts.ts';

/** Megabytes of the one disk of every host, and how much of it is free. */
const DISK_MB = 81_920;
const FREE_MB = 62_345;

/** `df -P [-m|-k|-h] PATH`. */
export const dfCommand: HostCommand = (args) => {
  const mega = args.some((word) => /^-[a-zA-Z]*m/.test(word));
  const unit = mega ? 1 : 1024;
  const title = mega ? '1048576-blocks' : '1024-blocks';
  const used = (DISK_MB - FREE_MB) * unit;
  const percent = Math.round((100 * used) / (DISK_MB * unit));
  return Promise.resolve({
    stdout: `Filesystem     ${title}      Used Available Capacity Mounted on\n/dev/xvda1 ${DISK_MB * unit} ${used} ${FREE_MB * unit} ${percent}% /\n`,
    exitCode: 0,
  });
};

async function bytesBelow(context: CommandContext, path: string): Promise<number> {
  const stat = await context.files.stat(path);
  if (stat?.kind !== 'dir') return stat?.bytes ?? 0;
  let sum = 0;
  for (const name of await context.files.list(path)) sum += await bytesBelow(context, `${path}/${name}`);
  return sum;
}

/** `du -s [-c] [-m|-k] PATH…`; the shell's own knows neither unit. */
export const duCommand: HostCommand = async (args, context) => {
  const flags = args.filter((word) => word.startsWith('-')).join('');
  const unit = flags.includes('m') ? 1024 * 1024 : 1024;
  const lines: string[] = [];
  const missing: string[] = [];
  let total = 0;
  for (const path of args.filter((word) => !word.startsWith('-'))) {
    if (!(await context.files.exists(path))) {
      missing.push(`du: cannot access ‘${path}’: No such file or directory\n`);
      continue;
    }
    const size = Math.max(1, Math.ceil((await bytesBelow(context, path)) / unit));
    total += size;
    lines.push(`${size}\t${path}\n`);
  }
  if (flags.includes('c')) lines.push(`${total}\ttotal\n`);
  return { stdout: lines.join(''), stderr: missing.join(''), exitCode: missing.length > 0 ? 1 : 0 };
};

/** `ss -ltn` shows who listens; `ss -tn` nobody, because between two commands nobody is connected. */
export function ssCommand(simulation: Simulation): HostCommand {
  return async (args, context) => {
    const head = 'State      Recv-Q Send-Q Local Address:Port               Peer Address:Port\n';
    const listening = args.some((word) => /^-[a-z]*l/.test(word) || word === 'listening');
    if (!listening) return { stdout: head, exitCode: 0 };
    const machine = machineOf(await simulation.look(), context.hostName);
    const ports = isListening(machine, simulation.now()) ? [22, 80, 5671, 53333] : [22];
    const rows = ports.map((port) => `LISTEN     0      128          *:${String(port).padEnd(26)}*:*\n`);
    return { stdout: head + rows.join(''), exitCode: 0 };
  };
}

/** `uuidgen [-r]`: a random one, by the dice of the world. */
export function uuidgenCommand(simulation: Simulation): HostCommand {
  return () => Promise.resolve({ stdout: `${simulation.dice.uuid()}\n`, exitCode: 0 });
}
