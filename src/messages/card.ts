/** The card: one message for the whole life of an upgrade, edited in place. */
import type { KnownBlock } from '@slack/types';
import { assertNever, type Phase } from '../core/model.ts';
import { type Finding, type Plan, shortDigest } from '../core/plan.ts';
import type { StepProgress } from '../core/run.ts';
import type { UpgradeView } from '../core/view.ts';
import { formatDuration, formatTime } from '../core/window.ts';
import { ACTIONS, buttonValue } from './actions.ts';
import {
  type Button,
  buttons,
  context,
  escaped,
  header,
  type Message,
  message,
  section,
} from './block-kit.ts';
import {
  mention,
  missingPlaces,
  placeLine,
  plainWindow,
  STATE,
  slackTime,
  slackWindow,
  title,
  took,
} from './words.ts';

/** More lines than this are scrolled past on a phone: finished and far steps are counted instead. */
const MOST_STEPS = 24;

type Of<K extends Phase['kind']> = Extract<Phase, { kind: K }>;

interface Status {
  /** One sentence: what is the case, what happens next. */
  readonly say: string;
  readonly buttons: readonly Button[];
}

function button(
  view: UpgradeView,
  action: string,
  label: string,
  subject: string,
  more: Partial<Button> = {},
): Button {
  const { id } = view.upgrade;
  return { action, label, spoken: `${label} ${id}`, value: buttonValue({ upgrade: id, subject }), ...more };
}

function withdrawButton(view: UpgradeView): Button {
  return button(view, ACTIONS.withdraw, 'Withdraw', '-', {
    confirm: {
      title: `Withdraw ${view.upgrade.id}?`,
      text: 'It ends here. Nothing was changed on any host.',
      yes: 'Withdraw',
    },
  });
}

function awaiting(view: UpgradeView, phase: Of<'awaiting-approval'>): Status {
  const digest = view.plan?.digest ?? '';
  const missing = missingPlaces(view.places)
    .map((place) => escaped(place.title))
    .join(', ');
  return {
    say: `Waiting for approval by ${missing}, at the latest ${slackTime(phase.approveBy, view.upgrade.window.zone)}. Nothing runs before that.`,
    buttons: [
      button(view, ACTIONS.review, 'Review and approve', digest, { style: 'primary' }),
      button(view, ACTIONS.decline, 'Decline', digest),
      withdrawButton(view),
    ],
  };
}

function scheduled(view: UpgradeView, phase: Of<'scheduled'>): Status {
  const { window } = view.upgrade;
  if (phase.go !== null)
    return {
      say: `Approved. ${mention(phase.go)} pressed Start; the hosts are being checked once more.`,
      buttons: [],
    };
  if (view.now < window.opensAt) {
    const auto = view.target?.start === 'auto';
    return {
      say: `Approved. ${auto ? 'Starts by itself' : 'Can be started'} when the window opens, ${slackTime(window.opensAt, window.zone)}.`,
      buttons: [withdrawButton(view)],
    };
  }
  return {
    say: `Approved, and the window is open. Start at the latest ${slackTime(phase.startBy, window.zone)}.`,
    buttons: [
      button(view, ACTIONS.go, 'Start now', '-', {
        style: 'primary',
        confirm: {
          title: `Start ${view.upgrade.id}?`,
          text: 'The hosts are checked once more, then the first step runs.',
          yes: 'Start',
        },
      }),
      withdrawButton(view),
    ],
  };
}

function running(view: UpgradeView, phase: Of<'running'>): Status {
  const done = view.progress.filter(({ state }) => state === 'succeeded').length;
  const current = view.progress.find(({ state }) => state !== 'succeeded');
  const name = current === undefined ? '' : ` “${escaped(current.title)}”`;
  const waits = phase.waitingFor;
  const what =
    waits === null
      ? `Step ${done + 1} of ${view.progress.length}${name}: ${current === undefined ? 'done' : STATE[current.state].word}.`
      : `Waiting for a person at${name}; the question is in the thread.`;
  return { say: `Running since ${slackTime(phase.since, view.upgrade.window.zone)}. ${what}`, buttons: [] };
}

function findings(list: readonly Finding[]): string {
  return list
    .map(
      ({ severity, say, do: todo }) =>
        `• ${severity === 'blocker' ? '⛔ Blocker' : '⚠️ Warning'}: ${escaped(say)}${todo === '' ? '' : ` ${escaped(todo)}`}`,
    )
    .join('\n');
}

function status(view: UpgradeView): Status {
  const { phase, window } = view.upgrade;
  const at = (when: number) => slackTime(when, window.zone);
  const over = (say: string): Status => ({ say, buttons: [] });
  switch (phase.kind) {
    case 'preparing':
      return {
        say: 'Looking at the hosts and making the plan. This takes about a minute.',
        buttons: [withdrawButton(view)],
      };
    case 'blocked':
      return over(`⛔ Blocked, nothing was changed. Mend this, then ask again:\n${findings(phase.findings)}`);
    case 'awaiting-approval':
      return awaiting(view, phase);
    case 'scheduled':
      return scheduled(view, phase);
    case 'running':
      return running(view, phase);
    case 'held':
      return over(
        `⏸️ Held since ${at(phase.hold.since)} at “${escaped(stepTitle(view, phase.hold.step))}”: ${escaped(phase.hold.reason)} Nothing goes on until somebody chooses in the thread.`,
      );
    case 'finished':
      return over(
        phase.outcome === 'succeeded'
          ? `✅ Succeeded ${at(phase.at)}. Every step is verified.`
          : `⏹️ Finished (${phase.outcome}) ${at(phase.at)}${phase.by === null ? '' : ` by ${mention(phase.by)}`}. The target stays as it is.`,
      );
    case 'declined':
      return over(
        `✋ Declined by ${mention(phase.by)} ${at(phase.at)}: ${escaped(phase.reason)} Nothing was changed.`,
      );
    case 'expired':
      return over(
        `⌛ Expired ${at(phase.at)}: ${phase.which === 'approve-by' ? 'not every place was filled in time' : 'it was not started in time'}. Nothing was changed.`,
      );
    case 'withdrawn':
      return over(`↩️ Withdrawn by ${mention(phase.by)} ${at(phase.at)}. Nothing was changed.`);
    default:
      return assertNever(phase);
  }
}

function stepTitle(view: UpgradeView, id: string): string {
  return view.plan?.body.steps.find((step) => step.id === id)?.title ?? id;
}

function about(view: UpgradeView): string {
  const { upgrade, plan } = view;
  const lines = [
    `*Requested by* ${mention(upgrade.requester)}: ${escaped(upgrade.reason)}`,
    `*Window* ${slackWindow(upgrade.window)}; ${upgrade.onClose === 'finish' ? 'once started it runs to the end' : 'when it closes, the run pauses before the next step'}`,
  ];
  if (plan !== null) lines.push(...aboutPlan(view, plan));
  return lines.join('\n');
}

function aboutPlan(view: UpgradeView, { digest, body }: Plan): readonly string[] {
  const noReturn =
    body.pointOfNoReturn === null
      ? 'Every step can be taken back.'
      : `🟥 *No way back* after “${escaped(stepTitle(view, body.pointOfNoReturn))}”.`;
  return [
    `*Plan* v${view.upgrade.planRevision} \`${shortDigest(digest)}\`, ${escaped(body.flow.title)}: ${body.steps.length} steps, about ${formatDuration(body.expectedS)}${body.rollbackReserveS > 0 ? ` + ${formatDuration(body.rollbackReserveS)} to go back` : ''}`,
    noReturn,
  ];
}

function stepLine(step: StepProgress, noReturn: boolean, now: number): string {
  const { mark, word } = STATE[step.state];
  const end = step.endedAt ?? (step.state === 'applying' || step.state === 'verifying' ? now : null);
  const time = step.startedAt === null || end === null ? '' : `, ${took(step.startedAt, end)}`;
  const again = step.attempts > 1 ? `, attempt ${step.attempts}` : '';
  return `${mark} ${escaped(step.title)} · ${word}${time}${again}${noReturn ? ' · 🟥 no way back after this' : ''}`;
}

function steps(view: UpgradeView): string {
  const { progress, plan, now } = view;
  const point = plan?.body.pointOfNoReturn ?? null;
  const lines = progress.map((step) => stepLine(step, step.step === point, now));
  if (lines.length <= MOST_STEPS) return lines.join('\n');
  const current = Math.max(
    0,
    progress.findIndex(({ state }) => state !== 'succeeded'),
  );
  const from = Math.max(0, Math.min(current - 4, lines.length - MOST_STEPS));
  const shown = lines.slice(from, from + MOST_STEPS);
  const before = from > 0 ? [`✅ ${from} earlier steps · done`] : [];
  const after = lines.length - from - MOST_STEPS;
  return [...before, ...shown, ...(after > 0 ? [`▫️ ${after} more steps · to do`] : [])].join('\n');
}

const SHOWS_STEPS: ReadonlySet<Phase['kind']> = new Set([
  'awaiting-approval',
  'scheduled',
  'running',
  'held',
  'finished',
]);
const SHOWS_PLACES: ReadonlySet<Phase['kind']> = new Set(['awaiting-approval', 'scheduled']);

function planBlock(view: UpgradeView): KnownBlock {
  const point = view.plan?.body.pointOfNoReturn;
  return {
    type: 'plan',
    title: `Steps of ${view.upgrade.id}`,
    tasks: view.progress.slice(0, 48).map((step) => ({
      type: 'task_card' as const,
      task_id: step.step,
      title: `${step.title}${step.state === 'held' || step.state === 'waiting' ? ` (${STATE[step.state].word})` : ''}${step.step === point ? ' (no way back after this)' : ''}`,
      status:
        step.state === 'succeeded'
          ? ('complete' as const)
          : step.state === 'held'
            ? ('error' as const)
            : step.state === 'pending'
              ? ('pending' as const)
              : ('in_progress' as const),
    })),
  };
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
  const showSteps = SHOWS_STEPS.has(phase.kind) && view.progress.length > 0;
  const blocks: KnownBlock[] = [header(name), section(now.say), section(about(view))];
  if (SHOWS_PLACES.has(phase.kind))
    blocks.push(section(`*Approval*\n${view.places.map((place) => `• ${placeLine(place)}`).join('\n')}`));
  if (warnings.length > 0 && phase.kind === 'awaiting-approval') blocks.push(section(findings(warnings)));
  if (showSteps) blocks.push(options.style === 'plan' ? planBlock(view) : section(steps(view)));
  if (now.buttons.length > 0) blocks.push(buttons(now.buttons));
  blocks.push(
    context(
      `${escaped(upgrade.target)} · /upgrade status ${upgrade.id} · as of ${slackTime(view.now, upgrade.window.zone)}`,
    ),
  );
  return message(spoken(view, name, now.say, showSteps), blocks);
}

/** What the card says to somebody who hears it: everything but the list of far steps. */
function spoken(view: UpgradeView, name: string, say: string, showSteps: boolean): string {
  const { upgrade, plan, progress } = view;
  const lines = [
    `${name}. ${say}`,
    `Requested by ${mention(upgrade.requester)}. Window ${plainWindow(upgrade.window)}.`,
    ...(plan === null
      ? []
      : [
          `Plan ${shortDigest(plan.digest)}: ${plan.body.steps.length} steps, about ${formatDuration(plan.body.expectedS)}.${plan.body.pointOfNoReturn === null ? '' : ` No way back after “${stepTitle(view, plan.body.pointOfNoReturn)}”.`}`,
        ]),
    ...(SHOWS_PLACES.has(upgrade.phase.kind) ? view.places.map(placeLine) : []),
    ...(showSteps
      ? [`${progress.filter(({ state }) => state === 'succeeded').length} of ${progress.length} steps done.`]
      : []),
    `As of ${formatTime(view.now, upgrade.window.zone)}.`,
  ];
  return lines.join('\n');
}
