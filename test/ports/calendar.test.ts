import { describe, expect, test } from 'vitest';
import type { Recurring } from '../../src/core/inventory.ts';
import { createCalendar, recurringProblem } from '../../src/ports/calendar.ts';

const at = (iso: string) => Date.parse(iso);
const rule = (cron: string, zone: string, lengthS = 4 * 3600, title = 'window'): Recurring => ({
  cron,
  zone,
  lengthS,
  title,
});
const calendar = createCalendar();
const opens = (rules: readonly Recurring[], from: string, to: string) =>
  calendar.occurrences(rules, at(from), at(to)).map(({ opensAt }) => new Date(opensAt).toISOString());

describe('recurring windows', () => {
  test('occur at their time in their zone, in order, each as long as it says', () => {
    const found = calendar.occurrences(
      [
        rule('0 22 * * 5', 'Europe/Berlin', 7200, 'Friday night'),
        rule('0 6 * * 1', 'America/New_York', 3600, 'Monday'),
      ],
      at('2026-11-23T00:00:00Z'),
      at('2026-12-07T00:00:00Z'),
    );
    expect(
      found.map(({ opensAt, closesAt, zone, title }) => [
        new Date(opensAt).toISOString(),
        closesAt - opensAt,
        zone,
        title,
      ]),
    ).toEqual([
      ['2026-11-23T11:00:00.000Z', 3_600_000, 'America/New_York', 'Monday'],
      ['2026-11-27T21:00:00.000Z', 7_200_000, 'Europe/Berlin', 'Friday night'],
      ['2026-11-30T11:00:00.000Z', 3_600_000, 'America/New_York', 'Monday'],
      ['2026-12-04T21:00:00.000Z', 7_200_000, 'Europe/Berlin', 'Friday night'],
    ]);
  });

  test('keep the wall clock when summer time begins and ends', () => {
    const nights = [rule('0 22 * * *', 'Europe/Berlin')];
    // Summer time began on 29 March 2026 and ends on 25 October 2026 in Berlin.
    expect(opens(nights, '2026-03-27T12:00:00Z', '2026-03-30T12:00:00Z')).toEqual([
      '2026-03-27T21:00:00.000Z',
      '2026-03-28T21:00:00.000Z',
      '2026-03-29T20:00:00.000Z',
    ]);
    expect(opens(nights, '2026-10-23T12:00:00Z', '2026-10-26T12:00:00Z')).toEqual([
      '2026-10-23T20:00:00.000Z',
      '2026-10-24T20:00:00.000Z',
      '2026-10-25T21:00:00.000Z',
    ]);
  });

  test('one that falls into the hour that summer time skips opens when that hour would have begun', () => {
    expect(
      opens([rule('30 2 * * *', 'Europe/Berlin')], '2026-03-28T12:00:00Z', '2026-03-30T12:00:00Z'),
    ).toEqual(['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z']);
  });

  test('one that falls into the hour that comes twice opens once', () => {
    expect(
      opens([rule('30 2 * * *', 'Europe/Berlin')], '2026-10-24T12:00:00Z', '2026-10-26T12:00:00Z'),
    ).toHaveLength(2);
  });

  test('a window across the end of summer time is as long as it says, in real hours', () => {
    const [found] = calendar.occurrences(
      [rule('0 1 * * *', 'Europe/Berlin', 4 * 3600)],
      at('2026-10-24T22:00:00Z'),
      at('2026-10-25T12:00:00Z'),
    );
    expect(new Date(found?.opensAt ?? 0).toISOString()).toBe('2026-10-24T23:00:00.000Z');
    expect((found?.closesAt ?? 0) - (found?.opensAt ?? 0)).toBe(4 * 3_600_000);
  });

  test('one that is open already counts, one that has just closed does not; a start exactly at the edge does', () => {
    const rules = [rule('0 22 * * *', 'UTC', 4 * 3600)];
    expect(opens(rules, '2026-11-27T23:00:00Z', '2026-11-27T23:30:00Z')).toEqual([
      '2026-11-27T22:00:00.000Z',
    ]);
    expect(opens(rules, '2026-11-28T02:00:00Z', '2026-11-28T03:00:00Z')).toEqual([]);
    expect(opens(rules, '2026-11-28T01:59:59Z', '2026-11-28T03:00:00Z')).toHaveLength(1);
    expect(opens(rules, '2026-11-27T22:00:00Z', '2026-11-27T22:00:01Z')).toHaveLength(1);
    expect(opens(rules, '2026-11-27T21:00:00Z', '2026-11-27T22:00:00Z')).toEqual([]);
  });

  test('a freeze over the turn of the year is one occurrence', () => {
    const freeze = [rule('0 0 20 12 *', 'Europe/Berlin', 14 * 86_400)];
    expect(opens(freeze, '2026-12-31T00:00:00Z', '2027-01-01T00:00:00Z')).toEqual([
      '2026-12-19T23:00:00.000Z',
    ]);
    expect(opens(freeze, '2027-01-03T00:00:00Z', '2027-02-01T00:00:00Z')).toEqual([]);
  });

  test('a rule for a day that no month has never occurs, and does not hang', () => {
    expect(opens([rule('0 0 29 2 *', 'UTC')], '2026-01-01T00:00:00Z', '2026-12-31T00:00:00Z')).toEqual([]);
  });

  test('no rules, no occurrences', () => {
    expect(opens([], '2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z')).toEqual([]);
  });
});

describe('a rule', () => {
  test.each([
    ['0 22 * * 5', 'Europe/Berlin', null],
    ['*/5 * * * *', 'UTC', null],
    ['0 22 * * 9', 'Europe/Berlin', 'cron'],
    ['every friday', 'Europe/Berlin', 'cron'],
    ['', 'Europe/Berlin', 'cron'],
    ['0 22 * * 5', 'CET+1', 'zone'],
    ['0 22 * * 5', 'local', 'zone'],
    ['0 22 * * 5', '', 'zone'],
    ['0 22 * * 5', 'UTC+3', 'zone'],
    ['0 22 * * 5', 'Europe/Berln', 'zone'],
    ['0 0 30 2 *', 'UTC', 'cron'],
    ['0 0 22 * * 5', 'UTC', 'cron'],
    ['@weekly', 'UTC', null],
  ])('%j in %j: the field that is wrong is %s', (cron, zone, field) => {
    expect(recurringProblem({ cron, zone })?.field ?? null).toBe(field);
  });
});
