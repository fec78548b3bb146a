/** How times, people and states read. */
import type { ChangeWindow, Person, Place, Upgrade } from '../core/model.ts';
import type { PlannedStep } from '../core/plan.ts';
import type { StepState } from '../core/run.ts';
import type { PlaceState, UpgradeView } from '../core/view.ts';
import { formatDuration, formatTime, formatWindow } from '../core/window.ts';
import { escaped } from './block-kit.ts';
import { cut } from './cut.ts';

/** A title is a line, not a paragraph: longer ones would push the rest of a line out of sight. */
const TITLE_MAX = 150;

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

/** `a, b or c`: any one of them. */
export function oneOf(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} or ${last}`;
}

/** Requester and on-call, each once: who is asked when a run waits. */
export function operators({ upgrade, target }: UpgradeView): string {
  return oneOf([...new Set([mention(upgrade.requester), ...(target?.onCall ?? []).map(mentionId)])]);
}

export function placeLine({ place, filledBy }: PlaceState): string {
  const missing = place.need - filledBy.length;
  const by = filledBy.map(mention).join(', ');
  const who = missing > 0 ? `${missing} of ${place.need} still needed` : 'filled';
  return `${escaped(place.title)}: ${[by, who].filter((text) => text !== '').join(', ')}`;
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
  skipped: { mark: '⏭️', word: 'skipped' },
  undoing: { mark: '↩️', word: 'being undone' },
  held: { mark: '⏸️', word: 'held' },
  undone: { mark: '↩️', word: 'undone' },
};

export const REHEARSAL = 'REHEARSAL';

/** Stands before everything that is said about an upgrade: `REHEARSAL · U-42`. */
export function label(upgrade: Pick<Upgrade, 'id' | 'rehearsal'>): string {
  return upgrade.rehearsal ? `${REHEARSAL} · ${upgrade.id}` : upgrade.id;
}

/** Begins a line of a rehearsal's message. */
export function rehearsalMark(
  { rehearsal }: Pick<Upgrade, 'rehearsal'>,
  bold = (text: string) => `*${text}*`,
): string {
  return rehearsal ? `${bold(REHEARSAL)} · ` : '';
}

/** In a title, next to the name of a target; longer values are told elsewhere. */
const GOAL_MAX = 40;

/** What an upgrade is about, for any runbook: its first input, and the version when an input is called `to`. */
function goal({ inputs }: Upgrade): string {
  const [first] = Object.keys(inputs);
  const shown = (name: string | undefined) => {
    const value = name === undefined ? null : inputs[name];
    return typeof value === 'string' || typeof value === 'number' ? cut(String(value), GOAL_MAX) : '';
  };
  const what = first === 'to' ? '' : shown(first);
  const to = shown('to');
  return `${what === '' ? '' : ` · ${what}`}${to === '' ? '' : ` → ${to}`}`;
}

/** Plain text, not escaped. */
export function title(upgrade: Upgrade, targetTitle: string | undefined): string {
  return `${label(upgrade)} · ${targetTitle ?? upgrade.target}${goal(upgrade)}`;
}

/** As people type it: `in-place`. */
export function typedFlow(flow: string): string {
  return flow.replaceAll('_', '-');
}

export function took(fromMs: number, toMs: number): string {
  const seconds = Math.max(0, Math.round((toMs - fromMs) / 1000));
  return seconds < 90 ? `${seconds} s` : formatDuration(seconds);
}

/** Escaped, in quotation marks. */
export function quoted(text: string): string {
  return `“${escaped(cut(text, TITLE_MAX))}”`;
}

export function stepTitle(view: UpgradeView, id: string): string {
  return view.plan?.body.steps.find((step) => step.id === id)?.title ?? id;
}

/** `Step 3 of 12 “Create a snapshot”`, escaped. */
export function stepName(view: UpgradeView, step: PlannedStep): string {
  const all = view.plan?.body.steps ?? [];
  const index = all.findIndex(({ id }) => id === step.id);
  return index < 0
    ? `Step ${quoted(step.title)}`
    : `Step ${index + 1} of ${all.length} ${quoted(step.title)}`;
}

/** Ends like a sentence, whatever the runbook or a host said. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  return trimmed === '' || /[.!?…]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
