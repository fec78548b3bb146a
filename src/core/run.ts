/**
 * A run is a journal of events; `nextMove` folds it. The same answer before and after a restart: there is no recovery code.
 * Intent is written before acting (`apply-started`), outcome after (`apply-ended`).
 */
import type { Outcome, Person } from './model.ts';
import type { Json } from './plan.ts';

/** `U-42.create_snapshot.1`: unique for ever; the launcher refuses to start one twice. */
export type AttemptId = string;

export type ApplyOutcome =
  /** `copy`, `write` and `reboot` report 0 when done. */
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'vanished' }
  | { readonly kind: 'rebooted' }
  /** Refused or impossible before anything started: conflict, stale, busy, full disk, other digest. */
  | { readonly kind: 'refused'; readonly why: string };

export type RunEvent =
  | { readonly kind: 'run-started'; readonly at: number; readonly by: Person | null }
  | {
      readonly kind: 'apply-started';
      readonly at: number;
      readonly step: string;
      readonly attempt: AttemptId;
      readonly undo: boolean;
      /** Boot ids seen just before, by host: a reboot is recognised by a different one. */
      readonly boots: { readonly [host: string]: string };
    }
  | {
      readonly kind: 'apply-ended';
      readonly at: number;
      readonly step: string;
      readonly attempt: AttemptId;
      readonly undo: boolean;
      readonly outcome: ApplyOutcome;
      /** Whether `ok_when` and all captures agree; always false unless the outcome is `exited`. */
      readonly ok: boolean;
      readonly captured: { readonly [name: string]: Json };
      /** Said to people when not ok. */
      readonly why: string | null;
    }
  | {
      readonly kind: 'verified';
      readonly at: number;
      readonly step: string;
      readonly attempt: AttemptId;
      readonly index: number;
    }
  | {
      readonly kind: 'verify-failed';
      readonly at: number;
      readonly step: string;
      readonly attempt: AttemptId;
      readonly index: number;
      readonly why: string;
    }
  | { readonly kind: 'gate-opened'; readonly at: number; readonly step: string; readonly attempt: AttemptId }
  | {
      readonly kind: 'gate-answered';
      readonly at: number;
      readonly step: string;
      readonly attempt: AttemptId;
      readonly by: Person;
      readonly go: boolean;
      readonly note: string;
    }
  | { readonly kind: 'manual-asked'; readonly at: number; readonly step: string; readonly attempt: AttemptId }
  | {
      readonly kind: 'manual-answered';
      readonly at: number;
      readonly step: string;
      readonly attempt: AttemptId;
      readonly by: Person;
      readonly done: boolean;
      readonly note: string;
    }
  | {
      readonly kind: 'held';
      readonly at: number;
      readonly step: string;
      readonly attempt: AttemptId | null;
      readonly number: number;
      readonly reason: string;
    }
  | {
      readonly kind: 'retried';
      readonly at: number;
      readonly step: string;
      readonly by: Person;
      readonly how: 'as_is' | 'undo_first' | 'look_again';
    }
  /** Somebody did by hand what the step should have done: only its verify decides whether that is so. */
  | {
      readonly kind: 'done-by-hand';
      readonly at: number;
      readonly step: string;
      readonly attempt: AttemptId;
      readonly by: Person;
      /** For a critical step: who said the same. */
      readonly second: Person | null;
      readonly note: string;
    }
  | {
      readonly kind: 'skipped';
      readonly at: number;
      readonly step: string;
      readonly by: Person;
      readonly second: Person | null;
      readonly note: string;
    }
  /** A person wants the processes of this attempt ended. */
  | {
      readonly kind: 'cancel-asked';
      readonly at: number;
      readonly step: string;
      readonly attempt: AttemptId;
      readonly by: Person;
    }
  /** From here on every step that was touched and has an undo is undone, in reverse order. */
  | { readonly kind: 'rollback-started'; readonly at: number; readonly by: Person; readonly note: string }
  | { readonly kind: 'stopped'; readonly at: number; readonly by: Person; readonly note: string }
  | { readonly kind: 'finished'; readonly at: number; readonly outcome: Outcome };

/** A way forward is a run of its own in the same journal: only what came since it started is folded. */
export function currentRun(events: readonly RunEvent[]): readonly RunEvent[] {
  return events.slice(
    Math.max(
      0,
      events.findLastIndex(({ kind }) => kind === 'run-started'),
    ),
  );
}

export type StepState =
  | 'pending'
  | 'applying'
  | 'verifying'
  | 'waiting'
  | 'succeeded'
  | 'held'
  | 'skipped'
  | 'undoing'
  | 'undone';

/** The word of people that stands for a step, or for its apply. */
export interface Override {
  /** `undo-skipped`: while it was rolled back, so what the step changed is still there. */
  readonly how: 'skipped' | 'by-hand' | 'undo-skipped';
  readonly by: Person;
  readonly second: Person | null;
}

/** Where each step of a plan is, for the card, the thread and the CLI. */
export interface StepProgress {
  readonly step: string;
  readonly title: string;
  readonly state: StepState;
  readonly attempt: AttemptId | null;
  readonly attempts: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly override: Override | null;
}
