/** Whether each host can be reached as a run would reach it. Nothing is changed there, but that its state directory is made. */
import type { Inventory } from '../core/inventory.ts';
import type { PlanHost } from '../core/plan.ts';
import { type HostFacts, type Hosts, UnreachableError } from '../ports/ports.ts';
import { because, type Finding, failed, ok, warning } from './doctor-report.ts';

/** We keep up to 64 MiB of each of an attempt's two streams, and a full disk would lose the outcome of the step. */
const LEAST_FREE_MB = 200;

export function hostsOf({ targets }: Inventory): readonly PlanHost[] {
  const all = Object.values(targets).flatMap(({ hosts }) => Object.values(hosts).flat());
  return [...new Map(all.map((host) => [host.name, host])).values()];
}

function unreachable(host: PlanHost, error: unknown): Finding {
  const { ssh } = host;
  const where = `host ${host.name} (${ssh.user}@${ssh.host}:${ssh.port})`;
  if (!(error instanceof UnreachableError))
    return failed(`${where}: ${because(error)}`, `try: ssh -p ${ssh.port} ${ssh.user}@${ssh.host}`);
  if (error.changedKey)
    return failed(
      `${where}: it shows another key than the pinned one`,
      `it was set up anew, or somebody stands between. Compare with the host’s own console (ssh-keyscan -p ${ssh.port} ${ssh.host}) before you change host_keys`,
    );
  return failed(
    `${where}: ${error.why}`,
    `check address, network and key: ssh -i KEY -p ${ssh.port} ${ssh.user}@${ssh.host} true`,
  );
}

function facing(host: PlanHost, facts: HostFacts): readonly Finding[] {
  const where = `host ${host.name}`;
  return [
    ok(`${where}: reached as ${facts.user}, key as pinned, ${facts.freeMb} MB free for runs`),
    ...(facts.writable
      ? []
      : [
          failed(
            `${where}: ${host.state_dir} can’t be written by ${facts.user}`,
            'create it and give it to that user, or set state_dir',
          ),
        ]),
    ...(facts.setsid
      ? []
      : [
          failed(
            `${where}: it has no setsid`,
            'install util-linux: without it a step would not outlive the connection',
          ),
        ]),
    ...(facts.freeMb < LEAST_FREE_MB
      ? [
          failed(
            `${where}: less than ${LEAST_FREE_MB} MB are free for ${host.state_dir}`,
            'make room, or set state_dir to another disk',
          ),
        ]
      : []),
  ];
}

export async function checkHost(hosts: Hosts, host: PlanHost): Promise<readonly Finding[]> {
  let facts: HostFacts;
  try {
    facts = await hosts.hello(host, false);
  } catch (error) {
    return [unreachable(host, error)];
  }
  // Many runbooks need it on some of their hosts; which ones, a plan knows.
  const sudo = await hosts.hello(host, true).then(
    () => [],
    (error: unknown) => [
      warning(
        `host ${host.name}: sudo without a password does not work: ${because(error)}`,
        `steps with “sudo: true” would fail; allow it for ${facts.user} (NOPASSWD, no requiretty) if the runbook has such steps there`,
      ),
    ],
  );
  return [...facing(host, facts), ...sudo];
}
