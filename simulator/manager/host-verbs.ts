/** The launcher's verbs on a simulated host: the same words and exit codes as src/ports/launcher.sh gives. */
import type { HostFiles } from './host.ts';
import type { Attempts } from './host-attempts.ts';
import { hostFiles } from './host-files.ts';
import { placeOf, type Runs } from './host-runs.ts';
import { runText, type ShellWorld } from './host-shell.ts';
import { measure, receive, TransferError } from './host-transfer.ts';
import { parseSecrets } from './host-words.ts';

export interface Io {
  /** All that comes until the other side ends its input. */
  readonly stdin: () => Promise<Uint8Array>;
  readonly out: (bytes: string | Uint8Array) => Promise<void>;
  readonly err: (bytes: string | Uint8Array) => Promise<void>;
}

export interface VerbWorld {
  readonly world: ShellWorld;
  readonly runs: Runs;
  readonly attempts: Attempts;
  readonly freeMb: () => number;
  /** Goes down after the answer is out. */
  readonly reboot: (attempt: string) => void;
}

interface Call extends VerbWorld {
  readonly root: string;
  readonly args: readonly string[];
  readonly asRoot: boolean;
  readonly files: HostFiles;
  readonly io: Io;
}

class VerbError extends Error {
  readonly code: number;
  constructor(code: number, line: string) {
    super(line);
    this.code = code;
  }
}

function number(word: string | undefined): number {
  if (word === undefined || !/^\d{1,14}$/.test(word))
    throw new VerbError(64, `reading the arguments: '${word}' is not a number`);
  return Number(word);
}

function absolute(word = ''): string {
  if (!/^\/.*[^/]$/.test(word))
    throw new VerbError(64, `reading the arguments: '${word}' is not an absolute path`);
  return word;
}

function named({ root, args }: Call) {
  const [upgrade = '', attempt = ''] = args;
  for (const word of [upgrade, attempt])
    if (!/^[\]A-Za-z0-9_%[-][\]A-Za-z0-9._%[-]*$/.test(word))
      throw new VerbError(64, `reading the arguments: '${word}' is not a name`);
  return placeOf(root, upgrade, attempt);
}

function readScript(stdin: Uint8Array) {
  const bytes = Buffer.from(stdin);
  const line = bytes.indexOf('\n');
  if (line < 0) throw new VerbError(74, 'reading the script: nothing came');
  const from = line + 1 + number(bytes.subarray(0, line).toString());
  const rest = bytes.subarray(from).toString();
  const mark = '\n#cutover-end ';
  const at = rest.lastIndexOf(mark);
  const text = at < 0 ? rest : rest.slice(0, at);
  if (at < 0 || String(Buffer.byteLength(text)) !== rest.slice(at + mark.length))
    throw new VerbError(74, 'reading the script: it was cut short, nothing was started');
  return { secrets: parseSecrets(bytes.subarray(line + 1, from).toString()), text: text + rest.slice(at) };
}

async function hello({ root, files, world, runs, freeMb, io, asRoot }: Call): Promise<number> {
  const writable = await files.makeDirectory(`${root}/runs`, { mode: 0o700 }).then(
    () => freeMb() > 0,
    () => false,
  );
  const user = asRoot ? 'root' : world.user;
  await io.out(
    `launcher=1 user=${user} boot=${runs.bootId()} setsid=yes writable=${writable ? 'yes' : 'no'} free_mb=${freeMb()}\n`,
  );
  return 0;
}

async function start(call: Call): Promise<number> {
  const { upgrade, attempt } = named(call);
  const [epoch, timeoutS, graceS] = call.args.slice(2).map(number) as [number, number, number];
  const { text, secrets } = readScript(await call.io.stdin());
  const { root, asRoot } = call;
  const asked = { root, asRoot, upgrade, attempt, epoch, timeoutS, graceS, text, secrets };
  await call.io.out(`${await call.attempts.start(asked)}\n`);
  return 0;
}

async function status(call: Call): Promise<number> {
  const { run } = named(call);
  await call.io.out(`${await call.attempts.alone(() => call.runs.statusLine(run))}\n`);
  return 0;
}

async function follow(call: Call): Promise<number> {
  const { runs, attempts, world, io } = call;
  const { run, attempt } = named(call);
  const [out, err, maxS] = call.args.slice(2).map(number) as [number, number, number];
  const at = { out, err };
  const until = world.clock.now() + maxS * 1000;
  const asRoot = hostFiles(world.disk, { user: 'root', root: true });
  for (;;) {
    const { state, sizes, change } = await attempts.alone(async () => {
      const change = attempts.changed();
      return { ...(await runs.examine(run)), sizes: await runs.sizes(run), change };
    });
    if (at.out > sizes.out || at.err > sizes.err) {
      const line = `offset ${at.out}/${at.err} is behind the end, ${sizes.out}/${sizes.err} bytes are here`;
      throw new VerbError(74, `following ${attempt}: ${line}`);
    }
    for (const stream of ['out', 'err'] as const) {
      if (sizes[stream] === at[stream]) continue;
      const bytes = (await asRoot.read(`${run}/${stream}`)).subarray(at[stream], sizes[stream]);
      await io[stream](bytes);
      at[stream] = sizes[stream];
    }
    if (state !== 'running' && state !== 'claimed') return 0;
    const left = (until - world.clock.now()) / 1000;
    if (left <= 0) return 75;
    const over = new AbortController();
    await Promise.race([change, world.clock.sleep(left, over.signal).catch(() => undefined)]);
    over.abort();
  }
}

async function cancel(call: Call): Promise<number> {
  const place = named(call);
  await call.io.out(`${await call.attempts.cancel(place, number(call.args[2]))}\n`);
  return 0;
}

async function rebootOnce(call: Call): Promise<number> {
  const { attempts, runs, root, io } = call;
  const place = named(call);
  const { run, runs: all, attempt } = place;
  const files = hostFiles(call.world.disk, { user: 'root', root: true });
  const answer = await attempts.alone(async () => {
    const refused = await attempts.enter(root, place, number(call.args[2]));
    if (refused !== undefined) return refused;
    if (await files.exists(`${run}/boot`)) {
      const { state } = await runs.examine(run);
      return state === 'rebooted' ? 'answer=rebooted' : 'answer=rebooting';
    }
    const other = await runs.otherLives(all, run);
    if (other !== undefined) return `answer=busy attempt=${other}`;
    await files.write(`${run}/boot`, `${runs.bootId()}\n`, { mode: 0o600 });
    await files.makeDirectory(`${run}/own`);
    call.reboot(attempt);
    return 'answer=rebooting';
  });
  await io.out(`${answer}\n`);
  return 0;
}

let looks = 0;

async function look(call: Call): Promise<number> {
  const { world, io, asRoot } = call;
  const seconds = number(call.args[0]);
  const { text, secrets } = readScript(await io.stdin());
  looks += 1;
  const place = `/run/look/${looks}`;
  const files = hostFiles(world.disk, { user: 'root', root: true });
  await files.makeDirectory(place, { mode: 0o777 });
  const ends = new AbortController();
  const over = new AbortController();
  const process = world.processes.start('sh -eu -c', () => ends.abort(137));
  const late = world.clock.sleep(seconds, over.signal).then(
    () => ends.abort(124),
    () => undefined,
  );
  try {
    const code = await runText(world, {
      ...{ text, strict: true, env: secrets, root: asRoot, by: 'look' as const, attempt: null },
      ...{ stdin: new Uint8Array(), out: `${place}/out`, err: `${place}/err`, pid: process.pid },
      ...{ signal: ends.signal, traps: new Map() },
    });
    await io.out(await files.read(`${place}/out`));
    await io.err(await files.read(`${place}/err`));
    return code;
  } finally {
    over.abort();
    await late;
    world.processes.ended(process);
    await files.remove(place);
  }
}

async function say(call: Call): Promise<number> {
  const { kind, bytes, sha256 } = await measure(call.files, absolute(call.args[0]));
  await call.io.out(`kind=${kind} bytes=${bytes.length} sha256=${sha256}\n`);
  return 0;
}

async function send(call: Call): Promise<number> {
  const path = absolute(call.args[0]);
  const { kind, bytes } = await measure(call.files, path);
  if (kind === 'absent') throw new VerbError(74, `reading ${path}: it is not there`);
  await call.io.out(bytes);
  return 0;
}

async function take(call: Call): Promise<number> {
  const [path, kind = '', mode = '', owner = '-', sha256 = '', bytes = ''] = call.args;
  if (!/^[0-7]+$/.test(mode)) throw new VerbError(64, `writing ${path}: '${mode}' is not a mode`);
  const asked = { path: absolute(path), kind, mode, owner, sha256, bytes };
  const { world, files, root, io, asRoot } = call;
  const stateDir = root.replace(/\/sudo$/, '');
  const line = await receive(world.disk, files, asked, stateDir, io.stdin);
  if (line.startsWith('answer=written'))
    world.ledger.note({ kind: 'received', path: asked.path, root: asRoot });
  await io.out(`${line}\n`);
  return 0;
}

async function sweep(call: Call): Promise<number> {
  const { attempts, runs, root, args, world } = call;
  const all = `${root}/runs/${args[0] ?? ''}`;
  const files = hostFiles(world.disk, { user: 'root', root: true });
  const answer = await attempts.alone(async () => {
    if (!(await files.exists(all))) return 'swept';
    if ((await runs.otherLives(all, null)) !== undefined) return 'live';
    await files.write(`${all}/.swept`, '');
    for (const name of await files.list(all)) if (!name.startsWith('.')) await files.remove(`${all}/${name}`);
    return 'swept';
  });
  await call.io.out(`answer=${answer}\n`);
  return 0;
}

const VERBS: { readonly [verb: string]: readonly [count: number, act: (call: Call) => Promise<number>] } = {
  hello: [1, hello],
  start: [5, start],
  status: [2, status],
  follow: [5, follow],
  cancel: [3, cancel],
  reboot: [3, rebootOnce],
  look: [1, look],
  stat: [1, say],
  send: [1, send],
  receive: [6, take],
  sweep: [1, sweep],
};

/** @returns the launcher's exit code; its last line is on stderr when it refuses */
export async function runVerb(
  host: VerbWorld,
  words: readonly string[],
  sudo: boolean,
  io: Io,
): Promise<number> {
  const [root = '', verb = '', ...args] = words;
  const asRoot = sudo || host.world.user === 'root';
  const files = hostFiles(host.world.disk, { user: host.world.user, root: asRoot });
  const [count, act] = VERBS[verb] ?? [];
  try {
    absolute(root);
    if (act === undefined || count !== args.length)
      throw new VerbError(64, `reading the arguments: '${verb}' with ${args.length} arguments is no verb`);
    return await act({ ...host, root, args, asRoot, files, io });
  } catch (error) {
    if (!(error instanceof VerbError) && !(error instanceof TransferError)) throw error;
    await io.err(`launcher: ${error.message}\n`);
    return error.code;
  }
}
