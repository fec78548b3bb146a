/** Every step that a plan may have, with blocks written out but loops and conditions left open. */
import { ALWAYS, and, condition, type Formula, NEVER, type Prefix } from './condition.ts';
import { own } from './own.ts';
import type { Path } from './problem.ts';
import type { RunbookSource, StepSource } from './schema.ts';
import { localId } from './step-kind.ts';

export interface StaticUnit {
  readonly step: StepSource;
  /** Of the step in the file; the same for every use of its block. */
  readonly path: Path;
  /** `use.step`; what a plan calls it, but for the items of loops. */
  readonly id: string;
  /** Ids of the uses that lead to it. */
  readonly uses: readonly string[];
  /** Ids of the steps and uses around it that repeat. */
  readonly loops: readonly string[];
  /** Is it in the plan? By flow. */
  readonly present: (flow: string) => Formula;
}

interface Around {
  readonly path: Path;
  readonly uses: readonly string[];
  readonly loops: readonly string[];
  readonly locals: readonly string[];
  readonly blocks: readonly string[];
  readonly present: (flow: string) => Formula;
}

function idOf(step: StepSource, around: Around): string {
  return [...around.uses.slice(-1), localId(step)].join('.');
}

function presence(step: StepSource, id: string, around: Around): (flow: string) => Formula {
  const own = step.for_each === undefined ? [] : [step.as ?? 'item'];
  const prefix: Prefix = (names) => {
    if (names.some((name) => own.includes(name))) return `${id}:`;
    return names.some((name) => around.locals.includes(name)) ? `${around.uses.at(-1) ?? ''}:` : '';
  };
  return (flow) =>
    and([
      around.present(flow),
      step.when === undefined ? ALWAYS : condition(step.when, flow, prefix),
      // A list may be empty; the same list is empty for every step that goes through it.
      step.for_each === undefined ? ALWAYS : condition(`size(${step.for_each}) > 0`, flow, prefix),
    ]);
}

function unitsOf(runbook: RunbookSource, step: StepSource, around: Around): readonly StaticUnit[] {
  const id = idOf(step, around);
  const loops = step.for_each === undefined ? around.loops : [...around.loops, id];
  const present = presence(step, id, around);
  if (step.use === undefined) return [{ step, path: around.path, id, uses: around.uses, loops, present }];
  const block = own(runbook.blocks, step.use);
  if (block === undefined || around.blocks.includes(step.use)) return [];
  const inner = {
    uses: [...around.uses, id],
    loops,
    locals: [...around.locals, ...block.with, ...(step.for_each === undefined ? [] : [step.as ?? 'item'])],
    blocks: [...around.blocks, step.use],
    present,
  };
  return block.steps.flatMap((each, index) =>
    unitsOf(runbook, each, { ...inner, path: ['blocks', step.use ?? '', 'steps', index] }),
  );
}

export function staticUnits(runbook: RunbookSource): readonly StaticUnit[] {
  const nothing = { uses: [], loops: [], locals: [], blocks: [] };
  const blockOf = (flow: string): string | undefined => own(runbook.flows, flow)?.steps;
  const shared = runbook.steps.flatMap((step, index) =>
    unitsOf(runbook, step, {
      ...nothing,
      path: ['steps', index],
      present: (flow) => (blockOf(flow) === undefined ? ALWAYS : NEVER),
    }),
  );
  const separate = [...new Set(Object.keys(runbook.flows).map(blockOf))].flatMap((block) =>
    (own(runbook.blocks, block)?.steps ?? []).flatMap((step, index) =>
      unitsOf(runbook, step, {
        ...nothing,
        path: ['blocks', block ?? '', 'steps', index],
        present: (flow) => (blockOf(flow) === block ? ALWAYS : NEVER),
      }),
    ),
  );
  return [...shared, ...separate];
}

export interface PlacedStep {
  readonly step: StepSource;
  readonly path: Path;
  readonly block: string | null;
  /** Loop variables and parameters that it sees, its own loop variable included. */
  readonly locals: readonly string[];
}

/** Every step as it stands in the file, blocks once. */
export function placedSteps(runbook: RunbookSource): readonly PlacedStep[] {
  const own = (step: StepSource): readonly string[] =>
    step.for_each === undefined ? [] : [step.as ?? 'item'];
  const top = runbook.steps.map(
    (step, index): PlacedStep => ({ step, path: ['steps', index], block: null, locals: own(step) }),
  );
  // A block sees its parameters, and the loop variables of wherever it is used.
  const inside = Object.entries(runbook.blocks).flatMap(([block, { steps, with: parameters }]) => {
    const outer = [...runbook.steps, ...Object.values(runbook.blocks).flatMap((other) => other.steps)]
      .filter((step) => step.use === block)
      .flatMap(own);
    return steps.map(
      (step, index): PlacedStep => ({
        step,
        path: ['blocks', block, 'steps', index],
        block,
        locals: [...parameters, ...outer, ...own(step)],
      }),
    );
  });
  return [...top, ...inside];
}
