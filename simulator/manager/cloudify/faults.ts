import { startExecution } from './executions.ts';
import type { Switches } from './model.ts';
import type { Simulation } from './simulation.ts';
import { machineOf, managerOf, withMachine, withManager } from './world-parts.ts';

/** What a test can make go wrong. Each takes hold at once, or the next time that the thing happens. */
export interface Faults {
  /** The next create_snapshot ends well as an execution, with a failed snapshot. */
  failNextSnapshot(host: string): Promise<void>;
  /** The next restore breaks behind the database load: the Manager stays dirty. */
  failNextRestore(host: string): Promise<void>;
  /** The next install_new_agents of this deployment fails. */
  failNextAgents(deployment: string): Promise<void>;
  /** The next `cfy_manager install` dies in its sanity test and leaves the blueprint `sanity`. */
  failNextInstall(host: string): Promise<void>;
  /** Somebody between here and GitHub changes the next download of this file. */
  tamperNextDownload(fileName: string): Promise<void>;
  /** No execution of this Manager ends until released. */
  holdExecutions(host: string): Promise<void>;
  releaseExecutions(host: string): Promise<void>;
  /** Somebody runs a workflow. @returns its execution id */
  startExecution(
    host: string,
    what: {
      readonly workflow: string;
      readonly deployment: string;
      readonly tenant: string;
      readonly seconds: number;
    },
  ): Promise<string>;
  stopService(host: string, unit: string): Promise<void>;
  /** Nothing of the host's Manager answers for so long (virtual seconds). */
  outage(host: string, seconds: number): Promise<void>;
}

type ListName = { [K in keyof Switches]: Switches[K] extends readonly string[] ? K : never }[keyof Switches];

export function createFaults(simulation: Simulation): Faults {
  const change = (list: ListName, edit: (names: readonly string[]) => readonly string[]) =>
    simulation.change<void>((world) => ({
      world: { ...world, switches: { ...world.switches, [list]: edit(world.switches[list]) } },
      effects: [],
      answer: undefined,
    }));
  const add = (list: ListName) => (name: string) => change(list, (names) => [...names, name]);
  return {
    failNextSnapshot: add('failNextSnapshot'),
    failNextRestore: add('failNextRestore'),
    failNextAgents: add('failNextAgents'),
    failNextInstall: add('failNextInstall'),
    tamperNextDownload: add('tamperNextDownload'),
    holdExecutions: add('held'),
    releaseExecutions: (host) => change('held', (names) => names.filter((name) => name !== host)),
    startExecution: (host, what) =>
      simulation.change((world, now) => {
        const started = startExecution(
          managerOf(world, host),
          { ...what, createdBy: 'admin' },
          now,
          simulation.dice,
        );
        return {
          world: withManager(world, host, started.manager),
          effects: [],
          answer: started.execution.id,
        };
      }),
    stopService: (host, unit) =>
      simulation.change<void>((world) => ({
        world: withManager(world, host, { stopped: [...managerOf(world, host).stopped, unit] }),
        effects: [],
        answer: undefined,
      })),
    outage: (host, seconds) =>
      simulation.change<void>((world, now) => ({
        world: withMachine(world, host, {
          upFrom: Math.max(machineOf(world, host).upFrom, now + seconds * 1000),
        }),
        effects: [],
        answer: undefined,
      })),
  };
}
