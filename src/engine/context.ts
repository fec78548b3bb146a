/** What every engine function is given. Wired once, in bot.ts. */

import type { Upgrade, UpgradeId } from '../core/model.ts';
import type { Plan } from '../core/plan.ts';
import type { RunEvent } from '../core/run.ts';
import type {
  Calendar,
  Clock,
  Directory,
  Hosts,
  Log,
  Policies,
  Secrets,
  Store,
  Vault,
} from '../ports/ports.ts';
import type { Silences } from './silence.ts';

export interface Deps {
  readonly store: Store;
  readonly hosts: Hosts;
  readonly vault: Vault;
  readonly secrets: Secrets;
  readonly directory: Directory;
  readonly policies: Policies;
  readonly calendar: Calendar;
  readonly clock: Clock;
  readonly log: Log;
  readonly sha256: (text: string) => string;
  /** Unique for this process: leases carry it. */
  readonly owner: string;
  readonly cardStyle: 'classic' | 'plan';
  /**
   * How often in a row a verify said yes, by attempt and index. Kept in memory only: after a restart it counts anew, which
   * costs some looks and nothing else.
   */
  readonly streaks: Map<string, number>;
  readonly silences: Silences;
  /** Ask for an advance at a time. */
  readonly wake: (upgrade: UpgradeId, at: number) => void;
  /** Something was put into the outbox. */
  readonly kick: () => void;
}

/** What an advance answers: when to look again, or that a person or nobody moves it on. */
export type Next = { readonly again: number } | 'person' | 'over';

/** Everything that a move needs; read once for each move. */
export interface Running {
  readonly upgrade: Upgrade;
  readonly plan: Plan;
  readonly events: readonly RunEvent[];
  readonly epoch: number;
}

/** Approved, and waiting for its window or its start. */
export type Scheduled = Upgrade & { readonly phase: Extract<Upgrade['phase'], { kind: 'scheduled' }> };

export function runningSince(upgrade: Upgrade, now: number): number {
  return upgrade.phase.kind === 'running' ? upgrade.phase.since : now;
}
