/** The form behind `/upgrade start`: target, flow, the runbook's inputs, window, reason. */
import type { InputBlock, InputBlockElement, KnownBlock, PlainTextOption } from '@slack/types';
import type { InputField } from '../core/inventory.ts';
import type { OnClose } from '../core/model.ts';
import type { StartForm } from '../core/view.ts';
import { formatDuration } from '../core/window.ts';
import { ACTIONS, VIEWS } from './actions.ts';
import { escaped, escapedSay, type Modal, section, sections } from './block-kit.ts';
import { cut } from './cut.ts';
import { input, modal, noteInput, OPTION_MAX, OPTIONS_MAX, option, VALUE } from './modal-kit.ts';
import { REHEARSAL } from './words.ts';

/** What has been typed so far: it survives a change of the target and a late refusal. */
export interface StartDraft {
  /** null = none was named, and the first one is proposed. One that the runbook does not know leaves the choice open. */
  readonly flow: string | null;
  readonly inputs: { readonly [field: string]: string };
  /** Epoch ms. */
  readonly opensAt: number | null;
  readonly lengthMin: number | null;
  readonly onClose: OnClose;
  readonly reason: string;
  /** Where `/upgrade` was typed. */
  readonly channel: string;
}

export const EMPTY_DRAFT: StartDraft = {
  flow: null,
  inputs: {},
  opensAt: null,
  lengthMin: null,
  onClose: 'finish',
  reason: '',
  channel: '',
};

/** What the form remembers for itself; it gives no right to anything. */
interface StartMemory {
  readonly channel: string;
  /** The window that was suggested: as long as nobody changed it, another target suggests its own. */
  readonly suggested: { readonly opensAt: number; readonly lengthMin: number };
}

export const FIELD = {
  target: 'target',
  flow: 'flow',
  window: 'window',
  length: 'length',
  onClose: 'on_close',
  reason: 'reason',
} as const;

/**
 * Slack keeps what was typed into a block as long as its id stays; blocks that depend on the target carry its name, so
 * that no choice of another runbook is left over.
 */
function blockOf(field: string, target: string): string {
  const stays = field === FIELD.target || field === FIELD.onClose || field === FIELD.reason;
  return stays ? field : `${field}@${target}`;
}

export function fieldOf(block: string): string {
  const at = block.lastIndexOf('@');
  return at < 0 ? block : block.slice(0, at);
}

/** Half hours for short work, hours for long; what was suggested is always among them. */
const LENGTHS_MIN = [30, 60, 90, 120, 150, 180, 240, 300, 360, 480, 600, 720, 960, 1440];
/** Fields beside the runbook's own: target, head, flow, window, length, on close, reason, errors, words. */
const FIELDS_MAX = 90;
/** Slack's own limit. */
const TEXT_MAX = 3000;
const PLACEHOLDER_MAX = 150;

const YES = 'true';

function choose(
  options: readonly PlainTextOption[],
  initial: string | null,
  action = VALUE,
): InputBlockElement {
  const chosen = options.find(({ value }) => value === initial);
  return {
    type: 'static_select',
    action_id: action,
    options: [...options],
    ...(chosen && { initial_option: chosen }),
  };
}

function typedElement(field: InputField, initial: string | null): InputBlockElement {
  return {
    type: 'plain_text_input',
    action_id: VALUE,
    max_length: TEXT_MAX,
    ...(initial !== null && initial !== '' && { initial_value: cut(initial, TEXT_MAX) }),
    ...(PLACEHOLDER[field.type] !== undefined && {
      placeholder: { type: 'plain_text', text: cut(PLACEHOLDER[field.type] ?? '', PLACEHOLDER_MAX) },
    }),
  };
}

const PLACEHOLDER: { readonly [type in InputField['type']]?: string } = {
  version: '4.3.1',
  path: '/absolute/path',
  url: 'https://…',
  sha256: '64 hexadecimal digits',
};

/** A list that Slack's select cannot hold is typed instead; the verb still refuses what is not in it. */
function fits(options: readonly string[]): boolean {
  return (
    options.length > 0 &&
    options.length <= OPTIONS_MAX &&
    options.every((one) => one !== '' && [...one].length <= OPTION_MAX)
  );
}

function fieldInput(field: InputField, typed: string | undefined, target: string): InputBlock {
  const block = blockOf(`input.${field.id}`, target);
  const initial = typed ?? field.default;
  const more = { hint: field.hint, optional: !field.required };
  if (field.type === 'boolean') {
    const box = option('Yes', YES);
    const ticked = initial !== null && ['true', 'yes', 'on'].includes(initial.toLowerCase());
    return input(
      block,
      field.title,
      { type: 'checkboxes', action_id: VALUE, options: [box], ...(ticked && { initial_options: [box] }) },
      { ...more, optional: true },
    );
  }
  if (field.type === 'choice' && fits(field.options))
    return input(
      block,
      field.title,
      choose(
        field.options.map((one) => option(one, one)),
        initial,
      ),
      more,
    );
  const listed = field.type === 'choice' ? ` One of: ${field.options.join(', ')}.` : '';
  return input(block, field.title, typedElement(field, initial), {
    ...more,
    hint: `${field.hint}${listed}`.trim(),
  });
}

function targetInput(form: StartForm): InputBlock {
  const { name } = form.target;
  const all = form.targets.map((one) =>
    option(one.title === one.name ? one.name : `${one.title} (${one.name})`, one.name),
  );
  // Slack lists 100 at most; the one that was typed is always among them.
  const chosen = all.filter(({ value }) => value === name);
  const others = all.filter(({ value }) => value !== name).slice(0, OPTIONS_MAX - chosen.length);
  const shown = all.length <= OPTIONS_MAX ? all : [...chosen, ...others];
  return input(FIELD.target, 'Target', choose(shown, name, ACTIONS.startTarget), {
    dispatch: true,
    ...(all.length > OPTIONS_MAX && {
      hint: `${all.length - OPTIONS_MAX} more are not shown here: type /upgrade start <target>.`,
    }),
  });
}

function flowInput(form: StartForm, draft: StartDraft): InputBlock {
  const options = form.flows.slice(0, OPTIONS_MAX).map(({ id, title }) => option(title, id));
  return input(
    blockOf(FIELD.flow, form.target.name),
    'How',
    choose(options, draft.flow ?? form.flows[0]?.id ?? null),
  );
}

/** The window that the form suggests, as the picker and the list of lengths can show it. */
function suggestion({ suggestedWindow }: StartForm): StartMemory['suggested'] {
  const { opensAt, closesAt } = suggestedWindow;
  return { opensAt, lengthMin: Math.max(1, Math.floor((closesAt - opensAt) / 60_000)) };
}

function windowInputs(form: StartForm, draft: StartDraft): readonly InputBlock[] {
  const { name } = form.target;
  const suggested = suggestion(form);
  const length = draft.lengthMin ?? suggested.lengthMin;
  const lengths = [...new Set([...LENGTHS_MIN, suggested.lengthMin, length])].sort((a, b) => a - b);
  const options = lengths.map((minutes) => option(formatDuration(minutes * 60), String(minutes)));
  return [
    input(
      blockOf(FIELD.window, name),
      'Window opens',
      {
        type: 'datetimepicker',
        action_id: VALUE,
        initial_date_time: Math.floor((draft.opensAt ?? suggested.opensAt) / 1000),
      },
      { hint: `In your time zone, ${form.suggestedWindow.zone}. Steps start only inside the window.` },
    ),
    input(blockOf(FIELD.length, name), 'Window length', choose(options, String(length)), {
      hint: `${formatDuration(suggested.lengthMin * 60)} would hold the plan and the time to go back.`,
    }),
  ];
}

const ON_CLOSE_OPTIONS: readonly PlainTextOption[] = [
  option('Finish: run to the end', 'finish', 'Users wait longer, nothing is left half done'),
  option(
    'Pause before the next step',
    'pause-before-next-step',
    'The run is held, and people decide how it goes on',
  ),
];

function head({ target }: StartForm): readonly KnownBlock[] {
  const places = target.approvers.map(({ need, title }) => `${escaped(title)} (${need})`).join(', ');
  const rehearsal = target.rehearsal ? `*${REHEARSAL}*: every message will say so.\n` : '';
  return sections(
    `${rehearsal}Approval by ${places === '' ? 'nobody: targets.yaml names no approvers' : places}. The thread will be in <#${target.channel}>. First the bot only looks at the hosts and shows the plan; nothing runs before it is approved and the window is open.`,
    1,
  );
}

/** Refusals that belong to no field of the form are said above it. */
function refusals(errors: { readonly [field: string]: string }): readonly KnownBlock[] {
  const lines = Object.values(errors).map((say) => `• ${escapedSay(say)}`);
  if (lines.length === 0) return [];
  return sections(`⛔ *Not accepted, nothing was asked yet*\n${lines.join('\n')}`, 1, '…');
}

/** Words of the command that mean nothing here. */
function notUnderstood(words: readonly string[]): readonly KnownBlock[] {
  if (words.length === 0) return [];
  return sections(`⚠️ *Not understood*\n${words.map((say) => `• ${escaped(say)}`).join('\n')}`, 1, '…');
}

export function startModal(
  form: StartForm,
  draft: StartDraft,
  errors: { readonly [field: string]: string } = {},
  unknown: readonly string[] = [],
): Modal {
  const { name } = form.target;
  const memory: StartMemory = { channel: draft.channel, suggested: suggestion(form) };
  const onClose = ON_CLOSE_OPTIONS.find(({ value }) => value === draft.onClose);
  const tooMany = form.fields.length - FIELDS_MAX;
  return modal({
    callback: VIEWS.start,
    title: 'Start an upgrade',
    submit: 'Ask for it',
    close: 'Cancel',
    metadata: JSON.stringify(memory),
    blocks: [
      ...refusals(errors),
      ...notUnderstood(unknown),
      targetInput(form),
      ...head(form),
      flowInput(form, draft),
      ...form.fields.slice(0, FIELDS_MAX).map((field) => fieldInput(field, draft.inputs[field.id], name)),
      ...(tooMany > 0 ? [section(`⚠️ ${tooMany} more inputs of the runbook do not fit into a form.`)] : []),
      ...windowInputs(form, draft),
      input(FIELD.onClose, 'If the window closes while it runs', {
        type: 'radio_buttons',
        action_id: VALUE,
        options: [...ON_CLOSE_OPTIONS],
        ...(onClose && { initial_option: onClose }),
      }),
      noteInput(FIELD.reason, 'Reason', {
        hint: 'Approvers decide on it: say why this, and why now.',
        initial: draft.reason,
      }),
    ],
  });
}
