/** How a person is told something in private: by the response URL, by an ephemeral message, or in the form on the screen. */
import type { BlockAction, RespondFn, SlashCommand } from '@slack/bolt';
import type { WebClient } from '@slack/web-api';
import { say } from '../src/messages/answers.ts';
import type { Message, Modal } from '../src/messages/block-kit.ts';
import { notice } from '../src/messages/notice.ts';
import type { HandlerDeps } from './register.ts';

/** Bolt's respond() waits for ever. Slack answers in well under a second; who clicked has gone on after five. */
const TELL_MS = 5000;

export type Tell = (message: Message) => Promise<void>;

interface Where {
  readonly channel: string;
  readonly user: string;
  /** Set for a click below a card: the answer belongs there too. */
  readonly thread: string | undefined;
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function postEphemeral(
  client: WebClient,
  { channel, user, thread }: Where,
  message: Message,
): Promise<void> {
  await client.chat.postEphemeral({
    channel,
    user,
    text: message.text,
    blocks: [...message.blocks],
    ...(thread !== undefined && { thread_ts: thread }),
  });
}

/** The response URL works where the bot is not a member; the ephemeral message works when that URL is used up. */
function teller(deps: HandlerDeps, respond: RespondFn, client: WebClient, where: Where): Tell {
  return async (message) => {
    try {
      await within(
        TELL_MS,
        respond({
          response_type: 'ephemeral',
          replace_original: false,
          text: message.text,
          blocks: [...message.blocks],
          ...(where.thread !== undefined && { thread_ts: where.thread }),
        }),
      );
    } catch (error) {
      deps.log.warn({ err: error }, 'the response URL did not take an answer, trying an ephemeral message');
      await postEphemeral(client, where, message);
    }
  };
}

export function tellTypist(
  deps: HandlerDeps,
  args: { readonly command: SlashCommand; readonly respond: RespondFn; readonly client: WebClient },
): Tell {
  const { channel_id: channel, user_id: user } = args.command;
  return teller(deps, args.respond, args.client, { channel, user, thread: undefined });
}

/** Under the card people read the channel, in a thread they read the thread. */
function threadOf({ message, container }: BlockAction): string | undefined {
  const thread: unknown = message?.thread_ts ?? container.thread_ts;
  return typeof thread === 'string' && thread !== message?.ts ? thread : undefined;
}

export function tellClicker(
  deps: HandlerDeps,
  args: { readonly body: BlockAction; readonly respond: RespondFn; readonly client: WebClient },
): Tell {
  const { body } = args;
  return teller(deps, args.respond, args.client, {
    channel: body.channel?.id ?? '',
    user: body.user.id,
    thread: threadOf(body),
  });
}

/** In the form on the screen; when it was closed meanwhile, as an ephemeral message in the channel of the upgrade. */
export function tellInForm(
  deps: HandlerDeps,
  client: WebClient,
  form: { readonly view: string; readonly title: string; readonly user: string },
  channel: () => Promise<string | undefined>,
): Tell {
  return async (message) => {
    try {
      await showForm(client, form.view, notice(form.title, message.text));
    } catch (error) {
      deps.log.info({ why: String(error) }, 'the form was closed, telling it in the channel');
      const where = await channel();
      if (where !== undefined)
        await postEphemeral(client, { channel: where, user: form.user, thread: undefined }, message);
    }
  };
}

export async function showForm(client: WebClient, view: string, modal: Modal, hash?: string): Promise<void> {
  await client.views.update({ view_id: view, view: modal, ...(hash !== undefined && { hash }) });
}

/** @param markdown escaped */
export function saying(tell: Tell, markdown: string): Promise<void> {
  return tell(say(markdown));
}
