import type { KnownBlock, View } from '@slack/types';
import { describe, expect, test } from 'vitest';
import { checkBlocks, checkMetadata, checkView, pointed } from '../../../simulator/slack/block-kit/check.ts';
import type { Surface } from '../../../simulator/slack/block-kit/shape.ts';

const files = { fileExists: (id: string) => id === 'F0KNOWN' };
const app = { ...files, appName: 'Cutover' };

function found(blocks: unknown, surface: Surface = 'message'): readonly string[] {
  return checkBlocks(blocks, surface, files).map(pointed);
}

function foundInView(view: unknown, kind: 'modal' | 'home' = 'modal'): readonly string[] {
  return checkView(view, kind, app).map(pointed);
}

const plain = (text: string) => ({ type: 'plain_text' as const, text });
const mrkdwn = (text: string) => ({ type: 'mrkdwn' as const, text });
const long = (length: number) => 'x'.repeat(length);
const button = (more: object = {}) => ({ type: 'button', text: plain('Go'), ...more });
const actions = (...elements: object[]) => [{ type: 'actions', elements }];
const section = (more: object) => [{ type: 'section', text: mrkdwn('x'), ...more }];
const option = (value: string) => ({ text: plain(value), value });
const options = (count: number) => Array.from({ length: count }, (_, index) => option(`o${index}`));
const select = (more: object = {}) => ({ type: 'static_select', options: options(2), ...more });
const input = (element: object, more: object = {}) => ({
  type: 'input',
  label: plain('Label'),
  element,
  ...more,
});
const rich = (...elements: object[]) => ({ type: 'rich_text', elements });
const said = (text: string) => ({ type: 'rich_text_section', elements: [{ type: 'text', text }] });
const task = (more: object = {}) => ({
  type: 'task_card',
  task_id: 't1',
  title: 'Step',
  status: 'pending',
  ...more,
});
const cell = (text: string) => ({ type: 'raw_text', text });
const modal = (more: object = {}) => ({
  type: 'modal',
  title: plain('Title'),
  submit: plain('Go'),
  blocks: [],
  ...more,
});

describe('a message is refused when', () => {
  const cases: readonly (readonly [string, unknown, string])[] = [
    ['the blocks are no list', { type: 'divider' }, 'must provide an array [json-pointer:/blocks]'],
    [
      'there are 51 blocks',
      Array(51).fill({ type: 'divider' }),
      'no more than 50 items allowed [json-pointer:/blocks]',
    ],
    [
      'a block type is unknown',
      [{ type: 'sektion' }],
      'unsupported type: sektion [json-pointer:/blocks/0/type]',
    ],
    ['a block has no type', [{ text: plain('x') }], 'missing required field: type [json-pointer:/blocks/0]'],
    [
      'an alert stands in a message',
      [{ type: 'alert', text: plain('x') }],
      'unsupported type: alert [json-pointer:/blocks/0/type]',
    ],
    [
      'a file block is posted',
      [{ type: 'file', source: 'remote', external_id: 'x' }],
      'unsupported type: file [json-pointer:/blocks/0/type]',
    ],
    [
      'a field is unknown',
      [{ type: 'divider', colour: 'red' }],
      'invalid additional property: colour [json-pointer:/blocks/0]',
    ],
    [
      'a section is empty',
      [{ type: 'section' }],
      'must define either `text` or `fields` [json-pointer:/blocks/0/type]',
    ],
    [
      'a section text has 3001 characters',
      [{ type: 'section', text: mrkdwn(long(3001)) }],
      'must be less than 3001 characters [json-pointer:/blocks/0/text/text]',
    ],
    [
      'a text is empty',
      [{ type: 'section', text: mrkdwn('') }],
      'must be more than 0 characters [json-pointer:/blocks/0/text/text]',
    ],
    [
      'a text is a bare string',
      [{ type: 'section', text: 'x' }],
      'must provide an object [json-pointer:/blocks/0/text]',
    ],
    [
      'there are 11 fields',
      section({ fields: Array(11).fill(plain('x')) }),
      'no more than 10 items allowed [json-pointer:/blocks/0/fields]',
    ],
    [
      'a field has 2001 characters',
      section({ fields: [plain(long(2001))] }),
      'must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]',
    ],
    [
      'an accessory is a text input',
      section({ accessory: { type: 'plain_text_input' } }),
      'unsupported type: plain_text_input [json-pointer:/blocks/0/accessory/type]',
    ],
    [
      'an accessory is a datetimepicker',
      section({ accessory: { type: 'datetimepicker' } }),
      'unsupported type: datetimepicker [json-pointer:/blocks/0/accessory/type]',
    ],
    [
      'plain_text carries verbatim',
      [{ type: 'section', text: { ...plain('x'), verbatim: true } }],
      'invalid additional property: verbatim [json-pointer:/blocks/0/text]',
    ],
    [
      'mrkdwn carries emoji',
      [{ type: 'section', text: { ...mrkdwn('x'), emoji: true } }],
      'invalid additional property: emoji [json-pointer:/blocks/0/text]',
    ],
    [
      'a header is mrkdwn',
      [{ type: 'header', text: mrkdwn('x') }],
      'unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]',
    ],
    [
      'a header has 151 characters',
      [{ type: 'header', text: plain(long(151)) }],
      'must be less than 151 characters [json-pointer:/blocks/0/text/text]',
    ],
    [
      'a context has 11 elements',
      [{ type: 'context', elements: Array(11).fill(mrkdwn('x')) }],
      'no more than 10 items allowed [json-pointer:/blocks/0/elements]',
    ],
    [
      'a button stands in a context',
      [{ type: 'context', elements: [button()] }],
      'unsupported type: button [json-pointer:/blocks/0/elements/0/type]',
    ],
    [
      'there are 26 buttons',
      actions(...Array(26).fill(button())),
      'no more than 25 items allowed [json-pointer:/blocks/0/elements]',
    ],
    [
      'an actions block is empty',
      actions(),
      'no fewer than 1 items allowed [json-pointer:/blocks/0/elements]',
    ],
    [
      'a button has no text',
      actions({ type: 'button' }),
      'missing required field: text [json-pointer:/blocks/0/elements/0]',
    ],
    [
      'a button text is mrkdwn',
      actions(button({ text: mrkdwn('x') })),
      'unsupported type: mrkdwn [json-pointer:/blocks/0/elements/0/text/type]',
    ],
    [
      'a button text has 76 characters',
      actions(button({ text: plain(long(76)) })),
      'must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]',
    ],
    [
      'a button value has 2001 characters',
      actions(button({ value: long(2001) })),
      'must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]',
    ],
    [
      'a button url has 3001 characters',
      actions(button({ url: long(3001) })),
      'must be less than 3001 characters [json-pointer:/blocks/0/elements/0/url]',
    ],
    [
      'an accessibility label has 76 characters',
      actions(button({ accessibility_label: long(76) })),
      'must be less than 76 characters [json-pointer:/blocks/0/elements/0/accessibility_label]',
    ],
    [
      'a style is unknown',
      actions(button({ style: 'warning' })),
      'unsupported value: warning [json-pointer:/blocks/0/elements/0/style]',
    ],
    [
      'an action_id has 256 characters',
      actions(button({ action_id: long(256) })),
      'must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]',
    ],
    [
      'two elements of a block share an action_id',
      actions(button({ action_id: 'a' }), button({ action_id: 'a' })),
      '`action_id` "a" already exists in this block [json-pointer:/blocks/0/elements/1/action_id]',
    ],
    [
      'two blocks share a block_id',
      [
        { type: 'divider', block_id: 'b' },
        { type: 'divider', block_id: 'b' },
      ],
      'block_id "b" already exists [json-pointer:/blocks/1/block_id]',
    ],
    [
      'a confirm has no text',
      actions(button({ confirm: { title: plain('x') } })),
      'missing required field: text [json-pointer:/blocks/0/elements/0/confirm]',
    ],
    [
      'a confirm title has 101 characters',
      actions(button({ confirm: { text: plain('x'), title: plain(long(101)) } })),
      'must be less than 101 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]',
    ],
    [
      'a confirm text has 301 characters',
      actions(button({ confirm: { text: plain(long(301)) } })),
      'must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]',
    ],
    [
      'a confirm button has 31 characters',
      actions(button({ confirm: { text: plain('x'), confirm: plain(long(31)) } })),
      'must be less than 31 characters [json-pointer:/blocks/0/elements/0/confirm/confirm/text]',
    ],
    [
      'a confirm button is mrkdwn',
      actions(button({ confirm: { text: plain('x'), deny: mrkdwn('x') } })),
      'unsupported type: mrkdwn [json-pointer:/blocks/0/elements/0/confirm/deny/type]',
    ],
    [
      'a select has 101 options',
      actions(select({ options: options(101) })),
      'no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]',
    ],
    [
      'a select has no options',
      actions({ type: 'static_select' }),
      'must define either `options` or `option_groups` [json-pointer:/blocks/0/elements/0]',
    ],
    [
      'a select has an empty list',
      actions(select({ options: [] })),
      'no fewer than 1 items allowed [json-pointer:/blocks/0/elements/0/options]',
    ],
    [
      'a select has options and groups',
      actions(select({ option_groups: [{ label: plain('g'), options: options(1) }] })),
      'must define either `options` or `option_groups` [json-pointer:/blocks/0/elements/0]',
    ],
    [
      'an option text has 76 characters',
      actions(select({ options: [{ text: plain(long(76)), value: 'v' }] })),
      'must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/text/text]',
    ],
    [
      'an option value has 76 characters',
      actions(select({ options: [{ text: plain('x'), value: long(76) }] })),
      'must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/value]',
    ],
    [
      'an option has no value',
      actions(select({ options: [{ text: plain('x') }] })),
      'missing required field: value [json-pointer:/blocks/0/elements/0/options/0]',
    ],
    [
      'a select option is mrkdwn',
      actions(select({ options: [{ text: mrkdwn('x'), value: 'v' }] })),
      'unsupported type: mrkdwn [json-pointer:/blocks/0/elements/0/options/0/text/type]',
    ],
    [
      'a select option has a url',
      actions(select({ options: [{ ...option('v'), url: 'https://x.example' }] })),
      'invalid additional property: url [json-pointer:/blocks/0/elements/0/options/0]',
    ],
    [
      'an initial option is none of the options',
      actions(select({ initial_option: option('other') })),
      'no matching option for value: other [json-pointer:/blocks/0/elements/0/initial_option]',
    ],
    [
      'an initial option is null',
      actions(select({ initial_option: null })),
      'must provide an object [json-pointer:/blocks/0/elements/0/initial_option]',
    ],
    [
      'a placeholder has 151 characters',
      actions(select({ placeholder: plain(long(151)) })),
      'must be less than 151 characters [json-pointer:/blocks/0/elements/0/placeholder/text]',
    ],
    [
      'there are 11 checkboxes',
      actions({ type: 'checkboxes', options: options(11) }),
      'no more than 10 items allowed [json-pointer:/blocks/0/elements/0/options]',
    ],
    [
      'an overflow menu has 6 options',
      actions({ type: 'overflow', options: options(6) }),
      'no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]',
    ],
    [
      'a date is no date',
      actions({ type: 'datepicker', initial_date: '25.11.2026' }),
      'must be a date like 2026-11-25 [json-pointer:/blocks/0/elements/0/initial_date]',
    ],
    [
      'a time is no time',
      actions({ type: 'timepicker', initial_time: '7pm' }),
      'must be a time like 22:25 [json-pointer:/blocks/0/elements/0/initial_time]',
    ],
    [
      'a moment is in milliseconds',
      actions({ type: 'datetimepicker', initial_date_time: 1_700_000_000_000 }),
      'must be less than or equal to 9999999999 [json-pointer:/blocks/0/elements/0/initial_date_time]',
    ],
    [
      'an image has no alt_text',
      [{ type: 'image', image_url: 'https://x.example/a.png' }],
      'missing required field: alt_text [json-pointer:/blocks/0]',
    ],
    [
      'an image has 2001 characters of alt_text',
      [{ type: 'image', image_url: 'https://x.example/a.png', alt_text: long(2001) }],
      'must be less than 2001 characters [json-pointer:/blocks/0/alt_text]',
    ],
    [
      'an image is on this machine',
      [{ type: 'image', image_url: 'http://127.0.0.1/a.png', alt_text: 'a' }],
      'downloading image failed [json-pointer:/blocks/0/image_url]',
    ],
    [
      'an image has no source',
      [{ type: 'image', alt_text: 'a' }],
      'must define either `image_url` or `slack_file` [json-pointer:/blocks/0]',
    ],
    [
      'an image names an unknown file',
      [{ type: 'image', alt_text: 'a', slack_file: { id: 'F0NONE' } }],
      'invalid slack file [json-pointer:/blocks/0/slack_file]',
    ],
    [
      'a rich text element is unknown',
      [rich({ type: 'rich_text_table', elements: [] })],
      'unsupported type: rich_text_table [json-pointer:/blocks/0/elements/0/type]',
    ],
    [
      'preformatted text contains a mention',
      [rich({ type: 'rich_text_preformatted', elements: [{ type: 'user', user_id: 'U1' }] })],
      'unsupported type: user [json-pointer:/blocks/0/elements/0/elements/0/type]',
    ],
    [
      'a rich text list has no style',
      [rich({ type: 'rich_text_list', elements: [said('x')] })],
      'missing required field: style [json-pointer:/blocks/0/elements/0]',
    ],
    [
      'an empty text stands in rich text',
      [rich(said(''))],
      'must be more than 0 characters [json-pointer:/blocks/0/elements/0/elements/0/text]',
    ],
    [
      'a task has a status of another world',
      [{ type: 'plan', title: 'p', tasks: [task({ status: 'completed' })] }],
      'unsupported value: completed [json-pointer:/blocks/0/tasks/0/status]',
    ],
    [
      'a task has no id',
      [{ type: 'plan', title: 'p', tasks: [{ type: 'task_card', title: 'x', status: 'error' }] }],
      'missing required field: task_id [json-pointer:/blocks/0/tasks/0]',
    ],
    [
      'a task title is a text object',
      [task({ title: plain('x') })],
      'must provide a string [json-pointer:/blocks/0/title]',
    ],
    [
      'a task has details in mrkdwn',
      [task({ details: mrkdwn('x') })],
      'unsupported type: mrkdwn [json-pointer:/blocks/0/details/type]',
    ],
    [
      'a task card carries a button',
      [task({ actions: [button()] })],
      'invalid additional property: actions [json-pointer:/blocks/0]',
    ],
    [
      'a plan has two tasks with one id',
      [{ type: 'plan', title: 'p', tasks: [task(), task()] }],
      'task_id "t1" already exists [json-pointer:/blocks/0/tasks/1/task_id]',
    ],
    [
      'a plan has 51 tasks',
      [{ type: 'plan', title: 'p', tasks: Array.from({ length: 51 }, (_, i) => task({ task_id: `t${i}` })) }],
      'no more than 50 items allowed [json-pointer:/blocks/0/tasks]',
    ],
    [
      'plan and task_card stand together',
      [{ type: 'plan', title: 'p', tasks: [] }, task()],
      '`plan` and `task_card` cannot be used in the same message [json-pointer:/blocks]',
    ],
    [
      'a table has 101 rows',
      [{ type: 'table', rows: Array(101).fill([cell('x')]) }],
      'no more than 100 items allowed [json-pointer:/blocks/0/rows]',
    ],
    [
      'a table row has 21 cells',
      [{ type: 'table', rows: [Array(21).fill(cell('x'))] }],
      'no more than 20 items allowed [json-pointer:/blocks/0/rows/0]',
    ],
    [
      'a table has 10001 characters',
      [{ type: 'table', rows: [[cell(long(9000)), cell(long(1001))]] }],
      'must be less than 10001 characters in all cells [json-pointer:/blocks/0/rows]',
    ],
    [
      'a cell is mrkdwn',
      [{ type: 'table', rows: [[mrkdwn('x')]] }],
      'unsupported type: mrkdwn [json-pointer:/blocks/0/rows/0/0/type]',
    ],
    [
      'a data table has no caption',
      [{ type: 'data_table', rows: [[cell('h')], [cell('x')]] }],
      'missing required field: caption [json-pointer:/blocks/0]',
    ],
    [
      'a data table has a header only',
      [{ type: 'data_table', caption: 'c', rows: [[cell('h')]] }],
      'no fewer than 2 items allowed [json-pointer:/blocks/0/rows]',
    ],
    [
      'markdown blocks have 12001 characters together',
      [
        { type: 'markdown', text: long(6001) },
        { type: 'markdown', text: long(6000) },
      ],
      'must be less than 12001 characters in all markdown blocks [json-pointer:/blocks]',
    ],
    [
      'a card is empty',
      [{ type: 'card' }],
      'must define at least one of `hero_image`, `title`, `actions`, `body` [json-pointer:/blocks/0]',
    ],
    [
      'a card has four buttons',
      [{ type: 'card', actions: Array(4).fill(button()) }],
      'no more than 3 items allowed [json-pointer:/blocks/0/actions]',
    ],
    [
      'a carousel has 11 cards',
      [{ type: 'carousel', elements: Array(11).fill({ type: 'card', title: mrkdwn('x') }) }],
      'no more than 10 items allowed [json-pointer:/blocks/0/elements]',
    ],
    [
      'a container has no title',
      [{ type: 'container', child_blocks: [{ type: 'divider' }] }],
      'must define either `title` or `rich_text_title` [json-pointer:/blocks/0]',
    ],
    [
      'a container lies in a container',
      [{ type: 'container', title: plain('x'), child_blocks: [{ type: 'container' }] }],
      'unsupported type: container [json-pointer:/blocks/0/child_blocks/0/type]',
    ],
    [
      'context_actions has six elements',
      [
        {
          type: 'context_actions',
          elements: Array(6).fill({ type: 'icon_button', icon: 'trash', text: plain('x') }),
        },
      ],
      'no more than 5 items allowed [json-pointer:/blocks/0/elements]',
    ],
    [
      'a video is not https',
      [
        {
          type: 'video',
          video_url: 'http://x.example',
          thumbnail_url: 'https://x.example',
          alt_text: 'a',
          title: plain('t'),
        },
      ],
      'must be an https URL [json-pointer:/blocks/0/video_url]',
    ],
    [
      'a file input stands in a message',
      [input({ type: 'file_input' })],
      'unsupported type: file_input [json-pointer:/blocks/0/element/type]',
    ],
  ];
  test.each(cases)('%s', (_, blocks, line) => {
    expect(found(blocks)).toEqual([line]);
  });
});

describe('a modal is refused when', () => {
  const failed = 'failed to match all allowed schemas [json-pointer:/view]';
  const cases: readonly (readonly [string, unknown, string])[] = [
    [
      'its title has 25 characters',
      modal({ title: plain(long(25)) }),
      'must be less than 25 characters [json-pointer:/view/title/text]',
    ],
    [
      'its submit has 25 characters',
      modal({ submit: plain(long(25)) }),
      'must be less than 25 characters [json-pointer:/view/submit/text]',
    ],
    [
      'its title is mrkdwn',
      modal({ title: mrkdwn('x') }),
      'unsupported type: mrkdwn [json-pointer:/view/title/type]',
    ],
    ['it has no title', { type: 'modal', blocks: [] }, 'missing required field: title [json-pointer:/view]'],
    [
      'it has no blocks',
      { type: 'modal', title: plain('x') },
      'missing required field: blocks [json-pointer:/view]',
    ],
    [
      'it has 101 blocks',
      modal({ blocks: Array(101).fill({ type: 'divider' }) }),
      'no more than 100 items allowed [json-pointer:/view/blocks]',
    ],
    [
      'its private_metadata has 3001 characters',
      modal({ private_metadata: long(3001) }),
      'must be less than 3001 characters [json-pointer:/view/private_metadata]',
    ],
    [
      'its callback_id has 256 characters',
      modal({ callback_id: long(256) }),
      'must be less than 256 characters [json-pointer:/view/callback_id]',
    ],
    [
      'it has a field of workflow steps',
      modal({ submit_disabled: true }),
      'invalid additional property: submit_disabled [json-pointer:/view]',
    ],
    [
      'it has an input and nothing to submit',
      { type: 'modal', title: plain('x'), blocks: [input({ type: 'plain_text_input' })] },
      'Cutover must define `submit` to use an `input` block in modals [json-pointer:/view/blocks/0/input]',
    ],
    [
      'it has a plan',
      modal({ blocks: [{ type: 'plan', title: 'p' }] }),
      'unsupported type: plan [json-pointer:/view/blocks/0/type]',
    ],
    [
      'it has a table',
      modal({ blocks: [{ type: 'table', rows: [[cell('x')]] }] }),
      'unsupported type: table [json-pointer:/view/blocks/0/type]',
    ],
    [
      'it has a markdown block',
      modal({ blocks: [{ type: 'markdown', text: 'x' }] }),
      'unsupported type: markdown [json-pointer:/view/blocks/0/type]',
    ],
    [
      'an alert has 201 characters',
      modal({ blocks: [{ type: 'alert', text: plain(long(201)) }] }),
      'must be less than 201 characters [json-pointer:/view/blocks/0/text/text]',
    ],
    [
      'an alert has an unknown level',
      modal({ blocks: [{ type: 'alert', text: plain('x'), level: 'fatal' }] }),
      'unsupported value: fatal [json-pointer:/view/blocks/0/level]',
    ],
    [
      'a label has 2001 characters',
      modal({ blocks: [input({ type: 'plain_text_input' }, { label: plain(long(2001)) })] }),
      'must be less than 2001 characters [json-pointer:/view/blocks/0/label/text]',
    ],
    [
      'a label is mrkdwn',
      modal({ blocks: [input({ type: 'plain_text_input' }, { label: mrkdwn('x') })] }),
      'unsupported type: mrkdwn [json-pointer:/view/blocks/0/label/type]',
    ],
    [
      'an input holds a button',
      modal({ blocks: [input(button())] }),
      'unsupported type: button [json-pointer:/view/blocks/0/element/type]',
    ],
    [
      'a text input may take 3001 characters',
      modal({ blocks: [input({ type: 'plain_text_input', max_length: 3001 })] }),
      'must be less than or equal to 3000 [json-pointer:/view/blocks/0/element/max_length]',
    ],
    [
      'a text input has its ends crossed',
      modal({ blocks: [input({ type: 'plain_text_input', min_length: 9, max_length: 3 })] }),
      'must be less than or equal to max_length [json-pointer:/view/blocks/0/element/min_length]',
    ],
    [
      'a number input does not say about decimals',
      modal({ blocks: [input({ type: 'number_input' })] }),
      'missing required field: is_decimal_allowed [json-pointer:/view/blocks/0/element]',
    ],
    [
      'a number input takes numbers as numbers',
      modal({ blocks: [input({ type: 'number_input', is_decimal_allowed: true, min_value: 3 })] }),
      'must be a number in a string [json-pointer:/view/blocks/0/element/min_value]',
    ],
    [
      'a file input takes 11 files',
      modal({ blocks: [input({ type: 'file_input', max_files: 11 })] }),
      'must be less than or equal to 10 [json-pointer:/view/blocks/0/element/max_files]',
    ],
    [
      'two inputs want the focus',
      modal({
        blocks: [
          input({ type: 'plain_text_input', focus_on_load: true }),
          input({ type: 'plain_text_input', focus_on_load: true }),
        ],
      }),
      'only one element can have `focus_on_load` [json-pointer:/view/blocks/1/element/focus_on_load]',
    ],
    [
      'a dispatch rule is unknown',
      modal({
        blocks: [
          input({ type: 'plain_text_input', dispatch_action_config: { trigger_actions_on: ['on_blur'] } }),
        ],
      }),
      'unsupported value: on_blur [json-pointer:/view/blocks/0/element/dispatch_action_config/trigger_actions_on/0]',
    ],
    [
      'a conversation filter is unknown',
      modal({ blocks: [input({ type: 'conversations_select', filter: { include: ['dm'] } })] }),
      'unsupported value: dm [json-pointer:/view/blocks/0/element/filter/include/0]',
    ],
  ];
  test.each(cases)('%s', (_, view, line) => {
    expect(foundInView(view)).toEqual([failed, line]);
  });

  test('it is a Home tab', () => {
    expect(foundInView({ type: 'home', blocks: [] })).toEqual([
      failed,
      'unsupported type: home [json-pointer:/view/type]',
    ]);
  });
});

test('a Home tab has no title and no plan', () => {
  expect(
    foundInView({ type: 'home', title: plain('x'), blocks: [{ type: 'plan', title: 'p' }] }, 'home'),
  ).toEqual([
    'failed to match all allowed schemas [json-pointer:/view]',
    'invalid additional property: title [json-pointer:/view]',
    'unsupported type: plan [json-pointer:/view/blocks/0/type]',
  ]);
});

test('an emoji beyond the basic plane counts once', () => {
  const tall = '🟥';
  expect(found([{ type: 'header', text: plain(tall.repeat(150)) }])).toEqual([]);
  expect(found([{ type: 'header', text: plain(tall.repeat(151)) }])).toHaveLength(1);
});

test('every problem is told, not only the first', () => {
  expect(
    found([
      { type: 'header', text: plain(long(151)) },
      ...actions(button({ style: 'loud', value: long(2001) })),
    ]),
  ).toHaveLength(3);
});

test('what the types and the pages allow is taken', () => {
  const blocks: readonly KnownBlock[] = [
    { type: 'header', text: { type: 'plain_text', text: long(150), emoji: true } },
    {
      type: 'section',
      text: { type: 'mrkdwn', text: long(3000), verbatim: true },
      fields: [{ type: 'mrkdwn', text: long(2000) }],
      accessory: {
        type: 'overflow',
        action_id: 'more',
        options: [{ text: plain('x'), value: 'v', url: 'https://x.example' }],
      },
      expand: true,
    },
    { type: 'divider' },
    { type: 'image', image_url: 'https://x.example/a.png', alt_text: 'A timeline', title: plain('Timeline') },
    { type: 'image', slack_file: { id: 'F0KNOWN' }, alt_text: 'A timeline' },
    {
      type: 'context',
      elements: [
        { type: 'mrkdwn', text: 'x' },
        { type: 'image', image_url: 'https://x.example/a.png', alt_text: 'a' },
      ],
    },
    {
      type: 'actions',
      elements: [
        {
          type: 'button',
          text: plain('Go'),
          action_id: 'go',
          value: '',
          style: 'primary',
          accessibility_label: 'Start U-1',
        },
        { type: 'static_select', action_id: 'pick', options: [option('a')], initial_option: option('a') },
        { type: 'datetimepicker', action_id: 'when', initial_date_time: 1_700_000_000 },
        { type: 'users_select', action_id: 'who', initial_user: 'U1' },
        { type: 'checkboxes', action_id: 'ticks', options: [{ text: mrkdwn('*x*'), value: 'v' }] },
      ],
    },
    {
      type: 'rich_text',
      elements: [
        { type: 'rich_text_preformatted', elements: [{ type: 'text', text: 'line' }], border: 0 },
        {
          type: 'rich_text_list',
          style: 'ordered',
          elements: [
            { type: 'rich_text_section', elements: [{ type: 'date', timestamp: 1, format: '{time}' }] },
          ],
        },
      ],
    },
    {
      type: 'plan',
      title: 'Steps',
      tasks: [{ type: 'task_card', task_id: 'a', title: 'Step', status: 'complete' }],
    },
    {
      type: 'table',
      rows: [
        [
          { type: 'raw_text', text: 'x' },
          { type: 'raw_number', value: 1, text: '1' },
        ],
      ],
      column_settings: [{ align: 'right' }],
    },
    { type: 'markdown', text: '# x' },
    {
      type: 'context_actions',
      elements: [
        {
          type: 'feedback_buttons',
          positive_button: { text: plain('y'), value: 'y' },
          negative_button: { text: plain('n'), value: 'n' },
        },
      ],
    },
    {
      type: 'container',
      title: plain('Output'),
      is_collapsible: true,
      default_collapsed: true,
      child_blocks: [{ type: 'divider' }],
    },
    { type: 'carousel', elements: [{ type: 'card', title: { type: 'mrkdwn', text: 'x' } }] },
  ];
  expect(found(blocks)).toEqual([]);
  const view: View = {
    type: 'modal',
    title: plain(long(24)),
    submit: plain('Go'),
    close: plain('Back'),
    private_metadata: '',
    notify_on_close: true,
    blocks: [
      { type: 'alert', text: plain('Careful'), level: 'warning' },
      {
        type: 'input',
        label: plain('When'),
        element: { type: 'timepicker', initial_time: '22:25', timezone: 'Europe/Oslo' },
      },
      {
        type: 'input',
        label: plain('Who'),
        element: { type: 'multi_users_select', max_selected_items: 3 },
        optional: true,
      },
      {
        type: 'input',
        label: plain('Why'),
        element: { type: 'plain_text_input', multiline: true, max_length: 3000 },
        dispatch_action: true,
      },
    ] as KnownBlock[],
  };
  expect(foundInView(view)).toEqual([]);
});

test('metadata is a name and flat values', () => {
  const payload = (event_payload: unknown, event_type: unknown = 'card_posted') => ({
    event_type,
    event_payload,
  });
  expect(checkMetadata(payload({ id: 'U-1', n: 3, deep: { a: 'b' }, list: [{ a: true }] }))).toBeNull();
  expect(checkMetadata(payload('x'))).toBe('invalid_metadata_format');
  expect(checkMetadata({ event_payload: {} })).toBe('invalid_metadata_format');
  expect(checkMetadata(payload({}, 'Card Posted'))).toBe('invalid_metadata_format');
  expect(checkMetadata({ ...payload({}), more: 1 })).toBe('invalid_metadata_format');
  expect(checkMetadata(payload({ deep: { deeper: { a: 1 } } }))).toBe('invalid_metadata_schema');
  expect(checkMetadata(payload({ nothing: null }))).toBe('invalid_metadata_schema');
});
