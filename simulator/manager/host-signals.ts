/** `kill` and `trap` of a host's shell. */
import type { ExecResult } from 'just-bash';
import { SIGNAL_NUMBERS, type Signal } from './host-processes.ts';
import type { Running } from './host-shell.ts';

type Act = (args: readonly string[]) => Promise<ExecResult>;

const done = (stderr = '', exitCode = 0): ExecResult => ({ stdout: '', stderr, exitCode });

function signalOf(word: string): Signal | 'EXIT' | undefined {
  const name = word.replace(/^SIG/, '');
  if (name === 'EXIT' || name === '0') return 'EXIT';
  return (Object.keys(SIGNAL_NUMBERS) as Signal[]).find(
    (signal) => signal === name || String(SIGNAL_NUMBERS[signal]) === name,
  );
}

export function killCommand({ world, given }: Running): Act {
  return async (args) => {
    const option = args[0]?.startsWith('-') === true ? args[0].slice(1) : undefined;
    const pids = (option === undefined ? args : args.slice(1)).map(Number);
    for (const pid of pids) {
      if (option === '0') {
        if (!world.processes.list().some((process) => process.pid === pid))
          return done(`kill: (${pid}) - No such process\n`, 1);
        continue;
      }
      const signal = signalOf(option ?? 'TERM');
      if (signal === undefined || signal === 'EXIT') return done(`kill: unknown signal ${option}\n`, 1);
      const own = pid === given.pid;
      if (!world.processes.signal(pid, signal)) return done(`kill: (${pid}) - No such process\n`, 1);
      if (own && given.signal.aborted)
        // Nothing comes after it.
        await new Promise(() => undefined);
    }
    return done();
  };
}

export function trapCommand({ given }: Running): Act {
  return async (args) => {
    const [text = '', ...signals] = args.filter((arg) => arg !== '--');
    for (const word of signals) {
      const signal = signalOf(word);
      // Others are never sent by anybody here.
      if (signal === undefined || signal === 'KILL') continue;
      if (text === '-') given.traps.delete(signal);
      else given.traps.set(signal, text);
    }
    return done();
  };
}
