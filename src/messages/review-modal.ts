/** What an approver sees and signs: the plan by its digest, the risk in plain words, the window, the evidence, the statements. */
import type { KnownBlock, RichTextElement, RichTextSection } from '@slack/types';
import type { Acknowledgement, Fact, Plan, PlannedStep } from '../core/plan.ts';
import { shortDigest } from '../core/plan.ts';
import type { UpgradeView } from '../core/view.ts';
import { formatDuration } from '../core/window.ts';
import { buttonValue, VIEWS } from './actions.ts';
import { escaped, header, type Modal, section, sections } from './block-kit.ts';
import { about } from './card.ts';
import { showHidden } from './clean.ts';
import { cut } from './cut.ts';
import { findingLines } from './findings.ts';
import { input, LABEL_MAX, MODAL_BLOCKS_MAX, modal, option, VALUE } from './modal-kit.ts';
import { notice } from './notice.ts';
import { whatRuns, whereOf } from './plan-words.ts';
import { counted, label, title, took } from './words.ts';

/** Slack's own limit for one group of checkboxes. */
const BOXES = 10;
/** A form has 100 blocks; the rest is for what was seen and what will run. */
const STATEMENT_BLOCKS = 60;
/** Longer lists are hard to scroll past; a list each keeps the numbers and lets a reader skip. */
const STEPS_PER_LIST = 20;
/** With 300 characters a step, 200 stay far below the 250 kB that Slack takes for a view. */
const STEPS_MAX = 200;
/** Enough to see which command it is; the file has it whole. */
const COMMAND_MAX = 120;
const STEP_TITLE_MAX = 150;
const VALUE_MAX = 120;
const FINDING_SECTIONS = 4;
const FACT_SECTIONS = 4;
const STATEMENT_SECTIONS = 4;
const REST = '… (the rest is in the plan file in the thread)';

const GROUP = 'ack';

/** Ids of the blocks with checkboxes; the value of a box is the place of its statement in the plan. */
export function isStatementBlock(block: string): boolean {
  return block.startsWith(`${GROUP}:`);
}

const text = (value: string, style?: RichTextElement['style']): RichTextElement => ({
  type: 'text',
  text: value,
  ...(style && { style }),
});

function reversal(step: PlannedStep): string {
  switch (step.reversal.kind) {
    case 'undo':
      return 'can be undone';
    case 'no_undo_needed':
      return 'needs no undo';
    case 'no_return':
      return '';
    default:
      return 'changes nothing';
  }
}

/** Rich text is never parsed: the shell command stands exactly as it will run. */
function stepItem(step: PlannedStep): RichTextSection {
  const where = whereOf(step.action);
  const facts = [where === 'people' ? 'by people' : `on ${where}`, `about ${formatDuration(step.expectedS)}`];
  const back = reversal(step);
  const command = cut(showHidden(whatRuns(step.action)).replaceAll('\n', ' ⏎ '), COMMAND_MAX);
  return {
    type: 'rich_text_section',
    elements: [
      text(cut(step.title, STEP_TITLE_MAX), { bold: true }),
      text(` ${[...facts, ...(back === '' ? [] : [back])].join(', ')}. `),
      ...(back === '' ? [text('🟥 No way back after this. ', { bold: true })] : []),
      ...(command === '' ? [] : [text(command, where === 'people' ? undefined : { code: true })]),
    ],
  };
}

function stepLists(steps: readonly PlannedStep[], room: number): readonly KnownBlock[] {
  const shown = steps.slice(0, Math.min(STEPS_MAX, Math.max(1, room - 1) * STEPS_PER_LIST));
  const lists: KnownBlock[] = [];
  for (let from = 0; from < shown.length; from += STEPS_PER_LIST)
    lists.push({
      type: 'rich_text',
      elements: [
        {
          type: 'rich_text_list',
          style: 'ordered',
          ...(from > 0 && { offset: from }),
          elements: shown.slice(from, from + STEPS_PER_LIST).map(stepItem),
        },
      ],
    });
  const left = steps.length - shown.length;
  return left > 0
    ? [...lists, section(`… and ${counted(left, 'more step')}; the plan file in the thread has all.`)]
    : lists;
}

function factLine({ title: what, shown, host, seenAt }: Fact, now: number): string {
  const age = seenAt === null ? 'not looked at' : `${took(seenAt, now)} ago`;
  return `• ${escaped(cut(what, VALUE_MAX))}: ${escaped(cut(showHidden(shown), VALUE_MAX))} (${[host, age]
    .filter((one) => one !== null)
    .map(escaped)
    .join(', ')})`;
}

function evidence({ evidence: seen }: Plan, now: number): readonly KnownBlock[] {
  const clean = seen.checks.filter(({ ok }) => ok).length;
  const found = seen.findings.length === 0 ? 'No findings.' : findingLines(seen.findings);
  const facts = seen.facts.map((fact) => factLine(fact, now)).join('\n');
  return [
    ...sections(
      `*Findings*: ${clean} of ${seen.checks.length} checks are clean\n${found}`,
      FINDING_SECTIONS,
      REST,
    ),
    ...sections(facts === '' ? '' : `*What was seen*\n${facts}`, FACT_SECTIONS, REST),
  ];
}

/** One box for one statement. A label holds 2,000 characters: nobody confirms what can't be read to its end. */
function statement({ say }: Acknowledgement, place: number): readonly KnownBlock[] {
  const fits = [...say].length <= LABEL_MAX;
  return [
    ...(fits ? [] : sections(escaped(say), STATEMENT_SECTIONS, '… (cut; the plan file has it in full)')),
    input(`${GROUP}:${place}`, fits ? say : `Statement ${place + 1}, which stands above`, {
      type: 'checkboxes',
      action_id: VALUE,
      options: [option('I confirm this', String(place))],
    }),
  ];
}

/** More statements than the form has room for blocks: ten in one text, with a box each below it. */
function statementGroup(group: readonly Acknowledgement[], from: number): readonly KnownBlock[] {
  const full = group.map(({ say }, place) => `${from + place + 1}. ${escaped(say)}`).join('\n');
  return [
    ...sections(full, STATEMENT_SECTIONS, '… (cut; the plan file has it in full)'),
    input(`${GROUP}:${from}`, `Statements ${from + 1} to ${from + group.length}`, {
      type: 'checkboxes',
      action_id: VALUE,
      options: group.map((_, place) =>
        option(`I confirm statement ${from + place + 1}`, String(from + place)),
      ),
    }),
  ];
}

function confirmations(list: readonly Acknowledgement[]): readonly KnownBlock[] {
  const single = list.flatMap(statement);
  if (single.length <= STATEMENT_BLOCKS) return single;
  const groups = Array.from({ length: Math.ceil(list.length / BOXES) }, (_, index) => index * BOXES);
  return groups.flatMap((from) => statementGroup(list.slice(from, from + BOXES), from));
}

export function reviewModal(view: UpgradeView): Modal {
  const { upgrade, plan, target, now } = view;
  if (plan === null) return notice(`Review ${upgrade.id}`, `${label(upgrade)} has no plan yet.`);
  const { body, digest } = plan;
  const first: readonly KnownBlock[] = [
    header(title(upgrade, target?.title)),
    ...sections(about(view), 2, REST),
    ...evidence(plan, now),
    section(
      `*What will run*; every command in full is in the file plan-${shortDigest(digest)}.txt in the thread`,
    ),
  ];
  const last: readonly KnownBlock[] = [
    ...confirmations(body.acknowledgements),
    section(
      `*Approve* takes one place for you, for exactly this plan (\`${shortDigest(digest)}\`) and this window. A plan that would be different when it starts is not run. To say no, close this and press Decline on the card.`,
    ),
  ];
  const room = MODAL_BLOCKS_MAX - first.length - last.length;
  return modal({
    callback: VIEWS.review,
    title: `Review ${upgrade.id}`,
    submit: 'Approve',
    close: 'Cancel',
    metadata: buttonValue({ upgrade: upgrade.id, subject: digest }),
    blocks: [...first, ...stepLists(body.steps, room), ...last],
  });
}
