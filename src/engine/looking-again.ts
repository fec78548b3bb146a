/**
 * After a long hold somebody may have worked on the hosts. Before a retry they are looked at again: an unreachable or changed
 * host refuses it, and facts that are different now are said, because nobody approved the difference.
 */
import { granted, refused, type Verdict } from '../core/model.ts';
import { escaped } from '../messages/block-kit.ts';
import { noteReply } from '../messages/thread.ts';
import type { NewMessage } from '../ports/ports.ts';
import type { Deps } from './context.ts';
import type { Held } from './held.ts';
import { observeAgain } from './preflight.ts';
import { askedOf, targetNamed } from './requesting.ts';

export async function lookAtHostsAgain(deps: Deps, held: Held): Promise<Verdict<readonly NewMessage[]>> {
  const { upgrade, hold, plan } = held;
  if (deps.clock.now() - hold.since <= plan.freshnessS * 1000) return granted([]);
  const target = targetNamed(deps, upgrade.target);
  if (target === undefined)
    return refused(
      'no-target',
      `${upgrade.target} is not in targets.yaml any more. Put it back, then try again.`,
    );
  const seen = await observeAgain(deps, askedOf(upgrade, target));
  const unusable = seen.findings.filter(({ id }) => seen.hostFindings.includes(id));
  if (unusable.length > 0)
    return refused('host-unusable', unusable.map(({ say, do: todo }) => `${say} ${todo}`).join(' '));
  const before = await deps.store.plan(upgrade.id, upgrade.planRevision);
  const old = new Map((before?.evidence.facts ?? []).map((fact) => [fact.id, fact.shown]));
  const changed = seen.facts
    .filter(({ id, shown }) => old.has(id) && old.get(id) !== shown)
    .map(({ id, title, shown }) => `• ${escaped(`${title}: ${old.get(id)} → ${shown}`)}`);
  const silent = seen.findings.map(({ say }) => `• ${escaped(say)}`);
  const different = [...changed, ...silent];
  if (different.length === 0 && seen.unread === null) return granted([]);
  const told = [
    'The hold was long, so the hosts were looked at again.',
    ...(different.length === 0
      ? []
      : ['Different from what was planned with (a step may have made it so):', ...different]),
    ...(seen.unread === null ? [] : [`Their facts could not be compared. ${escaped(seen.unread)}`]),
  ];
  return granted([{ slot: `facts:${hold.number}`, channel: upgrade.channel, ...noteReply(told.join('\n')) }]);
}
