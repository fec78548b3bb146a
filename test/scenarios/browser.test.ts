/** What a newcomer does after `npm run demo`: the whole default scenario, with hands on the page. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { botIsThere } from '../../simulator/demo/acts.ts';
import { CHANNEL } from '../../simulator/demo/cast.ts';
import { ledgerProblems, lookBefore, managerProblems } from '../../simulator/demo/judge.ts';
import { createStage, type Stage } from '../../simulator/demo/stage.ts';
import { inPlace42 } from '../../simulator/manager/cloudify/presets/presets.ts';
import { launchChromium, openPage } from '../simulator/chromium.ts';

let browser: Browser;
let stage: Stage;

beforeAll(async () => {
  browser = await launchChromium();
  stage = await createStage({ preset: inPlace42, k: 150 });
  stage.bot.start();
  await botIsThere(stage);
});

afterAll(async () => {
  await browser?.close();
  await stage?.close();
});

/** Pictures for people, where somebody wants them: CUTOVER_PICTURES=directory. */
const pictures = process.env.CUTOVER_PICTURES;

async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}

/** Real time: a run of half an hour at this speed, on a busy machine. */
const LONG = { timeout: 120_000 };

async function be(page: Page, name: string): Promise<void> {
  await page.getByRole('radio', { name: new RegExp(name) }).check({ force: true });
}

/** A form answers in its own place what became of it; then it is closed. */
async function answered(page: Page, words: RegExp): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByText(words).first().waitFor(LONG);
  await dialog.getByRole('button', { name: 'Close', exact: true }).last().click();
  await dialog.waitFor({ state: 'hidden' });
}

async function approveAs(page: Page, name: string): Promise<void> {
  await be(page, name);
  await page
    .getByRole('main')
    .getByRole('button', { name: /^Review and approve/ })
    .click();
  const dialog = page.getByRole('dialog', { name: /^Review U-1/ });
  await dialog.getByRole('checkbox').first().waitFor();
  for (const box of await dialog.getByRole('checkbox').all()) await box.check();
  await picture(page, `review-${name}`);
  await dialog.getByRole('button', { name: 'Approve', exact: true }).click();
  await answered(page, /You approved/);
}

/** Olu, on-call, does what a machine can't, and says so. */
async function doneByHand(page: Page, what: string, name: string): Promise<void> {
  await be(page, 'Olu');
  const done = page.getByRole('complementary', { name: 'Thread' }).getByRole('button', { name: /^Done:/ });
  await done.waitFor(LONG);
  await picture(page, name);
  await done.click();
  const report = page.getByRole('dialog');
  await report.getByLabel('What was done').fill(what);
  await report.getByRole('button', { name: 'Report done' }).click();
  await answered(page, /Reported as done/);
}

async function play(page: Page): Promise<void> {
  await picture(page, '1-first-look');

  const box = page.getByRole('combobox', { name: /^Message #upgrades/ });
  await box.fill('/upgrade start cloudify-staging in-place to=4.3.1');
  await box.press('Enter');
  const form = page.getByRole('dialog', { name: 'Start an upgrade' });
  await form.getByLabel('Reason').fill('End of support of 4.2.');
  await form.getByLabel('Window length').selectOption({ label: '24 h' });
  await picture(page, '2-form');
  await form.getByRole('button', { name: 'Ask for it' }).click();
  await answered(page, /is asked for/);
  await page
    .getByRole('main')
    .getByRole('button', { name: /^Review and approve/ })
    .waitFor(LONG);
  await picture(page, '3-plan');

  await approveAs(page, 'Amir');
  await approveAs(page, 'Bea');
  await be(page, 'Rosa');
  const start = page.getByRole('main').getByRole('button', { name: /^Start now/ });
  await start.waitFor(LONG);
  await start.click();
  await page.getByRole('dialog').getByRole('button', { name: 'Start', exact: true }).click();

  await doneByHand(page, 'Image img-7f3a of the machine is made.', '4-by-hand');
  const thread = page.getByRole('complementary', { name: 'Thread' });
  const gate = thread.getByRole('button', { name: /^Go:/ });
  await gate.waitFor(LONG);
  await be(page, 'Amir');
  await picture(page, '5-gate');
  await gate.click();
  await page.getByRole('dialog').getByRole('button', { name: 'Go', exact: true }).click();
  await answered(page, /You said go/);
  const succeeded = thread.getByText(/Succeeded/).first();
  await be(page, 'Olu');
  // As often as the runbook asks people to look for themselves: once per agent network and at the end.
  for (let asked = 0; asked < 5; asked++) {
    await thread
      .getByRole('button', { name: /^Done:/ })
      .or(succeeded)
      .first()
      .waitFor(LONG);
    if (await succeeded.isVisible()) break;
    await doneByHand(page, 'Looked, and it is well.', `5-by-hand-${asked}`);
  }
  await page
    .getByRole('main')
    .getByText(/Succeeded/)
    .first()
    .waitFor(LONG);
  await picture(page, '6-succeeded');
}

test('Rosa asks, Amir and Bea approve, Rosa starts, the thread tells each step, Olu sees the same', async () => {
  const before = await lookBefore(stage);
  const { page, complaints } = await openPage(browser, `${stage.slack.url}/?as=U0ROSA`);

  await play(page).catch(async (error: Error) => {
    await picture(page, 'failed');
    const thread = stage.slack.describe(CHANNEL, { view: 'text' });
    throw new Error(`${error.message}\n${thread}\nThe bot's last lines:\n${stage.bot.lastLines()}`);
  });

  expect(await managerProblems(stage, 'manager', '4.3.1', before)).toEqual([]);
  expect(ledgerProblems(stage)).toEqual([]);
  expect(complaints).toEqual([]);
}, 400_000);
