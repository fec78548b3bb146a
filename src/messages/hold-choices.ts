/** What may be chosen when a run is held: each choice with what it does, so that nobody has to guess at night. */
import type { KnownBlock } from '@slack/types';
import { assertNever, type Hold, type HoldOffer } from '../core/model.ts';
import type { PlannedStep } from '../core/plan.ts';
import type { UpgradeView } from '../core/view.ts';
import { ACTIONS, buttonValue } from './actions.ts';
import { type Button, buttons, escaped } from './block-kit.ts';
import { cut } from './cut.ts';
import { OPTION_MAX, option } from './modal-kit.ts';
import { quoted, sentence, stepTitle } from './words.ts';

const OFFER: { readonly [offer in HoldOffer]: { readonly action: string; readonly label: string } } = {
  look_again: { action: ACTIONS.lookAgain, label: 'Look again' },
  retry: { action: ACTIONS.retry, label: 'Retry' },
  done_by_hand: { action: ACTIONS.doneByHand, label: 'Done by hand' },
  skip: { action: ACTIONS.skip, label: 'Skip' },
  roll_back: { action: ACTIONS.rollBack, label: 'Roll back' },
  stop: { action: ACTIONS.stop, label: 'Stop' },
};

/** The verb wants the flow beside the number of the hold. */
function forwardSubject(hold: number, flow: string): string {
  return `${hold}|${flow}`;
}

export function parseForward(subject: string): { readonly hold: string; readonly flow: string } {
  const at = subject.indexOf('|');
  return { hold: subject.slice(0, Math.max(0, at)), flow: subject.slice(at + 1) };
}

function doesUndo(offer: HoldOffer): string | null {
  switch (offer) {
    case 'look_again':
      return 'only looks whether it is undone by now. Nothing is started.';
    case 'retry':
      return 'tries this undo once more; the ones before it follow.';
    case 'skip':
      return 'leaves what this step changed as it is, and goes on rolling back.';
    default:
      return null;
  }
}

function doesRetry(hold: Hold, step: PlannedStep): string {
  if (step.action.kind === 'gate' || step.action.kind === 'manual') return 'asks the same question again.';
  if (hold.attempt === null) return 'starts the step, if the window allows it by now.';
  return step.retry === 'undo_first'
    ? 'first undoes what the failed attempt left, then runs the step again.'
    : 'runs the step once more, as it is.';
}

function does(offer: HoldOffer, hold: Hold, step: PlannedStep): string {
  const undo = hold.rollingBack ? doesUndo(offer) : null;
  const two = step.critical ? ' It is critical: two people must say so.' : '';
  if (undo !== null) return `${undo}${offer === 'skip' ? two : ''}`;
  switch (offer) {
    case 'look_again':
      return 'only looks whether it is in place by now. Nothing is started.';
    case 'retry':
      return doesRetry(hold, step);
    case 'done_by_hand':
      return `says that somebody did it; then it is looked at whether it is so.${two}`;
    case 'skip':
      return `goes on without this step.${two}`;
    case 'roll_back':
      return 'undoes what was changed so far, in reverse order, as the plan shows it.';
    case 'stop':
      return 'ends the run here for good. The target stays as it is, and its lock is released.';
    default:
      return assertNever(offer);
  }
}

/** @param bold for the ear nothing is bold: an asterisk would be read out */
export function choiceLines(
  hold: Hold,
  step: PlannedStep,
  bold: (text: string) => string,
): readonly string[] {
  return [
    ...hold.offers.map((offer) => `• ${bold(OFFER[offer].label)} ${does(offer, hold, step)}`),
    ...(hold.retryFrom.length > 0
      ? [`• ${bold('Retry from…')} goes back to an earlier step; all in between are safe to repeat.`]
      : []),
    ...hold.forward.map(
      ({ title }) =>
        `• ${bold(escaped(title))} is planned as a way forward, and needs approval like any plan.`,
    ),
    ...(hold.proposal === null
      ? []
      : [
          `<@${hold.proposal.by.user}> has said ${hold.proposal.what === 'skip' ? 'Skip' : 'Done by hand'}: ${escaped(sentence(hold.proposal.note))} A second person must say the same.`,
        ]),
  ];
}

/** Those that write a note ask for it in a form, which is confirmation enough. */
function offerButton(view: UpgradeView, hold: Hold, step: PlannedStep, offer: HoldOffer): Button {
  const { action, label: text } = OFFER[offer];
  const { id } = view.upgrade;
  const base = {
    action,
    label: text,
    spoken: `${text} ${id} hold ${hold.number}`,
    value: buttonValue({ upgrade: id, subject: String(hold.number) }),
  };
  switch (offer) {
    case 'look_again':
      return { ...base, style: 'primary' };
    case 'stop':
      return { ...base, style: 'danger' };
    case 'retry':
      return {
        ...base,
        confirm: { title: `Retry in ${id}?`, text: `Retry ${does(offer, hold, step)}`, yes: 'Retry' },
      };
    default:
      return base;
  }
}

function forwardButton(view: UpgradeView, hold: Hold, way: Hold['forward'][number]): Button {
  const { id } = view.upgrade;
  return {
    action: ACTIONS.goForward,
    label: way.title,
    spoken: `${way.title}, ${id} hold ${hold.number}`,
    value: buttonValue({ upgrade: id, subject: forwardSubject(hold.number, way.flow) }),
  };
}

/** A list needs a place of its own: Slack shows a button and a list alike, and this one is for the rare case. */
function retryFromList(view: UpgradeView, hold: Hold): readonly KnownBlock[] {
  const { id } = view.upgrade;
  const options = hold.retryFrom
    .map((step) => ({ step, value: buttonValue({ upgrade: id, subject: `${hold.number}|${step}` }) }))
    // A longer value is refused by Slack, and a cut one would name another step.
    .filter(({ value }) => value.length <= OPTION_MAX)
    .map(({ step, value }) => option(stepTitle(view, step), value));
  if (options.length === 0) return [];
  return [
    {
      type: 'actions',
      elements: [
        {
          type: 'static_select',
          action_id: ACTIONS.retryFrom,
          placeholder: { type: 'plain_text', text: 'Retry from…', emoji: true },
          options,
          confirm: {
            title: { type: 'plain_text', text: `Retry in ${id}?` },
            text: {
              type: 'plain_text',
              text: cut(
                `It goes back to that step and comes again to ${quoted(stepTitle(view, hold.step))}.`,
                300,
              ),
            },
            confirm: { type: 'plain_text', text: 'Retry from there' },
            deny: { type: 'plain_text', text: 'Back' },
          },
        },
      ],
    },
  ];
}

export function choiceBlocks(view: UpgradeView, hold: Hold, step: PlannedStep): readonly KnownBlock[] {
  return [
    buttons(hold.offers.map((offer) => offerButton(view, hold, step, offer))),
    // An action id stands once in a block, so each way forward has a block of its own.
    ...hold.forward.map((way) => buttons([forwardButton(view, hold, way)])),
    ...retryFromList(view, hold),
  ];
}
