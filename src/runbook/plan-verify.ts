/** Commands, verifies and undos of a step as the plan holds them. */
import type { LateExpr, PlanHost, PlannedCommand, PlannedUndo, PlannedVerify } from '../core/plan.ts';
import { parseDuration } from './duration.ts';
import type { UndoSource, VerifySource } from './schema.ts';
import {
  asText,
  asWords,
  decide,
  decideBool,
  finishedText,
  lateExpr,
  lateText,
  onHost,
  type Scope,
} from './scope.ts';
import { mentionedVariables, oneWordAt } from './shell-holes.ts';
import type { Taking } from './taking.ts';
import { hostFor, type World } from './world.ts';

/** What a verify or an undo takes over from its step. */
export interface Inherited {
  readonly on: string | undefined;
  readonly sudo: boolean;
  readonly secrets: readonly string[];
  readonly title: string;
}

const VERIFY_EVERY_S = 10;
/** Services of a product that was just started answer within some minutes; later than that somebody should look. */
const VERIFY_WITHIN_S = 600;
/** A host needs a few minutes to reboot, a large one with memory tests twenty. */
const REBOOT_WITHIN_S = 1200;
/** Most commands take seconds; a minute each keeps the sum honest when a runbook declares nothing. */
const COMMAND_EXPECTED_S = 60;
/** What takes four times as long as declared is not slow but stuck; half an hour spares the short ones. */
const STUCK_FACTOR = 4;
const LEAST_TIMEOUT_S = 1800;

export const NEVER_KNOWN: LateExpr = { cel: 'false', with: {}, shown: 'false' };

export function timeoutFor(declaredS: number | undefined, expectedS: number): number {
  return declaredS ?? Math.max(LEAST_TIMEOUT_S, expectedS * STUCK_FACTOR);
}

/** `5m`, or CEL that gives such a text. */
export function expectedSeconds(
  taking: Taking,
  source: string | undefined,
  scope: Scope,
  unlessSaid = COMMAND_EXPECTED_S,
): number {
  if (source === undefined) return unlessSaid;
  const literal = parseDuration(source);
  if (literal !== undefined) return literal;
  const value = taking.take(decide(source, scope), `${unlessSaid}s`);
  const seconds = typeof value === 'string' ? parseDuration(value) : undefined;
  if (seconds === undefined) taking.lack(`expected: ${source} does not give a duration such as "5m"`);
  return seconds ?? unlessSaid;
}

const NOWHERE: PlanHost = {
  name: '',
  address: '',
  private_ip: '',
  ssh: { host: '', port: 22, user: '' },
  host_keys: [],
  env: {},
  state_dir: '',
};

export function hostOf(taking: Taking, world: World, scope: Scope, on: string | undefined): PlanHost {
  if (on === undefined) {
    taking.lack('it does not say on which host');
    return NOWHERE;
  }
  return taking.take(hostFor(world, scope, on), NOWHERE);
}

export function planCommand(
  taking: Taking,
  world: World,
  scope: Scope,
  source: {
    readonly run: string;
    readonly host: PlanHost;
    readonly sudo: boolean;
    readonly secrets: readonly string[];
  },
): PlannedCommand {
  const { run, host, sudo, secrets } = source;
  const text = lateText(run, onHost(scope, host, world.upgradeId), asWords, oneWordAt(run));
  return { host: host.name, run: taking.take(text, []), sudo, secrets };
}

function secretsFor(
  own: readonly string[] | undefined,
  inherited: readonly string[],
  run: string,
): readonly string[] {
  if (own !== undefined) return own;
  const named = mentionedVariables(run);
  return inherited.filter((secret) => named.has(secret));
}

function planVerify(
  taking: Taking,
  world: World,
  scope: Scope,
  verify: VerifySource,
  inherited: Inherited,
): PlannedVerify {
  const host = hostOf(taking, world, scope, verify.on ?? inherited.on);
  const here = onHost(scope, host, world.upgradeId);
  const { run, sudo } = verify;
  const secrets = secretsFor(verify.secrets, inherited.secrets, run ?? '');
  return {
    command: run === undefined ? null : planCommand(taking, world, scope, { run, host, sudo, secrets }),
    expect: taking.take(lateExpr(verify.expect, here), NEVER_KNOWN),
    fail: verify.fail === undefined ? null : taking.take(lateExpr(verify.fail, here), NEVER_KNOWN),
    ...(verify.say !== undefined && {
      failSay: taking.take(finishedText(verify.say, scope, asText), verify.say),
    }),
    stable: verify.stable,
    afterS: verify.after,
    everyS: verify.every ?? VERIFY_EVERY_S,
    withinS: verify.within ?? (verify.rebooted ? REBOOT_WITHIN_S : VERIFY_WITHIN_S),
    rebooted: verify.rebooted ? host.name : null,
  };
}

export function planVerifies(
  taking: Taking,
  world: World,
  scope: Scope,
  verifies: readonly VerifySource[],
  inherited: Inherited,
): readonly PlannedVerify[] {
  return verifies
    .filter((verify) => taking.take(decideBool(verify.when ?? 'true', scope), false))
    .map((verify) => planVerify(taking, world, scope, verify, inherited));
}

export function planUndo(
  taking: Taking,
  world: World,
  scope: Scope,
  undo: UndoSource,
  inherited: Inherited & { readonly id: string },
): PlannedUndo {
  const on = undo.on ?? inherited.on;
  const host = hostOf(taking, world, scope, on);
  const { run } = undo;
  const sudo = undo.sudo ?? inherited.sudo;
  const secrets = secretsFor(undo.secrets, inherited.secrets, run);
  const expectedS = expectedSeconds(taking, undo.expected, scope);
  const title =
    undo.title === undefined
      ? `Take back “${inherited.title}”`
      : taking.take(finishedText(undo.title, scope, asText), undo.title);
  return {
    id: `${inherited.id}.undo`,
    title,
    command: planCommand(taking, world, scope, { run, host, sudo, secrets }),
    verify: planVerifies(taking, world, scope, undo.verify, { on, sudo, secrets, title }),
    expectedS,
    timeoutS: timeoutFor(undo.timeout, expectedS),
  };
}
