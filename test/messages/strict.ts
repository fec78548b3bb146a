/** Holds a message or a form against Slack's rules, as the simulated Slack does. */
import { expect } from 'vitest';
import {
  checkBlocks,
  checkView,
  MESSAGE_BLOCKS_MAX,
  pointed,
} from '../../simulator/slack/block-kit/check.ts';
import type { Message, Modal } from '../../src/messages/block-kit.ts';

const fileExists = () => false;

export function expectFits({ text, blocks }: Message, name = 'message'): void {
  expect(checkBlocks(blocks, 'message', { fileExists }).map(pointed), name).toEqual([]);
  expect(JSON.stringify(blocks).length, name).toBeLessThanOrEqual(MESSAGE_BLOCKS_MAX);
  expect([...text].length).toBeLessThanOrEqual(3500);
  expect(text.trim()).not.toBe('');
  expect(blocks.length).toBeGreaterThan(0);
}

export function expectModalFits(modal: Modal): void {
  expect(checkView(modal, 'modal', { fileExists, appName: 'Cutover' }).map(pointed)).toEqual([]);
  expect(Buffer.byteLength(JSON.stringify(modal))).toBeLessThan(250_000);
}

/** Every string that Slack parses: `text` and each mrkdwn object, at any depth. */
export function parsedTexts(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(parsedTexts);
  if (typeof value !== 'object' || value === null) return [];
  const { type, text } = value as { type?: unknown; text?: unknown };
  const own = type === 'mrkdwn' && typeof text === 'string' ? [text] : [];
  return [...own, ...Object.values(value).flatMap(parsedTexts)];
}

/** Every string that is there at all. */
export function allTexts(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(allTexts);
}

/** What people and hosts wrote calls nobody and links nowhere. */
export function expectHarmless(texts: readonly string[]): void {
  for (const text of texts) {
    expect(text).not.toMatch(/<!(channel|here|everyone|group)/i);
    expect(text).not.toContain('<!subteam^S0EVIL');
    expect(text).not.toContain('<@U0EVIL');
    expect(text).not.toContain('<https://evil');
  }
}
