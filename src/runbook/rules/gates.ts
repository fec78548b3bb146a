/** A person says go before the point of no return, and nothing changes between that and it: in every plan of every flow. */
import { and, type Formula, not, satisfiable } from '../condition.ts';
import { isChanging, kindOf } from '../step-kind.ts';
import type { StaticUnit } from '../units.ts';
import type { Checking } from './checking.ts';

function isNoReturn({ step }: StaticUnit): boolean {
  return step.no_return === true;
}

function isGate({ step }: StaticUnit): boolean {
  return kindOf(step) === 'gate';
}

function changes({ step }: StaticUnit): boolean {
  return isChanging(step) || step.undo !== undefined || step.no_undo_needed !== undefined;
}

interface Way {
  readonly flow: string;
  readonly point: StaticUnit;
  readonly before: readonly StaticUnit[];
  /** The point is in the plan, and is its first one. */
  readonly first: readonly Formula[];
}

function waysOf({ runbook, units }: Checking): readonly Way[] {
  return Object.keys(runbook.flows).flatMap((flow) =>
    units.filter(isNoReturn).map((point): Way => {
      const before = units.slice(0, units.indexOf(point));
      const first = [
        point.present(flow),
        ...before.filter(isNoReturn).map((unit) => not(unit.present(flow))),
      ];
      return { flow, point, before, first };
    }),
  );
}

function absent(units: readonly StaticUnit[], flow: string): readonly Formula[] {
  return units.map((unit) => not(unit.present(flow)));
}

function checkGate({ report }: Checking, { flow, point, before, first }: Way): void {
  if (!satisfiable([...first, ...absent(before.filter(isGate), flow)])) return;
  report(point.path, {
    rule: 'no_gate',
    message: `in flow ${flow} a plan can reach ${point.id}, which cannot be undone, without a gate`,
    mend: 'Put a gate before it that is there whenever it is: with the same when, or with none.',
  });
}

function checkBetween({ report }: Checking, { flow, point, before, first }: Way): void {
  for (const [index, unit] of before.entries()) {
    if (isNoReturn(unit) || !changes(unit)) continue;
    const earlier = before.slice(0, index).filter(isGate);
    const between = before.slice(index + 1).filter(isGate);
    if (earlier.length === 0) continue;
    const anyEarlier: Formula = { op: 'or', parts: earlier.map((gate) => gate.present(flow)) };
    const formulas = [...first, unit.present(flow), and(absent(between, flow)), anyEarlier];
    if (!satisfiable(formulas)) continue;
    report(unit.path, {
      rule: 'change_after_gate',
      message: `in flow ${flow} ${unit.id} changes something between the last gate and ${point.id}, which cannot be undone`,
      mend: `Move it before the gate, or move the gate right before ${point.id}; only changes: false may stand between.`,
    });
  }
}

export function gates(checking: Checking): void {
  for (const way of waysOf(checking)) {
    checkGate(checking, way);
    checkBetween(checking, way);
  }
}
