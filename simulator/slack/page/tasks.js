/** `plan` and `task_card`: the live list of steps. */
import { el, reuse } from './dom.js';
import { linkNode } from './mrkdwn.js';
import { richText } from './rich-text.js';

/** A word beside the mark: neither colour nor shape alone says it. */
const WORDS = { pending: 'to do', in_progress: 'in progress', complete: 'done', error: 'needs a person' };

function sources(list) {
  return el(
    'ul',
    { class: 'task-sources', 'aria-label': 'Sources' },
    ...list.map(({ url, text }) => el('li', {}, linkNode(url, text ?? url))),
  );
}

function task(card, context, tag) {
  const status = Object.hasOwn(WORDS, card.status) ? card.status : 'pending';
  const more = [
    card.details === undefined ? null : richText(card.details, context),
    card.output === undefined ? null : richText(card.output, context),
    card.sources === undefined ? null : sources(card.sources),
  ].filter((node) => node !== null);
  return el(
    tag,
    { class: `task task-${status}`, data: { status } },
    el('span', { class: 'task-mark', 'aria-hidden': true }),
    el('span', { class: 'task-title', text: card.title ?? '' }),
    el('span', { class: 'task-word', text: WORDS[status] }),
    more.length === 0 ? null : el('div', { class: 'task-more' }, ...more),
  );
}

export function taskCard(block, context) {
  return task(block, context, 'div');
}

/** @returns a node whose `patch(block)` changes only the tasks that changed, so that running marks keep turning. */
export function plan(block, context) {
  const title = el('span', { class: 'plan-title' });
  const count = el('span', { class: 'plan-count' });
  const bar = el('progress', { class: 'plan-bar' });
  const list = el('ol', { class: 'plan-tasks' });
  const node = el('section', { class: 'plan' }, el('div', { class: 'plan-head' }, title, count), bar, list);
  node.patch = (next) => {
    const tasks = next.tasks ?? [];
    const done = tasks.filter(({ status }) => status === 'complete').length;
    title.textContent = next.title ?? '';
    node.setAttribute('aria-label', next.title ?? 'Plan');
    count.textContent = `${done} of ${tasks.length} done`;
    bar.max = Math.max(1, tasks.length);
    bar.value = done;
    bar.setAttribute('aria-label', `${next.title ?? 'Plan'}: ${count.textContent}`);
    reuse(list, tasks, JSON.stringify, (card) => task(card, context, 'li'));
  };
  node.patch(block);
  return node;
}
