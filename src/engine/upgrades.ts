/** The verbs that handlers, the ticker and the CLI may call. Each checks the person, decides by pure rules and commits once. */
import type { AuditEvent } from '../core/audit.ts';
import type { InputField, Target } from '../core/inventory.ts';
import {
  granted,
  type HoldOffer,
  type OnClose,
  type Person,
  refused,
  type Upgrade,
  type Verdict,
  type WaitingFor,
} from '../core/model.ts';
import type { Plan } from '../core/plan.ts';
import type { StartForm, UpgradeView } from '../core/view.ts';
import { answerGate, answerManual, mayAnswer } from './answering.ts';
import { cancelStep } from './cancelling.ts';
import { mayChoose } from './choosing.ts';
import type { Deps } from './context.ts';
import { approve, decline, known, review, withdraw } from './deciding.ts';
import { goForward } from './forward.ts';
import { retry } from './operating.ts';
import { doneByHand, rollBack, skip } from './overriding.ts';
import { mayRequest, noteRefusal } from './people.ts';
import { preflight, rehearse } from './preflight.ts';
import { request, startForm, targetNamed } from './requesting.ts';
import { go } from './starting.ts';
import { stop } from './stopping.ts';
import { buildView } from './view.ts';

/** Id of one Slack delivery (trigger id, view id + hash, event id): the same one twice changes nothing twice. */
type Delivery = string;

export interface StartInput {
  readonly target: string;
  readonly flow: string;
  /** As typed; the verb parses them by the runbook's declarations. */
  readonly inputs: { readonly [field: string]: string };
  readonly opensAt: number;
  readonly lengthMin: number;
  readonly onClose: OnClose;
  readonly reason: string;
  /** Where `/upgrade` was typed; the thread is in the target's channel. */
  readonly channel: string;
}

interface HoldAnswer {
  /** The number on the button. */
  readonly hold: number;
  readonly note: string;
}

/** What the form would choose. Stopping is possible at every hold; a way forward is named by its flow. */
export interface Choice {
  /** The number on the button; null = the current one, whichever it is (typed, not clicked). */
  readonly hold: number | null;
  readonly what:
    | Extract<HoldOffer, 'done_by_hand' | 'skip' | 'roll_back' | 'stop'>
    | { readonly flow: string };
}

/** Refusals of a form, by field: `target`, `flow`, `window`, `length`, `reason`, `input.<id>`. */
export interface FieldErrors {
  readonly [field: string]: string;
}

export interface Upgrades {
  targets(): readonly Target[];
  /** `name` undefined = the only or first target that the person may ask for. */
  form(actor: Person, name: string | undefined): Promise<Verdict<StartForm>>;
  request(
    actor: Person,
    input: StartInput,
    delivery: Delivery,
  ): Promise<
    { readonly ok: true; readonly value: Upgrade } | { readonly ok: false; readonly errors: FieldErrors }
  >;
  /**
   * Live read-only probes, a plan, nothing stored. `inputs` as typed: `to=4.3.1`. `looking` is called before a host is asked,
   * and not at all when it is refused for what was typed.
   */
  preview(
    actor: Person,
    ask: {
      readonly target: string;
      readonly flow: string | undefined;
      readonly inputs: { readonly [field: string]: string };
    },
    looking: () => Promise<void>,
  ): Promise<Verdict<Plan>>;
  /** For the forms: refused when this person may not say so now, or the button is of an old card. */
  review(
    actor: Person,
    id: string,
    about: { readonly digest: string; readonly to: 'approve' | 'decline' },
  ): Promise<Verdict<UpgradeView>>;
  approve(
    actor: Person,
    id: string,
    answer: { readonly digest: string; readonly acknowledged: readonly string[] },
    delivery: Delivery,
  ): Promise<Verdict<UpgradeView>>;
  /** Until the start, also after an own yes. Ends it; a way forward comes back to its hold. */
  decline(
    actor: Person,
    id: string,
    answer: { readonly digest: string; readonly reason: string },
    delivery: Delivery,
  ): Promise<Verdict<UpgradeView>>;
  withdraw(actor: Person, id: string, delivery: Delivery): Promise<Verdict<UpgradeView>>;
  /** The go button: start now, inside the window. */
  go(actor: Person, id: string, delivery: Delivery): Promise<Verdict<UpgradeView>>;
  /** For the form of an answer at a gate or to a manual step: refused when it could not be given now. */
  mayAnswer(
    actor: Person,
    id: string,
    to: { readonly kind: WaitingFor['kind']; readonly step: string },
  ): Promise<Verdict<UpgradeView>>;
  answerGate(
    actor: Person,
    id: string,
    answer: { readonly step: string; readonly go: boolean; readonly note: string },
    delivery: Delivery,
  ): Promise<Verdict<UpgradeView>>;
  answerManual(
    actor: Person,
    id: string,
    answer: { readonly step: string; readonly done: boolean; readonly note: string },
    delivery: Delivery,
  ): Promise<Verdict<UpgradeView>>;
  /** For the forms of a hold: refused when that could not be chosen now. */
  mayChoose(actor: Person, id: string, choice: Choice): Promise<Verdict<UpgradeView>>;
  /** `hold` is the number on the button; `from` an earlier step from which it is tried again, null = the held one. */
  retry(
    actor: Person,
    id: string,
    answer: { readonly hold: number; readonly how: 'retry' | 'look_again'; readonly from: string | null },
    delivery: Delivery,
  ): Promise<Verdict<UpgradeView>>;
  /** Somebody did by hand what the step should have done; its verify decides. A critical step needs a second person. */
  doneByHand(
    actor: Person,
    id: string,
    answer: HoldAnswer,
    delivery: Delivery,
  ): Promise<Verdict<UpgradeView>>;
  /** Goes on without the step. A critical step needs a second person. */
  skip(actor: Person, id: string, answer: HoldAnswer, delivery: Delivery): Promise<Verdict<UpgradeView>>;
  /** Until the point of no return: undo steps in reverse order. */
  rollBack(actor: Person, id: string, answer: HoldAnswer, delivery: Delivery): Promise<Verdict<UpgradeView>>;
  /** Past the point of no return: a flow that the runbook offers there, as a plan that needs approval. */
  goForward(
    actor: Person,
    id: string,
    answer: HoldAnswer & { readonly flow: string },
    delivery: Delivery,
  ): Promise<Verdict<UpgradeView>>;
  /** Ends the processes of the step that runs; the run is held after it. */
  cancelStep(
    actor: Person,
    id: string,
    answer: { readonly attempt: string },
    delivery: Delivery,
  ): Promise<Verdict<UpgradeView>>;
  /** Ends a held run and leaves the target as it is. */
  stop(
    actor: Person,
    id: string,
    answer: { readonly hold: number | null; readonly note: string },
    delivery: Delivery,
  ): Promise<Verdict<UpgradeView>>;
  /** What anybody of the workspace may see. */
  view(id: string): Promise<Verdict<UpgradeView>>;
  list(): Promise<readonly Upgrade[]>;
  trail(id: string): Promise<Verdict<readonly AuditEvent[]>>;
}

/** `/upgrade list` shows so many. */
const RECENT = 20;

/** `Version to install (to=…) is needed.`: the field as the form calls it, and as it is typed. */
function inputRefusal(
  fields: readonly InputField[],
  { field, say }: { readonly field: string; readonly say: string },
): string {
  const id = field.startsWith('input.') ? field.slice('input.'.length) : null;
  const known = fields.find((one) => one.id === id);
  if (known === undefined) return say;
  return say.startsWith(known.title)
    ? `${say} Type ${known.id}=… behind the command.`
    : `${known.title} (${known.id}=…): ${say}`;
}

async function preview(
  deps: Deps,
  actor: Person,
  ask: Parameters<Upgrades['preview']>[1],
  looking: () => Promise<void>,
): Promise<Verdict<Plan>> {
  const target = targetNamed(deps, ask.target);
  if (target === undefined)
    return refused('unknown-target', `No target is called “${ask.target}”. /upgrade targets lists them.`);
  const may = await noteRefusal(deps, actor, null, 'plan', await mayRequest(deps, actor, target));
  if (!may.ok) return may;
  const form = await startForm(deps, actor, target.name);
  if (!form.ok) return form;
  const flow = ask.flow?.replaceAll('-', '_') ?? form.value.flows[0]?.id ?? '';
  const asked = { upgrade: 'U-0', target, flow, inputs: ask.inputs };
  const refuse = (errors: Parameters<typeof inputRefusal>[1][]) =>
    refused('inputs', errors.map((error) => inputRefusal(form.value.fields, error)).join('\n'));
  const early = await rehearse(deps, asked);
  if (early.kind === 'refused') return refuse([...early.errors]);
  await looking();
  const made = await preflight(deps, asked);
  if (made.kind === 'refused') return refuse([...made.errors]);
  return granted(made.plan);
}

export function createUpgrades(deps: Deps): Upgrades {
  return {
    targets: () => Object.values(deps.policies.inventory().targets),
    form: (actor, name) => startForm(deps, actor, name),
    request: (actor, input, delivery) => request(deps, actor, input, delivery),
    preview: (actor, ask, looking) => preview(deps, actor, ask, looking),
    review: (actor, id, about) => review(deps, actor, id, about),
    approve: (actor, id, answer, delivery) => approve(deps, actor, id, answer, delivery),
    decline: (actor, id, answer, delivery) => decline(deps, actor, id, answer, delivery),
    withdraw: (actor, id, delivery) => withdraw(deps, actor, id, delivery),
    go: (actor, id, delivery) => go(deps, actor, id, delivery),
    mayAnswer: (actor, id, to) => mayAnswer(deps, actor, id, to),
    answerGate: (actor, id, answer, delivery) => answerGate(deps, actor, id, answer, delivery),
    answerManual: (actor, id, answer, delivery) => answerManual(deps, actor, id, answer, delivery),
    mayChoose: (actor, id, choice) => mayChoose(deps, actor, id, choice),
    retry: (actor, id, answer, delivery) => retry(deps, actor, id, answer, delivery),
    doneByHand: (actor, id, answer, delivery) => doneByHand(deps, actor, id, answer, delivery),
    skip: (actor, id, answer, delivery) => skip(deps, actor, id, answer, delivery),
    rollBack: (actor, id, answer, delivery) => rollBack(deps, actor, id, answer, delivery),
    goForward: (actor, id, answer, delivery) => goForward(deps, actor, id, answer, delivery),
    cancelStep: (actor, id, answer, delivery) => cancelStep(deps, actor, id, answer, delivery),
    stop: (actor, id, answer, delivery) => stop(deps, actor, id, answer, delivery),
    view: async (id) => {
      const found = await known(deps, id);
      return found.ok ? granted(await buildView(deps, found.value)) : found;
    },
    list: () => deps.store.recentUpgrades(RECENT),
    trail: async (id) => {
      const found = await known(deps, id);
      return found.ok ? granted(await deps.store.auditTrail(found.value.id)) : found;
    },
  };
}
