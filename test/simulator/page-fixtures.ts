/** A workspace in the middle of an upgrade, and one message with every kind of block. */
import type {
  BlockJson,
  ChannelState,
  ControlState,
  FileState,
  MessageState,
  ModalState,
  Persona,
} from '../../simulator/slack/control.ts';

export const ROSA: Persona = {
  id: 'U0ROSA',
  name: 'Rosa',
  role: 'requester',
  zone: 'Europe/Lisbon',
  letter: 'R',
  kind: 'person',
};
export const AMIR: Persona = {
  ...ROSA,
  id: 'U0AMIR',
  name: 'Amir',
  role: 'approver',
  zone: 'Asia/Dubai',
  letter: 'A',
};
const BEA: Persona = {
  ...ROSA,
  id: 'U0BEA',
  name: 'Bea',
  role: 'approver',
  zone: 'Europe/Berlin',
  letter: 'B',
};
const OLU: Persona = {
  ...ROSA,
  id: 'U0OLU',
  name: 'Olu',
  role: 'on-call',
  zone: 'Africa/Lagos',
  letter: 'O',
};
const BOT: Persona = {
  ...ROSA,
  id: 'U0BOT',
  name: 'Cutover',
  role: 'app',
  zone: 'UTC',
  letter: 'C',
  kind: 'bot',
};

/** 2026-11-25 13:00 UTC. */
export const T0 = Date.UTC(2026, 10, 25, 13);
const minutes = (count: number) => count * 60_000;
export const CHANNEL = 'C0UPGRADES';

let serial = 0;

export function message(overrides: Partial<MessageState> = {}): MessageState {
  serial += 1;
  const sentAt = overrides.sentAt ?? T0;
  return {
    ts: `${Math.floor(sentAt / 1000)}.${String(serial).padStart(6, '0')}`,
    threadTs: null,
    author: BOT,
    sentAt,
    text: 'A message',
    blocks: null,
    files: [],
    edited: false,
    revision: 1,
    ephemeral: false,
    broadcast: false,
    tombstone: false,
    replies: { count: 0, users: [], latest: null },
    reactions: [],
    ...overrides,
  };
}

export const section = (text: string): BlockJson => ({
  type: 'section',
  text: { type: 'mrkdwn', text, verbatim: true },
});
export const plain = (text: string) => ({ type: 'plain_text', text });
const richText = (...elements: readonly unknown[]): BlockJson => ({ type: 'rich_text', elements });
const words = (...elements: readonly unknown[]) => ({ type: 'rich_text_section', elements });
const text = (value: string, style?: Readonly<Record<string, boolean>>) => ({
  type: 'text',
  text: value,
  style,
});
const date = (at: number) => `<!date^${at / 1000}^{date_short_pretty} {time}|in UTC>`;

const STEPS = [
  'Check that nobody is connected',
  'Take a snapshot',
  'Download the snapshot and compare sizes',
  'Stop the manager',
  'Replace the packages',
  'Restore the snapshot',
  'Check the version',
];

/** The card of an upgrade that is at its third step. */
export function cardBlocks(done: number): readonly BlockJson[] {
  return [
    { type: 'header', text: plain('U-1 · Cloudify Manager, Lisbon → 4.6'), block_id: `h${done}` },
    section(`Running since ${date(T0 + minutes(62))}. Step ${done + 1} of 7 “${STEPS[done]}”: running.`),
    section(
      `*Requested by* <@${ROSA.id}>: support for 4.4 ends in December\n*Window* ${date(T0 + minutes(60))} to ${date(T0 + minutes(180))} (2 h); once started it runs to the end\n*Plan* v1 \`7f3a90c1\`, In place: 7 steps, about 48 min\n🟥 *No way back* after “Replace the packages”.`,
    ),
    {
      type: 'plan',
      title: 'Steps of U-1',
      tasks: STEPS.map((title, at) => ({
        type: 'task_card',
        task_id: `s${at}`,
        title: at === 4 ? `${title} (no way back after this)` : title,
        status: at < done ? 'complete' : at === done ? 'in_progress' : 'pending',
      })),
    },
    {
      type: 'actions',
      block_id: `a${done}`,
      elements: [
        { type: 'button', action_id: 'why', text: plain('Why is it waiting?'), value: 'U-1|-' },
        {
          type: 'button',
          action_id: 'stop',
          text: plain('Stop'),
          style: 'danger',
          value: 'U-1|-',
          accessibility_label: 'Stop U-1',
        },
      ],
    },
    {
      type: 'context',
      elements: [
        { type: 'mrkdwn', text: `lisbon-manager · /upgrade status U-1 · as of ${date(T0 + minutes(70))}` },
      ],
    },
  ];
}

const LOG: FileState = {
  id: 'F0LOG',
  name: 'U-1-snapshot.log',
  title: 'Output of “Take a snapshot”',
  mimetype: 'text/plain',
  altText: '',
  size: 48_211,
  url: '/control/file/F0LOG',
  content: Array.from(
    { length: 60 },
    (_, at) => `2026-11-25 14:0${at % 10}:12 CFY <None> [snapshot_1] line ${at}`,
  ).join('\n'),
};

/** Every kind of block that may stand in a message. */
export const EVERY_BLOCK: readonly BlockJson[] = [
  { type: 'header', text: plain('Every block :rocket:') },
  section(
    'A *bold*, _italic_, ~struck~ and `code` word, snake_case_name stays, <https://example.org/a?b=1&amp;c=2|a link>, :white_check_mark: done &amp; dusted',
  ),
  section(
    `<@${ROSA.id}> and <@${AMIR.id}>, <!subteam^S0OPS>, <#${CHANNEL}>, <!here>, ${date(T0 + minutes(60))}\n&gt; quoted words\n&gt; over two lines\n\`\`\`first line\n  indented &lt;b&gt;\`\`\``,
  ),
  {
    type: 'section',
    fields: [
      { type: 'mrkdwn', text: '*Target*\nlisbon-manager' },
      { type: 'mrkdwn', text: '*Runbook*\ncloudify-manager' },
      { type: 'plain_text', text: 'plain *not bold*' },
    ],
  },
  { type: 'divider' },
  {
    type: 'section',
    text: { type: 'mrkdwn', text: 'A section with a select' },
    accessory: {
      type: 'static_select',
      action_id: 'pick',
      placeholder: plain('Pick a window'),
      options: [
        { text: plain('Tonight'), value: 'tonight' },
        { text: plain('Tomorrow'), value: 'tomorrow', description: plain('2 h') },
      ],
    },
  },
  {
    type: 'section',
    text: { type: 'mrkdwn', text: 'A section with an overflow menu' },
    accessory: {
      type: 'overflow',
      action_id: 'more',
      options: [
        { text: plain('Show the plan'), value: 'plan' },
        { text: plain('Show the audit trail'), value: 'audit' },
      ],
    },
  },
  {
    type: 'actions',
    block_id: 'act',
    elements: [
      { type: 'button', action_id: 'go', text: plain('Start now'), style: 'primary', value: '1' },
      { type: 'button', action_id: 'later', text: plain('Later'), value: '1' },
      { type: 'button', action_id: 'abort', text: plain('Abort'), style: 'danger', value: '1' },
      { type: 'datepicker', action_id: 'day', initial_date: '2026-11-26', placeholder: plain('Day') },
      { type: 'timepicker', action_id: 'hour', initial_time: '22:00', placeholder: plain('Time') },
      { type: 'datetimepicker', action_id: 'moment', initial_date_time: T0 / 1000 },
      { type: 'users_select', action_id: 'who', placeholder: plain('Hand over to') },
    ],
  },
  richText(
    words(
      text('Rich: '),
      text('bold', { bold: true }),
      text(', '),
      text('code', { code: true }),
      text(', '),
      {
        type: 'user',
        user_id: BEA.id,
      },
      text(' at '),
      { type: 'date', timestamp: T0 / 1000 + 3600, format: '{date_short_pretty} {time}', fallback: 'x' },
      text(' '),
      { type: 'emoji', name: 'tada' },
      text(' '),
      { type: 'link', url: 'https://example.org', text: 'the page' },
    ),
    { type: 'rich_text_list', style: 'ordered', elements: [words(text('first')), words(text('second'))] },
    { type: 'rich_text_list', style: 'bullet', indent: 1, elements: [words(text('below the second'))] },
    { type: 'rich_text_quote', elements: [text('said somebody')] },
    { type: 'rich_text_preformatted', elements: [text('$ cfy status\nservices:  <running> & *well*')] },
  ),
  {
    type: 'table',
    column_settings: [{}, { align: 'right' }],
    rows: [
      [
        { type: 'raw_text', text: 'Check' },
        { type: 'raw_text', text: 'Value' },
      ],
      [
        { type: 'raw_text', text: 'Free disk' },
        { type: 'raw_text', text: '41 GB' },
      ],
      [richText(words(text('Load', { bold: true }))), { type: 'raw_number', value: 0.4, text: '0.4' }],
    ],
  },
  {
    type: 'task_card',
    task_id: 't',
    title: 'Take a snapshot',
    status: 'error',
    details: richText(words(text('Exit code 1 after 4 min'))),
    sources: [{ type: 'url', url: 'https://example.org/log', text: 'log' }],
  },
  {
    type: 'image',
    alt_text: 'A bar from left to right',
    title: plain('Timeline'),
    image_url:
      'data:image/svg+xml,%3Csvg xmlns="http://www.w3.org/2000/svg" width="320" height="40"%3E%3Crect width="320" height="40" fill="%23268"/%3E%3C/svg%3E',
  },
  { type: 'image', alt_text: 'A picture elsewhere', image_url: 'https://example.org/elsewhere.png' },
  {
    type: 'markdown',
    text: '## Heading\n\nSome **bold** and *italic* and [a link](https://example.org).\n\n- one\n- two\n  - deeper\n\n1. first\n\n> quote\n\n```\ncode <b>\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |',
  },
  {
    type: 'context_actions',
    elements: [
      {
        type: 'feedback_buttons',
        action_id: 'useful',
        positive_button: { text: plain('Useful'), value: 'yes' },
        negative_button: { text: plain('Not useful'), value: 'no' },
      },
      { type: 'icon_button', action_id: 'bin', icon: 'trash', text: plain('Throw away') },
    ],
  },
  {
    type: 'container',
    title: plain('Output of the step'),
    is_collapsible: true,
    child_blocks: [section('inside the container')],
  },
  {
    type: 'card',
    title: { type: 'mrkdwn', text: '*A card*' },
    body: { type: 'mrkdwn', text: 'with a body' },
  },
  { type: 'hologram', depth: 3 },
];

export const EVERY_INPUT: readonly BlockJson[] = [
  { type: 'alert', block_id: 'al', level: 'warning', text: plain('This cannot be taken back after step 5.') },
  {
    type: 'input',
    block_id: 'target',
    dispatch_action: true,
    label: plain('Target'),
    element: {
      type: 'static_select',
      action_id: 'target',
      options: [
        { text: plain('Cloudify Manager, Lisbon'), value: 'lisbon' },
        { text: plain('Cloudify Manager, Porto'), value: 'porto' },
      ],
      initial_option: { text: plain('Cloudify Manager, Lisbon'), value: 'lisbon' },
    },
  },
  {
    type: 'input',
    block_id: 'reason',
    label: plain('Why'),
    hint: plain('Everybody in the channel can read this.'),
    element: {
      type: 'plain_text_input',
      action_id: 'reason',
      multiline: true,
      placeholder: plain('Support ends…'),
    },
  },
  {
    type: 'input',
    block_id: 'opens',
    label: plain('Window opens'),
    element: { type: 'datetimepicker', action_id: 'opens', initial_date_time: T0 / 1000 + 3600 },
  },
  {
    type: 'input',
    block_id: 'length',
    label: plain('Length in minutes'),
    element: {
      type: 'number_input',
      action_id: 'length',
      is_decimal_allowed: false,
      min_value: '30',
      initial_value: '120',
    },
  },
  {
    type: 'input',
    block_id: 'close',
    label: plain('When the window closes'),
    element: {
      type: 'radio_buttons',
      action_id: 'close',
      options: [
        { text: { type: 'mrkdwn', text: '*Finish* what was started' }, value: 'finish' },
        {
          text: { type: 'mrkdwn', text: '*Pause* before the next step' },
          value: 'pause',
          description: plain('Somebody then decides.'),
        },
      ],
      initial_option: { text: plain('Finish'), value: 'finish' },
    },
  },
  {
    type: 'input',
    block_id: 'acks',
    label: plain('I have checked'),
    element: {
      type: 'checkboxes',
      action_id: 'acks',
      options: [
        { text: plain('No users are connected'), value: 'users' },
        {
          text: plain('Support was consulted'),
          value: 'support',
          description: { type: 'mrkdwn', text: 'Ticket in the reason' },
        },
      ],
    },
  },
  {
    type: 'input',
    block_id: 'deputy',
    optional: true,
    label: plain('Deputy'),
    element: { type: 'users_select', action_id: 'deputy', placeholder: plain('Nobody') },
  },
  {
    type: 'input',
    block_id: 'tell',
    optional: true,
    label: plain('Tell as well'),
    element: { type: 'multi_users_select', action_id: 'tell', placeholder: plain('Nobody') },
  },
  {
    type: 'input',
    block_id: 'day',
    optional: true,
    label: plain('Not before'),
    element: { type: 'datepicker', action_id: 'day' },
  },
  {
    type: 'input',
    block_id: 'hour',
    optional: true,
    label: plain('Call at'),
    element: { type: 'timepicker', action_id: 'hour' },
  },
  {
    type: 'input',
    block_id: 'mail',
    optional: true,
    label: plain('E-mail'),
    element: { type: 'email_text_input', action_id: 'mail' },
  },
  {
    type: 'input',
    block_id: 'url',
    optional: true,
    label: plain('Ticket'),
    element: { type: 'url_text_input', action_id: 'url' },
  },
];

export function modal(overrides: Partial<ModalState> = {}): ModalState {
  return {
    viewId: 'V1',
    callbackId: 'start_upgrade',
    title: 'Start an upgrade',
    submit: 'Make the plan',
    close: 'Cancel',
    blocks: EVERY_INPUT,
    values: {},
    errors: {},
    depth: 1,
    revision: 1,
    ...overrides,
  };
}

export function channel(overrides: Partial<ChannelState> = {}): ChannelState {
  return {
    id: CHANNEL,
    name: 'upgrades',
    kind: 'public',
    topic: 'Planned changes to the managers, and how they went',
    archived: false,
    members: [ROSA.id, AMIR.id, BEA.id, OLU.id, BOT.id],
    member: true,
    messages: [],
    threads: {},
    ...overrides,
  };
}

export function workspace(overrides: Partial<ControlState> = {}): ControlState {
  return {
    version: 1,
    as: ROSA.id,
    team: { id: 'T0', name: 'Harbour Works' },
    app: { id: 'A0', name: 'Cutover', botUser: BOT.id, online: true, homeTab: true },
    clock: { now: T0 + minutes(72), k: 30 },
    outage: false,
    personas: [ROSA, AMIR, BEA, OLU, BOT],
    groups: [{ id: 'S0OPS', handle: 'ops-leads', users: [AMIR.id, BEA.id] }],
    channels: [channel(), channel({ id: 'C0GENERAL', name: 'general', topic: 'Everything else' })],
    modal: null,
    home: null,
    notices: [],
    commands: [
      {
        command: '/upgrade',
        description: 'Plan, approve and run an upgrade',
        usageHint:
          'start [target] | status [U-1] | list | why U-1 | audit U-1 | withdraw U-1 | stop U-1 | help',
      },
    ],
    shortcuts: [
      {
        name: 'Catch me up',
        callbackId: 'catch_up',
        type: 'message',
        description: 'What happened here, privately',
      },
    ],
    ...overrides,
  };
}

/** A thread that is well under way. */
export function story(): ControlState {
  const parent = message({
    sentAt: T0 + minutes(4),
    text: 'U-1 · Cloudify Manager, Lisbon → 4.6. Running since 14:02. Step 3 of 7.',
    blocks: cardBlocks(2),
  });
  const reply = (
    at: number,
    title: string,
    more: readonly BlockJson[] = [],
    files: readonly FileState[] = [],
  ) =>
    message({
      threadTs: parent.ts,
      sentAt: T0 + minutes(at),
      text: title,
      blocks: [section(title), ...more],
      files,
    });
  const broadcast = {
    ...reply(69, '⏸️ *Held* at “Download the snapshot”: the sizes differ. <@U0OLU>, please choose.', [
      richText({
        type: 'rich_text_preformatted',
        elements: [text('expected 48211 bytes\n     got 40960 bytes\nexit code 3')],
      }),
      {
        type: 'actions',
        block_id: 'hold',
        elements: [
          { type: 'button', action_id: 'retry', text: plain('Retry'), style: 'primary', value: 'U-1|1' },
          { type: 'button', action_id: 'look', text: plain('Look again'), value: 'U-1|1' },
          { type: 'button', action_id: 'halt', text: plain('Stop here'), style: 'danger', value: 'U-1|1' },
        ],
      },
    ]),
    broadcast: true,
  };
  const replies = [
    reply(5, '🔎 *Preflight*: 9 checks, all clean.'),
    reply(20, `✅ Approved by <@${AMIR.id}> for *ops-leads*.`),
    reply(31, `✅ Approved by <@${BEA.id}> for *data-owners*. Every place is filled.`),
    reply(62, '▶️ *Started* by <@U0ROSA>.'),
    reply(64, '✅ *Check that nobody is connected* · done, 12 s'),
    reply(68, '✅ *Take a snapshot* · done, 4 min', [], [LOG]),
    broadcast,
  ];
  const note = message({
    author: BOT,
    sentAt: T0 + minutes(2),
    ephemeral: true,
    text: 'Looking at the hosts of *lisbon-manager*. This takes about a minute.',
  });
  const hello = message({
    author: ROSA,
    sentAt: T0 + minutes(1),
    text: 'Morning all, 4.4 goes out of support next month. I would like to take Lisbon to 4.6 this afternoon.',
    reactions: [{ name: 'eyes', users: [AMIR.id, BEA.id] }],
  });
  const withReplies = {
    ...parent,
    replies: { count: replies.length, users: [BOT.id, ROSA.id], latest: replies.at(-1)?.ts ?? null },
  };
  return workspace({
    channels: [
      channel({ messages: [hello, note, withReplies, broadcast], threads: { [parent.ts]: replies } }),
      channel({ id: 'C0GENERAL', name: 'general', topic: 'Everything else' }),
    ],
  });
}
