import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type AuditEvent, FIRST_PREV } from '../../src/core/audit.ts';
import { verifyAudit } from '../../src/ports/audit-verify.ts';
import { auditHash, auditTable } from '../../src/ports/sqlite-audit.ts';
import { Database } from '../../src/ports/sqlite-database.ts';
import { openReadOnly } from '../../src/ports/sqlite-open.ts';
import { openStore } from '../../src/ports/sqlite-store.ts';
import { T0 } from '../support/builders.ts';
import { event, U1 } from '../support/store-contract.ts';
import { tempDirectory } from '../support/temp.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A file with `count` events, whose triggers its owner has removed. */
async function trail(count: number): Promise<string> {
  const path = join(tempDirectory(), 'cutover.db');
  const store = await openStore({ path, now: () => T0, log: quiet });
  for (let n = 1; n <= count; n++)
    await store.record(event({ at: T0 + n, upgrade: n % 2 === 0 ? U1 : null, data: { n } }));
  await store.close();
  const db = new Database(path);
  for (const trigger of ['audit_no_update', 'audit_no_delete', 'audit_continues'])
    db.exec(`DROP TRIGGER ${trigger}`);
  db.close();
  return path;
}

function edit(path: string, ...statements: readonly string[]): void {
  const db = new Database(path);
  for (const sql of statements) db.exec(sql);
  db.close();
}

function verify(path: string, seen?: { readonly seq: number; readonly hash: string }) {
  const db = openReadOnly(path, () => undefined);
  const table = auditTable(db);
  return verifyAudit(async (after, limit) => table.after(after, limit), seen).finally(() => db.close());
}

function headOf(path: string) {
  const db = openReadOnly(path, () => undefined);
  const head = auditTable(db).head();
  db.close();
  return head;
}

describe('the hash of an event', () => {
  const first: Omit<AuditEvent, 'hash'> = {
    seq: 1,
    at: 1_795_813_200_000,
    upgrade: U1,
    actor: 'T0CUTOVER/U0ROSA',
    kind: 'requested',
    data: { target: 'staging', b: [1, 2.5, null, true], a: 'Grüße ✓' },
    prev: FIRST_PREV,
  };

  // Computed by `printf '%s' '[1,1,…]' | sha256sum`: a stranger must get the same number without our program.
  test('is the SHA-256 of the canonical array, version number first', () => {
    const encoded = `[1,1,1795813200000,"U-1","T0CUTOVER/U0ROSA","requested",{"a":"Grüße ✓","b":[1,2.5,null,true],"target":"staging"},"${'0'.repeat(64)}"]`;
    expect(auditHash(first)).toBe('275671cfdf4c2b63484bc70be41d731db16e7fdbf88bf18b8e05f756d3b8b14d');
    expect(encoded).toContain('Grüße');
  });

  test('changes with every field', () => {
    const others: readonly Partial<AuditEvent>[] = [
      { seq: 2 },
      { at: 0 },
      { upgrade: null },
      { actor: 'cutover' },
      { kind: 'planned' },
      { data: {} },
      { prev: 'f'.repeat(64) },
    ];
    const hashes = others.map((other) => auditHash({ ...first, ...other }));
    expect(new Set([auditHash(first), ...hashes]).size).toBe(others.length + 1);
  });
});

describe('verifying', () => {
  test('a whole trail gives its head, also one longer than a batch', async () => {
    const path = await trail(1005);
    expect(await verify(path)).toEqual({ ok: true, head: headOf(path) });
    expect(headOf(path).seq).toBe(1005);
  });

  test('an empty one is whole', async () => {
    expect(await verify(await trail(0))).toEqual({ ok: true, head: { seq: 0, hash: FIRST_PREV } });
  });

  // Each edit, and the event at which a verifier must stop.
  const edits: readonly (readonly [string, number, RegExp, readonly string[]])[] = [
    [
      'changed data',
      3,
      /content is not what was recorded/,
      [`UPDATE audit SET data = '{"n":9}' WHERE seq = 3`],
    ],
    ['another actor', 2, /content is not/, ["UPDATE audit SET actor = 'nobody' WHERE seq = 2"]],
    ['another time', 5, /content is not/, ['UPDATE audit SET at = at + 1 WHERE seq = 5']],
    ['another upgrade', 1, /content is not/, ["UPDATE audit SET upgrade = 'U-9' WHERE seq = 1"]],
    ['another kind', 4, /content is not/, ["UPDATE audit SET kind = 'approved' WHERE seq = 4"]],
    [
      'the same data written otherwise',
      3,
      /content is not/,
      [`UPDATE audit SET data = '{ "n": 3 }' WHERE seq = 3`],
    ],
    ['a key twice in data', 3, /content is not/, [`UPDATE audit SET data = '{"n":9,"n":3}' WHERE seq = 3`]],
    ['a removed event', 3, /it is missing: the event was removed/, ['DELETE FROM audit WHERE seq = 3']],
    ['the first one removed', 1, /it is missing/, ['DELETE FROM audit WHERE seq = 1']],
    ['several removed', 2, /so are all up to 4/, ['DELETE FROM audit WHERE seq BETWEEN 2 AND 4']],
    [
      'a removed event and the rest renumbered',
      3,
      /does not continue the event before/,
      ['DELETE FROM audit WHERE seq = 3', 'UPDATE audit SET seq = seq - 1 WHERE seq > 3'],
    ],
    [
      'two events in the other order',
      2,
      /does not continue the event before/,
      [
        'UPDATE audit SET seq = 99 WHERE seq = 2',
        'UPDATE audit SET seq = 2 WHERE seq = 3',
        'UPDATE audit SET seq = 3 WHERE seq = 99',
      ],
    ],
    [
      'an event put in between',
      4,
      /does not continue/,
      [
        'UPDATE audit SET seq = seq + 100 WHERE seq > 3',
        'INSERT INTO audit SELECT 4, at, upgrade, actor, kind, data, prev, hash FROM audit WHERE seq = 3',
        'UPDATE audit SET seq = seq - 99 WHERE seq > 100',
      ],
    ],
    [
      'another beginning',
      1,
      /does not continue/,
      [`UPDATE audit SET prev = '${'1'.repeat(64)}' WHERE seq = 1`],
    ],
  ];
  test.each(edits)('finds %s', async (_what, seq, wrong, statements) => {
    const path = await trail(6);
    edit(path, ...statements);
    expect(await verify(path)).toMatchObject({ ok: false, seq, wrong: expect.stringMatching(wrong) });
  });

  /** What an owner of the file can do: every hash anew. */
  function rewrite(path: string, from: number): void {
    const db = new Database(path);
    const rows = db.prepare<[], AuditEvent & { data: string }>('SELECT * FROM audit ORDER BY seq').all();
    let prev = FIRST_PREV;
    for (const row of rows) {
      const data = JSON.parse(row.data as unknown as string) as AuditEvent['data'];
      const changed = row.seq >= from ? { ...data, n: 'forged' } : data;
      const hash = auditHash({ ...row, data: changed, prev });
      db.prepare('UPDATE audit SET data = ?, prev = ?, hash = ? WHERE seq = ?').run(
        JSON.stringify(changed),
        prev,
        hash,
        row.seq,
      );
      prev = hash;
    }
    db.close();
  }

  test('a trail that was cut or rewritten whole is found only by a head that was seen before', async () => {
    const cut = await trail(6);
    const seen = headOf(cut);
    expect(await verify(cut, seen)).toMatchObject({ ok: true });
    // The thread shows the first digits; in capitals it is the same number.
    expect(await verify(cut, { seq: 6, hash: seen.hash.slice(0, 12).toUpperCase() })).toMatchObject({
      ok: true,
    });
    edit(cut, 'DELETE FROM audit WHERE seq > 4');
    expect(await verify(cut)).toMatchObject({ ok: true, head: { seq: 4 } });
    expect(await verify(cut, seen)).toMatchObject({
      ok: false,
      seq: 5,
      wrong: expect.stringMatching(/end was cut off/),
    });

    const forged = await trail(6);
    const before = headOf(forged);
    rewrite(forged, 3);
    expect(await verify(forged)).toMatchObject({ ok: true });
    expect(await verify(forged, before)).toMatchObject({
      ok: false,
      seq: 6,
      wrong: expect.stringMatching(/trail was rewritten/),
    });
  });

  test('bytes that were changed in the file itself are found', async () => {
    const path = await trail(6);
    edit(path, 'PRAGMA journal_mode = DELETE');
    const bytes = readFileSync(path);
    const at = bytes.indexOf('{"n":4}');
    expect(at).toBeGreaterThan(0);
    bytes.write('{"n":7}', at);
    writeFileSync(path, bytes);
    expect(await verify(path)).toMatchObject({ ok: false, seq: 4 });
  });
});
