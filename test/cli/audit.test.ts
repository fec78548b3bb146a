import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { AUDIT_USAGE, runAudit } from '../../src/cli/audit.ts';
import { UsageError } from '../../src/cli/io.ts';
import type { Store } from '../../src/ports/ports.ts';
import { Database } from '../../src/ports/sqlite-database.ts';
import { openStore } from '../../src/ports/sqlite-store.ts';
import { T0, upgrade } from '../support/builders.ts';
import { change, event, U2 } from '../support/store-contract.ts';
import { tempDirectory } from '../support/temp.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

async function run(...argv: readonly string[]) {
  let out = '';
  let err = '';
  const code = await runAudit(argv, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

async function trail(): Promise<{ readonly path: string; readonly store: Store }> {
  const path = join(tempDirectory(), 'db', 'cutover.db');
  const store = await openStore({ path, now: () => T0, log: quiet });
  await store.record(
    event({ upgrade: null, kind: 'bot-started', data: { version: '1.0.0', node: '20.20.2' } }),
  );
  await store.commit(
    change(upgrade(), {
      events: [
        event({ actor: 'T0/U0ROSA', data: { target: 'staging', reason: 'end of support' } }),
        event({ kind: 'planned', data: { revision: 1, steps: 3, digest: 'd'.repeat(64) } }),
      ],
    }),
  );
  await store.record(
    event({ upgrade: U2, kind: 'refused', actor: 'T0/U0AMIR', data: { verb: 'stop', rule: 'guest' } }),
  );
  return { path, store };
}

function damage(path: string): void {
  const db = new Database(path);
  db.exec("DROP TRIGGER audit_no_update; UPDATE audit SET actor = 'nobody' WHERE seq = 2");
  db.close();
}

describe('audit verify', () => {
  test('says the head of a whole trail, also while the bot is writing', async () => {
    const { path, store } = await trail();
    const head = await store.auditHead();
    expect(await run('verify', '--database', path)).toEqual({
      code: 0,
      out: `The audit trail is whole: 4 events, head 4:${head.hash}\n`,
      err: '',
    });
    await store.record(event({ upgrade: null, kind: 'bot-stopped', data: { why: 'SIGTERM' } }));
    expect((await run('verify', '--database', path)).out).toMatch(/5 events/);
    await store.close();
    expect((await run('verify', '--database', path)).code).toBe(0);
  });

  test('takes the head as it stands in the thread, and says whether it is the one', async () => {
    const { path, store } = await trail();
    const third = (await store.auditAfter(2, 1))[0]?.hash ?? '';
    await store.close();
    expect((await run('verify', '--database', path, '--head', `3:${third.slice(0, 12)}`)).out).toMatch(
      /whole.*\nEvent 3 is the one that was seen\.\n$/,
    );
    expect(await run('verify', '--database', path, '--head', `3:${'0'.repeat(12)}`)).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/wrong at event 3: .*the trail was rewritten/),
    });
    expect((await run('verify', '--database', path, '--head', `9:${third}`)).err).toMatch(
      /its end was cut off/,
    );
  });

  test('says the first event that is wrong, with exit code 1', async () => {
    const { path, store } = await trail();
    await store.close();
    damage(path);
    expect(await run('verify', '--database', path)).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(
        /^The audit trail is wrong at event 2: its content is not what was recorded/,
      ),
    });
  });

  test('creates nothing where there is nothing, and changes nothing where there is something', async () => {
    const missing = join(tempDirectory(), 'none.db');
    expect(await run('verify', '--database', missing)).toMatchObject({
      code: 1,
      err: expect.stringContaining(missing),
    });
    expect(existsSync(missing)).toBe(false);
    const { path, store } = await trail();
    await store.close();
    const before = readdirSync(dirname(path));
    const db = new Database(path, { readonly: true });
    const count = db.prepare('SELECT count(*) AS n FROM sqlite_schema').get();
    db.close();
    await run('verify', '--database', path);
    const after = new Database(path, { readonly: true });
    expect(after.prepare('SELECT count(*) AS n FROM sqlite_schema').get()).toEqual(count);
    after.close();
    expect(readdirSync(dirname(path)).filter((file) => file.endsWith('.db'))).toEqual(
      before.filter((file) => file.endsWith('.db')),
    );
  });

  test('another program’s file, and one that was never used, say so', async () => {
    const theirs = join(tempDirectory(), 'theirs.db');
    const db = new Database(theirs);
    db.exec('CREATE TABLE t (x INTEGER) STRICT');
    db.close();
    expect((await run('verify', '--database', theirs)).err).toMatch(/belongs to another program/);
    const empty = join(tempDirectory(), 'empty.db');
    new Database(empty).exec('VACUUM').close();
    expect((await run('verify', '--database', empty)).err).toMatch(
      /is empty: the bot has never used it|not an SQLite/,
    );
  });
});

describe('audit export', () => {
  test('gives the events of one upgrade as JSON lines, each with its sentence', async () => {
    const { path, store } = await trail();
    const { code, out, err } = await run('export', 'U-1', '--database', path);
    expect(code).toBe(0);
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { [field: string]: unknown });
    expect(lines.map(({ seq, kind, say }) => [seq, kind, say])).toEqual([
      [2, 'requested', 'T0/U0ROSA asked for an upgrade of staging: end of support.'],
      [3, 'planned', 'cutover made plan v1 with 3 steps, digest dddddddddddd.'],
    ]);
    expect(lines[0]?.time).toBe(new Date(T0).toISOString());
    // On standard error, so that the file holds events only.
    expect(err).toMatch(/^The audit trail is whole: 4 events/);
    await store.close();
  });

  test('can be checked by a stranger with nothing but SHA-256', async () => {
    const { path, store } = await trail();
    const { out } = await run('export', '--database', path);
    await store.close();
    let prev = '0'.repeat(64);
    for (const line of out.trimEnd().split('\n')) {
      const { seq, at, upgrade: of, actor, kind, data, hash } = JSON.parse(line);
      // Keys of `data` are in canonical order already: it is stored so.
      const encoded = JSON.stringify([1, seq, at, of, actor, kind, data, prev]);
      prev = createHash('sha256').update(encoded).digest('hex');
      expect(hash).toBe(prev);
    }
  });

  test('gives sentences alone as text', async () => {
    const { path, store } = await trail();
    await store.close();
    expect((await run('export', '--database', path, '--format', 'text')).out.split('\n')).toEqual([
      '     1  Fri, 27 Nov 2026, 21:00 UTC  cutover started, version 1.0.0 on Node 20.20.2.',
      '     2  Fri, 27 Nov 2026, 21:00 UTC  T0/U0ROSA asked for an upgrade of staging: end of support.',
      '     3  Fri, 27 Nov 2026, 21:00 UTC  cutover made plan v1 with 3 steps, digest dddddddddddd.',
      '     4  Fri, 27 Nov 2026, 21:00 UTC  T0/U0AMIR was refused stop by the rule guest.',
      '',
    ]);
  });

  test('of an upgrade that is not there, or out of a trail that is not whole, fails', async () => {
    const { path, store } = await trail();
    await store.close();
    expect(await run('export', 'U-77', '--database', path)).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('no event of U-77'),
    });
    damage(path);
    expect(await run('export', 'U-1', '--database', path)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/wrong at event 2/),
    });
  });
});

describe('called wrongly', () => {
  test.each([
    [[], /Say verify or export/],
    [['verfy'], /There is no audit verfy.*verify/],
    [['verify', '--head', 'abc', '--database', 'x'], /such as 118:3fa0c1d2e4b5/],
    [['verify', 'U-1'], /U-1 is too much/],
    [['export', '42'], /An upgrade id looks like U-42, not 42/],
    [['export', 'U-1', '--format', 'xml'], /jsonl or text, not xml/],
    [['verify', '--dtabase', 'x'], /no option --dtabase.*--database/],
  ])('%j says what would have been right', async (argv, told) => {
    const error = await run(...argv).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toMatch(told);
  });

  test('--help shows how', async () => {
    expect(await run('--help')).toEqual({ code: 0, out: AUDIT_USAGE, err: '' });
  });
});

test('an auditor needs neither tokens nor Node’s modules beyond the database', async () => {
  const { path, store } = await trail();
  await store.close();
  const root = join(import.meta.dirname, '../..');
  const script = `import { runAudit } from ${JSON.stringify(join(root, 'src/cli/audit.ts'))};
    process.exitCode = await runAudit(['verify'], { out: (t) => process.stdout.write(t), err: (t) => process.stderr.write(t) });`;
  const { stdout } = await promisify(execFile)(
    join(root, 'node_modules/.bin/tsx'),
    ['--input-type=module', '--eval', script],
    { env: { PATH: process.env.PATH, CUTOVER_DATABASE: path } },
  );
  expect(stdout).toMatch(/^The audit trail is whole: 4 events/);
});
