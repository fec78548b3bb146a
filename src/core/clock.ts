/**
 * Scaled time: `virtual = t0 + (real − r0) × k`. Demo, scenarios and soaks run with k > 1 so that an upgrade of hours
 * takes seconds; production runs with k = 1. Bot, simulated Slack and simulated hosts get the same three numbers
 * through CUTOVER_CLOCK, so all processes agree on what time it is.
 */
export interface ClockScale {
  /** Virtual epoch milliseconds at real time r0. */
  readonly t0: number;
  /** Real epoch milliseconds at which the scale began. */
  readonly r0: number;
  /** Virtual milliseconds per real millisecond, > 0. */
  readonly k: number;
}

export const REAL_TIME: ClockScale = { t0: 0, r0: 0, k: 1 };

/** @returns virtual epoch milliseconds */
export function virtualNow(scale: ClockScale, realNow: number): number {
  return Math.round(scale.t0 + (realNow - scale.r0) * scale.k);
}

/** Real milliseconds that pass while `virtualMs` pass on the scaled clock. */
export function realDuration(scale: ClockScale, virtualMs: number): number {
  return virtualMs / scale.k;
}

/** `CUTOVER_CLOCK=t0,r0,k`. @returns undefined when the text is not three finite numbers with k > 0 */
export function parseClockScale(text: string): ClockScale | undefined {
  const parts = text.split(',').map(Number);
  const [t0, r0, k] = parts;
  if (parts.length !== 3 || t0 === undefined || r0 === undefined || k === undefined) return undefined;
  return parts.every(Number.isFinite) && k > 0 ? { t0, r0, k } : undefined;
}

export function formatClockScale({ t0, r0, k }: ClockScale): string {
  return `${t0},${r0},${k}`;
}
