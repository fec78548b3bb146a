/** One SSH connection to one host: pinned key, keepalive, a bounded number of channels, and no silent loss. */
import { createHash } from 'node:crypto';
import { type Config, NodeSSH } from 'node-ssh';
import type { ClientChannel, ServerHostKeyAlgorithm } from 'ssh2';
import type { PlanHost } from '../core/plan.ts';
import { type Log, UnreachableError } from './ports.ts';

/** A host that does not answer within this is away; network time is real on every clock. */
const CONNECT_MS = 10_000;
/** Three unanswered of these: a connection that went dead is noticed within 45 s. */
const KEEPALIVE_MS = 15_000;
const KEEPALIVE_COUNT = 3;
/** sshd's MaxSessions is 10; two stay free for a person who shares the connection limit with us. */
const MAX_CHANNELS = 8;

export interface Connection {
  /** Runs a line in a channel of its own. Waits while too many are open. */
  open(line: string): Promise<Running>;
  isOpen(): boolean;
  close(): void;
}

export interface Running {
  readonly channel: ClientChannel;
  /** Exit code, after all output was handed on. @throws UnreachableError when nobody can know the code */
  readonly ended: Promise<number>;
}

function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

interface Pinned {
  readonly key: Buffer;
  readonly kind: string;
}

function pinnedKeys(host: PlanHost): readonly Pinned[] {
  return host.host_keys.flatMap((line) => {
    const [kind, base64] = line.trim().split(/\s+/);
    if (kind === undefined || base64 === undefined || !Object.hasOwn(ALGORITHMS, kind)) return [];
    return [{ kind, key: Buffer.from(base64, 'base64') }];
  });
}

/** ssh-dss and SHA-1 signatures are left out: no host that can be upgraded needs them. */
const ALGORITHMS: { readonly [kind: string]: readonly ServerHostKeyAlgorithm[] } = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
};

/** Only the kinds that are pinned are negotiated: else a host with several keys could show one that we do not know. */
function algorithms(pinned: readonly Pinned[]): ServerHostKeyAlgorithm[] {
  return [...new Set(pinned.flatMap(({ kind }) => ALGORITHMS[kind] ?? []))];
}

function connectConfig(
  host: PlanHost,
  privateKey: string,
  pinned: readonly Pinned[],
  seen: (key: Buffer) => void,
) {
  return {
    host: host.ssh.host,
    port: host.ssh.port,
    username: host.ssh.user,
    privateKey,
    readyTimeout: CONNECT_MS,
    keepaliveInterval: KEEPALIVE_MS,
    keepaliveCountMax: KEEPALIVE_COUNT,
    algorithms: { serverHostKey: algorithms(pinned) },
    hostVerifier: (key: Buffer) => {
      seen(key);
      return pinned.some((one) => one.key.equals(key));
    },
  };
}

function refusal(
  host: PlanHost,
  pinned: readonly Pinned[],
  seen: Buffer | undefined,
  error: Error,
): UnreachableError {
  const expected =
    pinned.map(({ key }) => fingerprint(key)).join(' or ') ||
    'no key (none of a kind that we speak is pinned)';
  const denied = seen !== undefined && !pinned.some(({ key }) => key.equals(seen));
  if (denied || pinned.length === 0 || /no matching host key format/.test(error.message)) {
    const found = seen === undefined ? 'no key of that kind' : fingerprint(seen);
    return new UnreachableError(
      host.name,
      `its host key is not the pinned one: expected ${expected}, found ${found}. Find out why before anything else`,
      true,
    );
  }
  const why = /authentication methods failed/.test(error.message)
    ? `it did not accept our key for ${host.ssh.user}`
    : `connecting to ${host.ssh.host}:${host.ssh.port}: ${error.message}`;
  return new UnreachableError(host.name, why);
}

function exitOf(host: PlanHost, channel: ClientChannel): Promise<number> {
  return new Promise((resolve, reject) => {
    let code: number | null = null;
    let signal: string | undefined;
    let waiting = 2;
    channel.on('exit', (exitCode: number | null, exitSignal?: string) => {
      code = exitCode;
      signal = exitSignal;
    });
    channel.on('error', () => undefined);
    const closed = () => {
      waiting -= 1;
      if (waiting > 0) return;
      if (code !== null) resolve(code);
      // A null code is "nobody knows": never success.
      else if (signal === undefined) reject(new UnreachableError(host.name, 'the connection was lost'));
      else reject(new UnreachableError(host.name, `the launcher there was ended by SIG${signal}`));
    };
    channel.once('close', closed);
    channel.stderr.once('close', closed);
  });
}

function limited(max: number) {
  let open = 0;
  const queue: (() => void)[] = [];
  return {
    async take(): Promise<void> {
      if (open >= max) await new Promise<void>((resolve) => queue.push(resolve));
      else open += 1;
    },
    /** The place goes to the next in the queue, if there is one. */
    give(): void {
      const next = queue.shift();
      if (next === undefined) open -= 1;
      else next();
    },
  };
}

export async function connect(host: PlanHost, privateKey: string, log: Log): Promise<Connection> {
  const pinned = pinnedKeys(host);
  let seen: Buffer | undefined;
  const ssh = new NodeSSH();
  const config: Config = connectConfig(host, privateKey, pinned, (key) => {
    seen = key;
  });
  if (pinned.length === 0) throw refusal(host, pinned, seen, new Error('no pinned key'));
  await ssh.connect(config).catch((error: Error) => {
    throw refusal(host, pinned, seen, error);
  });
  const client = ssh.connection;
  if (client === null) throw new UnreachableError(host.name, 'the connection was lost at once');
  let isOpen = true;
  // Without a listener a keepalive time-out would end the process.
  client.on('error', (error: Error) => log.warn({ host: host.name, why: error.message }, 'connection lost'));
  client.once('close', () => {
    isOpen = false;
  });
  // One small request at a time: waiting to fill a packet makes each of them 40 ms slower.
  client.setNoDelay(true);
  const places = limited(MAX_CHANNELS);
  return {
    isOpen: () => isOpen,
    close: () => {
      isOpen = false;
      ssh.dispose();
    },
    async open(line) {
      await places.take();
      try {
        const opened = await new Promise<Running>((resolve, reject) => {
          if (!isOpen) reject(new Error('the connection was lost'));
          // Listening begins in the callback: the exit code may come in the same packet as the channel.
          else
            client.exec(line, (error, channel) =>
              error ? reject(error) : resolve({ channel, ended: exitOf(host, channel) }),
            );
        });
        const ended = opened.ended.finally(places.give);
        // Whoever reads the output may fail first and never look at the code.
        ended.catch(() => undefined);
        return { channel: opened.channel, ended };
      } catch (error) {
        places.give();
        throw new UnreachableError(host.name, error instanceof Error ? error.message : String(error));
      }
    },
  };
}
