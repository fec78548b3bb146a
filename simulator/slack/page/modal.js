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

/** The inputs of one view and what stands in them. A field that loses the focus because its view goes keeps nothing. */
function createForm(viewId, context, isOnTop) {
  const inputs = new Map();
  const kept = new Map();
  let pending = Promise.resolve();
  let modal;
  let said = '{}';
  const keep = (block, value, send) => {
    if (kept.get(block.block_id) === JSON.stringify(value)) return;
    kept.set(block.block_id, JSON.stringify(value));
    pending = pending.then(() => send('select', { element: refOf(block), value }));
  };
  const form = {
    viewId,
    node: el('div', { class: 'modal-blocks' }),
    show: (next) => {
      modal = next;
      patchBlocks(form.node, next.blocks, { ...context, place: { view: 'modal' }, form }, undefined);
      for (const [id, { node }] of inputs) if (!form.node.contains(node)) inputs.delete(id);
    },
    add: (blockId, input) => {
      inputs.set(blockId, input);
      kept.set(blockId, JSON.stringify(input.read()));
    },
    /** What the simulator kept, but for the field in which somebody is typing right now. */
    valueOf: (block) => {
      const typed = inputs.get(block.block_id);
      const same = typed?.block.element.action_id === block.element.action_id;
      if (same && typed.node.contains(document.activeElement)) return typed.read();
      return modal.values[block.block_id]?.[block.element.action_id];
    },
    /** In order: an app that is asked about one field sees what was put into the others before. */
    kept: (block) => {
      if (!isOnTop(form)) return;
      const asks = block.dispatch_action === true;
      for (const [id, { read, block: other }] of inputs)
        if (id !== block.block_id && asks) keep(other, read(), context.post);
      const send = asks ? (name, body) => perform(context, name, body) : context.post;
      keep(block, inputs.get(block.block_id).read(), send);
    },
    settled: () => pending,
    values: () => Object.fromEntries([...inputs].map(([id, { read }]) => [id, read()])),
    /** @returns false when nothing is wrong; else the first wrong input has the focus */
    tell: (errors) => {
      said = JSON.stringify(errors);
      for (const [id, { say }] of inputs) say(errors[id]);
      const wrong = [...inputs].find(([id]) => errors[id] !== undefined);
      wrong?.[1].focus();
      return wrong !== undefined;
    },
    /** Errors in the state, once: a field that was mended since must not turn red again. */
    tellNew: (errors) => {
      if (JSON.stringify(errors) !== said) form.tell(errors);
    },
    ownErrors: () =>
      Object.fromEntries(
        [...inputs]
          .map(([id, input]) => [id, input.ownProblem()])
          .filter(([, problem]) => problem !== undefined),
      ),
    /** The first control, unless there is something to be read before it comes into sight. @returns false = none */
    focusFirst: () => {
      const scroller = form.node.parentElement;
      const control = form.node.querySelector('[data-focus-first]') ?? firstStop(form.node);
      const end = scroller.getBoundingClientRect().bottom;
      const inSight = control !== undefined && control.getBoundingClientRect().bottom <= end;
      if (control !== undefined) (inSight ? control : scroller).focus({ preventScroll: true });
      return control !== undefined;
    },
  };
  return form;
}

function frame(submit, leave) {
  const problem = el('p', { class: 'modal-problem', role: 'alert' });
  const note = el('span', { class: 'foot-note' });
  const closing = el('button', { type: 'button', class: 'button', on: { click: leave } });
  const sending = el('button', { type: 'submit', class: 'button button-primary' });
  const host = el('div', { class: 'modal-forms', tabindex: -1 });
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
  const isOnTop = (form) => form === top();

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

  /** A notice has nothing to fill in; the form that takes its place in the same view then begins at its first field. */
  function focusIn(form, modal) {
    const found = form.focusFirst();
    form.standIn = found ? undefined : modal.submit === null ? open.closing : open.sending;
    form.standIn?.focus();
  }

  function show(modal) {
    // By depth: what lies underneath may never have been shown here, after the page was loaded anew.
    forms.length = modal.depth;
    const at = modal.depth - 1;
    if (forms[at]?.viewId !== modal.viewId) forms[at] = createForm(modal.viewId, context, isOnTop);
    const form = forms[at];
    const isNew = !open.host.contains(form.node);
    const wasHere = open.host.firstElementChild === form.node;
    form.show(modal);
    if (!wasHere) open.host.replaceChildren(form.node);
    if (isNew) open.problem.textContent = '';
    open.setTitle(withEmoji(modal.title));
    open.dialog.dataset.depth = String(modal.depth);
    open.note.textContent = modal.depth > 1 ? `${modal.depth - 1} more underneath` : '';
    open.closing.textContent = modal.close || 'Close';
    open.sending.textContent = modal.submit ?? '';
    open.sending.hidden = modal.submit === null;
    if (!wasHere || form.standIn?.contains(document.activeElement)) focusIn(form, modal);
    if (open.sending.getAttribute('aria-busy') !== 'true') form.tellNew(modal.errors);
  }

  function shut() {
    const closing = open;
    open = undefined;
    forms = [];
    closing?.close();
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
