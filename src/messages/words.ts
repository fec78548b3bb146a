/** How times, people and states read. */
import type { ChangeWindow, Person, Place, Upgrade } from '../core/model.ts';
import type { StepState } from '../core/run.ts';
import type { PlaceState } from '../core/view.ts';
import { formatDuration, formatTime, formatWindow } from '../core/window.ts';
import { escape } from './block-kit.ts';

/** In the reader's own time zone; the fallback names the zone in which it was proposed. */
export function slackTime(at: number, zone: string): string {
  return `<!date^${Math.floor(at / 1000)}^{date_short_pretty} {time}|${formatTime(at, zone)}>`;
}

export function slackWindow({ opensAt, closesAt, zone }: ChangeWindow): string {
  return `${slackTime(opensAt, zone)} to ${slackTime(closesAt, zone)} (${formatDuration((closesAt - opensAt) / 1000)})`;
}

export const plainWindow = formatWindow;

export function mention({ user }: Person): string {
  return `<@${user}>`;
}

/** A user or a user group by its id. */
export function mentionId(id: string): string {
  return id.startsWith('S') ? `<!subteam^${id}>` : `<@${id}>`;
}

export function placeLine({ place, filledBy }: PlaceState): string {
  const missing = place.need - filledBy.length;
  const by = filledBy.map(mention).join(', ');
  const who = missing > 0 ? `${missing} of ${place.need} still needed` : 'filled';
  return `${escape(place.title)}: ${[by, who].filter((text) => text !== '').join(', ')}`;
}

export function missingPlaces(places: readonly PlaceState[]): readonly Place[] {
  return places.filter(({ place, filledBy }) => filledBy.length < place.need).map(({ place }) => place);
}

/** A mark and a word: neither colour nor picture alone says it. */
export const STATE: { readonly [state in StepState]: { readonly mark: string; readonly word: string } } = {
  pending: { mark: '▫️', word: 'to do' },
  applying: { mark: '▶️', word: 'running' },
  verifying: { mark: '🔎', word: 'verifying' },
  waiting: { mark: '🙋', word: 'waiting for a person' },
  succeeded: { mark: '✅', word: 'done' },
  held: { mark: '⏸️', word: 'held' },
  undone: { mark: '↩️', word: 'undone' },
};

export function title(upgrade: Upgrade, targetTitle: string | undefined): string {
  const to = upgrade.inputs.to;
  const goal = typeof to === 'string' ? ` → ${to}` : '';
  return `${upgrade.rehearsal ? 'REHEARSAL · ' : ''}${upgrade.id} · ${targetTitle ?? upgrade.target}${goal}`;
}

export function took(fromMs: number, toMs: number): string {
  const seconds = Math.max(0, Math.round((toMs - fromMs) / 1000));
  return seconds < 90 ? `${seconds} s` : formatDuration(seconds);
}
