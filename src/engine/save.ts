/** The one way to change an upgrade: state, journal, audit events and messages in one commit, the card always among them. */
import type { AuditKind } from '../core/audit.ts';
import type { Decision, Person, Upgrade } from '../core/model.ts';
import type { Json, Plan } from '../core/plan.ts';
import type { RunEvent } from '../core/run.ts';
import type { UpgradeView } from '../core/view.ts';
import { upgradeCard } from '../messages/card.ts';
import { markRehearsal } from '../messages/rehearsal.ts';
import type { NewMessage, OutputChunk } from '../ports/ports.ts';
import type { Deps } from './context.ts';
import { buildView } from './view.ts';

export interface Did {
  readonly kind: AuditKind;
  readonly data: { readonly [name: string]: Json };
}

export interface Saving {
  /** New state, still with the version that it is based on. */
  readonly upgrade: Upgrade;
  /** null = the bot itself. */
  readonly by: Person | null;
  readonly did: readonly Did[];
  readonly run?: readonly RunEvent[];
  readonly plan?: Plan;
  readonly decision?: Decision;
  readonly output?: readonly OutputChunk[];
  readonly epoch?: number;
  readonly delivery?: string;
  /** Messages beside the card, made from the state after the change. */
  readonly say?: (view: UpgradeView) => readonly NewMessage[];
  /** False when nothing that people see has changed, as after a piece of output. */
  readonly card?: boolean;
}

export function actorName(by: Person | null): string {
  return by === null ? 'cutover' : `${by.team}/${by.user}`;
}

/** @throws StaleWriteError, BusyError, AlreadyDeliveredError of the store */
export async function save(deps: Deps, saving: Saving): Promise<UpgradeView> {
  const { upgrade } = saving;
  const at = deps.clock.now();
  const view = await buildView(deps, upgrade, { plan: saving.plan, added: saving.run ?? [] });
  const card: NewMessage = {
    slot: 'card',
    channel: upgrade.channel,
    ...upgradeCard(view, { style: deps.cardStyle }),
    // A workspace may not take the newer blocks; it then gets the card that works everywhere.
    ...(deps.cardStyle === 'plan' && { fallback: { blocks: upgradeCard(view).blocks } }),
  };
  const saved = await deps.store.commit({
    upgrade,
    events: saving.did.map(({ kind, data }) => ({
      at,
      upgrade: upgrade.id,
      actor: actorName(saving.by),
      kind,
      data,
    })),
    messages: [
      ...(saving.card === false ? [] : [card]),
      ...(saving.say?.(view) ?? []).map((message) => markRehearsal(upgrade, message)),
    ],
    ...(saving.run && { run: saving.run }),
    ...(saving.plan && { plan: saving.plan }),
    ...(saving.decision && { decision: saving.decision }),
    ...(saving.output && { output: saving.output }),
    ...(saving.epoch !== undefined && { epoch: saving.epoch }),
    ...(saving.delivery !== undefined && { delivery: saving.delivery }),
  });
  deps.kick();
  return { ...view, upgrade: saved };
}
