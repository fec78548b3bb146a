/** What is the case and what happens next: one sentence for each phase, and the buttons that belong to it. */
import { assertNever, type Phase } from '../core/model.ts';
import type { UpgradeView } from '../core/view.ts';
import { ACTIONS, buttonValue } from './actions.ts';
import { type Button, escaped } from './block-kit.ts';
import { findingLines } from './findings.ts';
import { ending } from './outcome.ts';
import { overridesTold, reached } from './tally.ts';
import { mention, missingPlaces, operators, quoted, STATE, sentence, slackTime, stepTitle } from './words.ts';

type Of<K extends Phase['kind']> = Extract<Phase, { kind: K }>;

export interface Status {
  /** What is the case. */
  readonly say: string;
  /** Who does what next; '' when it is over. */
  readonly next: string;
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

function at(view: UpgradeView, when: number): string {
  return slackTime(when, view.upgrade.window.zone);
}

/** Its subject is the plan on the screen: who declines says no to that one. */
function declineButton(view: UpgradeView): Button {
  return button(view, ACTIONS.decline, 'Decline', view.plan?.digest ?? '');
}

function awaiting(view: UpgradeView, phase: Of<'awaiting-approval'>): Status {
  const digest = view.plan?.digest ?? '';
  const missing = missingPlaces(view.places)
    .map((place) => escaped(place.title))
    .join(', ');
  const requester = mention(view.upgrade.requester);
  return {
    say: `Waiting for approval by ${missing === '' ? 'people whom targets.yaml does not name any more' : missing}. Nothing runs before that.`,
    next: `Approvers: “Review and approve” on the card, at the latest ${at(view, phase.approveBy)}; then it expires. ${requester} asked for it and does not count as an approver, but can withdraw it.`,
    buttons: [
      button(view, ACTIONS.review, 'Review and approve', digest, { style: 'primary' }),
      declineButton(view),
      withdrawButton(view),
    ],
  };
}

function goButton(view: UpgradeView): Button {
  return button(view, ACTIONS.go, 'Start now', '-', {
    style: 'primary',
    confirm: {
      title: `Start ${view.upgrade.id}?`,
      text: 'The hosts are checked once more, then the first step runs.',
      yes: 'Start',
    },
  });
}

function scheduled(view: UpgradeView, phase: Of<'scheduled'>): Status {
  const { window } = view.upgrade;
  const auto = view.target?.start === 'auto';
  const last = `It must start at the latest ${at(view, phase.startBy)}; then it expires. Until it starts, approvers can decline it.`;
  const end = [declineButton(view), withdrawButton(view)];
  if (phase.inTheWay !== undefined)
    return {
      say: `Approved, and not started yet: ${escaped(sentence(phase.inTheWay))}`,
      next: `The bot operator mends the settings and has them read again; then it starts by itself. ${last}`,
      buttons: end,
    };
  if (phase.go !== null)
    return {
      say: `Approved. ${mention(phase.go)} pressed “Start now”; the hosts are being checked once more.`,
      next: 'When the check is clean and the plan is still the approved one, the first step runs.',
      buttons: [declineButton(view)],
    };
  if (view.now < window.opensAt)
    return {
      say: `Approved. The window opens ${at(view, window.opensAt)}.`,
      next: auto
        ? `It starts by itself then, when the check of the hosts is clean. ${last}`
        : `${operators(view)}: press “Start now” on the card when the window is open. ${last}`,
      buttons: end,
    };
  return {
    say: 'Approved, and the window is open.',
    next: `${operators(view)}: press “Start now” on the card. ${last}`,
    buttons: [goButton(view), ...end],
  };
}

/** Only while processes of a step run: what has ended can't be cancelled. */
function cancelButton(view: UpgradeView): readonly Button[] {
  const current = view.progress.find(({ state }) => state === 'applying');
  const step = view.plan?.body.steps.find(({ id }) => id === current?.step);
  if (current?.attempt == null || step?.action.kind !== 'run') return [];
  return [
    button(view, ACTIONS.cancelStep, 'Cancel this step', current.attempt, {
      style: 'danger',
      confirm: {
        title: `Cancel in ${view.upgrade.id}?`,
        text: `${quoted(step.title)}: its processes are asked to end, then made to. How far it came has to be looked at; the run is held after it.`,
        yes: 'Cancel the step',
      },
    }),
  ];
}

function running(view: UpgradeView, phase: Of<'running'>): Status {
  const index = reached(view.progress);
  const current = view.progress[index];
  const since = `Running since ${at(view, phase.since)}.`;
  const waits = phase.waitingFor;
  if (waits !== null) {
    const title = quoted(stepTitle(view, waits.step));
    return waits.kind === 'gate'
      ? {
          say: `${since} Waiting for go or no-go at ${title}.`,
          next: `Approvers answer in the thread; ${mention(view.upgrade.requester)} does not count. It has waited since ${at(view, waits.since)}.`,
          buttons: [],
        }
      : {
          say: `${since} Waiting for ${title} to be done by hand.`,
          next: `${operators(view)}: do it, then press Done in the thread. It has waited since ${at(view, waits.since)}.`,
          buttons: [],
        };
  }
  const where =
    current === undefined
      ? `All ${view.progress.length} steps are behind it.`
      : `Step ${index + 1} of ${view.progress.length} ${quoted(current.title)}: ${STATE[current.state].word}.`;
  return {
    say: [since, where, overridesTold(view)].filter((text) => text !== '').join(' '),
    next: 'Nobody needs to do anything. A step that fails holds the run and asks in the thread.',
    buttons: cancelButton(view),
  };
}

function over(say: string): Status {
  return { say, next: '', buttons: [] };
}

function held(view: UpgradeView, { hold }: Of<'held'>): Status {
  return {
    say: `⏸️ Held since ${at(view, hold.since)} at ${quoted(stepTitle(view, hold.step))}: ${escaped(sentence(hold.reason))}`,
    next: `${operators(view)}: choose in the thread. Nothing goes on until then, and nothing times out.`,
    buttons: [],
  };
}

function rollingBack(view: UpgradeView, phase: Of<'rolling-back'>): Status {
  const undone = view.progress.filter(({ state }) => state === 'undone').length;
  const current = view.progress.findLast(({ state }) => state === 'undoing');
  const name = current === undefined ? '' : ` Now ${quoted(current.title)}.`;
  return {
    say: `↩️ Rolling back since ${at(view, phase.since)}: ${undone} ${undone === 1 ? 'step is' : 'steps are'} undone.${name}`,
    next: 'Nobody needs to do anything. An undo that fails holds the run and asks in the thread.',
    buttons: [],
  };
}

function finished(view: UpgradeView, phase: Of<'finished'>): Status {
  const by = phase.by === null ? '' : ` by ${mention(phase.by)}`;
  const { mark, word, state, next } = ending(view, phase.outcome);
  return {
    say: `${mark} ${word} ${at(view, phase.at)}${by}. ${state}`,
    next: `${mention(view.upgrade.requester)}, ${next}`,
    buttons: [],
  };
}

export function status(view: UpgradeView): Status {
  const { phase } = view.upgrade;
  switch (phase.kind) {
    case 'preparing':
      return {
        say: 'Looking at the hosts and making the plan. This takes about a minute.',
        next: 'Then approvers are asked in the thread, or it says what is in the way.',
        buttons: [withdrawButton(view)],
      };
    case 'blocked':
      return over(
        `⛔ Blocked, nothing was changed. Mend this, then ask again:\n${findingLines(phase.findings)}`,
      );
    case 'awaiting-approval':
      return awaiting(view, phase);
    case 'scheduled':
      return scheduled(view, phase);
    case 'running':
      return running(view, phase);
    case 'held':
      return held(view, phase);
    case 'rolling-back':
      return rollingBack(view, phase);
    case 'finished':
      return finished(view, phase);
    case 'declined':
      return over(
        `✋ Declined by ${mention(phase.by)} ${at(view, phase.at)}: ${escaped(sentence(phase.reason))} Nothing was changed.`,
      );
    case 'expired':
      return over(
        `⌛ Expired ${at(view, phase.at)}: ${phase.which === 'approve-by' ? 'not every place was filled in time' : 'it was not started in time'}. Nothing was changed.`,
      );
    case 'withdrawn':
      return over(`↩️ Withdrawn by ${mention(phase.by)} ${at(view, phase.at)}. Nothing was changed.`);
    default:
      return assertNever(phase);
  }
}
