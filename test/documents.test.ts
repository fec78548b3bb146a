import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DOCUMENTS = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...['docs', 'bench', 'simulator', 'soak']
    .filter((room) => existsSync(join(ROOT, room)))
    .flatMap((room) =>
      readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.md'))
        .map((name) => join(room, name)),
    ),
];
const ROOMS = 'bench|docs|handlers|migrations|runbooks|scripts|simulator|soak|src|test';
/** Stand for a file that the reader will write. */
const INVENTED = /NNNN|<|runbooks\/tiny\.yaml/;

const textOf = (document: string) => readFileSync(join(ROOT, document), 'utf8');

test.each(DOCUMENTS)('%s names files and links that are there', (document) => {
  const text = textOf(document);
  const named = [...text.matchAll(new RegExp(`\`((?:${ROOMS})/[\\w./*-]+)\``, 'g'))].map(
    ([, path = '']) => path,
  );
  const linked = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(([, path = '']) =>
    join(dirname(document), path),
  );
  const missing = [...named, ...linked].filter(
    (path) => !INVENTED.test(path) && !existsSync(join(ROOT, path)) && matches(path) === 0,
  );
  expect(missing).toEqual([]);
});

test.each(DOCUMENTS)('%s names npm scripts that are there', (document) => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const named = [...textOf(document).matchAll(/\bnpm run (?:-s )?([a-z][\w:-]*)/g)].map(
    ([, name = '']) => name,
  );
  expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
});

function matches(pattern: string): number {
  return pattern.includes('*') ? globbed(pattern).length : 0;
}

function globbed(pattern: string): readonly string[] {
  const regular = new RegExp(
    `^${pattern.replaceAll(/[.]/g, '\\.').replaceAll('**', '\u0000').replaceAll('*', '[^/]*').replaceAll('\u0000', '.*')}$`,
  );
  const room = pattern.split('/')[0] ?? '';
  return readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
    .map((name) => join(room, name))
    .filter((path) => regular.test(path));
}
