import { describe, expect, test } from 'vitest';
import {
  fits,
  formatDuration,
  formatWindow,
  mayBeApproved,
  mayPropose,
  mayStart,
  mayStartStep,
  startBy,
} from '../../src/core/window.ts';
import { T0, window } from '../support/builders.ts';

const H = 3_600_000;
const none = { allowed: null, freezes: [] };
const named = (from: number, to: number, title: string) => ({
  opensAt: from,
  closesAt: to,
  zone: 'UTC',
  title,
});

test('a window in the future is fine when nothing forbids it', () => {
  expect(mayPropose(window, none, T0 - H).ok).toBe(true);
});

test.each([
  ['in the past', window, none, T0 + H, 'window-past'],
  ['of no length', { ...window, closesAt: T0 }, none, T0 - H, 'window-empty'],
  [
    'further away than anybody remembers',
    { ...window, opensAt: T0 + 70 * 24 * H, closesAt: T0 + 70 * 24 * H + H },
    none,
    T0,
    'window-far',
  ],
  [
    'that touches a freeze',
    window,
    { allowed: null, freezes: [named(T0 + 3 * H, T0 + 9 * H, 'Year end')] },
    T0 - H,
    'window-in-freeze',
  ],
  [
    'outside the allowed ones',
    window,
    { allowed: [named(T0 + H, T0 + 9 * H, 'Friday night')], freezes: [] },
    T0 - H,
    'window-not-allowed',
  ],
  ['when none is allowed soon', window, { allowed: [], freezes: [] }, T0 - H, 'window-not-allowed'],
])('a window %s is refused', (_what, proposed, rules, now, rule) => {
  expect(mayPropose(proposed, rules, now)).toMatchObject({ ok: false, refusal: { rule } });
});

test('a freeze that ends when the window opens does not touch it', () => {
  expect(mayPropose(window, { allowed: null, freezes: [named(T0 - 5 * H, T0, 'Before')] }, T0 - H).ok).toBe(
    true,
  );
});

test('a refused window names the next allowed one in the zone of the person', () => {
  const verdict = mayPropose(
    window,
    { allowed: [named(T0 + H, T0 + 9 * H, 'Friday night')], freezes: [] },
    T0 - H,
  );

  expect(verdict.ok ? '' : verdict.refusal.say).toContain(
    '“Friday night”: Fri, 27 Nov 2026, 23:00 Europe/Berlin for 8 h',
  );
});

describe('the start', () => {
  test('waits for the window', () => {
    expect(mayStart(window, 3600, T0 - 1)).toMatchObject({ ok: false, refusal: { rule: 'window-not-open' } });
  });

  test('is possible until the plan no longer fits', () => {
    expect(startBy(window, 3600)).toBe(window.closesAt - H);
    expect(mayStart(window, 3600, window.closesAt - H).ok).toBe(true);
    expect(mayStart(window, 3600, window.closesAt - H + 1)).toMatchObject({
      ok: false,
      refusal: { rule: 'window-too-late' },
    });
  });
});

test('a window shorter than the plan says both lengths', () => {
  const verdict = fits(window, 5 * 3600);

  expect(verdict.ok ? '' : verdict.refusal.say).toBe(
    'The plan needs 5 h with its rollback reserve; the window is 4 h.',
  );
});

test('a step that would end exactly when the window closes may start', () => {
  expect(mayStartStep(window, 'pause-before-next-step', 60, window.closesAt - 60_000).ok).toBe(true);
  expect(mayStartStep(window, 'pause-before-next-step', 60, window.closesAt - 59_999).ok).toBe(false);
});

test.each([
  [1, '1 min'],
  [61, '2 min'],
  [3600, '1 h'],
  [9660, '2 h 41 min'],
])('%i s reads %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test('a window is shown in the zone in which it was proposed', () => {
  expect(formatWindow(window)).toBe('Fri, 27 Nov 2026, 22:00 Europe/Berlin for 4 h');
});

test.each([
  [5 * 60, true],
  [5 * 60 - 1, false],
  [-60, false],
])('a plan that must start in %i s may be approved: %s', (leftS, ok) => {
  const neededS = 1800;
  const now = window.closesAt - (neededS + leftS) * 1000;
  const verdict = mayBeApproved(window, neededS, now);

  expect(verdict.ok).toBe(ok);
  if (!verdict.ok) expect(verdict.refusal).toMatchObject({ rule: 'window-too-near' });
});

test('a window that is over before anybody could approve may not be proposed', () => {
  const now = window.closesAt - 4 * 60_000;
  const short = { ...window, opensAt: now - 60_000 };

  expect(mayPropose(short, none, now)).toMatchObject({
    refusal: { rule: 'window-past' },
  });
  expect(mayPropose(short, none, now - 60_000).ok).toBe(true);
});
