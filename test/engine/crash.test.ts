import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Hosts, Store } from '../../src/ports/ports.ts';
import { createEngine, newStore, newWorld, type World } from '../support/engine.ts';
import { answer, phaseOf, request } from '../support/play.ts';
import { createProduct } from '../support/product.ts';
import { RUNBOOK } from './runbook.ts';

/** The process is gone: whatever is tried after it fails too, until a new one is started. */
class Crash extends Error {
  override name = 'Crash';
}

interface Fuse {
  /** Crashes at this point; Infinity = never. */
  at: number;
  passed: number;
  dead: boolean;
}

function burn(fuse: Fuse): void {
  if (fuse.dead) throw new Crash('already dead');
  if (fuse.passed++ === fuse.at) {
    fuse.dead = true;
    throw new Crash(`crash at point ${fuse.at}`);
  }
}

/** A point before and one after every commit. */
function fusedStore(store: Store, fuse: Fuse): Store {
  return {
    ...store,
    async commit(change) {
      burn(fuse);
      const saved = await store.commit(change);
      burn(fuse);
      return saved;
    },
  };
}

/** A point before and one after every call that changes a host: the answer is lost, the effect is not. */
function fusedHosts(hosts: Hosts, fuse: Fuse): Hosts {
  const around =
    <A extends readonly unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      burn(fuse);
      const result = await call(...args);
      burn(fuse);
      return result;
    };
  return {
    ...hosts,
    start: around(hosts.start),
    follow: around(hosts.follow),
    reboot: around(hosts.reboot),
    write: around(hosts.write),
  };
}

interface Played {
  readonly points: number;
  readonly crashes: number;
  readonly phase: Awaited<ReturnType<typeof phaseOf>>;
  readonly started: readonly string[];
  readonly version: string;
  readonly events: readonly string[];
  readonly trail: readonly string[];
}

/** Plays the whole upgrade; after each crash a new process with a new owner goes on. @param crashAt one point for each life */
async function play(crashAt: readonly number[]): Promise<Played> {
  const world: World = newWorld(RUNBOOK);
  const product = createProduct(world);
  const store = await newStore(world);
  const vault = join(tmpdir(), `cutover-crash-${randomUUID()}`);
  const fuse: Fuse = { at: crashAt[0] ?? Number.POSITIVE_INFINITY, passed: 0, dead: false };
  let life = 0;
  const born = () =>
    createEngine(world, fusedStore(store, fuse), fusedHosts(product.hosts, fuse), {
      owner: `life ${life}`,
      vault,
    });
  let engine = born();
  const id = await request(world, createEngine(world, store, product.hosts, { owner: 'asker', vault }));
  for (let round = 0; round < 200; round++) {
    try {
      await engine.run({ horizonS: 3600 });
      if (!(await answer(engine, id))) break;
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      life += 1;
      // The old lease lapses while the service manager starts the next process.
      world.now += 130_000;
      fuse.dead = false;
      fuse.at = crashAt[life] ?? Number.POSITIVE_INFINITY;
      engine = born();
    }
  }
  return {
    points: fuse.passed,
    crashes: life,
    phase: await phaseOf(engine, id),
    started: product.hosts.started,
    version: product.version,
    events: (await store.runEvents(id)).map((event) => event.kind),
    // A person who clicks again because nothing seemed to happen is refused, and that is noted.
    trail: (await store.auditTrail(id)).map((event) => event.kind).filter((kind) => kind !== 'refused'),
  };
}

const STARTED = ['U-1.01.backup.1', 'U-1.04.install.1', 'U-1.06.restart.1'];

test('after a crash at any commit or host call, no step is started twice and none is lost', async () => {
  const whole = await play([]);
  expect(whole.phase).toMatchObject({ kind: 'finished', outcome: 'succeeded' });
  expect(whole.points).toBeGreaterThan(60);

  for (let point = 0; point < whole.points; point++) {
    const played = await play([point]);

    const at = `crash at point ${point} of ${whole.points}`;
    expect(played.crashes, at).toBe(1);
    expect(played.phase, at).toMatchObject({ kind: 'finished', outcome: 'succeeded' });
    expect(played.started, at).toEqual(STARTED);
    expect(played.version, at).toBe('2.0');
    expect(played.events, at).toEqual(whole.events);
    expect(played.trail, at).toEqual(whole.trail);
  }
});

test('after crash upon crash the run still ends with each step started once', async () => {
  const played = await play(Array.from({ length: 120 }, (_, index) => 7 + index * 5));

  expect(played.crashes).toBeGreaterThan(10);
  expect(played.phase).toMatchObject({ kind: 'finished', outcome: 'succeeded' });
  expect(played.started).toEqual(STARTED);
});
