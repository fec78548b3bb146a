import { type ClockScale, realDuration, virtualNow } from '../../../src/core/clock.ts';
import type { HostFiles, SimulatedHost } from '../host.ts';
import { SSL_DIRECTORY } from './certificates.ts';
import { milliseconds, SECONDS } from './durations.ts';
import type { Changed, Dice, Effect, World } from './model.ts';
import { SECURITY_FILE } from './security-file.ts';
import { nextDueAt, settle } from './settle.ts';
import { machineOf, withManager } from './world-parts.ts';

/** Virtual time for a world. */
export interface WorldClock {
  now(): number;
  /** Calls `wake` once when it is `when`. @returns cancel */
  at(when: number, wake: () => void): () => void;
}

export function scaledWorldClock(scale: ClockScale): WorldClock {
  const now = () => virtualNow(scale, Date.now());
  return {
    now,
    at(when, wake) {
      // setTimeout takes at most 2^31 − 1 ms; waking early is harmless.
      const wait = Math.min(Math.max(0, realDuration(scale, when - now())), 2 ** 31 - 1);
      const timer = setTimeout(wake, Math.ceil(wait));
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}

/** What the world needs of a host that it lives on. */
export type WorldHost = Pick<SimulatedHost, 'name' | 'files' | 'reboot' | 'onEvent'>;

/** The one place where the world changes: one change at a time, each after everything that was due before it. */
export interface Simulation {
  readonly dice: Dice;
  now(): number;
  look(): Promise<World>;
  change<T>(change: (world: World, now: number) => Changed<T>): Promise<T>;
  connect(host: WorldHost): void;
  /** As root. undefined: the host is not simulated, only its Manager is. */
  files(hostName: string): HostFiles | undefined;
  /** Processes are gone, the host is about to answer again. */
  booted(hostName: string): void;
  /** Lets what is under way come to its end and stops the timer. */
  close(): Promise<void>;
}

export function createSimulation(start: World, clock: WorldClock, dice: Dice): Simulation {
  let world = start;
  let queue: Promise<unknown> = Promise.resolve();
  let cancelWake: (() => void) | undefined;
  let closed = false;
  const hosts = new Map<string, WorldHost>();

  function alone<T>(work: () => Promise<T>): Promise<T> {
    const result = queue.then(work);
    queue = result.catch(() => undefined);
    return result;
  }

  async function perform(effects: readonly Effect[]): Promise<void> {
    for (const effect of effects) {
      const host = hosts.get(effect.host);
      if (effect.kind === 'reload') world = await reloaded(world, effect, host?.files);
      if (host === undefined) continue;
      if (effect.kind === 'write') {
        for (const [path, { content, mode, owner }] of Object.entries(effect.files)) {
          await host.files.write(path, content, { mode, owner });
        }
      } else if (effect.kind === 'remove') {
        for (const path of effect.paths) await host.files.remove(path);
      } else if (effect.kind === 'reboot') {
        // Not awaited: the reboot kills the very command that may be waiting for this change.
        void host.reboot();
      }
    }
  }

  async function catchUp(now: number): Promise<void> {
    const settled = settle(world, now);
    world = settled.world;
    await perform(settled.effects);
  }

  function wakeLater(): void {
    cancelWake?.();
    const next = nextDueAt(world);
    if (closed || next === undefined) return;
    cancelWake = clock.at(next, () => {
      void alone(async () => {
        await catchUp(clock.now());
        wakeLater();
      });
    });
  }

  function change<T>(what: (world: World, now: number) => Changed<T>): Promise<T> {
    return alone(async () => {
      const now = clock.now();
      await catchUp(now);
      const changed = what(world, now);
      world = changed.world;
      await perform(changed.effects);
      wakeLater();
      return changed.answer;
    });
  }

  return {
    dice,
    now: () => clock.now(),
    look: () => change((seen) => ({ world: seen, effects: [], answer: seen })),
    change,
    connect(host) {
      hosts.set(host.name, host);
      host.onEvent((event) => {
        if (event.kind === 'reboot') void change((seen) => goingDown(seen, host.name));
      });
    },
    files: (hostName) => hosts.get(hostName)?.files,
    booted: (hostName) => void change((seen, now) => afterBoot(seen, hostName, now)),
    async close() {
      closed = true;
      cancelWake?.();
      await queue;
    },
  };
}

/** From here to the end of the boot nothing of the host answers, and nothing on it goes on. */
function goingDown(world: World, hostName: string): Changed<null> {
  const manager = machineOf(world, hostName).manager;
  if (manager === null) return { world, effects: [], answer: null };
  const lost = Number.POSITIVE_INFINITY;
  const next = withManager(world, hostName, {
    executions: manager.executions.map((each) => (each.endedAt === null ? { ...each, endsAt: lost } : each)),
    pending: [],
    outages: [{ what: 'all', from: 0, until: lost }],
  });
  return { world: next, effects: [], answer: null };
}

/** Workers died: what ran stays `started` for good. Services need a while, then read their files again. */
function afterBoot(world: World, hostName: string, now: number): Changed<null> {
  const manager = machineOf(world, hostName).manager;
  if (manager === null) return { world, effects: [], answer: null };
  const lost = Number.POSITIVE_INFINITY;
  const next = withManager(world, hostName, {
    stopped: manager.removedFromCluster ? manager.stopped : [],
    executions: manager.executions.map((each) => (each.endedAt === null ? { ...each, endsAt: lost } : each)),
    // What a cut-off restore had planned is not done; a salt that waits for its service start is in the file already.
    pending: [],
    outages: [{ what: 'all', from: now, until: now + milliseconds(SECONDS.servicesAfterBoot) }],
  });
  return { world: next, effects: [{ kind: 'reload', host: hostName, what: 'all' }], answer: null };
}

async function reloaded(
  world: World,
  { host: hostName, what }: Extract<Effect, { readonly kind: 'reload' }>,
  files: HostFiles | undefined,
): Promise<World> {
  const manager = machineOf(world, hostName).manager;
  if (files === undefined || manager === null) return world;
  const hashSalt = await saltOf(files, manager.hashSalt);
  if (what === 'rest') return withManager(world, hostName, { hashSalt });
  const certificates: { [name: string]: string } = {};
  if (await files.exists(SSL_DIRECTORY)) {
    for (const name of await files.list(SSL_DIRECTORY)) {
      const stat = await files.stat(`${SSL_DIRECTORY}/${name}`);
      if (stat?.kind === 'file') certificates[name] = await files.readText(`${SSL_DIRECTORY}/${name}`);
    }
  }
  return withManager(world, hostName, { certificates, hashSalt });
}

async function saltOf(files: HostFiles, fallback: string): Promise<string> {
  if (!(await files.exists(SECURITY_FILE))) return fallback;
  try {
    const { hash_salt: salt } = JSON.parse(await files.readText(SECURITY_FILE)) as {
      readonly hash_salt?: unknown;
    };
    return typeof salt === 'string' ? salt : fallback;
  } catch {
    return fallback;
  }
}
