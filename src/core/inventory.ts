/** What targets.yaml says, after parsing (src/ports/inventory.ts reads it). */
import type { Place } from './model.ts';
import type { PlanHost } from './plan.ts';

/** Recurring windows or freezes: starts by cron expression, each `lengthS` long, in an IANA zone. */
export interface Recurring {
  readonly cron: string;
  readonly lengthS: number;
  readonly zone: string;
  readonly title: string;
}

export type SecretSource = { readonly file: string } | { readonly env: string };

export interface Target {
  readonly name: string;
  readonly title: string;
  readonly runbook: string;
  /** Set in the file only; no verb can change it. Every message of its upgrades says REHEARSAL. */
  readonly rehearsal: boolean;
  /** Role → hosts that fill it. */
  readonly hosts: { readonly [role: string]: readonly PlanHost[] };
  /** Plain values that expressions see as `target.<name>`. */
  readonly facts: { readonly [name: string]: string | number | boolean };
  readonly channel: string;
  readonly requesters: readonly string[];
  readonly approvers: readonly Place[];
  readonly onCall: readonly string[];
  readonly secrets: { readonly [name: string]: SecretSource };
  /** Empty = any time is allowed. */
  readonly windows: readonly Recurring[];
  readonly freezes: readonly Recurring[];
  /** `go`: somebody presses the button once the window is open; `auto`: it starts by itself. */
  readonly start: 'go' | 'auto';
  /** How long approvers have, and how long after the window opened it may still start. */
  readonly approveWithinS: number;
}

export interface Inventory {
  readonly targets: { readonly [name: string]: Target };
  /** Workspaces whose people may act. */
  readonly teams: readonly string[];
}

export interface RunbookFile {
  readonly id: string;
  /** As shown in errors: `runbooks/cloudify-manager.yaml`. */
  readonly file: string;
  readonly text: string;
}

export interface InputOption {
  readonly value: string;
  /** What people choose by. */
  readonly title: string;
}

/** A field of the `/upgrade` form. */
export interface InputField {
  readonly id: string;
  readonly title: string;
  readonly type: 'version' | 'boolean' | 'text' | 'path' | 'url' | 'sha256' | 'choice';
  readonly required: boolean;
  readonly hint: string;
  /** For `text`: what it must match, whole. */
  readonly pattern: string | null;
  /** For `choice`. */
  readonly options: readonly InputOption[];
  readonly default: string | null;
}
