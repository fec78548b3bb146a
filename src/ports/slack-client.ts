/** How we talk to Slack's Web API: options that every client of ours has, and what an error of a call means. */
import type { Logger, LogLevel } from '@slack/bolt';
import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
  type WebClientOptions,
} from '@slack/web-api';
import type { Log } from './ports.ts';

/** The SDK waits for ever by default. Slack answers in well under a second; ten are an outage. */
const SLACK_TIMEOUT_MS = 10_000;

/** Enumerations are types only here; `INFO` keeps the SDK from writing message bodies, which it does at DEBUG. */
const INFO = 'info' as LogLevel;

function line(parts: readonly unknown[]): string {
  return parts.map((part) => (part instanceof Error ? part.message : String(part))).join(' ');
}

/** The SDK's lines in our log. Its debug lines hold message bodies and so steps' output: they are dropped. */
export function slackLogger(log: Log, from: string): Logger {
  return {
    debug: () => undefined,
    info: (...parts) => log.info({ from }, line(parts)),
    warn: (...parts) => log.warn({ from }, line(parts)),
    error: (...parts) => log.error({ from }, line(parts)),
    setLevel: () => undefined,
    getLevel: () => INFO,
    setName: () => undefined,
  };
}

/** For clients whose owner says itself what happened, once, instead of a line for each request. */
export const SILENT: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => INFO,
  setName: () => undefined,
};

/**
 * A new object at each call, because Socket Mode changes what it is given. Retries are explicit: the SDK's own default
 * sends a message again that Slack may have stored, and waits out a rate limit with every other call behind it.
 */
export function clientOptions(apiUrl: string, logger: Logger, retries: number): WebClientOptions {
  return {
    slackApiUrl: apiUrl,
    timeout: SLACK_TIMEOUT_MS,
    retryConfig: { retries, minTimeout: 300, maxTimeout: 1000 },
    rejectRateLimitedCalls: true,
    logger,
  };
}

/** What an error of a Web API call tells about the call. */
export type SlackFailure =
  /** Slack did not do it and names the time to wait. */
  | { readonly kind: 'rate-limited'; readonly retryAfterMs: number; readonly why: string }
  /** The request did not get there. */
  | { readonly kind: 'unreached'; readonly why: string }
  /** It may have been done. */
  | { readonly kind: 'unknown'; readonly why: string }
  /** Slack did not do it, and has an error code for it. */
  | { readonly kind: 'refused'; readonly error: string; readonly why: string };

/** Slack says of these that the call may have partly succeeded. */
const MAYBE_DONE = new Set(['internal_error', 'fatal_error']);
/** Slack without a header that names the time: its posting limit is one per second, and this is well above. */
const UNNAMED_WAIT_MS = 30_000;
/** No connection was made, so no request was sent. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Codes of an error and of what caused it: fetch wraps the socket's error, and several when it tried several addresses. */
function codes(error: unknown): readonly string[] {
  if (typeof error !== 'object' || error === null) return [];
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown };
  return [
    ...(typeof code === 'string' ? [code] : []),
    ...codes(cause),
    ...(Array.isArray(errors) ? errors.flatMap(codes) : []),
  ];
}

function reason(error: unknown): string {
  const { message, cause } = error as { message?: unknown; cause?: unknown };
  const own = typeof message === 'string' ? message : String(error);
  return cause instanceof Error && cause.message !== '' ? `${own}: ${cause.message}` : own;
}

function refusal(error: WebAPIPlatformError): SlackFailure {
  const code = error.data.error;
  const details = error.data.response_metadata?.messages ?? [];
  const why = details.length === 0 ? code : `${code} (${details.join('; ')})`;
  if (MAYBE_DONE.has(code)) return { kind: 'unknown', why };
  if (code === 'ratelimited' || code === 'rate_limited')
    return { kind: 'rate-limited', retryAfterMs: UNNAMED_WAIT_MS, why };
  return { kind: 'refused', error: code, why };
}

/** @throws the error itself when it is none of a Web API call */
export function slackFailure(error: unknown): SlackFailure {
  if (error instanceof WebAPIRateLimitedError)
    return {
      kind: 'rate-limited',
      retryAfterMs: error.retryAfter * 1000,
      why: `rate limited for ${error.retryAfter} s`,
    };
  if (error instanceof WebAPIPlatformError) return refusal(error);
  if (error instanceof WebAPIHTTPError) return { kind: 'unknown', why: `HTTP ${error.statusCode}` };
  if (error instanceof WebAPIRequestError) {
    const why = reason(error.original);
    const sent = !codes(error.original).some((code) => NEVER_SENT.has(code));
    return sent ? { kind: 'unknown', why } : { kind: 'unreached', why };
  }
  // The SDK throws a bare Error for a 429 without a time.
  if (error instanceof Error && error.message.startsWith('Retry header did not contain'))
    return {
      kind: 'rate-limited',
      retryAfterMs: UNNAMED_WAIT_MS,
      why: 'rate limited, without saying how long',
    };
  throw error;
}

/** Errors that stay until the operator mends the app or its token. */
const ACCESS = new Set([
  'not_authed',
  'invalid_auth',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'no_permission',
  'not_allowed_token_type',
  'missing_scope',
  'org_login_required',
  'ekm_access_denied',
  'access_denied',
  'enterprise_is_restricted',
  'team_access_not_granted',
  'two_factor_setup_required',
  'user_removed_from_team',
  'team_disabled',
]);

export function accessRefused(error: string): boolean {
  return ACCESS.has(error);
}
