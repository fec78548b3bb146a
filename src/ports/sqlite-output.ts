/**
 * What steps print, by byte offset. Of one stream of one attempt at most 64 MiB are kept: the first 32 MiB, where a log says
 * what it set out to do, and the newest up to 32 MiB, where it says how that ended. What lies between is counted and left out.
 */
import type { OutputChunk } from './ports.ts';
import type { Database } from './sqlite-database.ts';

export interface OutputLimits {
  readonly headBytes: number;
  readonly tailBytes: number;
}

const MIB = 1024 * 1024;
export const OUTPUT_LIMITS: OutputLimits = { headBytes: 32 * MIB, tailBytes: 32 * MIB };

/** A row is read whole: large enough for few rows, small enough that the last lines of a log cost little. */
const PIECE_BYTES = 64 * 1024;

interface Stream {
  readonly bytes: number;
  readonly left_out: number;
}

interface Piece {
  readonly start: number;
  readonly bytes: Buffer;
}

export interface OutputTable {
  /** Within the caller's transaction. @throws Error when bytes are missing before a chunk */
  append(upgrade: number, chunks: readonly OutputChunk[]): void;
  size(attempt: string): { readonly out: number; readonly err: number };
  cut(attempt: string): boolean;
  tail(attempt: string, stream: 'out' | 'err', maxBytes: number): Uint8Array;
}

/** The bytes of these chunks that are new, in one piece. */
function fresh(have: number, chunks: readonly OutputChunk[]): Buffer {
  let at = have;
  const parts: Uint8Array[] = [];
  for (const { attempt, stream, offset, bytes } of chunks) {
    if (offset > at)
      throw new Error(
        `storing output of ${attempt} (${stream}): ${at} bytes are here and the next piece begins at ${offset}. Follow it from ${at}`,
      );
    if (offset + bytes.length <= at) continue;
    parts.push(bytes.subarray(at - offset));
    at = offset + bytes.length;
  }
  return Buffer.concat(parts);
}

function byStream(chunks: readonly OutputChunk[]): readonly (readonly OutputChunk[])[] {
  const groups = new Map<string, OutputChunk[]>();
  for (const chunk of chunks) {
    const key = `${chunk.stream} ${chunk.attempt}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [chunk]);
    else group.push(chunk);
  }
  return [...groups.values()];
}

export function outputTable(db: Database, limits: OutputLimits): OutputTable {
  const selectStream = db.prepare<[string, string], Stream>(
    'SELECT bytes, left_out FROM output_streams WHERE attempt = ? AND stream = ?',
  );
  const grow = db.prepare(
    'INSERT INTO output_streams (attempt, stream, upgrade, bytes) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET bytes = excluded.bytes',
  );
  const insert = db.prepare('INSERT INTO output_pieces (attempt, stream, start, bytes) VALUES (?, ?, ?, ?)');
  // The head is kept; of what follows it, pieces that end before the newest `tailBytes` go.
  const remove = db.prepare(
    'DELETE FROM output_pieces WHERE attempt = ? AND stream = ? AND start >= ? AND start + length(bytes) <= ?',
  );
  const firstAfterHead = db.prepare<[string, string, number], { start: number }>(
    'SELECT start FROM output_pieces WHERE attempt = ? AND stream = ? AND start >= ? ORDER BY start LIMIT 1',
  );
  const leaveOut = db.prepare('UPDATE output_streams SET left_out = ? WHERE attempt = ? AND stream = ?');
  const piecesFrom = db.prepare<[string, string, number], Piece>(
    'SELECT start, bytes FROM output_pieces WHERE attempt = ? AND stream = ? AND start > ? ORDER BY start',
  );

  function store(upgrade: number, chunks: readonly OutputChunk[]): void {
    const [first] = chunks;
    if (first === undefined) return;
    const { attempt, stream } = first;
    const have = selectStream.get(attempt, stream)?.bytes ?? 0;
    const bytes = fresh(have, chunks);
    const total = have + bytes.length;
    grow.run(attempt, stream, upgrade, total);
    for (let at = 0; at < bytes.length; ) {
      // No piece lies across the end of the head, so that the head is exactly as long as it says.
      const toHeadEnd = limits.headBytes - (have + at);
      const length = Math.min(
        PIECE_BYTES,
        bytes.length - at,
        toHeadEnd > 0 ? toHeadEnd : Number.POSITIVE_INFINITY,
      );
      insert.run(attempt, stream, have + at, bytes.subarray(at, at + length));
      at += length;
    }
    const keepFrom = total - limits.tailBytes;
    if (keepFrom <= limits.headBytes) return;
    if (remove.run(attempt, stream, limits.headBytes, keepFrom).changes === 0) return;
    const next = firstAfterHead.get(attempt, stream, limits.headBytes)?.start ?? total;
    leaveOut.run(next - limits.headBytes, attempt, stream);
  }

  return {
    append(upgrade, chunks) {
      for (const group of byStream(chunks)) store(upgrade, group);
    },
    size: (attempt) => ({
      out: selectStream.get(attempt, 'out')?.bytes ?? 0,
      err: selectStream.get(attempt, 'err')?.bytes ?? 0,
    }),
    cut: (attempt) =>
      (['out', 'err'] as const).some((stream) => (selectStream.get(attempt, stream)?.left_out ?? 0) > 0),
    tail(attempt, stream, maxBytes) {
      const { bytes: total, left_out: leftOut } = selectStream.get(attempt, stream) ?? {
        bytes: 0,
        left_out: 0,
      };
      const from = Math.max(0, total - maxBytes);
      const parts: Buffer[] = [];
      // A piece that began a piece's length before, or earlier, has nothing behind `from`.
      for (const piece of piecesFrom.all(attempt, stream, from - PIECE_BYTES)) {
        if (leftOut > 0 && piece.start === limits.headBytes + leftOut && from < piece.start)
          parts.push(Buffer.from(`\n[… ${leftOut} bytes were left out here …]\n`));
        parts.push(piece.bytes.subarray(Math.max(0, from - piece.start)));
      }
      return Buffer.concat(parts);
    },
  };
}
