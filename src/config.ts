/** The only reader of the environment: parsed once, every bad field in one error, with its mend. */
import { closest, distance } from 'fastest-levenshtein';
import { z } from 'zod';
import { type ClockScale, parseClockScale, REAL_TIME } from './core/clock.ts';

const LOOPBACK = /^https?:\/\/(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?(\/|$)/;

type Environment = { readonly [name: string]: string | undefined };

/** The token travels with every request. */
const API_URL_RULE = 'must be https://…; plain http is for loopback only, because the token is sent along';

const SETTINGS = {
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
  SLACK_API_URL: z
    .url({ protocol: /^https?$/, error: API_URL_RULE })
    .refine((url) => url.startsWith('https:') || LOOPBACK.test(url), API_URL_RULE)
    .default('https://slack.com/api/'),
  HOST: z.string().default('127.0.0.1'),
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a port number, 0 to 65535')
    .transform(Number)
    .refine((port) => port <= 65_535, 'must be a port number, 0 to 65535')
    .default(3000),
  CUTOVER_DATABASE: z.string().default('var/cutover.db'),
  CUTOVER_TARGETS: z.string().default('targets.yaml'),
  CUTOVER_RUNBOOKS: z.string().default('runbooks'),
  CUTOVER_VAULT: z.string().default('var/vault'),
  CUTOVER_CARD: z.enum(['classic', 'plan'], { error: 'must be classic or plan' }).default('classic'),
  CUTOVER_CLOCK: z.string().optional(),
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error'], { error: 'must be debug, info, warn or error' })
    .default('info'),
};

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

type Settings = { readonly [name in keyof typeof SETTINGS]: z.output<(typeof SETTINGS)[name]> };
/** Fields that could be read; the others are told of already. */
type Readable = Partial<Settings>;

function transportOf(env: Readable): Config['slack']['transport'] | string {
  if (env.SLACK_MODE === 'http')
    return env.SLACK_SIGNING_SECRET === undefined
      ? 'SLACK_SIGNING_SECRET: missing; HTTP mode checks every request with it (or set SLACK_MODE=socket)'
      : { mode: 'http', signingSecret: env.SLACK_SIGNING_SECRET };
  return env.SLACK_APP_TOKEN === undefined
    ? 'SLACK_APP_TOKEN: missing; Socket Mode needs an app-level token with connections:write (or set SLACK_MODE=http)'
    : { mode: 'socket', appToken: env.SLACK_APP_TOKEN };
}

/** Scaled time would put wrong times into a real workspace and a real audit trail. */
function clockOf(env: Readable): ClockScale | string {
  if (env.CUTOVER_CLOCK === undefined) return REAL_TIME;
  const scale = parseClockScale(env.CUTOVER_CLOCK);
  if (scale === undefined) return 'CUTOVER_CLOCK: must be three numbers t0,r0,k with k > 0';
  const real = scale.k === 1 && scale.t0 === scale.r0;
  if (!real && !LOOPBACK.test(env.SLACK_API_URL ?? ''))
    return 'CUTOVER_CLOCK: a clock that is not the real one is refused unless SLACK_API_URL is on loopback; unset it';
  return scale;
}

/** A setting that is misspelt would be silently the default. */
function misspelt(names: readonly string[]): readonly string[] {
  const known = Object.keys(SETTINGS);
  return names
    .filter((name) => name.startsWith('CUTOVER_') && !known.includes(name))
    .map((name) => ({ name, near: closest(name, known) }))
    .filter(({ name, near }) => distance(name, near) <= 2)
    .map(({ name, near }) => `${name}: there is no such setting; did you mean ${near}?`);
}

function readFields(given: Environment) {
  const read: { [name: string]: unknown } = {};
  const wrong: string[] = [];
  for (const [name, schema] of Object.entries(SETTINGS)) {
    const parsed = schema.safeParse(given[name]);
    if (parsed.success) read[name] = parsed.data;
    else wrong.push(...new Set(parsed.error.issues.map(({ message }) => `${name}: ${message}`)));
  }
  return { read: read as Readable, wrong };
}

/** An env file with Windows line ends or a space behind a token is nobody's intention. */
function givenIn(env: Environment): Environment {
  return Object.fromEntries(
    Object.entries(env)
      .map(([name, value]) => [name, value?.trim()] as const)
      .filter(([, value]) => value !== ''),
  );
}

/** Where files are, for commands that need no Slack; what is wrong with the other settings does not matter to them. */
export function readPaths(
  env: Environment = process.env,
): Pick<Config, 'database' | 'targets' | 'runbooks' | 'vault'> {
  const given = givenIn(env);
  return {
    database: SETTINGS.CUTOVER_DATABASE.parse(given.CUTOVER_DATABASE),
    targets: SETTINGS.CUTOVER_TARGETS.parse(given.CUTOVER_TARGETS),
    runbooks: SETTINGS.CUTOVER_RUNBOOKS.parse(given.CUTOVER_RUNBOOKS),
    vault: SETTINGS.CUTOVER_VAULT.parse(given.CUTOVER_VAULT),
  };
}

/** @throws Error that lists every field that is wrong, never a value: values are secrets */
export function readConfig(env: Environment = process.env): Config {
  const given = givenIn(env);
  const { read, wrong } = readFields(given);
  const told = (name: string) => wrong.some((line) => line.startsWith(`${name}:`));
  const transport = transportOf(read);
  const clock = clockOf(read);
  const problems = [
    ...wrong,
    // Each of these needs other fields, which must have been read well to be judged.
    ...(typeof transport === 'string' && !['SLACK_MODE', transport.split(':')[0] ?? ''].some(told)
      ? [transport]
      : []),
    ...(typeof clock === 'string' && !told('SLACK_API_URL') ? [clock] : []),
    ...misspelt(Object.keys(given)),
  ];
  if (problems.length > 0 || typeof transport === 'string' || typeof clock === 'string')
    throw new Error(
      `reading settings from the environment:\n${problems.map((line) => `  ${line}`).join('\n')}\nSee .env.example.`,
    );
  const settings = read as Settings;
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

/** Secrets of targets may stand in the environment under names of the operator's choice (`{ env: … }`). */
export function secretsEnvironment(): Environment {
  return process.env;
}
