/**
 * The person's modals. The one on top is shown; those under it keep what was typed until they come up again.
 * Typed values survive an update of the view as long as block and action keep their ids, as in Slack.
 */
import { perform } from './actions.js';
import { patchBlocks } from './blocks.js';
import { firstStop, openDialog } from './dialog.js';
import { el } from './dom.js';
import { withEmoji } from './emoji.js';

function refOf(block) {
  return { in: { view: 'modal' }, actionId: block.element.action_id, blockId: block.block_id };
}

/** The inputs of one view and what stands in them. */
function createForm(viewId, context) {
  const inputs = new Map();
  let pending = Promise.resolve();
  let modal;
  const form = {
    viewId,
    node: el('div', { class: 'modal-blocks' }),
    show: (next) => {
      modal = next;
      patchBlocks(form.node, next.blocks, { ...context, place: { view: 'modal' }, form }, undefined);
      for (const [id, { node }] of inputs) if (!form.node.contains(node)) inputs.delete(id);
    },
    add: (blockId, input) => inputs.set(blockId, input),
    valueOf: (block) => {
      const typed = inputs.get(block.block_id);
      const kept = modal.values[block.block_id]?.[block.element.action_id];
      return typed?.actionId === block.element.action_id ? typed.read() : kept;
    },
    /** In order: an app that is asked about one field sees what was put into the others before. */
    kept: (block, value) => {
      const body = { element: refOf(block), value };
      pending = pending.then(() =>
        block.dispatch_action === true ? perform(context, 'select', body) : context.post('select', body),
      );
    },
    settled: () => pending,
    values: () => Object.fromEntries([...inputs].map(([id, { read }]) => [id, read()])),
    /** @returns false when nothing is wrong; else the first wrong input has the focus */
    tell: (errors) => {
      for (const [id, { say }] of inputs) say(errors[id]);
      const wrong = [...inputs].find(([id]) => errors[id] !== undefined);
      wrong?.[1].focus();
      return wrong !== undefined;
    },
    ownErrors: () =>
      Object.fromEntries(
        [...inputs]
          .map(([id, input]) => [id, input.ownProblem()])
          .filter(([, problem]) => problem !== undefined),
      ),
    focusFirst: () => {
      const asked = form.node.querySelector('[data-focus-first]');
      (asked ?? firstStop(form.node))?.focus();
    },
  };
  return form;
}

function frame(submit, leave) {
  const problem = el('p', { class: 'modal-problem', role: 'alert' });
  const note = el('span', { class: 'foot-note' });
  const closing = el('button', { type: 'button', class: 'button', on: { click: leave } });
  const sending = el('button', { type: 'submit', class: 'button button-primary' });
  const host = el('div', { class: 'modal-forms' });
  const node = el(
    'form',
    { class: 'modal-form', novalidate: true, on: { submit } },
    host,
    problem,
    el('footer', { class: 'dialog-foot' }, note, closing, sending),
  );
  return { node, host, problem, note, closing, sending };
}

/** @param context needs post, refused and refresh */
export function createModal(context) {
  let open;
  let forms = [];

  const top = () => forms.at(-1);

  async function leave() {
    await perform(context, 'close', {});
    await context.refresh();
  }

  async function submit(event) {
    event.preventDefault();
    const form = top();
    const { sending, problem } = open;
    if (sending.hidden || sending.getAttribute('aria-busy') === 'true') return;
    problem.textContent = '';
    if (form.tell(form.ownErrors())) return;
    sending.setAttribute('aria-busy', 'true');
    await form.settled();
    const result = await context.post('submit', { values: form.values() });
    await context.refresh();
    sending.removeAttribute('aria-busy');
    if (result.ok) return;
    if (result.errors !== undefined && form.tell(result.errors)) return;
    problem.textContent = result.say ?? result.error ?? 'This was refused.';
  }

  function show(modal) {
    const above = modal.depth > forms.length ? createForm(modal.viewId, context) : undefined;
    forms = forms.slice(0, modal.depth);
    if (above !== undefined) forms.push(above);
    else if (top().viewId !== modal.viewId) forms[forms.length - 1] = createForm(modal.viewId, context);
    const form = top();
    const isNew = !open.host.contains(form.node);
    const wasHere = open.host.firstElementChild === form.node;
    form.show(modal);
    if (!wasHere) open.host.replaceChildren(form.node);
    if (isNew) open.problem.textContent = '';
    open.setTitle(withEmoji(modal.title));
    open.dialog.dataset.depth = String(modal.depth);
    open.note.textContent = modal.depth > 1 ? `On top of ${modal.depth - 1} more` : '';
    open.closing.textContent = modal.close || 'Close';
    open.sending.textContent = modal.submit ?? '';
    open.sending.hidden = modal.submit === null;
    if (!wasHere) form.focusFirst();
    if (!wasHere && !open.host.contains(document.activeElement))
      (modal.submit === null ? open.closing : open.sending).focus();
    if (Object.keys(modal.errors).length > 0 && open.sending.getAttribute('aria-busy') !== 'true')
      form.tell(modal.errors);
  }

  function shut() {
    open?.close();
    open = undefined;
    forms = [];
  }

  /** @param modal ModalState or null; `who` because each person has modals of their own */
  return (modal, who) => {
    if (modal === null || (open !== undefined && open.who !== who)) shut();
    if (modal === null) return;
    if (open === undefined) {
      const opened = openDialog({ title: modal.title, class: 'dialog-modal', onEscape: leave });
      const parts = frame(submit, leave);
      opened.body.append(parts.node);
      open = { ...opened, ...parts, who };
    }
    show(modal);
  };
}
