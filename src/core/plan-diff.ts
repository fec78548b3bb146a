/** What changed between two plans, in words for the people whose approval it voids. */
import type { PlanBody, PlannedStep } from './plan.ts';

const MOST_LINES = 8;

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function steps(before: PlanBody, after: PlanBody): readonly string[] {
  const old = new Map(before.steps.map((step): [string, PlannedStep] => [step.id, step]));
  const ids = new Set(after.steps.map(({ id }) => id));
  return [
    ...after.steps.filter(({ id }) => !old.has(id)).map(({ title }) => `new step: ${title}`),
    ...before.steps.filter(({ id }) => !ids.has(id)).map(({ title }) => `step gone: ${title}`),
    ...after.steps
      .filter((step) => old.has(step.id) && !same(old.get(step.id), step))
      .map(({ title }) => `step changed: ${title}`),
  ];
}

export function planDifference(before: PlanBody, after: PlanBody): readonly string[] {
  const lines = [
    ...(before.runbook.digest === after.runbook.digest ? [] : ['the runbook text changed']),
    ...(same(before.hosts, after.hosts) ? [] : ['hosts, their keys or environment changed']),
    ...(same(before.acknowledgements, after.acknowledgements) ? [] : ['what approvers confirm changed']),
    ...steps(before, after),
  ];
  if (lines.length <= MOST_LINES) return lines;
  return [...lines.slice(0, MOST_LINES), `and ${lines.length - MOST_LINES} more`];
}
