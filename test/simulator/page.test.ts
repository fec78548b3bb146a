import { readFile } from 'node:fs/promises';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BlockJson, ControlState, MessageState } from '../../simulator/slack/control.ts';
import { launchChromium, openPage, PATIENCE_MS } from './chromium.ts';
import * as fixture from './page-fixtures.ts';
import { type PageStub, startPageStub } from './page-stub.ts';

const PHONE = { width: 390, height: 844 };
/** These run in the page, of which this project's types know nothing. */
const FOCUSED_NAME =
  "document.activeElement === document.body ? '' : (document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent)";
const SOON = { timeout: PATIENCE_MS };

let browser: Browser;
let stub: PageStub | undefined;
let complaints: readonly string[] = [];

beforeAll(async () => {
  browser = await launchChromium();
});

afterAll(() => browser?.close());

afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  await stub?.close();
  stub = undefined;
  const found = complaints;
  complaints = [];
  expect(found).toEqual([]);
});

async function open(
  state: ControlState,
  options: BrowserContextOptions & {
    readonly stateFor?: (state: ControlState, as: string) => ControlState;
  } = {},
): Promise<Page> {
  const { stateFor, ...rest } = options;
  stub = await startPageStub(state, stateFor);
  const opened = await openPage(browser, stub.url, rest);
  complaints = opened.complaints;
  return opened.page;
}

function server(): PageStub {
  if (stub === undefined) throw new Error('open a page first');
  return stub;
}

const main = (page: Page): Locator => page.getByRole('main');
const thread = (page: Page): Locator => page.getByRole('complementary', { name: 'Thread' });
const composer = (page: Page): Locator => page.getByRole('combobox', { name: /^Message #upgrades/ });

function isFocused(locator: Locator): Promise<boolean> {
  return locator.evaluate((node) => node === node.ownerDocument.activeElement);
}

function only(...blocks: readonly BlockJson[]): ControlState {
  return withMessages(fixture.message({ text: 'spoken words', blocks, author: fixture.ROSA }));
}

function withMessages(...messages: readonly MessageState[]): ControlState {
  return fixture.workspace({ channels: [fixture.channel({ messages })] });
}

/** What was done so far, without the quiet keeping of input values. */
function deeds(): readonly string[] {
  return server()
    .sent.filter(({ name }) => name !== 'select')
    .map(({ name }) => name);
}

describe('blocks', () => {
  const cases: readonly [string, (page: Page) => Promise<void>][] = [
    ['header', (page) => main(page).getByRole('heading', { name: 'Every block 🚀' }).waitFor()],
    [
      'section with marks',
      async (page) => {
        const block = main(page).locator('.block-section').first();
        expect(await block.locator('strong').allTextContents()).toEqual(['bold']);
        expect(await block.locator('em').allTextContents()).toEqual(['italic']);
        expect(await block.locator('s').allTextContents()).toEqual(['struck']);
        expect(await block.locator('code').allTextContents()).toEqual(['code']);
        expect(await block.textContent()).toContain('snake_case_name stays');
        expect(await block.textContent()).toContain('✅ done & dusted');
        expect(await block.getByRole('link', { name: 'a link' }).getAttribute('href')).toBe(
          'https://example.org/a?b=1&c=2',
        );
      },
    ],
    [
      'section with mentions, a date, a quote and preformatted text',
      async (page) => {
        const block = main(page).locator('.block-section').nth(1);
        expect(await block.locator('.mention').allTextContents()).toEqual([
          '@Rosa',
          '@Amir',
          '@ops-leads',
          '#upgrades',
          '@here',
        ]);
        expect(await block.locator('time').textContent()).toBe('today 14:00');
        expect(await block.locator('blockquote').textContent()).toBe('quoted wordsover two lines');
        expect(await block.locator('blockquote br').count()).toBe(1);
        expect(await block.locator('pre').textContent()).toBe('first line\n  indented <b>');
      },
    ],
    ['fields', async (page) => expect(await main(page).locator('.section-fields > div').count()).toBe(3)],
    ['divider', async (page) => expect(await main(page).locator('hr.block-divider').count()).toBe(1)],
    [
      'select beside a section',
      async (page) => {
        const select = main(page).getByRole('combobox', { name: 'Pick a window' });
        expect(await select.locator('option').allTextContents()).toEqual([
          'Pick a window',
          'Tonight',
          'Tomorrow – 2 h',
        ]);
      },
    ],
    [
      'overflow menu',
      (page) => main(page).locator('.accessory').getByRole('button', { name: 'More choices' }).waitFor(),
    ],
    [
      'actions',
      async (page) => {
        const block = main(page).locator('.block-actions').first();
        expect(await block.getByRole('button').allTextContents()).toEqual(['Start now', 'Later', 'Abort']);
        expect(await block.locator('input[type=date]').inputValue()).toBe('2026-11-26');
        expect(await block.locator('input[type=time]').inputValue()).toBe('22:00');
        expect(await block.locator('input[type=datetime-local]').inputValue()).toBe('2026-11-25T13:00');
        expect(await block.getByRole('combobox', { name: 'Hand over to' }).locator('option').count()).toBe(5);
      },
    ],
    [
      'rich text',
      async (page) => {
        const block = main(page).locator('.block-rich_text').first();
        expect(await block.locator('p').first().textContent()).toBe(
          'Rich: bold, code, @Bea at today 14:00 🎉 the page',
        );
        expect(await block.locator('ol li').allTextContents()).toEqual(['first', 'second']);
        expect(await block.locator('ul.indent-1 li').allTextContents()).toEqual(['below the second']);
        expect(await block.locator('blockquote').textContent()).toBe('said somebody');
        expect(await block.locator('pre').textContent()).toBe('$ cfy status\nservices:  <running> & *well*');
      },
    ],
    [
      'table',
      async (page) => {
        const table = main(page).locator('.block-table').getByRole('table');
        expect(await table.getByRole('columnheader').allTextContents()).toEqual(['Check', 'Value']);
        expect(await table.getByRole('cell').allTextContents()).toEqual([
          'Free disk',
          '41 GB',
          'Load',
          '0.4',
        ]);
      },
    ],
    [
      'task card',
      async (page) => {
        const card = main(page).locator('.block-task_card');
        expect(await card.textContent()).toContain('needs a person');
        await card.getByRole('link', { name: 'log' }).waitFor();
      },
    ],
    ['image', (page) => main(page).getByRole('img', { name: 'A bar from left to right' }).waitFor()],
    [
      'picture of another host as a link, not fetched',
      (page) => main(page).getByRole('link', { name: 'A picture elsewhere' }).waitFor(),
    ],
    [
      'markdown',
      async (page) => {
        const block = main(page).locator('.block-markdown');
        await block.getByRole('heading', { name: 'Heading' }).waitFor();
        expect(await block.locator('strong').allTextContents()).toEqual(['bold']);
        expect(await block.locator('ul ul li').allTextContents()).toEqual(['deeper']);
        expect(await block.locator('pre').textContent()).toBe('code <b>');
        expect(await block.getByRole('cell').allTextContents()).toEqual(['1', '2']);
      },
    ],
    [
      'context actions',
      async (page) => {
        const block = main(page).locator('.block-context_actions');
        expect(await block.getByRole('button').count()).toBe(3);
        await block.getByRole('button', { name: 'Throw away' }).waitFor();
      },
    ],
    ['container', (page) => main(page).getByText('inside the container').waitFor()],
    ['card', (page) => main(page).locator('.block-card').getByText('with a body').waitFor()],
    [
      'a kind that it does not know, plainly',
      (page) => main(page).getByText('A block that this page does not draw: hologram').waitFor(),
    ],
  ];

  it('are each drawn for what they are', async () => {
    const page = await open(
      withMessages(fixture.message({ text: 'every', blocks: fixture.EVERY_BLOCK, author: fixture.ROSA })),
    );
    for (const [name, check] of cases) {
      await check(page).catch((error: unknown) => {
        throw new Error(`drawing ${name}`, { cause: error });
      });
    }
  });

  it('a live plan keeps the nodes of steps that did not change', async () => {
    const page = await open(only(...fixture.cardBlocks(2)));
    const steps = main(page).getByRole('region', { name: 'Steps of U-1' }).getByRole('listitem');
    await steps.nth(2).getByText('in progress').waitFor();
    await steps.last().evaluate((node) => node.setAttribute('data-seen', 'yes'));

    server().change((state) => ({
      ...state,
      channels: state.channels.map((channel) => ({
        ...channel,
        messages: channel.messages.map((one) => ({ ...one, revision: 2, blocks: fixture.cardBlocks(3) })),
      })),
    }));

    await steps.nth(3).getByText('in progress').waitFor();
    await steps.nth(2).getByText('done').waitFor();
    expect(await steps.last().getAttribute('data-seen')).toBe('yes');
    await main(page).getByText('3 of 7 done').waitFor();
  });
});

describe('text from messages', () => {
  const EVIL = '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>';

  it('stays text wherever it stands', async () => {
    const evil = fixture.plain(EVIL);
    const blocks: BlockJson[] = [
      { type: 'header', text: evil },
      fixture.section(`*${EVIL}* <javascript:window.hurt=1|press> \`${EVIL}\``),
      {
        type: 'actions',
        elements: [{ type: 'button', action_id: 'e', text: evil, url: 'javascript:window.hurt=1' }],
      },
      {
        type: 'section',
        text: evil,
        accessory: {
          type: 'static_select',
          action_id: 's',
          placeholder: evil,
          options: [{ text: evil, value: EVIL }],
        },
      },
      {
        type: 'rich_text',
        elements: [
          {
            type: 'rich_text_section',
            elements: [
              { type: 'text', text: EVIL },
              { type: 'link', url: 'javascript:window.hurt=1', text: 'press too' },
            ],
          },
        ],
      },
      {
        type: 'plan',
        title: EVIL,
        tasks: [{ type: 'task_card', task_id: '1', title: EVIL, status: 'pending' }],
      },
      { type: 'table', rows: [[{ type: 'raw_text', text: EVIL }]] },
      {
        type: 'markdown',
        text: `## ${EVIL}\n\n[press three](javascript:window.hurt=1)\n\n| ${EVIL} |\n|---|\n| b |`,
      },
      { type: 'image', alt_text: EVIL, image_url: 'javascript:window.hurt=1' },
      { type: EVIL },
    ];
    const file = {
      id: 'F1',
      name: EVIL,
      title: EVIL,
      mimetype: 'text/html',
      altText: EVIL,
      size: 9,
      url: '/control/file/F1',
      content: EVIL,
    };
    const root = fixture.message({
      text: EVIL,
      blocks,
      files: [file],
      replies: { count: 1, users: [fixture.ROSA.id], latest: '1.0' },
    });
    const page = await open({
      ...withMessages(fixture.message({ text: EVIL, author: { ...fixture.AMIR, name: EVIL } }), root),
      modal: fixture.modal({
        title: EVIL,
        submit: EVIL,
        close: EVIL,
        blocks: [
          {
            type: 'input',
            block_id: 'b',
            label: evil,
            hint: evil,
            element: { type: 'plain_text_input', action_id: 'a', initial_value: EVIL },
          },
        ],
      }),
    });
    await page.getByRole('dialog', { name: EVIL }).waitFor();
    await page.getByRole('dialog').getByRole('textbox').waitFor();
    server().change((state) => ({ ...state, modal: null, notices: [{ at: 1, channel: null, text: EVIL }] }));
    await page.getByRole('alert').getByText(EVIL).waitFor();
    await page
      .getByRole('button', { name: `View ${EVIL}` })
      .first()
      .click();
    await page.getByRole('dialog', { name: EVIL }).getByRole('region', { name: EVIL }).waitFor();

    expect(await page.evaluate('window.hurt')).toBeUndefined();
    expect(
      await page.locator('[onerror], article script, dialog script, a[href^="javascript:"]').count(),
    ).toBe(0);
    expect(await main(page).locator('.header').first().textContent()).toBe(EVIL);
  });

  it('the screen reader view shows the words of each message and none of its blocks', async () => {
    const page = await open(only(fixture.section('drawn words')));
    await main(page).getByText('drawn words').waitFor();

    await page.getByRole('switch', { name: 'Screen reader view' }).focus();
    await page.keyboard.press('Space');

    await main(page).getByText('spoken words').waitFor();
    expect(await main(page).getByText('drawn words').count()).toBe(0);
  });
});

describe('people', () => {
  it('see nothing that is only for somebody else', async () => {
    const whisper = fixture.message({ ephemeral: true, text: 'a word in private' });
    const page = await open(withMessages(whisper), {
      stateFor: (state, as) => ({
        ...state,
        as,
        channels: state.channels.map((channel) => ({
          ...channel,
          messages: as === fixture.ROSA.id ? channel.messages : [],
        })),
      }),
    });
    await main(page).getByText('Only visible to you').waitFor();

    await page.keyboard.press('2');

    await main(page).getByText('a word in private').waitFor({ state: 'detached' });
    expect(await page.getByRole('radio', { name: 'Amir, approver' }).isChecked()).toBe(true);
    expect(new URL(page.url()).searchParams.get('as')).toBe(fixture.AMIR.id);
    await page.getByRole('radio', { name: 'Rosa, requester' }).check();
    await main(page).getByText('a word in private').waitFor();
  });

  it('read times in their own zone, and a date picker speaks it', async () => {
    const at = fixture.T0 / 1000 + 3600;
    const page = await open(
      only(fixture.section(`<!date^${at}^{time}|x>`), {
        type: 'actions',
        elements: [{ type: 'datetimepicker', action_id: 'moment', initial_date_time: at }],
      }),
    );
    const time = main(page).locator('.block-section time');
    expect(await time.textContent()).toBe('14:00');

    await page.keyboard.press('2');
    await expect.poll(() => time.textContent(), SOON).toBe('18:00');
    const picker = main(page).locator('input[type=datetime-local]');
    expect(await picker.inputValue()).toBe('2026-11-25T18:00');
    await picker.fill('2026-11-26T09:30');

    await expect
      .poll(() => server().sent.at(-1)?.body.value, SOON)
      .toBe(Date.UTC(2026, 10, 26, 5, 30) / 1000);
  });

  it('digits typed into a message do not change the person', async () => {
    const page = await open(fixture.workspace());
    await composer(page).fill('in 2');
    await composer(page).press('3');

    expect(await composer(page).inputValue()).toBe('in 23');
    expect(await page.getByRole('radio', { name: 'Rosa, requester' }).isChecked()).toBe(true);
  });
});

describe('by keyboard alone', () => {
  it('a command is found, its form filled in, its errors mended, and its thread read', async () => {
    const page = await open(fixture.workspace());
    server().answer(({ name, body }) => {
      if (name === 'command') server().change((state) => ({ ...state, modal: fixture.modal() }));
      if (name !== 'submit') return { ok: true };
      const { length } = body.values as Readonly<Record<string, unknown>>;
      if (length !== '180')
        return { ok: false, error: 'field_errors', errors: { length: 'Too short for the plan.' } };
      server().change(() => fixture.story());
      return { ok: true };
    });

    await page.keyboard.press('/');
    await page.keyboard.type('/');
    await page.getByRole('option', { name: '/upgrade start [target]' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await composer(page).inputValue()).toBe('/upgrade start ');
    await page.keyboard.press('Enter');

    const dialog = page.getByRole('dialog', { name: 'Start an upgrade' });
    await dialog.waitFor();
    expect(server().sent[0]).toEqual({
      name: 'command',
      body: { as: fixture.ROSA.id, channel: fixture.CHANNEL, command: '/upgrade', text: 'start' },
    });
    await expect.poll(() => isFocused(dialog.getByRole('combobox', { name: 'Target' }))).toBe(true);
    await page.keyboard.press('Tab');
    await page.keyboard.type('Support ends');
    await dialog.getByRole('textbox', { name: 'Length in minutes' }).focus();
    await page.keyboard.press('Enter');

    const acks = dialog.getByRole('group', { name: 'I have checked' });
    await acks.getByText('Please tick what applies.').waitFor();
    expect(deeds()).toEqual(['command']);
    await page.keyboard.press('Space');
    await dialog.getByRole('textbox', { name: 'Length in minutes' }).focus();
    await page.keyboard.press('Enter');

    const length = dialog.getByRole('textbox', { name: 'Length in minutes' });
    await dialog.getByText('Too short for the plan.').waitFor();
    expect(await length.getAttribute('aria-invalid')).toBe('true');
    expect(await isFocused(length)).toBe(true);
    expect(await dialog.getByRole('textbox', { name: 'Why' }).inputValue()).toBe('Support ends');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('180');
    await page.keyboard.press('Enter');

    await dialog.waitFor({ state: 'detached' });
    expect(server().sent.at(-1)?.body.values).toMatchObject({
      target: 'lisbon',
      reason: 'Support ends',
      opens: fixture.T0 / 1000 + 3600,
      length: '180',
      close: 'finish',
      acks: ['users'],
      deputy: null,
      tell: [],
      day: null,
    });
    await thread(page).getByText('9 checks, all clean').waitFor();
    expect(await isFocused(composer(page))).toBe(true);
    expect(await composer(page).inputValue()).toBe('');
  });

  it('Tab stays in a modal and Escape asks to close it', async () => {
    const page = await open({
      ...fixture.workspace(),
      modal: fixture.modal({ blocks: fixture.EVERY_INPUT.slice(0, 3) }),
    });
    server().answer(({ name }) => {
      if (name === 'close') server().change((state) => ({ ...state, modal: null }));
      return { ok: true };
    });
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    const seen = new Set<string>();
    for (let press = 0; press < 8; press += 1) {
      seen.add(
        await page.evaluate<string>(
          "(document.activeElement.closest('dialog') === null ? 'outside ' : 'inside ') + document.activeElement.outerHTML",
        ),
      );
      await page.keyboard.press('Tab');
    }
    expect([...seen].every((one) => one.startsWith('inside'))).toBe(true);
    expect(seen.size).toBe(5);

    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(deeds()).toEqual(['close']);
  });

  it('every control of the page is reached by Tab, in the order people, channels, messages, thread', async () => {
    const page = await open(fixture.story());
    await thread(page).waitFor();
    const order: string[] = [];
    for (let press = 0; press < 60; press += 1) {
      await page.keyboard.press('Tab');
      const where = await page.evaluate<string>(FOCUSED_NAME);
      if (where === '') break;
      order.push(where.trim());
    }
    const at = (name: string | RegExp) =>
      order.findIndex((one) => (typeof name === 'string' ? one === name : name.test(one)));
    const wanted = [
      'Skip to the message box',
      'Rosa, requester',
      '#upgrades',
      'Screen reader view',
      'Stop U-1',
      /^Open thread: 7 replies/,
      /^Message #upgrades/,
      'Close thread',
      /^View Output/,
      'Reply in the thread',
    ];
    const places = wanted.map(at);
    expect(
      places.every((place) => place >= 0),
      `${JSON.stringify(wanted.filter((_, index) => places[index] === -1))} in ${JSON.stringify(order)}`,
    ).toBe(true);
    expect([...places].sort((a, b) => a - b)).toEqual(places);
  });

  it('arrow keys on a select in a message choose once, on Enter', async () => {
    const page = await open(
      only({
        type: 'actions',
        elements: [
          {
            type: 'static_select',
            action_id: 'pick',
            placeholder: fixture.plain('Pick'),
            options: ['a', 'b', 'c'].map((value) => ({ text: fixture.plain(value), value })),
          },
        ],
      }),
    );
    await main(page).getByRole('combobox', { name: 'Pick' }).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    expect(server().sent).toEqual([]);
    await page.keyboard.press('Enter');

    await expect
      .poll(() => server().sent.map(({ name, body }) => [name, body.value]), SOON)
      .toEqual([['select', 'b']]);
  });

  it('an overflow menu opens, walks and chooses', async () => {
    const page = await open(
      withMessages(fixture.message({ blocks: fixture.EVERY_BLOCK, author: fixture.ROSA })),
    );
    await main(page).locator('.accessory').getByRole('button', { name: 'More choices' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'Show the plan' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');

    await expect
      .poll(() => server().sent.map(({ name, body }) => [name, body.value]), SOON)
      .toEqual([['select', 'audit']]);
  });
});

describe('buttons', () => {
  const ask = {
    title: 'Stop U-1?',
    text: 'The host stays *as it is*.',
    confirm: 'Stop',
    deny: 'Back',
    danger: true,
  };

  async function openStory(): Promise<Page> {
    const page = await open(fixture.story());
    server().answer(({ name, body }) =>
      name === 'click' && body.confirm === undefined
        ? { ok: false, error: 'confirm_required', confirm: ask }
        : { ok: true },
    );
    return page;
  }

  it('with a question are pressed only when the answer is yes', async () => {
    const page = await openStory();
    const stop = main(page).getByRole('button', { name: 'Stop U-1' });
    await stop.click();
    const dialog = page.getByRole('dialog', { name: 'Stop U-1?' });
    expect(await isFocused(dialog.getByRole('button', { name: 'Back' }))).toBe(true);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await isFocused(stop)).toBe(true);

    await stop.click();
    await dialog.getByRole('button', { name: 'Stop', exact: true }).click();
    await expect
      .poll(() => server().sent.map(({ body }) => body.confirm), SOON)
      .toEqual([undefined, false, undefined, true]);
    expect(server().sent[0]?.body).toMatchObject({
      as: fixture.ROSA.id,
      element: { actionId: 'stop', blockId: 'a2', in: { channel: fixture.CHANNEL } },
    });
  });

  it('keep the focus when their message is edited, and then press the new revision', async () => {
    const page = await openStory();
    await main(page).getByRole('button', { name: 'Stop U-1' }).focus();
    server().change((state) => ({
      ...state,
      channels: state.channels.map((channel) => ({
        ...channel,
        messages: channel.messages.map((one) =>
          one.replies.count > 0
            ? {
                ...one,
                revision: 2,
                blocks: fixture
                  .cardBlocks(3)
                  .map((block) =>
                    block.type === 'actions'
                      ? { ...block, elements: (block.elements as unknown[]).slice(1) }
                      : block,
                  ),
              }
            : one,
        ),
      })),
    }));
    await main(page).getByText('3 of 7 done').waitFor();
    await page.keyboard.press('Enter');

    await expect
      .poll(() => server().sent[0]?.body.element, SOON)
      .toMatchObject({ actionId: 'stop', blockId: 'a3' });
  });

  it('whose app does not answer say so, in words and with the code', async () => {
    const page = await open(fixture.story());
    server().answer(() => ({
      ok: false,
      error: 'operation_timeout',
      say: 'The app did not answer within 3 s.',
    }));
    await main(page).getByRole('button', { name: 'Retry' }).click();

    const toast = page.getByRole('alert');
    await toast.getByText('The app did not answer within 3 s.').waitFor();
    expect(await toast.locator('code').textContent()).toBe('operation_timeout');
    await toast.getByRole('button', { name: 'Dismiss' }).click();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('a failing command stays in the box, to be sent again', async () => {
    const page = await open(fixture.workspace());
    server().answer(() => ({
      ok: false,
      error: 'dispatch_failed',
      say: '/upgrade failed: the app is not connected.',
    }));
    await composer(page).fill('/upgrade list');
    await composer(page).press('Enter');

    await page.getByRole('alert').getByText('the app is not connected').waitFor();
    expect(await composer(page).inputValue()).toBe('/upgrade list');
  });
});

describe('modals', () => {
  it('keep what is typed when the app updates the view', async () => {
    const page = await open({ ...fixture.workspace(), modal: fixture.modal() });
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Why' }).fill('typed words');
    await dialog.getByRole('combobox', { name: 'Target' }).selectOption('porto');
    await expect
      .poll(
        () =>
          server()
            .sent.filter(({ name }) => name === 'select')
            .map(({ body }) => body.value),
        SOON,
      )
      .toEqual(['typed words', 'porto']);

    const extra: BlockJson = {
      type: 'input',
      block_id: 'extra',
      label: fixture.plain('Only for Porto'),
      element: { type: 'plain_text_input', action_id: 'extra' },
    };
    server().change((state) => ({
      ...state,
      modal: fixture.modal({
        revision: 2,
        title: 'Start in Porto',
        blocks: [...fixture.EVERY_INPUT.slice(0, 3), extra],
      }),
    }));

    await page
      .getByRole('dialog', { name: 'Start in Porto' })
      .getByRole('textbox', { name: 'Only for Porto' })
      .waitFor();
    expect(await dialog.getByRole('textbox', { name: 'Why' }).inputValue()).toBe('typed words');
    expect(await dialog.getByRole('combobox', { name: 'Target' }).inputValue()).toBe('porto');
  });

  it('are read from their beginning: the first input does not pull a long text out of sight', async () => {
    const long = Array.from({ length: 40 }, (_, at) => fixture.section(`Step ${at + 1}`));
    const page = await open({
      ...fixture.workspace(),
      modal: fixture.modal({ blocks: [...long, ...fixture.EVERY_INPUT.slice(2, 3)] }),
    });
    const first = page.getByRole('dialog').getByText('Step 1', { exact: true });
    await first.waitFor();
    expect((await first.boundingBox())?.y).toBeGreaterThan(0);
    await page.keyboard.press('Tab');
    expect(await isFocused(page.getByRole('dialog').getByRole('textbox', { name: 'Why' }))).toBe(true);
  });

  it.each([
    ['opened with its inputs', false],
    ['that follows a notice in the same view', true],
  ])('a form %s has the focus on its first input', async (_, noticeFirst) => {
    const link = fixture.section('Read <https://example.org|the page> first.');
    const form = fixture.modal({ revision: 2, blocks: [link, ...fixture.EVERY_INPUT] });
    const loading = fixture.modal({ submit: null, close: 'Close', blocks: [fixture.section('One moment…')] });
    const page = await open({ ...fixture.workspace(), modal: noticeFirst ? loading : form });
    const dialog = page.getByRole('dialog');
    if (noticeFirst) {
      await expect.poll(() => isFocused(dialog.locator('.dialog-foot').getByText('Close')), SOON).toBe(true);
      server().change((state) => ({ ...state, modal: form }));
    }
    const target = dialog.getByRole('combobox', { name: 'Target' });
    await expect.poll(() => isFocused(target), SOON).toBe(true);

    const why = dialog.getByRole('textbox', { name: 'Why' });
    await why.focus();
    server().change((state) => ({ ...state, modal: { ...form, revision: 3, title: 'Later' } }));
    await page.getByRole('dialog', { name: 'Later' }).waitFor();
    expect(await isFocused(why)).toBe(true);
  });

  it('a form that follows a notice leaves the focus where somebody has put it', async () => {
    const loading = fixture.modal({ blocks: [fixture.section('One moment…')] });
    const page = await open({ ...fixture.workspace(), modal: loading });
    const cross = page.getByRole('dialog').locator('.dialog-cross');
    await cross.focus();
    server().change((state) => ({ ...state, modal: fixture.modal({ revision: 2 }) }));
    await page.getByRole('dialog').getByRole('combobox', { name: 'Target' }).waitFor();
    expect(await isFocused(cross)).toBe(true);
  });

  it('ask for a single box that must be ticked in its own words', async () => {
    const box: BlockJson = {
      type: 'input',
      block_id: 'sure',
      label: fixture.plain('I confirm'),
      element: {
        type: 'checkboxes',
        action_id: 'sure',
        options: [{ text: fixture.plain('The backup was tested'), value: '0' }],
      },
    };
    const page = await open({ ...fixture.workspace(), modal: fixture.modal({ blocks: [box] }) });
    await page.getByRole('button', { name: 'Make the plan' }).click();
    await page.getByRole('group', { name: 'I confirm' }).getByText('Please tick this.').waitFor();
    expect(deeds()).toEqual([]);
  });

  it('lie on each other and come back as they were', async () => {
    const first = fixture.modal({ title: 'First' });
    const page = await open({ ...fixture.workspace(), modal: first });
    await page
      .getByRole('dialog', { name: 'First' })
      .getByRole('textbox', { name: 'Why' })
      .fill('still here');
    server().change((state) => ({
      ...state,
      modal: fixture.modal({
        viewId: 'V2',
        title: 'Second',
        depth: 2,
        submit: null,
        blocks: [fixture.section('details')],
      }),
    }));
    const second = page.getByRole('dialog', { name: 'Second' });
    await second.getByText('details').waitFor();
    await second.getByText('1 more underneath').waitFor();
    expect(await second.getByRole('button', { name: 'Make the plan' }).count()).toBe(0);

    server().change((state) => ({ ...state, modal: first }));
    expect(
      await page.getByRole('dialog', { name: 'First' }).getByRole('textbox', { name: 'Why' }).inputValue(),
    ).toBe('still here');
  });

  it('show a spinner while the app thinks, and send once', async () => {
    const page = await open({
      ...fixture.workspace(),
      modal: fixture.modal({ blocks: fixture.EVERY_INPUT.slice(1, 2) }),
    });
    let finish: () => void = () => {};
    server().answer(({ name }) =>
      name === 'submit'
        ? new Promise((resolve) => {
            finish = () =>
              resolve({ ok: false, error: 'operation_timeout', say: 'We had some trouble connecting.' });
          })
        : { ok: true },
    );
    const send = page.getByRole('button', { name: 'Make the plan' });
    await send.click();
    await expect.poll(() => send.getAttribute('aria-busy'), SOON).toBe('true');
    await send.click();
    await expect.poll(() => deeds(), SOON).toEqual(['submit']);
    finish();

    await page.getByRole('dialog').getByRole('alert').getByText('We had some trouble connecting.').waitFor();
    expect(await send.getAttribute('aria-busy')).toBeNull();
    expect(deeds()).toEqual(['submit']);
  });
});

describe('the channel and its threads', () => {
  it('the newest card opens its thread by itself, and a closed thread stays closed', async () => {
    const page = await open(fixture.story());
    await thread(page).waitFor();
    await thread(page).getByRole('button', { name: 'Close thread' }).click();
    await thread(page).waitFor({ state: 'hidden' });
    expect(await page.evaluate(FOCUSED_NAME)).toBe('Open thread: 7 replies');
    server().change((state) => state);
    await page.waitForTimeout(300);
    expect(await thread(page).isVisible()).toBe(false);

    await page.keyboard.press('Enter');
    await thread(page).getByText('9 checks, all clean').waitFor();
  });

  it('editing a card above does not move what is being read, and new replies are announced', async () => {
    const page = await open(fixture.story(), { viewport: { width: 1280, height: 500 } });
    const scroller = page.locator('#channel-scroller');
    const read = main(page).getByText('Why is it waiting?');
    await read.waitFor();
    await scroller.evaluate((node) => node.scrollTo(0, node.scrollHeight / 2));
    await page.waitForTimeout(100);
    const anchor = main(page).getByText('Only visible to you');
    await anchor.evaluate((node) => node.scrollIntoView());
    const before = (await anchor.boundingBox())?.y;
    server().change((state) => ({
      ...state,
      channels: state.channels.map((channel) => ({
        ...channel,
        messages: channel.messages.map((one, at) =>
          at === 0 ? { ...one, text: `${one.text}\n\nand\nmore\nlines` } : one,
        ),
        threads: Object.fromEntries(
          Object.entries(channel.threads).map(([ts, replies]) => [
            ts,
            [
              ...replies,
              fixture.message({
                threadTs: ts,
                sentAt: fixture.T0 + 72 * 60_000,
                text: '✅ *Download the snapshot* · done',
              }),
            ],
          ]),
        ),
      })),
    }));
    await thread(page).getByText('· done', { exact: false }).last().waitFor();

    await expect
      .poll(() => page.locator('#spoken').textContent(), SOON)
      .toBe('Cutover in the thread: ✅ Download the snapshot · done');
    expect(Math.abs(((await anchor.boundingBox())?.y ?? 0) - (before ?? 0))).toBeLessThan(2);
  });

  it('an announcement keeps a space where a line, a quote or preformatted text ends', async () => {
    const page = await open(fixture.story());
    await thread(page).waitFor();
    server().change((state) => ({
      ...state,
      channels: state.channels.map((channel, at) =>
        at === 0
          ? {
              ...channel,
              messages: [
                ...channel.messages,
                fixture.message({
                  author: fixture.AMIR,
                  text: 'exit code\n*1.7 s* (expected\n&gt; quoted\n&gt; twice\nmade just now\n```first\nsecond```\nReplace the Manager',
                }),
              ],
            }
          : channel,
      ),
    }));
    await expect
      .poll(() => page.locator('#spoken').textContent(), SOON)
      .toBe('Amir: exit code 1.7 s (expected quoted twice made just now first second Replace the Manager');
  });

  it('a reply that was also sent to the channel is marked in both places', async () => {
    const page = await open(fixture.story());
    await main(page).getByText('Replied to:').waitFor();
    await thread(page).getByText('Also sent to the channel').waitFor();
  });

  it('files are read in place', async () => {
    const page = await open(fixture.story());
    await thread(page).getByRole('button', { name: 'View Output of “Take a snapshot”' }).click();
    const dialog = page.getByRole('dialog', { name: 'Output of “Take a snapshot”' });
    await dialog
      .getByRole('region', { name: 'U-1-snapshot.log' })
      .getByText('CFY <None> [snapshot_1] line 59')
      .waitFor();
    expect(await dialog.getByRole('link', { name: 'Download U-1-snapshot.log' }).getAttribute('href')).toBe(
      '/control/file/F0LOG',
    );
  });

  it('the Home tab is asked for and drawn', async () => {
    const page = await open(fixture.workspace());
    server().answer(({ name }) => {
      if (name === 'open-home')
        server().change((state) => ({
          ...state,
          home: {
            viewId: 'VH',
            revision: 1,
            blocks: [{ type: 'header', text: fixture.plain('My approvals') }],
          },
        }));
      return { ok: true };
    });
    await page.getByRole('button', { name: 'Cutover: Home' }).click();
    await page.getByRole('region', { name: 'Home' }).getByRole('heading', { name: 'My approvals' }).waitFor();
    await page.getByRole('button', { name: 'upgrades' }).click();
    await composer(page).waitFor();
  });

  it('a message shortcut is in the menu of the message', async () => {
    const page = await open(fixture.story());
    const card = main(page).getByRole('article').nth(2);
    await card.hover();
    await card.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: /Catch me up/ }).click();
    await expect
      .poll(() => server().sent.at(-1), SOON)
      .toMatchObject({
        name: 'shortcut',
        body: { callbackId: 'catch_up', message: { channel: fixture.CHANNEL } },
      });
  });

  describe('the first steps', () => {
    const guide = (page: Page) => page.getByRole('region', { name: 'First steps' });
    const current = (page: Page) => guide(page).locator('[aria-current=step]');
    const button = (text: string, style?: string) => ({
      type: 'button',
      action_id: text,
      text: fixture.plain(text),
      value: '1',
      ...(style !== undefined && { style }),
    });
    const asking = (say: string, ...elements: readonly unknown[]): readonly BlockJson[] => [
      fixture.section(say),
      ...(elements.length > 0 ? [{ type: 'actions', block_id: 'ask', elements }] : []),
    ];

    function card(
      text: string,
      blocks: readonly BlockJson[] | null = null,
      ...replies: readonly (readonly BlockJson[])[]
    ): void {
      const root = fixture.message({ text, blocks });
      const thread = replies.map((one) => fixture.message({ threadTs: root.ts, text: 'r', blocks: one }));
      server().change((state) => ({
        ...state,
        channels: [fixture.channel({ messages: [root], threads: { [root.ts]: thread } })],
      }));
    }

    it('tick themselves off and can be dismissed', async () => {
      const page = await open(fixture.workspace());
      expect(await current(page).textContent()).toContain('Ask');
      await guide(page).getByRole('button', { name: 'Type it for me' }).click();
      await expect.poll(() => composer(page).inputValue(), SOON).toBe('/upgrade start');

      card('U-1 · Lisbon. ⛔ Blocked, nothing was changed.');
      expect(await current(page).textContent()).toContain('Ask');
      card('U-1 · Lisbon. Looking at the hosts.', asking('Looking.', button('Withdraw')));
      await current(page).getByText('The plan is being made.').waitFor();
      expect(await current(page).getByRole('button').count()).toBe(0);
      card(
        'U-1 · Lisbon. Waiting for approval by ops-leads.',
        asking('Waiting.', button('Review and approve', 'primary'), button('Withdraw')),
      );
      await current(page).getByText('Review and approve').waitFor();
      await guide(page).getByRole('button', { name: 'Become Bea' }).click();
      await expect
        .poll(() => page.getByRole('radio', { name: 'Bea, approver' }).isChecked(), SOON)
        .toBe(true);
      card('U-1 · Lisbon. Approved. The window opens at 14:00.', asking('Approved.', button('Withdraw')));
      await current(page).getByText('The card says when it starts.').waitFor();
      card(
        'U-1 · Lisbon. Approved, and the window is open.',
        asking(
          '*Open.* <@U0ROSA> or <@U0OLU>: press it.',
          button('Start now', 'primary'),
          button('Withdraw'),
        ),
      );
      await current(page).getByText('Start now').waitFor();
      expect(await current(page).textContent()).toBe(
        '3RunIt waits for a person: become Rosa (requester) or Olu (on-call) and press Start now on the card.',
      );
      card('U-1 · Lisbon. Running since 14:02. Step 1.', asking('Running.', button('Cancel', 'danger')));
      await current(page).getByText('It is running. Read along in the thread.').waitFor();
      card('U-1 · Lisbon. ✅ Succeeded today. Every step is verified.');
      await current(page).getByText('/upgrade audit U-1').waitFor();

      await guide(page).getByRole('button', { name: 'Hide the first steps' }).click();
      await guide(page).waitFor({ state: 'hidden' });
    });

    it('name who is asked and the buttons of the newest question in the thread', async () => {
      const page = await open(fixture.workspace());
      const asked = asking('🙋 <@U0OLU>: do this, then press Done. <@U0ROSA> asked for it.', button('Done'));
      card('U-1 · Lisbon. Running since 14:02.', null, asked);
      await expect
        .poll(() => current(page).textContent(), SOON)
        .toBe('3RunIt waits for a person: become Olu (on-call) and press Done in the thread.');
      await guide(page).getByRole('button', { name: 'Become Olu' }).click();
      await expect
        .poll(() => current(page).textContent(), SOON)
        .toBe('3RunIt waits for you: press Done in the thread.');

      card(
        'U-1 · Lisbon. Running since 14:02.',
        null,
        asked.slice(0, 1),
        asking('🙋 <!subteam^S0OPS>, <@U0BEA>: go or no-go?', button('Go', 'primary'), button('No-go')),
      );
      await expect
        .poll(() => current(page).textContent(), SOON)
        .toBe(
          '3RunIt waits for a person: become Amir (approver) or Bea (approver) and press Go or No-go in the thread.',
        );

      const held = ['Look again', 'Retry', 'Skip', 'Stop'].map((text) => button(text));
      card('U-1 · Lisbon. ⏸️ Held since 14:10.', null, asking('Please choose.', ...held));
      await expect
        .poll(() => current(page).textContent(), SOON)
        .toBe('3RunIt waits for an answer: press Look again, Retry or another button in the thread.');
    });

    it('fold by keyboard and by mouse, and stay so for the session', async () => {
      const page = await open(fixture.workspace(), { viewport: { width: 400, height: 800 } });
      const words = current(page).getByText('and fill in the form');
      await words.waitFor();
      const before = (await guide(page).boundingBox())?.height ?? 0;
      const fold = guide(page).getByRole('button', { name: 'Words of the first steps' });
      expect(await fold.getAttribute('aria-expanded')).toBe('true');
      await fold.focus();
      await page.keyboard.press('Enter');
      await words.waitFor({ state: 'hidden' });
      expect(await fold.getAttribute('aria-expanded')).toBe('false');
      expect(await isFocused(fold)).toBe(true);
      await current(page).getByText('Ask', { exact: true }).waitFor();
      expect((await guide(page).boundingBox())?.height ?? before).toBeLessThan(Math.min(before, 42));

      await page.reload();
      await guide(page).waitFor();
      expect(await words.isVisible()).toBe(false);
      await fold.click();
      await words.waitFor();
    });
  });

  it('the clock is in the zone of the person at once, not at its next tick', async () => {
    const page = await open(fixture.workspace());
    await page.locator('.clock-zone').getByText(/\S/).waitFor();
    const zones = () => page.locator('.clock-zone').textContent();
    const rosas = await zones();
    // Its ticks are stopped here, so only another person can move it.
    await page.evaluate('for (let id = 1; id < 1000; id++) clearInterval(id)');
    await page.getByRole('radio', { name: 'Olu, on-call' }).check({ force: true });
    await expect.poll(zones, SOON).not.toBe(rosas);
  });

  it('an outage and an app that is away are said on the page', async () => {
    const page = await open({ ...fixture.workspace(), outage: true });
    await page.getByText('Slack is having an outage').waitFor();
    server().change((state) => ({ ...state, outage: false, app: { ...state.app, online: false } }));
    await page.getByText('Cutover is not connected.').waitFor();
  });
});

describe('a window of 390 pixels', () => {
  it('shows people, clock and channel without sideways scrolling, and a thread over the channel', async () => {
    const page = await open(fixture.story(), { viewport: PHONE });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(PHONE.width);
    for (const name of ['Rosa, requester', 'Amir, approver', 'Bea, approver', 'Olu, on-call']) {
      const box = await page.getByRole('radio', { name }).boundingBox();
      expect(box?.width, name).toBeGreaterThan(60);
      expect(box?.height, name).toBeGreaterThan(40);
    }
    await page.getByText('30× faster').waitFor();
    expect(await thread(page).isVisible()).toBe(false);

    await main(page).getByRole('button', { name: 'Open thread: 7 replies' }).click();
    await thread(page).getByText('Started', { exact: true }).waitFor();
    expect((await thread(page).boundingBox())?.width).toBe(PHONE.width);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(PHONE.width);
    await thread(page).getByRole('button', { name: 'Close thread' }).click();
    await composer(page).fill('/upgrade list');
    await page.getByRole('button', { name: 'Send' }).click();
    await expect.poll(() => server().sent.map(({ name }) => name), SOON).toEqual(['command']);
  });

  it('shows the whole form of a modal', async () => {
    const page = await open({ ...fixture.story(), modal: fixture.modal() }, { viewport: PHONE });
    const dialog = page.getByRole('dialog');
    const box = await dialog.boundingBox();
    expect(box?.width).toBe(PHONE.width);
    expect(await dialog.evaluate((node) => node.scrollWidth <= node.clientWidth)).toBe(true);
    expect((await dialog.getByRole('button', { name: 'Make the plan' }).boundingBox())?.y).toBeLessThan(
      PHONE.height,
    );
  });
});

describe.each([
  [1280, 900],
  [400, 800],
])('a window of %i × %i', (width, height) => {
  const surplus =
    '({ right: document.documentElement.scrollWidth - innerWidth, below: document.documentElement.scrollHeight - innerHeight, bar: innerWidth - document.documentElement.clientWidth })';
  const none = { right: 0, below: 0, bar: 0 };

  it('has no scrollbar of its own, whatever is shown or said', async () => {
    const page = await open(fixture.story(), { viewport: { width, height } });
    await main(page).getByText('Why is it waiting?').waitFor();
    expect(await page.evaluate(surplus)).toEqual(none);
    server().change((state) => ({
      ...state,
      notices: [{ at: 1, channel: null, text: 'A notice.' }],
      channels: state.channels.map((channel, at) =>
        at === 0 ? { ...channel, messages: [...channel.messages, fixture.message()] } : channel,
      ),
    }));
    await page.getByRole('alert').getByText('A notice.').waitFor();
    await expect.poll(() => page.locator('#spoken').textContent(), SOON).toBe('Cutover: A message');
    expect(await page.evaluate(surplus)).toEqual(none);
  });

  it('shows a small question whole, without a scrollbar', async () => {
    const page = await open(
      only({
        type: 'actions',
        elements: [{ type: 'button', action_id: 'go', text: fixture.plain('Start now'), value: '1' }],
      }),
      { viewport: { width, height } },
    );
    const confirm = {
      title: 'Start U-1?',
      text: 'The hosts are checked once more, then the first step runs.',
      confirm: 'Start',
      deny: 'Back',
      danger: false,
    };
    server().answer(() => ({ ok: false, error: 'confirm_required', confirm }));
    await main(page).getByRole('button', { name: 'Start now' }).click();
    const dialog = page.getByRole('dialog', { name: 'Start U-1?' });
    await dialog.waitFor();
    await page.waitForTimeout(300);
    expect(
      await dialog.evaluate((node) => [
        node.scrollHeight - node.clientHeight,
        node.scrollWidth - node.clientWidth,
      ]),
    ).toEqual([0, 0]);
    expect(await page.evaluate(surplus)).toEqual(none);
  });
});

describe('colours', () => {
  async function faint(): Promise<string> {
    const source = await readFile(new URL('./faint-text.js', import.meta.url), 'utf8');
    return `${source.trim().replace(/;$/, '')}()`;
  }

  it.each(['light', 'dark'] as const)(
    'in the %s scheme every text has a contrast of at least 4.5',
    async (colorScheme) => {
      const story = fixture.story();
      const everything = fixture.message({ blocks: fixture.EVERY_BLOCK, author: fixture.ROSA });
      const [first, ...others] = story.channels;
      if (first === undefined) throw new Error('the story has a channel');
      const page = await open(
        { ...story, channels: [{ ...first, messages: [...first.messages, everything] }, ...others] },
        { colorScheme },
      );
      await thread(page).waitFor();
      await composer(page).fill('/');
      expect(await page.evaluate(await faint())).toEqual([]);

      server().change((state) => ({
        ...state,
        modal: fixture.modal({ errors: { reason: 'Say more.' }, depth: 2 }),
      }));
      await page.getByRole('dialog').getByText('Say more.').waitFor();
      await page.waitForTimeout(300);
      expect(await page.evaluate(await faint())).toEqual([]);
    },
  );
});
