/** Short forms: decline, go or no-go, done or can't, stop. Each asks for the words that the trail will keep. */
import type { UpgradeView } from '../core/view.ts';
import { buttonValue, VIEWS } from './actions.ts';
import { type Modal, sections } from './block-kit.ts';
import { modal, noteInput } from './modal-kit.ts';
import { noReturnLine } from './plan-words.ts';
import { count, tally } from './tally.ts';
import { label, quoted, stepTitle } from './words.ts';

/** Block of the only field of each of these forms. */
export const NOTE = 'note';

/** What the gate and manual forms carry: the step and which of two buttons was pressed. */
function answerValue(upgrade: string, step: string, yes: boolean): string {
  return buttonValue({ upgrade, subject: `${yes ? 'yes' : 'no'}|${step}` });
}

export function parseAnswer(subject: string): { readonly yes: boolean; readonly step: string } | undefined {
  const at = subject.indexOf('|');
  const word = subject.slice(0, Math.max(0, at));
  return word === 'yes' || word === 'no' ? { yes: word === 'yes', step: subject.slice(at + 1) } : undefined;
}

export function declineModal({ upgrade, plan }: UpgradeView, digest: string): Modal {
  return modal({
    callback: VIEWS.decline,
    title: `Decline ${upgrade.id}`,
    submit: 'Decline',
    close: 'Cancel',
    metadata: buttonValue({ upgrade: upgrade.id, subject: digest }),
    blocks: [
      ...sections(
        upgrade.midway === null
          ? `*${label(upgrade)}* ends here when you decline, for everybody, also for those who have approved it. ${plan === null ? '' : 'Nothing was changed on any host.'}`
          : `The way forward of *${label(upgrade)}* is off when you decline, for everybody. The run is held again where it was.`,
        1,
      ),
      noteInput(NOTE, 'Reason', { hint: 'So that the requester knows what to change.' }),
    ],
  });
}

export function gateModal(view: UpgradeView, step: string, go: boolean): Modal {
  const { upgrade, plan } = view;
  const what = go
    ? 'The run goes on when enough people have said go.'
    : 'The run is held, and people decide in the thread how it goes on.';
  return modal({
    callback: VIEWS.gate,
    title: `${go ? 'Go' : 'No-go'} ${upgrade.id}`,
    submit: go ? 'Go' : 'No-go',
    close: 'Cancel',
    metadata: answerValue(upgrade.id, step, go),
    blocks: [
      ...sections(
        `*${label(upgrade)}* · ${quoted(stepTitle(view, step))}\nYou say *${go ? 'go' : 'no-go'}*. ${what}${plan === null || plan.body.pointOfNoReturn === null ? '' : `\n${noReturnLine(plan.body)}`}`,
        2,
      ),
      noteInput(NOTE, go ? 'Note' : 'Reason', {
        optional: go,
        hint: go ? 'What you looked at, if it helps others.' : 'What speaks against going on.',
      }),
    ],
  });
}

export function manualModal(view: UpgradeView, step: string, done: boolean): Modal {
  const { upgrade } = view;
  return modal({
    callback: VIEWS.manual,
    title: `${done ? 'Done' : "Can't do"} ${upgrade.id}`,
    submit: done ? 'Report done' : "Report can't",
    close: 'Cancel',
    metadata: answerValue(upgrade.id, step, done),
    blocks: [
      ...sections(
        `*${label(upgrade)}* · ${quoted(stepTitle(view, step))}\n${done ? 'The run goes on from here.' : 'The run is held, and people decide in the thread how it goes on.'}`,
        1,
      ),
      noteInput(NOTE, done ? 'What was done' : 'What is in the way'),
    ],
  });
}

/** @param hold number of the hold that the person sees; null when it is not held, so that the verb says so */
export function stopModal(view: UpgradeView, hold: number | null): Modal {
  const { upgrade, plan } = view;
  return modal({
    callback: VIEWS.stop,
    title: `Stop ${upgrade.id}`,
    submit: 'Stop for good',
    close: 'Back',
    metadata: buttonValue({ upgrade: upgrade.id, subject: hold === null ? '-' : String(hold) }),
    blocks: [
      ...sections(
        `⏹️ *${label(upgrade)}* ends here for good: ${tally(view)}, and nothing${count(view.progress, 'undone') > 0 ? ' more' : ''} is undone. The target stays as it is, and its lock is released.${plan === null ? '' : `\n${noReturnLine(plan.body)}`}`,
        2,
      ),
      noteInput(NOTE, 'Why stop here', { hint: 'For whoever goes on from this state.' }),
    ],
  });
}

interface HoldForm {
  readonly callback: string;
  readonly title: string;
  readonly submit: string;
  readonly say: string;
  readonly field: string;
  readonly hint: string;
}

/** Choices of a hold that the audit trail keeps a reason for. `title` is completed by the id of the upgrade. */
const HOLD_FORMS = {
  doneByHand: {
    callback: VIEWS.doneByHand,
    title: 'By hand',
    submit: 'Say it is done',
    say: 'You say that this was done by hand. Then it is looked at whether it is so; if not, the run is held again.',
    field: 'What was done',
    hint: 'And where: for whoever reads the trail.',
  },
  skip: {
    callback: VIEWS.skip,
    title: 'Skip',
    submit: 'Skip it',
    say: 'The run goes on without this step. Nothing looks whether its effect is there.',
    field: 'Why it can be left out',
    hint: 'Who makes up for it, and when.',
  },
  rollBack: {
    callback: VIEWS.rollBack,
    title: 'Roll back',
    submit: 'Roll back',
    say: 'What was changed so far is undone in reverse order, each undo verified. An undo that fails holds the run again.',
    field: 'Why go back',
    hint: 'For whoever asks for this upgrade again.',
  },
  goForward: {
    callback: VIEWS.goForward,
    title: 'Way forward',
    submit: 'Plan it',
    say: 'It is planned now and needs approval like any plan. Declined or expired, the run is held again where it is.',
    field: 'Why this way',
    hint: 'Approvers decide on it.',
  },
} as const satisfies { readonly [form: string]: HoldForm };

export type HoldFormKind = keyof typeof HOLD_FORMS;

/** @param subject as on the button: the number of the hold, and for a way forward its flow */
export function holdModal(view: UpgradeView, kind: HoldFormKind, subject: string): Modal {
  const { upgrade } = view;
  const form: HoldForm = HOLD_FORMS[kind];
  const held = upgrade.phase.kind === 'held' ? upgrade.phase.hold : null;
  const critical = view.plan?.body.steps.find(({ id }) => id === held?.step)?.critical === true;
  const two =
    critical && (kind === 'skip' || kind === 'doneByHand')
      ? ' The step is critical: it counts once a second person says the same.'
      : '';
  const where = held === null ? '' : ` · ${quoted(stepTitle(view, held.step))}`;
  return modal({
    callback: form.callback,
    title: `${form.title} ${upgrade.id}`,
    submit: form.submit,
    close: 'Back',
    metadata: buttonValue({ upgrade: upgrade.id, subject }),
    blocks: [
      ...sections(`*${label(upgrade)}*${where}\n${form.say}${two}`, 2),
      noteInput(NOTE, form.field, { hint: form.hint }),
    ],
  });
}
