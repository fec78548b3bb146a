/** Request URLs: signed POSTs. Source: the pages on verifying requests and on the Events API. */
import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import type { Workspace } from '../workspace.ts';
import type { Answer, Courier, Parcel } from './courier.ts';

interface Letter {
  readonly body: string;
  readonly headers: { readonly [name: string]: string };
}

export interface HttpCourier extends Courier {
  requestUrl: string | undefined;
  /** The last request once more, byte for byte, with its old signature. */
  readonly replay: () => Promise<Answer>;
}

/** Exactly this content type: Slack sends no charset with forms, and receivers compare the whole header. */
const FORM = 'application/x-www-form-urlencoded';

function bodyOf({ type, payload }: Parcel): { readonly body: string; readonly contentType: string } {
  switch (type) {
    case 'slash_commands':
      return {
        body: new URLSearchParams(
          Object.entries(payload).map(([name, value]): [string, string] => [name, String(value)]),
        ).toString(),
        contentType: FORM,
      };
    case 'interactive':
      return {
        body: new URLSearchParams({ payload: JSON.stringify(payload) }).toString(),
        contentType: FORM,
      };
    default:
      return { body: JSON.stringify(payload), contentType: 'application/json' };
  }
}

/** @param secondsAhead of the real clock */
function sign(secret: string, body: string, secondsAhead: number): Letter['headers'] {
  const timestamp = String(Math.floor(Date.now() / 1000) + secondsAhead);
  const digest = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
  return { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': `v0=${digest}` };
}

function parsed(text: string, contentType: string | undefined): unknown {
  if (contentType?.startsWith('application/json') !== true) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function post(url: string, { body, headers }: Letter, withinMs: number): Promise<Answer> {
  const began = Date.now();
  const ms = () => Date.now() - began;
  return new Promise((resolve) => {
    const call = request(
      url,
      { method: 'POST', agent: false, headers: { ...headers, 'content-length': Buffer.byteLength(body) } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          clearTimeout(timer);
          const status = response.statusCode ?? 0;
          if (status >= 200 && status < 300)
            return resolve({
              outcome: 'acked',
              body: parsed(Buffer.concat(chunks).toString(), response.headers['content-type']),
              ms: ms(),
            });
          const noRetry = response.headers['x-slack-no-retry'] === '1';
          resolve({ outcome: 'failed', why: `http_error ${status}`, ms: ms(), noRetry });
        });
      },
    );
    const timer = setTimeout(() => {
      resolve({ outcome: 'timeout', ms: ms() });
      call.destroy();
    }, withinMs);
    call.on('error', (error) => {
      clearTimeout(timer);
      resolve({ outcome: 'failed', why: `connection_failed ${error.message}`, ms: ms() });
    });
    call.end(body);
  });
}

export function createHttpCourier(workspace: Workspace, requestUrl: string | undefined): HttpCourier {
  let last: Letter | undefined;
  const { deliveryFaults, tokens } = workspace;
  const go = (letter: Letter): Promise<Answer> =>
    courier.requestUrl === undefined
      ? Promise.resolve({ outcome: 'failed', why: 'no request URL is set', ms: 0 })
      : post(courier.requestUrl, letter, workspace.settings.ackWithinMs);
  const courier: HttpCourier = {
    requestUrl,
    online: () => courier.requestUrl !== undefined,
    send: (parcel) => {
      const { body, contentType } = bodyOf(parcel);
      const wrong = deliveryFaults.wrongSignature > 0;
      if (wrong) deliveryFaults.wrongSignature -= 1;
      last = {
        body,
        headers: {
          'content-type': contentType,
          'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
          ...sign(wrong ? 'somebody else' : tokens.signingSecret, body, deliveryFaults.skewS),
          ...(parcel.attempt > 0 && {
            'x-slack-retry-num': String(parcel.attempt),
            'x-slack-retry-reason': parcel.retryReason ?? 'unknown_error',
          }),
        },
      };
      return go(last);
    },
    replay: () => {
      if (last === undefined) throw new Error('replaying a request: none was sent yet');
      return go(last);
    },
  };
  return courier;
}
