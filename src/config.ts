/** The only reader of the environment: parsed once, every bad field in one error, with its mend. */
import { z } from 'zod';
import { type ClockScale, parseClockScale, REAL_TIME } from './core/clock.ts';

const LOOPBACK = /^https?:\/\/(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?(\/|$)/;

const Environment = z.object({
  SLACK_BOT_TOKEN: z
    .string({ error: 'missing; copy the “Bot User OAuth Token” of the app (xoxb-…)' })
    .startsWith('xoxb-', 'must be the bot token, which begins with xoxb-'),
  SLACK_MODE: z.enum(['socket', 'http'], { error: 'must be socket or http' }).default('socket'),
  SLACK_APP_TOKEN: z
    .string()
    .startsWith('xapp-', 'must be an app-level token, which begins with xapp-')
    .optional(),
  SLACK_SIGNING_SECRET: z
    .string()
    .min(8, 'is too short for a signing secret; copy it from “Basic Information”')
    .optional(),
  SLACK_API_URL: z.url('must be a URL').default('https://slack.com/api/'),
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number({ error: 'must be a port number' }).int().min(0).max(65_535).default(3000),
  CUTOVER_DATABASE: z.string().min(1, 'must be a file path').default('var/cutover.db'),
  CUTOVER_TARGETS: z.string().min(1, 'must be a file path').default('targets.yaml'),
  CUTOVER_RUNBOOKS: z.string().min(1, 'must be a directory').default('runbooks'),
  CUTOVER_VAULT: z.string().min(1, 'must be a directory').default('var/vault'),
  CUTOVER_CARD: z.enum(['classic', 'plan'], { error: 'must be classic or plan' }).default('classic'),
  CUTOVER_CLOCK: z.string().optional(),
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error'], { error: 'must be debug, info, warn or error' })
    .default('info'),
});

export interface Config {
  readonly slack: {
    readonly botToken: string;
    readonly apiUrl: string;
    readonly transport:
      | { readonly mode: 'socket'; readonly appToken: string }
      | { readonly mode: 'http'; readonly signingSecret: string };
    readonly card: 'classic' | 'plan';
  };
  /** Health and readiness, and in `http` mode Slack's requests too. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly database: string;
  readonly targets: string;
  readonly runbooks: string;
  readonly vault: string;
  readonly clock: ClockScale;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

type Parsed = z.infer<typeof Environment>;

function transportOf(env: Parsed): Config['slack']['transport'] | string {
  if (env.SLACK_MODE === 'socket')
    return env.SLACK_APP_TOKEN === undefined
      ? 'SLACK_APP_TOKEN: missing; Socket Mode needs an app-level token with connections:write (or set SLACK_MODE=http)'
      : { mode: 'socket', appToken: env.SLACK_APP_TOKEN };
  return env.SLACK_SIGNING_SECRET === undefined
    ? 'SLACK_SIGNING_SECRET: missing; HTTP mode checks every request with it (or set SLACK_MODE=socket)'
    : { mode: 'http', signingSecret: env.SLACK_SIGNING_SECRET };
}

/** Scaled time would put wrong times into a real workspace and a real audit trail. */
function clockOf(env: Parsed): ClockScale | string {
  if (env.CUTOVER_CLOCK === undefined || env.CUTOVER_CLOCK === '') return REAL_TIME;
  const scale = parseClockScale(env.CUTOVER_CLOCK);
  if (scale === undefined) return 'CUTOVER_CLOCK: must be three numbers t0,r0,k with k > 0';
  if (scale.k !== 1 && !LOOPBACK.test(env.SLACK_API_URL))
    return 'CUTOVER_CLOCK: a scaled clock is refused unless SLACK_API_URL is on loopback; unset it';
  return scale;
}

/** @throws Error that lists every field that is wrong */
export function readConfig(env: { readonly [name: string]: string | undefined } = process.env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = Environment.safeParse(given);
  if (!parsed.success)
    throw new Error(
      `reading settings from the environment:\n${parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`).join('\n')}`,
    );
  const settings = parsed.data;
  const transport = transportOf(settings);
  const clock = clockOf(settings);
  const wrong = [transport, clock].filter((part) => typeof part === 'string');
  if (typeof transport === 'string' || typeof clock === 'string')
    throw new Error(`reading settings from the environment:\n${wrong.map((line) => `  ${line}`).join('\n')}`);
  return {
    slack: {
      botToken: settings.SLACK_BOT_TOKEN,
      apiUrl: settings.SLACK_API_URL,
      transport,
      card: settings.CUTOVER_CARD,
    },
    listen: { host: settings.HOST, port: settings.PORT },
    database: settings.CUTOVER_DATABASE,
    targets: settings.CUTOVER_TARGETS,
    runbooks: settings.CUTOVER_RUNBOOKS,
    vault: settings.CUTOVER_VAULT,
    clock,
    logLevel: settings.LOG_LEVEL,
  };
}

/** Where `secrets: { NAME: { env: … } }` of targets.yaml is looked up. */
export function secretsEnvironment(): { readonly [name: string]: string | undefined } {
  return process.env;
}
