import { authorityOf, isAccepted } from './certificates.ts';
import type { Agent, Connection, Machine, Manager, World } from './model.ts';

/** Who listens on this address of the agents' network. */
export function machineAt(world: World, ip: string): Machine | undefined {
  return Object.values(world.machines).find(
    (machine) =>
      machine.privateIp === ip ||
      machine.publicIp === ip ||
      Object.values(machine.manager?.networks ?? {}).includes(ip),
  );
}

export function isListening(machine: Machine, now: number): boolean {
  if (machine.manager === null || now < machine.upFrom) return false;
  return !machine.manager.outages.some(
    (outage) => outage.what === 'all' && outage.from <= now && now < outage.until,
  );
}

/** Why an agent with these settings can't talk to its broker; '' when it can. */
export function brokerProblem(world: World, connection: Connection, now: number): string {
  const machine = machineAt(world, connection.ip);
  const manager = machine?.manager;
  if (machine === undefined || manager == null || !isListening(machine, now)) {
    return `[Errno 111] Connection refused (broker ${connection.ip}:5671)`;
  }
  if (manager.stopped.includes('cloudify-rabbitmq')) {
    return `[Errno 111] Connection refused (broker ${connection.ip}:5671)`;
  }
  if (!isAccepted(manager.certificates, connection.ip, connection.trusts)) {
    return `[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed (broker ${connection.ip}:5671)`;
  }
  if (manager.broker.user !== connection.user || manager.broker.password !== connection.password) {
    return `ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN (broker ${connection.ip}:5671)`;
  }
  return '';
}

/** What a new agent of this Manager is told about its broker, on the given network. */
export function connectionTo(manager: Manager, network: string): Connection {
  return {
    ip: manager.networks[network] ?? manager.privateIp,
    user: manager.broker.user,
    password: manager.broker.password,
    trusts: authorityOf(manager.certificates),
  };
}

/** The host whose Manager the agent listens to: its newest installation that can connect. null: stranded. */
export function obeyedBy(world: World, agent: Agent, now: number): string | null {
  for (const installation of agent.installations.toReversed()) {
    if (brokerProblem(world, installation, now) === '')
      return machineAt(world, installation.ip)?.name ?? null;
  }
  return null;
}

/** Hosts whose Manager would heal this deployment now. More than one means duplicate machines. */
export function healers(world: World, tenant: string, deployment: string, now: number): readonly string[] {
  const names: string[] = [];
  for (const machine of Object.values(world.machines)) {
    const manager = machine.manager;
    if (manager === null || !isListening(machine, now) || manager.stopped.includes('cloudify-riemann'))
      continue;
    const found = manager.data.deployments.find((each) => each.id === deployment && each.tenant === tenant);
    if (found?.autoHeal === true) names.push(machine.name);
  }
  return names;
}
