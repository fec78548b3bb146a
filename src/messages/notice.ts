/** Modals that only say something: while we look, and what came of it. */
import { VIEWS } from './actions.ts';
import { type Modal, sections } from './block-kit.ts';
import { modal } from './modal-kit.ts';

/** More than a person reads in a notice; a plan that is blocked in many ways is still told whole. */
const SAY_SECTIONS = 10;

/** @param markdown what came from people or hosts is escaped by the caller */
export function notice(title: string, markdown: string): Modal {
  return modal({
    callback: VIEWS.notice,
    title,
    submit: null,
    close: 'Close',
    blocks: sections(markdown, SAY_SECTIONS, '…'),
  });
}

/** Opened at once, because a click may open a modal for three seconds only; filled when we know more. */
export function loading(title: string): Modal {
  return notice(title, '⏳ One moment, looking it up…');
}
