/** Gates and manual steps: the question as it stands in the thread, open or answered. */
import type { LateText, PlannedStep } from '../core/plan.ts';
import type { RunEvent } from '../core/run.ts';
import { capturedBy } from '../core/step-fold.ts';
import type { UpgradeView } from '../core/view.ts';
import { gateReply, manualReply } from '../messages/question.ts';
import type { NewMessage } from '../ports/ports.ts';
import { type Captured, fillPlain } from '../runbook/evaluate.ts';

/** A value that cannot be filled in is said as what is missing: the person who answers must see that it is not there. */
function filled(text: LateText, captured: Captured): string {
  const tried = fillPlain(text, captured);
  return tried.ok ? tried.value : `(${tried.why})`;
}

/** What people are told before they answer: first the question, then its evidence. */
export function questionLines({ action }: PlannedStep, events: readonly RunEvent[]): readonly string[] {
  const captured = capturedBy(events);
  if (action.kind === 'gate') return [action.say, ...action.evidence].map((line) => filled(line, captured));
  return action.kind === 'manual' ? [filled(action.say, captured)] : [];
}

/** @param answered who said what, escaped; undefined = still open */
export function questionMessage(
  view: UpgradeView,
  asked: { readonly step: PlannedStep; readonly attempt: string; readonly events: readonly RunEvent[] },
  answered?: string,
): NewMessage {
  const { step, attempt, events } = asked;
  const lines = questionLines(step, events);
  const message =
    step.action.kind === 'gate'
      ? gateReply(view, step, lines, answered)
      : manualReply(view, step, lines[0] ?? '', answered);
  return { slot: `ask:${attempt}`, channel: view.upgrade.channel, ...message };
}
