import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';
import { REAL_TIME } from '../src/core/clock.ts';

const GOOD = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1' };

function problem(env: { readonly [name: string]: string | undefined }): string {
  try {
    readConfig(env);
  } catch (error) {
    return (error as Error).message;
  }
  return 'no problem';
}

describe('settings', () => {
  test('two tokens are enough for Socket Mode; the rest has defaults', () => {
    expect(readConfig(GOOD)).toEqual({
      slack: {
        botToken: 'xoxb-1',
        apiUrl: 'https://slack.com/api/',
        transport: { mode: 'socket', appToken: 'xapp-1' },
        card: 'classic',
      },
      listen: { host: '127.0.0.1', port: 3000 },
      database: 'var/cutover.db',
      targets: 'targets.yaml',
      runbooks: 'runbooks',
      vault: 'var/vault',
      clock: REAL_TIME,
      logLevel: 'info',
    });
  });

  test('HTTP mode needs the signing secret instead of the app token', () => {
    const config = readConfig({
      SLACK_BOT_TOKEN: 'xoxb-1',
      SLACK_MODE: 'http',
      SLACK_SIGNING_SECRET: '12345678',
    });
    expect(config.slack.transport).toEqual({ mode: 'http', signingSecret: '12345678' });
  });

  test('everything that can be set is set', () => {
    expect(
      readConfig({
        ...GOOD,
        SLACK_API_URL: 'http://127.0.0.1:4900/api/',
        HOST: '0.0.0.0',
        PORT: '8080',
        CUTOVER_DATABASE: '/data/c.db',
        CUTOVER_TARGETS: '/etc/t.yaml',
        CUTOVER_RUNBOOKS: '/etc/runbooks',
        CUTOVER_VAULT: '/data/vault',
        CUTOVER_CARD: 'plan',
        CUTOVER_CLOCK: '1000,2000,30',
        LOG_LEVEL: 'debug',
      }),
    ).toMatchObject({
      slack: { apiUrl: 'http://127.0.0.1:4900/api/', card: 'plan' },
      listen: { host: '0.0.0.0', port: 8080 },
      database: '/data/c.db',
      targets: '/etc/t.yaml',
      runbooks: '/etc/runbooks',
      vault: '/data/vault',
      clock: { t0: 1000, r0: 2000, k: 30 },
      logLevel: 'debug',
    });
  });

  test('an empty setting is an absent one, and spaces or line ends of another system do not count', () => {
    expect(readConfig({ ...GOOD, SLACK_APP_TOKEN: ' xapp-1\r', PORT: '', CUTOVER_CLOCK: ' ' })).toEqual(
      readConfig(GOOD),
    );
  });

  test.each([
    [{ SLACK_BOT_TOKEN: undefined }, /SLACK_BOT_TOKEN: missing; copy the “Bot User OAuth Token”/],
    [{ SLACK_BOT_TOKEN: 'xoxp-1' }, /SLACK_BOT_TOKEN: must be the bot token, which begins with xoxb-/],
    [{ SLACK_APP_TOKEN: undefined }, /SLACK_APP_TOKEN: missing; Socket Mode needs .*SLACK_MODE=http/],
    [{ SLACK_APP_TOKEN: 'xoxb-1' }, /SLACK_APP_TOKEN: must be an app-level token, which begins with xapp-/],
    [{ SLACK_MODE: 'rtm' }, /SLACK_MODE: must be socket or http/],
    [{ SLACK_MODE: 'http' }, /SLACK_SIGNING_SECRET: missing; HTTP mode checks every request/],
    [{ SLACK_MODE: 'http', SLACK_SIGNING_SECRET: 'short' }, /SLACK_SIGNING_SECRET: is too short/],
    [{ SLACK_API_URL: 'slack.com' }, /SLACK_API_URL: must be https/],
    [{ SLACK_API_URL: 'ftp://127.0.0.1/' }, /SLACK_API_URL: must be https/],
    [{ SLACK_API_URL: 'http://slack.com/api/' }, /SLACK_API_URL: .*loopback only/],
    [{ SLACK_API_URL: 'http://localhost.example.com/' }, /SLACK_API_URL: .*loopback only/],
    [{ SLACK_API_URL: 'http://127.0.0.1@example.com/' }, /SLACK_API_URL: .*loopback only/],
    [{ PORT: '70000' }, /PORT: must be a port number, 0 to 65535/],
    [{ PORT: '-1' }, /PORT: must be a port number/],
    [{ PORT: '3000a' }, /PORT: must be a port number/],
    [{ CUTOVER_CARD: 'fancy' }, /CUTOVER_CARD: must be classic or plan/],
    [{ LOG_LEVEL: 'loud' }, /LOG_LEVEL: must be debug, info, warn or error/],
    [{ CUTOVER_CLOCK: '1,2' }, /CUTOVER_CLOCK: must be three numbers/],
    [{ CUTOVER_CLOCK: '1,2,0' }, /CUTOVER_CLOCK: must be three numbers .*k > 0/],
    [{ CUTOVER_CLOCK: '1,2,x' }, /CUTOVER_CLOCK: must be three numbers/],
    [{ CUTOVER_CLOCK: '5,5,30' }, /CUTOVER_CLOCK: .*refused unless SLACK_API_URL is on loopback/],
    [{ CUTOVER_CLOCK: '5,9,1' }, /CUTOVER_CLOCK: .*refused unless/],
    [{ CUTOVER_DATABSE: 'x' }, /CUTOVER_DATABSE: there is no such setting; did you mean CUTOVER_DATABASE\?/],
  ] as const)('%j is refused with the field and the mend', (env, told) => {
    expect(problem({ ...GOOD, ...env })).toMatch(told);
  });

  test('a clock that is the real one, or a scaled one on loopback, is taken', () => {
    expect(readConfig({ ...GOOD, CUTOVER_CLOCK: '0,0,1' }).clock).toEqual(REAL_TIME);
    for (const SLACK_API_URL of ['http://127.0.0.1:1/api/', 'http://localhost:1/api', 'http://[::1]:1/'])
      expect(readConfig({ ...GOOD, SLACK_API_URL, CUTOVER_CLOCK: '5,5,30' }).clock.k).toBe(30);
  });

  test('every field that is wrong is told at once, each once', () => {
    const told = problem({
      SLACK_BOT_TOKEN: 'nope',
      PORT: 'x',
      LOG_LEVEL: 'x',
      CUTOVER_CLOCK: 'x',
      CUTOVER_CARDS: 'plan',
    });
    const fields = told.split('\n').flatMap((line) => /^ {2}(\w+):/.exec(line)?.[1] ?? []);
    expect(fields.sort()).toEqual(
      ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN', 'PORT', 'LOG_LEVEL', 'CUTOVER_CLOCK', 'CUTOVER_CARDS'].sort(),
    );
    expect(told).toMatch(/See \.env\.example\.$/);
  });

  test('no error repeats a value: it may be a secret', () => {
    const told = problem({
      SLACK_BOT_TOKEN: 'hunter2-bot',
      SLACK_APP_TOKEN: 'hunter2-app',
      SLACK_MODE: 'hunter2-mode',
      SLACK_SIGNING_SECRET: 'hunter2',
      SLACK_API_URL: 'hunter2-url',
      PORT: 'hunter2-port',
      CUTOVER_CLOCK: 'hunter2',
    });
    expect(told).not.toContain('hunter2');
    expect(told).toContain('SLACK_SIGNING_SECRET');
  });

  test('variables of others do not matter', () => {
    expect(readConfig({ ...GOOD, CUTOVER_DB_PASSWORD: 'x', PATH: '/bin', SLACK_WEBHOOK: 'y' })).toEqual(
      readConfig(GOOD),
    );
  });
});

describe('.env.example', () => {
  const text = readFileSync(join(import.meta.dirname, '../.env.example'), 'utf8');

  test('with its two tokens filled in starts the bot', () => {
    const env = parseEnv(text) as { [name: string]: string };
    expect(readConfig({ ...env, ...GOOD })).toEqual(readConfig(GOOD));
  });

  test('names every setting, and each that is commented out shows its default or a value that is taken', () => {
    const shown = [...text.matchAll(/^#?\s?([A-Z][A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]);
    const names = shown.map(([name]) => name);
    const config = readFileSync(join(import.meta.dirname, '../src/config.ts'), 'utf8');
    const settings = [...config.matchAll(/^ {2}([A-Z][A-Z_]+): z$|^ {2}([A-Z][A-Z_]+): z\./gm)].map(
      ([, a, b]) => a ?? b,
    );
    expect(settings.length).toBeGreaterThan(12);
    expect([...new Set(names)].sort()).toEqual([...settings].sort());
    const all = Object.fromEntries(shown) as { [name: string]: string };
    expect(() => readConfig(all)).not.toThrow();
  });
});
