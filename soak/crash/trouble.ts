/** What happens to a run. Each is one trial: it begins, hurts, and is over; what it left behind is the bot's to bear. */
import { fork } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { SoakHost } from './host.ts';
import type { Done, Order } from './killer.ts';
import { ledgerOf } from './people.ts';
import type { Random } from './random.ts';
import type { Stage } from './stage.ts';
import type { StoreView } from './store-view.ts';
import { HOSTS } from './work.ts';

/** In rotation. The bot's own death is what it must bear best, so it comes most often. */
export const KINDS = [
  'kill_at_commit',
  'connection_reset',
  'kill_at_random',
  'sshd_restart',
  'kill_at_commit',
  'host_reboot',
  'kill_at_random',
  'disk_full',
  'kill_at_commit',
  'black_hole',
  'kill_at_random',
  'database_busy',
] as const;
export type Kind = (typeof KINDS)[number];

/** A death of the bot: which attempt lived then, and when the next bot was started. */
export interface Restart {
  readonly attempt: string | null;
  /** Real epoch milliseconds. */
  readonly at: number;
}

export interface Troubles {
  inflict(kind: Kind): Promise<void>;
  readonly restarts: readonly Restart[];
  close(): void;
}

/** Commits come several a second while a run goes on; when so long none comes, people or a host are waited for. */
const COMMIT_WAIT_MS = 5000;
/** A step makes about ten commits with all its messages: the kill falls on any of them. */
const COMMITS = 14;
/** A host works most of the time while a run goes on. */
const BUSY_WAIT_MS = 4000;

/** The attempt of a command that is under way by the journal. */
function underWay(stage: Stage, view: StoreView): string | null {
  const last = view.events().findLast(({ kind }) => kind === 'apply-started' || kind === 'apply-ended');
  if (last?.kind !== 'apply-started') return null;
  return stage.work.runSteps.some(({ id }) => id === last.step) ? last.attempt : null;
}

const KILLER = fileURLToPath(new URL('./killer.ts', import.meta.url));

/** Mostly a host on which a step is in its middle: trouble on an idle one is seldom noticed. */
async function chosenHost(stage: Stage, random: Random): Promise<SoakHost> {
  const any = stage.hosts[random.pick([...HOSTS])];
  if (random.int(1, 5) === 1) return any;
  for (const end = Date.now() + BUSY_WAIT_MS; Date.now() < end; await wait(10)) {
    const busy = HOSTS.find((name) => ledgerOf(stage, name).at(-1)?.[0] === 'start');
    if (busy !== undefined) return stage.hosts[busy];
  }
  return any;
}

function createKiller(stage: Stage, view: StoreView, random: Random) {
  const watcher = fork(KILLER, [stage.database], { execArgv: ['--import', 'tsx'] });
  const restarts: Restart[] = [];

  async function behindCommit(): Promise<void> {
    const pid = stage.bot.pid();
    if (pid === undefined) return;
    const order: Order = {
      pid,
      commits: random.int(1, COMMITS),
      delayMs: random.pick([0, 0, 0, 1, 3, 10, 40]),
      withinMs: COMMIT_WAIT_MS,
    };
    await new Promise<Done>((resolve, reject) => {
      watcher.once('message', (done) => resolve(done as Done));
      watcher.once('exit', (code) => reject(new Error(`the killer ended by itself: ${code}`)));
      watcher.send(order);
    }).finally(() => watcher.removeAllListeners());
  }

  /** @param die how it dies */
  async function kill(die: () => Promise<void>): Promise<void> {
    // Not its restart by the service manager: this death is ours.
    stage.bot.expect();
    await die();
    await stage.bot.kill();
    const attempt = underWay(stage, view);
    // A service manager waits a moment; sometimes long enough for a step to end meanwhile.
    await wait(random.pick([0, 100, 300, 1000, 2500]));
    stage.bot.start();
    restarts.push({ attempt, at: stage.bot.startedAt() });
  }

  return {
    restarts,
    atCommit: () => kill(behindCommit),
    atRandom: () => kill(() => wait(random.int(0, 3000))),
    close: () => watcher.disconnect(),
  };
}

export function createTroubles(stage: Stage, view: StoreView, random: Random): Troubles {
  const killer = createKiller(stage, view, random);
  const host = () => chosenHost(stage, random);
  const acts: { readonly [kind in Kind]: () => Promise<void> } = {
    kill_at_commit: killer.atCommit,
    kill_at_random: killer.atRandom,
    async connection_reset() {
      await wait(random.int(0, 1500));
      for (const name of HOSTS) stage.hosts[name].cable.reset();
    },
    async black_hole() {
      const { cable } = await host();
      cable.blackHole(true);
      await wait(random.int(300, 4000));
      cable.blackHole(false);
    },
    async sshd_restart() {
      const { restartSshd } = await host();
      await wait(random.int(0, 400));
      await restartSshd(random.int(0, 2000));
    },
    async host_reboot() {
      const { reboot } = await host();
      await wait(random.int(0, 400));
      await reboot(random.int(200, 2500));
    },
    async disk_full() {
      const { full } = await host();
      full(true);
      await wait(random.int(500, 3000));
      full(false);
    },
    async database_busy() {
      const free = view.busy();
      await wait(random.int(1000, 7000));
      free();
    },
  };

  return {
    restarts: killer.restarts,
    async inflict(kind) {
      const act = acts[kind]();
      // One in three of the others meets a bot that dies in the middle of it.
      const both = !kind.startsWith('kill') && random.int(1, 3) === 1;
      await Promise.all([act, both ? killer.atRandom() : undefined]);
    },
    close: killer.close,
  };
}
