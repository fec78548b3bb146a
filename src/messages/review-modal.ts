/** What an approver sees and signs: the plan by its digest, the risk in plain words, the window, the evidence, the statements. */
import type { InputBlock, KnownBlock, RichTextElement, RichTextSection } from '@slack/types';
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
import { input, MODAL_BLOCKS_MAX, modal, OPTION_MAX, option, VALUE } from './modal-kit.ts';
import { notice } from './notice.ts';
import { whatRuns, whereOf } from './plan-words.ts';
import { label, title, took } from './words.ts';

/** Slack's own limit for one group of checkboxes. */
const BOXES = 10;
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

/** Ids of the groups of checkboxes; the value of a box is the place of its statement in the plan. */
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
    ? [...lists, section(`… and ${left} more steps; the plan file in the thread has all.`)]
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

/** A statement that a box cannot hold stands in full above it; nobody confirms what they can't read. */
function statements(group: readonly Acknowledgement[], from: number, index: number): readonly KnownBlock[] {
  const numbered = (say: string, place: number) => `${from + place + 1}. ${say}`;
  const long = group.some(({ say }, place) => [...numbered(say, place)].length > OPTION_MAX);
  const boxes: InputBlock = input(`${GROUP}:${index}`, index === 0 ? 'I confirm' : 'I also confirm', {
    type: 'checkboxes',
    action_id: VALUE,
    options: group.map(({ say }, place) => option(numbered(say, place), String(from + place))),
  });
  const full = group.map(({ say }, place) => escaped(numbered(say, place))).join('\n');
  return [
    ...(long ? sections(full, STATEMENT_SECTIONS, '… (cut; the plan file has it in full)') : []),
    boxes,
  ];
}

function confirmations(list: readonly Acknowledgement[]): readonly KnownBlock[] {
  const blocks: KnownBlock[] = [];
  for (let from = 0; from < list.length; from += BOXES)
    blocks.push(...statements(list.slice(from, from + BOXES), from, from / BOXES));
  return blocks;
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
