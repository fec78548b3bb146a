/** What an outage of Slack did to the thread: by Slack's own transcript and the hosts' ledgers. */
import type { TranscriptEntry } from '../slack/transcript.ts';
import type { Stage } from './stage.ts';

/** As many steps must end while Slack is away, so that there is an order to keep. */
const LEAST_ENDED = 2;

interface Outage {
  readonly from: TranscriptEntry;
  /** undefined: it goes on. */
  readonly to: TranscriptEntry | undefined;
}

function outageOf(entries: readonly TranscriptEntry[]): Outage | undefined {
  const said = (what: string) => entries.find((entry) => entry.kind === 'fault' && entry.what === what);
  const from = said('outage begins');
  return from === undefined ? undefined : { from, to: said('outage is over') };
}

/** Attempts on any host, in the order in which they ended. */
function endedDuring(stage: Stage, { from, to }: Outage): readonly string[] {
  return [...stage.hosts.values()]
    .flatMap(({ ledger }) => ledger)
    .flatMap((entry) =>
      entry.kind === 'attempt-exited' && entry.at >= from.at && (to === undefined || entry.at <= to.at)
        ? [entry]
        : [],
    )
    .toSorted((a, b) => a.at - b.at)
    .map(({ attempt }) => attempt);
}

function within(stage: Stage, { from, to }: Outage): readonly TranscriptEntry[] {
  return stage.slack.transcript().filter(({ seq }) => seq > from.seq && (to === undefined || seq < to.seq));
}

/** The bot's calls that met nobody. */
function cutCalls(stage: Stage, outage: Outage): number {
  return within(stage, outage).filter((entry) => entry.kind === 'cut' && entry.path.startsWith('/api/'))
    .length;
}

/** Whether there is enough to judge by. */
export function outageOver(stage: Stage): boolean {
  const outage = outageOf(stage.slack.transcript());
  return (
    outage !== undefined && endedDuring(stage, outage).length >= LEAST_ENDED && cutCalls(stage, outage) > 0
  );
}

/** Numbers of steps as their replies were posted, whatever became of them. */
function replies(stage: Stage, card: string): readonly number[] {
  return stage.slack.transcript().flatMap((entry) => {
    if (entry.kind !== 'message' || entry.change !== 'posted' || entry.threadTs !== card) return [];
    const said = /Step (\d+) of \d+[^\n]*: done/.exec(entry.text);
    return said === null ? [] : [Number(said[1])];
  });
}

/** Places in the transcript at which the reply of this attempt was posted; the bot names it in the message's metadata. */
function toldAt(stage: Stage, attempt: string): readonly number[] {
  type Metadata = { readonly event_payload?: { readonly slot?: string } };
  return stage.slack.transcript().flatMap((entry) => {
    if (entry.kind !== 'api' || entry.method !== 'chat.postMessage' || !entry.ok) return [];
    const slot = (entry.args.metadata as Metadata | undefined)?.event_payload?.slot;
    return slot === `step:${attempt}` ? [entry.seq] : [];
  });
}

/** Replies of steps stand in the order in which the steps ended, each once. */
export function orderProblems(stage: Stage, card: string): readonly string[] {
  const numbers = replies(stage, card);
  const sorted = [...new Set(numbers)].toSorted((a, b) => a - b);
  return numbers.join() === sorted.join() && numbers.length > 0
    ? []
    : [`replies of steps are not in order or not once: ${numbers.join(', ')}`];
}

/** Steps ended while Slack was away, the bot called in vain, and what ended then was told once when Slack was back. */
export function outageProblems(stage: Stage): readonly string[] {
  const outage = outageOf(stage.slack.transcript());
  if (outage?.to === undefined) return ['Slack was never away, or did not come back'];
  const { to } = outage;
  const ended = endedDuring(stage, outage);
  const served = within(stage, outage).filter((entry) => entry.kind === 'api' && entry.ok);
  return [
    ...(ended.length >= LEAST_ENDED
      ? []
      : [`${ended.length} steps ended while Slack was away, not ${LEAST_ENDED} or more`]),
    ...(cutCalls(stage, outage) > 0 ? [] : ['the bot called nobody while Slack was away']),
    ...(served.length === 0 ? [] : [`Slack served ${served.length} calls while it was away`]),
    ...ended.flatMap((attempt) => {
      const told = toldAt(stage, attempt);
      if (told.length !== 1) return [`${attempt} ended in the outage and was told ${told.length} times`];
      return told.some((seq) => seq < to.seq)
        ? [`${attempt} ended in the outage and was told before it was over`]
        : [];
    }),
  ];
}
