/** Marks what is said about a rehearsal: the one door that no message of it gets around. */
import type { Upgrade } from '../core/model.ts';
import { context } from './block-kit.ts';
import { label } from './words.ts';

interface Said {
  readonly text: string;
  readonly blocks: readonly unknown[];
}

/** A message that says it already stays as it is; a file has no blocks, and its text says it. */
export function markRehearsal<T extends Said>(upgrade: Pick<Upgrade, 'id' | 'rehearsal'>, message: T): T {
  if (!upgrade.rehearsal || message.text.includes(label(upgrade))) return message;
  const blocks = message.blocks.length === 0 ? [] : [context(`*${label(upgrade)}*`), ...message.blocks];
  return { ...message, text: `${label(upgrade)}: ${message.text}`, blocks };
}
