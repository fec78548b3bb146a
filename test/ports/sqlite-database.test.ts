import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { Database } from '../../src/ports/sqlite-database.ts';
import { tempDirectory } from '../support/temp.ts';

const at = (path: string) => pathToFileURL(join(import.meta.dirname, '../..', path)).href;

test('databases and statements that nobody keeps do not end the process when memory is collected', () => {
  // Garbage is collected from a timer and not from JavaScript: that is where Node from 24.19 on aborts.
  const script = `
    import { openDatabase, closeDatabase } from ${JSON.stringify(at('src/ports/sqlite-open.ts'))};
    let rounds = 0;
    const timer = setInterval(() => {
      const db = openDatabase(':memory:', () => undefined);
      for (let n = 0; n < 20; n++) db.prepare('SELECT ' + n).get();
      db.transaction(() => db.prepare('SELECT 1').get());
      if (rounds % 2 === 0) closeDatabase(db);
      globalThis.junk = Array.from({ length: 200_000 }, (_, n) => ({ n }));
      rounds += 1;
      if (rounds === 40) {
        clearInterval(timer);
        process.stdout.write('ended by itself');
      }
    }, 1);`;
  const file = join(tempDirectory(), 'collect.mts');
  writeFileSync(file, script);
  const tsx = join(import.meta.dirname, '../../node_modules/.bin/tsx');
  const env = { PATH: process.env.PATH ?? '' };
  expect(execFileSync(tsx, [file], { encoding: 'utf8', env })).toBe('ended by itself');
});

test('the same text of SQL is one statement', () => {
  const db = new Database(':memory:');
  expect(db.prepare('SELECT 1')).toBe(db.prepare('SELECT 1'));
  expect(() => db.prepare('SELEC 1')).toThrow(/syntax error/);
  expect(() => db.prepare('SELEC 1')).toThrow(/syntax error/);
});

test('a setting holds each time that it is set, also one that was set before', () => {
  const db = new Database(':memory:');
  for (const value of [0, 1, 0, 1]) {
    db.exec(`PRAGMA foreign_keys = ${value}`);
    expect(db.read('foreign_keys')).toBe(value);
  }
});
