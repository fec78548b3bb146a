import { availableParallelism, loadavg } from 'node:os';

/** Slower, an upgrade of two hours takes more than five minutes, and nobody waits for that. */
const LEAST_K = 25;

/**
 * How fast virtual time may go. What the machine itself needs counts k times: where others use the processors too, a fast
 * clock lets windows close and deadlines pass while people and programs wait for their turn.
 * @param most on a machine that is quiet
 */
export function carriedSpeed(most: number): number {
  const [lastMinute = 0] = loadavg();
  const share = availableParallelism() / Math.max(availableParallelism(), lastMinute);
  return Math.max(Math.min(LEAST_K, most), Math.round(most * share));
}
