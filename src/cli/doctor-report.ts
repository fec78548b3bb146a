/** What `cutover doctor` found: one line for each check, and under it what to do. */
import type { Io } from './io.ts';

export interface Finding {
  readonly level: 'ok' | 'warning' | 'failed';
  /** What was looked at, and what was found. */
  readonly say: string;
  /** What to do about it. */
  readonly mend?: string;
}

export function ok(say: string): Finding {
  return { level: 'ok', say };
}

export function warning(say: string, mend: string): Finding {
  return { level: 'warning', say, mend };
}

export function failed(say: string, mend: string): Finding {
  return { level: 'failed', say, mend };
}

export function because(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Prints while it looks: some looks take a while. */
export interface Report {
  section(title: string): void;
  add(...findings: readonly Finding[]): void;
  /** The last line. @returns nothing failed */
  end(): boolean;
}

export function createReport(io: Io): Report {
  const count = { ok: 0, warning: 0, failed: 0 };
  return {
    section: (title) => io.out(`\n${title}\n`),
    add(...findings) {
      for (const { level, say, mend } of findings) {
        count[level] += 1;
        const [first = '', ...more] = say.split('\n');
        io.out(`  ${level.padEnd(8)} ${first}\n`);
        for (const line of more) io.out(`           ${line}\n`);
        if (mend !== undefined) io.out(`           → ${mend}\n`);
      }
    },
    end() {
      const counted = `${count.ok} ok, ${count.warning} ${count.warning === 1 ? 'warning' : 'warnings'}, ${count.failed} failed`;
      const verdict =
        count.failed > 0
          ? 'Mend what failed before you start the bot.'
          : count.warning > 0
            ? 'It can start; read the warnings first.'
            : 'Ready to start.';
      io.out(`\n${counted}. ${verdict}\n`);
      return count.failed === 0;
    },
  };
}
