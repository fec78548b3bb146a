/** Did another process take over, and did the kills fall where they were to fall? By the hosts and by the audit trail. */
import { auditTrail, type TrailEvent } from './judge.ts';
import type { Stage } from './stage.ts';

/** What was seen when the bot was killed. */
export interface Kill {
  readonly when: 'output' | 'exit';
  readonly attempt: string;
  readonly pid: number | undefined;
  /** Bytes of the step's output until then, and those that came afterwards. */
  outputAt: number;
  outputLater: number;
  /** The step had no end yet when the process was gone. */
  wentOn: boolean;
}

/** It was begun by the bot that was killed, and its end was read by the next one. */
function readByNextProblems(
  trail: readonly TrailEvent[],
  { attempt }: Kill,
  number: number,
): readonly string[] {
  const at = (kind: string) => trail.findIndex((one) => one.kind === kind && one.data.attempt === attempt);
  const starts = trail.flatMap(({ kind }, index) => (kind === 'bot-started' ? [index] : []));
  const restart = starts[number] ?? -1;
  return at('apply-started') >= 0 && at('apply-started') < restart && restart < at('apply-ended')
    ? []
    : [
        `kill ${number}: bot ${number + 1} did not come between the start of ${attempt} and the reading of its end`,
      ];
}

function momentProblems({ when, attempt, outputAt, outputLater, wentOn }: Kill): readonly string[] {
  if (when === 'exit') return wentOn ? [`${attempt} had not ended when the bot was killed`] : [];
  return [
    ...(outputAt > 0 && outputLater > 0
      ? []
      : [
          `not in the middle of its output: ${attempt} had written ${outputAt} bytes, and wrote ${outputLater} more`,
        ]),
    ...(wentOn ? [] : [`${attempt} did not go on without the bot`]),
  ];
}

export async function restartProblems(stage: Stage, kills: readonly Kill[]): Promise<readonly string[]> {
  const whens = kills.map(({ when }) => when).join();
  if (whens !== 'output,exit') return [`the bot was killed at: ${whens || 'no time'}; wanted: output,exit`];
  const trail = await auditTrail(stage);
  const starts = trail.filter(({ kind }) => kind === 'bot-started').length;
  const pids = stage.bot.pids();
  return [
    ...(new Set(pids).size === kills.length + 1
      ? []
      : [`bots that ran: ${pids.join(', ')}; not ${kills.length + 1}`]),
    ...kills.flatMap(({ pid }, index) =>
      pid === pids[index] ? [] : [`kill ${index + 1} met process ${pid}, not ${pids[index]}`],
    ),
    ...(starts === kills.length + 1
      ? []
      : [`the audit trail has ${starts} starts of a bot, not ${kills.length + 1}`]),
    ...kills.flatMap((kill) => momentProblems(kill)),
    ...kills.flatMap((kill, index) => readByNextProblems(trail, kill, index + 1)),
  ];
}
