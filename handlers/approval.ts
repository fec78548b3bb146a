/** Review and approve, decline, withdraw. */
import type { ViewOutput } from '@slack/bolt';
import type { UpgradeView } from '../src/core/view.ts';
import { declineModal } from '../src/messages/answer-modals.ts';
import { VALUE } from '../src/messages/modal-kit.ts';
import { isStatementBlock, reviewModal } from '../src/messages/review-modal.ts';
import { approved, declined, withdrawn } from '../src/messages/said.ts';
import {
  type Clicked,
  noteNeeded,
  type Sent,
  type Submitted,
  toForm,
  toVerb,
  toVerbFromForm,
} from './clicks.ts';
import type { HandlerDeps } from './register.ts';

/** The subject of these buttons and forms is the digest of the plan that was on the screen. */
export function reviewClicked(deps: HandlerDeps): Clicked {
  return toForm(deps, {
    title: (id) => `Review ${id}`,
    look: ({ actor, upgrade, subject: digest }) =>
      deps.upgrades.review(actor, upgrade, { digest, to: 'approve' }),
    form: reviewModal,
  });
}

export function declineClicked(deps: HandlerDeps): Clicked {
  return toForm(deps, {
    title: (id) => `Decline ${id}`,
    look: ({ actor, upgrade, subject: digest }) =>
      deps.upgrades.review(actor, upgrade, { digest, to: 'decline' }),
    form: (view, { subject }) => declineModal(view, subject),
  });
}

/** Boxes that were ticked, by the places of their statements in the plan. */
function ticked({ state }: ViewOutput): readonly number[] {
  return Object.entries(state.values)
    .filter(([block]) => isStatementBlock(block))
    .flatMap(([, values]) => values[VALUE]?.selected_options ?? [])
    .map(({ value }) => Number(value));
}

/** Every box of every group, told under the group where one is open. */
function unticked({ form }: Sent): { readonly [block: string]: string } {
  const errors: Record<string, string> = {};
  for (const block of form.blocks) {
    if (!('element' in block) || !isStatementBlock(block.block_id ?? '')) continue;
    const element = block.element as { readonly options?: readonly unknown[] };
    const chosen = form.state.values[block.block_id ?? '']?.[VALUE]?.selected_options ?? [];
    if (chosen.length < (element.options?.length ?? 0))
      errors[block.block_id ?? ''] = 'Tick every statement. If one is not so, decline instead.';
  }
  return errors;
}

/** Ids of the statements. Should the plan be another one by now, the verb refuses the digest that was on the screen. */
function acknowledged(view: UpgradeView, { form }: Sent): readonly string[] {
  const all = view.plan?.body.acknowledgements ?? [];
  return ticked(form).flatMap((place) => all[place]?.id ?? []);
}

export function approvalSubmitted(deps: HandlerDeps): Submitted {
  return toVerbFromForm(deps, {
    doing: 'recording the approval of',
    errors: unticked,
    act: async (sent) => {
      const { actor, upgrade, subject: digest, delivery } = sent;
      const view = await deps.upgrades.view(upgrade);
      if (!view.ok) return view;
      const answer = { digest, acknowledged: acknowledged(view.value, sent) };
      return deps.upgrades.approve(actor, upgrade, answer, delivery);
    },
    words: approved,
  });
}

export function declineSubmitted(deps: HandlerDeps): Submitted {
  return toVerbFromForm(deps, {
    doing: 'recording the decline of',
    errors: noteNeeded,
    act: ({ actor, upgrade, subject: digest, note: reason, delivery }) =>
      deps.upgrades.decline(actor, upgrade, { digest, reason }, delivery),
    words: declined,
  });
}

export function withdrawClicked(deps: HandlerDeps): Clicked {
  return toVerb(deps, {
    doing: 'withdrawing',
    act: ({ actor, upgrade, delivery }) => deps.upgrades.withdraw(actor, upgrade, delivery),
    words: withdrawn,
  });
}
