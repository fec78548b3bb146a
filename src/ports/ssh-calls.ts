/** Calls of the launcher over reused connections: places it when it is missing, collects answers, keeps time. */
import { randomBytes } from 'node:crypto';
import type { PlanHost } from '../core/plan.ts';
import { callLine, type LauncherText, NOT_PLACED, placeLine } from './launcher-text.ts';
import { type Log, UnreachableError } from './ports.ts';
import { type Connection, connect, type Running } from './ssh-connection.ts';

/** The launcher could not be put on the host: full or read-only disk, no permission. Nothing was started. */
export class PlacingError extends Error {
  override name = 'PlacingError';
}

export interface Call {
  readonly sudo: boolean;
  readonly args: readonly (string | number)[];
  readonly stdin?: Uint8Array | AsyncIterable<Uint8Array>;
  /** Real time; null for calls that read or write whole files: there the keepalive alone decides. */
  readonly limitMs: number | null;
  readonly onOut?: (bytes: Uint8Array) => void;
  readonly onErr?: (bytes: Uint8Array) => void;
}

export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Longest kept tail of a stream that is read as text. */
const KEPT_BYTES = 1024 * 1024;

function createTail() {
  const chunks: Uint8Array[] = [];
  let size = 0;
  return {
    push(bytes: Uint8Array): void {
      chunks.push(bytes);
      size += bytes.length;
      for (
        let first = chunks[0];
        first !== undefined && size - first.length >= KEPT_BYTES;
        first = chunks[0]
      ) {
        chunks.shift();
        size -= first.length;
      }
    },
    text(): string {
      const all = Buffer.concat(chunks);
      let from = Math.max(0, all.length - KEPT_BYTES);
      // Not in the middle of a character: its later bytes are 10xxxxxx.
      while (from > 0 && from < all.length && ((all[from] ?? 0) & 0xc0) === 0x80) from += 1;
      return all.subarray(from).toString('utf8');
    },
  };
}

/** Until the far side has taken all of it, or has gone away: then the exit code tells why. */
async function feed({ channel, ended }: Running, stdin: Call['stdin']): Promise<void> {
  if (stdin === undefined || stdin instanceof Uint8Array) {
    channel.end(stdin);
    return;
  }
  let gone = false;
  const over = ended.then(
    () => {
      gone = true;
    },
    () => {
      gone = true;
    },
  );
  for await (const bytes of stdin) {
    if (gone) break;
    if (!channel.write(bytes))
      await Promise.race([new Promise<void>((resolve) => channel.once('drain', resolve)), over]);
  }
  channel.end();
}

async function inTime(host: PlanHost, running: Running, limitMs: number | null): Promise<number> {
  if (limitMs === null) return running.ended;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      running.channel.destroy();
      reject(new UnreachableError(host.name, `no answer within ${Math.round(limitMs / 1000)} s`));
    }, limitMs);
  });
  return Promise.race([running.ended, late]).finally(() => clearTimeout(timer));
}

export interface Calls {
  /** Places the launcher when it is missing, once, and asks again. */
  call(host: PlanHost, call: Call): Promise<Answer>;
  /** One line of shell without the launcher. */
  plain(host: PlanHost, line: string, stdin: Uint8Array): Promise<Answer>;
  /** A channel whose output the caller reads at its own pace. The launcher must have been asked before. */
  stream(host: PlanHost, sudo: boolean, args: Call['args']): Promise<Running>;
  close(): void;
}

/** Placing and asking take a few forks; a host that needs longer than this for them is as good as away. */
export const ANSWER_MS = 60_000;

export function createCalls(
  launcher: LauncherText,
  keyFor: (hostName: string) => Promise<string> | string,
  log: Log,
): Calls {
  const connections = new Map<string, Promise<Connection>>();

  async function connected(host: PlanHost): Promise<Connection> {
    // The pinned keys belong to it: with other keys it is another host.
    const key = JSON.stringify([host.ssh, host.host_keys]);
    const known = connections.get(key);
    if (known !== undefined) {
      const connection = await known;
      if (connection.isOpen()) return connection;
    }
    if (connections.get(key) === known) {
      const opening = dial(host);
      connections.set(key, opening);
      opening.catch(() => connections.delete(key));
    }
    return connected(host);
  }

  async function dial(host: PlanHost): Promise<Connection> {
    const key = await Promise.resolve(keyFor(host.name)).catch((error: Error) => {
      throw new UnreachableError(host.name, `reading the key for it: ${error.message}`);
    });
    return connect(host, key, log);
  }

  async function run(host: PlanHost, line: string, io: Omit<Call, 'args' | 'sudo'>): Promise<Answer> {
    const running = await (await connected(host)).open(line);
    const stdout = createTail();
    const stderr = createTail();
    running.channel.on('data', io.onOut ?? stdout.push);
    running.channel.stderr.on('data', io.onErr ?? stderr.push);
    const fed = feed(running, io.stdin).then(
      () => undefined,
      (error: Error) => {
        // The launcher sees by the digest that this is not all.
        running.channel.end();
        return error;
      },
    );
    const code = await inTime(host, running, io.limitMs);
    const broken = await fed;
    if (broken !== undefined)
      throw new Error(`sending to ${host.name}: the source broke off: ${broken.message}`, { cause: broken });
    return { code, stdout: stdout.text(), stderr: stderr.text() };
  }

  async function place(host: PlanHost): Promise<void> {
    const line = placeLine(launcher, host.state_dir, randomBytes(6).toString('hex'));
    const { code, stderr } = await run(host, line, { stdin: launcher.bytes, limitMs: ANSWER_MS });
    if (code !== 0)
      throw new PlacingError(`placing the launcher in ${host.state_dir} on ${host.name}: ${stderr.trim()}`);
    log.info({ host: host.name, launcher: launcher.sha256.slice(0, 12) }, 'launcher placed');
  }

  return {
    async call(host, { sudo, args, ...io }) {
      const line = callLine(launcher, host.state_dir, sudo, args);
      const answer = await run(host, line, io);
      if (answer.code !== NOT_PLACED) return answer;
      await place(host);
      return run(host, line, io);
    },
    plain: (host, line, stdin) => run(host, line, { stdin, limitMs: ANSWER_MS }),
    async stream(host, sudo, args) {
      const running = await (await connected(host)).open(callLine(launcher, host.state_dir, sudo, args));
      running.channel.end();
      return running;
    },
    close() {
      for (const connection of connections.values())
        connection.then(
          (open) => open.close(),
          () => undefined,
        );
      connections.clear();
    },
  };
}
