/** One upgrade on simulated hosts over real SSH, from the first probe to the last step, and what is wrong afterwards. */
import {
  type Before,
  clusterProblems,
  ledgerProblems,
  lookBefore,
  managerProblems,
  twiceProblems,
  userProblems,
} from '../../simulator/demo/judge.ts';
import { worldFor } from '../../simulator/manager/cloudify/presets/world-plan.ts';
import type { Plan } from '../../src/core/plan.ts';
import { openTheatre, type Played, type Theatre } from '../../test/runbooks/playing.ts';
import type { Combination } from './space.ts';

export interface Outcome {
  readonly name: string;
  readonly steps: number;
  /** Virtual minutes. */
  readonly minutes: number;
  readonly problems: readonly string[];
}

/** Enough of a step's output to see what it died of. */
const SHOWN = 600;

function planProblems({ evidence }: Plan): readonly string[] {
  const blockers = evidence.findings.filter(({ severity }) => severity === 'blocker');
  return blockers.map(({ id, say }) => `blocked by ${id}: ${say}`);
}

/** Each step went well, and none was in place before it was applied. */
function stepProblems(plan: Plan, played: readonly Played[]): readonly string[] {
  const bad = played.filter(({ why }) => why !== null);
  const early = played.filter(({ before }) => before).map(({ step }) => step.id);
  const missed = plan.body.steps.length - played.length;
  return [
    ...bad.map(
      ({ step, why, output, errors }) => `${step.id}: ${why}: ${output.slice(-SHOWN)}${errors.slice(-SHOWN)}`,
    ),
    ...early.map((id) => `${id} was in place before it was applied`),
    ...(missed > 0 ? [`${missed} steps were not come to`] : []),
  ];
}

async function oldProblems(
  theatre: Theatre,
  { flow, erasesOld, world }: Combination,
): Promise<readonly string[]> {
  if (flow === 'in_place') return [];
  const old = await theatre.world.manager('manager');
  if (erasesOld) return old === null ? [] : ['the old Manager is still there'];
  return old?.version === world.version ? [] : ['the old Manager is not as it was'];
}

async function endProblems(theatre: Theatre, one: Combination, before: Before): Promise<readonly string[]> {
  const [host = ''] = one.hosts;
  const installed = one.world.agents === false ? 'agents as they were' : 'new agents';
  return [
    ...(await managerProblems(theatre, host, one.world.to, before, installed)),
    ...(await userProblems(theatre, host)),
    ...(one.hosts.length > 1 ? await clusterProblems(theatre, one.hosts) : []),
    ...(await oldProblems(theatre, one)),
    ...ledgerProblems(theatre),
    ...twiceProblems(theatre),
  ];
}

export async function play(one: Combination, k: number): Promise<Outcome> {
  const theatre = await openTheatre(worldFor(one.world), k);
  const began = Date.now();
  const outcome = (steps: number, problems: readonly string[]): Outcome => ({
    ...{ name: one.name, steps, problems },
    minutes: Math.round(((Date.now() - began) * k) / 60_000),
  });
  try {
    const before = await lookBefore(theatre);
    const plan = await theatre.plan(one.flow, one.inputs);
    const blocked = planProblems(plan);
    if (blocked.length > 0) return outcome(0, blocked);
    const played = await theatre.play(plan);
    const wrong = stepProblems(plan, played);
    // What a run that stopped half-way has left is no news.
    return outcome(played.length, wrong.length > 0 ? wrong : await endProblems(theatre, one, before));
  } catch (error) {
    return outcome(0, [error instanceof Error ? error.message : String(error)]);
  } finally {
    await theatre.close();
  }
}
