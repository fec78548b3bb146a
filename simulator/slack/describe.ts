/**
 * A channel or a thread as plain text. `text` is what a screen reader says: the top-level text alone. `blocks` is what
 * the eye sees, with buttons in brackets.
 */
import { isObject, type Json } from './block-kit/shape.ts';
import { nestedBlocks } from './block-kit/walk.ts';
import type { MessageState } from './control.ts';
import { optionsOf } from './state.ts';
import type { Workspace } from './workspace.ts';

export type DescribeView = 'text' | 'blocks';

interface Reader {
  readonly workspace: Workspace;
  readonly zone: string;
}

function clockTime(at: number, zone: string, long: boolean): string {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    ...(long && { weekday: 'short', day: 'numeric', month: 'short' }),
    hour: '2-digit',
    minute: '2-digit',
  }).format(at);
}

function mention({ workspace }: Reader, kind: string, id: string, label: string | undefined): string {
  if (label !== undefined) return label;
  if (kind === '@') return `@${workspace.users.get(id)?.name ?? id}`;
  if (kind === '#') return `#${workspace.channels.get(id)?.name ?? id}`;
  return `@${workspace.groups.get(id)?.handle ?? id}`;
}

/** Mentions, dates and links as they are read; the marks for bold and code stay. */
function readable(reader: Reader, text: string): string {
  return text
    .replace(/<!date\^(\d+)\^([^|>^]*)(?:\^[^|>]*)?(?:\|[^>]*)?>/g, (_, seconds: string, format: string) =>
      clockTime(Number(seconds) * 1000, reader.zone, /date/.test(format)),
    )
    .replace(/<!subteam\^([A-Z0-9]+)(?:\|([^>]*))?>/g, (_, id: string, label?: string) =>
      mention(reader, 'S', id, label),
    )
    .replace(/<!(here|channel|everyone)(?:\|[^>]*)?>/g, '@$1')
    .replace(/<([@#])([A-Z0-9]+)(?:\|([^>]*))?>/g, (_, kind: string, id: string, label?: string) =>
      mention(reader, kind, id, label),
    )
    .replace(/<((?:https?|mailto):[^|>]+)(?:\|([^>]*))?>/g, (_, url: string, label?: string) =>
      label === undefined ? url : `${label} (${url})`,
    )
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

function textOf(reader: Reader, value: unknown): string {
  if (typeof value === 'string') return value;
  if (!isObject(value) || typeof value.text !== 'string') return '';
  return value.type === 'mrkdwn' ? readable(reader, value.text) : value.text;
}

function list(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function richInline(reader: Reader, part: Json): string {
  switch (part.type) {
    case 'user':
      return mention(reader, '@', String(part.user_id), undefined);
    case 'usergroup':
      return mention(reader, 'S', String(part.usergroup_id), undefined);
    case 'channel':
      return mention(reader, '#', String(part.channel_id), undefined);
    case 'broadcast':
      return `@${String(part.range)}`;
    case 'emoji':
      return `:${String(part.name)}:`;
    case 'date':
      return clockTime(Number(part.timestamp) * 1000, reader.zone, /date/.test(String(part.format)));
    case 'link':
      return String(part.text ?? part.url);
    default:
      return String(part.text ?? '');
  }
}

function rich(reader: Reader, element: Json): string {
  const inner = list(element.elements);
  if (element.type === 'rich_text_list')
    return inner
      .map((entry, index) => `${element.style === 'ordered' ? `${index + 1}.` : '•'} ${rich(reader, entry)}`)
      .join('\n');
  const text = inner.map((part) => richInline(reader, part)).join('');
  const mark = { rich_text_quote: '> ', rich_text_preformatted: '    ' }[String(element.type)] ?? '';
  return mark === ''
    ? text
    : text
        .split('\n')
        .map((line) => `${mark}${line}`)
        .join('\n');
}

function element(reader: Reader, value: Json): string {
  const label = textOf(reader, value.text);
  switch (value.type) {
    case 'button':
    case 'workflow_button':
    case 'icon_button':
      return `[${label}]`;
    case 'feedback_buttons':
      return `[${textOf(reader, isObject(value.positive_button) ? value.positive_button.text : '')}] [${textOf(reader, isObject(value.negative_button) ? value.negative_button.text : '')}]`;
    case 'image':
      return `(picture: ${String(value.alt_text)})`;
    case 'plain_text':
    case 'mrkdwn':
      return textOf(reader, value);
    default: {
      const choices = optionsOf(value).map((option) => textOf(reader, option.text));
      return `‹${choices.length > 0 ? choices.join(' | ') : String(value.type)}›`;
    }
  }
}

const TASK = { pending: 'to do', in_progress: 'running', complete: 'done', error: 'failed' } as const;

function task(reader: Reader, value: Json): string {
  const word = Object.entries(TASK).find(([status]) => status === value.status)?.[1] ?? '';
  const more = [value.details, value.output].filter(isObject).map((part) => `\n  ${block(reader, part)}`);
  return `- ${String(value.title)} · ${word}${more.join('')}`;
}

function cells(reader: Reader, row: unknown): string {
  return list(row)
    .map((cell) => (cell.type === 'rich_text' ? block(reader, cell) : String(cell.text)))
    .join(' | ');
}

function block(reader: Reader, value: Json): string {
  switch (value.type) {
    case 'section': {
      const fields = list(value.fields).map((field) => textOf(reader, field));
      const accessory = isObject(value.accessory) ? [element(reader, value.accessory)] : [];
      return [textOf(reader, value.text), ...fields, ...accessory].filter((part) => part !== '').join('\n');
    }
    case 'header':
      return `== ${textOf(reader, value.text)} ==`;
    case 'divider':
      return '----';
    case 'context':
    case 'actions':
    case 'context_actions':
      return list(value.elements)
        .map((entry) => element(reader, entry))
        .join(' ');
    case 'image':
      return `(picture: ${String(value.alt_text)})`;
    case 'video':
      return `(video: ${String(value.alt_text)})`;
    case 'rich_text':
      return list(value.elements)
        .map((entry) => rich(reader, entry))
        .join('\n');
    case 'input':
      return `${textOf(reader, value.label)}: ${isObject(value.element) ? element(reader, value.element) : ''}`;
    case 'plan':
      return [String(value.title), ...list(value.tasks).map((entry) => task(reader, entry))].join('\n');
    case 'task_card':
      return task(reader, value);
    case 'table':
    case 'data_table':
      return (Array.isArray(value.rows) ? value.rows : []).map((row) => cells(reader, row)).join('\n');
    case 'card':
      return [
        ...[value.title, value.subtitle, value.body].map((part) => textOf(reader, part)),
        list(value.actions)
          .map((entry) => element(reader, entry))
          .join(' '),
      ]
        .filter((part) => part !== '')
        .join('\n');
    case 'container':
      return textOf(reader, value.title);
    case 'carousel':
      return '';
    default:
      return textOf(reader, value.text);
  }
}

function describeBlocks(reader: Reader, blocks: readonly Json[]): string {
  return blocks
    .flatMap((entry) => nestedBlocks(entry, ''))
    .map((entry) => block(reader, entry.block))
    .filter((text) => text !== '')
    .join('\n');
}

function indented(text: string, by: string): string {
  return text
    .split('\n')
    .map((line) => `${by}${line}`)
    .join('\n');
}

function describeMessage(reader: Reader, message: MessageState, view: DescribeView): string {
  const marks = [
    ...(message.ephemeral ? ['only you can see this'] : []),
    ...(message.edited ? ['edited'] : []),
    ...(message.broadcast ? ['also sent to the channel'] : []),
  ];
  const head = `${clockTime(message.sentAt, reader.zone, false)} ${message.author.name}${marks.length > 0 ? ` (${marks.join(', ')})` : ''}`;
  const seen =
    view === 'blocks' && message.blocks !== null && message.blocks.length > 0
      ? describeBlocks(reader, message.blocks)
      : readable(reader, message.text);
  const files = message.files.map((file) => `(file: ${file.title}, ${file.size} bytes)`);
  return [head, ...[seen, ...files].filter((text) => text !== '').map((text) => indented(text, '  '))].join(
    '\n',
  );
}

export function describeMessages(
  reader: Reader,
  messages: readonly MessageState[],
  threads: { readonly [parentTs: string]: readonly MessageState[] },
  view: DescribeView,
): string {
  return messages
    .map((message) => {
      const replies = message.broadcast ? [] : (threads[message.ts] ?? []);
      return [
        describeMessage(reader, message, view),
        ...replies.map((reply) => indented(describeMessage(reader, reply, view), '    ')),
      ].join('\n');
    })
    .join('\n\n');
}
