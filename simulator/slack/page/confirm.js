/** “Are you sure?”: nothing is sent before the answer. */
import { openDialog } from './dialog.js';
import { el } from './dom.js';
import { withEmoji } from './emoji.js';
import { mrkdwn } from './mrkdwn.js';

/**
 * @param ask ConfirmState of the control API
 * @returns {Promise<boolean>} Escape is a no
 */
export function askToConfirm(ask, context) {
  return new Promise((resolve) => {
    const answer = (yes) => {
      opened.close();
      resolve(yes);
    };
    const opened = openDialog({
      title: withEmoji(ask.title),
      class: 'dialog-small',
      onEscape: () => answer(false),
    });
    const deny = el('button', {
      type: 'button',
      class: 'button',
      on: { click: () => answer(false) },
      text: ask.deny,
    });
    const confirm = el('button', {
      type: 'button',
      class: `button ${ask.danger ? 'button-danger' : 'button-primary'}`,
      on: { click: () => answer(true) },
      text: ask.confirm,
    });
    opened.body.append(
      el('div', { class: 'dialog-text' }, ...mrkdwn(ask.text, context, { verbatim: true })),
      el('footer', { class: 'dialog-foot' }, deny, confirm),
    );
    // The answer that changes nothing is the one that a stray Enter gives.
    (ask.danger ? deny : confirm).focus();
  });
}
