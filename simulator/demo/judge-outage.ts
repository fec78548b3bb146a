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

function endedDuring(stage: Stage, { from, to }: Outage): number {
  return [...stage.hosts.values()]
    .flatMap(({ ledger }) => ledger)
    .filter(({ kind, at }) => kind === 'attempt-exited' && at >= from.at && (to === undefined || at <= to.at))
    .length;
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
  return outage !== undefined && endedDuring(stage, outage) >= LEAST_ENDED && cutCalls(stage, outage) > 0;
}

interface Reply {
  readonly seq: number;
  readonly step: number;
  /** Of a command on a host; files are copied without an attempt there. */
  readonly ran: boolean;
}

/** Replies of steps as they were posted, whatever became of them. */
function replies(stage: Stage, card: string): readonly Reply[] {
  return stage.slack.transcript().flatMap((entry) => {
    if (entry.kind !== 'message' || entry.change !== 'posted' || entry.threadTs !== card) return [];
    const said = /Step (\d+) of \d+[^\n]*: done[^\n]*/.exec(entry.text);
    return said === null ? [] : [{ seq: entry.seq, step: Number(said[1]), ran: /exit code/.test(said[0]) }];
  });
}

/** Replies of steps stand in the order in which the steps ended, each once. */
export function orderProblems(stage: Stage, card: string): readonly string[] {
  const numbers = replies(stage, card).map(({ step }) => step);
  const sorted = [...new Set(numbers)].toSorted((a, b) => a - b);
  return numbers.join() === sorted.join() && numbers.length > 0
    ? []
    : [`replies of steps are not in order or not once: ${numbers.join(', ')}`];
}

/** Steps ended while Slack was away, the bot called in vain, and what ended then was told when Slack was back. */
export function outageProblems(stage: Stage, card: string): readonly string[] {
  const outage = outageOf(stage.slack.transcript());
  if (outage?.to === undefined) return ['Slack was never away, or did not come back'];
  const ended = endedDuring(stage, outage);
  const { to } = outage;
  // The outage begins with the first step, so what ended in it was the first to end.
  const theirs = replies(stage, card)
    .filter(({ ran }) => ran)
    .slice(0, ended);
  const served = within(stage, outage).filter((entry) => entry.kind === 'api' && entry.ok);
  return [
    ...(ended >= LEAST_ENDED
      ? []
      : [`${ended} steps ended while Slack was away, not ${LEAST_ENDED} or more`]),
    ...(cutCalls(stage, outage) > 0 ? [] : ['the bot called nobody while Slack was away']),
    ...(served.length === 0 ? [] : [`Slack served ${served.length} calls while it was away`]),
    ...(theirs.length === ended ? [] : [`${ended} steps ended in the outage, ${theirs.length} were told`]),
    ...theirs
      .filter(({ seq }) => seq < to.seq)
      .map(({ step }) => `step ${step} ended in the outage and was told before it was over`),
  ];
}
