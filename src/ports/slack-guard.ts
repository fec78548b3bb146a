/** What stands before every listener: payloads of others are refused, and those under way are counted. */
import type { AnyMiddlewareArgs, Context, Middleware } from '@slack/bolt';
import type { Log } from './ports.ts';

/** Who Slack says we are. */
export interface Identity {
  readonly kind: 'identity';
  readonly team: string | null;
  readonly enterprise: string | null;
}

type Guard = Middleware<AnyMiddlewareArgs>;

/** Answers whatever waits for an answer; a command gets words, because its author sees them. */
async function answer(args: AnyMiddlewareArgs, say: string): Promise<void> {
  if (!('ack' in args) || typeof args.ack !== 'function') return;
  const ack = args.ack as (response?: string) => Promise<void>;
  await ('command' in args ? ack(say) : ack());
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as { [name: string]: unknown })[name]
    : undefined;
}

/**
 * Why a payload is not for us, or null. Which workspaces' people may act is decided by the engine, per person; this only
 * keeps out what belongs to another app or another organisation.
 */
function foreign(body: unknown, context: Context, own: Identity, appId: string | null): string | null {
  const app = field(body, 'api_app_id');
  if (typeof app === 'string' && appId !== null && app !== appId) return `app ${app}`;
  if (own.enterprise === null) return context.isEnterpriseInstall ? 'an organisation-wide install' : null;
  const { enterpriseId } = context;
  return enterpriseId !== undefined && enterpriseId !== own.enterprise
    ? `organisation ${enterpriseId}`
    : null;
}

export function refuseForeign(identity: () => Identity | null, appId: () => string | null, log: Log): Guard {
  return async (args) => {
    const own = identity();
    const from = own === null ? null : foreign(args.body, args.context, own, appId());
    if (from === null) return args.next();
    log.warn({ from }, 'a payload that is not for this app was refused');
    await answer(args, 'Cutover does not serve this organisation.');
  };
}

export interface Running {
  middleware(stopping: () => boolean): Guard;
  /** Resolves when no listener runs. */
  idle(): Promise<void>;
}

/**
 * While we stop, nothing new is begun. It is not acknowledged either: Slack then shows the person that it failed and keeps
 * a form open with what was typed, instead of losing it.
 */
export function countRunning(): Running {
  let count = 0;
  let waiting: (() => void)[] = [];
  return {
    middleware: (stopping) => async (args) => {
      if (stopping()) {
        if ('command' in args) await answer(args, 'Cutover is being restarted. Try again in a minute.');
        return;
      }
      count += 1;
      try {
        await args.next();
      } finally {
        count -= 1;
        if (count === 0) {
          for (const wake of waiting) wake();
          waiting = [];
        }
      }
    },
    idle: () =>
      count === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.push(resolve);
          }),
  };
}
