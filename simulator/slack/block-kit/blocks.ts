/**
 * Blocks and where they may stand: a table from the block catalogue of docs.slack.dev (September 2026).
 * `data_visualization` is not here: its fields could not be read anywhere, so it is refused rather than guessed.
 * `file` is not here: it only appears in what Slack hands out, an app cannot post it.
 */
import {
  ACTIONS_ELEMENTS,
  button,
  CONTEXT_ACTIONS_ELEMENTS,
  INPUT_ELEMENTS,
  SECTION_ACCESSORIES,
} from './elements.ts';
import { anyText, either, imageElement, imageFields, plainText } from './objects.ts';
import { richTextBlock, richTextFields } from './rich-text.ts';
import {
  type Check,
  type Fields,
  flag,
  isObject,
  list,
  matching,
  object,
  oneOf,
  problem,
  rule,
  type Surface,
  text,
  typed,
  whole,
} from './shape.ts';
import { column, dataTableRows, tableRows } from './tables.ts';

function block(fields: Fields, ...more: readonly Check[]): Check {
  return object({ ...fields, optional: { block_id: text(255), ...fields.optional } }, ...more);
}

const section = block(
  {
    optional: {
      text: anyText(3000),
      fields: list(anyText(2000), { min: 1, max: 10 }),
      accessory: typed(SECTION_ACCESSORIES),
      expand: flag,
    },
  },
  rule((value, at, scope) => {
    if (!('text' in value) && !('fields' in value))
      problem(scope, `${at}/type`, 'must define either `text` or `fields`');
  }),
);

const image = block(
  { ...imageFields, optional: { ...imageFields.optional, title: plainText(2000) } },
  either('image_url', 'slack_file'),
);

const input = block({
  required: { label: plainText(2000), element: typed(INPUT_ELEMENTS) },
  optional: { hint: plainText(2000), optional: flag, dispatch_action: flag },
});

const https = matching(/^https:\/\//, 'an https URL');

const video = block({
  required: { video_url: https, thumbnail_url: https, alt_text: text(2000), title: plainText(199) },
  optional: {
    title_url: https,
    author_name: text(49),
    provider_name: text(255),
    provider_icon_url: https,
    description: plainText(2000),
  },
});

const taskCard = block({
  required: {
    task_id: text(255),
    title: text(3000),
    status: oneOf('pending', 'in_progress', 'complete', 'error'),
  },
  optional: {
    details: richTextBlock,
    output: richTextBlock,
    sources: list(typed({ url: object({ required: { url: text(3000), text: text(3000) } }) }), { max: 100 }),
  },
});

/** Undocumented; others who use the block stop at 48 to 50. */
const TASKS_MAX = 50;

const plan = block(
  {
    required: { title: text(3000) },
    optional: { tasks: list(typed({ task_card: taskCard }), { max: TASKS_MAX }) },
  },
  rule((value, at, scope) => {
    const seen = new Set<unknown>();
    const tasks = Array.isArray(value.tasks) ? value.tasks : [];
    tasks.forEach((task, index) => {
      const id = isObject(task) ? task.task_id : undefined;
      if (id !== undefined && seen.has(id))
        problem(scope, `${at}/tasks/${index}/task_id`, `task_id "${String(id)}" already exists`);
      seen.add(id);
    });
  }),
);

/** The page contradicts itself on the kind of text: both kinds are taken. */
const card = block(
  {
    optional: {
      hero_image: typed({ image: imageElement }),
      icon: typed({ image: imageElement }),
      title: anyText(150),
      subtitle: anyText(150),
      body: anyText(200),
      actions: list(typed({ button }), { min: 1, max: 3 }),
    },
  },
  rule((value, at, scope) => {
    if (!['hero_image', 'title', 'actions', 'body'].some((field) => field in value))
      problem(scope, at, 'must define at least one of `hero_image`, `title`, `actions`, `body`');
  }),
);

const header = block({ required: { text: plainText(150) } });
const context = block({
  required: {
    elements: list(
      typed({
        image: imageElement,
        plain_text: anyText(),
        mrkdwn: anyText(),
      }),
      { min: 1, max: 10 },
    ),
  },
});
const actions = block({ required: { elements: list(typed(ACTIONS_ELEMENTS), { min: 1, max: 25 }) } });
const divider = block({});
const richText = block(richTextFields);
const table = block({
  required: { rows: tableRows },
  optional: { column_settings: list(column, { max: 20 }) },
});

const EVERYWHERE: { readonly [type: string]: Check } = {
  section,
  header,
  divider,
  context,
  image,
  actions,
  input,
  video,
  rich_text: richText,
  card,
};

const container = block(
  {
    required: {
      child_blocks: list(
        typed({
          actions,
          context,
          divider,
          header,
          image,
          input,
          rich_text: richText,
          section,
          table,
          video,
        }),
        { min: 1, max: 10 },
      ),
    },
    optional: {
      title: plainText(150),
      rich_text_title: richTextBlock,
      subtitle: anyText(150),
      width: oneOf('narrow', 'standard', 'wide', 'full'),
      icon: typed({ image: imageElement }),
      is_collapsible: flag,
      default_collapsed: flag,
      has_header_divider: flag,
    },
  },
  rule((value, at, scope) => {
    if (!('title' in value) && !('rich_text_title' in value))
      problem(scope, at, 'must define either `title` or `rich_text_title`');
    if (value.default_collapsed === true && value.is_collapsible !== true)
      problem(scope, `${at}/default_collapsed`, 'requires `is_collapsible`');
  }),
);

const WIDE: { readonly [type: string]: Check } = {
  table,
  data_table: block({
    required: { rows: dataTableRows, caption: text(3000) },
    optional: { page_size: whole(1, 100), row_header_column_index: whole(0, 19) },
  }),
  carousel: block({ required: { elements: list(typed({ card }), { min: 1, max: 10 }) } }),
  container,
};

/** By surface; what does not stand in a row is refused there as `unsupported type`. */
export const BLOCKS: { readonly [surface in Surface]: { readonly [type: string]: Check } } = {
  message: {
    ...EVERYWHERE,
    ...WIDE,
    markdown: block({ required: { text: text(12_000) } }),
    plan,
    task_card: taskCard,
    context_actions: block({
      required: { elements: list(typed(CONTEXT_ACTIONS_ELEMENTS), { min: 1, max: 5 }) },
    }),
  },
  modal: {
    ...EVERYWHERE,
    alert: block({
      required: { text: anyText(200) },
      optional: { level: oneOf('default', 'info', 'warning', 'error', 'success') },
    }),
  },
  home: { ...EVERYWHERE, ...WIDE },
};
