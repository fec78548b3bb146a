/** Parses what the launcher says: one line of `key=value` words. */
import { z } from 'zod';
import { decodeName } from './launcher-text.ts';
import type { AttemptReport, AttemptState, FileStat, HostFacts, StartAnswer } from './ports.ts';

const Count = z.coerce.number().int().nonnegative();

const StatusWords = z
  .object({
    state: z.enum([
      'absent',
      'ready',
      'claimed',
      'running',
      'exited',
      'timed-out',
      'cancelled',
      'vanished',
      'rebooted',
    ]),
    code: z.union([z.literal('-'), Count]),
    out: Count,
    err: Count,
    boot: z.string().min(1),
  })
  .transform(({ state, code, out, err, boot }, context): AttemptReport => {
    const report = { outBytes: out, errBytes: err, bootId: boot };
    if (state !== 'exited') return { ...report, state: { kind: state } satisfies AttemptState };
    if (code === '-') {
      context.addIssue({ code: 'custom', message: 'exited without an exit code' });
      return z.NEVER;
    }
    return { ...report, state: { kind: 'exited', code } };
  });

const HelloWords = z
  .object({
    launcher: z.literal('1'),
    user: z.string().min(1),
    boot: z.string().min(1),
    setsid: z.enum(['yes', 'no']),
    writable: z.enum(['yes', 'no']),
    free_mb: Count,
  })
  .transform(
    ({ user, boot, setsid, writable, free_mb }): HostFacts => ({
      user,
      bootId: boot,
      setsid: setsid === 'yes',
      writable: writable === 'yes',
      freeMb: free_mb,
    }),
  );

const StartWords = z.discriminatedUnion('answer', [
  z.object({ answer: z.enum(['started', 'known']) }),
  z.object({ answer: z.literal('conflict') }),
  z.object({ answer: z.literal('stale'), epoch: Count }),
  z.object({ answer: z.literal('busy'), attempt: z.string().min(1).transform(decodeName) }),
  z.object({ answer: z.literal('impossible'), why: z.string().min(1) }),
]);

const RebootWords = z.discriminatedUnion('answer', [
  z.object({ answer: z.enum(['rebooting', 'rebooted']) }),
  z.object({ answer: z.literal('stale'), epoch: Count }),
  z.object({ answer: z.literal('busy'), attempt: z.string().min(1).transform(decodeName) }),
  z.object({ answer: z.literal('impossible'), why: z.string().min(1) }),
]);

const StatWords = z
  .object({ kind: z.enum(['absent', 'file', 'dir']), bytes: Count, sha256: z.string() })
  .transform(({ kind, bytes, sha256 }): FileStat => ({ kind, bytes, sha256: sha256 === '-' ? '' : sha256 }));

const WrittenWords = z.object({ answer: z.enum(['written', 'same', 'different']), sha256: z.string() });
const SweptWords = z.object({ answer: z.enum(['swept', 'live']) });
const GoneWords = z.object({ gone: z.enum(['yes', 'unsure']) });

/** What a person can do about each word of `impossible`. */
const IMPOSSIBLE: { readonly [word: string]: string } = {
  'no-setsid': 'setsid (util-linux) is not installed there',
  'no-proc': '/proc can not be read there',
  'disk-full': 'the disk of the state directory is full',
  'quota-exceeded': 'the disk quota of the user is used up',
  'read-only': 'the state directory is on a read-only file system',
  'not-writable': 'the state directory is not writable for the user',
  'cannot-write': 'the state directory could not be written',
  'cannot-claim': 'the attempt could not be claimed in the state directory',
  'no-answer': 'the launcher there gave no answer',
  swept: 'the run directories of this upgrade were removed already',
};

function said(why: string, stderr: string): string {
  const detail = stderr.trim().replace(/^launcher: /, '');
  return `${IMPOSSIBLE[why] ?? why}${detail === '' ? '' : ` (${detail})`}`;
}

function words(line: string): { readonly [key: string]: string } {
  const pairs = line
    .trim()
    .split(' ')
    .map((word): [string, string] => {
      const at = word.indexOf('=');
      return at < 0 ? [word, ''] : [word.slice(0, at), word.slice(at + 1)];
    });
  return Object.fromEntries(pairs);
}

function parse<T>(schema: z.ZodType<T>, line: string): T {
  const parsed = schema.safeParse(words(line));
  if (!parsed.success)
    throw new Error(
      `reading the launcher's answer ${JSON.stringify(line)}: ${z.prettifyError(parsed.error)}`,
    );
  return parsed.data;
}

export const parseHello = (line: string): HostFacts => parse(HelloWords, line);
export const parseStatus = (line: string): AttemptReport => parse(StatusWords, line);
export const parseStat = (line: string): FileStat => parse(StatWords, line);
export const parseWritten = (line: string) => parse(WrittenWords, line);
export const parseSwept = (line: string): 'swept' | 'live' => parse(SweptWords, line).answer;

export function parseCancel(line: string): AttemptReport & { readonly gone: 'yes' | 'unsure' } {
  return { ...parseStatus(line), ...parse(GoneWords, line) };
}

export function parseStart(line: string, stderr: string): StartAnswer {
  const answer = parse(StartWords, line);
  switch (answer.answer) {
    case 'started':
    case 'known':
      return { kind: answer.answer, report: parseStatus(line) };
    case 'conflict':
      return { kind: 'conflict' };
    case 'stale':
      return { kind: 'stale', epoch: answer.epoch };
    case 'busy':
      return { kind: 'busy', attempt: answer.attempt };
    case 'impossible':
      return { kind: 'impossible', why: said(answer.why, stderr) };
  }
}

export function parseReboot(
  line: string,
  stderr: string,
): 'rebooting' | 'rebooted' | { readonly refused: string } {
  const answer = parse(RebootWords, line);
  switch (answer.answer) {
    case 'rebooting':
    case 'rebooted':
      return answer.answer;
    case 'stale':
      return { refused: `the host has seen the newer epoch ${answer.epoch}` };
    case 'busy':
      return { refused: `attempt ${answer.attempt} is alive there` };
    case 'impossible':
      return { refused: said(answer.why, stderr) };
  }
}
