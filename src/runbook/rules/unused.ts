/** What is declared is used: the rest would be asked of people and hosts for nothing. */
import { namesIn } from '../cel-names.ts';
import type { Path } from '../problem.ts';
import { sideOf } from '../step-kind.ts';
import type { Checking } from './checking.ts';
import { writtenSecrets } from './secrets.ts';

function namedHosts({ runbook, placed }: Checking): readonly (string | undefined)[] {
  const steps = placed.flatMap(({ step }) => [
    step.on,
    step.reboot,
    ...step.reboots,
    step.undo?.on,
    ...[...step.verify, ...(step.undo?.verify ?? [])].map(({ on }) => on),
    ...[step.copy?.from, step.copy?.to, step.write?.to].map((side) => sideOf(side ?? '')?.at),
    ...Object.values(step.with),
  ]);
  const probes = Object.values(runbook.probes).map(({ on }) => on);
  return [...steps, ...probes, ...Object.values(runbook.hosts).map(({ same_as }) => same_as?.role)];
}

function listedSecrets({ runbook, placed }: Checking): readonly string[] {
  const steps = placed.flatMap(({ step, path }) => [
    ...step.secrets,
    ...(step.undo?.secrets ?? []),
    ...[...step.verify, ...(step.undo?.verify ?? [])].flatMap(({ secrets }) => secrets ?? []),
    ...writtenSecrets(step.write, path).map(({ name }) => name),
  ]);
  return [...steps, ...Object.values(runbook.probes).flatMap(({ secrets }) => secrets)];
}

export function unused(checking: Checking): void {
  const { runbook, placed, expressions, report } = checking;
  const used = expressions.flatMap(({ cel }) => namesIn(cel)).map(({ path }) => `${path[0]}.${path[1]}`);
  const names = new Set([
    ...used,
    ...namedHosts(checking).map((role) => `host.${role}`),
    ...listedSecrets(checking).map((secret) => `secret.${secret}`),
    ...placed.map(({ step }) => `block.${step.use}`),
    ...Object.values(runbook.flows).map(({ steps }) => `block.${steps}`),
  ]);
  const say = (path: Path, what: string, name: string): void =>
    report(path, {
      rule: 'unused',
      message: `the ${what} ${name} is never used`,
      mend: `Use it, or remove it.`,
    });
  for (const id of Object.keys(runbook.hosts)) if (!names.has(`host.${id}`)) say(['hosts', id], 'role', id);
  for (const id of Object.keys(runbook.probes))
    if (!names.has(`fact.${id}`)) say(['probes', id], 'probe', id);
  for (const id of Object.keys(runbook.inputs))
    if (!names.has(`input.${id}`)) say(['inputs', id], 'input', id);
  for (const id of Object.keys(runbook.blocks))
    if (!names.has(`block.${id}`)) say(['blocks', id], 'block', id);
  for (const [index, secret] of runbook.secrets.entries())
    if (!names.has(`secret.${secret}`)) say(['secrets', index], 'secret', secret);
}
