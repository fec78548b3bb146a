/** The few modal shapes that we use, within Slack's limits. */
import type { InputBlock, InputBlockElement, KnownBlock, PlainTextOption } from '@slack/types';
import type { Modal } from './block-kit.ts';
import { cut } from './cut.ts';

const TITLE_MAX = 24;
export const LABEL_MAX = 2000;
const HINT_MAX = 2000;
/** Slack's types say 75, its newer pages 150: the smaller is safe with both. */
export const OPTION_MAX = 75;
/** Of a static select. */
export const OPTIONS_MAX = 100;
/** Slack's own limit for a text field is 3,000. */
const NOTE_MAX = 2000;

export const MODAL_BLOCKS_MAX = 100;
/** Where a value is found in the state of each of our input blocks. */
export const VALUE = 'value';

const plain = (text: string, max: number) => ({
  type: 'plain_text' as const,
  text: cut(text, max),
  emoji: true,
});

export function modal(options: {
  readonly callback: string;
  readonly title: string;
  /** null = nothing to submit. */
  readonly submit: string | null;
  readonly close: string;
  readonly metadata?: string;
  readonly blocks: readonly KnownBlock[];
}): Modal {
  return {
    type: 'modal',
    callback_id: options.callback,
    title: plain(options.title, TITLE_MAX),
    ...(options.submit !== null && { submit: plain(options.submit, TITLE_MAX) }),
    close: plain(options.close, TITLE_MAX),
    ...(options.metadata !== undefined && { private_metadata: options.metadata }),
    blocks: options.blocks.slice(0, MODAL_BLOCKS_MAX),
  };
}

export function option(text: string, value: string, description?: string): PlainTextOption {
  return {
    text: plain(text, OPTION_MAX),
    value,
    ...(description !== undefined && description !== '' && { description: plain(description, OPTION_MAX) }),
  };
}

export function input(
  block: string,
  label: string,
  element: InputBlockElement,
  more: { readonly hint?: string; readonly optional?: boolean; readonly dispatch?: boolean } = {},
): InputBlock {
  return {
    type: 'input',
    block_id: block,
    label: plain(label, LABEL_MAX),
    element,
    optional: more.optional ?? false,
    ...(more.hint !== undefined && more.hint !== '' && { hint: plain(more.hint, HINT_MAX) }),
    ...(more.dispatch && { dispatch_action: true }),
  };
}

/** Free text for people: a reason, a note. */
export function noteInput(
  block: string,
  label: string,
  more: { readonly hint?: string; readonly optional?: boolean; readonly initial?: string } = {},
): InputBlock {
  return input(
    block,
    label,
    {
      type: 'plain_text_input',
      action_id: VALUE,
      multiline: true,
      max_length: NOTE_MAX,
      ...(more.initial !== undefined &&
        more.initial !== '' && { initial_value: cut(more.initial, NOTE_MAX) }),
    },
    more,
  );
}
