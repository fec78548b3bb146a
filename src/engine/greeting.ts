/** Can a host carry a step that outlives us? Asked of every host before anything else. */
import type { Target } from '../core/inventory.ts';
import type { Action, Finding, PlanBody, PlanHost } from '../core/plan.ts';
import { UnreachableError } from '../ports/ports.ts';
import type { Deps } from './context.ts';

/** Launcher, run directories and step output need some room; a host with less is nearly full anyway. */
const LEAST_FREE_MB = 100;
/** A look at some small files. */
const LOGIND_MS = 30_000;

type GreetingDeps = Pick<Deps, 'hosts'>;

export function hostsOf(target: Target): readonly PlanHost[] {
  return [
    ...new Map(
      Object.values(target.hosts)
        .flat()
        .map((host) => [host.name, host]),
    ).values(),
  ];
}

function blocker(id: string, say: string, todo: string): Finding {
  return { id, severity: 'blocker', say, do: todo, refs: [] };
}

/**
 * Prints the file that makes logind end a user's processes at logout, unless the user lingers. Root is left alone by
 * default (KillExcludeUsers=root).
 */
const LOGIND = `me=$(id -un)
if [ "$me" != root ] && ! test -e "/var/lib/systemd/linger/$me"; then
  for file in /etc/systemd/logind.conf /etc/systemd/logind.conf.d/*.conf; do
    if test -f "$file" && grep -Eq '^[[:space:]]*KillUserProcesses[[:space:]]*=[[:space:]]*(yes|true|on|1)' "$file"; then echo "$file"; fi
  done
fi
`;

/** A step is a process of its user that no session holds: logind may be told to end those. */
async function endedByLogind(deps: GreetingDeps, host: PlanHost): Promise<Finding | null> {
  const seen = await deps.hosts.look({ host, text: LOGIND, sudo: false, secrets: {} }, LOGIND_MS);
  const file = seen.kind === 'exited' && seen.code === 0 ? seen.stdout.trim().split('\n')[0] : '';
  if (file === undefined || file === '') return null;
  return blocker(
    'kill_user_processes',
    `${host.name}: logind ends the processes of ${host.ssh.user} at logout (KillUserProcesses in ${file}), so a step would end with its connection.`,
    `Run loginctl enable-linger ${host.ssh.user} there, then ask again.`,
  );
}

function unreachable(host: PlanHost, error: unknown): Finding {
  if (!(error instanceof UnreachableError)) throw error;
  if (error.changedKey)
    return blocker(
      'host_key',
      `${host.name} shows another host key than the pinned one: ${error.why}.`,
      'Then pin the right key in targets.yaml.',
    );
  return blocker(
    'host_unreachable',
    `${host.name} (${host.ssh.host}:${host.ssh.port}) cannot be reached: ${error.why}.`,
    'Check the host, its network and the key, then ask again.',
  );
}

export async function greet(deps: GreetingDeps, host: PlanHost): Promise<Finding | null> {
  try {
    const facts = await deps.hosts.hello(host, false);
    if (!facts.setsid)
      return blocker(
        'no_setsid',
        `${host.name} has no setsid, so a step could not outlive its connection.`,
        'Install util-linux.',
      );
    if (!facts.writable)
      return blocker(
        'state_dir',
        `${host.name}: ${host.state_dir} is not writable for ${facts.user}.`,
        'Set state_dir in targets.yaml or mend its permissions.',
      );
    if (facts.freeMb < LEAST_FREE_MB)
      return blocker(
        'disk_full',
        `${host.name} has ${facts.freeMb} MB free below ${host.state_dir}.`,
        `Free at least ${LEAST_FREE_MB} MB.`,
      );
    return await endedByLogind(deps, host);
  } catch (error) {
    return unreachable(host, error);
  }
}

function usesRoot(action: Action): readonly string[] {
  switch (action.kind) {
    case 'run':
      return action.command.sudo ? [action.command.host] : [];
    case 'reboot':
      return [action.host];
    case 'copy':
      return action.sudo ? [action.from.at, action.to.at] : [];
    case 'write':
      return action.sudo ? [action.to.at] : [];
    default:
      return [];
  }
}

async function asRoot(deps: GreetingDeps, host: PlanHost): Promise<Finding | null> {
  try {
    await deps.hosts.hello(host, true);
    return null;
  } catch (error) {
    if (!(error instanceof UnreachableError) || error.changedKey) return unreachable(host, error);
    return blocker(
      'sudo',
      `${host.name}: ${host.ssh.user} cannot become root without being asked: ${error.why}.`,
      'Allow sudo -n for this user, without a password and without requiretty, then ask again.',
    );
  }
}

/** Every host on which the plan needs root is tried, so that no step finds out in the middle of a run. */
export async function rootFindings(
  deps: GreetingDeps,
  { steps, hosts }: PlanBody,
): Promise<readonly Finding[]> {
  const names = new Set(
    steps.flatMap(({ action, verify, reversal }) => [
      ...usesRoot(action),
      ...verify.flatMap(({ command }) => (command?.sudo ? [command.host] : [])),
      ...(reversal.kind === 'undo' && reversal.undo.command.sudo ? [reversal.undo.command.host] : []),
    ]),
  );
  const found = await Promise.all(
    [...names].flatMap((name) => (hosts[name] === undefined ? [] : [asRoot(deps, hosts[name])])),
  );
  return found.filter((finding) => finding !== null);
}
