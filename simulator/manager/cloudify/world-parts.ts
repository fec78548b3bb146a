import type { Machine, Manager, World } from './model.ts';

/** A manager that is certainly there; otherwise the caller has a bug. */
export function managerOf(world: World, hostName: string): Manager {
  const manager = machineOf(world, hostName).manager;
  if (manager === null) throw new Error(`looking for the Manager on ${hostName}: none is installed there`);
  return manager;
}

export function machineOf(world: World, hostName: string): Machine {
  const machine = world.machines[hostName];
  if (machine === undefined) throw new Error(`looking for the host ${hostName}: this world has no such host`);
  return machine;
}

export function withMachine(world: World, hostName: string, change: Partial<Machine>): World {
  return {
    ...world,
    machines: { ...world.machines, [hostName]: { ...machineOf(world, hostName), ...change } },
  };
}

export function withManager(world: World, hostName: string, change: Partial<Manager>): World {
  return withMachine(world, hostName, { manager: { ...managerOf(world, hostName), ...change } });
}
