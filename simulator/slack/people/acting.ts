/** What all actions of people share: who they are, what they hear when something fails, and the record. */
import type { ControlResult } from '../control.ts';
import type { Answer } from '../delivery/courier.ts';
import { deliver, type Shipment } from '../delivery/deliver.ts';
import type { User, Workspace } from '../workspace.ts';

export interface Actor {
  readonly workspace: Workspace;
  readonly user: User;
}

export function no(error: string, say: string): ControlResult {
  return { ok: false, error, say };
}

/** @returns null = may act */
export function mayAct({ user }: Actor): ControlResult | null {
  if (user.deleted) return no('account_inactive', 'This account is deactivated: nobody can sign in with it.');
  if (user.bot) return no('account_inactive', 'A bot has no hands.');
  return null;
}

/** Slackbot tells it to this person only. */
export function notice({ workspace, user }: Actor, channel: string | null, text: string): void {
  workspace.notices.push({ user: user.id, at: workspace.now(), channel, text });
  workspace.changed();
}

export function record<T extends ControlResult>(
  { workspace, user }: Actor,
  did: string,
  what: unknown,
  result: T,
): T {
  workspace.transcript.add({
    kind: 'person',
    user: user.id,
    did,
    what,
    ok: result.ok,
    ...(result.error !== undefined && { error: result.error }),
  });
  return result;
}

export type Handed = { readonly body: unknown } | { readonly refused: ControlResult };

/** What a person reads when the app stays silent depends on where they stood. */
function silence(
  answer: Exclude<Answer, { outcome: 'acked' }>,
  where: 'command' | 'modal' | 'element',
  name: string,
): ControlResult {
  const error = answer.outcome === 'timeout' ? 'operation_timeout' : 'dispatch_failed';
  switch (where) {
    case 'command':
      return no(error, `${name} failed with the error “${error}”`);
    case 'modal':
      return no(error, 'We had some trouble connecting. Try again?');
    default:
      return no(error, `A warning sign appears beside “${name}”: the app did not respond.`);
  }
}

/** @param where decides what a person reads when it fails */
export async function hand(
  actor: Actor,
  shipment: Shipment,
  where: 'command' | 'modal' | 'element',
  name: string,
): Promise<Handed> {
  const answer = await deliver(actor.workspace, shipment);
  return answer.outcome === 'acked' ? { body: answer.body } : { refused: silence(answer, where, name) };
}

export function badAck({ workspace }: Actor, type: string, why: string): ControlResult {
  workspace.transcript.add({
    kind: 'warning',
    text: `acknowledgement of ${type} that Slack would not take: ${why}`,
  });
  return no('bad_ack', `The app answered ${type} with something that Slack does not take: ${why}`);
}
