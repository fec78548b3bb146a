/** What a command of the CLI writes to, and how it says that it was called wrongly. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** 0 and 1 are every program's; the others are this command's, so that scripts can tell them apart. */
export const EXIT = { ok: 0, failed: 1, usage: 2, blocked: 3, badRunbook: 4 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Said on standard error without a stack, with exit code 1: something outside the command must be mended first. */
export class FailedError extends Error {
  override readonly name = 'FailedError';
}

/** Said on standard error with exit code 2: the caller's mistake, with the mend. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
