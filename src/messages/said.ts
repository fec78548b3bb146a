/** What a person is told, in private, after a click or a form: that it was heard, and what comes next. Markdown, escaped. */
import type { Upgrade } from '../core/model.ts';
import { shortDigest } from '../core/plan.ts';
import type { UpgradeView } from '../core/view.ts';
import { COMMAND } from './actions.ts';
import { escaped } from './block-kit.ts';
import { status } from './status.ts';
import { label, missingPlaces, oneOf, slackTime } from './words.ts';

export function requested(upgrade: Upgrade): string {
  return `✅ *${label(upgrade)}* is asked for. The bot is looking at the hosts and makes the plan; approvers are asked in <#${upgrade.channel}>. ${COMMAND} status ${upgrade.id} shows where it is.`;
}

export function approved(view: UpgradeView): string {
  const { upgrade, plan } = view;
  const first = `✅ You approved *${label(upgrade)}*${plan === null ? '' : `, plan ${shortDigest(plan.digest)}`}.`;
  const missing = missingPlaces(view.places).map(({ title }) => escaped(title));
  if (upgrade.phase.kind === 'scheduled')
    return `${first} All places are filled; the window opens ${slackTime(upgrade.window.opensAt, upgrade.window.zone)}.`;
  return missing.length === 0 ? first : `${first} Still needed: ${oneOf(missing)}.`;
}

export function declined({ upgrade }: UpgradeView): string {
  return upgrade.phase.kind === 'held'
    ? `✋ You declined the way forward of *${label(upgrade)}*. The run is held again where it was; choose there.`
    : `✋ You declined *${label(upgrade)}*. It has ended, nothing was changed, and the requester is told in the thread.`;
}

export function withdrawn({ upgrade }: UpgradeView): string {
  return `↩️ *${label(upgrade)}* is withdrawn. Nothing was changed on any host.`;
}

export function goGiven({ upgrade }: UpgradeView): string {
  return `▶️ You pressed “Start now” for *${label(upgrade)}*. The hosts are checked once more; then the first step runs, or the thread says what is in the way.`;
}

/** @param go what this person said; others may still be needed */
export function gateAnswered({ upgrade }: UpgradeView, go: boolean): string {
  const { phase } = upgrade;
  if (!go)
    return `✋ You said no-go in *${label(upgrade)}*. The run is being held; choose in the thread how it goes on.`;
  const open = phase.kind === 'running' && phase.waitingFor?.kind === 'gate';
  return `✅ You said go in *${label(upgrade)}*. ${open ? 'Somebody else must say go too.' : 'The run goes on.'}`;
}

export function manualAnswered({ upgrade }: UpgradeView, done: boolean): string {
  return done
    ? `✅ Reported as done in *${label(upgrade)}*. The run goes on.`
    : `✋ Reported as not possible in *${label(upgrade)}*. The run is being held; choose in the thread how it goes on.`;
}

export function retried({ upgrade }: UpgradeView, how: 'retry' | 'look_again'): string {
  return how === 'retry'
    ? `▶️ Retry in *${label(upgrade)}* is under way; the thread tells how it goes.`
    : `🔎 Looking again in *${label(upgrade)}*; nothing is started. The thread tells what was seen.`;
}

/** Done by hand and skip of a critical step count once a second person says the same. */
export function overridden(view: UpgradeView, did: 'done_by_hand' | 'skip'): string {
  const { upgrade } = view;
  if (upgrade.phase.kind === 'held' && upgrade.phase.hold.proposal !== null)
    return `✋ Noted in *${label(upgrade)}*. The step is critical, so somebody else must press the same button.`;
  return did === 'skip'
    ? `⏭️ Skipped in *${label(upgrade)}*; the run goes on.`
    : `✋ Noted in *${label(upgrade)}*; now it is looked at whether it is so.`;
}

export function rolledBack({ upgrade }: UpgradeView): string {
  return `↩️ *${label(upgrade)}* is being rolled back; the thread tells each undo.`;
}

export function forwardAsked({ upgrade }: UpgradeView): string {
  return `➡️ The way forward of *${label(upgrade)}* is being planned; approvers are asked in the thread.`;
}

export function cancelAsked({ upgrade }: UpgradeView): string {
  return `✋ The step in *${label(upgrade)}* is being ended; the thread tells whether its processes are gone.`;
}

export function stopped({ upgrade }: UpgradeView): string {
  return `⏹️ *${label(upgrade)}* is stopped for good. The target stays as it is, and its lock is released.`;
}

/** The same click or form came twice: the first one counts, and this is how things are. */
export function alreadyDone(view: UpgradeView): string {
  const { say, next } = status(view);
  return `That was recorded already. *${label(view.upgrade)}*: ${[say, next].filter((text) => text !== '').join(' ')}`;
}
