/** Carries out one move of a run: intent first, outcome after. It has no choices of its own; `nextMove` decides. */
import { assertNever, type Upgrade } from '../core/model.ts';
import { type Move, nextMove } from '../core/next-move.ts';
import { currentRun } from '../core/run.ts';
import { questionLines, questionMessage } from './asking.ts';
import { type Deps, type Next, type Running, runningSince } from './context.ts';
import { begin, drive, driveUndo } from './driving.ts';
import { finish } from './finishing.ts';
import { hold } from './holding.ts';
import { look, lookUndone } from './looking.ts';
import { save } from './save.ts';

/** Long enough for a slow host and a busy database between two renewals, short enough that another process soon takes over. */
const LEASE_MS = 120_000;

async function ask(deps: Deps, running: Running, move: Extract<Move, { kind: 'ask' }>): Promise<Next> {
  const { upgrade, events } = running;
  const { step, attempt } = move;
  const at = deps.clock.now();
  const gate = step.action.kind === 'gate';
  const [, ...evidence] = questionLines(step, events);
  const waitingFor = gate
    ? { kind: 'gate' as const, step: step.id, since: at, go: [] }
    : { kind: 'manual' as const, step: step.id, since: at };
  await save(deps, {
    upgrade: { ...upgrade, phase: { kind: 'running', since: runningSince(upgrade, at), waitingFor } },
    by: null,
    epoch: running.epoch,
    run: [{ kind: gate ? 'gate-opened' : 'manual-asked', at, step: step.id, attempt }],
    did: [{ kind: gate ? 'gate-opened' : 'manual-asked', data: { step: step.id, attempt, evidence } }],
    say: (view) => [questionMessage(view, { step, attempt, events })],
  });
  return 'person';
}

function carryOut(deps: Deps, running: Running, move: Move): Promise<Next> {
  switch (move.kind) {
    case 'begin':
      return begin(deps, running, move);
    case 'drive':
      return drive(deps, running, move);
    case 'look':
      return look(deps, running, move);
    case 'ask':
      return ask(deps, running, move);
    case 'look-undone':
      return lookUndone(deps, running, move);
    case 'drive-undo':
      return driveUndo(deps, running, move);
    case 'hold':
      return hold(deps, running, move);
    case 'wait':
      return Promise.resolve('person');
    case 'finish':
      return finish(deps, running, move.outcome);
    default:
      return assertNever(move);
  }
}

/** Phases `running` and `rolling-back`: one move. */
export async function running(deps: Deps, upgrade: Upgrade): Promise<Next> {
  const now = deps.clock.now();
  const epoch = await deps.store.lease(upgrade.id, deps.owner, now, LEASE_MS);
  // Another process drives this run; look again when its lease may have lapsed.
  if (epoch === undefined) return { again: now + LEASE_MS };
  const plan = await deps.store.plan(upgrade.id, upgrade.planRevision);
  if (plan === undefined)
    throw new Error(`running ${upgrade.id}: plan v${upgrade.planRevision} is not in the store`);
  const events = currentRun(await deps.store.runEvents(upgrade.id));
  const { window, onClose, id, planRevision: revision } = upgrade;
  const move = nextMove({ upgrade: id, revision, plan: plan.body, events, window, onClose, now });
  return carryOut(deps, { upgrade, plan, events, epoch }, move);
}
