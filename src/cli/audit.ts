/** `cutover audit verify` and `cutover audit export`: the audit trail, for people who take nobody's word. Opens it to read only. */
import { readPaths } from '../config.ts';
import { type AuditEvent, auditSentence } from '../core/audit.ts';
import { UpgradeId } from '../core/model.ts';
import { formatTime } from '../core/window.ts';
import { type AuditVerdict, verifyAudit } from '../ports/audit-verify.ts';
import { checkLevel, migrationLevel, migrationsDirectory, readMigrations } from '../ports/migrate.ts';
import { type AuditHead, type AuditTable, auditTable } from '../ports/sqlite-audit.ts';
import { openReadOnly } from '../ports/sqlite-open.ts';
import { didYouMean } from '../runbook/did-you-mean.ts';
import { readArguments } from './arguments.ts';
import { EXIT, type ExitCode, type Io, UsageError } from './io.ts';

export const AUDIT_USAGE = `Usage:
  cutover audit verify [--database FILE] [--head SEQ:HASH]   is the trail whole, and is it the one that was seen before?
  cutover audit export [U-42] [--database FILE] [--format jsonl|text]   the events of one upgrade, or all

The head is what stands at the end of a thread: “Audit trail up to event 118, hash 3fa0…” is --head 118:3fa0…
Without a head from elsewhere nobody can notice that the end was cut off, or that all of it was written anew.

Examples:
  npm run -s cutover -- audit verify --head 118:3fa0c1d2e4b5
  npm run -s cutover -- audit export U-42 > U-42.jsonl
  npm run -s cutover -- audit export U-42 --format text

Exit codes: 0 whole, 1 not whole or it can't be read, 2 called wrongly.
`;

/** A page of some MB at most. */
const BATCH = 1000;

/** @throws UsageError */
function headOf(text: string): AuditHead {
  const match = /^(\d+):([0-9a-fA-F]{6,64})$/.exec(text);
  if (match === null)
    throw new UsageError(
      `--head is the number of an event and its hash, such as 118:3fa0c1d2e4b5; not ${text}.`,
    );
  return { seq: Number(match[1]), hash: match[2] ?? '' };
}

/** @throws Error when there is no such trail */
function withTrail<T>(path: string, use: (table: AuditTable) => Promise<T>): Promise<T> {
  const db = openReadOnly(path, (opened) => {
    checkLevel(opened, readMigrations(migrationsDirectory()));
    if (migrationLevel(opened) === 0) throw new Error('it is empty: the bot has never used it');
  });
  return use(auditTable(db)).finally(() => db.close());
}

function verdictLine(verdict: AuditVerdict): string {
  if (verdict.ok)
    return `The audit trail is whole: ${verdict.head.seq} events, head ${verdict.head.seq}:${verdict.head.hash}\n`;
  return `The audit trail is wrong at event ${verdict.seq}: ${verdict.wrong}.\n`;
}

function verifyTable(table: AuditTable, seen?: AuditHead): Promise<AuditVerdict> {
  return verifyAudit(async (after, limit) => table.after(after, limit), seen);
}

async function verify(path: string, head: string | undefined, io: Io): Promise<ExitCode> {
  const seen = head === undefined ? undefined : headOf(head);
  const verdict = await withTrail(path, (table) => verifyTable(table, seen));
  if (!verdict.ok) {
    io.err(verdictLine(verdict));
    return EXIT.failed;
  }
  io.out(verdictLine(verdict));
  if (seen !== undefined) io.out(`Event ${seen.seq} is the one that was seen.\n`);
  return EXIT.ok;
}

/** What is hashed, as it was hashed, and the sentence for people beside it. */
function jsonLine(event: AuditEvent): string {
  return `${JSON.stringify({ ...event, time: new Date(event.at).toISOString(), say: auditSentence(event) })}\n`;
}

function textLine(event: AuditEvent): string {
  return `${String(event.seq).padStart(6)}  ${formatTime(event.at, 'UTC')}  ${auditSentence(event)}\n`;
}

function* eventsOf(table: AuditTable, upgrade: UpgradeId | undefined): Iterable<AuditEvent> {
  if (upgrade !== undefined) return yield* table.trail(upgrade);
  for (let after = 0; ; ) {
    const batch = table.after(after, BATCH);
    yield* batch;
    const last = batch.at(-1);
    if (last === undefined) return;
    after = last.seq;
  }
}

async function exportTrail(path: string, id: string | undefined, format: string, io: Io): Promise<ExitCode> {
  if (format !== 'jsonl' && format !== 'text')
    throw new UsageError(`--format is jsonl or text, not ${format}.`);
  const parsed = id === undefined ? undefined : UpgradeId.safeParse(id);
  if (parsed?.success === false) throw new UsageError(`An upgrade id looks like U-42, not ${id}.`);
  return withTrail(path, async (table) => {
    let count = 0;
    for (const event of eventsOf(table, parsed?.data)) {
      io.out(format === 'text' ? textLine(event) : jsonLine(event));
      count += 1;
    }
    if (count === 0) {
      io.err(`There is no event${id === undefined ? '' : ` of ${id}`} in ${path}.\n`);
      return EXIT.failed;
    }
    // Evidence out of a trail that is not whole would be none.
    const verdict = await verifyTable(table);
    io.err(verdictLine(verdict));
    return verdict.ok ? EXIT.ok : EXIT.failed;
  });
}

export async function runAudit(argv: readonly string[], io: Io): Promise<ExitCode> {
  const args = readArguments(argv, {
    database: { type: 'string' },
    head: { type: 'string' },
    format: { type: 'string' },
  });
  if (args.flag('help')) {
    io.out(AUDIT_USAGE);
    return EXIT.ok;
  }
  const [verb, id, ...more] = args.words;
  const path = args.text('database') ?? readPaths().database;
  if (more.length > 0 || (verb === 'verify' && id !== undefined))
    throw new UsageError(`${[id, ...more].join(' ')} is too much.\n\n${AUDIT_USAGE}`);
  try {
    if (verb === 'verify') return await verify(path, args.text('head'), io);
    if (verb === 'export') return await exportTrail(path, id, args.text('format') ?? 'jsonl', io);
  } catch (error) {
    if (error instanceof UsageError || !(error instanceof Error)) throw error;
    io.err(`${error.message}\n`);
    return EXIT.failed;
  }
  const said =
    verb === undefined
      ? 'Say verify or export.'
      : `There is no audit ${verb}.${didYouMean(verb, ['verify', 'export'])}`;
  throw new UsageError(`${said}\n\n${AUDIT_USAGE}`);
}
