/** Where an upgrade is, in words for people: no refusal, list or message shows the name that the program has for it. */
import { assertNever, type Outcome, type Phase } from './model.ts';

export const OUTCOME_WORDS: { readonly [outcome in Outcome]: string } = {
  succeeded: 'succeeded',
  'rolled-back': 'rolled back',
  stopped: 'stopped',
};

/** Completes “it is …”. */
export function phaseWords(phase: Phase): string {
  switch (phase.kind) {
    case 'preparing':
      return 'still being prepared';
    case 'blocked':
      return 'blocked';
    case 'awaiting-approval':
      return 'waiting for approval';
    case 'scheduled':
      return phase.go === null ? 'approved, and not started yet' : 'being started';
    case 'running':
      return phase.waitingFor === null ? 'running' : 'running, and waits for an answer in the thread';
    case 'held':
      return 'held';
    case 'rolling-back':
      return 'being rolled back';
    case 'finished':
      return `over (it ${phase.outcome === 'succeeded' ? '' : 'was '}${OUTCOME_WORDS[phase.outcome]})`;
    case 'declined':
    case 'expired':
    case 'withdrawn':
      return phase.kind;
    default:
      return assertNever(phase);
  }
}
