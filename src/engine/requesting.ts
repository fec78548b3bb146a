/** `/upgrade start`: the form and the request. */
import { unfillable } from '../core/approval.ts';
import { channelTrouble } from '../core/channel.ts';
import type { Target } from '../core/inventory.ts';
import {
  type ChangeWindow,
  granted,
  type Person,
  type Profile,
  refused,
  type Upgrade,
  type Verdict,
} from '../core/model.ts';
import type { StartForm } from '../core/view.ts';
import { mayPropose } from '../core/window.ts';
import { BusyError } from '../ports/ports.ts';
import type { Deps } from './context.ts';
import { keysOf, lockedBy } from './locking.ts';
import { isRequester, mayRequest, noteRefusal, openPlaces } from './people.ts';
import { rehearse, runbookOf } from './preflight.ts';
import { save } from './save.ts';
import type { FieldErrors, StartInput } from './upgrades.ts';

/** People need a little while to read and to click; the form suggests a window that begins after it. */
const LEAD_MS = 15 * 60_000;
const FIVE_MINUTES_MS = 5 * 60_000;
const HALF_HOUR_S = 1800;
/** How far recurring windows are looked up: a weekly window is found, whatever the weekday. */
const LOOK_AHEAD_MS = 62 * 24 * 3_600_000;

export function targetNamed(deps: Deps, name: string): Target | undefined {
  return deps.policies.inventory().targets[name];
}

function nextFive(at: number): number {
  return Math.ceil(at / FIVE_MINUTES_MS) * FIVE_MINUTES_MS;
}

async function suggestedWindow(
  deps: Deps,
  target: Target,
  flow: string,
  zone: string,
): Promise<ChangeWindow> {
  const dry = await rehearse(deps, { upgrade: 'U-0', target, flow, inputs: {} });
  const neededS =
    dry.kind === 'refused' ? 4 * 3600 : dry.plan.body.expectedS + dry.plan.body.rollbackReserveS;
  const lengthMs = Math.ceil((neededS * 1.25) / HALF_HOUR_S) * HALF_HOUR_S * 1000;
  const now = deps.clock.now();
  const soon = nextFive(now + LEAD_MS);
  const allowed = deps.calendar.occurrences(target.windows, soon, soon + LOOK_AHEAD_MS);
  const next = allowed.find((w) => w.closesAt - Math.max(w.opensAt, soon) >= neededS * 1000);
  const opensAt = next === undefined ? soon : nextFive(Math.max(next.opensAt, soon));
  return {
    opensAt,
    closesAt: Math.min(opensAt + lengthMs, next?.closesAt ?? Number.POSITIVE_INFINITY),
    zone,
  };
}

interface Form {
  readonly target: Target;
  readonly profile: Profile;
}

/** The target that was named, or the first one that this person may ask for. */
async function formOf(deps: Deps, actor: Person, name: string | undefined): Promise<Verdict<Form>> {
  const all = Object.values(deps.policies.inventory().targets);
  const tried = name === undefined ? all : all.filter((target) => target.name === name);
  if (tried.length === 0)
    return refused(
      'unknown-target',
      name === undefined
        ? 'No target is configured yet: targets.yaml is empty.'
        : `No target is called “${name}”. /upgrade targets lists them.`,
    );
  let broken: Verdict<Form> | null = null;
  for (const target of tried) {
    const profile = await mayRequest(deps, actor, target);
    if (profile.ok) return granted({ target, profile: profile.value });
    const { rule } = profile.refusal;
    if (name !== undefined || (rule !== 'not-a-requester' && rule !== 'runbook-broken')) return profile;
    if (rule === 'runbook-broken') broken ??= profile;
  }
  return (
    broken ??
    refused(
      'no-target-to-ask-for',
      'There is no target that you may ask for. /upgrade targets lists them; the bot operator can name you among the requesters of one.',
    )
  );
}

async function targetsFor(deps: Deps, actor: Person): Promise<readonly Target[]> {
  const all = Object.values(deps.policies.inventory().targets);
  const may = await Promise.all(all.map((target) => isRequester(deps, actor, target)));
  return all.filter((_, index) => may[index]);
}

export async function startForm(
  deps: Deps,
  actor: Person,
  name: string | undefined,
): Promise<Verdict<StartForm>> {
  const form = await noteRefusal(deps, actor, null, 'form', await formOf(deps, actor, name));
  if (!form.ok) return form;
  const { target, profile } = form.value;
  const runbook = await runbookOf(deps, target.runbook);
  const flows = runbook.flows.filter((flow) => flow.offered === null).map(({ id, title }) => ({ id, title }));
  const targets = await targetsFor(deps, actor);
  return granted({
    target,
    targets: targets.map(({ name: id, title }) => ({ name: id, title })),
    flows,
    fields: runbook.inputs,
    suggestedWindow: await suggestedWindow(deps, target, flows[0]?.id ?? '', profile.zone),
  });
}

/** The thread of an upgrade must have a place: told while the form is still open. */
async function channelError(deps: Deps, { channel, title }: Target): Promise<FieldErrors> {
  const trouble = channelTrouble(await deps.directory.channel(channel));
  if (trouble === null) return {};
  return {
    target: `The thread of ${title} belongs to <#${channel}>: ${trouble.say}. Mend: ${trouble.mend}.`,
  };
}

async function fieldErrors(
  deps: Deps,
  target: Target,
  input: StartInput,
  window: ChangeWindow,
): Promise<FieldErrors> {
  const { calendar } = deps;
  const around = (rules: Target['windows']) =>
    calendar.occurrences(
      rules,
      window.opensAt - LOOK_AHEAD_MS,
      Math.max(window.closesAt, window.opensAt) + LOOK_AHEAD_MS,
    );
  const may = mayPropose(
    window,
    { allowed: target.windows.length === 0 ? null : around(target.windows), freezes: around(target.freezes) },
    deps.clock.now(),
  );
  const dry = await rehearse(deps, { upgrade: 'U-0', target, flow: input.flow, inputs: input.inputs });
  const errors: Record<string, string> = {};
  if (dry.kind === 'refused') for (const { field, say } of dry.errors) errors[field] = say;
  if (!may.ok) errors.window = may.refusal.say;
  if (input.reason.trim() === '') errors.reason = 'Say why in a few words: approvers decide on it.';
  return { ...errors, ...(await channelError(deps, target)) };
}

export async function request(
  deps: Deps,
  actor: Person,
  input: StartInput,
  delivery: string,
): Promise<
  { readonly ok: true; readonly value: Upgrade } | { readonly ok: false; readonly errors: FieldErrors }
> {
  const target = targetNamed(deps, input.target);
  if (target === undefined)
    return { ok: false, errors: { target: `No target is called “${input.target}”.` } };
  const profile = await noteRefusal(deps, actor, null, 'request', await mayRequest(deps, actor, target));
  if (!profile.ok) return { ok: false, errors: { target: profile.refusal.say } };
  const window: ChangeWindow = {
    opensAt: input.opensAt,
    closesAt: input.opensAt + input.lengthMin * 60_000,
    zone: profile.value.zone,
  };
  const errors = { ...(await fieldErrors(deps, target, input, window)) };
  const lacking = unfillable(await openPlaces(deps, target), actor);
  if (lacking.length > 0 && errors.target === undefined)
    errors.target = `Nobody could approve this: ${lacking.join('; ')} (the requester does not count).`;
  if (Object.keys(errors).length > 0) return { ok: false, errors };
  return create(deps, actor, target, input, window, delivery);
}

/** As the runbook declares them, so that the first one is what the title names. */
async function inOrder(
  deps: Deps,
  target: Target,
  typed: StartInput['inputs'],
): Promise<StartInput['inputs']> {
  const { inputs } = await runbookOf(deps, target.runbook);
  return Object.fromEntries(
    inputs.flatMap(({ id }) => (typed[id] === undefined ? [] : [[id, typed[id]] as const])),
  );
}

async function create(
  deps: Deps,
  actor: Person,
  target: Target,
  input: StartInput,
  window: ChangeWindow,
  delivery: string,
): Promise<
  { readonly ok: true; readonly value: Upgrade } | { readonly ok: false; readonly errors: FieldErrors }
> {
  const now = deps.clock.now();
  const upgrade: Upgrade = {
    id: await deps.store.nextUpgradeId(),
    version: 0,
    target: target.name,
    runbook: target.runbook,
    flow: input.flow,
    inputs: await inOrder(deps, target, input.inputs),
    requester: actor,
    reason: input.reason.trim(),
    channel: target.channel,
    createdAt: now,
    window,
    onClose: input.onClose,
    rehearsal: target.rehearsal,
    planRevision: 0,
    plansMade: 0,
    planDigest: null,
    hostKeys: keysOf(Object.values(target.hosts).flat()),
    midway: null,
    phase: { kind: 'preparing', since: now },
  };
  try {
    const { flow, inputs, reason } = upgrade;
    const did = [
      {
        kind: 'requested' as const,
        data: { target: target.name, runbook: target.runbook, flow, inputs, reason, window: { ...window } },
      },
    ];
    const view = await save(deps, { upgrade, by: actor, did, delivery });
    deps.wake(view.upgrade.id, now);
    return { ok: true, value: view.upgrade };
  } catch (error) {
    if (!(error instanceof BusyError)) throw error;
    const say =
      error.what === 'target'
        ? `${target.title} has a live upgrade already: ${error.holder}.`
        : lockedBy(error, Object.values(target.hosts).flat());
    return { ok: false, errors: { target: `${say} See /upgrade status ${error.holder}.` } };
  }
}

function typed(inputs: Upgrade['inputs']): { readonly [name: string]: string } {
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, String(value)]));
}

/** The upgrade as a question to its hosts, from the target as it is now. */
export function askedOf(upgrade: Upgrade, target: Target) {
  return { upgrade: upgrade.id, target, flow: upgrade.flow, inputs: typed(upgrade.inputs) };
}
