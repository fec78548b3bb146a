/** Was it right? Judged from the simulated Managers, the hosts' own ledgers, Slack's transcript and the audit trail. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Manager } from '../manager/cloudify/model.ts';
import { reportedVersion } from '../manager/cloudify/version.ts';
import type { LedgerEntry } from '../manager/host.ts';
import type { Stage } from './stage.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Bytes. A trail of one upgrade has some hundred KB. */
const MOST_AUDIT = 16 * 1024 * 1024;

export interface Before {
  readonly deployments: readonly string[];
  readonly users: readonly string[];
  readonly tenants: readonly string[];
  readonly agents: readonly string[];
}

function counted(manager: Manager | null): Omit<Before, 'agents'> {
  const data = manager?.data;
  return {
    deployments: (data?.deployments ?? []).map(({ tenant, id }) => `${tenant}/${id}`).toSorted(),
    users: (data?.users ?? []).map(({ name }) => name).toSorted(),
    tenants: (data?.tenants ?? []).map(({ name }) => name).toSorted(),
  };
}

export async function lookBefore(stage: Pick<Stage, 'world'>): Promise<Before> {
  const agents = await stage.world.agents();
  return {
    ...counted(await stage.world.manager('manager')),
    agents: agents.map(({ agent }) => `${agent.tenant}/${agent.name}`).toSorted(),
  };
}

function differs(what: string, before: readonly string[], after: readonly string[]): readonly string[] {
  const lost = before.filter((one) => !after.includes(one));
  const added = after.filter((one) => !before.includes(one));
  return lost.length + added.length === 0
    ? []
    : [`${what}: lost ${lost.join(', ') || 'none'}, added ${added.join(', ') || 'none'}`];
}

/** Version, content and agents of the Manager that serves now. New agents are of its version, unless none were moved. */
export async function managerProblems(
  stage: Pick<Stage, 'world'>,
  host: string,
  version: string,
  before: Before,
  installed: 'new agents' | 'agents as they were' = 'new agents',
): Promise<readonly string[]> {
  const manager = await stage.world.manager(host);
  if (manager === null) return [`no Manager is installed on ${host}`];
  const after = counted(manager);
  const agents = await stage.world.agents();
  const stray = agents.filter(({ obeys }) => obeys !== host);
  const wanted = reportedVersion(version);
  const old = agents.filter(({ agent }) => agent.installations.at(-1)?.version !== wanted);
  return [
    ...(manager.version === version ? [] : [`${host} is ${manager.version}, not ${version}`]),
    ...differs('deployments', before.deployments, after.deployments),
    ...differs('users', before.users, after.users),
    ...differs('tenants', before.tenants, after.tenants),
    ...differs(
      'agents',
      before.agents,
      agents.map(({ agent }) => `${agent.tenant}/${agent.name}`),
    ),
    ...stray.map(({ agent, obeys }) => `agent ${agent.tenant}/${agent.name} obeys ${obeys ?? 'nobody'}`),
    ...(installed === 'new agents' ? old : []).map(
      ({ agent }) => `agent ${agent.tenant}/${agent.name} is of an old version`,
    ),
    ...manager.deadlockRisks.map(({ path }) => `${path} was asked in the first 15 s of the restore`),
  ];
}

/** These hosts are one cluster again, the first one leads it, and nothing of an earlier one is left anywhere. */
export async function clusterProblems(
  stage: Pick<Stage, 'world'>,
  hosts: readonly string[],
): Promise<readonly string[]> {
  const problems: string[] = [];
  const [first = ''] = hosts;
  const nodes = (await stage.world.manager(first))?.cluster ?? [];
  const leader = nodes.find(({ state }) => state === 'leader');
  const machines = await Promise.all(hosts.map((host) => stage.world.machine(host)));
  if (nodes.length !== hosts.length)
    problems.push(`the cluster has ${nodes.length} nodes, not ${hosts.length}`);
  if (leader?.ip !== machines[0]?.privateIp)
    problems.push(`${leader?.name ?? 'nobody'} leads, not the node on ${first}`);
  for (const { name, manager, clusterLeftovers } of machines) {
    if (manager?.cluster == null) problems.push(`${name} is in no cluster`);
    if (manager?.version !== machines[0]?.manager?.version) problems.push(`${name} is of another version`);
    if (clusterLeftovers.length > 0)
      problems.push(`${name}: left of the old cluster: ${clusterLeftovers.join(', ')}`);
  }
  return problems;
}

/** Every user has a password that opens this Manager. */
export async function userProblems(stage: Pick<Stage, 'world'>, host: string): Promise<readonly string[]> {
  const manager = await stage.world.manager(host);
  const users = manager?.data.users ?? [];
  return users
    .filter(({ salt }) => salt !== manager?.hashSalt)
    .map(({ name }) => `${name} cannot log in on ${host}`);
}

/** Commands of which a second one would be a second change; the same words in another attempt are a retry by a person. */
const CHANGING =
  /^(cfy (snapshots (create|upload|restore|delete)|teardown|agents install|users set-password|profiles (use|delete)|cluster (start|join|nodes remove))|simulated_cfy_teardown|python|cfy_manager (install|remove)|yum (install|remove)|rm|systemctl (stop|restart))\b/;

function wordsOf(entry: LedgerEntry): string {
  return entry.kind === 'command' ? [entry.name.replace(/^.*\//, ''), ...entry.argv].join(' ') : '';
}

/** Each attempt started once; each changing command once in its attempt; nothing that the hosts do not know. */
export function ledgerProblems(stage: Pick<Stage, 'hosts'>): readonly string[] {
  const problems: string[] = [];
  for (const [name, { ledger }] of stage.hosts) {
    const seen = new Map<string, number>();
    for (const entry of ledger) {
      if (entry.kind === 'attempt-started') {
        const key = `attempt ${entry.attempt}`;
        seen.set(key, (seen.get(key) ?? 0) + 1);
      }
      if (entry.kind !== 'command') continue;
      if (!entry.known) problems.push(`${name}: unknown command: ${wordsOf(entry)}`);
      const words = wordsOf(entry);
      if (entry.by !== 'start' || !CHANGING.test(words)) continue;
      const key = `${entry.attempt}: ${words}`;
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
    for (const [what, times] of seen) if (times > 1) problems.push(`${name}: ${times} times: ${what}`);
  }
  return problems;
}

/** A changing command that a choice of people repeats, and how often it is said in all on the host. */
export interface Repeated {
  readonly words: RegExp;
  readonly times: number;
}

/** What changes something is said once on each host, by whatever attempt; what is tried again as often as that says. */
export function twiceProblems(
  stage: Pick<Stage, 'hosts'>,
  repeated: readonly Repeated[] = [],
): readonly string[] {
  const problems: string[] = [];
  const met = new Set<Repeated>();
  for (const [name, { ledger }] of stage.hosts) {
    const seen = new Map<string, number>();
    for (const entry of ledger) {
      const words = wordsOf(entry);
      if (entry.kind !== 'command' || entry.by !== 'start' || !CHANGING.test(words)) continue;
      seen.set(words, (seen.get(words) ?? 0) + 1);
    }
    for (const [what, times] of seen) {
      const allowed = repeated.find(({ words }) => words.test(what));
      if (allowed !== undefined) met.add(allowed);
      if (times !== (allowed?.times ?? 1)) problems.push(`${name}: ${times} times in all: ${what}`);
    }
  }
  for (const one of repeated) if (!met.has(one)) problems.push(`never said: ${one.words}`);
  return problems;
}

/** Whether a command was run at all by a step. */
export function ran(stage: Pick<Stage, 'hosts'>, host: string, words: RegExp): number {
  const ledger = stage.hosts.get(host)?.ledger ?? [];
  return ledger.filter(
    (entry) => entry.kind === 'command' && entry.by === 'start' && words.test(wordsOf(entry)),
  ).length;
}

interface Metadata {
  readonly event_payload?: { readonly slot?: string; readonly row?: number | string };
}

const NO_CONNECTION = 'no Socket Mode connection is open';

/** What Slack refused of the bot, what it did not acknowledge, what it posted twice. */
export function slackProblems(stage: Stage, allowed: RegExp = /^$/): readonly string[] {
  const problems: string[] = [];
  const posted = new Map<string, number>();
  for (const entry of stage.slack.transcript()) {
    if (entry.kind === 'api' && !entry.ok && !allowed.test(entry.error ?? String(entry.status)))
      problems.push(`${entry.method}: ${entry.error ?? entry.status} ${(entry.messages ?? []).join('; ')}`);
    // A busy machine cuts the bot's connection now and then; nobody took that one, and it was sent again.
    const nobody = entry.kind === 'ack' && entry.why === NO_CONNECTION;
    if (entry.kind === 'ack' && !nobody && entry.outcome !== 'acked' && !allowed.test(entry.outcome))
      problems.push(`delivery ${entry.id}: ${entry.outcome} ${entry.why ?? ''}`);
    if (entry.kind !== 'api' || !entry.ok || entry.method !== 'chat.postMessage') continue;
    const { slot, row } = ((entry.args.metadata as Metadata | undefined)?.event_payload ?? {}) as {
      slot?: string;
      row?: number | string;
    };
    const key = `${slot ?? entry.ts} ${row ?? ''}`;
    posted.set(key, (posted.get(key) ?? 0) + 1);
  }
  for (const [slot, times] of posted) if (times > 1) problems.push(`posted ${times} times: ${slot}`);
  return problems;
}

/** Runs a subcommand of `cutover audit` as an auditor would. @returns what it printed; `ok`: its exit code was 0 */
function audit(stage: Stage, command: string): Promise<{ readonly ok: boolean; readonly text: string }> {
  const args = ['--import', 'tsx', 'src/cli.ts', 'audit', command, '--database', stage.settings.database];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: ROOT, maxBuffer: MOST_AUDIT }, (error, stdout, stderr) => {
      resolve({ ok: error === null, text: error === null ? stdout : `${stdout}${stderr}`.trim() });
    });
  });
}

export async function auditProblems(stage: Stage): Promise<readonly string[]> {
  const { ok, text } = await audit(stage, 'verify');
  return ok ? [] : [`cutover audit verify: ${text}`];
}

/** The trail in the order in which it was written. */
export interface TrailEvent {
  readonly kind: string;
  readonly data: { readonly [field: string]: unknown };
}

/** @throws Error when the trail can't be read */
export async function auditTrail(stage: Stage): Promise<readonly TrailEvent[]> {
  const { ok, text } = await audit(stage, 'export');
  if (!ok) throw new Error(`exporting the audit trail: ${text}`);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as TrailEvent);
}
