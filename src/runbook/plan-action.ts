/** What a step does, as the plan holds it. */
import type { Action, CopySide, PlannedCapture } from '../core/plan.ts';
import type { Unit } from './expand.ts';
import { planContent } from './plan-content.ts';
import { hostOf, NEVER_KNOWN, planCommand } from './plan-verify.ts';
import type { StepSource } from './schema.ts';
import { asText, lateExpr, lateText, onHost, type Scope } from './scope.ts';
import { kindOf, sideOf } from './step-kind.ts';
import type { Taking } from './taking.ts';
import type { World } from './world.ts';

/** Only the owner may read what a step leaves on a host, unless it says otherwise. */
const PRIVATE = '0600';

function planSide(
  taking: Taking,
  world: World,
  scope: Scope,
  text: string,
): { readonly side: CopySide; readonly scope: Scope } {
  const side = sideOf(text);
  if (side === undefined) {
    taking.lack(`${text} is neither role:path nor vault:name`);
    return { side: { at: '', path: [] }, scope };
  }
  if (side.at === 'vault')
    return { side: { at: 'vault', path: taking.take(lateText(side.path, scope, asText), []) }, scope };
  const host = hostOf(taking, world, scope, side.at);
  const here = onHost(scope, host, world.upgradeId);
  return { side: { at: host.name, path: taking.take(lateText(side.path, here, asText), []) }, scope: here };
}

function planCaptures(
  taking: Taking,
  capture: StepSource['capture'],
  scope: Scope,
): readonly PlannedCapture[] {
  return Object.entries(capture).map(([name, from]) => ({
    name,
    from: typeof from === 'string' ? taking.take(lateExpr(from, scope), NEVER_KNOWN) : from,
  }));
}

function planRun(taking: Taking, world: World, { step, scope }: Unit): Action {
  const host = hostOf(taking, world, scope, step.on);
  const here = onHost(scope, host, world.upgradeId);
  const source = { run: step.run ?? '', host, sudo: step.sudo ?? false, secrets: step.secrets };
  return {
    kind: 'run',
    command: planCommand(taking, world, scope, source),
    okWhen: taking.take(lateExpr(step.ok_when, here), NEVER_KNOWN),
    capture: planCaptures(taking, step.capture, here),
    secretInArguments: step.secret_in_arguments ?? null,
    reboots: step.reboots.map((role) => hostOf(taking, world, scope, role).name),
  };
}

function planFile(taking: Taking, world: World, { step, scope }: Unit): Action {
  const source = step.copy ?? step.write;
  const target = planSide(taking, world, scope, source?.to ?? '');
  const common = {
    to: target.side,
    sudo: source?.sudo ?? step.sudo ?? false,
    mode: source?.mode ?? step.mode ?? PRIVATE,
    owner: source?.owner ?? step.owner ?? null,
  };
  if (step.write !== undefined)
    return { kind: 'write', ...common, content: planContent(taking, step.write, target.scope) };
  return { kind: 'copy', from: planSide(taking, world, scope, step.copy?.from ?? '').side, ...common };
}

function planGate(taking: Taking, { step, scope }: Unit, title: string): Action {
  const own = typeof step.gate === 'object' ? step.gate : {};
  const say = typeof step.gate === 'string' ? step.gate : (own.say ?? step.say ?? title);
  const evidence = own.evidence ?? step.evidence ?? [];
  const need = own.need ?? step.need;
  return {
    kind: 'gate',
    say: taking.take(lateText(say, scope, asText), []),
    evidence: evidence.map((line) => taking.take(lateText(line, scope, asText), [])),
    need: { from: need?.from ?? null, count: need?.count ?? 1 },
  };
}

function planManual(taking: Taking, { step, scope }: Unit): Action {
  const say = typeof step.manual === 'string' ? step.manual : (step.manual?.say ?? '');
  return { kind: 'manual', say: taking.take(lateText(say, scope, asText), []) };
}

export function planAction(taking: Taking, world: World, unit: Unit, title: string): Action {
  switch (kindOf(unit.step)) {
    case 'run':
      return planRun(taking, world, unit);
    case 'copy':
    case 'write':
      return planFile(taking, world, unit);
    case 'reboot':
      return { kind: 'reboot', host: hostOf(taking, world, unit.scope, unit.step.reboot).name };
    case 'gate':
      return planGate(taking, unit, title);
    default:
      return planManual(taking, unit);
  }
}

/** Where a step's verify and undo run unless they say otherwise. */
export function homeOf(step: StepSource): string | undefined {
  if (step.on !== undefined) return step.on;
  if (step.reboot !== undefined) return step.reboot;
  const to = sideOf(step.copy?.to ?? step.write?.to ?? '')?.at;
  const from = sideOf(step.copy?.from ?? '')?.at;
  const side = to === 'vault' ? from : to;
  return side === 'vault' ? undefined : side;
}
