/** Blocks and `for_each` written out: every step of the plan with what its expressions see. */

import { namesIn } from './cel-names.ts';
import { plainJson } from './cel-values.ts';
import { own } from './own.ts';
import type { StepSource } from './schema.ts';
import { type Decided, decide, decideBool, type Scope, withValues } from './scope.ts';
import { localId } from './step-kind.ts';
import { hostValue, type World } from './world.ts';

export interface Unit {
  readonly step: StepSource;
  /** Unique in the plan. */
  readonly id: string;
  /** Its own, and those of the uses that led to it. */
  readonly refs: readonly string[];
  readonly scope: Scope;
}

/** What could not be expanded, and why. */
export interface Gap {
  readonly step: string;
  readonly why: string;
  readonly missing: readonly string[];
}

export interface Expanded {
  readonly units: readonly Unit[];
  readonly gaps: readonly Gap[];
}

/** Longer values make unreadable ids; the item's number stands for them. */
const LABEL = /^[A-Za-z0-9_.-]{1,40}$/;

function labelsOf(items: readonly unknown[]): readonly string[] {
  const named = items.map((item) => {
    const plain = plainJson(item);
    if (typeof plain === 'string' || typeof plain === 'number') return String(plain);
    if (typeof plain !== 'object' || plain === null) return '';
    const name: unknown = Reflect.get(plain, 'id') ?? Reflect.get(plain, 'name');
    return typeof name === 'string' ? name : '';
  });
  const usable = named.every((label) => LABEL.test(label)) && new Set(named).size === named.length;
  return usable ? named : items.map((_item, index) => String(index + 1));
}

function present(step: StepSource, scope: Scope): Decided<boolean> {
  return decideBool(step.when ?? 'true', scope);
}

interface Item {
  readonly suffix: string;
  readonly scope: Scope;
}

function itemsOf(step: StepSource, scope: Scope): Decided<readonly Item[]> {
  if (step.for_each === undefined) return { ok: true, value: [{ suffix: '', scope }] };
  const list = decide(step.for_each, scope);
  if (!list.ok) return list;
  if (!Array.isArray(list.value)) return { ok: false, why: `${step.for_each} is not a list`, missing: [] };
  const labels = labelsOf(list.value);
  const items = list.value.map((item: unknown, index) => ({
    suffix: `[${labels[index]}]`,
    scope: withValues(scope, { [step.as ?? 'item']: item }),
  }));
  return { ok: true, value: items };
}

/** `machine: manager` names a role; anything else is CEL. */
function parameters(
  world: World,
  step: StepSource,
  scope: Scope,
): Decided<{ readonly [name: string]: unknown }> {
  const values: { [name: string]: unknown } = {};
  for (const [name, cel] of Object.entries(step.with)) {
    const role = world.runbook.roles.find(({ id }) => id === cel);
    const host = own(world.roles, cel)?.[0];
    if (role !== undefined && own(scope.values, cel) === undefined) {
      if (role.many) values[name] = (own(world.roles, cel) ?? []).map(hostValue);
      else if (host === undefined)
        return { ok: false, why: `no host fills ${cel}`, missing: [`host.${cel}`] };
      else values[name] = hostValue(host);
      continue;
    }
    const value = decide(cel, scope);
    if (!value.ok) return value;
    values[name] = value.value;
  }
  return { ok: true, value: values };
}

function inside(world: World, step: StepSource, id: string, scope: Scope, refs: readonly string[]): Expanded {
  const block = own(world.runbook.blocks, step.use);
  if (block === undefined)
    return { units: [], gaps: [{ step: id, why: `there is no block ${step.use}`, missing: [] }] };
  const values = parameters(world, step, scope);
  if (!values.ok) return { units: [], gaps: [{ step: id, ...values }] };
  const steps = Object.fromEntries(block.steps.map((inner) => [localId(inner), `${id}.${localId(inner)}`]));
  const within = { ...withValues(scope, values.value), steps: { ...scope.steps, ...steps } };
  const parts = block.steps.map((inner) => expandStep(world, inner, within, { prefix: `${id}.`, refs }));
  return { units: parts.flatMap(({ units }) => units), gaps: parts.flatMap(({ gaps }) => gaps) };
}

interface Around {
  readonly prefix: string;
  readonly refs: readonly string[];
}

function expandStep(world: World, step: StepSource, scope: Scope, around: Around): Expanded {
  const id = `${around.prefix}${localId(step)}`;
  const refs = [...new Set([...around.refs, ...step.ref])];
  const gap = (undecided: { readonly why: string; readonly missing: readonly string[] }): Expanded => ({
    units: [],
    gaps: [{ step: id, why: undecided.why, missing: undecided.missing }],
  });
  const perItem = namesIn(step.when ?? 'true').some(({ path }) => path[0] === (step.as ?? 'item'));
  if (!perItem) {
    const wanted = present(step, scope);
    if (!wanted.ok) return gap(wanted);
    if (!wanted.value) return { units: [], gaps: [] };
  }
  const items = itemsOf(step, scope);
  if (!items.ok) return gap(items);
  const parts = items.value.map((item): Expanded => {
    const wanted = perItem ? present(step, item.scope) : ({ ok: true, value: true } as const);
    if (!wanted.ok) return gap(wanted);
    if (!wanted.value) return { units: [], gaps: [] };
    const full = `${id}${item.suffix}`;
    if (step.use !== undefined) return inside(world, step, full, item.scope, refs);
    const steps = { ...item.scope.steps, [localId(step)]: full };
    return { units: [{ step, id: full, refs, scope: { ...item.scope, steps } }], gaps: [] };
  });
  return { units: parts.flatMap(({ units }) => units), gaps: parts.flatMap(({ gaps }) => gaps) };
}

/** `block`: of a flow that has steps of its own. */
export function expandSteps(world: World, block: string | null): Expanded {
  const { runbook } = world;
  const steps = block === null ? runbook.steps : (own(runbook.blocks, block)?.steps ?? []);
  const parts = steps.map((step) => expandStep(world, step, world.scope, { prefix: '', refs: [] }));
  return { units: parts.flatMap(({ units }) => units), gaps: parts.flatMap(({ gaps }) => gaps) };
}
