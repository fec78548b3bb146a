/** The right: one thread, its parent first. */
import { createComposer } from './composer.js';
import { el } from './dom.js';
import { createMessageList } from './message-list.js';
import { plainWords } from './mrkdwn.js';

export function createThread(byId, hooks) {
  const { context } = hooks;
  const pane = byId('thread');
  let ui;
  const list = createMessageList(byId('thread-scroller'), 'Messages in the thread', context, {
    days: false,
    root: true,
  });
  byId('thread-tools').append(
    el('button', {
      type: 'button',
      class: 'icon-button thread-close',
      'aria-label': 'Close thread',
      on: { click: hooks.closeThread },
      text: '✕',
    }),
  );
  createComposer(byId('thread-composer'), { id: 'thread-text', label: 'Reply in the thread', send });

  async function send(text) {
    if (text.startsWith('/')) {
      hooks.voices.toast('Slack has no app commands inside threads. Type it in the channel.');
      return false;
    }
    const result = await hooks.post('say', { channel: ui.channel, text, threadTs: ui.thread });
    if (!result.ok) context.refused(result);
    await hooks.refresh();
    return result.ok;
  }

  return (state, nextUi) => {
    ui = nextUi;
    const here = state.channels.find(({ id }) => id === ui.channel);
    const root = here?.messages.find(({ ts }) => ts === ui.thread);
    pane.hidden = root === undefined;
    document.body.classList.toggle('with-thread', root !== undefined);
    if (root === undefined) return list([], {}, 'none');
    const replies = here.threads[root.ts] ?? [];
    byId('thread-topic').textContent = plainWords(root.text.split('\n')[0], context);
    const options = {
      channel: here.id,
      inThread: true,
      textOnly: ui.textOnly,
      openTs: ui.thread,
      openThread: hooks.openThread,
    };
    list([root, ...replies], options, `${state.as} ${root.ts}`);
  };
}
