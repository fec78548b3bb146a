import type { CommandContext, CommandResult, HostCommand } from '../../host.ts';
import { CLUSTER_DATA, CLUSTER_UNITS } from '../cluster.ts';
import type { Simulation } from '../simulation.ts';
import { machineOf, withMachine, withManager } from '../world-parts.ts';
import { type Consul, clusterScriptKnows } from './published-scripts.ts';

const CLEAR_SECONDS = 12;

/** Prints nothing, as the real one; without root its first removal is its last. */
async function clearCluster(
  simulation: Simulation,
  knows: Consul,
  context: CommandContext,
): Promise<CommandResult> {
  const { hostName, root, files } = context;
  if (!root) return { stderr: `OSError: [Errno 13] Permission denied: '${CLUSTER_DATA}'\n`, exitCode: 1 };
  const { manager } = machineOf(await simulation.look(), hostName);
  if ((manager?.cluster?.length ?? 0) > 1)
    return {
      stderr: 'OSError: [Errno 16] Device or resource busy: the cluster of this node still has others\n',
      exitCode: 1,
    };
  await context.sleep(CLEAR_SECONDS);
  await files.remove(CLUSTER_DATA);
  await simulation.change((world) => {
    const { clusterLeftovers } = machineOf(world, hostName);
    const left = knows === 'consul' ? [] : clusterLeftovers.filter((unit) => unit === CLUSTER_UNITS[0]);
    const cleared = withMachine(world, hostName, { clusterLeftovers: left });
    // The guide for clusters runs it before the Manager's own uninstall, on the last node: then that one has nothing to leave.
    const before = machineOf(cleared, hostName).manager;
    const next =
      before === null || knows !== 'consul'
        ? cleared
        : withManager(cleared, hostName, { cluster: null, removedFromCluster: false });
    return { world: next, effects: [], answer: null };
  });
  return { exitCode: 0 };
}

/** Python runs one script here: the one that clears what a cluster left. */
export function pythonCommand(simulation: Simulation): HostCommand {
  return async (args, context) => {
    const [script] = args.filter((word) => !word.startsWith('-'));
    if (args.includes('--version') || args.includes('-V')) return { stderr: 'Python 2.7.5\n', exitCode: 0 };
    if (script === undefined)
      return { stderr: 'python: no script given, and nobody sits at this terminal\n', exitCode: 1 };
    const path = script.startsWith('/') ? script : `${context.cwd}/${script}`;
    if (!(await context.files.exists(path))) {
      return {
        stderr: `python: can't open file '${script}': [Errno 2] No such file or directory\n`,
        exitCode: 2,
      };
    }
    const content = await context.files.readText(path);
    const knows = clusterScriptKnows(content);
    if (knows !== undefined) return clearCluster(simulation, knows, context);
    const line = content.split('\n')[0] ?? '';
    return {
      stderr: `  File "${script}", line 1\n    ${line}\n    ^\nSyntaxError: invalid syntax\n`,
      exitCode: 1,
    };
  };
}
