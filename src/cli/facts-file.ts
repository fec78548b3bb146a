/** The facts file of a dry plan: what hosts would have answered, which hosts there are, what the requester typed. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Fact, PlanHost } from '../core/plan.ts';
import { didYouMean } from '../runbook/did-you-mean.ts';
import { factOf } from '../runbook/facts.ts';
import { type Runbook, titleOf } from '../runbook/runbook.ts';
import { UsageError } from './io.ts';

const Scalar = z.union([z.string(), z.number(), z.boolean()]);

const Host = z.strictObject({
  address: z.string().min(1).optional(),
  private_ip: z.string().min(1).optional(),
  name: z.string().min(1).optional(),
  env: z.record(z.string(), z.string()).optional(),
  state_dir: z.string().startsWith('/').optional(),
});
type Host = z.infer<typeof Host>;

const FactsFile = z.strictObject({
  fact: z.record(z.string(), z.json()).default({}),
  host: z.record(z.string(), z.union([Host, z.array(Host)])).default({}),
  input: z.record(z.string(), z.union([Scalar, z.null()])).default({}),
  target: z.record(z.string(), Scalar).default({}),
});
export type FactsFile = z.infer<typeof FactsFile>;

export const NO_FACTS: FactsFile = { fact: {}, host: {}, input: {}, target: {} };

/** @throws UsageError with the place in the file */
export async function readFactsFile(file: string): Promise<FactsFile> {
  const text = await readFile(file, 'utf8').catch((error: Error) => error);
  if (text instanceof Error) throw new UsageError(`Reading facts ${file}: ${text.message.split(',')[0]}.`);
  let plain: unknown;
  try {
    plain = JSON.parse(text);
  } catch (error) {
    throw new UsageError(
      `Reading facts ${file}: it is not JSON: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
  const parsed = FactsFile.safeParse(plain);
  if (parsed.success) return parsed.data;
  const said = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`);
  throw new UsageError(
    `Reading facts ${file}: ${said.join('; ')}. It looks like {"fact": {…}, "host": {"cli": {"address": "…"}}, "input": {…}}.`,
  );
}

/** @throws UsageError for a fact or a role that the runbook does not have: a misspelt one would silently count as missing */
export function checkNames(runbook: Runbook, file: FactsFile, name: string): void {
  const roles = runbook.roles.map(({ id }) => id);
  const probes = Object.keys(runbook.probes);
  for (const id of Object.keys(file.fact))
    if (!probes.includes(id))
      throw new UsageError(
        `${name}: fact.${id}: the runbook ${runbook.id} has no such probe.${didYouMean(id, probes)}`,
      );
  for (const id of Object.keys(file.host))
    if (!roles.includes(id))
      throw new UsageError(
        `${name}: host.${id}: the runbook ${runbook.id} has no such role.${didYouMean(id, roles)}`,
      );
}

/** `.example` and 192.0.2.0/24 are set aside for documentation: nobody's host is ever meant. */
function placeholder(name: string, given: Host, index: number): PlanHost {
  const address = given.address ?? `${name.replaceAll('_', '-')}.example`;
  return {
    name: given.name ?? name,
    address,
    private_ip: given.private_ip ?? given.address ?? `192.0.2.${index + 1}`,
    ssh: { host: address, port: 22, user: 'cutover' },
    host_keys: [],
    env: given.env ?? {},
    state_dir: given.state_dir ?? '/home/cutover/.local/state/cutover',
  };
}

/** Every role that takes one host has one, given or not; a role that takes many has those that were given. */
export function dryHosts(
  runbook: Runbook,
  file: FactsFile,
): { readonly [role: string]: readonly PlanHost[] } {
  const roles: { [role: string]: readonly PlanHost[] } = {};
  for (const [index, { id, many }] of runbook.roles.entries()) {
    const given = file.host[id] ?? (many ? [] : {});
    const list = Array.isArray(given) ? given : [given];
    if (!many && list.length !== 1)
      throw new UsageError(`host.${id}: this role takes one host, and ${list.length} were given.`);
    roles[id] = list.map((host, at) => placeholder(many ? `${id}-${at + 1}` : id, host, index * 16 + at));
  }
  return roles;
}

export function dryFacts(runbook: Runbook, file: FactsFile): readonly Fact[] {
  return Object.entries(file.fact).map(([id, value]) =>
    factOf(id, runbook.probes[id]?.title ?? titleOf(id), value, null, null),
  );
}
