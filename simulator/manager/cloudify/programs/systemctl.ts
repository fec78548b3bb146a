import type { CommandContext, CommandResult, HostCommand } from '../../host.ts';
import { CLUSTER_UNITS, hasClusterParts } from '../cluster.ts';
import { milliseconds, SECONDS } from '../durations.ts';
import { SERVICES } from '../installation.ts';
import type { Effect, Machine, World } from '../model.ts';
import type { Simulation } from '../simulation.ts';
import { machineOf, withManager } from '../world-parts.ts';

type State = 'active' | 'inactive' | 'activating' | 'unknown';

function unitName(word: string): string {
  return word.replace(/\.service$/, '');
}

function isOurs(unit: string): boolean {
  return SERVICES.some((service) => service.unit === unit);
}

function stateOf({ manager, clusterLeftovers }: Machine, unit: string, now: number): State {
  if (unit === 'sshd' || clusterLeftovers.includes(unit)) return 'active';
  if (hasClusterParts(manager) && CLUSTER_UNITS.some((each) => each === unit)) return 'active';
  if (manager === null || !isOurs(unit)) return 'unknown';
  if (manager.stopped.includes(unit)) return 'inactive';
  const out = manager.outages.some(
    (outage) =>
      outage.from <= now && now < outage.until && (outage.what === 'all' || unit === 'cloudify-restservice'),
  );
  return out ? 'activating' : 'active';
}

function status(machine: Machine, unit: string, now: number): CommandResult {
  const state = stateOf(machine, unit, now);
  if (state === 'unknown') return { stderr: `Unit ${unit}.service could not be found.\n`, exitCode: 4 };
  const sub = state === 'active' ? 'running' : state === 'activating' ? 'start' : 'dead';
  const dot = state === 'active' ? '●' : '○';
  return {
    stdout: `${dot} ${unit}.service\n   Loaded: loaded (/usr/lib/systemd/system/${unit}.service; enabled; vendor preset: disabled)\n   Active: ${state} (${sub})\n`,
    exitCode: state === 'active' ? 0 : 3,
  };
}

function listUnits(machine: Machine, words: readonly string[], now: number): CommandResult {
  const patterns = words.filter((word) => !word.startsWith('-'));
  const all = words.includes('--all') || words.includes('-a');
  const { manager, clusterLeftovers } = machine;
  const own = manager === null ? [] : SERVICES.map((service) => service.unit);
  const cluster = hasClusterParts(manager) ? CLUSTER_UNITS : [];
  const units = [...new Set([...own, ...cluster, ...clusterLeftovers])];
  const shown = units
    .filter((unit) => patterns.length === 0 || patterns.some((pattern) => matches(pattern, unit)))
    .map((unit) => ({ unit, state: stateOf(machine, unit, now) }))
    .filter(({ state }) => all || state !== 'inactive');
  const rows = shown.map(
    ({ unit, state }) =>
      `${`${unit}.service`.padEnd(34)} loaded ${state.padEnd(8)} ${state === 'active' ? 'running' : 'dead   '} ${unit}\n`,
  );
  if (words.includes('--no-legend')) return { stdout: rows.join(''), exitCode: 0 };
  return {
    stdout: `${'UNIT'.padEnd(34)} LOAD   ACTIVE   SUB     DESCRIPTION\n${rows.join('')}\n${shown.length} loaded units listed.\n`,
    exitCode: 0,
  };
}

function matches(pattern: string, unit: string): boolean {
  const source = unitName(pattern).replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(unit);
}

/** Stopping, starting and restarting, and what a start reads from disk. */
function act(
  world: World,
  hostName: string,
  verb: string,
  unit: string,
  now: number,
): { world: World; effects: Effect[] } {
  const manager = machineOf(world, hostName).manager;
  if (manager === null) return { world, effects: [] };
  const others = manager.stopped.filter((each) => each !== unit);
  if (verb === 'stop')
    return { world: withManager(world, hostName, { stopped: [...others, unit] }), effects: [] };
  const rest = unit === 'cloudify-restservice';
  const outage = { what: 'rest', from: now, until: now + milliseconds(SECONDS.restRestart) } as const;
  return {
    world: withManager(world, hostName, {
      stopped: others,
      outages: rest ? [...manager.outages, outage] : manager.outages,
    }),
    effects: [
      {
        kind: 'reload',
        host: hostName,
        what: unit === 'cloudify-rabbitmq' || unit === 'nginx' ? 'all' : 'rest',
      },
    ],
  };
}

const CHANGING = ['start', 'stop', 'restart', 'enable', 'disable', 'daemon-reload', 'reset-failed'];

function control(
  simulation: Simulation,
  verb: string,
  units: readonly string[],
  context: CommandContext,
): Promise<CommandResult> {
  return simulation.change<CommandResult>((world, now) => {
    let next = world;
    const effects: Effect[] = [];
    for (const unit of units) {
      if (stateOf(machineOf(next, context.hostName), unit, now) === 'unknown') {
        return {
          world: next,
          effects,
          answer: { stderr: `Failed to ${verb} ${unit}.service: Unit not found.\n`, exitCode: 5 },
        };
      }
      if (verb === 'enable' || verb === 'disable') continue;
      const changed = act(next, context.hostName, verb, unit, now);
      next = changed.world;
      effects.push(...changed.effects);
    }
    return { world: next, effects, answer: { exitCode: 0 } };
  });
}

export function systemctlCommand(simulation: Simulation): HostCommand {
  return async (args, context) => {
    const [verb = 'list-units', ...words] = args.filter((word) => word !== '--no-pager');
    const units = words.filter((word) => !word.startsWith('-')).map(unitName);
    if (CHANGING.includes(verb) && !context.root) {
      const what = units[0] === undefined ? verb : `${verb} ${units[0]}.service`;
      return { stderr: `Failed to ${what}: Interactive authentication required.\n`, exitCode: 1 };
    }
    if (verb === 'daemon-reload' || verb === 'reset-failed') return { exitCode: 0 };
    if (CHANGING.includes(verb)) return control(simulation, verb, units, context);
    const machine = machineOf(await simulation.look(), context.hostName);
    const now = simulation.now();
    switch (verb) {
      case 'status':
        return units[0] === undefined
          ? { stderr: 'Too few arguments.\n', exitCode: 1 }
          : status(machine, units[0], now);
      case 'is-active': {
        const states = units.map((unit) => stateOf(machine, unit, now));
        const exitCode = states.every((state) => state === 'active') ? 0 : 3;
        return {
          stdout: words.includes('-q') || words.includes('--quiet') ? '' : `${states.join('\n')}\n`,
          exitCode,
        };
      }
      case 'list-units':
        return listUnits(machine, words, now);
      default:
        return { stderr: `Unknown operation '${verb}'.\n`, exitCode: 1 };
    }
  };
}
