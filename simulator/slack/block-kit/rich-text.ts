/** The `rich_text` block. Source: the rich-text-block page and @slack/types. */
import { type Check, flag, list, number, object, oneOf, string, text, typed, whole } from './shape.ts';

const styled = {
  style: object({ optional: { bold: flag, code: flag, italic: flag, strike: flag, underline: flag } }),
};
/** No limit is published; the sum over the message is limited elsewhere. */
const LONG = 40_000;
const MANY = 1000;

const textElement = object({ required: { text: text(LONG) }, optional: styled });
const linkElement = object({
  required: { url: text(3000) },
  optional: { ...styled, text: text(LONG), unsafe: flag },
});

const INLINE: { readonly [type: string]: Check } = {
  text: textElement,
  link: linkElement,
  broadcast: object({ required: { range: oneOf('here', 'channel', 'everyone') }, optional: styled }),
  color: object({ required: { value: text(100) }, optional: styled }),
  channel: object({ required: { channel_id: text(255) }, optional: styled }),
  date: object({
    required: { timestamp: number, format: text(255) },
    optional: { ...styled, url: text(3000), fallback: text(3000) },
  }),
  emoji: object({ required: { name: text(255) }, optional: { ...styled, unicode: string, url: text(3000) } }),
  team: object({ required: { team_id: text(255) }, optional: styled }),
  user: object({ required: { user_id: text(255) }, optional: styled }),
  usergroup: object({ required: { usergroup_id: text(255) }, optional: styled }),
};

const inline = list(typed(INLINE), { max: MANY });
const border = { border: oneOf(0, 1) };
const section = object({ required: { elements: inline } });

export const richTextFields = {
  required: {
    elements: list(
      typed({
        rich_text_section: section,
        rich_text_list: object({
          required: {
            elements: list(typed({ rich_text_section: section }), { max: MANY }),
            style: oneOf('bullet', 'ordered'),
          },
          optional: { ...border, indent: whole(0, 8), offset: whole(0, MANY) },
        }),
        rich_text_quote: object({ required: { elements: inline }, optional: border }),
        rich_text_preformatted: object({
          required: { elements: list(typed({ text: textElement, link: linkElement }), { max: MANY }) },
          optional: border,
        }),
      }),
      { min: 1, max: MANY },
    ),
  },
} as const;

/** As a field of another block or element. */
export const richTextBlock = typed({
  rich_text: object({ ...richTextFields, optional: { block_id: text(255) } }),
});
