/** The few Block Kit shapes that we use, within Slack's limits; text is escaped here and nowhere else. */
import type { KnownBlock, ModalView } from '@slack/types';
import { cut, cutLines, inPieces } from './cut.ts';
import { fitted } from './fit.ts';

export interface Message {
  /** The complete status in words: a screen reader reads only this. */
  readonly text: string;
  readonly blocks: readonly KnownBlock[];
}

export type Modal = ModalView;

/** chat.update refuses more than 4,000 characters; some room for what Slack adds to mentions. */
const TEXT_MAX = 3500;
const SECTION_MAX = 3000;
const HEADER_MAX = 150;
const CONTEXT_MAX = 2000;
/** Slack allows 75; about 30 are shown on a phone. */
const BUTTON_MAX = 75;

/** Only these three characters mean something to Slack; escaped, no log line can ping anybody. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** People, groups, channels and times: what the verbs put into their sentences. */
const MENTION = /&lt;(@[UW][A-Z0-9]+|#C[A-Z0-9]+|!subteam\^S[A-Z0-9]+|!date\^\d+\^[^&<>|]*\|[^&<>]*)&gt;/g;

/** Sentences of the verbs mix mentions with what people typed: mentions stay, everything else is escaped. */
export function escapedSay(text: string): string {
  return escaped(text).replace(MENTION, '<$1>');
}

/** The same where Slack shows plain text only, as under a field: a mention is its id, a time its words. */
export function plainSay(text: string): string {
  return escaped(text)
    .replace(MENTION, (_, inside: string) => inside.split('|')[1] ?? inside.replace('!subteam^', ''))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

/** @param more ends a text that is cut: where the rest is to be found */
export function message(text: string, blocks: readonly KnownBlock[], more?: string): Message {
  return { text: cutLines(text, TEXT_MAX, more), blocks: fitted(blocks) };
}

export function header(text: string): KnownBlock {
  return { type: 'header', text: { type: 'plain_text', text: cut(text, HEADER_MAX), emoji: true } };
}

export function section(markdown: string): KnownBlock {
  return { type: 'section', text: { type: 'mrkdwn', text: cutLines(markdown, SECTION_MAX), verbatim: true } };
}

/** A long text in as many sections as it needs, at most `most`; cut at lines. */
export function sections(markdown: string, most: number, more?: string): readonly KnownBlock[] {
  return inPieces(markdown, SECTION_MAX, most, more)
    .filter((part) => part.trim() !== '')
    .map(section);
}

export function context(markdown: string): KnownBlock {
  return {
    type: 'context',
    elements: [{ type: 'mrkdwn', text: cutLines(markdown, CONTEXT_MAX), verbatim: true }],
  };
}

/** Never parsed by Slack: output of hosts stands as it is. */
export function preformatted(text: string): KnownBlock {
  return {
    type: 'rich_text',
    elements: [
      { type: 'rich_text_preformatted', elements: [{ type: 'text', text: cut(text, SECTION_MAX) }] },
    ],
  };
}

export interface Button {
  readonly action: string;
  readonly label: string;
  /** What a screen reader says: names the upgrade, because a thread has many buttons alike. */
  readonly spoken: string;
  readonly value: string;
  readonly style?: 'primary' | 'danger';
  readonly confirm?: { readonly title: string; readonly text: string; readonly yes: string };
}

export function buttons(list: readonly Button[]): KnownBlock {
  return {
    type: 'actions',
    elements: list.map(({ action, label, spoken, value, style, confirm }) => ({
      type: 'button' as const,
      action_id: action,
      text: { type: 'plain_text' as const, text: cut(label, BUTTON_MAX), emoji: true },
      accessibility_label: cut(spoken, BUTTON_MAX),
      value,
      ...(style && { style }),
      ...(confirm && {
        confirm: {
          title: { type: 'plain_text' as const, text: cut(confirm.title, 100) },
          text: { type: 'mrkdwn' as const, text: cut(confirm.text, 300) },
          confirm: { type: 'plain_text' as const, text: cut(confirm.yes, 30) },
          deny: { type: 'plain_text' as const, text: 'Back' },
          ...(style === 'danger' && { style }),
        },
      }),
    })),
  };
}
