/** `captured.<step>.<name>`: of a step that comes before, that is there whenever it is asked for, and that captures it. */
import { namesIn, type UsedName } from '../cel-names.ts';
import { not, satisfiable } from '../condition.ts';
import { oneOf } from '../did-you-mean.ts';
import { secretName } from '../plan-content.ts';
import type { Fault } from '../problem.ts';
import type { StepSource } from '../schema.ts';
import type { CelSite } from '../sight.ts';
import { expressionsOf } from '../sites.ts';
import { localId } from '../step-kind.ts';
import { stepSites } from '../step-sites.ts';
import type { StaticUnit } from '../units.ts';
import type { Checking } from './checking.ts';

function containsSecret(value: unknown): boolean {
  if (secretName(value) !== undefined) return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(containsSecret);
}

function capturesOf(step: StepSource): readonly string[] {
  if (step.copy !== undefined) return ['sha256', 'bytes'];
  // The digest of a file with secrets in it would let somebody test guesses.
  if (step.write !== undefined) return containsSecret(step.write) ? ['bytes'] : ['bytes', 'sha256'];
  return Object.keys(step.capture);
}

/** The step that a name means: one of the same use of the same block, else one outside blocks. */
function targetOf(units: readonly StaticUnit[], unit: StaticUnit, local: string): StaticUnit | undefined {
  const use = unit.uses.at(-1);
  return (
    units.find(({ id }) => use !== undefined && id === `${use}.${local}`) ??
    units.find(({ id, uses }) => uses.length === 0 && id === local)
  );
}

function unknownStep(checking: Checking, unit: StaticUnit, local: string): Fault {
  if (checking.units.some(({ uses }) => uses.includes(local)))
    return {
      rule: 'unknown_name',
      message: `${local} uses a block, and what a block captures is not seen outside it`,
      mend: 'Capture it in a step outside the block.',
    };
  const known = checking.units.filter((other) => other !== unit && capturesOf(other.step).length > 0);
  return {
    rule: 'unknown_name',
    message: `no step ${local} captures anything`,
    mend: oneOf(
      local,
      known.map(({ step }) => localId(step)),
    ),
  };
}

function wrongOrder(checking: Checking, site: CelSite, unit: StaticUnit, target: StaticUnit): Fault | null {
  const { units } = checking;
  if (target === unit) {
    if (site.sight.own) return null;
    return {
      rule: 'captured_later',
      message: `what ${unit.id} captures is not known here`,
      mend: site.path.includes('undo')
        ? 'An undo must also work when the step died before it captured anything: find the thing by its name.'
        : 'Only verify of the same step and later steps see it.',
    };
  }
  if (units.indexOf(target) > units.indexOf(unit))
    return {
      rule: 'captured_later',
      message: `${target.id} comes later`,
      mend: `Move ${target.id} before ${unit.id}.`,
    };
  const foreign = target.loops.find((loop) => !unit.loops.includes(loop));
  if (foreign === undefined) return null;
  return {
    rule: 'captured_in_loop',
    message: `${target.id} is done once for each item of ${foreign}, so there is not one value`,
    mend: 'Use it in the same loop, or capture it in a step without for_each.',
  };
}

function mayBeAbsent(checking: Checking, unit: StaticUnit, target: StaticUnit): Fault | null {
  const flow = Object.keys(checking.runbook.flows).find((id) =>
    satisfiable([unit.present(id), not(target.present(id))]),
  );
  if (flow === undefined) return null;
  return {
    rule: 'captured_absent',
    message: `in flow ${flow} a plan may have ${unit.id} without ${target.id}`,
    mend: `Give ${unit.id} the same when (or a narrower one) as ${target.id}.`,
  };
}

function wrongCapture(checking: Checking, site: CelSite, unit: StaticUnit, { path }: UsedName): Fault | null {
  const [, local, name] = path;
  if (local === undefined || name === undefined)
    return {
      rule: 'unknown_name',
      message: 'captured is not a value by itself',
      mend: 'Say which step and what: captured.create_snapshot.execution',
    };
  const target = targetOf(checking.units, unit, local);
  if (target === undefined) return unknownStep(checking, unit, local);
  const known = capturesOf(target.step);
  if (!known.includes(name))
    return { rule: 'unknown_name', message: `${target.id} captures no ${name}`, mend: oneOf(name, known) };
  return wrongOrder(checking, site, unit, target) ?? mayBeAbsent(checking, unit, target);
}

export function captured(checking: Checking): void {
  for (const unit of checking.units) {
    const placed = checking.placed.find(({ path }) => path.join() === unit.path.join());
    if (placed === undefined) continue;
    for (const site of expressionsOf(stepSites(placed)))
      for (const name of namesIn(site.cel)) {
        if (name.path[0] !== 'captured' || !site.sight.roots.includes('captured')) continue;
        const wrong = wrongCapture(checking, site, unit, name);
        if (wrong !== null) checking.report(site.path, wrong, site.offset + name.offset);
      }
  }
}
