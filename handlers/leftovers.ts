/** Buttons and forms that nobody listens to any more, as after a new version: acknowledged, and the person is told. */
import type {
  BlockAction,
  Middleware,
  SlackActionMiddlewareArgs,
  SlackViewMiddlewareArgs,
  ViewResponseAction,
  ViewSubmitAction,
} from '@slack/bolt';
import { notice } from '../src/messages/notice.ts';
import { guarded } from './guard.ts';
import type { HandlerDeps } from './register.ts';
import { saying, tellClicker } from './telling.ts';

export const OLD_BUTTON =
  'That button is not in use any more, and nothing was changed. Use the newest card of the upgrade, or type /upgrade status.';
export const OLD_FORM =
  'That form is of an older version, and nothing was changed. Close it and open it again from the card.';

export function sayOld(title: string, words: string): ViewResponseAction {
  return { response_action: 'update', view: notice(title, words) };
}

export function unknownAction(deps: HandlerDeps): Middleware<SlackActionMiddlewareArgs<BlockAction>> {
  return async ({ ack, body, respond, client, action }) => {
    await ack();
    // In a form nothing can be said, and whatever was chosen there is read when it is sent.
    if (body.view !== undefined) return;
    deps.log.warn({ action: action.action_id }, 'a button that nobody listens to');
    const tell = tellClicker(deps, { body, respond, client });
    await guarded(deps, tell, 'answering an old button', () => saying(tell, OLD_BUTTON));
  };
}

export function unknownForm(deps: HandlerDeps): Middleware<SlackViewMiddlewareArgs<ViewSubmitAction>> {
  return async ({ ack, view }) => {
    deps.log.warn({ form: view.callback_id }, 'a form that nobody listens to');
    await ack(sayOld(view.title.text, OLD_FORM));
  };
}

/** A notice has nothing to submit; should a client send one, closing it is right. */
export async function noticeSubmitted({ ack }: SlackViewMiddlewareArgs<ViewSubmitAction>): Promise<void> {
  await ack();
}
