import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type OpenPlace, shortages } from '../../src/core/seating.ts';

const at = (id: string, need: number, ...members: string[]): OpenPlace => ({
  place: { id, title: id, need, from: members },
  members,
});
const named = (places: readonly OpenPlace[]) =>
  shortages(places).map(({ places: short, needed, people }) => [
    short.map(({ id }) => id).sort(),
    needed,
    people,
  ]);

test('places that can all be filled lack nobody, also when somebody has to move for it', () => {
  expect(named([at('a', 1, 'x', 'y'), at('b', 1, 'x')])).toEqual([]);
  expect(named([at('a', 2, 'x', 'y', 'z'), at('b', 1, 'x'), at('c', 1, 'y', 'w')])).toEqual([]);
});

test('two places with the same single person are named together', () => {
  expect(named([at('a', 1, 'x'), at('b', 1, 'x'), at('c', 1, 'y')])).toEqual([[['a', 'b'], 2, 1]]);
});

test('places that lack different people are named apart', () => {
  expect(named([at('a', 2, 'x'), at('b', 1), at('c', 1, 'y')])).toEqual([
    [['a'], 2, 1],
    [['b'], 1, 0],
  ]);
});

test('somebody who is listed twice is one person', () => {
  expect(named([at('a', 2, 'x', 'x')])).toEqual([[['a'], 2, 1]]);
});

/** Tries every way to seat people: slow, and right. */
function fillable(places: readonly OpenPlace[], taken: ReadonlySet<string> = new Set()): boolean {
  const [first, ...rest] = places;
  if (first === undefined) return true;
  const { place, members } = first;
  if (place.need === 0) return fillable(rest, taken);
  return [...new Set(members)]
    .filter((user) => !taken.has(user))
    .some((user) =>
      fillable([{ place: { ...place, need: place.need - 1 }, members }, ...rest], new Set([...taken, user])),
    );
}

test('a shortage is told exactly when no way to seat people fills every place, and its numbers prove it', () => {
  const place = fc.record({
    need: fc.integer({ min: 1, max: 2 }),
    members: fc.array(fc.constantFrom('u', 'v', 'w', 'x', 'y'), { maxLength: 4 }),
  });
  fc.assert(
    fc.property(fc.array(place, { maxLength: 5 }), (drawn) => {
      const places = drawn.map(({ need, members }, index) => at(`p${index}`, need, ...members));
      const short = shortages(places);
      expect(short.length === 0).toBe(fillable(places));
      for (const { needed, people } of short) expect(people).toBeLessThan(needed);
    }),
    { numRuns: 500 },
  );
});
