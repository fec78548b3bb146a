/** Walks the audit chain and says where it is first wrong, and what is wrong there. */
import { type AuditEvent, FIRST_PREV } from '../core/audit.ts';
import { type AuditHead, auditHash } from './sqlite-audit.ts';

export type AuditVerdict =
  | { readonly ok: true; readonly head: AuditHead }
  | { readonly ok: false; readonly seq: number; readonly wrong: string };

/** A batch of some MB at most, so that a long trail does not have to fit into memory. */
const BATCH = 1000;

function wrongWith(event: AuditEvent, last: AuditHead): string | null {
  if (event.seq !== last.seq + 1)
    return event.seq === last.seq + 2
      ? 'it is missing: the event was removed'
      : `it is missing, and so are all up to ${event.seq - 1}: the events were removed`;
  if (event.prev !== last.hash)
    return `it does not continue the event before: it names ${event.prev.slice(0, 12)}…, and that one has ${last.hash.slice(0, 12)}…`;
  const hash = auditHash(event);
  if (event.hash !== hash)
    return `its content is not what was recorded: the content gives ${hash.slice(0, 12)}…, and ${event.hash.slice(0, 12)}… is noted`;
  return null;
}

/** The head that somebody saw earlier; `hash` may be its first digits, as the thread shows them. */
function agrees(event: AuditHead, seen: AuditHead): boolean {
  return event.hash.startsWith(seen.hash.toLowerCase());
}

/**
 * @param after events with seq > the first argument, in order, at most as many as the second
 * @param seen a head of the chain that was noted elsewhere: without it, cutting off the end cannot be noticed
 */
export async function verifyAudit(
  after: (seq: number, limit: number) => Promise<readonly AuditEvent[]>,
  seen?: AuditHead,
): Promise<AuditVerdict> {
  let last: AuditHead = { seq: 0, hash: FIRST_PREV };
  for (;;) {
    const batch = await after(last.seq, BATCH);
    for (const event of batch) {
      const wrong = wrongWith(event, last);
      if (wrong !== null) return { ok: false, seq: Math.min(event.seq, last.seq + 1), wrong };
      if (event.seq === seen?.seq && !agrees(event, seen))
        return {
          ok: false,
          seq: event.seq,
          wrong: `its hash is ${event.hash.slice(0, 12)}…, and ${seen.hash.slice(0, 12)}… was seen elsewhere: the trail was rewritten`,
        };
      last = { seq: event.seq, hash: event.hash };
    }
    if (batch.length < BATCH) break;
  }
  if (seen !== undefined && seen.seq > last.seq)
    return {
      ok: false,
      seq: last.seq + 1,
      wrong: `the trail ends at ${last.seq}, and ${seen.seq} was seen elsewhere: its end was cut off`,
    };
  return { ok: true, head: last };
}
