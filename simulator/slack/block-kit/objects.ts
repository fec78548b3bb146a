/** Composition objects: text, options, confirm dialogs. Source: the composition-object pages and @slack/types. */
import { type Check, flag, isObject, list, object, oneOf, problem, rule, text, typed } from './shape.ts';

const plainFields = (max: number) => object({ required: { text: text(max) }, optional: { emoji: flag } });
const mrkdwnFields = (max: number) => object({ required: { text: text(max) }, optional: { verbatim: flag } });

/** Slack's limit of every text object that has no smaller one. */
const TEXT_MAX = 3000;

export function plainText(max = TEXT_MAX): Check {
  return typed({ plain_text: plainFields(max) });
}

export function anyText(max = TEXT_MAX): Check {
  return typed({ plain_text: plainFields(max), mrkdwn: mrkdwnFields(max) });
}

export const colour = oneOf('primary', 'danger');

export const confirm = object({
  required: { text: anyText(300) },
  optional: { title: plainText(100), confirm: plainText(30), deny: plainText(30), style: colour },
});

/** The types say 75; newer pages say 150 for values. Within 75 a bot is right either way. */
const OPTION_MAX = 75;

const option = (label: Check, more: { readonly [field: string]: Check } = {}) =>
  object({
    required: { text: label, value: text(OPTION_MAX) },
    optional: { description: plainText(OPTION_MAX), ...more },
  });

export const plainOption = option(plainText(OPTION_MAX));
/** Checkboxes and radio buttons alone may have mrkdwn labels. */
export const richOption = option(anyText(OPTION_MAX));
/** Only overflow menus may link. */
export const linkOption = option(plainText(OPTION_MAX), { url: text(3000) });

export const options = list(plainOption, { min: 1, max: 100 });
export const optionGroups = list(object({ required: { label: plainText(OPTION_MAX), options } }), {
  min: 1,
  max: 100,
});

/** Exactly one of two fields. */
export function either(first: string, second: string): Check {
  return rule((value, at, scope) => {
    if (first in value === second in value)
      problem(scope, at, `must define either \`${first}\` or \`${second}\``);
  });
}

function optionValues(element: { readonly [field: string]: unknown }): ReadonlySet<unknown> {
  const groups = Array.isArray(element.option_groups) ? element.option_groups : [];
  const lists = [element.options, ...groups.map((group) => (isObject(group) ? group.options : []))];
  return new Set(
    lists.flatMap((entries) =>
      Array.isArray(entries) ? entries.map((entry) => (isObject(entry) ? entry.value : undefined)) : [],
    ),
  );
}

/** What is chosen at first must be one of the choices. */
export const initialAmongOptions = rule((element, at, scope) => {
  const values = optionValues(element);
  const chosen = [
    ...('initial_option' in element ? [{ option: element.initial_option, at: `${at}/initial_option` }] : []),
    ...(Array.isArray(element.initial_options)
      ? element.initial_options.map((entry, index) => ({
          option: entry,
          at: `${at}/initial_options/${index}`,
        }))
      : []),
  ];
  for (const entry of chosen)
    if (isObject(entry.option) && !values.has(entry.option.value))
      problem(scope, entry.at, `no matching option for value: ${String(entry.option.value)}`);
});

/** Nobody outside this machine can fetch from these hosts, Slack included. */
const UNREACHABLE = /^https?:\/\/(localhost|127\.|10\.|192\.168\.|\[::1\])/i;

const imageUrl: Check = (value, at, scope) => {
  text(3000)(value, at, scope);
  if (typeof value !== 'string') return;
  if (!/^https?:\/\//.test(value)) problem(scope, at, 'must be a valid URL');
  else if (UNREACHABLE.test(value)) problem(scope, at, 'downloading image failed');
};

const slackFile = object(
  { optional: { id: text(255), url: text(3000) } },
  either('id', 'url'),
  rule((value, at, scope) => {
    if (typeof value.id === 'string' && !scope.fileExists(value.id)) problem(scope, at, 'invalid slack file');
  }),
);

/** Fields of an image, as a block and as an element. */
export const imageFields = {
  required: { alt_text: text(2000) },
  optional: { image_url: imageUrl, slack_file: slackFile },
} as const;

export const imageElement = object(imageFields, either('image_url', 'slack_file'));
