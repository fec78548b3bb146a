/** What the engine hands to messages/ and handlers/: everything that a card, a modal or a status text needs. */
import type { InputField, Target } from './inventory.ts';
import type { ChangeWindow, Person, Place, Upgrade } from './model.ts';
import type { Plan } from './plan.ts';
import type { StepProgress } from './run.ts';

/** What the start form shows: one target, its runbook's flows and input fields. */
export interface StartForm {
  readonly target: Target;
  readonly targets: readonly { readonly name: string; readonly title: string }[];
  readonly flows: readonly { readonly id: string; readonly title: string }[];
  readonly fields: readonly InputField[];
  readonly suggestedWindow: ChangeWindow;
}

export interface PlaceState {
  readonly place: Place;
  readonly filledBy: readonly Person[];
}

/** Everything that the card, the modals and the status text need. */
export interface UpgradeView {
  readonly upgrade: Upgrade;
  readonly target: Target | null;
  readonly plan: Plan | null;
  readonly places: readonly PlaceState[];
  readonly progress: readonly StepProgress[];
  readonly now: number;
}
