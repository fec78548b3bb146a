/** The card: one message for the whole life of an upgrade, edited in place. */
import type { KnownBlock } from '@slack/types';
import { isLive, type Phase } from '../core/model.ts';
import { shortDigest } from '../core/plan.ts';
import type { UpgradeView } from '../core/view.ts';
import { formatDuration, formatTime } from '../core/window.ts';
import { buttons, context, escaped, header, type Message, message, section, sections } from './block-kit.ts';
import { findingLines } from './findings.ts';
import { duration, noReturnLine } from './plan-words.ts';
import { type Status, status } from './status.ts';
import { stepLines, stepTasks } from './step-list.ts';
import { tally } from './tally.ts';
import { mention, placeLine, plainWindow, slackTime, slackWindow, title } from './words.ts';

const ON_CLOSE = {
  finish: 'once started it runs to the end',
  'pause-before-next-step': 'when it closes, the run pauses before the next step',
} as const;

/** Who asked, why, when, and by which plan. */
export function about({ upgrade, plan }: UpgradeView): string {
  const lines = [
    `*Requested by* ${mention(upgrade.requester)}: ${escaped(upgrade.reason)}`,
    `*Window* ${slackWindow(upgrade.window)}; ${ON_CLOSE[upgrade.onClose]}`,
  ];
  if (plan === null) return lines.join('\n');
  const { body, digest } = plan;
  lines.push(
    `*Plan* v${upgrade.planRevision} \`${shortDigest(digest)}\`, ${escaped(body.flow.title)}: ${body.steps.length} steps, ${duration(body)}`,
  );
  // Of an upgrade that is over, the risk of going on is no news.
  if (isLive(upgrade)) lines.push(noReturnLine(body));
  return lines.join('\n');
}

const SHOWS_STEPS: ReadonlySet<Phase['kind']> = new Set([
  'awaiting-approval',
  'scheduled',
  'running',
  'held',
  'finished',
]);
const SHOWS_PLACES: ReadonlySet<Phase['kind']> = new Set(['awaiting-approval', 'scheduled']);

/** Blockers and warnings of any number stay within this; the plan's file has them all. */
const FINDING_SECTIONS = 3;
const PLACES_SECTIONS = 2;
const REST = '… (the rest is in the thread)';

function head(now: Status): readonly KnownBlock[] {
  const next = now.next === '' ? '' : `\n➡️ ${now.next}`;
  return sections(`${now.say}${next}`, FINDING_SECTIONS, REST);
}

/** `plan` shows the steps as Slack's own live task list; `classic` works on every client. */
export function upgradeCard(
  view: UpgradeView,
  options: { readonly style: 'classic' | 'plan' } = { style: 'classic' },
): Message {
  const { upgrade, target, plan } = view;
  const { phase } = upgrade;
  const now = status(view);
  const name = title(upgrade, target?.title);
  const warnings = plan?.evidence.findings.filter(({ severity }) => severity === 'warning') ?? [];
  const blocks: KnownBlock[] = [header(name), ...head(now), ...sections(about(view), 2, REST)];
  if (SHOWS_PLACES.has(phase.kind))
    blocks.push(
      ...sections(
        `*Approval*\n${view.places.map((place) => `• ${placeLine(place)}`).join('\n')}`,
        PLACES_SECTIONS,
      ),
    );
  if (warnings.length > 0 && phase.kind === 'awaiting-approval')
    blocks.push(...sections(findingLines(warnings), FINDING_SECTIONS, REST));
  if (SHOWS_STEPS.has(phase.kind) && view.progress.length > 0)
    blocks.push(options.style === 'plan' ? stepTasks(view) : section(stepLines(view)));
  if (now.buttons.length > 0) blocks.push(buttons(now.buttons));
  blocks.push(
    context(
      `${escaped(upgrade.target)} · /upgrade status ${upgrade.id} · as of ${slackTime(view.now, upgrade.window.zone)}`,
    ),
  );
  return message(spoken(view, name, now), blocks);
}

/** What the card says to somebody who hears it: everything but the list of steps. */
function spoken(view: UpgradeView, name: string, { say, next }: Status): string {
  const { upgrade, plan, progress } = view;
  const { phase } = upgrade;
  const warnings = plan?.evidence.findings.filter(({ severity }) => severity === 'warning') ?? [];
  return [
    `${escaped(name)}. ${say} ${next}`.trim(),
    `Requested by ${mention(upgrade.requester)}: ${escaped(upgrade.reason)}`,
    `Window ${plainWindow(upgrade.window)}; ${ON_CLOSE[upgrade.onClose]}.`,
    ...(plan === null
      ? []
      : [
          `Plan v${upgrade.planRevision} ${shortDigest(plan.digest)}: ${plan.body.steps.length} steps, about ${formatDuration(plan.body.expectedS)}.${isLive(upgrade) ? ` ${noReturnLine(plan.body)}` : ''}`,
        ]),
    ...(SHOWS_PLACES.has(phase.kind) ? view.places.map(placeLine) : []),
    ...(phase.kind === 'awaiting-approval' && warnings.length > 0 ? [findingLines(warnings)] : []),
    ...(SHOWS_STEPS.has(phase.kind) && progress.length > 0 ? [`${tally(view)}.`] : []),
    `As of ${formatTime(view.now, upgrade.window.zone)}.`,
  ]
    .join('\n')
    .replaceAll('*', '');
}
