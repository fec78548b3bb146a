/** Starts attempts once, and lets them end: by themselves, by time, by a person, or with the host. */
import type { HostFiles } from './host.ts';
import { hostFiles } from './host-files.ts';
import { type Process, SIGNAL_NUMBERS, type Signal } from './host-processes.ts';
import { placeOf, type RunPlace, type Runs } from './host-runs.ts';
import { runText, type ShellWorld, type Traps } from './host-shell.ts';

export interface Attempts {
  /** One line, as the launcher says it. */
  start(asked: StartAsked): Promise<string>;
  cancel(place: RunPlace, graceS: number): Promise<string>;
  /** Resolves at the next growth or end of any attempt. */
  changed(): Promise<void>;
  /** One after the other: what is looked at does not change meanwhile. */
  alone<T>(act: () => Promise<T>): Promise<T>;
  /** Marks the epoch. @returns why nothing may be done, or undefined */
  enter(root: string, place: RunPlace, epoch: number): Promise<string | undefined>;
}

interface StartAsked {
  readonly root: string;
  readonly asRoot: boolean;
  readonly upgrade: string;
  readonly attempt: string;
  readonly epoch: number;
  readonly timeoutS: number;
  readonly graceS: number;
  readonly text: string;
  readonly secrets: { readonly [name: string]: string };
}

interface Live {
  readonly supervisor: Process;
  readonly step: Process;
  readonly place: RunPlace;
  /** Aborts the text with this exit code. */
  readonly ends: AbortController;
  readonly files: HostFiles;
  readonly finished: Promise<void>;
}

/** sysexits' EX_SOFTWARE. */
const SIMULATOR_FAULT = 70;

type How = 'exited' | 'timed-out' | 'cancelled';

/** A signal that the text did not ask to handle or ignore ends it. */
function stepSignals(traps: Traps, ends: AbortController) {
  return (signal: Signal) => {
    if (signal !== 'KILL' && traps.get(signal) === '') return;
    if (!ends.signal.aborted) ends.abort(128 + SIGNAL_NUMBERS[signal]);
  };
}

/** What the attempts of one host share. */
interface Desk {
  readonly world: ShellWorld;
  readonly runs: Runs;
  readonly isFull: () => boolean;
  readonly live: Map<string, Live>;
  readonly rootFiles: HostFiles;
  readonly alone: Attempts['alone'];
  readonly stir: () => void;
}

async function enter(desk: Desk, root: string, place: RunPlace, epoch: number): Promise<string | undefined> {
  const { rootFiles, runs, world } = desk;
  if (desk.isFull()) return 'answer=impossible why=disk-full';
  const stateDir = root.replace(/\/sudo$/, '');
  const owner = root === stateDir ? world.user : 'root';
  await rootFiles.makeDirectory(place.runs, { mode: 0o700, owner });
  await rootFiles.makeDirectory(`${place.runs}/.epochs/${epoch}`, { mode: 0o700, owner });
  const highest = await runs.highestEpoch(place.runs);
  if (highest > epoch) return `answer=stale epoch=${highest}`;
  if (await rootFiles.exists(`${place.runs}/.swept`)) return 'answer=impossible why=swept';
  await rootFiles.makeDirectory(`${stateDir}/${place.upgrade}`, { owner: world.disk.owner(stateDir) });
  return undefined;
}

async function noteEnd(desk: Desk, one: Live, code: number): Promise<void> {
  const { place, files, supervisor, step } = one;
  const { processes, ledger } = desk.world;
  const { upgrade, attempt, run } = place;
  const lived = processes.alive(supervisor.pid, supervisor.began);
  processes.ended(step);
  processes.ended(supervisor);
  desk.live.delete(run);
  if (lived) {
    const why = await files.readText(`${run}/why`).catch(() => undefined);
    const how = (why?.trim() ?? 'exited') as How;
    await files.write(`${run}/.rc`, `${String(code).padEnd(4)}\n`);
    ledger.note({ kind: 'attempt-exited', upgrade, attempt, how, code });
    // Before anybody can read it.
    ledger.tell({ kind: 'attempt-exited', upgrade, attempt, how, code });
    await files.rename(`${run}/.rc`, `${run}/rc`);
  }
  desk.stir();
}

function launch(desk: Desk, asked: StartAsked, place: RunPlace, files: HostFiles): Live {
  const { world, alone, stir } = desk;
  const { upgrade, attempt, run } = place;
  const ends = new AbortController();
  const traps: Traps = new Map();
  const supervisor = world.processes.start(`launcher supervise ${attempt}`, () => undefined);
  const step = world.processes.start(`sh ${run}/cmd`, stepSignals(traps, ends));
  const sizes = { out: 0, err: 0 };
  const growing = (stream: 'out' | 'err', bytes: number) => {
    sizes[stream] += bytes;
    const told = { upgrade, attempt, outBytes: sizes.out, errBytes: sizes.err };
    world.ledger.tell({ kind: 'attempt-output', ...told });
    // After the bytes are there.
    setImmediate(stir);
  };
  const text = runText(world, {
    ...{ text: asked.text, strict: true, root: asked.asRoot, by: 'start' as const, attempt },
    env: { ...asked.secrets, CUTOVER_ATTEMPT: attempt, CUTOVER_RUN: run },
    ...{ stdin: new Uint8Array(), out: `${run}/out`, err: `${run}/err`, pid: step.pid },
    ...{ signal: ends.signal, growing, traps },
  });
  const finished = text
    .catch(async (error: Error) => {
      // A fault of the simulator must not look like one of the step.
      await files.append(`${run}/err`, `simulator: ${error.stack ?? error.message}\n`);
      return SIMULATOR_FAULT;
    })
    .then((code) => alone(() => noteEnd(desk, one, code)));
  const one: Live = { supervisor, step, place, ends, files, finished };
  return one;
}

/** INT, TERM, KILL with waits, as the launcher does it. */
async function end({ world, live }: Desk, one: Live, graceS: number): Promise<void> {
  for (const signal of ['INT', 'TERM', 'KILL'] as const) {
    world.processes.signal(one.step.pid, signal);
    const over = new AbortController();
    const waited = world.clock.sleep(graceS, over.signal).catch(() => undefined);
    await Promise.race([one.finished, waited]);
    over.abort();
    if (!live.has(one.place.run)) return;
    if (one.ends.signal.aborted) return one.finished;
  }
}

async function watch(desk: Desk, one: Live, { timeoutS, graceS }: StartAsked): Promise<void> {
  const { clock, processes } = desk.world;
  const over = new AbortController();
  void one.finished.finally(() => over.abort());
  await clock.sleep(timeoutS, over.signal);
  if (!processes.alive(one.supervisor.pid, one.supervisor.began)) return;
  await one.files.write(`${one.place.run}/why`, 'timed-out\n');
  await end(desk, one, graceS);
}

async function claim(desk: Desk, asked: StartAsked): Promise<string> {
  const { runs, world, rootFiles, live } = desk;
  const { root, asRoot, upgrade, attempt, epoch, text } = asked;
  const place = placeOf(root, upgrade, attempt);
  const { run } = place;
  const refused = await enter(desk, root, place, epoch);
  if (refused !== undefined) return refused;
  const files = asRoot ? rootFiles : hostFiles(world.disk, { user: world.user, root: world.user === 'root' });
  if (!(await files.exists(`${run}/cmd`))) await files.write(`${run}/cmd`, text, { mode: 0o600 });
  if ((await files.readText(`${run}/cmd`)) !== text) return 'answer=conflict';
  if (await files.exists(`${run}/own`)) return `answer=known ${await runs.statusLine(run)}`;
  const other = await runs.otherLives(place.runs, run);
  if (other !== undefined) return `answer=busy attempt=${other}`;
  for (const name of ['out', 'err']) await files.write(`${run}/${name}`, '', { mode: 0o600 });
  await files.makeDirectory(`${run}/own`);
  world.ledger.note({ kind: 'attempt-started', upgrade, attempt, epoch, root: asRoot });
  world.ledger.tell({ kind: 'attempt-started', upgrade, attempt });
  const one = launch(desk, asked, place, files);
  live.set(run, one);
  const { supervisor, step } = one;
  const numbers = [supervisor.pid, supervisor.began, step.pid, step.began, runs.bootId()];
  await files.write(`${run}/pid`, `${numbers.join(' ')}\n`, { mode: 0o600 });
  if (asked.timeoutS > 0) watch(desk, one, asked).catch(() => undefined);
  return `answer=started ${await runs.statusLine(run)}`;
}

async function cancel(desk: Desk, { run }: RunPlace, graceS: number): Promise<string> {
  const { runs, alone } = desk;
  const { state } = await alone(() => runs.examine(run));
  const one = desk.live.get(run);
  const isReboot = await desk.rootFiles.exists(`${run}/boot`);
  if (state === 'running' && one !== undefined && !isReboot) {
    if (!(await one.files.exists(`${run}/why`))) await one.files.write(`${run}/why`, 'cancelled\n');
    await end(desk, one, graceS);
  }
  const gone = state === 'claimed' || (isReboot && state === 'running') ? 'unsure' : 'yes';
  return `gone=${gone} ${await alone(() => runs.statusLine(run))}`;
}

export function createAttempts(world: ShellWorld, runs: Runs, isFull: () => boolean): Attempts {
  let wake: () => void = () => undefined;
  const next = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  let change = next();
  let queue: Promise<unknown> = Promise.resolve();
  const desk: Desk = {
    ...{ world, runs, isFull, live: new Map() },
    rootFiles: hostFiles(world.disk, { user: 'root', root: true }),
    alone(act) {
      const turn = queue.then(act);
      queue = turn.catch(() => undefined);
      return turn;
    },
    stir() {
      wake();
      change = next();
    },
  };
  return {
    start: (asked) => desk.alone(() => claim(desk, asked)),
    changed: () => change,
    alone: desk.alone,
    enter: (root, place, epoch) => enter(desk, root, place, epoch),
    cancel: (place, graceS) => cancel(desk, place, graceS),
  };
}
