/** Tells what is new since the last look: aloud what was posted, as toasts what Slack itself says. */
import { plainWords } from './mrkdwn.js';

function visible(state) {
  return state.channels.flatMap((channel) =>
    [...channel.messages, ...Object.values(channel.threads).flat()].map((message) => ({ message, channel })),
  );
}

export function createNews(voices, context) {
  let known = new Set();
  let notices = 0;
  let shownFor;

  return (state, ui) => {
    const all = visible(state);
    const fresh = shownFor !== state.as;
    const news = all.filter(({ message }) => !known.has(message.ts));
    known = new Set(all.map(({ message }) => message.ts));
    const told = state.notices.slice(fresh ? state.notices.length : notices);
    notices = state.notices.length;
    shownFor = state.as;
    if (fresh) return;
    for (const { text } of told) voices.toast(text);
    for (const { channel } of news) if (channel.id !== ui.channel || ui.home) ui.unread.add(channel.id);
    const last = news.filter(({ message }) => message.author.id !== state.as).at(-1)?.message;
    if (last === undefined) return;
    const where = last.threadTs === null ? '' : ' in the thread';
    voices.announce(`${last.author.name}${where}: ${plainWords(last.text, context)}`);
  };
}
