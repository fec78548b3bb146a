/** Hosts, blocks and parameters that are named must be there. */
import { oneOf } from '../did-you-mean.ts';
import { own } from '../own.ts';
import { homeOf } from '../plan-action.ts';
import type { Path } from '../problem.ts';
import type { StepSource } from '../schema.ts';
import { kindOf, sideOf } from '../step-kind.ts';
import type { PlacedStep } from '../units.ts';
import type { Checking } from './checking.ts';

function checkHost({ runbook, report }: Checking, path: Path, name: string, locals: readonly string[]): void {
  if (locals.includes(name)) return;
  const role = own(runbook.hosts, name);
  if (role === undefined)
    report(path, {
      rule: 'unknown_role',
      message: `no role ${name} is declared`,
      mend: oneOf(name, [...Object.keys(runbook.hosts), ...locals]),
    });
  else if (role.many)
    report(path, {
      rule: 'many_hosts',
      message: `${name} may be several hosts`,
      mend: `Go through them: for_each: host.${name}, as: node, on: node.`,
    });
}

function checkSide(checking: Checking, path: Path, text: string, locals: readonly string[]): void {
  const side = sideOf(text);
  if (side === undefined)
    checking.report(path, {
      rule: 'bad_side',
      message: `${text} does not say where`,
      mend: 'Write role:/path or vault:name.',
    });
  else if (side.at !== 'vault') checkHost(checking, path, side.at, locals);
}

function checkHomes(checking: Checking, { step, path, locals }: PlacedStep): void {
  const home = homeOf(step);
  const kind = kindOf(step);
  const check = (at: Path, on: string | undefined): void => {
    if (on !== undefined) checkHost(checking, at, on, locals);
  };
  check([...path, 'on'], step.on);
  check([...path, 'reboot'], step.reboot);
  check([...path, 'undo', 'on'], step.undo?.on);
  for (const [index, role] of step.reboots.entries())
    checkHost(checking, [...path, 'reboots', index], role, locals);
  const lacking = (at: Path): void =>
    checking.report(at, { rule: 'no_host', message: 'it does not say on which host', mend: 'Add on: role.' });
  if (kind === 'run' && step.on === undefined) lacking([...path, 'run']);
  if (step.undo !== undefined && step.undo.on === undefined && home === undefined) lacking([...path, 'undo']);
  const undoHome = step.undo?.on ?? home;
  for (const [part, verifies, on] of [
    ['verify', step.verify, home],
    ['undo', step.undo?.verify ?? [], undoHome],
  ] as const)
    for (const [index, verify] of verifies.entries()) {
      const at: Path = part === 'undo' ? [...path, 'undo', 'verify', index] : [...path, 'verify', index];
      check([...at, 'on'], verify.on);
      if (verify.on === undefined && on === undefined) lacking(at);
    }
}

function checkCopy(checking: Checking, { step: { copy, write }, path, locals }: PlacedStep): void {
  if (write !== undefined) checkSide(checking, [...path, 'write', 'to'], write.to, locals);
  if (copy === undefined) return;
  checkSide(checking, [...path, 'copy', 'from'], copy.from, locals);
  checkSide(checking, [...path, 'copy', 'to'], copy.to, locals);
  if (sideOf(copy.from)?.at === 'vault' && sideOf(copy.to)?.at === 'vault')
    checking.report([...path, 'copy', 'to'], {
      rule: 'bad_side',
      message: 'both sides are the vault',
      mend: 'One side is a host.',
    });
}

function isUsedByItself(checking: Checking, block: string, from: string, seen: readonly string[]): boolean {
  return (own(checking.runbook.blocks, from)?.steps ?? []).some(
    ({ use }) =>
      use !== undefined &&
      (use === block || (!seen.includes(use) && isUsedByItself(checking, block, use, [...seen, use]))),
  );
}

function checkParameters({ runbook, report }: Checking, path: Path, step: StepSource): void {
  const block = own(runbook.blocks, step.use);
  if (block === undefined) return;
  const lacking = block.with.filter((name) => step.with[name] === undefined);
  if (lacking.length > 0)
    report([...path, 'use'], {
      rule: 'parameters',
      message: `the block ${step.use} needs ${lacking.join(', ')}`,
      mend: `Add with: { ${lacking.map((name) => `${name}: …`).join(', ')} }.`,
    });
  for (const name of Object.keys(step.with))
    if (!block.with.includes(name))
      report([...path, 'with', name], {
        rule: 'parameters',
        message: `the block ${step.use} has no parameter ${name}`,
        mend: oneOf(name, block.with),
      });
}

function checkUse(checking: Checking, { step, path, block }: PlacedStep): void {
  if (step.use === undefined) return;
  const known = Object.keys(checking.runbook.blocks);
  if (!known.includes(step.use))
    checking.report([...path, 'use'], {
      rule: 'unknown_block',
      message: `there is no block ${step.use}`,
      mend: oneOf(step.use, known),
    });
  else if (block !== null && (step.use === block || isUsedByItself(checking, block, step.use, [step.use])))
    checking.report([...path, 'use'], {
      rule: 'unknown_block',
      message: `the block ${block} uses itself`,
      mend: 'Use for_each to do something several times.',
    });
  checkParameters(checking, path, step);
}

function checkRoles(checking: Checking): void {
  const { hosts } = checking.runbook;
  for (const [id, { same_as: same }] of Object.entries(hosts)) {
    if (same === undefined) continue;
    const path: Path = ['hosts', id, 'same_as', 'role'];
    const other = own(hosts, same.role);
    if (other === undefined || same.role === id)
      checking.report(path, {
        rule: 'unknown_role',
        message: `no other role ${same.role} is declared`,
        mend: oneOf(
          same.role,
          Object.keys(hosts).filter((role) => role !== id),
        ),
      });
    else if (other.same_as !== undefined)
      checking.report(path, {
        rule: 'unknown_role',
        message: `${same.role} stands for another role itself`,
        mend: `Name that one: ${other.same_as.role}.`,
      });
  }
}

function checkFlowSteps({ runbook, report }: Checking): void {
  for (const [id, { steps }] of Object.entries(runbook.flows)) {
    if (steps === undefined) continue;
    const path: Path = ['flows', id, 'steps'];
    const block = own(runbook.blocks, steps);
    if (block === undefined)
      report(path, {
        rule: 'unknown_block',
        message: `there is no block ${steps}`,
        mend: oneOf(steps, Object.keys(runbook.blocks)),
      });
    else if (block.with.length > 0)
      report(path, {
        rule: 'parameters',
        message: `the block ${steps} needs ${block.with.join(', ')}, and a flow gives nothing`,
        mend: 'Use the block in a block without parameters, and name that one.',
      });
  }
}

export function references(checking: Checking): void {
  for (const [id, probe] of Object.entries(checking.runbook.probes))
    checkHost(checking, ['probes', id, 'on'], probe.on, []);
  for (const placed of checking.placed) {
    checkHomes(checking, placed);
    checkCopy(checking, placed);
    checkUse(checking, placed);
  }
  checkRoles(checking);
  checkFlowSteps(checking);
}
