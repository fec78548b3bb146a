/** Asks for the test upgrade and answers everything that a run asks people, as the people of the test would. */
import type { Phase, UpgradeId } from '../../src/core/model.ts';
import type { StartInput } from '../../src/engine/upgrades.ts';
import { type Engine, person, type World } from './engine.ts';

export const ROSA = person('U0ROSA');
export const AMIR = person('U0AMIR');
export const BEA = person('U0BEA');
export const OLU = person('U0OLU');

let deliveries = 0;
export function delivery(): string {
  deliveries += 1;
  return `delivery-${deliveries}`;
}

export async function request(
  world: World,
  engine: Engine,
  lengthMin = 120,
  more: Partial<StartInput> = {},
): Promise<UpgradeId> {
  const asked = await engine.upgrades.request(
    ROSA,
    {
      target: 'staging',
      flow: 'in_place',
      inputs: { to: '2.0' },
      opensAt: world.now + 600_000,
      lengthMin,
      onClose: 'finish',
      reason: 'end of support',
      channel: 'C0UPGRADES',
      ...more,
    },
    delivery(),
  );
  if (!asked.ok) throw new Error(JSON.stringify(asked.errors));
  return asked.value.id;
}

export async function phaseOf(engine: Engine, id: UpgradeId) {
  const view = await engine.upgrades.view(id);
  if (!view.ok) throw new Error(view.refusal.say);
  return view.value.upgrade.phase;
}

export async function approveAll(engine: Engine, id: UpgradeId): Promise<void> {
  const view = await engine.upgrades.view(id);
  if (!view.ok) throw new Error(view.refusal.say);
  const answer = { digest: view.value.plan?.digest ?? '', acknowledged: ['no_users'] };
  for (const one of [AMIR, BEA]) {
    const said = await engine.upgrades.approve(one, id, answer, delivery());
    if (!said.ok && said.refusal.rule !== 'already-approved' && said.refusal.rule !== 'approval-closed')
      throw new Error(said.refusal.say);
  }
}

function asks(phase: Phase): boolean {
  if (phase.kind === 'awaiting-approval') return true;
  if (phase.kind === 'scheduled') return phase.opened && phase.go === null;
  return phase.kind === 'running' && phase.waitingFor !== null;
}

/** What a person would do now; false = nothing is asked of anybody. */
export async function answer(engine: Engine, id: UpgradeId): Promise<boolean> {
  const phase = await phaseOf(engine, id);
  if (phase.kind === 'awaiting-approval') {
    await approveAll(engine, id);
    return true;
  }
  if (phase.kind === 'scheduled' && phase.opened && phase.go === null) {
    const went = await engine.upgrades.go(ROSA, id, delivery());
    if (!went.ok) throw new Error(went.refusal.say);
    return true;
  }
  const waits = phase.kind === 'running' ? phase.waitingFor : null;
  if (waits?.kind === 'gate') {
    await engine.upgrades.answerGate(AMIR, id, { step: waits.step, go: true, note: '' }, delivery());
    return true;
  }
  if (waits?.kind === 'manual') {
    await engine.upgrades.answerManual(
      OLU,
      id,
      { step: waits.step, done: true, note: 'looks well' },
      delivery(),
    );
    return true;
  }
  return false;
}

/** Runs and answers until nobody is asked any more. @param each looked at after every move; true = stop here */
export async function playOn(
  engine: Engine,
  id: UpgradeId,
  each: () => Promise<boolean> = async () => false,
): Promise<void> {
  for (let round = 0; round < 50; round++) {
    let stopped = false;
    const stop = async () => {
      stopped = await each();
      return stopped || asks(await phaseOf(engine, id));
    };
    await engine.run({ horizonS: 3600, stop });
    if (stopped || !(await answer(engine, id))) return;
  }
  throw new Error('people are asked without end');
}
