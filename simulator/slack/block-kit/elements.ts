/** Interactive elements. Source: the block-element pages and @slack/types (limits in their doc comments). */
import {
  colour,
  confirm,
  either,
  imageElement,
  initialAmongOptions,
  linkOption,
  optionGroups,
  options,
  plainOption,
  plainText,
  richOption,
} from './objects.ts';
import { richTextBlock } from './rich-text.ts';
import {
  type Check,
  type Fields,
  flag,
  list,
  matching,
  object,
  oneOf,
  problem,
  rule,
  string,
  text,
  whole,
} from './shape.ts';

const actionable = { action_id: text(255) };
const confirmable = { confirm };
const focusable = { focus_on_load: flag };
const placeholder = { placeholder: plainText(150) };
const dispatchable = {
  dispatch_action_config: object({
    optional: {
      trigger_actions_on: list(oneOf('on_enter_pressed', 'on_character_entered'), { min: 1, max: 2 }),
    },
  }),
};
const spoken = { accessibility_label: text(75) };

function element(fields: Fields, ...more: readonly Check[]): Check {
  return object({ ...fields, optional: { ...actionable, ...fields.optional } }, ...more);
}

const button = element({
  required: { text: plainText(75) },
  optional: { ...confirmable, ...spoken, url: text(3000), value: text(2000, 0), style: colour },
});

const workflowButton = element({
  required: {
    text: plainText(75),
    workflow: object({
      required: {
        trigger: object({
          required: { url: text(3000) },
          optional: {
            customizable_input_parameters: list(
              object({ required: { name: text(255), value: text(3000, 0) } }),
              { max: 100 },
            ),
          },
        }),
      },
    }),
  },
  optional: { ...confirmable, ...spoken, style: colour },
});

const date = matching(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, 'a date like 2026-11-25');
const time = matching(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time like 22:25');

const select = { ...confirmable, ...focusable, ...placeholder };
const multi = { ...select, max_selected_items: whole(1, 1000) };

const staticOptions: Fields = { optional: { options, option_groups: optionGroups } };
const conversationFilter = object({
  optional: {
    include: list(oneOf('im', 'mpim', 'private', 'public'), { min: 1, max: 4 }),
    exclude_external_shared_channels: flag,
    exclude_bot_users: flag,
  },
});

const optionList = list(plainOption, { min: 1, max: 100 });
const idList = list(string, { max: 100 });

const SELECTS: { readonly [type: string]: Check } = {
  static_select: element(
    { optional: { ...staticOptions.optional, ...select, initial_option: plainOption } },
    either('options', 'option_groups'),
    initialAmongOptions,
  ),
  external_select: element({
    optional: { ...select, initial_option: plainOption, min_query_length: whole(0, 3000) },
  }),
  users_select: element({ optional: { ...select, initial_user: string } }),
  conversations_select: element({
    optional: {
      ...select,
      initial_conversation: string,
      default_to_current_conversation: flag,
      response_url_enabled: flag,
      filter: conversationFilter,
    },
  }),
  channels_select: element({ optional: { ...select, initial_channel: string, response_url_enabled: flag } }),
};

const MULTI_SELECTS: { readonly [type: string]: Check } = {
  multi_static_select: element(
    { optional: { ...staticOptions.optional, ...multi, initial_options: optionList } },
    either('options', 'option_groups'),
    initialAmongOptions,
  ),
  multi_external_select: element({
    optional: { ...multi, initial_options: optionList, min_query_length: whole(0, 3000) },
  }),
  multi_users_select: element({ optional: { ...multi, initial_users: idList } }),
  multi_conversations_select: element({
    optional: {
      ...multi,
      initial_conversations: idList,
      default_to_current_conversation: flag,
      filter: conversationFilter,
    },
  }),
  multi_channels_select: element({ optional: { ...multi, initial_channels: idList } }),
};

const CHOICES: { readonly [type: string]: Check } = {
  checkboxes: element(
    {
      required: { options: list(richOption, { min: 1, max: 10 }) },
      optional: { ...confirmable, ...focusable, initial_options: list(richOption, { min: 1, max: 10 }) },
    },
    initialAmongOptions,
  ),
  radio_buttons: element(
    {
      required: { options: list(richOption, { min: 1, max: 10 }) },
      optional: { ...confirmable, ...focusable, initial_option: richOption },
    },
    initialAmongOptions,
  ),
};

const TIMES: { readonly [type: string]: Check } = {
  datepicker: element({ optional: { ...select, initial_date: date } }),
  timepicker: element({ optional: { ...select, initial_time: time, timezone: text(100) } }),
};

const datetimepicker = element({
  optional: { ...confirmable, ...focusable, initial_date_time: whole(1_000_000_000, 9_999_999_999) },
});

const overflow = element({
  required: { options: list(linkOption, { min: 1, max: 5 }) },
  optional: confirmable,
});

const richTextInput = element({
  optional: {
    ...dispatchable,
    ...focusable,
    ...placeholder,
    initial_value: richTextBlock,
    min_lines: whole(1, 100),
    max_lines: whole(1, 100),
  },
});

/** `min` above `max` can be filled in by nobody. */
const ordered = (min: string, max: string) =>
  rule((value, at, scope) => {
    if (value[min] !== undefined && value[max] !== undefined && Number(value[min]) > Number(value[max]))
      problem(scope, `${at}/${min}`, `must be less than or equal to ${max}`);
  });

const typedInput = { ...dispatchable, ...focusable, ...placeholder };
const numeric = matching(/^-?\d+(\.\d+)?$/, 'a number in a string');

const INPUTS: { readonly [type: string]: Check } = {
  plain_text_input: element(
    {
      optional: {
        ...typedInput,
        initial_value: text(3000, 0),
        multiline: flag,
        min_length: whole(0, 3000),
        max_length: whole(1, 3000),
      },
    },
    ordered('min_length', 'max_length'),
  ),
  number_input: element(
    {
      required: { is_decimal_allowed: flag },
      optional: { ...typedInput, initial_value: numeric, min_value: numeric, max_value: numeric },
    },
    ordered('min_value', 'max_value'),
  ),
  email_text_input: element({ optional: { ...typedInput, initial_value: text(3000, 0) } }),
  url_text_input: element({ optional: { ...typedInput, initial_value: text(3000, 0) } }),
};

const fileInput = element(
  { optional: { filetypes: list(text(255), { min: 1, max: 100 }), max_files: whole(1, 10) } },
  rule((_, at, scope) => {
    if (scope.surface !== 'modal') problem(scope, `${at}/type`, 'unsupported type: file_input');
  }),
);

const feedbackButton = object({
  required: { text: plainText(75), value: text(2000) },
  optional: spoken,
});

/** What may stand where. */
export const SECTION_ACCESSORIES = {
  ...SELECTS,
  ...MULTI_SELECTS,
  ...CHOICES,
  ...TIMES,
  button,
  overflow,
  workflow_button: workflowButton,
  image: imageElement,
};

export const ACTIONS_ELEMENTS = {
  ...SELECTS,
  ...MULTI_SELECTS,
  ...CHOICES,
  ...TIMES,
  button,
  datetimepicker,
  overflow,
  workflow_button: workflowButton,
  rich_text_input: richTextInput,
};

export const INPUT_ELEMENTS = {
  ...SELECTS,
  ...MULTI_SELECTS,
  ...CHOICES,
  ...TIMES,
  ...INPUTS,
  datetimepicker,
  rich_text_input: richTextInput,
  file_input: fileInput,
};

export const CONTEXT_ACTIONS_ELEMENTS = {
  feedback_buttons: element({
    required: { positive_button: feedbackButton, negative_button: feedbackButton },
  }),
  icon_button: element({
    required: { icon: text(255), text: plainText(75) },
    optional: {
      ...confirmable,
      ...spoken,
      value: text(2000),
      visible_to_user_ids: list(string, { max: 100 }),
    },
  }),
};

export { button };
