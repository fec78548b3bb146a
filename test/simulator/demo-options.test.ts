import { describe, expect, test } from 'vitest';
import { readOptions } from '../../simulator/demo/options.ts';

describe('npm run demo', () => {
  test('without options shows the page on any free port, with the classic card', () => {
    expect(readOptions([])).toEqual({ kind: 'page', port: 0, card: 'classic', speed: null });
  });

  test('takes port, card and speed of the page', () => {
    expect(readOptions(['--port', '8080', '--card', 'plan', '--speed', '60'])).toEqual({
      kind: 'page',
      port: 8080,
      card: 'plan',
      speed: 60,
    });
  });

  test('plays the first scenario, or the one that is named', () => {
    expect(readOptions(['--auto'])).toMatchObject({ kind: 'play', scenario: { name: 'in-place-4.2' } });
    expect(readOptions(['--scenario', 'declined'])).toMatchObject({
      kind: 'play',
      scenario: { name: 'declined' },
    });
  });

  test.each([
    [['--card', 'foo'], '--card is classic or plan, not foo.'],
    [['--port', 'abc'], '--port is a whole number from 1 to 65535, not abc.'],
    [['--port', '70000'], '--port is a whole number from 1 to 65535, not 70000.'],
    [['--port', '-1'], /--port/],
    [['--speed', '0'], '--speed is a number from 1 on, not 0.'],
    [['--speed', 'fast'], '--speed is a number from 1 on, not fast.'],
    [['--scenario', 'nope'], /^--scenario is one of in-place-4\.2, .*; not nope\.$/],
    [['--auto', '--card', 'plan'], /^--card is for the page/],
    [['--scenario', 'declined', '--port', '8080'], /^--port is for the page/],
    [['--prot', '8080'], /'--prot'/],
  ])('%j is refused with the option and what is allowed', (argv, words) => {
    expect(() => readOptions(argv)).toThrow(words);
  });
});
