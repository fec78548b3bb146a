/** A log whose lines a test can read. */
import type { Log } from '../../src/ports/ports.ts';

interface Line {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly data: { readonly [name: string]: unknown };
}

export interface RecordedLog extends Log {
  readonly lines: readonly Line[];
  /** How often a message was said. */
  count(message: string | RegExp): number;
}

export function recordedLog(): RecordedLog {
  const lines: Line[] = [];
  const at = (level: Line['level']) => (data: object, message: string) => {
    lines.push({ level, message, data: { ...data } });
  };
  return {
    lines,
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    count: (wanted) =>
      lines.filter(({ message }) => (typeof wanted === 'string' ? message === wanted : wanted.test(message)))
        .length,
  };
}
