/** Posts a file into a thread, and waits until it is shown there. */
import type { OutboxRow } from './ports.ts';
import { type SlackFailure, slackFailure } from './slack-client.ts';
import { findMessage } from './slack-find.ts';
import { type SendOutcome, sendFailed, type Tools } from './slack-outcome.ts';

/** Slack shows a file a moment after it took it; what is said next must not stand above it. */
const LOOKS = 10;

async function untilShown(tools: Tools, row: OutboxRow, id: string): Promise<void> {
  try {
    for (let n = 0; n < LOOKS && !tools.stopping(); n++) {
      const shown = await findMessage(
        tools,
        row,
        ({ files }) => files?.some((file) => file.id === id) ?? false,
      );
      if (shown !== null) return;
    }
  } catch (error) {
    // It is in Slack; only the order is not certain.
    tools.log.warn(
      { upgrade: row.upgrade, why: slackFailure(error).why },
      'can’t look whether a file is shown yet',
    );
  }
}

function failureOf(error: unknown): SlackFailure {
  // The SDK throws a bare Error when the bytes are not taken; the file is shared only after that.
  if (error instanceof Error && error.message.startsWith('Failed to upload file'))
    return { kind: 'unreached', why: 'Slack did not take the bytes of a file' };
  return slackFailure(error);
}

/** @returns null when Slack does not take this file, and its text should be posted without it */
export async function upload(
  tools: Tools,
  row: OutboxRow,
  file: { readonly name: string; readonly content: string },
  comment: string,
): Promise<SendOutcome | null> {
  const { channel } = row.message;
  await tools.turn('upload', channel);
  try {
    const { files } = (await tools.client.apiCall('files.uploadV2', {
      channel_id: channel,
      ...(row.threadTs !== null && { thread_ts: row.threadTs }),
      filename: file.name,
      title: file.name,
      content: file.content,
      initial_comment: comment,
    })) as { files?: readonly { files?: readonly { id?: string }[] }[] };
    const id = files?.[0]?.files?.[0]?.id;
    if (id !== undefined) await untilShown(tools, row, id);
    return { kind: 'sent', ts: null };
  } catch (error) {
    const failure = failureOf(error);
    const noScope = failure.kind === 'refused' && failure.error === 'missing_scope';
    const outcome = noScope ? null : sendFailed(row, failure, 'upload');
    if (outcome === null)
      tools.log.warn(
        { upgrade: row.upgrade, slot: row.message.slot, why: failure.why },
        'Slack does not take a file; its text is posted without it',
      );
    return outcome;
  }
}
