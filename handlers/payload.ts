/** What we take from Slack's payloads: who, about what, and by which delivery. */
import type { BlockAction, ButtonAction, SlackViewAction, SlashCommand, ViewOutput } from '@slack/bolt';
import type { Person } from '../src/core/model.ts';
import { parseButtonValue, type Subject } from '../src/messages/actions.ts';
import { NOTE } from '../src/messages/answer-modals.ts';
import { VALUE } from '../src/messages/modal-kit.ts';

interface From {
  readonly team?: { readonly id: string } | null;
  readonly user: { readonly id: string; readonly team_id?: string };
}

/** Their own workspace, not the one of the channel: in a shared channel these differ. */
export function actorOf({ team, user }: From): Person {
  return { team: user.team_id ?? team?.id ?? '', user: user.id };
}

export function typist({ team_id: team, user_id: user }: SlashCommand): Person {
  return { team, user };
}

/** A trigger is made for one delivery; when Slack delivers again, it brings the same. */
export function deliveryOfClick({ trigger_id: trigger }: { readonly trigger_id: string }): string {
  return `trigger:${trigger}`;
}

/** The hash changes with each version of a form; the same form submitted twice has the same. */
export function deliveryOfForm({ view }: SlackViewAction): string {
  return `view:${view.id}:${view.hash}`;
}

export function subjectOfClick(body: BlockAction<ButtonAction>): Subject | undefined {
  return parseButtonValue(body.actions[0]?.value);
}

export function subjectOfForm({ view }: SlackViewAction): Subject | undefined {
  return parseButtonValue(view.private_metadata);
}

/** What was typed into the only field of a short form. */
export function noteOf(view: ViewOutput): string {
  return view.state.values[NOTE]?.[VALUE]?.value?.trim() ?? '';
}
