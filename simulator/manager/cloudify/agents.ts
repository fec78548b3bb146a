import { brokerProblem, connectionTo } from './brokers.ts';
import { CA_CERTIFICATE, SSL_DIRECTORY } from './certificates.ts';
import { SECONDS } from './durations.ts';
import type { Agent, AgentRecord, Execution, Manager, NodeInstance, World } from './model.ts';
import { atLeast, reportedVersion } from './version.ts';
import { managerOf, withManager } from './world-parts.ts';

function instancesWithAgents(
  world: World,
  hostName: string,
  tenant: string,
  deployment: string,
): readonly NodeInstance[] {
  return managerOf(world, hostName).data.nodeInstances.filter(
    (instance) => instance.tenant === tenant && instance.deployment === deployment && instance.agent !== null,
  );
}

function findAgent(world: World, instance: NodeInstance): Agent | undefined {
  return world.agents.find((agent) => agent.tenant === instance.tenant && agent.name === instance.id);
}

/** Why this agent can't be reached through the broker that its record names; '' when it can. */
function agentProblem(world: World, instance: NodeInstance, record: AgentRecord, now: number): string {
  const agent = findAgent(world, instance);
  if (agent === undefined) return `no agent answers on ${record.ip}`;
  const listens = agent.installations.some(
    (each) => each.ip === record.connection.ip && each.trusts === record.connection.trusts,
  );
  return listens
    ? brokerProblem(world, record.connection, now)
    : `agent ${record.name} does not listen there`;
}

/** How long install_new_agents is going to take: it waits for every old agent that does not answer. */
export function installAgentsSeconds(
  world: World,
  hostName: string,
  tenant: string,
  deployment: string,
  now: number,
): number {
  const instances = instancesWithAgents(world, hostName, tenant, deployment);
  const silent = instances.some(
    (each) => each.agent !== null && agentProblem(world, each, each.agent, now) !== '',
  );
  if (silent) return SECONDS.agentUnreachable;
  return Math.max(2, instances.length * SECONDS.installAgent);
}

/** From 4.2 on a new agent is handed the CA's own file; a directory of 4.0.0 has none. */
function authorityProblem({ version, certificates }: Manager): string {
  if (!atLeast(version, '4.2') || (certificates[CA_CERTIFICATE] ?? '') !== '') return '';
  return `[Errno 2] No such file or directory: '${SSL_DIRECTORY}/${CA_CERTIFICATE}'`;
}

/**
 * install_new_agents at its end: each old agent is reached through the old broker and told to install a new one, which
 * must then connect to this Manager. The first agent that fails ends the workflow.
 * @returns the world and the error, '' when all went well
 */
export function installAgents(
  world: World,
  hostName: string,
  execution: Execution,
  at: number,
): { readonly world: World; readonly error: string } {
  let next = world;
  for (const instance of instancesWithAgents(world, hostName, execution.tenant, execution.deployment ?? '')) {
    const record = instance.agent;
    const agent = findAgent(next, instance);
    if (record === null) continue;
    const silent = agentProblem(next, instance, record, at);
    if (silent !== '' || agent === undefined) {
      return { world: next, error: taskFailed('cloudify_agent.operations.validate_agent_amqp', silent) };
    }
    const manager = managerOf(next, hostName);
    const noAuthority = authorityProblem(manager);
    if (noAuthority !== '') {
      return { world: next, error: taskFailed('cloudify_agent.operations.create_agent_amqp', noAuthority) };
    }
    const connection = connectionTo(manager, record.network);
    const deaf = brokerProblem(next, connection, at);
    if (deaf !== '') {
      return { world: next, error: taskFailed('cloudify_agent.operations.create_agent_amqp', deaf) };
    }
    const version = reportedVersion(manager.version);
    const installations = [...agent.installations, { ...connection, version, at }];
    const fresh: AgentRecord = {
      ...record,
      name: `${instance.id}_${agent.installations.length}`,
      version,
      connection,
    };
    next = withManager(
      { ...next, agents: next.agents.map((each) => (each === agent ? { ...agent, installations } : each)) },
      hostName,
      {
        data: {
          ...manager.data,
          nodeInstances: manager.data.nodeInstances.map((each) =>
            each.id === instance.id && each.tenant === instance.tenant ? { ...each, agent: fresh } : each,
          ),
        },
      },
    );
  }
  return { world: next, error: '' };
}

function taskFailed(task: string, why: string): string {
  return `RuntimeError: Workflow failed: Task failed '${task}' -> ${why}`;
}

/** validate_agents (4.4 and above). @returns the error, '' when every agent answers */
export function validateAgents(world: World, hostName: string, execution: Execution, at: number): string {
  for (const instance of instancesWithAgents(world, hostName, execution.tenant, execution.deployment ?? '')) {
    const problem = instance.agent === null ? '' : agentProblem(world, instance, instance.agent, at);
    if (problem !== '') return taskFailed('cloudify_agent.operations.validate_agent_amqp', problem);
  }
  return '';
}
