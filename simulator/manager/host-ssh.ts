/** The SSH side of a simulated host: one user, one key, exec requests only; its cable can be pulled. */
import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import ssh2, { type AuthContext, type Connection, type ServerChannel } from 'ssh2';
import type { Io } from './host-verbs.ts';

export interface Door {
  readonly port: number;
  /** Shut: open connections are cut, new ones are ended at once. */
  shut(on: boolean): void;
  close(): Promise<void>;
}

export interface DoorOptions {
  readonly port: number;
  readonly user: string;
  readonly authorizedKey: string;
  readonly hostPrivateKey: string;
  /** Runs one line. @returns its exit code */
  readonly run: (line: string, io: Io) => Promise<number>;
  readonly connection: (open: boolean) => void;
}

function sameKey(data: Buffer, line: string): boolean {
  const known = Buffer.from(line.trim().split(/\s+/)[1] ?? '', 'base64');
  return known.length === data.length && timingSafeEqual(known, data);
}

/** The key itself must sign: that somebody knows the public half proves nothing. */
function admits(context: AuthContext, { user, authorizedKey }: DoorOptions): boolean {
  if (context.method !== 'publickey' || context.username !== user) return false;
  if (!sameKey(context.key.data, authorizedKey)) return false;
  const key = ssh2.utils.parseKey(authorizedKey);
  if (key instanceof Error) throw key;
  if (context.signature === undefined || context.blob === undefined) return true;
  return key.verify(context.blob, context.signature, context.hashAlgo) === true;
}

async function put(
  channel: ServerChannel,
  stream: ServerChannel | ServerChannel['stderr'],
  bytes: string | Uint8Array,
): Promise<void> {
  if (bytes.length === 0 || channel.destroyed || !channel.writable) return;
  if (stream.write(bytes)) return;
  await Promise.race([once(stream, 'drain'), once(channel, 'close')]);
}

function ioOf(channel: ServerChannel): Io {
  // From the beginning: what comes before somebody asks would be lost.
  const chunks: Buffer[] = [];
  const ended = new Promise<void>((resolve) => {
    channel.once('end', resolve);
    channel.once('close', resolve);
  });
  channel.on('data', (bytes: Buffer) => chunks.push(bytes));
  return {
    async stdin() {
      await ended;
      return Buffer.concat(chunks);
    },
    out: (bytes) => put(channel, channel, bytes),
    err: (bytes) => put(channel, channel.stderr, bytes),
  };
}

async function answer(channel: ServerChannel, line: string, run: DoorOptions['run']): Promise<void> {
  channel.on('error', () => undefined);
  const io = ioOf(channel);
  let code: number;
  try {
    code = await run(line, io);
  } catch (error) {
    const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
    await io.err(`simulator: ${said}\n`);
    // sysexits' EX_SOFTWARE.
    code = 70;
  }
  if (channel.destroyed || !channel.writable) return;
  channel.exit(code);
  channel.end();
}

function serve(client: Connection, options: DoorOptions): void {
  client.on('authentication', (context) => {
    if (admits(context, options)) context.accept();
    else context.reject(['publickey']);
  });
  client.on('error', () => undefined);
  client.once('ready', () => {
    options.connection(true);
    client.once('close', () => options.connection(false));
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec, _reject, { command }) => {
        void answer(acceptExec(), command, options.run);
      });
    });
  });
}

async function listen(server: NetServer, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new Error('listening for SSH: no port was given');
  return address.port;
}

export async function openDoor(options: DoorOptions): Promise<Door> {
  const ssh = new ssh2.Server({ hostKeys: [options.hostPrivateKey] }, (client) => serve(client, options));
  const sockets = new Set<Socket>();
  let isShut = false;
  // The sockets are ours, so that a connection can be cut in the middle of a byte.
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    if (isShut) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.setNoDelay(true);
    ssh.injectSocket(socket);
  });
  const port = await listen(server, options.port);
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port,
    shut(on) {
      isShut = on;
      if (on) cut();
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
}
