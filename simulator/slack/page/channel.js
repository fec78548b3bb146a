/** The middle: the channel with its messages and the box to type in, or the app's Home. */
import { createComposer, hintsOf } from './composer.js';
import { el } from './dom.js';
import { createHome } from './home.js';
import { menuButton } from './menu.js';
import { createMessageList } from './message-list.js';

function splitCommand(text) {
  const at = text.search(/\s/);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at).trim()];
}

/** What is the matter with the workspace as a whole; '' = nothing. */
function trouble(state, ui) {
  if (ui.lost) return 'The connection to the simulator is lost. Trying again…';
  if (state.outage) return 'Slack is having an outage: the app cannot post or edit anything at the moment.';
  if (!state.app.online) return `${state.app.name} is not connected. Commands and buttons will fail.`;
  return '';
}

export function createChannel(byId, hooks) {
  const { context } = hooks;
  const scroller = byId('channel-scroller');
  let state;
  let ui;
  const list = createMessageList(scroller, 'Messages in the channel', context, { days: true, root: false });
  const empty = el('p', {
    class: 'quiet empty',
    text: 'Nothing here yet. Type / below to see what the app can do.',
  });
  scroller.prepend(empty);
  const drawHome = createHome(scroller, context);
  const composer = createComposer(byId('composer'), {
    id: 'composer-text',
    label: 'Message',
    hints: () => hintsOf(state?.commands ?? []),
    send,
  });
  const shortcuts = menuButton(
    { label: 'Shortcuts', text: '⚡ Shortcuts', class: 'button button-quiet' },
    () =>
      state.shortcuts
        .filter(({ type }) => type === 'global')
        .map(({ name, description, callbackId }) => ({
          text: name,
          more: description,
          choose: () => context.runShortcut(callbackId),
        })),
  );
  byId('channel-tools').append(shortcuts);

  async function send(text) {
    const [command, rest] = splitCommand(text);
    const body = text.startsWith('/') ? { command, text: rest } : { text };
    const result = await hooks.post(text.startsWith('/') ? 'command' : 'say', {
      channel: ui.channel,
      ...body,
    });
    if (!result.ok) context.refused(result);
    await hooks.refresh();
    return result.ok;
  }

  function draw(nextState, nextUi) {
    state = nextState;
    ui = nextUi;
    const here = state.channels.find(({ id }) => id === ui.channel);
    byId('channel-name').textContent = ui.home ? state.app.name : `# ${here?.name ?? ''}`;
    byId('channel-topic').textContent = ui.home ? 'Home, as you see it' : (here?.topic ?? '');
    byId('banner').textContent = trouble(state, ui);
    shortcuts.hidden = !state.shortcuts.some(({ type }) => type === 'global');
    byId('composer').hidden = ui.home;
    scroller.classList.toggle('scroller-home', ui.home);
    composer.setLabel(`Message #${here?.name ?? ''}, or / for commands`);
    drawHome(state, ui.home);
    const messages = ui.home ? [] : (here?.messages ?? []);
    empty.hidden = ui.home || messages.length > 0;
    const options = {
      channel: ui.channel,
      inThread: false,
      textOnly: ui.textOnly,
      openTs: ui.thread,
      openThread: hooks.openThread,
    };
    list(messages, options, `${state.as} ${ui.channel} ${ui.home}`);
  }

  return { draw, type: composer.fill };
}
