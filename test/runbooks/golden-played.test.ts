/** Every golden plan on simulated hosts: its changing steps are looked at just before they are applied, and are not in place. */
import { describe, expect, it } from 'vitest';
import type { CliVersion } from '../../simulator/manager/cloudify/cfy/releases.ts';
import { type WorldPlan, worldFor } from '../../simulator/manager/cloudify/presets/world-plan.ts';
import { isBlocked, type Plan, type PlannedStep } from '../../src/core/plan.ts';
import { GOLDEN } from './golden.ts';
import { planOf, type Situation } from './planning.ts';
import { openTheatre, type Played, type Theatre } from './playing.ts';

/** Without a bot there is little besides waiting; several plays share the processor. */
const K = 300;
const LONGEST_MS = 300_000;

/** Versions as the simulator names them: what a Manager calls 4.4 is the package 4.4.0. */
function packaged(version: string): CliVersion {
  return (version.split('.').length === 2 ? `${version}.0` : version) as CliVersion;
}

function patchOf({ version, unpatched = false }: Situation): Pick<WorldPlan, 'patch'> {
  if (unpatched || !version.startsWith('4.0')) return {};
  return { patch: version === '4.0.0' ? '4.1.0-p1' : '4.1.0-p3' };
}

/** The facts of a golden plan, as a world that answers them. */
function worldOf(situation: Situation): WorldPlan {
  const {
    version,
    to,
    users = 1,
    agents = 0,
    edition = 'premium',
    autoHeal = false,
    standbys = 0,
  } = situation;
  return {
    ...{ version: packaged(version), to: packaged(to), edition, autoHeal, standbys },
    ...{ users: users > 1 ? 'several' : 'one', agents: agents > 0 },
    ...patchOf(situation),
    ...(situation.unpatched === true ? { tenants: 'one' } : {}),
    ...(situation.flow === 'migration'
      ? {
          newIp: '10.20.0.12',
          samePrivateIp: situation.sameIp ?? false,
          newStandbys: situation.newStandbys ?? 0,
        }
      : {}),
    ...(situation.broker === 'own' ? { broker: { user: 'rabbit', password: 'Carrot-88' } } : {}),
  };
}

function inputsOf({ to, uninstallOld = false, usersBy, flow }: Situation) {
  return {
    to,
    ...(flow === 'migration' ? { uninstall_old: String(uninstallOld) } : {}),
    ...(usersBy === undefined ? {} : { users: usersBy }),
  };
}

/** Steps by what the runbook calls them: which tenants and nodes there are differs from world to world. */
function stepsOf(plan: Plan): readonly string[] {
  return [...new Set(plan.body.steps.map(({ id }) => id.replace(/\[[^\]]*\]/g, '')))];
}

async function planIn(theatre: Theatre, situation: Situation): Promise<Plan> {
  const inputs = inputsOf(situation);
  if (situation.flow !== 'rebuild_old') return theatre.plan(situation.flow, inputs);
  const left = await theatre.plan('in_place', inputs);
  await theatre.world.faults.failNextInstall('manager');
  const played = await theatre.play(left);
  expect(played.at(-1)?.step.id).toBe('install_new.run');
  return theatre.plan('rebuild_old', inputs, left);
}

/** Below 4.3 no step can bootstrap the old Manager again; a person does. */
async function byHand({ world }: Theatre, { id }: PlannedStep): Promise<void> {
  if (id === 'bootstrap_again') await world.bootstrapAgain('manager');
}

/** A step that changes something has a look that tells whether it did; a reboot is told by the boot id. */
function problemsOf(plan: Plan, played: readonly Played[]): readonly string[] {
  const blind = plan.body.steps.filter(
    ({ action, reversal, verify }) =>
      action.kind === 'run' && reversal.kind !== 'unchanging' && verify.length === 0,
  );
  return [
    ...blind.map(({ id }) => `${id} changes something, and nothing looks whether it did`),
    ...played
      .filter(({ before }) => before)
      .map(({ step }) => `${step.id} was in place before it was applied`),
    ...played.flatMap(({ step, why, errors, output }) =>
      why === null ? [] : [`${step.id}: ${why}: ${output.slice(-500)}${errors.slice(-500)}`],
    ),
    ...(played.length < plan.body.steps.length
      ? [`played ${played.length} of ${plan.body.steps.length}`]
      : []),
  ];
}

describe('each changing step of a golden plan is not in place just before it is applied', () => {
  it.concurrent.each(Object.entries(GOLDEN))(
    '%s',
    async (_name, situation) => {
      const golden = (await planOf(situation)).plan;
      const theatre = await openTheatre(worldFor(worldOf(situation)), K);
      try {
        const plan = await planIn(theatre, situation);
        const blockers = plan.evidence.findings.filter(({ severity }) => severity === 'blocker');
        expect(blockers).toEqual([]);
        expect(isBlocked(plan.evidence)).toBe(isBlocked(golden.evidence));
        expect(stepsOf(plan)).toEqual(stepsOf(golden));
        const played = await theatre.play(plan, undefined, (step) => byHand(theatre, step));
        expect(problemsOf(plan, played)).toEqual([]);
      } finally {
        await theatre.close();
      }
    },
    LONGEST_MS,
  );
});
